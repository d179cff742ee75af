"""One verification asks each address once, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.simulator import START, Simulator
from verifier.documents import FetchedDocument
from verifier.errand import MOST_DOCUMENTS, Errand
from verifier.errors import Unreachable
from verifier.report import Verdict


class Counting:
    """Documents that answer with how often they were asked; addresses with `gone` in them do not."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        self.asked.append(url)
        if "gone" in url:
            raise Unreachable(url, "gone")
        body = str(len(self.asked)).encode()
        return FetchedDocument(url=url, body=body, media_type=accept, source="network", fetched_at=now)


def test_an_address_is_asked_once() -> None:
    """What was found the first time holds for the whole report; another form is another question."""
    documents = Counting()
    errand = Errand(documents)
    bodies = [errand.fetch("https://a.example/", accept=accept, now=START).body for accept in ("x", "x", "y", "x")]
    assert bodies == [b"1", b"1", b"2", b"1"]


def test_what_is_gone_stays_gone() -> None:
    """A server that takes its time to say nothing is not asked again for the same paper."""
    documents = Counting()
    errand = Errand(documents)
    for _ in range(3):
        with pytest.raises(Unreachable, match="gone") as raised:
            errand.fetch("https://a.example/gone", accept="x", now=START)
        assert raised.value.url == "https://a.example/gone"
    assert documents.asked == ["https://a.example/gone"]


def test_a_paper_cannot_send_the_gate_around_for_long() -> None:
    """After the last look-up everything new is unreachable; what was found stays found."""
    documents = Counting()
    errand = Errand(documents, most=2)
    errand.fetch("https://a.example/", accept="x", now=START)
    with pytest.raises(Unreachable, match="gone"):
        errand.fetch("https://a.example/gone", accept="x", now=START)
    with pytest.raises(Unreachable, match="2 look-ups"):
        errand.fetch("https://b.example/", accept="x", now=START)
    assert errand.fetch("https://a.example/", accept="x", now=START).body == b"1"
    assert len(documents.asked) == 2


def test_a_whole_verification_is_one_errand() -> None:
    """An issuer that names one list four times is asked for it once for each paper."""
    sim = Simulator()
    award = sim.award()
    services = sim.provider.services()
    sim.override(sim.did_url(), replace(sim.provider.controller(), services=tuple(services * 2)).to_json())
    for _ in range(2):
        sim.asked.clear()
        assert sim.verify(award).verdict is Verdict.VALID
        assert len(sim.asked) == len(set(sim.asked)) == 4
    assert MOST_DOCUMENTS >= 5


def test_the_errand_is_the_gates_own_affair() -> None:
    """A relying party's policy is not changed by it: the next paper starts afresh."""
    documents = Counting()
    sim = Simulator()
    policy = replace(sim.policy, documents=documents)
    sim.verify(sim.award(), policy=policy)
    sim.verify(sim.award(), policy=policy)
    assert documents.asked == [sim.did_url()] * 2
