"""What can go wrong between a provider and its keys."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class SigningError(IssuerError):
    """Root of what this folder refuses."""

    code: ClassVar[str] = "signing_error"


class NoSigningKey(SigningError):
    """The provider has no key in use for an algorithm, so nothing can be sealed for it."""

    code: ClassVar[str] = "no_signing_key"

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} has no signing keys yet. Type: voltpass keys create {provider}")
        self.provider = provider


class SigningKeyExists(SigningError):
    """The provider has keys in use already; making more without retiring those would leave two in force."""

    code: ClassVar[str] = "signing_key_exists"

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} has signing keys already. To replace them, type: voltpass keys rotate {provider}")
        self.provider = provider


class SharedSigningKey(SigningError):
    """Another issuer has this key; two issuers with one key could speak for each other."""

    code: ClassVar[str] = "shared_signing_key"

    def __init__(self, multikey: str) -> None:
        super().__init__(f"The key {multikey} belongs to an issuer already; no two issuers ever share a key.")
        self.multikey = multikey
