"""The life of an issuer's keys, and the documents that publish it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from keys.algorithm import Algorithm
from keys.controller_document import ControllerDocument, Service
from keys.errors import MalformedControllerDocument
from keys.instant import round_up
from keys.method import MethodType, VerificationMethod
from keys.public_key import PublicKey


@dataclass(frozen=True)
class KeyPeriod:
    """The time a key signs for an issuer: from used_from, until it is rotated out, and distrusted from a moment on."""

    public_key: PublicKey
    method_id: str
    key_url: str
    issuer_id: str
    used_from: datetime
    used_until: datetime | None = None
    distrusted_since: datetime | None = None


def bare_jwk(period: KeyPeriod) -> dict[str, str]:
    """The single JWK that its key_url answers with, named by that same address."""
    return {**period.public_key.to_jwk(), "kid": period.key_url}


def key_set(periods: Iterable[KeyPeriod]) -> dict[str, list[dict[str, object]]]:
    """The JWK set of the periods: each key with its issuer (iss) and the time it may have signed in (nbf, exp)."""
    return {"keys": [_dated_jwk(period) for period in periods]}


def controller_document(
    issuer_id: str, periods: Iterable[KeyPeriod], services: Iterable[Service] = ()
) -> ControllerDocument:
    """The document of an issuer with all its keys, old ones too: they must go on verifying what they signed.

    A key that signs tokens stands there twice, as Multikey and as JsonWebKey, which is where JOSE looks for it.
    """
    methods = tuple(method for period in periods for method in _methods(issuer_id, period))
    ids = frozenset(method.id for method in methods)
    if len(ids) != len(methods):
        raise MalformedControllerDocument("$.verificationMethod", "a key occurs twice")
    return ControllerDocument(
        id=issuer_id, verification_methods=methods, assertion_methods=ids, services=tuple(services)
    )


def _methods(issuer_id: str, period: KeyPeriod) -> Iterator[VerificationMethod]:
    method = _method(issuer_id, period)
    yield method
    key = period.public_key
    if key.algorithm is not Algorithm.ED25519:
        yield replace(method, id=f"{issuer_id}#{key.thumbprint}", type=MethodType.JSON_WEB_KEY)


def _method(issuer_id: str, period: KeyPeriod) -> VerificationMethod:
    if period.issuer_id != issuer_id:
        raise MalformedControllerDocument(period.method_id, f"the key belongs to {period.issuer_id}, not {issuer_id}")
    return VerificationMethod(
        id=period.method_id,
        controller=issuer_id,
        public_key=period.public_key,
        # written in whole seconds: what was signed in the last moment of use must stay inside
        expires=None if period.used_until is None else round_up(period.used_until),
        revoked=period.distrusted_since,
    )


def _dated_jwk(period: KeyPeriod) -> dict[str, object]:
    jwk: dict[str, object] = {**bare_jwk(period), "iss": period.issuer_id, "nbf": int(period.used_from.timestamp())}
    ends = [int(round_up(end).timestamp()) for end in (period.used_until,) if end is not None]
    ends += [int(end.timestamp()) for end in (period.distrusted_since,) if end is not None]
    if ends:
        jwk["exp"] = min(ends)
    return jwk
