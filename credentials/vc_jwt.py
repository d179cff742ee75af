"""Credentials as signed tokens: the profile ob3-jwt of Open Badges 3.0, that of VC-JOSE-COSE, and those of VC 1.1.

In version 2.0 the credential stands at the top of the payload and registered claims repeat what it says; in version 1.1
it stands under ``vc``, and claims may stand in for members that it leaves out. Claims must agree with the credential,
and are not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from credentials.compact_jws import CompactJws, read_compact_jws, write_compact_jws
from credentials.data_model import DATES, DataModel, read_version
from credentials.errors import MalformedCredential, MixedVersions, SealBroken, UnsupportedProof
from keys.instant import read_instant, write_instant
from keys.signer import Signer

Document = Mapping[str, Any]


class JwtProfile(StrEnum):
    """Two standards, two sets of duties: Open Badges wants the claims repeated, VC-JOSE-COSE advises against most."""

    OB3_JWT = "ob3-jwt"
    VC_JOSE_COSE = "vc-jose-cose"


# RFC 7519, section 4.1. None of them is a term of a credential.
_CLAIMS: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_OB3_JWT: Final = frozenset({None, "jwt"})
_VC_JOSE_COSE: Final = frozenset({"vc+jwt", "vc+ld+json+jwt"})
_CONTENT: Final = frozenset({None, "vc"})
_LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def write_token(
    document: Document, signer: Signer, *, created: datetime, profile: JwtProfile = JwtProfile.OB3_JWT
) -> str:
    """Sign a version 2.0 document without proof with a P-256 key; MalformedCredential when a duty cannot be met.

    ob3-jwt (Open Badges 3.0, section 8.2.4.1): iss, sub, jti, nbf, exp and iat, the moment of sealing. vc-jose-cose:
    iss and iat alone, because nbf and exp would speak of the signature there.
    """
    if read_version(document) is not DataModel.V2:
        raise MalformedCredential("$['@context']", "tokens are written for version 2.0 only")
    sealed_at = {"iat": math.floor(created.timestamp())}
    if profile is JwtProfile.VC_JOSE_COSE:
        issuer = _agreed_claims(document)["iss"][1]
        return write_compact_jws({**document, "iss": issuer, **sealed_at}, signer, typ="vc+jwt", cty="vc")
    claims: dict[str, Any] = {}
    for claim, (path, value) in _agreed_claims(document).items():
        if value is not None:
            claims[claim] = value
        elif claim != "exp":
            raise MalformedCredential(path, f"is missing; the token must repeat it as {claim}")
    for name in ("validFrom", "validUntil"):
        if name in document and read_instant(document[name]).microsecond:
            raise MalformedCredential(f"$.{name}", "a token repeats it in whole seconds")
    return write_compact_jws({**document, **claims, **sealed_at}, signer, typ="JWT")


def read_token(text: str) -> CompactJws:
    """Read a credential token; raises MalformedCredential or UnsupportedProof. Nothing is verified."""
    token = read_compact_jws(text, types=_OB3_JWT | _VC_JOSE_COSE)
    if token.content_type not in _CONTENT:
        raise UnsupportedProof(f"a token with content of type {token.content_type!r} is not accepted here")
    for claim in ("nbf", "exp"):
        _read_numeric_date(token.payload, claim)
    _check_nesting(token)
    if not _is_vc_jose_cose(token):
        document = document_of(token)
        for claim, (_, value) in _agreed_claims(document).items():
            is_duty = claim in ("iss", "nbf") or (claim != "exp" and (value is not None or "vc" not in token.payload))
            if is_duty and claim not in token.payload:
                raise MalformedCredential(f"$.{claim}", "the claim is missing")
    return token


def document_of(token: CompactJws) -> dict[str, Any]:
    """The credential inside a token: without claims, or what stands under ``vc`` with its gaps filled from them."""
    if "vc" in token.payload:
        return _filled(token.payload["vc"], token.payload)
    return {name: value for name, value in token.payload.items() if name not in _CLAIMS}


def sealed_at(token: CompactJws) -> datetime | None:
    """When the token says it was signed; None when it does not say so as RFC 7519 wants (W3C's examples write text)."""
    seconds = token.payload.get("iat")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    return _moment(seconds)


def seal_period(token: CompactJws) -> tuple[datetime | None, datetime | None]:
    """From when until when the signature counts. Only VC-JOSE-COSE knows that; elsewhere the claims repeat dates."""
    if not _is_vc_jose_cose(token):
        return None, None
    begins, ends = (_read_numeric_date(token.payload, claim) for claim in ("nbf", "exp"))
    if begins is not None and _moment(begins) is None:
        raise MalformedCredential("$.nbf", "the moment lies outside the calendar")
    if ends is not None and _moment(ends) is None:
        raise MalformedCredential("$.exp", "the moment lies outside the calendar")
    return (None if begins is None else _moment(begins)), (None if ends is None else _moment(ends))


def check_claims(token: CompactJws) -> None:
    """Raise SealBroken unless the claims agree with the credential, moments in whole seconds; dates are not judged.

    In a token of VC-JOSE-COSE claims may be missing, and nbf and exp are those of the signature (``seal_period``).
    """
    is_free = _is_vc_jose_cose(token)
    for claim, (path, expected) in _agreed_claims(document_of(token)).items():
        if claim in ("nbf", "exp"):
            if is_free:
                continue
            said: object = _read_numeric_date(token.payload, claim)
        else:
            said = token.payload.get(claim)
        if claim not in token.payload and (is_free or expected is None):
            continue
        if said != expected:
            raise SealBroken(f"the claim {claim} does not agree with {path}")


def _check_nesting(token: CompactJws) -> None:
    """Version 1.1 stands under ``vc`` and version 2.0 at the top (Open Badges 3.0 Implementation Guide)."""
    if "vp" in token.payload:
        raise MalformedCredential("$.vp", "a presentation is not a credential")
    if "vc" not in token.payload:
        if read_version(document_of(token)) is not DataModel.V2:
            raise MixedVersions("$['@context']", "a version 1.1 credential stands under vc in a token")
        return
    nested = token.payload["vc"]
    if _is_vc_jose_cose(token):
        raise MalformedCredential("$.vc", "the credential stands at the top of a token of this type")
    if not isinstance(nested, Mapping):
        raise MalformedCredential("$.vc", "expected an object")
    if read_version(nested) is not DataModel.V1:
        raise MixedVersions("$.vc", "the credential stands at the top of a version 2 token")
    beside = sorted(token.payload.keys() - _CLAIMS - {"vc"})
    if beside:
        raise MalformedCredential(f"$.{beside[0]}", "a version 1.1 token holds nothing beside vc and its claims")


def _filled(nested: Document, claims: Document) -> dict[str, Any]:
    """Claims stand in for what the credential leaves out (VC Data Model 1.1, section 6.3.1)."""
    document = dict(nested)
    if "iss" in claims:
        document["issuer"] = _with_id(document.get("issuer", claims["iss"]), claims["iss"])
    if "sub" in claims and "credentialSubject" in document:
        document["credentialSubject"] = _with_id(document["credentialSubject"], claims["sub"])
    if "jti" in claims:
        document.setdefault("id", claims["jti"])
    for claim, name in zip(("nbf", "exp"), DATES[DataModel.V1], strict=True):
        seconds = _read_numeric_date(claims, claim)
        if seconds is not None and name not in document:
            moment = _moment(seconds)
            if moment is None:
                raise MalformedCredential(f"$.{claim}", "the moment lies outside the calendar")
            document[name] = write_instant(moment)
    return document


def _with_id(described: object, claimed: object) -> object:
    return {"id": claimed, **described} if isinstance(described, Mapping) else described


def _agreed_claims(document: Document) -> dict[str, tuple[str, str | int | None]]:
    """For each claim the place in the credential it repeats, and the value it must have (None: the place is empty)."""
    subject = document.get("credentialSubject")
    subject_id = subject.get("id") if isinstance(subject, Mapping) else None
    issuer = document.get("issuer")
    issuer_id = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    begins, ends = DATES[read_version(document)]
    return {
        "iss": ("$.issuer.id", _text(issuer_id, "$.issuer.id")),
        "sub": ("$.credentialSubject.id", _text(subject_id, "$.credentialSubject.id")),
        "jti": ("$.id", _text(document.get("id"), "$.id")),
        "nbf": (f"$.{begins}", _seconds(document, begins)),
        "exp": (f"$.{ends}", _seconds(document, ends)),
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


def _moment(seconds: float) -> datetime | None:
    """The moment, in whole seconds; None when it lies outside the calendar."""
    return datetime.fromtimestamp(math.floor(seconds), UTC) if 0 <= seconds <= _LATEST else None


def _is_vc_jose_cose(token: CompactJws) -> bool:
    return token.type is not None and token.type.lower() in _VC_JOSE_COSE
