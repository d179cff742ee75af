"""How far issuing a batch is, and what is left for people to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.batches.filters import stays_behind
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.states import BatchState, RowFate
from issuer.delivery.records import DeliveryRecord, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far issuing is. ``left_behind`` are rows that did not go out and may still, once somebody has acted."""

    total: int
    issued: int
    already: int
    failed: int
    waiting: int
    mails_sent: int
    mails_back: int
    letters: int
    left_behind: int
    is_over: bool

    @property
    def done(self) -> int:
        """Rows that are behind us, however they ended."""
        return self.total - self.waiting

    @property
    def needs_you(self) -> int:
        """Rows that somebody has to look at."""
        return self.failed + self.mails_back


def progress_of(session: Session, batch: BatchRecord) -> Progress:
    """How far issuing is now."""
    fates = Counter(
        dict(
            session.execute(
                select(BatchRowRecord.fate, func.count())
                .where(BatchRowRecord.batch_id == batch.id)
                .group_by(BatchRowRecord.fate)
            ).all()
        )
    )
    mails = dict(
        session.execute(
            select(DeliveryRecord.state, func.count())
            .join(BatchRowRecord, BatchRowRecord.credential_record_id == DeliveryRecord.credential_record_id)
            .where(BatchRowRecord.batch_id == batch.id, BatchRowRecord.fate == RowFate.ISSUED.value)
            .group_by(DeliveryRecord.state)
        ).all()
    )
    behind = select(func.count()).where(BatchRowRecord.batch_id == batch.id, stays_behind(), BatchRowRecord.fate == "")
    sent = (DeliveryState.SENT, DeliveryState.OPENED, DeliveryState.CLAIMED)
    return Progress(
        total=fates.total() - fates[RowFate.UNDECIDED],
        issued=fates[RowFate.ISSUED],
        already=fates[RowFate.ALREADY],
        failed=fates[RowFate.FAILED],
        waiting=fates[RowFate.WAITING],
        mails_sent=sum(mails.get(state, 0) for state in sent),
        mails_back=mails.get(DeliveryState.BOUNCED, 0),
        letters=mails.get(DeliveryState.LETTER, 0),
        left_behind=session.scalar(behind) or 0,
        is_over=batch.state == BatchState.FINISHED,
    )
