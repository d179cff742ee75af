"""The office's front door: from settings to an application, top to bottom."""

from __future__ import annotations

from functools import partial

from flask import Flask

from issuer.api.views import create_api_blueprint
from issuer.certificates.receipt_paper import print_receipt
from issuer.console.frame import Console
from issuer.console.windows import open_console
from issuer.database import DatabaseFailed, TextNotKept, reading
from issuer.delivery.views import create_claim_blueprint
from issuer.metrics import create_metrics_blueprint
from issuer.office import Office, open_office
from issuer.public import showroom
from issuer.public.notes import badge_drawing, status_notes
from issuer.public.receipts import receipts
from issuer.public.views import create_public_blueprint
from issuer.settings import Settings
from issuer.signing.errors import NoSigningKey
from issuer.vcalm.did_key_issuer import DidKeyIssuer
from issuer.vcalm.views import VcalmIssuer, create_vcalm_issuer_blueprint
from verifier.web import problems
from verifier.web.gate import Gate
from verifier.web.pace import Pace
from verifier.web.site import Door, Site, open_web_app
from verifier.web.vcalm import Instances, create_vcalm_blueprint
from verifier.web.verify import create_verify_blueprint
from verifier.web.visitors import Visitors, believe_proxies


def create_app(settings: Settings) -> Flask:
    """Open the office and put its windows in."""
    return create_office_app(open_office(settings))


def create_office_app(office: Office) -> Flask:
    """The windows of an office that is open already."""
    gate = Gate(
        policy=office.policy,
        clock=office.clock,
        notes=status_notes(office.sessions),
        art=badge_drawing,
        receipt=receipts(office.sessions, office.desk.signers),
        receipt_paper=partial(print_receipt, window=f"{office.settings.base_url}/verify"),
    )
    site = _site(office)
    app = open_web_app("voltpass", site)
    settings = office.settings
    visitors = Visitors(Visitors.pace_of(settings.checks_a_minute) if settings.checks_a_minute else None)
    app.register_blueprint(create_public_blueprint(office, gate, site, visitors))
    app.register_blueprint(create_metrics_blueprint(office))
    app.register_blueprint(create_claim_blueprint(office, gate, site))
    app.register_blueprint(create_verify_blueprint(gate, site, visitors))
    pace = Pace.a_minute(settings.calls_a_minute, saved_seconds=12)  # one for each token, whichever door it takes
    issuer = VcalmIssuer(office, DidKeyIssuer.of(settings.key_secret) if settings.vcalm_did_key else None, pace)
    app.register_blueprint(create_vcalm_issuer_blueprint(issuer))
    instances = Instances(issuer.exists, settings.vcalm_answers_200)
    app.register_blueprint(create_vcalm_blueprint(gate, instances, visitors))
    app.register_blueprint(create_api_blueprint(office, pace))
    open_console(app, Console(office))
    statuses = {DatabaseFailed.code: 503, NoSigningKey.code: 503, TextNotKept.code: 400}
    problems.install(app, site, statuses=statuses)
    app.extensions["voltpass.office"] = office
    believe_proxies(app, settings.trusted_proxies)
    return app


def _site(office: Office) -> Site:
    """What every page says is read once; load the catalogue before the service starts, or start it again."""
    with reading(office.sessions) as session:
        return Site(
            base_url=office.settings.base_url,
            request_limit=2 * office.settings.upload_limit,
            is_demo=showroom.is_demonstration(session),
            notices=showroom.funding_notices(session),
            doors=(Door("/achievements", "site.nav.achievements"), Door("/verify", "site.nav.check")),
        )
