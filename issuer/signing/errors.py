"""What can go wrong between a provider and its keys."""

from __future__ import annotations

from datetime import datetime
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


class UnknownSigningKey(SigningError):
    """The provider never had this key."""

    code: ClassVar[str] = "unknown_signing_key"

    def __init__(self, provider: str, name: str) -> None:
        super().__init__(f"{provider} has no key {name!r}. To see its keys, type: voltpass keys list {provider}")
        self.provider = provider
        self.name = name


class KeyNotInUse(SigningError):
    """The key was taken out of use before."""

    code: ClassVar[str] = "key_not_in_use"

    def __init__(self, multikey: str) -> None:
        super().__init__(f"The key {multikey} is not in use any more.")
        self.multikey = multikey


class DistrustInFuture(SigningError):
    """A key is distrusted from a moment on that has passed; one that is going to end is retired then."""

    code: ClassVar[str] = "distrust_in_future"

    def __init__(self, since: datetime) -> None:
        super().__init__(
            f"{since:%Y-%m-%d %H:%M:%S}Z lies in the future; give the moment the key may have been stolen."
        )
        self.since = since


class SuccessorOfAnotherKind(SigningError):
    """A provider seals with one key of each kind, so that a key is replaced by one of its own kind."""

    code: ClassVar[str] = "successor_of_another_kind"

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(f"The new key is one of {found}; the key that it replaces is one of {wanted}.")
