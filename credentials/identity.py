"""IdentityObject: an identity of the learner, plain or hashed (OB 3.0, IdentityHash)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Final

from credentials.json_object import JsonObject
from credentials.json_values import Flag, IdentifierType, Misfit, NonEmptyText, Text, constant

_HASH = re.compile(r"(?:sha256\$[0-9a-fA-F]{64}|md5\$[0-9a-fA-F]{32})")
_SHA256: Final = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityObject(JsonObject):
    """One identity: ``identity_hash`` is the plain value, or its hash when ``hashed``."""

    type: Annotated[str, constant("IdentityObject")] = "IdentityObject"
    identity_type: IdentifierType
    hashed: Flag
    identity_hash: NonEmptyText
    salt: Text | None = None

    def _check(self) -> None:
        if self.hashed and not _HASH.fullmatch(self.identity_hash):
            raise Misfit("expected sha256$ or md5$ and the hash in hexadecimal", ".identityHash")


def name_identity(name: str) -> IdentityObject:
    """The learner's name, in the open and in composed form (NFC): a name is there to be read."""
    return IdentityObject(identity_type="name", hashed=False, identity_hash=unicodedata.normalize("NFC", name).strip())


def hash_email(email: str, salt: str) -> IdentityObject:
    """The e-mail address, trimmed and in lower case, as SHA-256 over address and salt.

    The salt is published with the hash, so this is a pseudonym and not anonymous: who guesses the address can check it.
    """
    return IdentityObject(
        identity_type="emailAddress", hashed=True, identity_hash=_hashed(_SHA256, _folded(email), salt), salt=salt
    )


def matches_email(identity: IdentityObject, email: str) -> bool:
    """Whether the identity is this e-mail address.

    The standard says nothing about letter case and white space, so the address is tried as given, trimmed, and trimmed
    in lower case. Nothing typed matches nothing.
    """
    if identity.identity_type != "emailAddress" or not email.strip():
        return False
    tries = (email, email.strip(), _folded(email))
    if not identity.hashed:
        return _folded(identity.identity_hash) == _folded(email)
    algorithm = identity.identity_hash.partition("$")[0]
    return identity.identity_hash.lower() in {_hashed(algorithm, attempt, identity.salt or "") for attempt in tries}


def _folded(email: str) -> str:
    return email.strip().lower()


def _hashed(algorithm: str, identifier: str, salt: str) -> str:
    data = (identifier + salt).encode()
    # The standard defines md5 as well; here it recognises an address and protects nothing.
    digest = hashlib.sha256(data) if algorithm == _SHA256 else hashlib.md5(data, usedforsecurity=False)
    return f"{algorithm}${digest.hexdigest()}"
