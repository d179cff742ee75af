"""Every window of the console, in the order of the head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask

from issuer.console.batches import create_batches_blueprint, create_imports_blueprint
from issuer.console.frame import Console

WINDOWS: Final[tuple[Callable[[Console], Blueprint], ...]] = (create_imports_blueprint, create_batches_blueprint)


def open_console(app: Flask, console: Console) -> None:
    """Put the console into the application."""
    console.install(app)
    for create in WINDOWS:
        app.register_blueprint(create(console))
    app.extensions["voltpass.console"] = console
