"""VCALM's issuer: /vc/credentials/issue, and the same for each provider by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, request

from issuer.accounts.tokens import Scope, TokenRefused, check_token, scopes_of
from issuer.catalogue.find import find_provider
from issuer.database import reading
from issuer.office import Office
from issuer.vcalm.did_key_issuer import NAME, DidKeyIssuer
from issuer.vcalm.issuing import Order, issue_order
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


@dataclass(frozen=True)
class VcalmIssuer:
    """The instances of an office: one for each provider, and one for tests where there is one."""

    office: Office
    for_tests: DidKeyIssuer | None = None

    def issue(self, instance: str | None = None) -> Response:
        """Seal one credential: 201. The plain address issues for the provider whose token it is."""
        if self.for_tests is not None and instance == NAME:
            given, options = _read_order()
            text = self.for_tests.issue(given, options, now=self.office.clock())
        else:
            slug = self._admit(instance)
            given, options = _read_order()
            order = Order(provider_slug=slug, given=given, options=options)
            text = issue_order(self.office.sessions, self.office.desk, order, now=self.office.clock())
        return answer(f'{{"verifiableCredential":{text}}}', 201)

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

    def _admit(self, instance: str | None) -> str:
        """Whose token it is; the token is looked at before anything else of the request."""
        with reading(self.office.sessions) as session:
            try:
                token = check_token(session, request.headers.get("Authorization"), now=self.office.clock())
            except TokenRefused as exc:
                raise VcalmRefused(exc.code, str(exc), problem=_REALM, status=401) from exc
            slug = token.provider.slug
        if instance not in (None, slug):
            raise VcalmRefused("forbidden", "The token is another provider's.", problem=_REALM, status=403)
        if Scope.ISSUE not in scopes_of(token):
            raise VcalmRefused("forbidden", "The token is not for issuing.", problem=_REALM, status=403)
        return slug


def create_vcalm_issuer_blueprint(issuer: VcalmIssuer) -> Blueprint:
    """The issuer's addresses."""
    blueprint = Blueprint("vcalm_issuer", __name__)
    blueprint.add_url_rule("/vc/credentials/issue", "issue", issuer.issue, methods=["POST"])
    blueprint.add_url_rule("/vc/<instance>/credentials/issue", "issue_of", issuer.issue, methods=["POST"])
    blueprint.add_url_rule("/vc/<instance>", "instance", issuer.describe, methods=["GET"])
    refuse(blueprint)
    return blueprint


def _read_order() -> tuple[dict[str, object], dict[str, object]]:
    body = read_body(("credential", "options"))
    return read_object(body, "credential"), dict(read_options(body, _OPTIONS))
