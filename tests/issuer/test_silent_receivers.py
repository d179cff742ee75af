"""Webhooks whose receiver never answers, or takes its time: nobody else waits for it, and it is given up in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.api.call import ApiParts
from issuer.database import reading
from issuer.machines.calls import GIVEN_UP_AFTER, WebhookCaller
from issuer.machines.records import WebhookDeliveryRecord
from issuer.machines.silence import Silences
from issuer.work.handlers import TryLater
from tests.demo_files import NOW
from tests.machines import Machine, machine
from tests.receivers import TAKEN, deliveries, hook, receiver, silent
from verifier.network import DoorLimits, NetworkDoor


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    return machine(tmp_path)


def caller_of(desk: Machine) -> WebhookCaller:
    """A caller that waits a third of a second for an answer."""
    limits = DoorLimits(bytes=0, seconds=0.3, silent_seconds=0.3, redirects=0)
    board = replace(ApiParts.of(desk.office).board, door=NetworkDoor(limits=limits, allow_loopback=True))
    return WebhookCaller(sessions=desk.office.sessions, board=board, clock=desk.clock, base_url="https://x.example")


def call_all(desk: Machine, call: WebhookCaller, webhook: dict[str, str]) -> list[str]:
    """Have each message brought there, the newest first; gives why they wait."""
    reasons = []
    for told in deliveries(desk, webhook):
        try:
            call({"delivery": int(str(told["id"]).removeprefix("msg_"))})
        except TryLater as later:
            reasons.append(f"{later.reason} {later.after}" if later.after else later.reason)
    return reasons


@pytest.mark.timeout(60)
def test_who_never_answers_is_given_up_after_days_and_shown(desk: Machine, stack: ExitStack) -> None:
    """Nothing else waits for it meanwhile; after three days the list says that it was given up."""
    mute, other = receiver(stack, silent), receiver(stack, TAKEN)
    made = hook(desk, mute.url())
    hook(desk, other.url())
    desk.award()
    caller = caller_of(desk)
    with reading(desk.office.sessions) as session:
        first, second = session.scalars(select(WebhookDeliveryRecord.id).order_by(WebhookDeliveryRecord.id))
    with pytest.raises(TryLater) as later:
        caller({"delivery": first})
    assert later.value.reason == "no_answer"
    caller({"delivery": second})
    assert len(other.bodies) == 1
    desk.clock.advance(days=GIVEN_UP_AFTER.days - 1)
    with pytest.raises(TryLater):
        caller({"delivery": first})
    desk.clock.advance(days=1)
    caller({"delivery": first})
    (told,) = deliveries(desk, made)
    assert (told["state"], told["attempts"], told["last_problem"]) == ("given_up", 3, "no_answer")
    assert told["ended_at"]
    caller({"delivery": first})
    assert len(mute.heads) == 3, "what was given up is not tried again"


def test_thousands_of_messages_to_who_never_answers_hold_nobody_up(desk: Machine, stack: ExitStack) -> None:
    """One of them finds out, the others wait their turn without a call; when it answers again all arrive."""
    there = receiver(stack, silent, silent, TAKEN)
    made = hook(desk, there.url())
    for number in range(3):
        desk.award(number)
    call = caller_of(desk)
    assert call_all(desk, call, made) == ["no_answer", *["receiver_silent 0:01:00"] * 2]
    desk.clock.advance(minutes=1)
    assert call_all(desk, call, made) == ["no_answer", *["receiver_silent 0:02:00"] * 2], "the pauses grow"
    desk.clock.advance(minutes=2)
    assert call_all(desk, call, made) == []
    assert [told["attempts"] for told in deliveries(desk, made)] == [3, 1, 1]
    assert len(there.heads) == 5


def test_what_waits_for_who_never_answers_is_given_up_in_time(desk: Machine, stack: ExitStack) -> None:
    """Not one call each, when there are thousands."""
    there = receiver(stack, silent)
    made = hook(desk, there.url())
    desk.award(1)
    desk.award(2)
    call = caller_of(desk)
    desk.clock.advance(days=GIVEN_UP_AFTER.days)
    assert call_all(desk, call, made) == []
    assert [(told["state"], told["attempts"], told["last_problem"]) for told in deliveries(desk, made)] == [
        ("given_up", 1, "no_answer"),
        ("given_up", 0, "no_answer"),
    ]
    assert len(there.heads) == 1


def test_who_is_slow_is_called_in_a_fifth_of_the_time() -> None:
    """A receiver that takes its time leaves the others theirs; one that is quick never rests."""
    known, now = Silences(), NOW
    known.note(1, took=timedelta(seconds=8), has_answered=True, now=now)
    known.note(2, took=timedelta(seconds=0.2), has_answered=True, now=now)
    assert (known.rest(1, now), known.rest(2, now)) == (timedelta(seconds=32), None)
    assert known.rest(1, now + timedelta(seconds=32)) is None
