"""What batches keep of people is dropped when its time is over: the rows of finished ones, and what nobody sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.batches.intake import discard
from issuer.batches.records import BatchDecisionRecord, BatchRecord
from issuer.batches.states import CHANGEABLE

ABANDONED: Final = timedelta(days=90)
"""A batch that was never sent, or was refused, is given up so long after it was opened or last decided about."""

_AT_ONCE: Final = 10
_TIDY: Final = Actor(label="worker")


def discard_abandoned(session: Session, *, now: datetime) -> int:
    """Give up some batches that nobody has sent for ABANDONED, with all their rows; says how many. No commit.

    One that waits for approval is never given up here: somebody asked for an answer.
    """
    decided_since = select(BatchDecisionRecord.batch_id).where(BatchDecisionRecord.at >= now - ABANDONED)
    abandoned = session.scalars(
        select(BatchRecord)
        .where(
            BatchRecord.state.in_(CHANGEABLE),
            BatchRecord.opened_at < now - ABANDONED,
            BatchRecord.id.not_in(decided_since),
        )
        .order_by(BatchRecord.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for batch in abandoned:
        discard(session, _TIDY, batch, now=now)
    return len(abandoned)
