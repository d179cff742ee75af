"""Names as a search compares them: without case, accents and marks, so that "asa oberg" finds Åsa Öberg."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 400
"""Characters that are compared; longer than any name a badge can show, and short enough for an index."""

_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŋ": "n",
        "’": "'",
        "ʼ": "'",
        "·": None,
    }
)
"""Letters that no decomposition takes apart, as keyboards without them type them."""


def fold(text: str) -> str:
    """The text in small bare letters with single spaces; letters of every script stay, only their marks go."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().translate(_LETTERS).split())[:LONGEST]
