"""An issuer for test suites, on development machines only: a did:key that signs any conforming credential.

No gate trusts it, so whatever it signs is UNKNOWN_ISSUER at best.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credentials.seal import seal
from issuer.vcalm.award_document import check_document, check_issuer
from keys.signer import MemorySigner, Signer

NAME: Final = "did-key"


@dataclass(frozen=True, slots=True)
class _Document:
    """A document that is sealed as it came."""

    document: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return dict(self.document)


@dataclass(frozen=True, slots=True)
class DidKeyIssuer:
    """The instance; its key is derived from the installation's secret, so that every process has the same."""

    signer: Signer

    @classmethod
    def of(cls, key_secret: str) -> DidKeyIssuer:
        """The issuer of an installation."""
        seed = hmac.digest(key_secret.encode(), b"voltpass: the did:key issuer for tests", hashlib.sha256)
        return cls(MemorySigner.from_seed(seed))

    @property
    def id(self) -> str:
        """The did:key."""
        return self.signer.verification_method.partition("#")[0]

    def issue(self, given: Mapping[str, Any], options: Mapping[str, Any], *, now: datetime) -> str:
        """The sealed credential; raises VcalmRefused or CredentialError. Of the options nothing is kept."""
        del options
        check_document(given)
        check_issuer(given, self.id)
        return seal(_Document(given), self.signer, created=now.replace(microsecond=0)).text
