"""One paper, one errand: what a single verification may look up."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from verifier.documents import Documents, FetchedDocument
from verifier.errors import Unreachable

MOST_DOCUMENTS: Final = 12
"""Ours need five: the issuer, a key, three lists."""


class Errand:
    """Documents for one verification: each address is asked once, and a paper cannot send the gate around for long.

    What was found, or not found, the first time holds for the whole report, so that two checks never see two versions
    of one document.
    """

    def __init__(self, documents: Documents, *, most: int = MOST_DOCUMENTS) -> None:
        self._documents = documents
        self._most = most
        self._found: dict[tuple[str, str], FetchedDocument | Unreachable] = {}

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        """The document at `url`; raises Unreachable, also when the paper asks for too many."""
        found = self._found.get((url, accept)) or self._look_up(url, accept, now)
        if isinstance(found, Unreachable):
            raise Unreachable(found.url, found.reason, status=found.status) from found
        return found

    def _look_up(self, url: str, accept: str, now: datetime) -> FetchedDocument | Unreachable:
        if len(self._found) >= self._most:
            return Unreachable(url, f"one paper is worth {self._most} look-ups, not more")
        found: FetchedDocument | Unreachable
        try:
            found = self._documents.fetch(url, accept=accept, now=now)
        except Unreachable as exc:
            found = exc
        self._found[url, accept] = found
        return found
