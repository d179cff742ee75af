"""VCALM's issuer: credentials are issued, kept and changed in status; plain, and for each provider by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from flask import Blueprint, Response, abort, request

from issuer.accounts.actor import Actor
from issuer.accounts.tokens import Scope, TokenRefused, check_token, scopes_of
from issuer.awards.find import find_by_credential_id
from issuer.catalogue.find import find_provider
from issuer.database import reading, transaction
from issuer.office import Office
from issuer.vcalm.did_key_issuer import NAME, DidKeyIssuer
from issuer.vcalm.issuing import Order, issue_order
from issuer.vcalm.status_change import MEMBERS, change_status, read_wish
from verifier.web.pace import Pace
from verifier.web.vcalm_request import (
    Readers,
    VcalmRefused,
    answer,
    is_text,
    read_body,
    read_object,
    read_options,
    refuse,
)

_OPTIONS: Final[Readers] = {"credentialId": is_text}
_REALM: Final = "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"
_TOO_FAST: Final = "urn:voltpass:problem:too_many_requests"
_NOT_OFFERED: Final = "urn:voltpass:problem:not_offered"
_WHY_NOT: Final = {
    "derive": "No parts of a credential are shown here: none is sealed for that. Show the whole credential.",
    "delete": "What was issued stays on file, so that it can be revoked and verified. Change its status instead.",
    "new_list": "The office opens status lists itself, and gives each credential its entry.",
}


@dataclass(frozen=True)
class VcalmIssuer:
    """The instances of an office: one for each provider, and one for tests where there is one."""

    office: Office
    for_tests: DidKeyIssuer | None = None
    pace: Pace = field(default_factory=Pace)

    def issue(self, instance: str | None = None) -> Response:
        """Seal one credential: 201. The plain address issues for the provider whose token it is."""
        if self.for_tests is not None and instance == NAME:
            given, options = _read_order()
            text = self.for_tests.issue(given, options, now=self.office.clock())
        else:
            slug, actor = self._admit(instance, Scope.ISSUE)
            given, options = _read_order()
            order = Order(provider_slug=slug, given=given, options=options)
            text = issue_order(self.office.sessions, self.office.desk, order, actor, now=self.office.clock())
        return answer(f'{{"verifiableCredential":{text}}}', 201)

    def change_status(self, instance: str | None = None) -> Response:
        """Revoke, suspend or reinstate: 200, also when the status is as asked already."""
        slug, actor = self._admit(instance, Scope.STATUS)
        wish = read_wish(read_body(MEMBERS))
        with transaction(self.office.sessions) as session:
            change_status(session, self.office.desk, wish, actor, slug, now=self.office.clock())
        return answer({})

    def credential(self, credential_id: str, instance: str | None = None) -> Response:
        """A credential of the provider as it was sealed; it names its learner, so the token must be good for that."""
        slug, _ = self._admit(instance, Scope.LEARNERS)
        with reading(self.office.sessions) as session:
            record = find_by_credential_id(session, credential_id)
            if record is None or record.provider.slug != slug:
                raise VcalmRefused("unknown_credential", "The provider issued no credential of this id.", status=404)
            return answer(f'{{"verifiableCredential":{record.sealed_json}}}')

    def status_list(self, list_id: str, instance: str | None = None) -> Response:
        """A status list by the last part of its public address, for everybody."""
        if instance is not None and not self.exists(instance):
            abort(404)
        found = self.office.documents.find(f"/status/{list_id}")
        if found is None:
            raise VcalmRefused("unknown_list", "There is no status list of this id.", status=404)
        return answer(found.body.decode())

    def not_offered(self, what: str, **ids: str) -> Response:
        """501 for what VCALM leaves to each implementation and makes no sense here."""
        del ids
        raise VcalmRefused("not_offered", _WHY_NOT[what], problem=_NOT_OFFERED, status=501)

    def describe(self, instance: str) -> Response:
        """Which issuer an instance issues for."""
        if self.for_tests is not None and instance == NAME:
            return answer({"id": self.for_tests.id})
        with reading(self.office.sessions) as session:
            provider = find_provider(session, instance)
        if provider is None:
            abort(404)
        return answer({"id": provider.issuer_id})

    def exists(self, instance: str) -> bool:
        """Whether there is an instance of this name."""
        if self.for_tests is not None and instance == NAME:
            return True
        with reading(self.office.sessions) as session:
            return find_provider(session, instance) is not None

    def _admit(self, instance: str | None, scope: Scope) -> tuple[str, Actor]:
        """Whose token it is, and its label; the token is looked at before anything else of the request."""
        with reading(self.office.sessions) as session:
            try:
                token = check_token(session, request.headers.get("Authorization"), now=self.office.clock())
            except TokenRefused as exc:
                raise VcalmRefused(exc.code, str(exc), problem=_REALM, status=401) from exc
            slug = token.provider.slug
        if wait := self.pace.seconds_to_wait(token.name):
            detail = f"Too many calls with this token. Go on in {wait} seconds."
            raise VcalmRefused("too_many_requests", detail, problem=_TOO_FAST, status=429, retry_after=wait)
        if instance not in (None, slug):
            raise VcalmRefused("forbidden", "The token is another provider's.", problem=_REALM, status=403)
        if scope not in scopes_of(token):
            raise VcalmRefused("forbidden", f"The token is not for this: {scope}.", problem=_REALM, status=403)
        return slug, Actor(label=f"token:{token.name}")


def create_vcalm_issuer_blueprint(issuer: VcalmIssuer) -> Blueprint:
    """The issuer's addresses."""
    blueprint = Blueprint("vcalm_issuer", __name__)
    for base, suffix in (("/vc", ""), ("/vc/<instance>", "_of")):
        for method, path, name, view in (
            ("POST", "credentials/issue", "issue", issuer.issue),
            ("POST", "credentials/status", "status", issuer.change_status),
            ("GET", "credentials/<credential_id>", "credential", issuer.credential),
            ("GET", "status-lists/<list_id>", "status_list", issuer.status_list),
            ("POST", "credentials/derive", "derive", partial(issuer.not_offered, "derive")),
            ("DELETE", "credentials/<credential_id>", "delete", partial(issuer.not_offered, "delete")),
            ("POST", "status-lists", "new_list", partial(issuer.not_offered, "new_list")),
        ):
            blueprint.add_url_rule(f"{base}/{path}", f"{name}{suffix}", view, methods=[method])
    blueprint.add_url_rule("/vc/<instance>", "instance", issuer.describe, methods=["GET"])
    refuse(blueprint)
    return blueprint


def _read_order() -> tuple[dict[str, object], dict[str, object]]:
    body = read_body(("credential", "options"))
    return read_object(body, "credential"), dict(read_options(body, _OPTIONS))
