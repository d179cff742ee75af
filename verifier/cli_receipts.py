"""`verify ITEM --receipt DIR`: the receipt of each check as a file of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Final

import click

from verifier.examine import Examination
from verifier.report import VerificationReport

SealReceipt = Callable[[VerificationReport], str]
"""Attests a report with the gate's key."""

_LONGEST_STEM: Final = 60


class ReceiptFolder:
    """Where receipts go; it is made when it is not there. No file is ever overwritten."""

    def __init__(self, folder: Path, seal: SealReceipt) -> None:
        self._folder = folder
        self._seal = seal

    def keep_each(self, examined: Iterable[Examination]) -> Iterator[Examination]:
        """Hand each examination on, with the receipt of it written; a receipt gets no receipt."""
        for examination in examined:
            if examination.receipt is None:
                path = self._write(examination)
                click.echo(f"receipt: {path}", err=True)
            yield examination

    def _write(self, examination: Examination) -> Path:
        """Write next to each other what has the same name: `a.receipt.jwt`, `a-2.receipt.jwt`, …"""
        self._folder.mkdir(parents=True, exist_ok=True)
        stem, number = _stem(examination.item), 1
        while True:
            path = self._folder / f"{stem}{'' if number == 1 else f'-{number}'}.receipt.jwt"
            try:
                with path.open("x", encoding="ascii") as file:
                    file.write(self._seal(examination.report) + "\n")
                return path
            except FileExistsError:
                number += 1


def _stem(item: str) -> str:
    """The item's name in letters that every file system takes."""
    bare = unicodedata.normalize("NFKD", PurePath(item).name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", bare).strip("-.")[:_LONGEST_STEM] or "item"
