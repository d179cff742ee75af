"""Text as people type it, made comparable, and text from a file, made safe to repeat in a sentence."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPACES: Final = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SPACES_AND_LINE_ENDS: Final = re.compile(r"\s+")
_AT_THE_EDGE: Final = "\u200b\u2060\ufeff"
_LONGEST_ECHO: Final = 40
_EDITS_LIMIT: Final = 40


def tidy(text: str) -> str:
    """NFC, one space where there was any run of spaces (also no-break ones), none at the ends.

    Line ends go from the ends only: inside a value they stay, to be seen and judged.
    """
    trimmed = unicodedata.normalize("NFC", text).strip().strip(_AT_THE_EDGE).strip()
    return _SPACES.sub(" ", trimmed)


def comparable(text: str) -> str:
    """The form in which headings and synonyms are compared: tidy, on one line, and without difference of case."""
    # the capital İ folds to i and a loose dot, which would make it differ from the small i of the alias
    return _SPACES_AND_LINE_ENDS.sub(" ", tidy(text)).casefold().replace("i\u0307", "i")


def letters_of(text: str) -> frozenset[str]:
    """The words of a name without accents and case: what two spellings of one person's name have in common."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", comparable(text))
        if not unicodedata.combining(character)
    )
    return frozenset(re.findall(r"\w+", bare))


def printable(text: str) -> str:
    """The text with every character spelled out that a screen would not show, or would be led astray by."""
    return "".join(_visible(character) for character in text)


def echo(text: str) -> str:
    """The text as a sentence may repeat it: printable, shortened, in quotation marks."""
    return f"“{printable(text[:_LONGEST_ECHO])}{'…' if len(text) > _LONGEST_ECHO else ''}”"


def is_one_edit_apart(left: str, right: str) -> bool:
    """One letter is added, lost, changed or swapped with its neighbour between the two texts."""
    if left == right or abs(len(left) - len(right)) > 1 or max(len(left), len(right)) > _EDITS_LIMIT:
        return False
    start = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    if left[start + 1 :] == right[start + 1 :] or left[start + 1 :] == right[start:]:
        return True
    if left[start:] == right[start + 1 :]:
        return True
    swapped = left[start + 1 : start + 2] + left[start : start + 1]
    return swapped == right[start : start + 2] and left[start + 2 :] == right[start + 2 :]


def _visible(character: str) -> str:
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        return f"[U+{ord(character):04X}]"
    return character
