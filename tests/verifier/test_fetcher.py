"""The fetcher: our own documents in process, others through the door, and a short memory."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.loopback import answer, loopback_server, redirect
from verifier.documents import NoDocuments, PublishedDocument
from verifier.errors import Unreachable
from verifier.fetcher import CacheLimits, Fetcher
from verifier.network import NetworkAnswer, NetworkDoor

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = "https://voltpass.example/issuers/vbk/did.json"


def published(url: str) -> PublishedDocument | None:
    return PublishedDocument(body=b"own", media_type="application/did+json") if url == OWN else None


def door() -> NetworkDoor:
    return NetworkDoor(allow_loopback=True)


def test_own_documents_are_answered_in_process() -> None:
    """The platform's own address is answered without any network, as what the web would serve."""
    found = Fetcher(published=published).fetch(f"{OWN}#key", accept="*/*", now=NOW)
    assert (found.body, found.media_type, found.source, found.url) == (b"own", "application/did+json", "local", OWN)
    assert found.digest == hashlib.sha256(b"own").hexdigest()


def test_what_is_no_web_address_is_asked_of_nobody() -> None:
    """Whoever answers for our own addresses is not bothered with texts that are none."""
    asked: list[str] = []

    def note(url: str) -> None:
        asked.append(url)

    for url in ("", "urn:uuid:1", "file:///etc/passwd", "https://[", "/trust-list"):
        with pytest.raises(Unreachable):
            Fetcher(published=note).fetch(url, accept="*/*", now=NOW)
    assert asked == []


def test_without_a_door_nothing_is_asked_outside() -> None:
    """An offline gate says so instead of asking."""
    with pytest.raises(Unreachable, match="nothing is asked for"):
        Fetcher(published=published).fetch("https://issuer.example/", accept="*/*", now=NOW)
    with pytest.raises(Unreachable, match="switched off"):
        NoDocuments().fetch("https://issuer.example/", accept="*/*", now=NOW)


def test_a_document_is_remembered_for_a_while_and_says_so() -> None:
    """Within the maximum age the second answer comes from memory, with its age; after it the server is asked again."""
    with loopback_server({"/": answer(b"there", "Content-Type: text/plain")}) as server:
        fetcher = Fetcher(network=door(), cache=CacheLimits(max_age=timedelta(seconds=60)))
        url = server.url("/")
        first = fetcher.fetch(url, accept="*/*", now=NOW)
        second = fetcher.fetch(url, accept="*/*", now=NOW + timedelta(seconds=60))
        third = fetcher.fetch(url, accept="*/*", now=NOW + timedelta(seconds=61))
        other_form = fetcher.fetch(url, accept="text/html", now=NOW + timedelta(seconds=61))
    assert [found.source for found in (first, second, third, other_form)] == [
        "network",
        "cache",
        "network",
        "network",
    ]
    assert (second.age_seconds, second.fetched_at) == (60, NOW)
    assert len(server.requests) == 3


def test_a_stale_copy_is_no_copy() -> None:
    """When asking again fails, the old copy is not used."""
    fetcher = Fetcher(network=door(), cache=CacheLimits(max_age=timedelta(seconds=60)))
    with loopback_server({"/": answer(b"there")}) as server:
        url = server.url("/")
        fetcher.fetch(url, accept="*/*", now=NOW)
    assert fetcher.fetch(url, accept="*/*", now=NOW).source == "cache"
    with pytest.raises(Unreachable):
        fetcher.fetch(url, accept="*/*", now=NOW + timedelta(seconds=61))
    with pytest.raises(Unreachable):
        fetcher.fetch(url, accept="*/*", now=NOW)


def test_a_copy_from_the_future_is_no_copy() -> None:
    """A check as of an earlier time does not use what was read later."""
    with loopback_server({"/": answer(b"there")}) as server:
        fetcher = Fetcher(network=door())
        fetcher.fetch(server.url("/"), accept="*/*", now=NOW)
        assert fetcher.fetch(server.url("/"), accept="*/*", now=NOW - timedelta(days=1)).source == "network"


def test_failures_are_not_remembered() -> None:
    """A server that comes back is believed at once."""
    with loopback_server({}) as server:
        fetcher = Fetcher(network=door())
        with pytest.raises(Unreachable):
            fetcher.fetch(server.url("/"), accept="*/*", now=NOW)
        server.answers["/"] = answer(b"back")
        assert fetcher.fetch(server.url("/"), accept="*/*", now=NOW).body == b"back"


@pytest.mark.parametrize(
    "cache",
    [
        pytest.param(CacheLimits(documents=2), id="too many"),
        pytest.param(CacheLimits(bytes=25), id="too large together"),
    ],
)
def test_the_memory_has_an_end(cache: CacheLimits) -> None:
    """What was not used for longest is forgotten first."""
    with loopback_server({f"/{name}": answer(b"ten bytes.") for name in "abc"}) as server:
        fetcher = Fetcher(network=door(), cache=cache)

        def source(name: str) -> str:
            return fetcher.fetch(server.url(f"/{name}"), accept="*/*", now=NOW).source

        assert [source(name) for name in "abacab"] == ["network", "network", "cache", "network", "cache", "network"]


class Doubled(NetworkDoor):
    """A door at which somebody else asks for the same document while the first one waits."""

    fetcher: Fetcher
    depth = 0

    def get(self, url: str, *, accept: str) -> NetworkAnswer:
        self.depth += 1
        if self.depth < 4:
            self.fetcher.fetch(url, accept=accept, now=NOW)
        return NetworkAnswer(url, b"ten bytes.", "text/plain")


def test_two_who_ask_at_once_are_one_memory() -> None:
    """A document kept several times counts once."""
    door = Doubled()
    door.fetcher = Fetcher(network=door, cache=CacheLimits(bytes=25))
    door.fetcher.fetch("https://a.example/", accept="*/*", now=NOW)
    assert door.depth == 4
    door.fetcher.fetch("https://b.example/", accept="*/*", now=NOW)
    assert door.fetcher.fetch("https://a.example/", accept="*/*", now=NOW).source == "cache"


def test_a_document_larger_than_the_memory_is_not_kept() -> None:
    """One huge document does not push the memory over its limit."""
    with loopback_server({"/": answer(b"x" * 100)}) as server:
        fetcher = Fetcher(network=door(), cache=CacheLimits(bytes=50))
        sources = [fetcher.fetch(server.url("/"), accept="*/*", now=NOW).source for _ in range(2)]
    assert sources == ["network", "network"]


def test_a_fetch_is_evidence() -> None:
    """Evidence says what was asked, who answered, when, how old it is and which bytes came."""
    with loopback_server({"/": redirect("/there"), "/there": answer(b"body")}) as server:
        fetcher = Fetcher(network=door())
        fetcher.fetch(server.url("/"), accept="*/*", now=NOW)
        evidence = fetcher.fetch(server.url("/"), accept="*/*", now=NOW + timedelta(seconds=5)).evidence({"a": "b"})
    assert evidence.looked_at == server.url("/")
    assert (evidence.source, evidence.read_at, evidence.age_seconds) == ("cache", NOW, 5)
    assert evidence.digest == hashlib.sha256(b"body").hexdigest()
    assert dict(evidence.facts) == {"a": "b", "answered_by": server.url("/there")}
