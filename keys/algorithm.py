"""The two kinds of key Voltpass signs and verifies with."""

from __future__ import annotations

from enum import StrEnum


class Algorithm(StrEnum):
    """Ed25519 seals with embedded proofs, P-256 (ES256) seals JSON Web Tokens."""

    ED25519 = "Ed25519"
    P256 = "P-256"
