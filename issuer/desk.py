"""The desk where a credential is sealed: what it needs at hand, and nothing it could reach by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.signing.provider_keys import KeyRoom, ProviderSigners, in_use_thumbprints, open_signers
from verifier.policy import Policy


class OpenSigners:
    """Opens each provider's keys once, and again after a rotation; safe for several threads."""

    def __init__(self, room: KeyRoom) -> None:
        self._room = room
        self._open: dict[int, ProviderSigners] = {}
        self._lock = threading.Lock()

    def of(self, session: Session, provider: ProviderRecord) -> ProviderSigners:
        """The signers of the keys in use now; raises NoSigningKey."""
        in_use = in_use_thumbprints(session, provider.id)
        with self._lock:
            opened = self._open.get(provider.id)
            if opened is None or opened.thumbprints != in_use:
                opened = self._open[provider.id] = open_signers(session, provider, self._room)
            return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Keys, chance, addresses, and the gate every new credential must pass.

    ``policy`` is the gate of a stranger who sees what this platform has published, read through the given session.
    """

    base_url: str
    keys: KeyRoom
    signers: OpenSigners
    policy: Callable[[Session], Policy]
    chance: Chance = field(default_factory=Chance)

    def link(self, token: str) -> str:
        """The address behind the QR code."""
        return f"{self.base_url}/v/{token}"
