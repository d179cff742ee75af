"""Telling apart the texts that can be handed in: a credential as JSON, a credential as a token, a link."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
_LINK: Final = re.compile(r"https?://[^\s<>\"\\^`{|}]{3,2000}", re.IGNORECASE)
_MARKUP: Final = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SVG: Final = re.compile(r"<(?:[\w.-]+:)?svg[\s>/]")
_HEAD: Final = 64 * 1024


class TextKind(StrEnum):
    """What a text looks like from outside."""

    JSON = "json"
    TOKEN = "jwt"  # noqa: S105
    LINK = "link"
    SVG = "svg"
    WEB_PAGE = "web page"
    OTHER = "other"


def kind_of(text: str) -> TextKind:
    """What the text seems to be; whether it really is, its own reader finds out."""
    bare = text.strip()
    if bare[:1] in {"{", "["}:
        return TextKind.JSON
    if bare[:1] == "<":
        if _MARKUP.match(bare):
            return TextKind.WEB_PAGE
        return TextKind.SVG if _SVG.search(bare[:_HEAD]) else TextKind.OTHER
    if _LINK.fullmatch(bare):
        return TextKind.LINK
    return TextKind.TOKEN if is_compact_token(bare) else TextKind.OTHER


def is_compact_token(text: str) -> bool:
    """Whether the text is three base64url parts joined by dots (RFC 7515, section 7.1)."""
    return _TOKEN.fullmatch(text.strip()) is not None


def unwrapped(text: str) -> str:
    """A token without the line breaks that mail programs put into it; any other text only without outer space."""
    joined = "".join(text.split())
    return joined if joined[:3] == "eyJ" and is_compact_token(joined) else text.strip()


def looks_like_credential(text: str) -> bool:
    """Whether an attached text is meant as a credential: a token, or JSON that names the type of the standard."""
    return kind_of(text) is TextKind.TOKEN or (kind_of(text) is TextKind.JSON and '"VerifiableCredential"' in text)
