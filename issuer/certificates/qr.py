"""The QR code of a certificate: always the same size, drawn as one outline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

from issuer.certificates.errors import LinkTooLong

VERSION = 5
MODULES = 37
MASK = 2
"""Any mask decodes; choosing the best of eight would cost six times as long."""

LONGEST_AT_Q = 60
LONGEST_AT_M = 84
"""Bytes that a version 5 symbol holds (ISO/IEC 18004, table 7)."""

Corner = tuple[int, int]
Loop = tuple[Corner, ...]


def qr_modules(link: str) -> list[list[bool]]:
    """The 37 rows of 37 modules for `link`, dark is True. Raises LinkTooLong."""
    data = link.encode()
    if len(data) > LONGEST_AT_M:
        raise LinkTooLong(link, LONGEST_AT_M)
    level = ERROR_CORRECT_Q if len(data) <= LONGEST_AT_Q else ERROR_CORRECT_M
    symbol: QRCode[Any] = QRCode(version=VERSION, error_correction=level, border=0, mask_pattern=MASK)
    symbol.add_data(QRData(data, mode=MODE_8BIT_BYTE))
    symbol.make(fit=False)
    return [[bool(module) for module in row] for row in symbol.modules]


def qr_loops(link: str) -> tuple[Loop, ...]:
    """The dark modules of `link` as closed outlines in module units, to be filled by the even-odd rule.

    Areas are traced round their edge, so neighbouring modules share no seam that a printer or screen could show.
    """
    return tuple(outline(qr_modules(link)))


def qr_path(link: str) -> str:
    """The same outlines as the data of one SVG path."""
    return "".join(map(_svg_path, qr_loops(link)))


def outline(dark: list[list[bool]]) -> Iterator[Loop]:
    """The borders between dark and light cells of a grid, each a closed loop given by its turning points."""
    ahead = _borders(dark)
    for start in sorted(ahead):
        while ahead[start]:
            yield _loop(ahead, start)


def _borders(dark: list[list[bool]]) -> dict[Corner, list[Corner]]:
    """From each corner of the grid, the corners that a border leads to; dark lies to the right of the way."""

    def is_dark(x: int, y: int) -> bool:
        return 0 <= y < len(dark) and 0 <= x < len(dark[y]) and dark[y][x]

    ahead: dict[Corner, list[Corner]] = defaultdict(list)
    for y, row in enumerate(dark):
        for x, here in enumerate(row):
            if not here:
                continue
            if not is_dark(x, y - 1):
                ahead[x, y].append((x + 1, y))
            if not is_dark(x + 1, y):
                ahead[x + 1, y].append((x + 1, y + 1))
            if not is_dark(x, y + 1):
                ahead[x + 1, y + 1].append((x, y + 1))
            if not is_dark(x - 1, y):
                ahead[x, y + 1].append((x, y))
    return ahead


def _loop(ahead: dict[Corner, list[Corner]], start: Corner) -> Loop:
    """Walk one border until it closes, taking it out of `ahead`; straight runs are joined."""
    corners = [start]
    here = ahead[start].pop()
    while here != start:
        corners.append(here)
        here = ahead[here].pop()
    before, after = [corners[-1], *corners[:-1]], [*corners[1:], corners[0]]
    return tuple(
        corner
        for last, corner, following in zip(before, corners, after, strict=True)
        if not (last[0] == corner[0] == following[0] or last[1] == corner[1] == following[1])
    )


def _svg_path(loop: Loop) -> str:
    (x, y), *rest = loop
    path = f"M{x} {y}"
    for to_x, to_y in rest:
        path += f"h{to_x - x}" if to_y == y else f"v{to_y - y}"
        x, y = to_x, to_y
    return path + "z"
