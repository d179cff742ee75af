"""Many awards in one call: each item has its own outcome, and keeps it; the rest of the batch goes on without it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.tokens import open_name
from issuer.api.awarding import Bench, Cells, Refusal, make_award
from issuer.api.records import ApiBatchItemRecord, ApiBatchRecord
from issuer.awards.issue import prepare_lists
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.run import AwardRun
from issuer.database import Sessions, reading, transaction
from issuer.desk import Desk
from issuer.work.outbox import Payload, WorkKind, put_work

AT_ONCE: Final = 50
"""So many are awarded while the program waits; more of them go to work."""
MOST: Final = 5_000
_PIECE: Final = 25
_SAFETY: Final = timedelta(minutes=2)
"""Then somebody looks whether a batch that was to be done at once was left half-done."""

DONE: Final = 200
NEW: Final = 201
REFUSED: Final = 422


class BatchSource(StrEnum):
    """How a batch came; the values are public."""

    BATCH = "batch"
    COMPLETIONS = "completions"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """What a program hands in: awards as award files have them, and the warnings it said yes to."""

    provider_id: int
    source: BatchSource
    items: Sequence[Cells]
    accepted: Collection[str]
    by: str
    reason: str = ""

    @property
    def is_small(self) -> bool:
        """Whether it is done while the program waits."""
        return len(self.items) <= AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchIssuer:
    """Does API_ITEMS work, and small batches at once. The same piece again does only what is not done yet."""

    sessions: Sessions
    desk: Desk
    clock: Callable[[], datetime]

    def __call__(self, payload: Payload) -> None:
        """Award what waits in one piece of a batch."""
        batch_id, first, last = (int(payload[name]) for name in ("batch", "first", "last"))
        with reading(self.sessions) as session:
            batch = session.get_one(ApiBatchRecord, batch_id)
            bench = self._bench(batch, batch.provider.slug)
            waiting = self._waiting(session, batch_id, first, last)
        if waiting:
            prepare_lists(self.sessions, self.desk, bench.provider_slug, now=self.clock())
        for position in waiting:
            self._award(bench, batch_id, position)
        with transaction(self.sessions) as session:
            _finish(session, batch_id, now=self.clock())

    def _bench(self, batch: ApiBatchRecord, slug: str) -> Bench:
        return Bench(
            sessions=self.sessions,
            desk=self.desk,
            provider_slug=slug,
            actor=Actor(label=batch.created_by),
            accepted=frozenset(batch.accepted),
            reason=batch.reason,
            by_completion=batch.source == BatchSource.COMPLETIONS,
            run=AwardRun(self.desk),
        )

    def _waiting(self, session: Session, batch_id: int, first: int, last: int) -> Sequence[int]:
        query = select(ApiBatchItemRecord.position).where(
            ApiBatchItemRecord.batch_id == batch_id,
            ApiBatchItemRecord.position.between(first, last),
            ApiBatchItemRecord.status.is_(None),
        )
        return session.scalars(query.order_by(ApiBatchItemRecord.position)).all()

    def _award(self, bench: Bench, batch_id: int, position: int) -> None:
        with reading(self.sessions) as session:
            cells = session.get_one(ApiBatchItemRecord, (batch_id, position)).cells
        if cells is None:
            return  # another worker was quicker

        def note(session: Session, record: IssuedCredentialRecord, is_new: bool) -> None:
            item = _open_item(session, batch_id, position)
            if item is not None:
                item.status, item.credential_id, item.cells = NEW if is_new else DONE, record.credential_id, None

        refusal = make_award(bench, cells, note, now=self.clock())
        if refusal is not None:
            with transaction(self.sessions) as session:
                _note_refusal(_open_item(session, batch_id, position), refusal)


def open_batch(session: Session, new: NewBatch, desk: Desk, *, now: datetime) -> ApiBatchRecord:
    """Put a batch on file with the work that does it; the caller commits.

    The work for a small one comes later, in case whoever does it at once should die over it.
    """
    batch = ApiBatchRecord(
        name=open_name(desk.chance),
        provider_id=new.provider_id,
        source=new.source.value,
        accepted=sorted(new.accepted),
        reason=new.reason,
        total=len(new.items),
        created_at=now,
        created_by=new.by,
    )
    session.add(batch)
    session.flush()
    session.add_all(
        ApiBatchItemRecord(batch_id=batch.id, position=position, cells=dict(cells))
        for position, cells in enumerate(new.items)
    )
    session.flush()
    run_at = now + _SAFETY if new.is_small else now
    step = AT_ONCE if new.is_small else _PIECE
    for first in range(0, len(new.items), step):
        put_work(session, WorkKind.API_ITEMS, _piece(batch, first, step), now=now, run_at=run_at)
    return batch


def find_batch(session: Session, provider_id: int, name: str) -> ApiBatchRecord | None:
    """One of the provider's own."""
    query = select(ApiBatchRecord).where(ApiBatchRecord.provider_id == provider_id, ApiBatchRecord.name == name)
    return session.scalar(query)


def items_of(session: Session, batch_id: int, *, after: int, limit: int) -> Sequence[ApiBatchItemRecord]:
    """The items behind position ``after`` (-1: from the first), in the order in which they came."""
    query = select(ApiBatchItemRecord).where(
        ApiBatchItemRecord.batch_id == batch_id, ApiBatchItemRecord.position > after
    )
    return session.scalars(query.order_by(ApiBatchItemRecord.position).limit(limit)).all()


def counts_of(session: Session, batch_id: int) -> dict[int | None, int]:
    """How many items have which status; None for those that wait."""
    query = select(ApiBatchItemRecord.status, func.count()).where(ApiBatchItemRecord.batch_id == batch_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(ApiBatchItemRecord.status))}


def _piece(batch: ApiBatchRecord, first: int, step: int) -> Payload:
    return {"batch": batch.id, "first": first, "last": first + step - 1}


def _open_item(session: Session, batch_id: int, position: int) -> ApiBatchItemRecord | None:
    """The item, locked, unless it is done."""
    item = session.get_one(ApiBatchItemRecord, (batch_id, position), with_for_update=True, populate_existing=True)
    return item if item.status is None else None


def _note_refusal(item: ApiBatchItemRecord | None, refusal: Refusal) -> None:
    if item is None:
        return
    item.status, item.code = REFUSED if refusal.is_earned else DONE, refusal.code
    item.suggestion, item.asks = refusal.suggestion, " ".join(refusal.asks) or None
    item.cells = None


def _finish(session: Session, batch_id: int, *, now: datetime) -> None:
    batch = session.get_one(ApiBatchRecord, batch_id, with_for_update=True)
    waiting = (
        select(func.count())
        .select_from(ApiBatchItemRecord)
        .where(ApiBatchItemRecord.batch_id == batch_id, ApiBatchItemRecord.status.is_(None))
    )
    if batch.finished_at is None and not session.scalar(waiting):
        batch.finished_at = now
