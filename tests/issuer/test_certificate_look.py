"""What a provider may bring to its certificates, and what is refused when it is saved."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from issuer.certificates.errors import IncompleteLook, UnusableLogo
from issuer.certificates.logo import DRAWN_WITHIN, LARGEST_FILE, LARGEST_SIDE, read_logo
from issuer.certificates.look import ProgrammeLook, ProviderLook, contrast

PROGRAMME = {"code": "VOLTAGE", "title": "Vocational Training", "colour": "#0B6E4F", "funding_notice": "Co-funded."}


def programme(**changes: Any) -> ProgrammeLook:
    return ProgrammeLook(**{**PROGRAMME, **changes})


def picture(size: tuple[int, int] = (80, 30), mode: str = "RGBA", kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of a few bytes whose header promises a square of `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#FFFFFF", 21), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """Black on white is 21 to 1; the order does not matter."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(one, other) == contrast(other, one)


@pytest.mark.parametrize("colour", ["#0B6E4F", "#1D4E89", "#767676"])
def test_a_dark_colour_is_taken(colour: str) -> None:
    """The two programmes' own colours, and the lightest grey that still has a contrast of 4.5."""
    assert ProviderLook(programme=programme(colour=colour)).colour == colour


@pytest.mark.parametrize(
    "colour",
    [
        pytest.param("#777777", id="too light by a hair"),
        pytest.param("#FFD700", id="yellow"),
        pytest.param("green", id="a name"),
        pytest.param("#0B6E4F; background: url(//example.com)", id="more than a colour"),
        pytest.param("#0b6", id="short form"),
        pytest.param("", id="empty"),
    ],
)
def test_an_accent_must_be_readable_on_white(colour: str) -> None:
    """Text in the accent colour stands on white paper, for the programme and for the provider."""
    with pytest.raises(IncompleteLook, match="programme colour"):
        programme(colour=colour)
    with pytest.raises(IncompleteLook, match="accent colour"):
        ProviderLook(programme=programme(), accent=colour)


@pytest.mark.parametrize("notice", [None, "", "  "])
def test_an_erasmus_programme_must_have_its_notice(notice: str | None) -> None:
    """The funding notice is not optional for who takes the funding; others have none."""
    with pytest.raises(IncompleteLook, match="funding notice"):
        programme(funding_notice=notice)
    assert programme(funding_notice=notice, is_erasmus=False).funding_notice == notice


def test_the_accent_of_the_provider_comes_first() -> None:
    """Without one of its own the page takes the programme's colour."""
    assert ProviderLook(programme=programme(), accent="#7A2E8E").colour == "#7A2E8E"
    assert ProviderLook(programme=programme()).colour == "#0B6E4F"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew(kind: str) -> None:
    """What we hand on is our own opaque PNG: nothing of the file comes through, whatever hides in it."""
    secret = b"<script>hidden</script>"
    data = (picture(mode="RGB", kind="JPEG", comment=secret) if kind == "JPEG" else picture(mode="RGB")) + secret
    logo = read_logo(data)
    assert secret not in logo.png
    with Image.open(io.BytesIO(logo.png)) as read:
        assert (read.format, read.mode, read.size) == ("PNG", "RGB", (80, 30))
        assert read.size == (logo.width, logo.height)


def test_a_transparent_logo_lies_on_white() -> None:
    """PDF/A files stay simpler without transparency, and paper is white."""
    with Image.open(io.BytesIO(read_logo(picture()).png)) as read:
        assert read.getpixel((0, 0)) == (255, 255, 255)


def test_a_large_logo_is_made_smaller() -> None:
    """More pixels than a printer can show are not carried along."""
    logo = read_logo(picture((3000, 900), mode="L"))
    assert (logo.width, logo.height) == (1200, 360)
    assert logo.width <= DRAWN_WITHIN[0]
    assert logo.height <= DRAWN_WITHIN[1]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="SVG"),
        pytest.param(picture(kind="GIF", mode="L"), id="GIF"),
        pytest.param(picture()[:44], id="cut short"),
        pytest.param(picture() + b"\0" * LARGEST_FILE, id="too many bytes"),
        pytest.param(picture((LARGEST_SIDE + 1, 2), mode="1"), id="too wide"),
        pytest.param(bomb(30_000), id="a bomb of 900 million pixels"),
        pytest.param(bomb(LARGEST_SIDE), id="too many pixels"),
    ],
)
def test_other_logos_are_refused(data: bytes) -> None:
    """Only PNG and JPEG, and only of a size that costs nothing to read; also where a look is put together."""
    with pytest.raises(UnusableLogo):
        read_logo(data)
    with pytest.raises(UnusableLogo):
        ProviderLook(programme=programme(), logo=data)
