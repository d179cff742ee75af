"""Something happened to a badge: written down for every webhook that wants to know, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.work.outbox import WorkKind, put_works


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
    """Have the provider's webhooks called for one badge, as ``announce_events`` does for several."""
    announce_events(session, kind, provider_id, [credential_id], now=now)


def announce_events(
    session: Session, kind: EventKind, provider_id: int, credential_ids: Sequence[str], *, now: datetime
) -> None:
    """Have every webhook of the provider called, for each badge, that wants this kind of event; the caller commits.

    The ids are the urn:uuid of the badges. Nothing but them and the kind is written down, so that nothing about a
    person can leave with it.
    """
    wanting = session.scalars(
        select(WebhookRecord).where(WebhookRecord.provider_id == provider_id, WebhookRecord.ended_at.is_(None))
    )
    for webhook in wanting:
        if kind.value not in webhook.events.split():
            continue
        deliveries = [
            WebhookDeliveryRecord(
                webhook_id=webhook.id,
                event=kind.value,
                credential_id=credential_id,
                created_at=now,
                state=DeliveryState.WAITING.value,
            )
            for credential_id in credential_ids
        ]
        session.add_all(deliveries)
        session.flush()
        calls = {f"webhook-delivery:{each.id}": {"delivery": each.id} for each in deliveries}
        put_works(session, WorkKind.CALL_WEBHOOK, calls, now=now)
