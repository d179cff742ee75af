"""Every window of the console, in the order of the head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask

from issuer.console.account import create_account_blueprint
from issuer.console.audit import create_audit_blueprint
from issuer.console.badges import create_badges_blueprint
from issuer.console.batches import create_batches_blueprint, create_imports_blueprint
from issuer.console.catalogue import create_catalogue_blueprint
from issuer.console.delivery import create_deliveries_blueprint
from issuer.console.frame import Console
from issuer.console.keys import create_keys_blueprint
from issuer.console.report import create_report_blueprint
from issuer.console.sign_in import create_sign_in_blueprint
from issuer.console.staff import create_staff_blueprint
from issuer.console.start import create_start_blueprint
from issuer.console.tokens import create_tokens_blueprint

WINDOWS: Final[tuple[Callable[[Console], Blueprint], ...]] = (
    create_sign_in_blueprint,
    create_account_blueprint,
    create_start_blueprint,
    create_imports_blueprint,
    create_batches_blueprint,
    create_badges_blueprint,
    create_deliveries_blueprint,
    create_catalogue_blueprint,
    create_report_blueprint,
    create_keys_blueprint,
    create_staff_blueprint,
    create_tokens_blueprint,
    create_audit_blueprint,
)


def open_console(app: Flask, console: Console) -> None:
    """Put the console into the application."""
    console.install(app)
    for create in WINDOWS:
        app.register_blueprint(create(console))
    app.extensions["voltpass.console"] = console
