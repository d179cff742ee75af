"""Work that does not succeed: waited for, tried again, given up and seen; and how the work stands."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from issuer.chance import Chance
from issuer.database import DatabaseFailed, Sessions, reading, transaction
from issuer.work.handlers import TryLater
from issuer.work.leases import finish, is_due
from issuer.work.outbox import Payload, WorkKind, put_work
from issuer.work.pauses import FAILURES_ENOUGH, LONGEST, SHORTEST, pause_after
from issuer.work.records import WorkRecord
from issuer.work.standing import KEPT, NothingToTryAgain, forget_done, list_troubles, try_again
from tests.office import Clock
from tests.work import KIND, always, counts, done, nothing, put, taken, the_only, worker_with


@pytest.fixture
def sessions(sessions_of_both: Sessions) -> Sessions:
    """An empty database, of both kinds."""
    return sessions_of_both


@pytest.fixture
def clock() -> Clock:
    """A clock that goes only when told to."""
    return Clock()


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
    assert "work.py" in caplog.text
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
