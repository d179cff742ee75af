"""What the pages of a PDF show: their text in reading order, and the QR codes drawn on them.

Runs inside the glovebox, one file at a time, because PDFium is not thread-safe. The text is what PDFium, the engine
of a widespread browser, finds; it includes text that is drawn invisibly. Text inside pictures is not read.
"""

from __future__ import annotations

from typing import Any, Final

import pypdfium2 as _untyped_pdfium2
import pypdfium2.raw as _untyped_raw

from verifier.codes import read_codes_of
from verifier.errors import Unreadable
from verifier.limits import Limits
from verifier.reasons import Reason

pypdfium2: Any = _untyped_pdfium2
pdfium: Any = _untyped_raw

_SCAN_PIXELS: Final = 3_200
"""Longest side of a page drawn for scanning: an A4 sheet at about 270 dots per inch."""

_SILENT_NOTES: Final = frozenset({pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP})
_UNSEEN: Final = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


def read_text(data: bytes, limits: Limits) -> dict[str, Any]:
    """The text of all pages (None where PDFium cannot read the file), their number, and how many notes lie on them."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return {"text": None, "pages": 0, "overlays": 0}
    try:
        if len(document) > limits.pdf_pages:
            raise Unreadable(
                Reason.TOO_COMPLEX,
                f"The PDF has {len(document)} pages; a certificate has a few, and {limits.pdf_pages} is the limit.",
                "Ask for the certificate alone.",
            )
        return _read_pages(document, limits)
    except pypdfium2.PdfiumError:
        return {"text": None, "pages": len(document), "overlays": 0}
    finally:
        document.close()


def _read_pages(document: Any, limits: Limits) -> dict[str, Any]:
    texts, overlays, left = [], 0, limits.page_text_characters
    for number in range(len(document)):
        page = document[number]
        overlays += _overlays(page)
        letters = page.get_textpage()
        left -= letters.count_chars()
        if left < 0:
            raise Unreadable(
                Reason.TOO_COMPLEX,
                f"The PDF shows more than {limits.page_text_characters} characters.",
                "Ask for the certificate alone.",
            )
        texts.append(_clean(letters.get_text_range()))
        letters.close()
        page.close()
    return {"text": "\n".join(texts), "pages": len(document), "overlays": overlays}


def read_codes(data: bytes, limits: Limits) -> list[str]:
    """The texts of the QR codes on the first pages."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return []
    found: list[str] = []
    try:
        for number in range(min(len(document), limits.scanned_pages)):
            found += _codes_on(document[number])
    except pypdfium2.PdfiumError:
        return found
    finally:
        document.close()
    return found


def _codes_on(page: Any) -> list[str]:
    longest = max(*page.get_size(), 1.0)
    bitmap = page.render(scale=min(_SCAN_PIXELS / longest, 6.0), grayscale=True, may_draw_forms=False)
    try:
        return read_codes_of(bitmap.to_pil())
    finally:
        bitmap.close()
        page.close()


def _overlays(page: Any) -> int:
    """How many annotations draw something over the page, links and closed pop-ups aside."""
    drawn = 0
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        subtype, flags = pdfium.FPDFAnnot_GetSubtype(annotation), pdfium.FPDFAnnot_GetFlags(annotation)
        drawn += subtype not in _SILENT_NOTES and not flags & _UNSEEN
        pdfium.FPDFPage_CloseAnnot(annotation)
    return drawn


def _clean(text: str) -> str:
    """Text whose halves of surrogate pairs belong together; a lone half becomes a replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
