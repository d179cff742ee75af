"""How the work stands: what waits, what is stuck and why, and what old work may be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from issuer.errors import IssuerError
from issuer.work.leases import is_open
from issuer.work.outbox import Payload, payload_of
from issuer.work.records import WorkRecord

KEPT: Final = timedelta(days=14)
NEGLECTED: Final = timedelta(minutes=10)
"""When due work has waited so long, no worker is there, or far too few are. A world that is away moves work instead."""
_AT_ONCE: Final = 1000


class NothingToTryAgain(IssuerError):
    """There is no work with this number that is open or was given up."""

    code: ClassVar[str] = "nothing_to_try_again"

    def __init__(self, work_id: int) -> None:
        super().__init__(f"Work {work_id} is done or not on record: there is nothing to try again. Load the list anew.")
        self.work_id = work_id


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCounts:
    """How many pieces of work are in which state; each is counted once, ``held_up`` being a part of ``waiting``."""

    waiting: int
    """In nobody's hand: due, or waiting for their time."""
    held_up: int
    """Of those: tried in vain before."""
    running: int
    given_up: int
    due_since: datetime | None
    """The oldest moment at which waiting work could have been taken; None when nothing is due."""

    def is_neglected(self, now: datetime) -> bool:
        """Whether work that could have been taken has waited longer than NEGLECTED."""
        return self.due_since is not None and now - self.due_since > NEGLECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Work that somebody may want to know of. ``payload`` leads to what it is about; ``problem`` is a stable code."""

    work_id: int
    kind: str
    payload: Payload
    problem: str
    since: datetime
    tries: int
    next_try_at: datetime | None
    """None when it was given up: nothing happens until somebody says so."""


def work_counts(session: Session, *, now: datetime) -> WorkCounts:
    """Count what is not done."""

    def count(*which: ColumnElement[bool]) -> Any:
        return func.count().filter(and_(*which))

    free, tried = WorkRecord.leased_until.is_(None), _was_tried()
    given_up = WorkRecord.given_up_at.is_not(None)
    row = session.execute(
        select(
            count(~given_up, free),
            count(~given_up, free, tried),
            count(~given_up, ~free),
            count(given_up),
            func.min(WorkRecord.run_at).filter(and_(~given_up, free, WorkRecord.run_at <= now)),
        ).where(WorkRecord.done_at.is_(None))
    ).one()
    return WorkCounts(waiting=row[0], held_up=row[1], running=row[2], given_up=row[3], due_since=row[4])


def workers_in_hand() -> Select[str]:
    """The names of the workers that have something in hand; one that died over it may still be among them."""
    query = select(WorkRecord.leased_by).where(WorkRecord.leased_by.is_not(None), WorkRecord.leased_until.is_not(None))
    return cast(Select[str], query.distinct())


def list_troubles(session: Session, *, limit: int = 100) -> list[Trouble]:
    """What was given up, and what was tried in vain and waits; given up first, then the oldest first."""
    query = (
        select(WorkRecord)
        .where(WorkRecord.done_at.is_(None), or_(WorkRecord.given_up_at.is_not(None), _was_tried()))
        .order_by(WorkRecord.given_up_at.is_(None), WorkRecord.created_at, WorkRecord.id)
        .limit(limit)
    )
    return [
        Trouble(
            work_id=record.id,
            kind=record.kind,
            payload=payload_of(record.payload),
            problem=record.last_problem or "",
            since=record.created_at,
            tries=record.attempts,
            next_try_at=None if record.given_up_at is not None else record.run_at,
        )
        for record in session.scalars(query)
    ]


def try_again(session: Session, work_id: int, *, now: datetime) -> None:
    """Try at once what waits or was given up, with the patience of new work; raises NothingToTryAgain.

    Work that a worker has in hand at this moment stays there.
    """
    changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(WorkRecord)
        .where(WorkRecord.id == work_id, WorkRecord.done_at.is_(None), WorkRecord.leased_until.is_(None))
        .values(run_at=now, given_up_at=None, waits=0, failures=0, losses=0, dispatched_until=None)
    )
    if changed.rowcount:
        return
    in_hand = select(WorkRecord.id).where(WorkRecord.id == work_id, is_open())
    if session.scalar(in_hand) is None:
        raise NothingToTryAgain(work_id)


def forget_done(session: Session, *, now: datetime) -> int:
    """Delete a thousand at most of what was done longer than KEPT ago; says how many. Nothing else is ever deleted."""
    old = select(WorkRecord.id).where(WorkRecord.done_at < now - KEPT).order_by(WorkRecord.done_at).limit(_AT_ONCE)
    deleted: CursorResult[Any] = session.execute(delete(WorkRecord).where(WorkRecord.id.in_(old)))  # type: ignore[assignment]
    return deleted.rowcount


def _was_tried() -> ColumnElement[bool]:
    return or_(WorkRecord.waits > 0, WorkRecord.failures > 0, WorkRecord.losses > 0)
