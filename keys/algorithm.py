"""The kinds of key: those Voltpass signs with, and those it knows from the papers of others."""

from __future__ import annotations

from enum import StrEnum


class Algorithm(StrEnum):
    """Ed25519 seals with embedded proofs, P-256 (ES256) seals JSON Web Tokens."""

    ED25519 = "Ed25519"
    P256 = "P-256"


class ForeignAlgorithm(StrEnum):
    """Kinds that only others sign with; here they verify tokens: P-384 (ES384) and RSA (RS256, 2,048 bits and more)."""

    P384 = "P-384"
    RSA = "RSA"


KeyAlgorithm = Algorithm | ForeignAlgorithm
