"""The learner's window: one page behind a claim link. No account, no cookie; looking at it claims nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from issuer.catalogue.find import achievement_entry
from issuer.database import reading, transaction
from issuer.delivery.claims import find_claim, keep_badge, link_end, note_opened, renew_link
from issuer.delivery.records import DeliveryRecord
from issuer.machines.events import EventKind, announce_event
from issuer.office import Office
from verifier.examine import examine_text
from verifier.web.gate import Gate
from verifier.web.site import Site, page, words
from verifier.web.verdict import Asked, verdict_page

_LOOKING_AHEAD: Final = ("Purpose", "Sec-Purpose", "X-Moz", "X-Purpose")
"""Headers of browsers that load a page before anybody has asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """What the page of a claim says beside the badge itself."""

    name: str
    title: str
    """The badge in the visitor's language, as the mail called it; the credential has it in one language only."""
    path: str
    public_link: str
    kept_on: str | None
    until: str


@dataclass(frozen=True)
class ClaimWindow:
    """The page and its two buttons."""

    office: Office
    gate: Gate
    site: Site

    def show(self, token: str) -> Response:
        """The badge, or the offer of a new link; the same for every link that is not good, whatever the cause."""
        now = self.office.clock()
        with reading(self.office.sessions) as session:
            delivery = find_claim(session, token, now=now)
            if delivery is None:
                return page("public/claim-lapsed.html", status=404, private=True, is_sent=False)
            sealed, link = delivery.credential.sealed_json, f"/v/{delivery.credential.token}"
            claim = self._view(delivery, link, words().date(link_end(session, token)))
        if request.method == "GET" and not _is_looking_ahead():
            with transaction(self.office.sessions) as session:
                note_opened(session, token, now=now)
        report = examine_text(sealed, self.gate.policy(), now=self.gate.clock()).report
        shown = verdict_page(report, self.gate, words(), self.site.base_url, Asked(link=link))
        return page("public/claim.html", private=True, page=shown, claim=claim)

    def act(self, token: str) -> AnyResponse:
        """Keep the badge, or ask for a new link."""
        if request.form.get("act") == "renew":
            return self._renew(token)
        now = self.office.clock()
        with transaction(self.office.sessions) as session:
            if find_claim(session, token, now=now) is not None:
                kept = keep_badge(session, token, now=now)
                if kept is not None:
                    credential_id = kept.credential.credential_id
                    announce_event(session, EventKind.CLAIMED, kept.provider_id, credential_id, now=now)
        return redirect(request.path, 303)

    def _renew(self, token: str) -> Response:
        with transaction(self.office.sessions) as session:
            renew_link(session, token, now=self.office.clock(), chance=self.office.desk.chance)
        return page("public/claim-lapsed.html", private=True, is_sent=True)

    def _view(self, delivery: DeliveryRecord, link: str, until: str) -> ClaimView:
        entry = achievement_entry(delivery.credential.achievement_version)
        return ClaimView(
            name=delivery.credential.holder_name,
            title=entry.titles.get(words().language, ""),
            path=link,
            public_link=f"{self.site.base_url}{link}",
            kept_on=words().date(delivery.claimed_at) if delivery.claimed_at else None,
            until=until,
        )


def create_claim_blueprint(office: Office, gate: Gate, site: Site) -> Blueprint:
    """The address of a claim."""
    window, blueprint = ClaimWindow(office, gate, site), Blueprint("claim", __name__)
    blueprint.add_url_rule("/me/claim/<token>", "show", window.show, methods=["GET"])
    blueprint.add_url_rule("/me/claim/<token>", "act", window.act, methods=["POST"])
    return blueprint


def _is_looking_ahead() -> bool:
    return any("prefetch" in request.headers.get(name, "").lower() for name in _LOOKING_AHEAD)
