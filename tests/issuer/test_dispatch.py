"""Telling a broker of work: numbers only, each told once while the broker is trusted, and nothing depends on it."""

import json
import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from kombu import Connection

from issuer.database import Sessions
from issuer.work.celery_door import QUEUE
from issuer.work.dispatch import AT_MOST, TRUST, BrokerAway, Dispatcher, keep_dispatching
from issuer.work.leases import LEASE
from tests.office import Clock
from tests.real_parts import RabbitServer
from tests.work import counts, nothing, publisher_at, put, taken, worker_with


@pytest.fixture
def sessions(sessions_of_both: Sessions) -> Sessions:
    """An empty database, of both kinds."""
    return sessions_of_both


@pytest.fixture
def clock() -> Clock:
    """A clock that goes only when told to."""
    return Clock()


def away_after(told: list[int], number: int) -> Callable[[int], None]:
    """A broker that takes so many and then no more."""

    def publish(work_id: int) -> None:
        if len(told) >= number:
            raise BrokerAway("ConnectionRefusedError")
        told.append(work_id)

    return publish


def test_each_piece_is_told_once_and_again_when_nobody_came(sessions: Sessions, clock: Clock) -> None:
    """Also by several dispatchers; what is done or in hand is not told."""
    told: list[int] = []
    ids = put(sessions, 1, 2, 3, now=clock())
    trust = LEASE / 2
    first, second = (Dispatcher(sessions, told.append, clock=clock, trust=trust) for _ in range(2))
    assert (first.dispatch(), second.dispatch(), first.dispatch()) == (3, 0, 0)
    assert told == ids
    assert worker_with(sessions, nothing, clock).work_on(ids[0])
    taken(sessions, clock)
    clock.advance(seconds=trust.total_seconds())
    assert (second.dispatch(), first.dispatch()) == (1, 0)
    assert told[3:] == ids[2:]


def test_what_waits_for_its_time_is_told_then(sessions: Sessions, clock: Clock) -> None:
    """A pause after a vain try is kept with a broker too."""
    told: list[int] = []
    (work_id,) = put(sessions, 1, now=clock() + timedelta(hours=1))
    dispatcher = Dispatcher(sessions, told.append, clock=clock)
    assert dispatcher.dispatch() == 0
    clock.advance(hours=1)
    assert dispatcher.dispatch() == 1
    assert told == [work_id]


def test_the_work_of_a_silent_worker_is_told_again(sessions: Sessions, clock: Clock) -> None:
    """Its lease has run out, though the broker thinks it was brought."""
    told: list[int] = []
    put(sessions, 1, now=clock())
    dispatcher = Dispatcher(sessions, told.append, clock=clock)
    dispatcher.dispatch()
    taken(sessions, clock)
    clock.advance(seconds=LEASE.total_seconds())
    assert dispatcher.dispatch() == 1
    assert len(told) == 2


def test_the_broker_never_has_much_at_once(sessions: Sessions, clock: Clock) -> None:
    """So that being told again costs little, however much waits."""
    told: list[int] = []
    put(sessions, *range(AT_MOST + 5), now=clock())
    dispatcher = Dispatcher(sessions, told.append, clock=clock)
    assert (dispatcher.dispatch(), dispatcher.dispatch()) == (AT_MOST, 0)
    assert worker_with(sessions, nothing, clock).work_on(told[0])
    assert dispatcher.dispatch() == 1


def test_work_waits_while_the_broker_is_away(sessions: Sessions, clock: Clock) -> None:
    """It is seen as waiting, and told as soon as the broker takes it, without waiting for any trust to run out."""
    told: list[int] = []
    ids = put(sessions, 1, 2, 3, now=clock())
    with pytest.raises(BrokerAway, match="VOLTPASS_BROKER_URL"):
        Dispatcher(sessions, away_after(told, 1), clock=clock).dispatch()
    assert told == ids[:1]
    assert counts(sessions, clock()).waiting == 3
    assert Dispatcher(sessions, told.append, clock=clock).dispatch() == 2
    assert told == ids


def test_an_absence_of_the_broker_is_said_once(
    sessions: Sessions, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every second, and once more when it is back."""
    monkeypatch.setattr("issuer.work.dispatch._AWAY_S", (0.001, 0.001))
    put(sessions, 1, now=clock())
    stop, tries = threading.Event(), []

    def publish(work_id: int) -> None:
        tries.append(work_id)
        if len(tries) < 4:
            raise BrokerAway("ConnectionRefusedError")
        clock.advance(seconds=TRUST.total_seconds())
        if len(tries) == 6:
            stop.set()

    keep_dispatching(Dispatcher(sessions, publish, clock=clock), stop, idle=0)
    assert len(tries) == 6
    assert [record.getMessage().split()[-2:] for record in caplog.records] == [["is", "back."], ["work", "again."]]


@pytest.mark.slow
def test_a_message_holds_the_number_and_nothing_else(rabbit: RabbitServer) -> None:
    """Whoever reads the broker learns nothing about anybody; and the message outlives a restart of the broker."""
    with publisher_at(rabbit.url) as publish, Connection(rabbit.url) as connection:
        publish(4711)
        queue = connection.SimpleQueue(QUEUE)
        message = queue.get(timeout=10)
        message.ack()
        queue.close()
    assert json.loads(message.body) == [[4711], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    assert message.headers["task"] == "voltpass.work"
    assert message.properties["delivery_mode"] == 2


@pytest.mark.slow
def test_a_broker_that_cannot_be_reached_is_said_without_its_address() -> None:
    """The address holds a password, and this sentence ends up in logs."""
    with publisher_at("amqp://office:a-test-password@127.0.0.1:1//") as publish:
        for _ in range(2):
            with pytest.raises(BrokerAway) as refused:
                publish(1)
    assert "a-test-password" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_broker_that_hangs_is_not_waited_for(rabbit: RabbitServer) -> None:
    """It takes connections and says nothing: that is as good as away, and over when it speaks again."""
    assert rabbit.process is not None
    with publisher_at(rabbit.url) as publish:
        publish(1)
        rabbit.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(BrokerAway):
                publish(2)
        finally:
            rabbit.process.send_signal(signal.SIGCONT)
        publish(3)


@pytest.mark.slow
def test_a_broker_that_was_started_again_is_not_away(rabbit: RabbitServer) -> None:
    """The old connection is dead, and nobody need notice."""
    with publisher_at(rabbit.url) as publish:
        publish(1)
        rabbit.kill()
        rabbit.start()
        publish(2)
