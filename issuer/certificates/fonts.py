"""The shipped faces: what they can draw, and how wide it gets."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont, features

REGULAR, SEMIBOLD, BOLD = 400, 600, 700
WEIGHTS = (REGULAR, SEMIBOLD, BOLD)


@dataclass(frozen=True)
class FontFamily:
    """One family: as our style sheet calls it, as its files call themselves, and how they are named here."""

    name: str
    own_name: str
    stem: str


FAMILIES = (
    FontFamily("Voltpass Sans", "Noto Sans", "noto-sans"),
    FontFamily("Voltpass Arabic", "Noto Sans Arabic", "noto-sans-arabic"),
    FontFamily("Voltpass Hebrew", "Noto Sans Hebrew", "noto-sans-hebrew"),
    FontFamily("Voltpass Georgian", "Noto Sans Georgian", "noto-sans-georgian"),
)
"""In this order a character looks for a face, in the certificate's style sheet and here alike."""

# Joiners shape their neighbours and draw nothing themselves.
INVISIBLE = {"\u200c", "\u200d"}

UNITS = 1000


@dataclass(frozen=True)
class FontFace:
    """One TrueType file of the chain."""

    family: FontFamily
    weight: int
    file: Path


@cache
def font_faces() -> tuple[FontFace, ...]:
    """Every shipped face, family by family in the order of fallback."""
    folder = Path(str(files("templates") / "fonts"))
    return tuple(
        FontFace(family, weight, folder / f"{family.stem}-{weight}.ttf") for family in FAMILIES for weight in WEIGHTS
    )


@cache
def _characters(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap() or {})


@cache
def _drawable() -> frozenset[int]:
    """Code points that some family draws in all three weights."""
    drawn: set[int] = set()
    for family in FAMILIES:
        weights = [_characters(face.file) for face in font_faces() if face.family == family]
        drawn |= frozenset.intersection(*weights)
    return frozenset(drawn)


def uncovered(text: str) -> set[str]:
    """The characters of `text` that no shipped face draws; on a certificate they would be empty boxes."""
    return {c for c in text if ord(c) not in _drawable() and not c.isspace() and c not in INVISIBLE}


def text_width(text: str, weight: int = REGULAR) -> float:
    """How wide `text` runs on one line, in em: shaped and kerned, each character in the face that will draw it."""
    return sum(_run_width(run, face) for run, face in _runs(text, weight))


def faces_for(text: str, weight: int = REGULAR) -> tuple[FontFace, ...]:
    """The faces that draw `text`, the one that draws most of it first; never none."""
    drawn: dict[FontFace, int] = {}
    for run, face in _runs(text, weight):
        drawn[face] = drawn.get(face, 0) + len(run)
    first = next(face for face in font_faces() if face.weight == weight)
    return tuple(sorted(drawn, key=lambda face: -drawn[face])) or (first,)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left (rule P2 of the Unicode bidi algorithm)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _runs(text: str, weight: int) -> Iterator[tuple[str, FontFace]]:
    """Cut `text` where the face changes; spaces and marks stay with the letter before them."""
    chain = [face for face in font_faces() if face.weight == weight]
    run, drawn_by = "", chain[0]
    for character in text:
        stays = run and (character.isspace() or unicodedata.category(character).startswith("M"))
        if stays and ord(character) in _characters(drawn_by.file):
            run += character
            continue
        face = next((face for face in chain if ord(character) in _characters(face.file)), chain[0])
        if run and face is not drawn_by:
            yield run, drawn_by
            run = ""
        run, drawn_by = run + character, face
    if run:
        yield run, drawn_by


@cache
def _ruler(file: Path) -> ImageFont.FreeTypeFont:
    # One pixel is one unit of the em, so nothing is rounded away.
    engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(file), UNITS, layout_engine=engine)


def _run_width(run: str, face: FontFace) -> float:
    return _ruler(face.file).getlength(run) / UNITS
