"""The drawing of a badge: plain SVG in one colour, from programme, achievement code and level.

CELL  a hexagonal battery cell. Eight slabs fit in it, one for each EQF level; the achievement's level fills that many
      from the bottom. Empty slabs are left out, so one drawing serves on white, on dark and in one colour.
ARCS  six interlocking arcs, one for each competence of the programme, clockwise from the top; the achievement's own is
      heavy. Where two arcs cross, the lower one is really cut, so nothing depends on the background.
RINGS for every other programme: the outer broken ring stands for the programme, the inner one for the achievement.

Which programme uses which family is data (`templates/certificate/badge_families.json`); a new programme needs no code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby

SIZE = 240
LEVELS = 8
ARC_COUNT = 6

Point = tuple[float, float]


class Family(StrEnum):
    """The kinds of drawing."""

    CELL = "cell"
    ARCS = "arcs"
    RINGS = "rings"


@dataclass(frozen=True)
class BadgeDesign:
    """What a drawing shows; two achievements of one programme differ in `level`, `place` or `code`."""

    family: Family
    programme: str
    code: str
    level: int | None
    place: int | None
    """Which of the six arcs is heavy, counted from 0; None when the programme does not list the achievement."""

    @classmethod
    def of(cls, programme: str, code: str, level: int | None) -> BadgeDesign:
        """The design of an achievement; `level` is its EQF level, if it has one."""
        family, order = _families().get(programme, (Family.RINGS, ()))
        return cls(family, programme, code, level, order.index(code) if code in order else None)


@cache
def _families() -> dict[str, tuple[Family, tuple[str, ...]]]:
    """For each programme with drawings of its own, the family and the order of its achievements."""
    text = (files("templates") / "certificate" / "badge_families.json").read_text(encoding="utf-8")
    return {
        programme: (Family(entry["family"]), tuple(entry.get("order", ())))
        for programme, entry in json.loads(text).items()
    }


def badge_mark(design: BadgeDesign, title: str, *, colour: str = "currentColor") -> str:
    """The drawing alone as an SVG document, for 24 px and up; `title` is its text alternative."""
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img">',
            f"<title>{escape(title)}</title>",
            *drawing(design, colour),
            "</svg>",
        ]
    )


def drawing(design: BadgeDesign, colour: str) -> list[str]:
    """The elements of the drawing, in a square of 240 units."""
    match design.family:
        case Family.CELL:
            return list(_cell(design.level, colour))
        case Family.ARCS:
            return list(_arcs(design.place, colour))
        case Family.RINGS:
            return list(_rings(design.programme, design.code, colour))


def ink_left(design: BadgeDesign) -> float:
    """Where the drawing's ink begins, in its 240 units, so that it can meet a column; points stand out a little."""
    match design.family:
        case Family.CELL:
            return CELL_CENTRE[0] - CELL_OUTER - CELL_RIM / 2 + 2
        case Family.ARCS:
            middle = _on_circle(ARC_CENTRE, ARC_RING, 150)[0]
            is_heavy_left = design.place in (ARC_COUNT - 2, ARC_COUNT - 1)
            return middle - ARC_RADIUS - (ARC_HEAVY if is_heavy_left else ARC_LIGHT) / 2
        case Family.RINGS:
            return RING_CENTRE[0] - OUTER_RING - RING_STROKE / 2


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _on_circle(centre: Point, radius: float, degrees: float) -> Point:
    return (
        centre[0] + radius * math.cos(math.radians(degrees)),
        centre[1] + radius * math.sin(math.radians(degrees)),
    )


def _polygon(points: list[Point], paint: str) -> str:
    return f'<polygon points="{" ".join(f"{_number(x)},{_number(y)}" for x, y in points)}" {paint}/>'


def _arc(centre: Point, radius: float, start: float, end: float, paint: str) -> str:
    """A stroke along a circle from `start` to `end` degrees, clockwise; 0 points right, -90 up."""
    x1, y1 = _on_circle(centre, radius, start)
    x2, y2 = _on_circle(centre, radius, end)
    long_way = int(end - start > 180)
    return (
        f'<path d="M{_number(x1)} {_number(y1)}A{_number(radius)} {_number(radius)} 0 {long_way} 1 '
        f'{_number(x2)} {_number(y2)}" fill="none" {paint}/>'
    )


# The battery cell: a flat-topped hexagon with a terminal.
CELL_CENTRE: Point = (120.0, 128.0)
CELL_OUTER, CELL_RIM, CELL_AIR, SLAB_GAP = 112.0, 14.0, 9.0, 4.0


def _cell(level: int | None, colour: str) -> Iterator[str]:
    half = CELL_OUTER * math.sqrt(3) / 2
    top = CELL_CENTRE[1] - half - CELL_RIM / 2
    yield f'<rect x="90" y="{_number(top - 12)}" width="60" height="13" fill="{colour}"/>'
    corners = [_on_circle(CELL_CENTRE, CELL_OUTER, degrees) for degrees in range(0, 360, 60)]
    yield _polygon(corners, f'fill="none" stroke="{colour}" stroke-width="{_number(CELL_RIM)}" stroke-linejoin="round"')
    inner = half - CELL_RIM / 2 - CELL_AIR
    if level is None:
        core = [_on_circle(CELL_CENTRE, inner * 0.5, degrees) for degrees in range(0, 360, 60)]
        yield _polygon(core, f'fill="{colour}"')
    for slab in range(min(level or 0, LEVELS)):
        yield _polygon(_slab(slab, inner), f'fill="{colour}"')


def _slab(number: int, inner: float) -> list[Point]:
    """One layer of charge, counted from the bottom; `inner` is the half height of the room for all eight."""
    cx, cy = CELL_CENTRE
    thickness = (2 * inner + SLAB_GAP) / LEVELS - SLAB_GAP
    bottom = cy + inner - number * (thickness + SLAB_GAP)
    top = bottom - thickness

    def reach(y: float) -> float:
        return inner * 2 / math.sqrt(3) - abs(y - cy) / math.sqrt(3)

    right = [(cx + reach(bottom), bottom)]
    if top < cy < bottom:
        right.append((cx + reach(cy), cy))
    right.append((cx + reach(top), top))
    return right + [(2 * cx - x, y) for x, y in reversed(right)]


# The six arcs: each passes over the next one clockwise and under the one before it; only the heavy one lies on top.
ARC_CENTRE: Point = (120.0, 120.0)
ARC_RING, ARC_RADIUS, ARC_HEAVY, ARC_LIGHT, ARC_AIR, ARC_REACH = 62.0, 43.0, 24.0, 10.0, 5.0, 140.0


def _arcs(own: int | None, colour: str) -> Iterator[str]:
    for k in range(ARC_COUNT):
        outward = -90 + 360 / ARC_COUNT * k
        width = ARC_HEAVY if k == own else ARC_LIGHT
        paint = f'stroke="{colour}" stroke-width="{_number(width)}"'
        middle = _on_circle(ARC_CENTRE, ARC_RING, outward)
        for start, end in _visible(k, own):
            yield _arc(middle, ARC_RADIUS, outward + start, outward + end, paint)


def _visible(k: int, own: int | None) -> Iterator[tuple[float, float]]:
    """The pieces of arc `k` that no other arc covers, in degrees from its own outward direction."""
    far = ARC_RING * math.cos(math.radians(30)) + math.sqrt(ARC_RADIUS**2 - (ARC_RING / 2) ** 2)
    cross = math.degrees(math.atan2(far / 2, far * math.cos(math.radians(30)) - ARC_RING))
    start = -ARC_REACH
    if k != own:
        cut = _cut(ARC_HEAVY if (k - 1) % ARC_COUNT == own else ARC_LIGHT)
        yield start, -cross - cut
        start = -cross + cut
    if (k + 1) % ARC_COUNT == own:
        cut = _cut(ARC_HEAVY)
        yield start, cross - cut
        start = cross + cut
    yield start, ARC_REACH


def _cut(width: float) -> float:
    """Half of what is taken out of an arc under another one so wide, in degrees."""
    tilt = math.sin(2 * math.acos(ARC_RING / 2 / ARC_RADIUS))
    return math.degrees((width / 2 + ARC_AIR) / max(tilt, 0.5) / ARC_RADIUS)


# The two broken rings: which slots are filled comes from the codes, so that the same code always looks the same.
RING_CENTRE: Point = (120.0, 120.0)
OUTER_RING, INNER_RING, RING_STROKE, DISC = 98.0, 60.0, 22.0, 24.0
OUTER_SLOTS, INNER_SLOTS, SLOT_AIR = 12, 8, 5.0


def _rings(programme: str, code: str, colour: str) -> Iterator[str]:
    yield from _broken_ring(programme, OUTER_RING, OUTER_SLOTS, colour)
    yield from _broken_ring(f"{programme}/{code}", INNER_RING, INNER_SLOTS, colour)
    yield f'<circle cx="120" cy="120" r="{_number(DISC)}" fill="{colour}"/>'


def _broken_ring(key: str, radius: float, slots: int, colour: str) -> Iterator[str]:
    """Between half and three quarters of the slots filled; neighbours that are filled run together."""
    digest = sha256(key.encode()).digest()
    count = slots // 2 + digest[0] % (slots // 4 + 1)
    filled = set(sorted(range(slots), key=lambda slot: (digest[1 + slot], slot))[:count])
    first_gap = next(slot for slot in range(slots) if slot not in filled)
    turn = [(first_gap + step) for step in range(slots)]
    width, air = 360 / slots, SLOT_AIR * 60 / radius
    paint = f'stroke="{colour}" stroke-width="{_number(RING_STROKE)}"'
    for is_filled, run in groupby(turn, key=lambda slot: slot % slots in filled):
        ends = list(run)
        if is_filled:
            start, end = -90 + ends[0] * width + air / 2, -90 + (ends[-1] + 1) * width - air / 2
            yield _arc(RING_CENTRE, radius, start, end, paint)
