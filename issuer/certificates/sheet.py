"""What is to be printed, apart from the press: the layout engine loads with the first page, not with the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from issuer.certificates.qr import Loop


@dataclass(frozen=True)
class AttachedFile:
    """The machine-readable original inside the file."""

    name: str
    media_type: str
    description: str
    content: bytes


@dataclass(frozen=True)
class Page:
    """A page to be printed: its HTML, the logo it names as `certificate:logo.png`, the outlines that fill `svg.qr`."""

    html: str
    qr: tuple[Loop, ...]
    logo: bytes | None = None


def print_sheet(page: Page, attached: AttachedFile, *, created: datetime) -> bytes:
    """What ``press.print_page`` gives and raises."""
    printed: bytes = import_module("issuer.certificates.press").print_page(page, attached, created=created)
    return printed


def print_loose_sheets(html: str, codes: Sequence[tuple[Loop, ...]]) -> bytes:
    """What ``press.print_papers`` gives and raises."""
    printed: bytes = import_module("issuer.certificates.press").print_papers(html, codes)
    return printed


def warm_up() -> None:
    """Load the press and read its fonts, so that the first certificate does not wait for it."""
    import_module("issuer.certificates.press").warm_up()
