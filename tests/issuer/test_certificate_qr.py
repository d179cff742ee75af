"""The QR code: one size, one outline, read by a machine."""

from __future__ import annotations

import re
from itertools import product

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw

from issuer.certificates.errors import LinkTooLong
from issuer.certificates.qr import MODULES, Loop, qr_loops, qr_modules, qr_path

LINK = "https://voltpass.example/v/k7Qm2xV9pRtA4sZc8LwNeB"


def drawn(loops: tuple[Loop, ...], scale: int = 8, quiet: int = 4) -> Image.Image:
    """The outlines filled by the even-odd rule, with a quiet zone."""
    side = (MODULES + 2 * quiet) * scale
    dark = Image.new("1", (side, side))
    for loop in loops:
        inside = Image.new("1", (side, side))
        # A polygon of Pillow includes its last row and column of pixels, an outline does not.
        corners = [((x + quiet) * scale, (y + quiet) * scale) for x, y in loop]
        ImageDraw.Draw(inside).polygon([(x - 0.5, y - 0.5) for x, y in corners], fill=1)
        dark = ImageChops.logical_xor(dark, inside)
    return ImageChops.invert(dark.convert("L"))


def covered(loops: tuple[Loop, ...]) -> list[list[bool]]:
    """Which modules lie inside the outlines: a ray to the left crosses an odd number of upright edges."""
    grid = [[False] * MODULES for _ in range(MODULES)]
    for y, x in product(range(MODULES), repeat=2):
        crossings = sum(
            1
            for loop in loops
            for (x1, y1), (x2, y2) in zip(loop, [*loop[1:], loop[0]], strict=True)
            if x1 == x2 and x1 <= x and min(y1, y2) <= y < max(y1, y2)
        )
        grid[y][x] = crossings % 2 == 1
    return grid


@pytest.mark.parametrize(
    ("length", "level"),
    [
        pytest.param(60, "Q", id="the most that fits Q"),
        pytest.param(61, "M", id="one more"),
        pytest.param(84, "M", id="M"),
    ],
)
def test_the_code_is_as_strong_as_its_length_allows(length: int, level: str) -> None:
    """Always 37 modules; up to 60 bytes a quarter of them may be damaged."""
    link = LINK.ljust(length, "x")
    modules = qr_modules(link)
    assert len(modules) == MODULES
    assert all(len(row) == MODULES for row in modules)
    (read,) = zxingcpp.read_barcodes(drawn(qr_loops(link)))
    assert (read.text, read.ec_level) == (link, level)


def test_bytes_count_not_letters() -> None:
    """A host in another script takes more bytes than letters."""
    link = "https://voltpass.example/v/" + "ö" * 20
    (read,) = zxingcpp.read_barcodes(drawn(qr_loops(link)))
    assert read.text == link
    assert read.ec_level == "M"


def test_a_link_that_does_not_fit_is_refused() -> None:
    """The size of the code never changes, so a longer link has no code."""
    with pytest.raises(LinkTooLong) as caught:
        qr_modules(LINK.ljust(85, "x"))
    assert (caught.value.limit, caught.value.code) == (84, "link_too_long")


def test_the_outlines_cover_the_dark_modules_and_nothing_else() -> None:
    """Tracing loses no module and adds none, and every corner is a turn."""
    loops = qr_loops(LINK)
    assert covered(loops) == qr_modules(LINK)
    for loop in loops:
        for last, here, following in zip([loop[-1], *loop[:-1]], loop, [*loop[1:], loop[0]], strict=True):
            assert (last[0] == here[0]) != (here[0] == following[0])


def test_the_path_says_the_same_as_the_outlines() -> None:
    """The SVG form is for pages; it starts each outline where the outline starts."""
    path = qr_path(LINK)
    assert re.fullmatch(r"(M\d+ \d+(h-?\d+|v-?\d+)+z)+", path)
    assert [tuple(map(int, start)) for start in re.findall(r"M(\d+) (\d+)", path)] == [
        loop[0] for loop in qr_loops(LINK)
    ]


def test_the_same_link_gives_the_same_code() -> None:
    """The mask is fixed, so nothing depends on chance or on the version of the library's scoring."""
    assert qr_path(LINK) == qr_path(LINK)
    assert qr_path(LINK) != qr_path(LINK[:-1] + "C")
