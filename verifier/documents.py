"""The one way from the gate to documents outside the paper itself: keys, status lists, linked credentials."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from verifier.errors import Unreachable
from verifier.report import Evidence, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedDocument:
    """The bytes found at an address, and how they were had.

    `url` is the address asked for, `answered_by` the one that answered after redirects. `fetched_at` is when the bytes
    left their source; `age_seconds` counts from there.
    """

    url: str
    body: bytes
    media_type: str
    source: Source
    fetched_at: datetime
    age_seconds: int = 0
    answered_by: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()

    def evidence(self, facts: Mapping[str, str] | None = None) -> Evidence:
        """This document as evidence of a check, with what the check read in it."""
        redirected = self.answered_by not in (None, self.url)
        return Evidence(
            looked_at=self.url,
            source=self.source,
            read_at=self.fetched_at,
            digest=self.digest,
            age_seconds=self.age_seconds,
            facts={**(facts or {}), **({"answered_by": str(self.answered_by)} if redirected else {})},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDocument:
    """What this platform serves at one of its own addresses: exactly the bytes the web would answer with."""

    body: bytes
    media_type: str


class Documents(Protocol):
    """Whoever can find a document by its address."""

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        """The document at `url`; raises Unreachable. `accept` is the value of the HTTP header of that name."""
        ...


class NoDocuments:
    """Documents for a gate that is cut off: nothing can be reached."""

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        """Always raises Unreachable."""
        del accept, now
        raise Unreachable(url, "looking up documents is switched off")
