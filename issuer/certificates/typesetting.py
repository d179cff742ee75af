"""How many lines a text takes, and where it breaks best: the measures behind every choice of size on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from issuer.certificates.fonts import REGULAR, text_width
from issuer.certificates.labels import Text

MM_PER_POINT = 25.4 / 72

SAFETY = 1.004
"""Widths are taken a little larger than measured, so that a rounding of the renderer never adds a line."""

MOST_LINES = 4
EXACT = 0.1
"""Lines are made equal to a tenth of a millimetre."""

KEPT_LONGEST = 26
"""A last word stays with the one before it unless the two together are longer than this."""


@dataclass(frozen=True)
class Style:
    """Size in points, leading in millimetres, letter-spacing in em."""

    size: float
    leading: float
    weight: int = REGULAR
    spacing: float = 0.0

    def width(self, text: str) -> float:
        """How wide `text` runs on one line, in millimetres."""
        return (_em(text, self.weight) + self.spacing * len(text)) * self.size * MM_PER_POINT * SAFETY


TEXT = Style(8.33, 4.0)
SMALL = Style(6.94, 3.2)


@lru_cache(maxsize=4096)
def _em(text: str, weight: int) -> float:
    return text_width(text, weight)


@dataclass(frozen=True)
class SetText:
    """A text with the lines it is broken into, which the renderer only draws."""

    text: Text
    lines: tuple[str, ...]
    style: Style

    @property
    def height(self) -> float:
        """In millimetres."""
        return len(self.lines) * self.style.leading


def fill(text: Text, style: Style, width: float) -> SetText:
    """Fill each line as far as it goes, but leave no short word alone on the last one."""
    return SetText(text, filled_lines(text.words, style, width), style)


def balance(text: Text, style: Style, width: float) -> SetText:
    """Break into as few lines as possible, as equal in width as possible."""
    return SetText(text, balanced_lines(text.words, style, width), style)


@lru_cache(maxsize=4096)
def filled_lines(text: str, style: Style, width: float) -> tuple[str, ...]:
    """Break `text` at spaces and after hyphens; a word that is wider than a line is broken where the line is full."""
    lines = [""]
    for piece, gap in _pieces(text):
        joined = lines[-1] + gap + piece if lines[-1] else piece
        if style.width(joined) <= width:
            lines[-1] = joined
            continue
        *full, rest = _cut_to_width(piece, style, width)
        lines += [*full, rest]
    return tuple(line for line in lines if line)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What is not broken inside, with the space that may stand before it."""
    words = text.split(" ")
    last = " ".join(words[-2:])
    if len(words) > 3 and len(last) <= KEPT_LONGEST:
        words[-2:] = [last]
    for word in words[:-1]:
        for number, part in enumerate(re.findall(r"[^-]+-*|-+", word)):
            yield part, "" if number else " "
    yield words[-1], " "


def _cut_to_width(word: str, style: Style, width: float) -> list[str]:
    parts = [""]
    for character in word:
        if parts[-1] and style.width(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


@lru_cache(maxsize=1024)
def balanced_lines(text: str, style: Style, width: float) -> tuple[str, ...]:
    """Break `text` at spaces into as few lines as possible, with the widest of them as narrow as possible.

    More than MOST_LINES are only filled. A word that is wider than a line stays whole: ask `widest`.
    """
    words = text.split(" ")
    lines = _packed(words, style, width)
    if not 1 < len(lines) <= MOST_LINES:
        return lines
    too_narrow, enough = width / 2, width
    while enough - too_narrow > EXACT:
        middle = (too_narrow + enough) / 2
        packed = _packed(words, style, middle)
        if len(packed) > len(lines) or widest(packed, style) > middle:
            too_narrow = middle
        else:
            enough, lines = middle, packed
    return lines


def widest(lines: tuple[str, ...], style: Style) -> float:
    """The width of the widest line in millimetres."""
    return max(style.width(line) for line in lines)


def _packed(words: Sequence[str], style: Style, width: float) -> tuple[str, ...]:
    """Fill line after line with whole words."""
    lines = [words[0]]
    for word in words[1:]:
        joined = f"{lines[-1]} {word}"
        if style.width(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return tuple(lines)
