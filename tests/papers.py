"""PDF files for the tests of the gate: laid out by WeasyPrint, attacked with pikepdf."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from functools import lru_cache

import pikepdf
from PIL import Image
from weasyprint import HTML, Attachment

STYLE = 'body { font-family: "Noto Sans", "DejaVu Sans", sans-serif } .name { font-size: 20pt }'


def picture(image: Image.Image) -> str:
    """An image as the data URL of a PNG."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


PICTURE = picture(Image.linear_gradient("L").resize((8, 8)))


@lru_cache(maxsize=64)
def lay_out(body: str, attachment: str | None = None, variant: str = "pdf/ua-1") -> bytes:
    """A PDF of this HTML body; `attachment` becomes an associated file of relationship Source."""
    page = f"<html lang=en><head><title>Certificate</title><style>{STYLE}</style></head><body>{body}</body></html>"
    attachments = []
    if attachment is not None:
        attachments.append(Attachment(string=attachment, name="credential.json", relationship="Source"))
    written = HTML(string=page).write_pdf(pdf_variant=variant, attachments=attachments)
    assert written is not None
    return bytes(written)


def altered(pdf: bytes, change: Callable[[pikepdf.Pdf], object]) -> bytes:
    """The same file after `change` was done to it."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        out = io.BytesIO()
        opened.save(out, fix_metadata_version=False)
    return out.getvalue()


def write_pdf(objects: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF file of exactly these objects, numbered from 1, with a sound cross-reference table."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return bytes(out) + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d %b >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, trailer, len(out))
    )
