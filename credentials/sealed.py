"""A sealed credential: the exact text that was signed, which is stored, served and embedded verbatim."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final


class SecuringForm(StrEnum):
    """How a credential is secured: a proof inside the JSON, or the JSON inside a signed token."""

    DATA_INTEGRITY = "data-integrity"
    VC_JWT = "vc-jwt"


_MEDIA_TYPES: Final = {
    SecuringForm.DATA_INTEGRITY: "application/vc",
    SecuringForm.VC_JWT: "application/vc+jwt",
}


@dataclass(frozen=True)
class Sealed:
    """The text of a sealed credential; one character more or less and it is another text."""

    text: str
    form: SecuringForm

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self.form]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the UTF-8 text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()
