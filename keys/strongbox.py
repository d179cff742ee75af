"""Small secrets that the office must read again (codes of second factors, webhook secrets), kept under lock.

Signing keys do not belong here: they have a store of their own.
"""

from __future__ import annotations

import base64
from typing import ClassVar

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import KeyMaterialError


class StrongboxRefused(KeyMaterialError):
    """What was kept cannot be opened: it was changed, or the key secret is another than when it was locked."""

    code: ClassVar[str] = "strongbox_refused"

    def __init__(self) -> None:
        super().__init__("A kept secret cannot be opened with this VOLTPASS_KEY_SECRET. Start with the one it had.")


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF with SHA-256): another purpose gives bytes that tell nothing about these."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"voltpass " + purpose.encode()).derive(secret.encode())


class Strongbox:
    """Locks and opens short texts; each purpose has its own key, so that nothing fits into another's place."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._lock = Fernet(base64.urlsafe_b64encode(derive_key(secret, f"strongbox {purpose}")))

    def lock(self, text: str) -> str:
        """The text under lock, in ASCII; twice the same text gives two different results."""
        return self._lock.encrypt(text.encode()).decode("ascii")

    def open(self, locked: str) -> str:
        """The text again; raises StrongboxRefused."""
        try:
            return self._lock.decrypt(locked.encode("ascii", "replace")).decode()
        except InvalidToken as exc:
            raise StrongboxRefused from exc
