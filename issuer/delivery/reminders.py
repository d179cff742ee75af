"""Reminders for badges nobody opened: once by itself after two weeks; nothing is ever deleted for not being claimed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.chance import Chance
from issuer.database import reading, transaction
from issuer.delivery.outbox import put_claim_mail
from issuer.delivery.records import DeliveryRecord, DeliveryState, MailKind
from issuer.delivery.send import REMIND_AFTER
from issuer.office import Office
from issuer.work.outbox import Payload

_AT_ONCE = 200


def send_reminders(office: Office, payload: Payload) -> None:
    """Put a reminder into the outbox for every learner of a provider who is due one."""
    provider_id = int(payload["provider"])
    while remind_due(office, provider_id):
        pass


def remind_due(office: Office, provider_id: int) -> int:
    """Remind some of those who are due; says how many. A transaction of its own, so that other writers get a turn."""
    now = office.clock()
    with reading(office.sessions) as session:
        if not due_reminders(session, provider_id, now=now):
            return 0
    with transaction(office.sessions) as session:
        due = due_reminders(session, provider_id, now=now)
        for delivery in due:
            remind(session, delivery, now=now, chance=office.desk.chance)
        return len(due)


def due_reminders(session: Session, provider_id: int, *, now: datetime) -> Sequence[DeliveryRecord]:
    """Some of the deliveries that were sent REMIND_AFTER ago or earlier, never opened and never reminded of."""
    return session.scalars(
        select(DeliveryRecord)
        .join(IssuedCredentialRecord)
        .where(
            DeliveryRecord.provider_id == provider_id,
            DeliveryRecord.state == DeliveryState.SENT,
            DeliveryRecord.sent_at <= now - REMIND_AFTER,
            DeliveryRecord.reminded_at.is_(None),
            IssuedCredentialRecord.state.in_((CredentialState.ISSUED, CredentialState.SUSPENDED)),
        )
        .order_by(DeliveryRecord.id)
        .limit(_AT_ONCE)
        .with_for_update(of=DeliveryRecord, skip_locked=True)
    ).all()


def remind(session: Session, delivery: DeliveryRecord, *, now: datetime, chance: Chance) -> None:
    """Put one reminder into the outbox. No commit."""
    delivery.reminded_at = now
    put_claim_mail(session, delivery, MailKind.REMINDER, now=now, chance=chance)
