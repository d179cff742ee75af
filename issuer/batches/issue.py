"""Issue the rows of a released batch: award, mark and announcement are kept together or not at all.

A worker may be killed at any moment and a chunk may be handed out twice, even to two workers at once: a row is awarded
in the transaction that marks it, and only while it still waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.awards.award import file_awards
from issuer.awards.errors import NoFreeIndex, StaleDraft
from issuer.awards.files import RowState
from issuer.awards.issue import prepare_lists
from issuer.awards.prepare import Draft, Prepared, RowProblem, prepare_awards
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.run import AwardRun
from issuer.batches.errors import AchievementChanged, BatchError
from issuer.batches.intake import drop_file, subject_of
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.states import RELEASED, BatchState, DecisionAct, RowFate
from issuer.batches.stored import request_of
from issuer.catalogue.records import ProviderRecord
from issuer.database import Sessions, reading, transaction
from issuer.delivery.outbox import News, announce_awards
from issuer.desk import Desk
from issuer.learners.errors import LearnerError
from issuer.signing.errors import NoSigningKey
from issuer.work.handlers import TryLater
from issuer.work.outbox import Payload

GROUP: Final = 10
"""Rows in one transaction: the database is held for a moment, and the disk is waited for once instead of ten times."""

_TRIES: Final = 8
_Prepared = Prepared | BatchError

Announce = Callable[[Session, Sequence[IssuedCredentialRecord], datetime], None]
"""Tells of new badges, in the transaction that files them; the learners are told in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """What issuing needs at hand."""

    sessions: Sessions
    desk: Desk
    clock: Callable[[], datetime]
    also_tell: Sequence[Announce] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """The part of a batch that one piece of work is about, and what the decision said."""

    batch_id: int
    first: int
    last: int
    provider: ProviderRecord
    approver: str | None
    versions: Mapping[str, str]


def issue_chunk(parts: Issuing, payload: Payload) -> None:
    """Issue the rows of a chunk that still wait; does nothing when none does.

    A row that cannot be issued is marked with why and leaves the others alone. Raises TryLater when the provider has
    no key in use or others keep filing the same awards.
    """
    batch_id, first, last = (int(payload[name]) for name in ("batch", "first", "last"))
    chunk = _begin(parts, batch_id, first, last)
    if chunk is None:
        return
    run = AwardRun(parts.desk)
    try:
        prepare_lists(parts.sessions, parts.desk, chunk.provider.slug, now=parts.clock())
        for group in _groups(_waiting(parts, chunk)):
            _issue_group(parts, chunk, run, group)
    except NoSigningKey as exc:
        raise TryLater(exc.code) from exc
    finish_if_done(parts, batch_id)


def finish_if_done(parts: Issuing, batch_id: int) -> None:
    """Close a released batch when no row waits any more, and drop its file."""
    now = parts.clock()
    with transaction(parts.sessions) as session:
        batch = session.get(BatchRecord, batch_id, with_for_update=True, populate_existing=True)
        if batch is None or batch.state not in RELEASED:
            return
        fates = count_fates(session, batch_id)
        if fates[RowFate.WAITING]:
            return
        batch.state, batch.finished_at = BatchState.FINISHED, now
        batch.revision += 1
        drop_file(batch)
        facts: dict[str, str | int] = {"digest": batch.digest or ""}
        facts |= {fate.value: fates[fate] for fate in (RowFate.ISSUED, RowFate.ALREADY, RowFate.FAILED)}
        record_act(
            session,
            _decider(batch),
            AuditAct.CREDENTIALS_ISSUED,
            provider=batch.provider,
            subject=subject_of(batch),
            facts=facts,
            now=now,
        )


def count_fates(session: Session, batch_id: int) -> Counter[RowFate]:
    """How many rows of a batch have come how far."""
    found = session.execute(
        select(BatchRowRecord.fate, func.count())
        .where(BatchRowRecord.batch_id == batch_id)
        .group_by(BatchRowRecord.fate)
    )
    return Counter({RowFate(fate): count for fate, count in found})


def _begin(parts: Issuing, batch_id: int, first: int, last: int) -> _Chunk | None:
    with transaction(parts.sessions) as session:
        batch = session.get(BatchRecord, batch_id, with_for_update=True, populate_existing=True)
        if batch is None or batch.state not in RELEASED:
            return None
        batch.state = BatchState.ISSUING
        approval = next((each for each in batch.decisions[::-1] if each.act == DecisionAct.APPROVED), None)
        return _Chunk(
            batch_id=batch_id,
            first=first,
            last=last,
            provider=batch.provider,
            approver=approval.by_name if approval else None,
            versions=dict(batch.versions),
        )


def _waiting(parts: Issuing, chunk: _Chunk) -> list[int]:
    with reading(parts.sessions) as session:
        rows = session.scalars(
            select(BatchRowRecord.id)
            .where(
                BatchRowRecord.batch_id == chunk.batch_id,
                BatchRowRecord.id.between(chunk.first, chunk.last),
                BatchRowRecord.fate == RowFate.WAITING.value,
            )
            .order_by(BatchRowRecord.id)
        )
        return list(rows)


def _groups(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), GROUP):
        yield ids[start : start + GROUP]


def _issue_group(parts: Issuing, chunk: _Chunk, run: AwardRun, ids: Sequence[int]) -> None:
    """Issue these rows together; those that somebody else disturbed are tried again, each alone."""
    for row_id in _try_rows(parts, chunk, run, ids):
        for _ in range(_TRIES):
            if not _try_rows(parts, chunk, run, [row_id]):
                break
        else:
            raise TryLater(StaleDraft.code)


def _try_rows(parts: Issuing, chunk: _Chunk, run: AwardRun, ids: Sequence[int]) -> Sequence[int]:
    """Seal and check outside, file all in one short transaction; gives the rows that have to be prepared again."""
    now = parts.clock()
    with reading(parts.sessions) as session:
        prepared = _prepare(session, parts, chunk, run, ids, now=now)
    stale = [row_id for row_id, each in prepared.items() if isinstance(each, StaleDraft | NoFreeIndex)]
    if any(isinstance(prepared[row_id], NoFreeIndex) for row_id in stale):
        prepare_lists(parts.sessions, parts.desk, chunk.provider.slug, now=now)
    good = [row_id for row_id in prepared if row_id not in stale]
    try:
        with transaction(parts.sessions) as session:
            # in the order of their numbers, so that two workers on the same rows cannot wait for each other
            rows = session.scalars(_still_waiting(good).with_for_update()).all()
            _settle(session, parts, chunk, [(row, prepared[row.id]) for row in rows], now=now)
    except (IntegrityError, StaleDraft, LearnerError):
        # nothing of it was kept; which row it was shows when each is tried alone
        return list(prepared)
    return stale


def _prepare(
    session: Session, parts: Issuing, chunk: _Chunk, run: AwardRun, ids: Sequence[int], *, now: datetime
) -> dict[int, _Prepared]:
    """By the number of the row: the draft, the record of an award that was made before, or why there is neither."""
    rows = session.scalars(_still_waiting(ids)).all()
    made = prepare_awards(session, [request_of(row) for row in rows], parts.desk, run, now=now)
    prepared: dict[int, _Prepared] = {}
    for row, each in zip(rows, made, strict=True):
        prepared[row.id] = each
        if isinstance(each, Draft):
            version = each.credential.credential_subject.achievement.version
            if version != chunk.versions.get(row.achievement_code):
                prepared[row.id] = AchievementChanged(row.achievement_code)
    return prepared


def _settle(
    session: Session,
    parts: Issuing,
    chunk: _Chunk,
    rows: Sequence[tuple[BatchRowRecord, _Prepared]],
    *,
    now: datetime,
) -> None:
    """File what can be filed, tell of what is new, and mark every row with what became of it."""
    drafts = [(row, each) for row, each in rows if isinstance(each, Draft)]
    records = file_awards(session, [each for _, each in drafts], now=now)
    news = []
    for (row, draft), record in zip(drafts, records, strict=True):
        is_new = record.credential_id == draft.numbers.credential_id
        if is_new:
            record.approver = chunk.approver
            news.append(News(record, draft.request.email, draft.request.language))
            _log_exception(session, chunk, row, record, now=now)
        _mark(row, RowFate.ISSUED if is_new else RowFate.ALREADY, record.id)
    for row, each in rows:
        if isinstance(each, IssuedCredentialRecord):
            _mark(row, RowFate.ALREADY, each.id)
        elif not isinstance(each, Draft):
            _fail(row, each)
    announce_awards(session, news, now=now, chance=parts.desk.chance)
    for tell in parts.also_tell:
        tell(session, [each.record for each in news], now)


def _fail(row: BatchRowRecord, why: RowProblem | BatchError) -> None:
    row.fate, row.state, row.code = RowFate.FAILED.value, RowState.ERROR.value, why.code
    row.sentence, row.suggestion, row.also = f"Line {row.line}: {why}", "", []


def _mark(row: BatchRowRecord, fate: RowFate, record_id: int) -> None:
    """What the row became; what it was made from is not needed any more."""
    row.fate, row.credential_record_id = fate.value, record_id
    row.request = row.cells = row.corrected_email = None


def _log_exception(
    session: Session, chunk: _Chunk, row: BatchRowRecord, record: IssuedCredentialRecord, *, now: datetime
) -> None:
    """A badge that went ahead without its prerequisite: whose answer it was, and why."""
    if not row.reason:
        return
    record_act(
        session,
        Actor(label=row.answered_by),
        AuditAct.PREREQUISITE_OVERRIDDEN,
        provider=chunk.provider,
        subject=record.credential_id,
        facts={"batch": chunk.batch_id, "achievement": row.achievement_code, "reason": row.reason},
        now=now,
    )


def _decider(batch: BatchRecord) -> Actor:
    last = batch.decisions[-1]
    return Actor(label=last.by, name=last.by_name)


def _still_waiting(ids: Sequence[int]) -> Select[BatchRowRecord]:
    return (
        select(BatchRowRecord)
        .where(BatchRowRecord.id.in_(ids), BatchRowRecord.fate == RowFate.WAITING.value)
        .order_by(BatchRowRecord.id)
    )
