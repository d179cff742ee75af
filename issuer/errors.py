"""What the office refuses."""

from __future__ import annotations

from typing import ClassVar

from keys.errors import VoltpassError


class IssuerError(VoltpassError):
    """Root of everything the issuer room refuses."""

    code: ClassVar[str] = "issuer_error"
