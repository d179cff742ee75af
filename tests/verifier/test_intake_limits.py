"""Each limit of the intake has a paper that only it refuses: other limits further on must not stand in for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from credentials.baking import bake_png
from credentials.baking_svg import bake_svg
from tests.papers import saved
from tests.simulator import Simulator
from verifier.errors import Unreadable
from verifier.intake import Link, take_in, take_in_text
from verifier.limits import Limits
from verifier.reasons import Reason

RECORD = Simulator().award().text
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'
PNG = saved(Image.new("RGB", (9, 9)))
"""Pictures in which a record can be carried."""


def twice(png: bytes) -> bytes:
    """The chunk with the record once more, behind the first."""
    start = 8 + 12 + 13
    end = start + 12 + int.from_bytes(png[start : start + 4], "big")
    return png[:end] + png[start:end] + png[end:]


@pytest.mark.parametrize(
    ("made", "limits", "reason"),
    [
        pytest.param(
            lambda: b"\xff" * 2_001, Limits(text_bytes=900, svg_bytes=2_000), Reason.TOO_LARGE, id="before decoding"
        ),
        pytest.param(lambda: b"x" * 901, Limits(text_bytes=900), Reason.TOO_LARGE, id="text of no kind"),
        pytest.param(lambda: b"https://x.example/" + b"a" * 883, Limits(text_bytes=900), Reason.TOO_LARGE, id="link"),
        pytest.param(
            lambda: bake_svg(SVG + b" " * 9_000, RECORD), Limits(svg_bytes=9_000), Reason.TOO_LARGE, id="drawing"
        ),
        pytest.param(lambda: bake_png(PNG, RECORD), Limits(text_bytes=900), Reason.TOO_LARGE, id="record in a picture"),
        pytest.param(lambda: b'{"a": "\0"}', Limits(), Reason.UNSUPPORTED_FORMAT, id="a zero byte"),
        pytest.param(lambda: twice(bake_png(PNG, RECORD)), Limits(), Reason.SEVERAL_CREDENTIALS, id="two in a picture"),
    ],
)
def test_what_one_limit_alone_refuses(made: Callable[[], bytes], limits: Limits, reason: Reason) -> None:
    """The reason given is that of the limit, not what would have gone wrong later."""
    with pytest.raises(Unreadable) as caught:
        take_in(made(), "file", limits=limits)
    assert caught.value.code == reason


def test_what_just_fits_is_read() -> None:
    """A limit is what may still be handed in."""
    link = "https://x.example/" + "a" * 882
    found = take_in_text(link, limits=Limits(text_bytes=900))
    assert isinstance(found, Link)
    assert found.url == link


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(" \n", Reason.NO_CREDENTIAL, id="nothing"),
        pytest.param("x" * 901, Reason.TOO_LARGE, id="too much"),
    ],
)
def test_a_pasted_text_has_the_limits_of_a_file(text: str, reason: Reason) -> None:
    """Nothing at all is said to be nothing, and what is too large for a file is too large for the clipboard."""
    with pytest.raises(Unreadable) as caught:
        take_in_text(text, limits=Limits(file_bytes=900))
    assert caught.value.code == reason
