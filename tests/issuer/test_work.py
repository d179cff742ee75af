"""Work: written down with what makes it necessary, taken by one worker at a time, and never lost."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from issuer.chance import Chance
from issuer.database import Sessions, reading, transaction
from issuer.work.leases import LEASE, fail, find_lost, finish, postpone, put_back, reclaim
from issuer.work.outbox import Payload, put_work
from issuer.work.pauses import LOSSES_ENOUGH
from issuer.work.records import WorkRecord
from issuer.work.standing import list_troubles
from issuer.work.vital_signs import is_certainly_dead, name_of_this_process
from tests.office import Clock
from tests.work import KIND, counts, done, effects, make_effect, nothing, put, taken, the_only, worker_with


@pytest.fixture
def sessions(sessions_of_both: Sessions) -> Sessions:
    """An empty database, of both kinds."""
    return sessions_of_both


@pytest.fixture
def clock() -> Clock:
    """A clock that goes only when told to."""
    return Clock()


# Writing it down


def test_work_is_kept_with_its_transaction_or_not_at_all(sessions: Sessions, clock: Clock) -> None:
    """What is rolled back leaves no work behind."""

    def put_and_fail() -> None:
        with transaction(sessions) as session:
            put_work(session, KIND, {"number": 1}, now=clock())
            raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        put_and_fail()
    assert counts(sessions, clock()).waiting == 0
    assert not worker_with(sessions, nothing, clock).work_next()


def test_work_with_a_key_is_on_record_once(sessions: Sessions, clock: Clock) -> None:
    """However many doors put it at the same moment; also when it is done already."""
    together = threading.Barrier(8)

    def put_it(number: int) -> bool:
        together.wait()
        with transaction(sessions) as session:
            return put_work(session, KIND, {"number": number}, now=clock(), key="mail:7") is not None

    with ThreadPoolExecutor(8) as doors:
        assert sorted(doors.map(put_it, range(8))) == [False] * 7 + [True]
    assert worker_with(sessions, nothing, clock).work_next()
    with transaction(sessions) as session:
        assert put_work(session, KIND, {"number": 1}, now=clock(), key="mail:7") is None
        assert put_work(session, KIND, {"number": 1}, now=clock(), key="mail:8") is not None


@pytest.mark.parametrize("text", ["Åsa Öberg", "asa@mail.example", "", "two words", "x" * 129])
def test_work_names_things_and_describes_nobody(sessions: Sessions, clock: Clock, text: str) -> None:
    """A payload holds ids; what looks like a name or an address is refused."""
    with transaction(sessions) as session:
        with pytest.raises(ValueError, match="no id"):
            put_work(session, KIND, {"to": text}, now=clock())
        assert put_work(session, KIND, {"to": "urn:uuid:0f-1"}, now=clock()) is not None


def test_a_key_too_long_is_refused_alike_on_every_database(sessions: Sessions, clock: Clock) -> None:
    """SQLite would keep it, PostgreSQL would fail in the middle of somebody's transaction."""
    with transaction(sessions) as session, pytest.raises(ValueError, match="160"):
        put_work(session, KIND, {}, now=clock(), key="x" * 161)


def test_work_waits_for_its_time(sessions: Sessions, clock: Clock) -> None:
    """A reminder is written down weeks before."""
    with transaction(sessions) as session:
        put_work(session, KIND, {}, now=clock(), run_at=clock() + timedelta(days=14))
    worker = worker_with(sessions, nothing, clock)
    assert not worker.work_next()
    assert not worker.work_on(the_only(sessions).id)
    clock.advance(days=14)
    assert worker.work_next()


# Doing it


def test_work_is_done_in_the_order_it_became_due(sessions: Sessions, clock: Clock) -> None:
    """And once: a worker that finds nothing says so."""
    seen: list[Payload] = []
    put(sessions, 3, 1, 2, now=clock())
    worker = worker_with(sessions, seen.append, clock)
    while worker.work_next():
        clock.advance(seconds=1)
    assert [payload["number"] for payload in seen] == [3, 1, 2]
    assert done(sessions) == 3


def test_the_handler_runs_outside_any_transaction(sessions: Sessions, clock: Clock) -> None:
    """A long mail must not keep others from writing: the handler itself can begin a transaction."""
    put(sessions, 1, now=clock())
    assert worker_with(sessions, lambda payload: make_effect(sessions, int(payload["number"])), clock).work_next()
    assert effects(sessions) == {1}


def test_two_workers_do_everything_once(sessions: Sessions) -> None:
    """With nobody killed, no piece is begun twice."""
    seen: list[int] = []
    put(sessions, *range(60), now=datetime.now(UTC))

    def work_off(number: int) -> None:
        del number
        worker = worker_with(sessions, lambda payload: seen.append(int(payload["number"])), lambda: datetime.now(UTC))
        while worker.work_next() or done(sessions) < 60:
            pass

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work_off, range(2)))
    assert sorted(seen) == list(range(60))


def test_what_a_worker_has_in_hand_is_left_alone(sessions: Sessions, clock: Clock) -> None:
    """By those who look for work, and by one who was told of it by a broker."""
    put(sessions, 1, now=clock())
    held = taken(sessions, clock)
    other = worker_with(sessions, nothing, clock)
    assert not other.work_next()
    assert not other.work_on(held.work_id)
    assert (counts(sessions, clock()).running, counts(sessions, clock()).waiting) == (1, 0)


def test_a_lease_that_ran_out_goes_to_another_and_the_first_changes_nothing_more(
    sessions: Sessions, clock: Clock
) -> None:
    """Fencing: whatever the late worker wants to note, the work is not its own."""
    put(sessions, 1, now=clock())
    late = taken(sessions, clock)
    other = worker_with(sessions, nothing, clock)
    assert not other.work_next()
    clock.advance(seconds=LEASE.total_seconds())
    assert other.work_next()
    before = the_only(sessions)
    assert (before.attempts, before.losses) == (2, 1)
    with transaction(sessions) as session:
        assert not finish(session, late, now=clock())
        assert not postpone(session, late, "away", now=clock(), pause=timedelta(hours=1))
        assert not fail(session, late, "Mistake", now=clock(), chance=Chance())
        assert not put_back(session, late, now=clock())
    after = the_only(sessions)
    assert (after.done_at, after.run_at, after.failures) == (before.done_at, before.run_at, 0)


def test_a_worker_that_lost_its_lease_cannot_end_what_another_has_in_hand(sessions: Sessions, clock: Clock) -> None:
    """The fence is the attempt, not the name: the same worker may have taken it again."""
    put(sessions, 1, now=clock())
    late = taken(sessions, clock)
    clock.advance(seconds=LEASE.total_seconds())
    worker = worker_with(sessions, nothing, clock)
    ended: list[bool] = []

    def second(payload: Payload) -> None:
        with transaction(sessions) as session:
            ended.append(finish(session, late, now=clock()))

    assert worker_with(sessions, second, clock).work_next()
    assert ended == [False]
    assert not worker.work_next()


def test_a_late_worker_may_still_finish_what_nobody_took(sessions: Sessions, clock: Clock) -> None:
    """Also when it was put back already: the work is done, and doing it again would help nobody."""
    put(sessions, 1, 2, now=clock())
    first, second = taken(sessions, clock), taken(sessions, clock)
    clock.advance(hours=1)
    with transaction(sessions) as session:
        assert finish(session, first, now=clock())
        lost = find_lost(session, now=clock(), is_dead=lambda worker: False)
        assert reclaim(session, lost, now=clock()) == 1
        assert finish(session, second, now=clock())
    assert done(sessions) == 2
    assert not worker_with(sessions, nothing, clock).work_next()


def test_what_moved_on_is_not_put_back(sessions: Sessions, clock: Clock) -> None:
    """Two workers find the same loss; the second must not take it from who has it by then."""
    put(sessions, 1, now=clock())
    taken(sessions, clock)
    clock.advance(seconds=LEASE.total_seconds())
    with transaction(sessions) as session:
        lost = find_lost(session, now=clock(), is_dead=lambda worker: False)
        assert reclaim(session, lost, now=clock()) == 1
    with transaction(sessions) as session:
        assert reclaim(session, lost, now=clock()) == 0
    held = taken(sessions, clock)
    with transaction(sessions) as session:
        assert reclaim(session, lost, now=clock()) == 0
        assert finish(session, held, now=clock())


@pytest.mark.slow
def test_long_work_keeps_its_lease(sessions: Sessions) -> None:
    """It is extended beside the work, for as long as that lasts, so that nobody begins it a second time."""

    def now() -> datetime:
        return datetime.now(UTC)

    put(sessions, 1, now=now())
    lease = timedelta(seconds=2)
    others = worker_with(sessions, nothing, now, lease=lease)
    taken_by_others: list[bool] = []

    def long(payload: Payload) -> None:
        until = now() + 3 * lease
        while now() < until:
            taken_by_others.append(others.work_next())

    assert worker_with(sessions, long, now, lease=lease).work_next()
    assert taken_by_others
    assert not any(taken_by_others)
    assert the_only(sessions).losses == 0


def test_the_work_of_a_dead_process_is_taken_over_at_once(sessions: Sessions, clock: Clock) -> None:
    """On the same machine nobody waits for the lease of a worker that is gone."""
    asked = [sys.executable, "-c", "from issuer.work.vital_signs import *; print(name_of_this_process())"]
    dead = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    put(sessions, 1, now=clock())
    taken(sessions, clock, dead)
    assert worker_with(sessions, nothing, clock).work_next()
    assert done(sessions) == 1


def test_only_what_is_certainly_dead_is_called_dead() -> None:
    """A living process, one of another machine and one whose name says nothing keep their leases."""
    here = name_of_this_process()
    machine, number, started = here.split("/")
    assert not is_certainly_dead(here)
    assert not is_certainly_dead(f"elsewhere/{number}/{started}")
    assert not is_certainly_dead("unknown/0123456789abcdef")
    assert not is_certainly_dead("")
    assert is_certainly_dead(f"{machine}/{number}/1")


def test_work_that_kills_its_worker_keeps_no_other_waiting(sessions: Sessions, clock: Clock) -> None:
    """It goes to the end of the queue, and after very many deaths it is given up."""
    put(sessions, 1, 2, now=clock())
    deadly = taken(sessions, clock)
    clock.advance(seconds=LEASE.total_seconds())
    seen: list[int] = []
    assert worker_with(sessions, lambda payload: seen.append(int(payload["number"])), clock).work_next()
    assert seen == [2]
    with transaction(sessions) as session:
        session.get_one(WorkRecord, deadly.work_id).losses = LOSSES_ENOUGH - 1
    taken(sessions, clock)
    clock.advance(seconds=LEASE.total_seconds())
    assert not worker_with(sessions, nothing, clock).work_next()
    with reading(sessions) as session:
        (trouble,) = list_troubles(session)
    assert (trouble.work_id, trouble.problem, trouble.next_try_at) == (deadly.work_id, "worker_lost", None)


def test_a_worker_that_ends_leaves_its_work_to_others(sessions: Sessions, clock: Clock) -> None:
    """At once, without waiting for the lease."""
    put(sessions, 1, now=clock())
    others: list[bool] = []

    def interrupted(payload: Payload) -> None:
        worker.put_back_all()
        others.append(worker_with(sessions, nothing, clock).work_next())

    worker = worker_with(sessions, interrupted, clock)
    assert worker.work_next()
    assert others == [True]
    assert the_only(sessions).attempts == 2
