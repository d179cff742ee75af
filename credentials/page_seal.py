"""The seal of a printed page: the issuer's word that this drawing was made for this sealed credential.

A signature inside a PDF's attachment says nothing about the page around it. The page seal ties both together: digest of
the attached text, digest of everything the file draws and carries. How the latter is taken from a PDF is the gate's
affair; here are only the claims and their signature.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from credentials.compact_jws import read_compact_jws, write_compact_jws
from credentials.errors import MalformedCredential, SealBroken
from keys.public_key import PublicKey
from keys.signer import Signer

PAGE_SEAL_TYPE: Final = "voltpass-page+jwt"

_CLAIMS: Final = frozenset({"iss", "sub", "cred", "page", "iat"})
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LATEST: Final = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeal:
    """What a page seal says; both digests are SHA-256 in hexadecimal."""

    credential_id: str
    issuer_id: str
    credential_digest: str
    drawing_digest: str
    created: datetime


def seal_page(
    credential_id: str, issuer_id: str, sealed_digest: str, drawing_digest: str, signer: Signer, created: datetime
) -> str:
    """Seal a page with the issuer's P-256 key; the digests are those of the attached text and of the drawing."""
    for digest in (sealed_digest, drawing_digest):
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a digest is 64 hexadecimal digits in lower case")
    if created.tzinfo is None:
        raise ValueError("the moment of sealing needs a time zone")
    claims = {
        "iss": issuer_id,
        "sub": credential_id,
        "cred": sealed_digest,
        "page": drawing_digest,
        "iat": math.floor(created.timestamp()),
    }
    return write_compact_jws(claims, signer, typ=PAGE_SEAL_TYPE)


def open_page_seal(text: str, keys: Iterable[PublicKey]) -> PageSeal:
    """What a page seal says that one of these keys made: give the issuer's keys, never one the paper brings.

    Raises SealBroken when none of them made it, MalformedCredential or UnsupportedProof when it is no page seal. Not
    checked: whether the digests are those of this paper.
    """
    token = read_compact_jws(text, types=frozenset({PAGE_SEAL_TYPE}))
    seal = _read_claims(token.payload)
    for key in keys:
        try:
            token.verify(key)
        except SealBroken:
            continue
        return seal
    raise SealBroken("the page seal was made by none of the issuer's keys")


def _read_claims(claims: Mapping[str, Any]) -> PageSeal:
    if claims.keys() != _CLAIMS:
        raise MalformedCredential("$", f"a page seal has exactly the claims {', '.join(sorted(_CLAIMS))}")
    return PageSeal(
        credential_id=_text(claims, "sub"),
        issuer_id=_text(claims, "iss"),
        credential_digest=_digest(claims, "cred"),
        drawing_digest=_digest(claims, "page"),
        created=_moment(claims, "iat"),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not value:
        raise MalformedCredential(f"$.{name}", "expected a non-empty string")
    return value


def _digest(claims: Mapping[str, Any], name: str) -> str:
    value = _text(claims, name)
    if not _DIGEST.fullmatch(value):
        raise MalformedCredential(f"$.{name}", "expected a SHA-256 digest in hexadecimal")
    return value


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise MalformedCredential(f"$.{name}", "expected a number of seconds")
    return datetime.fromtimestamp(value, UTC)
