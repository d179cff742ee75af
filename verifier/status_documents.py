"""Status lists as bytes: opened, and remembered, because one list answers for a hundred thousand credentials.

What is remembered is only what follows from the bytes and the key alone. Whether the list is in force, whose it is and
where it was found is asked anew each time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from credentials.status_list import StatusList, StatusListCredential
from credentials.unverified import UnverifiedCredential, open_unverified, verify_seal
from keys.public_key import PublicKey

LARGEST_LIST: Final = 4 * 1024 * 1024
"""Bytes of an expanded list: 33 million entries."""


@lru_cache(maxsize=64)
def read_list(body: bytes) -> UnverifiedCredential:
    """Take a status list credential apart, believing nothing; raises CredentialError."""
    return open_unverified(body)


@lru_cache(maxsize=64)
def open_sealed_list(body: bytes, key: PublicKey) -> tuple[StatusListCredential, StatusList]:
    """The list that this key sealed, and its bits; raises CredentialError. The bits must not be changed."""
    unverified = read_list(body)
    verify_seal(unverified, key)
    listed = StatusListCredential.from_json(unverified.document)
    return listed, listed.open_list(limit=LARGEST_LIST)
