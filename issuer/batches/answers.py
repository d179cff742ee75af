"""What a person says to the questions of a row; the reason for an exception is kept in the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere
from issuer.accounts.audit import AuditAct, record_act
from issuer.awards.files import RowCode
from issuer.batches.errors import NoQuestion, ReasonMissing
from issuer.batches.intake import check_changeable, subject_of
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.rows import may_go_out
from issuer.batches.same_award import settle_one_person
from issuer.batches.states import RowAnswer
from issuer.batches.stored import asked_codes

LONGEST_REASON: Final = 300
_BETTER_ADDRESS: Final = frozenset({RowCode.EMAIL_DOMAIN_SUSPICIOUS.value, RowCode.EMAIL_OTHER_THAN_ON_FILE.value})


def answer_row(
    session: Session,
    actor: Actor,
    batch: BatchRecord,
    line: int,
    answer: RowAnswer,
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """Say yes or no to everything a row asks, or take back what was said. The batch must be locked; no commit.

    Raises NotHere, BatchMovedOn, NoQuestion, and ReasonMissing for a yes to a missing prerequisite without a reason.
    """
    check_changeable(batch)
    row = get_row(session, batch, line)
    if not row.needs_answer:
        raise NoQuestion(line)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    overrides = answer is RowAnswer.YES and needs_reason(row)
    if overrides and not reason:
        raise ReasonMissing(f"line {line} goes ahead without what it needs first, and the audit log keeps why")
    row.answer, row.answered_by = answer.value, actor.label if answer else ""
    row.reason = reason if overrides else ""
    if row.request is not None and "learner_id" not in row.request:
        row.credential_record_id = None  # known only by a yes to who is meant, which is said anew below
    row.is_chosen = may_go_out(row)
    batch.revision += 1
    session.flush()
    settle_one_person(session, batch)
    if overrides:
        facts: dict[str, str | int] = {"line": line, "achievement": row.achievement_code, "reason": reason}
        record_act(
            session,
            actor,
            AuditAct.PREREQUISITE_OVERRIDDEN,
            provider=batch.provider,
            subject=subject_of(batch),
            facts=facts,
            now=now,
        )


def answer_alike(session: Session, actor: Actor, batch: BatchRecord, code: RowCode, *, now: datetime) -> int:
    """Say yes to every open row that asks this and nothing else; gives their number. No commit.

    Raises BatchMovedOn, and ReasonMissing for prerequisites, of which each needs its own reason.
    """
    check_changeable(batch)
    if code is RowCode.PREREQUISITE_MISSING:
        raise ReasonMissing("each row that goes ahead without its prerequisite needs its own")
    open_rows = select(BatchRowRecord).where(
        BatchRowRecord.batch_id == batch.id, BatchRowRecord.needs_answer, BatchRowRecord.answer == ""
    )
    alike = [row for row in session.scalars(open_rows) if asked_codes(row) == {code.value}]
    for row in alike:
        row.answer, row.answered_by = RowAnswer.YES.value, actor.label
        row.is_chosen = may_go_out(row)
    batch.revision += 1
    session.flush()
    settle_one_person(session, batch)
    return len(alike)


def get_row(session: Session, batch: BatchRecord, line: int) -> BatchRowRecord:
    """The row on this line; raises NotHere."""
    row = session.scalar(select(BatchRowRecord).where(BatchRowRecord.batch_id == batch.id, BatchRowRecord.line == line))
    if row is None:
        raise NotHere
    return row


def needs_reason(row: BatchRowRecord) -> bool:
    """Whether a yes to the row makes an exception that somebody may ask about later."""
    return RowCode.PREREQUISITE_MISSING.value in asked_codes(row)


def better_address(row: BatchRowRecord) -> str:
    """The address that was probably meant, where the row asks about that; empty where it does not."""
    found = [(row.code, row.suggestion), *((each["code"], each["suggestion"]) for each in row.also)]
    return next((suggestion for code, suggestion in found if code in _BETTER_ADDRESS and suggestion), "")
