"""Work: written down with what makes it necessary, taken by one worker at a time, tried again, and never lost."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.chance import Chance
from issuer.database import DatabaseFailed, Sessions, open_sessions, reading, transaction
from issuer.migrations.run import migrate
from issuer.work.handlers import Handler, TryLater
from issuer.work.leases import LEASE, Lease, fail, finish, is_due, postpone, put_back, take
from issuer.work.outbox import Payload, WorkKind, put_work
from issuer.work.pauses import FAILURES_ENOUGH, LONGEST, LOSSES_ENOUGH, SHORTEST, pause_after
from issuer.work.records import WorkRecord
from issuer.work.standing import KEPT, NothingToTryAgain, forget_done, list_troubles, try_again
from issuer.work.vital_signs import is_certainly_dead, name_of_this_process
from tests.office import Clock, migrated_database
from tests.real_parts import PostgresServer
from tests.work import KIND, counts, done, effects, make_effect, put, the_only, worker_with

SOMEBODY = "another-machine/1/1"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def sessions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    """An empty database of the newest shape, of both kinds."""
    if request.param == "sqlite":
        yield migrated_database(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    opened = open_sessions(server.new_database().replace("postgresql:", "postgresql+psycopg:"))
    migrate(opened.writing_engine)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock that goes only when told to."""
    return Clock()


def nothing(payload: Payload) -> None:
    """Do nothing, well."""


def taken(sessions: Sessions, clock: Clock, worker: str = SOMEBODY) -> Lease:
    with transaction(sessions) as session:
        held = take(session, worker, now=clock())
    assert held is not None
    return held


def always(exc: BaseException) -> Handler:
    def handler(payload: Payload) -> None:
        raise exc

    return handler


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
    """The work is done; doing it again would help nobody."""
    put(sessions, 1, now=clock())
    late = taken(sessions, clock)
    clock.advance(hours=1)
    with transaction(sessions) as session:
        assert finish(session, late, now=clock())
    assert done(sessions) == 1


def test_long_work_keeps_its_lease(sessions: Sessions) -> None:
    """It is extended beside the work, for as long as that lasts, so that nobody begins it a second time."""

    def now() -> datetime:
        return datetime.now(UTC)

    put(sessions, 1, now=now())
    lease = timedelta(seconds=1)
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


# Trying again


@pytest.mark.parametrize(
    ("away", "reason"),
    [
        pytest.param(TryLater("mail_server_away"), "mail_server_away", id="the handler says so"),
        pytest.param(DatabaseFailed("gone"), "database_failed", id="the database is away"),
    ],
)
def test_a_world_that_is_away_is_waited_for_with_growing_pauses(
    sessions: Sessions, clock: Clock, away: Exception, reason: str
) -> None:
    """For days, never given up, seen as waiting; and done when the world is back."""
    put(sessions, 1, now=clock())
    worker, pauses = worker_with(sessions, always(away), clock), []
    began = clock()
    while clock() < began + timedelta(days=9):
        assert worker.work_next()
        record = the_only(sessions)
        pauses.append(record.run_at - clock())
        assert (record.last_problem, record.given_up_at, record.failures) == (reason, None, 0)
        assert not worker.work_next()
        clock.now = record.run_at
    for number, pause in enumerate(pauses):
        least = min(SHORTEST * 2 ** min(number, 20), LONGEST)
        assert least <= pause <= least * 1.25
    counted = counts(sessions, clock())
    assert (counted.waiting, counted.held_up, counted.given_up) == (1, 1, 0)
    with reading(sessions) as session:
        (trouble,) = list_troubles(session)
    assert (trouble.problem, trouble.tries, trouble.since) == (reason, len(pauses), began)
    assert worker_with(sessions, nothing, clock).work_next()
    assert the_only(sessions).last_problem is None


def test_the_other_side_may_say_when(sessions: Sessions, clock: Clock) -> None:
    """Within reason: nobody is asked again at once, or next year."""
    for asked, least in (
        (timedelta(minutes=7), timedelta(minutes=7)),
        (timedelta(0), SHORTEST),
        (timedelta(days=400), LONGEST),
    ):
        put(sessions, 1, now=clock())
        worker_with(sessions, always(TryLater("busy", asked)), clock).work_next()
        with reading(sessions) as session:
            pause = session.scalars(select(WorkRecord).order_by(WorkRecord.id.desc())).first()
        assert pause is not None
        assert least <= pause.run_at - clock() <= least * 1.25


def test_pauses_differ_by_chance() -> None:
    """So that thousands of mails do not all come back in the same second."""
    assert len({pause_after(5, Chance()) for _ in range(30)}) > 5
    assert pause_after(1, Chance(lambda width: 0)) == SHORTEST


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(ValueError("asa@mail.example is wrong"), id="a mistake"),
        pytest.param(SystemExit(3), id="somebody ends the program"),
        pytest.param(type("Fatal", (BaseException,), {})("asa@mail.example"), id="an error that is no Exception"),
    ],
)
def test_a_mistake_is_tried_a_few_times_then_given_up_and_seen(
    sessions: Sessions, clock: Clock, caplog: pytest.LogCaptureFixture, mistake: BaseException
) -> None:
    """The log tells where it happened, and nothing of what it was about."""
    put(sessions, 4711, now=clock())
    worker = worker_with(sessions, always(mistake), clock)
    with caplog.at_level(logging.DEBUG):
        for _ in range(FAILURES_ENOUGH):
            assert worker.work_next()
            assert not worker.work_next()
            clock.advance(days=1)
    assert not worker.work_next()
    record = the_only(sessions)
    assert (record.failures, record.last_problem) == (FAILURES_ENOUGH, type(mistake).__name__)
    assert counts(sessions, clock()).given_up == 1
    with reading(sessions) as session:
        (trouble,) = list_troubles(session)
    assert trouble.next_try_at is None
    assert trouble.payload == {"number": 4711}
    assert "test_work.py" in caplog.text
    assert "asa@" not in caplog.text
    assert "4711" not in caplog.text


def test_the_cause_of_a_mistake_is_told_without_its_words(
    sessions: Sessions, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """An error behind an error is where to look, and where names hide too."""

    def chained(payload: Payload) -> None:
        try:
            int("Åsa Öberg")
        except ValueError as exc:
            raise RuntimeError("Åsa") from exc

    put(sessions, 1, now=clock())
    worker_with(sessions, chained, clock).work_next()
    assert "ValueError" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Åsa" not in caplog.text


def test_one_mistake_does_not_end_the_worker(sessions: Sessions, clock: Clock) -> None:
    """The next piece is done as if nothing had been."""

    def picky(payload: Payload) -> None:
        if payload["number"] == 1:
            raise KeyError

    put(sessions, 1, 2, now=clock())
    worker = worker_with(sessions, picky, clock)
    assert (worker.work_next(), worker.work_next(), worker.work_next()) == (True, True, False)
    assert done(sessions) == 1


def test_work_of_a_kind_nobody_here_knows_waits(sessions: Sessions, clock: Clock) -> None:
    """A newer program wrote it down; a newer worker will do it."""
    put(sessions, 1, now=clock())
    with transaction(sessions) as session:
        put_work(session, WorkKind.SEND_MAIL, {}, now=clock())
        session.scalars(select(WorkRecord).where(WorkRecord.kind == KIND)).one().kind = "of_tomorrow"
    worker = worker_with(sessions, nothing, clock)
    assert (worker.work_next(), worker.work_next(), worker.work_next()) == (True, True, False)
    with reading(sessions) as session:
        assert [trouble.problem for trouble in list_troubles(session)] == ["no_handler"] * 2


@pytest.mark.parametrize("reason", ["", "Mail server", "mail@server", "x" * 65])
def test_a_reason_is_a_code(reason: str) -> None:
    """It is shown, counted and logged, so it says nothing about anybody."""
    with pytest.raises(ValueError, match="code"):
        TryLater(reason)


# Looking after it


def test_somebody_may_have_it_tried_again(sessions: Sessions, clock: Clock) -> None:
    """At once and with fresh patience: what was given up, and what waits; not what is done."""
    put(sessions, 1, now=clock())
    worker = worker_with(sessions, always(KeyError()), clock)
    while worker.work_next():
        clock.advance(days=1)
    work_id = the_only(sessions).id
    with transaction(sessions) as session:
        try_again(session, work_id, now=clock())
    assert worker.work_next()
    assert the_only(sessions).failures == 1
    with transaction(sessions) as session:
        try_again(session, work_id, now=clock())
    held = taken(sessions, clock)
    with transaction(sessions) as session:
        try_again(session, work_id, now=clock())
        assert finish(session, held, now=clock())
    for missing in (work_id, work_id + 1):
        with transaction(sessions) as session, pytest.raises(NothingToTryAgain):
            try_again(session, missing, now=clock())


def test_what_is_due_says_since_when(sessions: Sessions, clock: Clock) -> None:
    """A queue that nobody works off is seen by its age."""
    assert counts(sessions, clock()).due_since is None
    put(sessions, 1, now=clock())
    began = clock()
    clock.advance(hours=1)
    put(sessions, 2, now=clock())
    with transaction(sessions) as session:
        put_work(session, KIND, {}, now=clock(), run_at=clock() + timedelta(days=1))
        assert session.scalar(select(func.count()).where(is_due(clock()))) == 2
    counted = counts(sessions, clock())
    assert (counted.waiting, counted.held_up, counted.due_since) == (3, 0, began)


def test_only_old_work_that_is_done_is_forgotten(sessions: Sessions, clock: Clock) -> None:
    """What waits or was given up stays, however old it is."""
    put(sessions, 1, now=clock())
    worker_with(sessions, nothing, clock).work_next()
    put(sessions, 2, now=clock())
    given_up = worker_with(sessions, always(KeyError()), clock)
    while given_up.work_next():
        clock.advance(days=1)
    put(sessions, 3, now=clock())
    clock.now += KEPT
    put(sessions, 4, now=clock())
    worker_with(sessions, nothing, clock).work_on(the_newest(sessions))
    with transaction(sessions) as session:
        assert forget_done(session, now=clock()) == 1
        assert forget_done(session, now=clock()) == 0
    assert done(sessions) == 1
    assert (counts(sessions, clock()).waiting, counts(sessions, clock()).given_up) == (1, 1)


def the_newest(sessions: Sessions) -> int:
    with reading(sessions) as session:
        return session.scalar(select(func.max(WorkRecord.id))) or 0
