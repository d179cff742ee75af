"""PDF files and pictures that are made to hurt whoever opens them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

from PIL import Image

from tests.papers import write_pdf

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources %b >>"
_FLATE = b"/Filter /FlateDecode"


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content)


@lru_cache
def deflated_zeros(length: int) -> bytes:
    packer, piece = zlib.compressobj(9), bytes(1_000_000)
    return b"".join(packer.compress(piece) for _ in range(length // len(piece))) + packer.flush()


def page_bomb() -> bytes:
    """100 MB of page content in 100 kB."""
    return write_pdf([CATALOG, PAGES, PAGE % b"<< >>", stream(_FLATE, deflated_zeros(100_000_000))])


def bomb_in_a_bomb() -> bytes:
    """400 MB, deflated twice."""
    packed = zlib.compress(deflated_zeros(400_000_000), 9)
    return write_pdf([CATALOG, PAGES, PAGE % b"<< >>", stream(b"/Filter [/FlateDecode /FlateDecode]", packed)])


def lzw_bomb() -> bytes:
    """The same in the older compression, which qpdf expands without a limit of its own."""
    bits, waiting, packed = 0, 0, bytearray()

    def put(code: int, width: int) -> None:
        nonlocal bits, waiting
        bits, waiting = bits << width | code, waiting + width
        while waiting >= 8:
            waiting -= 8
            packed.append(bits >> waiting & 0xFF)
        bits &= (1 << waiting) - 1

    for _ in range(60):
        put(256, 12 if packed else 9)
        put(0, 9)
        for code in range(258, 4094):
            put(code, min(12, max(9, (code + 1).bit_length())))
    return write_pdf([CATALOG, PAGES, PAGE % b"<< >>", stream(b"/Filter /LZWDecode", bytes(packed))])


def object_stream_bomb() -> bytes:
    """A compressed object followed by 100 MB of nothing, in the stream that a reader must expand to open the file."""
    packed = zlib.compress(b"7 0 << /A 1 >>" + b" " * 100_000_000, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /X 7 0 R >>",
        PAGES,
        PAGE % b"<< >>",
        stream(b"", b"0 0 m"),
        stream(b"/Type /ObjStm /N 1 /First 4 " + _FLATE, packed),
    ]
    out, places = b"%PDF-1.7\n", [b"\0\0\0\0\0\xff\xff"]
    for number, content in enumerate(objects, 1):
        places.append(b"\1" + struct.pack(">I", len(out)) + b"\0\0")
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    places += [b"\1" + struct.pack(">I", len(out)) + b"\0\0", b"\2" + struct.pack(">I", 5) + b"\0\0"]
    table = stream(b"/Type /XRef /Size 8 /W [1 4 2] /Root 1 0 R", b"".join(places))
    return out + b"6 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def thousand_laughs() -> bytes:
    """Drawings that call each other: 20 to the power of 16 strokes in 5 kB."""
    objects = [CATALOG, PAGES, PAGE % b"<< /XObject << /F 5 0 R >> >>", stream(b"", b"/F Do")]
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 300 300]"
    for number in range(6, 22):
        inner = b" /Resources << /XObject << /F %d 0 R >> >>" % number
        objects.append(stream(form + inner, b"/F Do " * 20))
    return write_pdf([*objects, stream(form, b"0 0 m 100 100 l S")])


def huge_picture() -> bytes:
    """A fax of 3.6 billion dots."""
    fax = (
        b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 1 /ColorSpace /DeviceGray"
        b" /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 60000 /Rows 60000 >>"
    )
    draw = stream(b"", b"300 0 0 300 0 0 cm /F Do")
    return write_pdf([CATALOG, PAGES, PAGE % b"<< /XObject << /F 5 0 R >> >>", draw, stream(fax, bytes(100))])


def huge_page() -> bytes:
    """A sheet of five kilometres."""
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400000 14400000] /Contents 4 0 R >>"
    return write_pdf([CATALOG, PAGES, sheet, stream(b"", b"0 0 m")])


def long_chain() -> bytes:
    """50,000 objects, each inside the one before."""
    links = [b"[%d 0 R]" % number for number in range(6, 50_006)]
    return write_pdf([CATALOG, PAGES, PAGE % b"<< /X 5 0 R >>", stream(b"", b"0 0 m"), *links, b"null"])


def crowd() -> bytes:
    """Four million arrays."""
    return write_pdf([CATALOG, PAGES, PAGE % (b"<< /X [" + b"[/A]" * 4_000_000 + b"] >>"), stream(b"", b"0 0 m")])


def circular_trees() -> bytes:
    """A page tree and a tree of names that contain themselves."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 5 0 R >> >>"
    pages = b"<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 3 >>"
    return write_pdf([catalog, pages, PAGE % b"<< >>", stream(b"", b"0 0 m"), b"<< /Kids [5 0 R 5 0 R] >>"])


def very_long_text() -> bytes:
    """19 million letters on one page, in 60 kB."""
    content = zlib.compress(b"BT /F 1 Tf " + b"(" + b"a" * 48 + b") Tj " * 380_000 + b" ET", 9)
    font = b"<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return write_pdf([CATALOG, PAGES, PAGE % font, stream(_FLATE, content)])


def png_of(width: int, height: int) -> bytes:
    """A PNG whose head promises so many pixels."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "PNG")
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return out.getvalue()[:8] + chunk + out.getvalue()[33:]


HOSTILE_PDFS: Mapping[str, Callable[[], bytes]] = {
    made.__name__.replace("_", " "): made
    for made in (
        page_bomb,
        bomb_in_a_bomb,
        lzw_bomb,
        object_stream_bomb,
        thousand_laughs,
        huge_picture,
        huge_page,
        long_chain,
        crowd,
        circular_trees,
        very_long_text,
    )
}
