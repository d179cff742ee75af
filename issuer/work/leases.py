"""Leases: who has which work in hand until when, and what became of it. Every function is one step of a transaction.

A worker that lost its lease changes nothing any more: each step asks for the number of the attempt it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, and_, exists, select, update
from sqlalchemy.orm import Session

from issuer.chance import Chance
from issuer.work.outbox import Payload, payload_of
from issuer.work.pauses import FAILURES_ENOUGH, LOSSES_ENOUGH, pause_after
from issuer.work.records import WorkRecord

LEASE: Final = timedelta(seconds=30)
WORKER_LOST: Final = "worker_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Work in hand. ``attempt`` is the fence: somebody who takes it later has a higher one."""

    work_id: int
    attempt: int
    kind: str
    payload: Payload
    waits: int
    failures: int


def is_open() -> ColumnElement[bool]:
    """Neither done nor given up."""
    return and_(WorkRecord.done_at.is_(None), WorkRecord.given_up_at.is_(None))


def is_due(now: datetime) -> ColumnElement[bool]:
    """May be taken now: open, its time has come, and in nobody's hand."""
    return and_(is_open(), WorkRecord.run_at <= now, WorkRecord.leased_until.is_(None))


def anything_to_do(session: Session, *, now: datetime) -> bool:
    """Whether a worker would find something: a look that locks nothing."""
    return session.scalar(select(exists().where(is_due(now)))) or False


def take(
    session: Session, worker: str, *, now: datetime, work_id: int | None = None, lease: timedelta = LEASE
) -> Lease | None:
    """Take what is due for longest, or this one piece; None when there is nothing, or others have it."""
    query = select(WorkRecord).where(is_due(now)).order_by(WorkRecord.run_at, WorkRecord.id).limit(1)
    if work_id is not None:
        query = query.where(WorkRecord.id == work_id)
    record = session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
    if record is None:
        return None
    record.attempts += 1
    record.leased_by, record.leased_until = worker, now + lease
    record.dispatched_until = None
    return Lease(
        work_id=record.id,
        attempt=record.attempts,
        kind=record.kind,
        payload=payload_of(record.payload),
        waits=record.waits,
        failures=record.failures,
    )


def extend(session: Session, held: Lease, *, now: datetime, lease: timedelta = LEASE) -> bool:
    """Keep it in hand for another while; False when it is not ours any more."""
    return _change(session, held, {"leased_until": now + lease})


def finish(session: Session, held: Lease, *, now: datetime) -> bool:
    """It is done; False when it is not ours any more."""
    return _put_down(session, held, {"done_at": now, "last_problem": None})


def postpone(session: Session, held: Lease, reason: str, *, now: datetime, pause: timedelta) -> bool:
    """The world is away: wait. False when it is not ours any more."""
    return _put_down(session, held, {"run_at": now + pause, "waits": held.waits + 1, "last_problem": reason})


def fail(session: Session, held: Lease, problem: str, *, now: datetime, chance: Chance) -> bool:
    """A mistake of the program: try a few times more, then give up and be seen. False when it is not ours any more."""
    failures = held.failures + 1
    changes: dict[str, object] = {"failures": failures, "last_problem": problem[:64]}
    if failures >= FAILURES_ENOUGH:
        changes["given_up_at"] = now
    else:
        changes["run_at"] = now + pause_after(failures, chance)
    return _put_down(session, held, changes)


def put_back(session: Session, held: Lease, *, now: datetime) -> bool:
    """Leave it to others at once, because this worker ends. False when it is not ours any more."""
    return _put_down(session, held, {"run_at": now})


def find_lost(session: Session, *, now: datetime, is_dead: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Work in the hand of nobody, with its attempt: the lease has run out, or its worker is certainly dead."""
    held = select(WorkRecord.id, WorkRecord.attempts, WorkRecord.leased_until, WorkRecord.leased_by)
    return [
        (work_id, attempt)
        for work_id, attempt, until, worker in session.execute(
            held.where(is_open(), WorkRecord.leased_until.is_not(None))
        )
        if (until is not None and until <= now) or is_dead(worker or "")
    ]


def reclaim(session: Session, lost: Iterable[tuple[int, int]], *, now: datetime) -> int:
    """Put lost work back at the end of the queue, so that work which kills its worker keeps no other waiting.

    Says how many; those that moved on in the meantime are left alone.
    """
    attempts = dict(lost)
    query = select(WorkRecord).where(WorkRecord.id.in_(attempts), is_open(), WorkRecord.leased_until.is_not(None))
    found = [
        each for each in session.scalars(query.with_for_update(skip_locked=True)) if each.attempts == attempts[each.id]
    ]
    for record in found:
        record.leased_by = record.leased_until = record.dispatched_until = None
        record.run_at, record.losses, record.last_problem = now, record.losses + 1, WORKER_LOST
        if record.losses >= LOSSES_ENOUGH:
            record.given_up_at = now
    return len(found)


def _put_down(session: Session, held: Lease, changes: Mapping[str, object]) -> bool:
    return _change(session, held, {"leased_by": None, "leased_until": None, "dispatched_until": None, **changes})


def _change(session: Session, held: Lease, changes: Mapping[str, object]) -> bool:
    """Whoever takes it makes another attempt of it; as long as nobody did, what this worker knows is what is known."""
    ours = and_(WorkRecord.id == held.work_id, WorkRecord.attempts == held.attempt, is_open())
    changed: CursorResult[Any] = session.execute(update(WorkRecord).where(ours).values(**changes))  # type: ignore[assignment]
    return changed.rowcount == 1
