"""QR codes in a picture. Runs inside the glovebox."""

from __future__ import annotations

import zxingcpp
from PIL import Image

_QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read_codes_of(image: Image.Image) -> list[str]:
    """The texts of all QR codes in the picture, in any direction, as drawn or inverted."""
    grey = image if image.mode == "L" else image.convert("L")
    try:
        found = zxingcpp.read_barcodes(grey, formats=_QR_CODE, text_mode=zxingcpp.TextMode.Plain)
    except TypeError as exc:
        # so the library says that there was no memory left for a copy of the pixels
        raise MemoryError("the pixels could not be handed over") from exc
    return [str(code.text) for code in found if code.valid]
