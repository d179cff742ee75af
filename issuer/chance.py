"""Randomness, let in through one door, so that a test can know what will come."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from keys.multibase import base64url_encode


@dataclass(frozen=True, slots=True)
class Chance:
    """What the office needs that nobody may guess; ``bits`` gives a whole number of so many random bits."""

    bits: Callable[[int], int] = secrets.randbits

    def urn(self) -> str:
        """A fresh ``urn:uuid:…`` (version 4)."""
        return uuid.UUID(int=self.bits(128), version=4).urn

    def token(self) -> str:
        """128 bits as 22 characters of base64url: the address of a credential, or the salt of a hash."""
        return base64url_encode(self.bits(128).to_bytes(16, "big"))

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, but not including, ``limit``, each as likely as the others."""
        if limit < 1:
            raise ValueError("there is no number below 1")
        width = limit.bit_length()
        while (number := self.bits(width)) >= limit:
            pass
        return number
