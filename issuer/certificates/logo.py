"""A provider's logo: read with suspicion, handed on as a picture that we wrote ourselves."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageOps

from issuer.certificates.errors import UnusableLogo

FORMATS = ("PNG", "JPEG")
LARGEST_FILE = 1024 * 1024
LARGEST_SIDE = 4000
MOST_PIXELS = 8_000_000
DRAWN_WITHIN = (1200, 600)
"""Pixels kept: the place for a logo is 40 by 20 mm, which at 600 dpi is less."""


@dataclass(frozen=True)
class Logo:
    """An opaque PNG on white, without metadata."""

    png: bytes
    width: int
    height: int


@lru_cache(maxsize=64)
def read_logo(data: bytes) -> Logo:
    """Decode a PNG or JPEG of at most 1 MiB and write it anew. Raises UnusableLogo.

    SVG is refused: it may hold scripts, links and entities that take seconds to expand.
    """
    if len(data) > LARGEST_FILE:
        raise UnusableLogo(f"the logo has {len(data)} bytes; at most {LARGEST_FILE} are taken")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _rewritten(data)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise UnusableLogo("the logo is not a PNG or JPEG picture that can be read") from exc


def _rewritten(data: bytes) -> Logo:
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if max(opened.size) > LARGEST_SIDE or opened.width * opened.height > MOST_PIXELS:
            raise UnusableLogo(f"the logo is {opened.width} × {opened.height} pixels, which is too large")
        # Loading alone does not find a PNG that was cut short: WeasyPrint tells Pillow to be content with less.
        opened.verify()
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
    upright.thumbnail(DRAWN_WITHIN, Image.Resampling.LANCZOS)
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG", optimize=True)
    return Logo(out.getvalue(), paper.width, paper.height)
