"""The unsealed revocation list of Open Badges 3.0 (`1EdTechRevocationList`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from credentials.errors import MalformedCredential
from credentials.strict_json import parse_json

REVOCATION_LIST: Final = "1EdTechRevocationList"


def is_listed(body: bytes, credential_id: str | None, issuer_id: str) -> bool:
    """Whether the list names the credential as revoked; raises CredentialError for a list that cannot be read."""
    document = parse_json(body)
    if document.get("issuer") != issuer_id:
        raise MalformedCredential("$.issuer", "the revocation list is another issuer's")
    revoked = document.get("revokedCredential", [])
    if not isinstance(revoked, Sequence) or isinstance(revoked, str):
        raise MalformedCredential("$.revokedCredential", "expected a list")
    return any(
        isinstance(entry, Mapping) and entry.get("id") == credential_id and entry.get("revoked", True) is not False
        for entry in revoked
    )
