"""A photo, a scan or a screenshot: the QR codes in it. Runs inside the glovebox."""

from __future__ import annotations

import io
import warnings
from typing import Any, Final

from PIL import Image

from verifier.codes import read_codes_of
from verifier.errors import Unreadable
from verifier.limits import Limits
from verifier.reasons import Reason

FORMATS: Final = ("PNG", "JPEG", "WEBP")
"""The formats that phones, scanners and screens write; every other decoder stays shut."""

_LONGEST_SIDE: Final = 4_000


def read_picture(data: bytes, limits: Limits) -> dict[str, Any]:
    """The texts of the QR codes; raises Unreadable for a picture that is damaged or has too many pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_pixels(image, limits)
            # a JPEG can be decoded small, and a code is still large enough in a quarter of the pixels
            shrink = max(1, max(image.size) // _LONGEST_SIDE)
            image.draft("L", (image.width // shrink, image.height // shrink))
            image.load()
            return {"codes": read_codes_of(image)}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _too_many_pixels(limits) from exc
    except (OSError, ValueError, SyntaxError) as exc:
        raise Unreadable(
            Reason.MALFORMED, "The picture is damaged or was cut short.", "Take it again, or ask for the file itself."
        ) from exc


def _check_pixels(image: Image.Image, limits: Limits) -> None:
    if image.width * image.height > limits.image_pixels:
        raise _too_many_pixels(limits)


def _too_many_pixels(limits: Limits) -> Unreadable:
    return Unreadable(
        Reason.TOO_LARGE,
        f"The picture has more than {limits.image_pixels // 1_000_000} million pixels.",
        "Take it with fewer, or cut out the QR code.",
    )
