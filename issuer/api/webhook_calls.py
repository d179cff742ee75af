"""Calls about webhooks."""

from __future__ import annotations

from sqlalchemy.orm import Session

from issuer.accounts.audit import AuditAct, record_act
from issuer.api.call import Answer, Call, read_cursor, write_cursor
from issuer.api.shapes_in import PageQuery
from issuer.api.shapes_out import DeliveryOut, DeliveryPage, NewWebhookOut, WebhookOut, WebhookPage
from issuer.database import reading, transaction
from issuer.machines.calls import message_id
from issuer.machines.events import DeliveryState, EventKind
from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.machines.webhooks import (
    NewWebhook,
    create_webhook,
    delete_webhook,
    deliveries_of,
    get_webhook,
    rotate_secret,
    webhooks_of,
)


def add_webhook(call: Call) -> Answer:
    """Set one up: 201 with its secret. Raises WebhookAddressRefused or TooManyWebhooks."""
    wanted = NewWebhook(url=call.body.url, events=frozenset(call.body.events), by=call.caller.actor.label)
    call.parts.board.check(wanted.url)
    with transaction(call.office.sessions) as session:
        record, secret = create_webhook(session, call.provider(session), wanted, call.parts.board, now=call.now)
        _on_record(session, call, AuditAct.WEBHOOK_CREATED, record)
        location = f"/api/v1/webhooks/{record.name}"
        return call.keep(session, Answer(status=201, body=_with_secret(record, secret), location=location))


def list_webhooks(call: Call) -> Answer:
    """All of them."""
    with reading(call.office.sessions) as session:
        items = [_webhook_out(each) for each in webhooks_of(session, call.caller.provider_id)]
    return Answer(body=WebhookPage(items=items, next=None))


def show_webhook(call: Call) -> Answer:
    """One of them; raises UnknownWebhook."""
    with reading(call.office.sessions) as session:
        return Answer(body=_webhook_out(_own(session, call)))


def remove_webhook(call: Call) -> Answer:
    """Forget it: 204. Raises UnknownWebhook."""
    with transaction(call.office.sessions) as session:
        record = _own(session, call)
        _on_record(session, call, AuditAct.WEBHOOK_DELETED, record)
        delete_webhook(session, record)
    return Answer(status=204)


def renew_secret(call: Call) -> Answer:
    """Give it a new secret; raises UnknownWebhook."""
    with transaction(call.office.sessions) as session:
        record = _own(session, call)
        secret = rotate_secret(session, record, call.parts.board, now=call.now)
        _on_record(session, call, AuditAct.WEBHOOK_RENEWED, record)
        return call.keep(session, Answer(body=_with_secret(record, secret)))


def list_deliveries(call: Call) -> Answer:
    """What became of the calls, the newest first; raises UnknownWebhook."""
    asked: PageQuery = call.query
    with reading(call.office.sessions) as session:
        webhook = _own(session, call)
        found = deliveries_of(session, webhook, before=read_cursor(asked.cursor), limit=asked.limit + 1)
        shown = found[: asked.limit]
        following = write_cursor(shown[-1].id) if len(found) > len(shown) else None
        return Answer(body=DeliveryPage(items=[_delivery_out(each) for each in shown], next=following))


def _own(session: Session, call: Call) -> WebhookRecord:
    return get_webhook(session, call.caller.provider_id, call.path["webhook_id"])


def _on_record(session: Session, call: Call, act: AuditAct, record: WebhookRecord) -> None:
    subject = f"webhook:{record.name}"
    record_act(session, call.caller.actor, act, provider=call.provider(session), subject=subject, now=call.now)


def _webhook_out(record: WebhookRecord) -> WebhookOut:
    return WebhookOut(
        id=record.name,
        url=record.url,
        events=[EventKind(word) for word in record.events.split()],
        created_at=record.created_at,
        ended_at=record.ended_at,
    )


def _with_secret(record: WebhookRecord, secret: str) -> NewWebhookOut:
    return NewWebhookOut(**_webhook_out(record).model_dump(), secret=secret)


def _delivery_out(record: WebhookDeliveryRecord) -> DeliveryOut:
    return DeliveryOut(
        id=message_id(record),
        event=EventKind(record.event),
        award=record.credential_id,
        state=DeliveryState(record.state),
        attempts=record.attempts,
        created_at=record.created_at,
        last_tried_at=record.last_tried_at,
        last_status=record.last_status,
        last_problem=record.last_problem,
        ended_at=record.ended_at,
    )
