"""Words drawn so that they can be read back: copied, searched, compared, read aloud.

A PDF knows for each glyph which letters it stands for. That is enough for most words, but some letters are drawn with
two glyphs (a Vietnamese letter and its dot), and a joined script turns letters into other shapes, takes their dots
apart and melts letters together. Words that do not read back are spelled out beside their glyphs; those that run from
right to left, where readers disagree on the order of what is spelled out, become outlines with the plain letters over
them as invisible text, in the order of the eye.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Protocol

from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

UNITS = 1000

_PLACE = re.compile(r"1 0 0 -1 (\S+) (\S+) Tm")
_FONT = re.compile(r"/(\S+) (\S+) Tf")
_RISE = re.compile(r"(\S+) Ts")
_SHOWN = re.compile(r"\[(.*)\] TJ", re.DOTALL)
_PART = re.compile(r"<([0-9a-f]*)>|([-+.\de]+)")


class PageFont(Protocol):
    """What is needed of the renderer's font: its name on the page, its file, and what it will embed."""

    hash: str
    file_content: bytes
    widths: dict[int, int]
    to_unicode: dict[int, str]


@dataclass(frozen=True)
class _Glyph:
    """One shape at its place: `x` in units along the line, `rise` in page units above it."""

    number: int
    x: float
    rise: float


@dataclass(frozen=True)
class Spelling:
    """The operations that draw one piece of text, and what it says where they do not give it back by themselves."""

    operations: Sequence[str]
    actual_text: str | None = None


def spell(operations: Sequence[str], text: str, fonts: Sequence[PageFont]) -> Spelling:
    """See to it that the operations of one piece of marked content, which draw `text`, give it back."""
    read = _read_back(operations, fonts)
    if runs_right_to_left(text):
        is_plain = all(len(letter) == 1 for letter in read) and _readable(read) == _readable(text[::-1])
        return Spelling(operations if is_plain else _outlined(operations, text, fonts) or operations)
    is_plain = all(read) and _readable(read) == _readable(text)
    return Spelling(operations, None if is_plain else text)


def runs_right_to_left(text: str) -> bool:
    """Whether all letters of `text` run from right to left; digits and letters that do not would need reordering."""
    classes = {unicodedata.bidirectional(character) for character in text}
    return bool(classes & {"AL", "R"}) and not classes & {"L", "EN", "AN"}


def _read_back(operations: Sequence[str], fonts: Sequence[PageFont]) -> list[str]:
    """What a reader makes of each glyph, one after the other; nothing of one that stands off the line."""
    by_name = {font.hash: font for font in fonts}
    read: list[str] = []
    font, is_raised = None, False
    for operation in operations:
        if found := _FONT.fullmatch(operation):
            font = by_name[found[1]]
        elif found := _RISE.fullmatch(operation):
            is_raised = float(found[1]) != 0
        elif font is not None and (found := _SHOWN.fullmatch(operation)):
            numbers = [number for number, _ in _shown(found[1]) if number is not None]
            read += ["" if is_raised else font.to_unicode[number] for number in numbers]
    return read


def _readable(text: Iterable[str]) -> str:
    return re.sub(r"\s+", " ", "".join(text)).strip()


def _outlined(operations: Sequence[str], text: str, fonts: Iterable[PageFont]) -> list[str] | None:
    """Outlines and invisible letters in place of glyphs.

    None when the operations are not what is expected of such a text (more than one font, a letter without glyph).
    """
    start, end = operations.index("BT"), operations.index("ET")
    written = "\n".join(operations[start:end])
    place, chosen = _PLACE.search(written), _FONT.findall(written)
    if place is None or len(set(chosen)) != 1:
        return None
    name, size = chosen[0][0], float(chosen[0][1])
    same = [font for font in fonts if font.hash == name]
    face = _face(same[0].file_content)
    letters = [face.numbers.get(ord(character)) for character in reversed(text)]
    if None in letters:
        return None
    glyphs, length = _laid_out(operations[start:end], same[0].widths)
    for font in same:
        font.widths.update({number: face.widths[number] for number in letters if number is not None})
        font.to_unicode.update(zip((number for number in letters if number is not None), reversed(text), strict=True))
    origin = float(place[1]), float(place[2])
    outlines = [operation for glyph in glyphs for operation in face.outline(glyph, origin, size / UNITS)]
    nominal = sum(face.widths[number] for number in letters if number is not None)
    return [
        *operations[:start],
        *outlines,
        "f",
        "BT",
        f"3 Tr {_number(100 * length / nominal)} Tz",
        f"/{name} {chosen[0][1]} Tf",
        place[0],
        f"[<{''.join(f'{number:04x}' for number in letters)}>] TJ",
        "0 Tr 100 Tz",
        *operations[end:],
    ]


def _laid_out(operations: Sequence[str], widths: Mapping[int, int]) -> tuple[list[_Glyph], float]:
    """Where each glyph stands, and how long the line is, by the rules of ISO 32000-1, 9.4.4."""
    glyphs: list[_Glyph] = []
    pen, rise = 0.0, 0.0
    for operation in operations:
        if found := _RISE.fullmatch(operation):
            rise = float(found[1])
        elif found := _SHOWN.fullmatch(operation):
            for number, shift in _shown(found[1]):
                pen -= shift
                if number is not None:
                    glyphs.append(_Glyph(number, pen, rise))
                    pen += widths[number]
    return glyphs, pen


def _shown(operand: str) -> Iterator[tuple[int | None, float]]:
    """The glyphs of a text operand, and the shifts between them."""
    for codes, shift in _PART.findall(operand):
        if shift:
            yield None, float(shift)
        for at in range(0, len(codes), 4):
            yield int(codes[at : at + 4], 16), 0.0


class _Face:
    """A font file as far as outlines, letters and widths go."""

    def __init__(self, content: bytes) -> None:
        font = TTFont(BytesIO(content))
        self._names = font.getGlyphOrder()
        self._shapes = font.getGlyphSet()
        scale = UNITS / int(getattr(font["head"], "unitsPerEm", UNITS))
        self._scale = scale
        self.numbers = {code: font.getGlyphID(name) for code, name in (font.getBestCmap() or {}).items()}
        self.widths = [round(font["hmtx"][name][0] * scale) for name in self._names]

    def outline(self, glyph: _Glyph, origin: tuple[float, float], size: float) -> Iterator[str]:
        """The path of a glyph; the page's y axis points down."""
        pen = _PathPen(self._shapes)
        unit = size * self._scale
        place = (unit, 0, 0, -unit, origin[0] + glyph.x * size, origin[1] - glyph.rise)
        self._shapes[self._names[glyph.number]].draw(TransformPen(pen, place))
        yield from pen.operations


@lru_cache(maxsize=16)
def _face(content: bytes) -> _Face:
    return _Face(content)


class _PathPen(BasePen):
    """Writes path construction operators; quadratic curves are raised to cubic ones, which PDF knows."""

    def __init__(self, shapes: Any) -> None:
        super().__init__(shapes)  # type: ignore[no-untyped-call]
        self.operations: list[str] = []

    def _moveTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self._write("m", to)

    def _lineTo(self, to: tuple[float, float]) -> None:  # noqa: N802
        self._write("l", to)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._write("c", *points)

    def _closePath(self) -> None:  # noqa: N802
        self._write("h")

    def _write(self, operator: str, *points: tuple[float, float]) -> None:
        self.operations.append(" ".join([*(_number(value) for point in points for value in point), operator]))


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
