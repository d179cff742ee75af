"""A receipt as one page for a file of papers: the signed token is attached, the page repeats it in words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from issuer.certificates.sheet import AttachedFile, Page, print_sheet
from verifier.receipt import RECEIPT_TYPE, Receipt
from verifier.web.receipts import attested_checks
from verifier.web.words import ENGLISH, catalogue

ATTACHED_AS = "receipt.jwt"


def print_receipt(receipt: Receipt, text: str, *, window: str) -> bytes:
    """One A4 page in English with `text`, the signed receipt, attached; `window` is where it can be handed in.

    Not checked: that `text` is the receipt.
    """
    words = catalogue(ENGLISH)
    lists = [each for each in (receipt.trust_list, *receipt.status_lists) if each is not None]
    html = _template().render(
        receipt=receipt,
        found=words(f"verdict.{receipt.verdict.value}"),
        checked=words.moment(receipt.checked_at),
        created=receipt.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        checks=attested_checks(receipt, words),
        lists=lists,
        window=window,
    )
    attached = AttachedFile(
        name=ATTACHED_AS,
        media_type=f"application/{RECEIPT_TYPE}",
        description="The signed receipt",
        content=text.encode("ascii"),
    )
    return print_sheet(Page(html, ()), attached, created=receipt.checked_at)


@cache
def _template() -> Template:
    folder = str(files("templates") / "receipt")
    environment = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("receipt.html")
