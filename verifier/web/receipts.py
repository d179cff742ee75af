"""Receipts at the window: handed out for the check on the page, told for what they are when they come back.

The page carries the receipt of the check that it shows; who wants to keep it sends it back and gets it as a file. So
the receipt is of that very check, and nothing is stored in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response, request

from verifier.receipt import RECEIPT_TYPE, Receipt, ReceiptReading, Standing, open_receipt
from verifier.web.claims import Row
from verifier.web.gate import Gate, ReceiptPaper
from verifier.web.site import page
from verifier.web.site import words as visitor_words
from verifier.web.words import Words

ADDRESS: Final = "/verify/receipt"
_WORDS: Final = {
    Standing.GENUINE: "receipt.genuine",
    Standing.NOT_GENUINE: "receipt.not_genuine",
    Standing.FOREIGN: "receipt.foreign",
    Standing.UNCHECKED: "receipt.unchecked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """A receipt that was handed in: its standing, and what it attests when it is genuine. Never a verdict."""

    standing: Standing
    sentence: str
    item: str
    attested: str | None
    rows: tuple[Row, ...]
    checks: tuple[Row, ...]


def receipt_page(reading: ReceiptReading, item: str, words: Words) -> ReceiptPage:
    """Put a receipt into words."""
    receipt = reading.receipt
    return ReceiptPage(
        standing=reading.standing,
        sentence=words(_WORDS[reading.standing]),
        item=item,
        attested=None if receipt is None else words(f"verdict.{receipt.verdict.value}"),
        rows=() if receipt is None else _rows(receipt, words),
        checks=() if receipt is None else attested_checks(receipt, words),
    )


def show_receipt(reading: ReceiptReading, item: str) -> Response:
    """The page on a receipt that was handed in."""
    return page("receipt.html", private=True, page=receipt_page(reading, item, visitor_words()))


def keep_receipt(gate: Gate) -> Response:
    """Hand the receipt in the request out as a file when it is our own; anything else is told for what it is."""
    text = request.form.get("receipt", "").strip()
    reading = open_receipt(text, gate.policy(), now=gate.clock())
    if reading.receipt is not None:
        paper = gate.receipt_paper if request.form.get("form") == "pdf" else None
        return _as_file(text, reading.receipt) if paper is None else _as_paper(text, reading.receipt, paper)
    refused = show_receipt(reading, "")
    refused.status_code = 400
    return refused


def _as_paper(text: str, receipt: Receipt, paper: ReceiptPaper) -> Response:
    return _download(paper(receipt, text), "application/pdf", receipt, "pdf")


def _as_file(text: str, receipt: Receipt) -> Response:
    return _download(f"{text}\n".encode(), f"application/{RECEIPT_TYPE}", receipt, "jwt")


def _download(body: bytes, media_type: str, receipt: Receipt, ending: str) -> Response:
    name = f"receipt-{receipt.checked_at:%Y%m%dT%H%M%SZ}-{(receipt.digest or 'item')[:8]}.{ending}"
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _rows(receipt: Receipt, words: Words) -> tuple[Row, ...]:
    lists = (receipt.trust_list, *receipt.status_lists)
    seen = [(words("receipt.list"), f"{each.address} sha256 {each.digest}") for each in lists if each is not None]
    rows = (
        (words("receipt.checked"), words.moment(receipt.checked_at)),
        (words("receipt.gate"), receipt.gate_id),
        (words("proof.digest"), f"sha256 {receipt.digest}" if receipt.digest else ""),
        (words("proof.key"), receipt.key_id or ""),
        *seen,
    )
    return tuple(row for row in rows if row[1])


def attested_checks(receipt: Receipt, words: Words) -> tuple[Row, ...]:
    """Each check with its sentence and its outcome."""
    rows = []
    for each in receipt.checks:
        particular = [f"check.{each.check.value}.{each.reason.value}"] if each.reason else []
        sentence = words.first([*particular, f"check.{each.check.value}.{each.outcome.value}"])
        rows.append((sentence, words(f"outcome.{each.outcome.value}")))
    return tuple(rows)
