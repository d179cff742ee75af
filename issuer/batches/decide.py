"""Decide about a batch: send it, take it back, approve it, refuse it. Where a programme asks for it, two people do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.records import MembershipRecord, StaffRecord
from issuer.accounts.roles import TABLE, Permission
from issuer.batches.digest import chosen_rows, digest_of, versions_of
from issuer.batches.errors import (
    AlreadyDecided,
    BatchChanged,
    BatchMovedOn,
    NothingToIssue,
    OwnBatch,
    ReasonMissing,
)
from issuer.batches.intake import check_changeable, note_decision, subject_of
from issuer.batches.records import BatchDecisionRecord, BatchRecord, BatchRowRecord
from issuer.batches.states import BatchState, DecisionAct, RowFate
from issuer.catalogue.find import programme_entry
from issuer.catalogue.records import AchievementRecord, ProgrammeRecord
from issuer.work.outbox import WorkKind, put_work

CHUNK: Final = 50
"""Rows in one piece of work: small enough to be repeated, large enough to share what it looks up."""

LONGEST_REASON: Final = 1000
_DONE: Final = {
    DecisionAct.APPROVED.value: "approved",
    DecisionAct.REFUSED.value: "refused",
    DecisionAct.TAKEN_BACK.value: "took back",
    DecisionAct.DISCARDED.value: "discarded",
    DecisionAct.CONFIRMED.value: "issued",
    DecisionAct.SENT.value: "sent",
}
_APPROVING: Final = tuple(role.value for role, allowed in TABLE.items() if Permission.APPROVE in allowed)


def send(session: Session, actor: Actor, batch: BatchRecord, revision: int, *, now: datetime) -> BatchState:
    """Send the rows that are ready on: to an approver where two people must agree, else to be issued at once.

    ``revision`` is that of the page the sender saw. The batch must be locked; no commit. Raises BatchMovedOn,
    BatchChanged and NothingToIssue.
    """
    check_changeable(batch)
    if batch.revision != revision:
        raise BatchChanged
    rows = chosen_rows(session, batch)
    if not rows:
        raise NothingToIssue
    batch.versions = versions_of(session, {row.achievement_code for row in rows})
    batch.digest = digest_of(batch, rows, batch.versions)
    if not two_must_agree(session, rows):
        _release(session, actor, batch, DecisionAct.CONFIRMED, now=now)
        return BatchState.APPROVED
    batch.state = BatchState.WAITING
    note_decision(session, actor, batch, DecisionAct.SENT, now=now, count=len(rows))
    _log(session, actor, batch, AuditAct.BATCH_SENT, len(rows), now=now)
    return BatchState.WAITING


def take_back(session: Session, actor: Actor, batch: BatchRecord, *, now: datetime) -> None:
    """Let the importer change what waits for approval; raises BatchMovedOn when it was decided. No commit."""
    _check_waiting(batch)
    batch.state = BatchState.PREVIEW
    note_decision(session, actor, batch, DecisionAct.TAKEN_BACK, now=now, count=0)


def approve(session: Session, actor: Actor, batch: BatchRecord, digest: str, *, now: datetime) -> None:
    """Release exactly what ``digest`` stands for. The batch must be locked; no commit.

    Raises AlreadyDecided or BatchMovedOn, OwnBatch for whoever had a hand in the import, and BatchChanged when
    anything that would be issued, or the wording of an achievement, is not what the approver saw.
    """
    _check_waiting(batch)
    _check_second(session, actor, batch)
    rows = chosen_rows(session, batch)
    versions = versions_of(session, {row.achievement_code for row in rows})
    newer = sorted(code for code, version in versions.items() if batch.versions.get(code) != version)
    if newer:
        raise BatchChanged(f"{' and '.join(newer)} has a new version since this batch was sent; send it back.")
    if digest != batch.digest or digest != digest_of(batch, rows, versions):
        raise BatchChanged
    _release(session, actor, batch, DecisionAct.APPROVED, now=now)


def refuse(session: Session, actor: Actor, batch: BatchRecord, reason: str, *, now: datetime) -> None:
    """Send a batch back with a reason that the importer sees; raises as ``approve``, and ReasonMissing. No commit."""
    _check_waiting(batch)
    _check_second(session, actor, batch)
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing("whoever imported the batch has to know what to change")
    batch.state = BatchState.REFUSED
    note_decision(session, actor, batch, DecisionAct.REFUSED, now=now, count=0, reason=reason)
    _log(session, actor, batch, AuditAct.BATCH_REFUSED, 0, now=now)


def two_must_agree(session: Session, rows: Sequence[BatchRowRecord]) -> bool:
    """Whether the programme of any of these awards asks for a second person."""
    codes = {row.achievement_code for row in rows}
    concerned = select(AchievementRecord.programme_id).where(AchievementRecord.code.in_(codes))
    programmes = session.scalars(select(ProgrammeRecord).where(ProgrammeRecord.id.in_(concerned)))
    return any(programme_entry(programme).two_person_rule for programme in programmes)


def had_a_hand(session: Session, actor: Actor, batch: BatchRecord) -> bool:
    """Whether this person opened, changed, sent or answered anything in the batch."""
    return actor.label in _hands(session, batch)


def _hands(session: Session, batch: BatchRecord) -> set[str]:
    """The labels of all who had a part in what the batch is."""
    sent = select(BatchDecisionRecord.by).where(
        BatchDecisionRecord.batch_id == batch.id, BatchDecisionRecord.act == DecisionAct.SENT.value
    )
    answered = select(BatchRowRecord.answered_by).where(
        BatchRowRecord.batch_id == batch.id, BatchRowRecord.answered_by != ""
    )
    parts = (session.scalars(query.distinct()) for query in (sent, answered))
    return {batch.opened_by, *batch.told.get("hands", ()), *(label for part in parts for label in part)}


def who_may_approve(session: Session, batch: BatchRecord, *, but: str = "") -> list[str]:
    """The names of those at this provider who may approve it as it is.

    ``but`` is the label of one who is about to have a hand in it: who sends it.
    """
    excluded = {but, *_hands(session, batch)}
    approvers = select(MembershipRecord.staff_id).where(
        MembershipRecord.provider_id == batch.provider_id, MembershipRecord.role.in_(_APPROVING)
    )
    people = session.scalars(
        select(StaffRecord).where(StaffRecord.id.in_(approvers), StaffRecord.is_active).order_by(StaffRecord.name)
    )
    return [each.name for each in people if f"staff:{each.id}" not in excluded]


def last_decision(batch: BatchRecord) -> BatchDecisionRecord | None:
    """What was decided last."""
    return batch.decisions[-1] if batch.decisions else None


def _release(session: Session, actor: Actor, batch: BatchRecord, act: DecisionAct, *, now: datetime) -> None:
    """Hand the chosen rows to the workers, in chunks; all of it or nothing is kept."""
    session.execute(
        update(BatchRowRecord)
        .where(BatchRowRecord.batch_id == batch.id, BatchRowRecord.is_chosen)
        .values(fate=RowFate.WAITING.value)
        .execution_options(synchronize_session="fetch")
    )
    ids = session.scalars(
        select(BatchRowRecord.id)
        .where(BatchRowRecord.batch_id == batch.id, BatchRowRecord.is_chosen)
        .order_by(BatchRowRecord.id)
    ).all()
    batch.state = BatchState.APPROVED
    note_decision(session, actor, batch, act, now=now, count=len(ids))
    for start in range(0, len(ids), CHUNK):
        first, last = ids[start], ids[min(start + CHUNK, len(ids)) - 1]
        payload = {"batch": batch.id, "first": first, "last": last}
        put_work(session, WorkKind.ISSUE_ROWS, payload, now=now, key=f"issue:{batch.id}:{first}")
    _log(session, actor, batch, AuditAct.BATCH_APPROVED, len(ids), now=now)


def _check_waiting(batch: BatchRecord) -> None:
    if batch.state == BatchState.WAITING:
        return
    last = last_decision(batch)
    if last is None:
        raise BatchMovedOn("The batch does not wait for approval. Look at it again.")
    raise AlreadyDecided(last.by_name, _DONE[last.act], last.at)


def _check_second(session: Session, actor: Actor, batch: BatchRecord) -> None:
    if had_a_hand(session, actor, batch):
        raise OwnBatch


def _log(session: Session, actor: Actor, batch: BatchRecord, act: AuditAct, count: int, *, now: datetime) -> None:
    facts: dict[str, str | int] = {"badges": count, "digest": batch.digest or ""}
    record_act(session, actor, act, provider=batch.provider, subject=subject_of(batch), facts=facts, now=now)
