"""Call a webhook: build the message, sign it, send it once, and note what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from sqlalchemy import update
from sqlalchemy.orm import Session

from issuer.database import Sessions, reading, transaction
from issuer.machines.events import DeliveryState
from issuer.machines.records import WebhookDeliveryRecord
from issuer.machines.signature import signed_headers
from issuer.machines.silence import Silences
from issuer.machines.webhooks import Switchboard
from issuer.work.handlers import TryLater
from issuer.work.outbox import Payload
from keys.instant import write_instant
from verifier.errors import AddressRefused, Unreachable

GIVEN_UP_AFTER: Final = timedelta(days=3)
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class _Call:
    """One message, ready to be sent."""

    webhook_id: int
    since: datetime
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a call: the status, where there was one, and a problem unless it was taken."""

    status: int | None
    problem: str | None


_NO_ANSWER: Final = _Answer(None, "no_answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCaller:
    """Does CALL_WEBHOOK work. A call that arrived and whose worker then died is made again, with the same id."""

    sessions: Sessions
    board: Switchboard
    clock: Callable[[], datetime]
    base_url: str
    silences: Silences = field(default_factory=Silences)

    def __call__(self, payload: Payload) -> None:
        """Make the call of one delivery; raises TryLater until it was taken, or three days have passed.

        A receiver that was silent just now is not called, so that thousands of messages to it hold nobody up.
        """
        delivery_id = int(payload["delivery"])
        with reading(self.sessions) as session:
            call = self._prepare(session, delivery_id)
        if call is None:
            return
        answer, rest = _NO_ANSWER, self.silences.rest(call.webhook_id, self.clock())
        if rest is None:
            answer = self._send(call)
        elif self.clock() - call.since < GIVEN_UP_AFTER:
            raise TryLater("receiver_silent", after=rest)
        with transaction(self.sessions) as session:
            is_waiting = _note(session, delivery_id, answer, now=self.clock(), is_tried=rest is None)
        if is_waiting and answer.problem:
            raise TryLater(answer.problem)

    def _prepare(self, session: Session, delivery_id: int) -> _Call | None:
        delivery = session.get(WebhookDeliveryRecord, delivery_id)
        if delivery is None or delivery.state != DeliveryState.WAITING or delivery.webhook.ended_at is not None:
            return None  # its webhook was deleted, or somebody else has brought it there
        body, now = message_of(delivery, self.base_url), self.clock()
        secrets = self.board.secrets_of(delivery.webhook, now)
        headers = signed_headers(secrets, message_id(delivery), body, now=now)
        return _Call(delivery.webhook_id, delivery.created_at, delivery.webhook.url, body, headers)

    def _send(self, call: _Call) -> _Answer:
        began = self.clock()
        answer = self._post(call)
        now = self.clock()
        self.silences.note(call.webhook_id, took=now - began, has_answered=answer != _NO_ANSWER, now=now)
        return answer

    def _post(self, call: _Call) -> _Answer:
        try:
            status = self.board.door.post(call.url, body=call.body, headers=call.headers)
        except AddressRefused:
            return _Answer(None, "address_refused")
        except Unreachable:
            return _NO_ANSWER
        if 200 <= status < 300:
            return _Answer(status, None)
        if 300 <= status < 400:
            return _Answer(status, "redirected")
        return _Answer(status, "gone" if status == _GONE else "refused_by_receiver")


def message_id(delivery: WebhookDeliveryRecord) -> str:
    """The same for every try, so that a receiver knows a message it has seen."""
    return f"msg_{delivery.id}"


def message_of(delivery: WebhookDeliveryRecord, base_url: str) -> bytes:
    """What is sent: the kind of event, when, and which badge. Whoever has a token asks for the rest."""
    message = {
        "type": f"award.{delivery.event}",
        "timestamp": write_instant(delivery.created_at),
        "data": {
            "award": delivery.credential_id,
            "url": f"{base_url}/api/v1/awards/{quote(delivery.credential_id, safe=':')}",
        },
    }
    return json.dumps(message, separators=(",", ":")).encode()


def _note(session: Session, delivery_id: int, answer: _Answer, *, now: datetime, is_tried: bool) -> bool:
    """Write the outcome down; says whether it is still waiting. One that was not tried is given up untried."""
    delivery = session.get(WebhookDeliveryRecord, delivery_id, with_for_update=True)
    if delivery is None or delivery.state != DeliveryState.WAITING:
        return False
    if is_tried:
        delivery.attempts, delivery.last_tried_at = delivery.attempts + 1, now
    delivery.last_status, delivery.last_problem = answer.status, answer.problem
    if answer.problem is None:
        delivery.state, delivery.ended_at = DeliveryState.DELIVERED.value, now
    elif answer.status == _GONE or now - delivery.created_at >= GIVEN_UP_AFTER:
        delivery.state, delivery.ended_at = DeliveryState.GIVEN_UP.value, now
    if answer.status == _GONE:
        delivery.webhook.ended_at = now
        _give_up_others(session, delivery.webhook_id, now)
    session.flush()
    return delivery.state == DeliveryState.WAITING


def _give_up_others(session: Session, webhook_id: int, now: datetime) -> None:
    """What else is on its way to a receiver that is gone."""
    waiting = (
        WebhookDeliveryRecord.webhook_id == webhook_id,
        WebhookDeliveryRecord.state == DeliveryState.WAITING.value,
    )
    ended = {"state": DeliveryState.GIVEN_UP.value, "last_problem": "gone", "ended_at": now}
    session.execute(update(WebhookDeliveryRecord).where(*waiting).values(**ended))
