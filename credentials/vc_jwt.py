"""Credentials as signed tokens: the profile ob3-jwt of Open Badges 3.0 and, for reading, that of VC-JOSE-COSE.

The credential stands at the top of the payload; registered claims repeat what it says. They must agree with it, and
are not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from credentials.compact_jws import CompactJws, read_compact_jws, write_compact_jws
from credentials.errors import MalformedCredential, SealBroken, UnsupportedProof
from keys.instant import read_instant
from keys.signer import Signer

Document = Mapping[str, Any]

# RFC 7519, section 4.1. None of them is a term of a credential.
_CLAIMS: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_OB3_JWT: Final = frozenset({None, "jwt"})
_VC_JOSE_COSE: Final = frozenset({"vc+jwt", "vc+ld+json+jwt"})
_LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def write_token(document: Document, signer: Signer, *, created: datetime) -> str:
    """Sign a document without proof with a P-256 key; raises MalformedCredential when a required claim has no source.

    Claims as Open Badges 3.0, section 8.2.4.1, wants them: iss, sub, jti, nbf, exp; and iat, the moment of sealing.
    """
    claims: dict[str, Any] = {}
    for claim, (path, value) in _agreed_claims(document).items():
        if value is not None:
            claims[claim] = value
        elif claim != "exp":
            raise MalformedCredential(path, f"is missing; the token must repeat it as {claim}")
    for name in ("validFrom", "validUntil"):
        if name in document and read_instant(document[name]).microsecond:
            raise MalformedCredential(f"$.{name}", "a token repeats it in whole seconds")
    return write_compact_jws({**document, **claims, "iat": math.floor(created.timestamp())}, signer, typ="JWT")


def read_token(text: str) -> CompactJws:
    """Read a credential token; raises MalformedCredential or UnsupportedProof. Nothing is verified."""
    token = read_compact_jws(text, types=_OB3_JWT | _VC_JOSE_COSE)
    for name in ("vc", "vp"):
        if name in token.payload:
            raise MalformedCredential(f"$.{name}", "the credential stands at the top of a version 2 token")
    for claim in ("nbf", "exp"):
        _read_numeric_date(token.payload, claim)
    if not _is_vc_jose_cose(token):
        for claim in ("iss", "sub", "jti", "nbf"):
            if claim not in token.payload:
                raise MalformedCredential(f"$.{claim}", "the claim is missing")
    return token


def document_of(token: CompactJws) -> dict[str, Any]:
    """The credential inside a token, without claims."""
    return {name: value for name, value in token.payload.items() if name not in _CLAIMS}


def sealed_at(token: CompactJws) -> datetime | None:
    """When the token says it was signed; None when it does not say so as RFC 7519 wants (W3C's examples write text)."""
    seconds = token.payload.get("iat")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= _LATEST:
        return None
    return datetime.fromtimestamp(math.floor(seconds), UTC)


def check_claims(token: CompactJws) -> None:
    """Raise SealBroken unless the claims agree with the credential, moments in whole seconds; dates are not judged.

    In a token of VC-JOSE-COSE claims may be missing, and its nbf and exp speak of the signature; such a token is
    UnsupportedProof when they differ from the credential's own dates, because nobody here judges them.
    """
    moments_are_own = _is_vc_jose_cose(token)
    for claim, (path, expected) in _agreed_claims(document_of(token)).items():
        if claim not in token.payload and (moments_are_own or expected is None):
            continue
        if claim in ("nbf", "exp"):
            agrees = _read_numeric_date(token.payload, claim) == expected
        else:
            agrees = token.payload.get(claim) == expected
        if not agrees and moments_are_own and claim in ("nbf", "exp"):
            raise UnsupportedProof(f"the token limits its signature in time ({claim})")
        if not agrees:
            raise SealBroken(f"the claim {claim} does not agree with {path}")


def _agreed_claims(document: Document) -> dict[str, tuple[str, str | int | None]]:
    """For each claim the place in the credential it repeats, and the value it must have (None: the place is empty)."""
    subject = document.get("credentialSubject")
    subject_id = subject.get("id") if isinstance(subject, Mapping) else None
    issuer = document.get("issuer")
    issuer_id = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return {
        "iss": ("$.issuer.id", _text(issuer_id, "$.issuer.id")),
        "sub": ("$.credentialSubject.id", _text(subject_id, "$.credentialSubject.id")),
        "jti": ("$.id", _text(document.get("id"), "$.id")),
        "nbf": ("$.validFrom", _seconds(document, "validFrom")),
        "exp": ("$.validUntil", _seconds(document, "validUntil")),
    }


def _text(value: object, path: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise MalformedCredential(path, "expected a string")
    return value


def _seconds(document: Document, name: str) -> int | None:
    if name not in document:
        return None
    try:
        return math.floor(read_instant(document[name]).timestamp())
    except ValueError as exc:
        raise MalformedCredential(f"$.{name}", str(exc)) from exc


def _read_numeric_date(payload: Document, claim: str) -> int | None:
    if claim not in payload:
        return None
    value = payload[claim]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MalformedCredential(f"$.{claim}", "expected a number of seconds")
    return math.floor(value)


def _is_vc_jose_cose(token: CompactJws) -> bool:
    return token.type is not None and token.type.lower() in _VC_JOSE_COSE
