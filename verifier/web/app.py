"""The gate as a service of its own: no office, no database, no key.

Started with, for example: `VOLTPASS_BASE_URL=https://check.example VOLTPASS_TRUST=list.jws VOLTPASS_TRUST_KEY=z…
gunicorn 'verifier.web.app:from_environment()'`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from keys.errors import KeyMaterialError
from keys.public_key import PublicKey
from verifier.errors import TrustListRejected, VerifierError
from verifier.fetcher import Fetcher
from verifier.network import NetworkDoor
from verifier.policy import Policy
from verifier.trust import TrustList, open_trust_list
from verifier.web import problems
from verifier.web.gate import Gate
from verifier.web.pace import CHECKS_A_MINUTE
from verifier.web.site import Site, open_web_app
from verifier.web.verify import create_verify_blueprint
from verifier.web.visitors import Visitors, believe_proxies

_NAMES = {
    "VOLTPASS_BASE_URL": "the public address of this gate, such as https://check.example",
    "VOLTPASS_TRUST": "the file with the signed trust list",
    "VOLTPASS_TRUST_KEY": "the public key of the list's keeper, as Multikey (z…)",
}


class GateSettingsRefused(VerifierError):
    """One or more settings are missing or cannot be used; the message names all of them."""

    code = "gate_settings_refused"


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What the operator of a gate decides."""

    base_url: str
    trust: TrustList
    checks_a_minute: int = CHECKS_A_MINUTE
    """How many things are looked at for one visitor's address."""
    trusted_proxies: int = 0
    """How many servers in front of this one each say whom they serve; with 0 nobody's word counts."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> GateSettings:
        """Read the environment and the trust list it names; raises GateSettingsRefused."""
        missing = [f"{name} is not set: give {what}." for name, what in _NAMES.items() if not env.get(name)]
        if missing:
            raise GateSettingsRefused(" ".join(missing))
        path = env["VOLTPASS_TRUST"]
        try:
            keeper = PublicKey.from_multikey(env["VOLTPASS_TRUST_KEY"].strip())
            signed = Path(path).read_text(encoding="ascii").strip()
            trust = open_trust_list(signed, keeper, looked_at=path)
        except (OSError, UnicodeDecodeError, KeyMaterialError, TrustListRejected) as exc:
            raise GateSettingsRefused(f"The trust list {path} cannot be used: {exc}") from exc
        return cls(
            base_url=env["VOLTPASS_BASE_URL"].rstrip("/"),
            trust=trust,
            checks_a_minute=number_of(env, "VOLTPASS_CHECKS_A_MINUTE", CHECKS_A_MINUTE, least=1),
            trusted_proxies=number_of(env, "VOLTPASS_TRUSTED_PROXIES", 0, least=0),
        )


def create_gate_app(gate: Gate, site: Site, visitors: Visitors | None = None) -> Flask:
    """The window of a gate that stands alone."""
    app = open_web_app("voltpass-gate", site)
    app.register_blueprint(create_verify_blueprint(gate, site, visitors))
    app.add_url_rule("/", "home", _home)
    app.add_url_rule("/healthz", "alive", _alive)
    problems.install(app, site)
    return app


def from_environment() -> Flask:
    """What a web server loads: documents come from the network, trust from the operator's list."""
    settings = GateSettings.from_env(os.environ)
    fetcher = Fetcher(network=NetworkDoor())
    gate = Gate(policy=lambda: Policy(documents=fetcher, trust=settings.trust))
    visitors = Visitors(Visitors.pace_of(settings.checks_a_minute))
    app = create_gate_app(gate, Site(base_url=settings.base_url), visitors)
    believe_proxies(app, settings.trusted_proxies)
    return app


def number_of(env: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    """A whole number that the operator says, or the default; raises GateSettingsRefused."""
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) < 65536):
        raise GateSettingsRefused(f"{name} is {text!r}: give a whole number between {least} and 65535.")
    return int(text)


def _home() -> WerkzeugResponse:
    return redirect("/verify", 302)


def _alive() -> Response:
    return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
