"""Fetcher: the one implementation of Documents for a running gate."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from verifier.documents import FetchedDocument, PublishedDocument
from verifier.errors import Unreachable
from verifier.network import NetworkDoor
from verifier.web_address import parse_web_address

Published = Callable[[str], PublishedDocument | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLimits:
    """How long and how much the fetcher remembers."""

    max_age: timedelta = timedelta(minutes=1)
    documents: int = 512
    bytes: int = 32 * 1024 * 1024


class Fetcher:
    """Looks for a document first among our own published ones, then in memory, then through the network door.

    `published` answers addresses of this platform in process, with exactly the bytes the web would serve. Without a
    door nothing is asked for outside. A document too old for the memory is asked for again; when that fails the old
    copy is of no use.
    """

    def __init__(
        self,
        *,
        published: Published | None = None,
        network: NetworkDoor | None = None,
        cache: CacheLimits | None = None,
    ) -> None:
        self._published = published
        self._network = network
        self._memory = _Memory(cache or CacheLimits())

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        """The document at `url` without its fragment; raises Unreachable."""
        url = parse_web_address(url).url
        own = self._published(url) if self._published is not None else None
        if own is not None:
            return FetchedDocument(url=url, body=own.body, media_type=own.media_type, source="local", fetched_at=now)
        remembered = self._memory.find((url, accept), now)
        if remembered is not None:
            return remembered
        if self._network is None:
            raise Unreachable(url, "nothing is asked for on the network")
        answer = self._network.get(url, accept=accept)
        document = FetchedDocument(
            url=url,
            body=answer.body,
            media_type=answer.media_type,
            source="network",
            fetched_at=now,
            answered_by=answer.url,
        )
        self._memory.keep((url, accept), document)
        return document


class _Memory:
    """The documents used last, within the limits; safe for several threads."""

    def __init__(self, limits: CacheLimits) -> None:
        self._limits = limits
        self._documents: OrderedDict[tuple[str, str], FetchedDocument] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, key: tuple[str, str], now: datetime) -> FetchedDocument | None:
        with self._lock:
            document = self._documents.get(key)
            if document is None:
                return None
            age = now - document.fetched_at
            if not timedelta(0) <= age <= self._limits.max_age:
                self._drop(key)
                return None
            self._documents.move_to_end(key)
            return replace(document, source="cache", age_seconds=int(age.total_seconds()))

    def keep(self, key: tuple[str, str], document: FetchedDocument) -> None:
        with self._lock:
            if key in self._documents:
                self._drop(key)
            self._documents[key] = document
            self._bytes += len(document.body)
            while len(self._documents) > self._limits.documents or self._bytes > self._limits.bytes:
                self._drop(next(iter(self._documents)))

    def _drop(self, key: tuple[str, str]) -> None:
        self._bytes -= len(self._documents.pop(key).body)
