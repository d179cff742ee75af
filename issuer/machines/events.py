"""Something happened to a badge: written down for every webhook that wants to know, in the same transaction."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.work.outbox import WorkKind, put_work


class EventKind(StrEnum):
    """What can happen to a badge. The values are public and never reused."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    SUPERSEDED = "superseded"


class DeliveryState(StrEnum):
    """How far the news of an event has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


def announce_event(session: Session, kind: EventKind, provider_id: int, credential_id: str, *, now: datetime) -> None:
    """Have every webhook of the provider called that wants this kind of event; the caller commits.

    ``credential_id`` is the urn:uuid of the badge. Nothing but this id and the kind is written down, so that nothing
    about a person can leave with it.
    """
    wanting = session.scalars(
        select(WebhookRecord).where(WebhookRecord.provider_id == provider_id, WebhookRecord.ended_at.is_(None))
    )
    for webhook in wanting:
        if kind.value not in webhook.events.split():
            continue
        delivery = WebhookDeliveryRecord(
            webhook_id=webhook.id,
            event=kind.value,
            credential_id=credential_id,
            created_at=now,
            state=DeliveryState.WAITING.value,
        )
        session.add(delivery)
        session.flush()
        put_work(
            session, WorkKind.CALL_WEBHOOK, {"delivery": delivery.id}, now=now, key=f"webhook-delivery:{delivery.id}"
        )
