"""What signing in needs besides a database: the lock for secrets, the key for hashes, the name for passkeys."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from issuer.chance import Chance
from issuer.database import Sessions
from issuer.settings import LOOPBACK, Settings
from keys.multibase import base64url_encode
from keys.strongbox import Strongbox, derive_key

if TYPE_CHECKING:
    from issuer.accounts.records import StaffRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDesk:
    """The parts that are handed on to whoever signs people in; it has no clock."""

    sessions: Sessions
    chance: Chance
    box: Strongbox = field(repr=False)
    hash_key: bytes = field(repr=False)
    rp_id: str
    origin: str
    """Where passkeys are good: browsers take no bare IP address, so a loopback one goes by the name of localhost."""
    development: bool

    @classmethod
    def of(cls, settings: Settings, sessions: Sessions, chance: Chance) -> AccountDesk:
        """The desk of an office."""
        parts = urlsplit(settings.base_url)
        host = "localhost" if parts.hostname in LOOPBACK else parts.hostname or "localhost"
        port = f":{parts.port}" if parts.port else ""
        return cls(
            sessions=sessions,
            chance=chance,
            box=Strongbox(settings.key_secret, "second factors"),
            hash_key=derive_key(settings.key_secret, "tries to sign in"),
            rp_id=host,
            origin=f"{parts.scheme}://{host}{port}",
            development=settings.development,
        )

    def secret(self) -> str:
        """256 random bits as text; of what it opens only ``token_hash`` is kept."""
        return base64url_encode(self.chance.bits(256).to_bytes(32, "big"))

    def blur(self, text: str) -> str:
        """A keyed hash: an address cannot be guessed back from it without the key secret."""
        return hmac.new(self.hash_key, text.encode(), sha256).hexdigest()

    def may_enter(self, staff: StaffRecord) -> bool:
        """Whether this account can be signed in to at all: demonstration accounts only on development machines."""
        return staff.is_active and (self.development or not staff.is_demo)


def token_hash(token: str) -> str:
    """What is kept of a secret with many random bits; a slow hash would add nothing."""
    return sha256(token.encode()).hexdigest()
