"""The public windows: landing page, badges by their link, catalogue, issuers, keys, status lists, health."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, request

from credentials.sealed import Sealed
from issuer.awards.find import find_by_token
from issuer.database import DatabaseFailed, reading
from issuer.office import Office
from issuer.public import showroom
from issuer.public.documents import TRUST_LIST_PATH
from issuer.public.takeaway import MEDIA_TYPES, Paper, make_takeaway
from issuer.status.publish import TIME_TO_LIVE
from issuer.work.standing import work_counts
from verifier.documents import PublishedDocument
from verifier.examine import Examination, examine_text
from verifier.trust import TRUST_LIST_TYPE
from verifier.web.gate import Gate
from verifier.web.negotiation import HTML, JSON, LD_JSON, VC, VC_JWT, best
from verifier.web.site import Site, page, words
from verifier.web.verdict import Asked, verdict_page
from verifier.web.verify import compare_person
from verifier.web.visitors import Visitors

TRUST_JWT: Final = f"application/{TRUST_LIST_TYPE}"
_NEGLECTED: Final = "work has been due for more than 10 minutes; start a worker, or look at: voltpass doctor\n"
_PRIVATE: Final = "no-store"
_DOCUMENT: Final = "public, max-age=300"
_STATUS: Final = f"public, max-age={int(TIME_TO_LIVE.total_seconds())}"


@dataclass(frozen=True)
class PublicWindows:
    """The views; each asks the office or the gate one thing and shows the answer."""

    office: Office
    gate: Gate
    site: Site
    visitors: Visitors

    def home(self) -> Response:
        """Three doors."""
        with reading(self.office.sessions) as session:
            return page("public/home.html", programmes=showroom.shelves(session))

    # Badges by their link

    def badge(self, token: str) -> Response:
        """One address, many forms: the verdict for people, the signed texts for machines."""
        form = best(request, (HTML, VC, LD_JSON, JSON, VC_JWT))
        if form == HTML or request.method == "POST":
            return self._verdict(token)
        ending = "jwt" if form == VC_JWT else "json"
        return self._signed_text(token, ending, form)

    def badge_file(self, token: str, ending: str) -> Response:
        """The form that the end of the address names."""
        if ending in MEDIA_TYPES:
            return self._takeaway(token, ending)
        return self._signed_text(token, ending, VC_JWT if ending == "jwt" else VC)

    def _verdict(self, token: str) -> Response:
        sealed = self._sealed(token)
        if sealed is None:
            return _not_shown("gone.off", 404)
        if not sealed:
            return _not_shown("gone.erased", 410)
        report = self._examine(sealed).report
        asked = Asked(link=f"/v/{token}", person_answer=compare_person(report, request.form))
        shown = verdict_page(report, self.gate, words(), self.site.base_url, asked)
        return page("verdict.html", private=True, page=shown)

    def _signed_text(self, token: str, ending: str, media_type: str) -> Response:
        """The text exactly as it was sealed, whatever became of the badge since."""
        found = self.office.documents.find(f"/v/{token}.{ending}")
        if found is None:
            abort(404)
        if not found.body:
            abort(410)
        return _document(found, _PRIVATE, media_type=media_type, is_private=True)

    def _takeaway(self, token: str, ending: str) -> Response:
        """A rendered form; made only from what the gate found authentic, and drawn anew each time."""
        self.visitors.let_in()
        sealed = self._sealed(token)
        if not sealed:
            abort(404 if sealed is None else 410)
        report = self._examine(sealed).report
        if report.authentic is None or report.unverified is None or report.unverified.unverified_created is None:
            abort(404)
        paper = Paper(
            credential=report.authentic,
            sealed=Sealed(text=sealed, form=report.unverified.form),
            created=report.unverified.unverified_created,
        )
        with reading(self.office.sessions) as session:
            made = make_takeaway(session, self.office.desk.signers, paper, ending)
        document = PublishedDocument(body=made.body, media_type=made.media_type)
        response = _document(document, _PRIVATE, is_private=True)
        response.headers["Content-Disposition"] = made.disposition
        return response

    def _sealed(self, token: str) -> str | None:
        """The sealed text behind a link: None where there is none, empty where it was erased."""
        with reading(self.office.sessions) as session:
            record = find_by_token(session, token)
            return record.sealed_json if record is not None else None

    def _examine(self, sealed: str) -> Examination:
        return examine_text(sealed, self.gate.policy(), now=self.gate.clock())

    # Catalogue, issuers, trust

    def achievements(self) -> Response:
        """What can be earned."""
        if best(request, (HTML, LD_JSON, JSON)) != HTML:
            return self._published("/achievements", _DOCUMENT)
        with reading(self.office.sessions) as session:
            return page("public/achievements.html", programmes=showroom.shelves(session))

    def achievement(self, code: str, version: str | None = None) -> Response:
        """One achievement, or one version of it."""
        path = f"/achievements/{code}" + (f"/{version}" if version else "")
        if best(request, (HTML, LD_JSON, JSON)) != HTML:
            return self._published(path, _DOCUMENT)
        with reading(self.office.sessions) as session:
            found = showroom.achievement_page(session, code, version, words(), now=self.gate.clock())
        if found is None:
            abort(404)
        return page("public/achievement.html", entry=found, providers=found.providers, document=f"{path}?form=json")

    def issuer(self, slug: str) -> Response:
        """Who an issuer is, and which keys it ever signed with."""
        if best(request, (HTML, LD_JSON, JSON)) != HTML:
            return self._published(f"/issuers/{slug}", _DOCUMENT)
        with reading(self.office.sessions) as session:
            found = showroom.issuer_page(session, slug, words(), now=self.gate.clock())
        if found is None:
            abort(404)
        return page("public/issuer.html", provider=found.provider, offers=found.offers, keys=found.keys)

    def trust_list(self) -> Response:
        """Who may award what: a table for people, the signed list for machines."""
        if request.args.get("form") == "signed" or best(request, (TRUST_JWT, "application/jwt", HTML)) != HTML:
            return self._published(TRUST_LIST_PATH, _DOCUMENT)
        trust = self.gate.policy().trust
        with reading(self.office.sessions) as session:
            keeper = showroom.keeper_name(session, trust)
        rows = showroom.trust_rows(trust, words())
        return page("public/trust.html", rows=rows, keeper=keeper, signed=words().date(trust.signed_at))

    # Documents for machines, byte for byte as the gate reads them in process

    def did_document(self, slug: str) -> Response:
        """The identity document of an issuer."""
        return self._published(f"/issuers/{slug}/did.json", _DOCUMENT)

    def key(self, slug: str, thumbprint: str) -> Response:
        """One key of an issuer."""
        return self._published(f"/issuers/{slug}/keys/{thumbprint}", _DOCUMENT)

    def seals(self, slug: str, thumbprint: str, part: str) -> Response:
        """What a key sealed before it was distrusted."""
        return self._published(f"/issuers/{slug}/seals/{thumbprint}/{part}", _DOCUMENT)

    def platform(self) -> Response:
        """The DID document of this host."""
        return self._published("/.well-known/did.json", _DOCUMENT)

    def keys(self) -> Response:
        """Every key of every issuer."""
        return self._published("/.well-known/jwks.json", _DOCUMENT)

    def programme(self, code: str) -> Response:
        """The profile of a programme."""
        return self._published(f"/programmes/{code}", _DOCUMENT)

    def status_list(self, slug: str) -> Response:
        """A status list, as JSON or as a JWT."""
        form = best(request, (VC, JSON, LD_JSON, VC_JWT))
        return self._published(f"/status/{slug}", _STATUS, accept=form)

    def _published(self, path: str, cache: str, *, accept: str = "") -> Response:
        found = self.office.documents.find(path, accept=accept)
        if found is None:
            abort(404)
        return _document(found, cache)

    # Health

    def alive(self) -> Response:
        """Whether this process answers at all."""
        return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": _PRIVATE})

    def ready(self) -> Response:
        """Whether it can do its work: the database answers and the trust list can be signed.

        Work that nobody does is said, and is no reason for 503: pages and checks of badges go on without workers, and
        a balancer that took the web server away for it would only add a second outage.
        """
        now = self.office.clock()
        try:
            with reading(self.office.sessions) as session:
                is_neglected = work_counts(session, now=now).is_neglected(now)
            is_ready = self.office.documents.find(TRUST_LIST_PATH) is not None
        except DatabaseFailed:
            is_ready = False
        if not is_ready:
            abort(503)
        said = f"ready\n{_NEGLECTED if is_neglected else ''}"
        return Response(said, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _PRIVATE})


def create_public_blueprint(office: Office, gate: Gate, site: Site, visitors: Visitors) -> Blueprint:
    """All public addresses but /verify."""
    views, blueprint = PublicWindows(office, gate, site, visitors), Blueprint("public", __name__)
    for rule, name, view in (
        ("/", "home", views.home),
        ("/achievements", "achievements", views.achievements),
        ("/achievements/<code>", "achievement", views.achievement),
        ("/achievements/<code>/<version>", "achievement_version", views.achievement),
        ("/programmes/<code>", "programme", views.programme),
        ("/issuers/<slug>", "issuer", views.issuer),
        ("/issuers/<slug>/did.json", "did_document", views.did_document),
        ("/issuers/<slug>/keys/<thumbprint>", "key", views.key),
        ("/issuers/<slug>/seals/<thumbprint>/<part>", "seals", views.seals),
        ("/.well-known/did.json", "platform", views.platform),
        ("/.well-known/jwks.json", "keys", views.keys),
        ("/status/<slug>", "status_list", views.status_list),
        ("/trust-list", "trust_list", views.trust_list),
        ("/healthz", "alive", views.alive),
        ("/readyz", "ready", views.ready),
    ):
        blueprint.add_url_rule(rule, name, view)
    blueprint.add_url_rule("/v/<token>", "badge", views.badge, methods=["GET", "POST"])
    blueprint.add_url_rule(
        "/v/<token>.<any(json, jwt, pdf, png, svg):ending>", "badge_file", views.badge_file, methods=["GET"]
    )
    return blueprint


def _document(
    found: PublishedDocument, cache: str, *, media_type: str | None = None, is_private: bool = False
) -> Response:
    """A document with its digest as ETag; browsers on other sites may read it, as verifiers there must."""
    response = Response(found.body, content_type=media_type or found.media_type)
    response.set_etag(hashlib.sha256(found.body).hexdigest()[:32])
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Accept")
    if is_private:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.make_conditional(request)
    return response


def _not_shown(key: str, status: int) -> Response:
    """The neutral page: it does not say whether there ever was a badge."""
    shown = {"title": words()(f"{key}.title"), "text": words()(f"{key}.text")}
    return page("public/gone.html", status=status, private=True, **shown)
