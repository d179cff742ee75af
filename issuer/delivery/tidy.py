"""What the log of mails keeps of people is dropped when its time is over; that a mail went, and when, stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from issuer.delivery.records import MailRecord, MailState

KEPT: Final = timedelta(days=90)
"""How long it can be looked up where a mail went that needs no more bringing."""

_AT_ONCE: Final = 1000
_OVER: Final = (MailState.SENT, MailState.BOUNCED, MailState.DROPPED)


def forget_addresses(session: Session, *, now: datetime) -> int:
    """Empty address and facts of some mails that were over KEPT ago; says how many. No commit.

    The delivery of a badge keeps its own address: a learner has to be told if the badge is ever revoked.
    """
    old = (
        select(MailRecord.id)
        .where(MailRecord.state.in_(_OVER), MailRecord.created_at < now - KEPT, MailRecord.address != "")
        .order_by(MailRecord.id)
        .limit(_AT_ONCE)
    )
    forgotten = session.execute(update(MailRecord).where(MailRecord.id.in_(old)).values(address="", facts={}))
    return cast("CursorResult[Any]", forgotten).rowcount
