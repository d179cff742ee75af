"""PDF files for the tests of the gate: laid out by WeasyPrint, attacked with pikepdf."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from html import escape

import pikepdf
import pypdfium2
import qrcode
from PIL import Image
from weasyprint import HTML, Attachment

from credentials.page_seal import seal_page
from keys.algorithm import Algorithm
from keys.signer import Signer
from tests.simulator import Award
from verifier.page_lines import signed_lines
from verifier.pdf_digest import drawing_digest, embed_page_seal

STYLE = 'body { font-family: "Noto Sans", "DejaVu Sans", sans-serif } .name { font-size: 20pt }'


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    """An image as a file."""
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def picture(image: Image.Image) -> str:
    """An image as the data URL of a PNG."""
    return "data:image/png;base64," + base64.b64encode(saved(image)).decode()


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


def qr_picture(text: str) -> Image.Image:
    """A QR code with its quiet zone, as a picture."""
    code = qrcode.QRCode(border=4, box_size=6)
    code.add_data(text)
    code.make()
    return code.make_image().get_image().convert("L")


def certificate(
    award: Award,
    *,
    shown: Mapping[str, str | None] | None = None,
    attached: str | None = "",
    signer: Signer | None = None,
    is_sealed: bool = True,
) -> bytes:
    """A certificate of an award with QR code, attachment and page seal.

    `shown` replaces what single lines say (None leaves one out), `attached` the attachment (None leaves it out),
    `signer` who seals the page.
    """
    document = award.credential.to_json()
    lines = {line.key: line.text for line in signed_lines(document)} | dict(shown or {})
    body = "".join(f"<p class={key} dir=auto>{escape(text)}</p>" for key, text in lines.items() if text is not None)
    if "image" in document:
        link = document["image"]["id"].removesuffix(".png")
        body += f'<img alt="QR code: {link}" src="{picture(qr_picture(link))}">'
    pdf = lay_out(body, award.text if attached == "" else attached)
    if not is_sealed:
        return pdf
    seal = seal_page(
        str(document["id"]),
        award.provider.issuer_id,
        award.sealed.digest,
        drawing_digest(pdf),
        signer or award.provider.signers[Algorithm.P256],
        created=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )
    return embed_page_seal(pdf, seal)


def drawn(pdf: bytes) -> Image.Image:
    """The first page as a picture at 300 dots per inch."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        image: Image.Image = document[0].render(scale=300 / 72).to_pil()
        return image
    finally:
        document.close()
