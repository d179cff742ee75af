"""The states an issued credential can be in, in the office's own file; the status lists tell the world."""

from __future__ import annotations

from enum import StrEnum


class CredentialState(StrEnum):
    """One at a time; expiry is none of them, because nobody has to do anything for it."""

    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
