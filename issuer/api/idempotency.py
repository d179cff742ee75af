"""Calls that count once: the same key and the same call get the same answer, whatever happened in between.

A key is taken in a transaction of its own before the work, and gets its answer in the very transaction that does the
work: so a process may die at any moment, and there is the work with its answer, or neither.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer.api.errors import CallInProgress, HandLost, KeyReused
from issuer.api.records import IdempotencyKeyRecord
from issuer.database import Sessions, transaction
from keys.strongbox import Strongbox

KEPT: Final = timedelta(days=8)
LEASE: Final = timedelta(seconds=60)
"""Longer than a web server works on one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedCall:
    """A call with a key: whose it is, the key as it came, and the bytes that make it this call and no other.

    Both may hold a name or an address; with ``hash_key`` they are kept so that neither can be guessed back.
    """

    provider_id: int
    key: str = field(repr=False)
    said: bytes = field(repr=False)
    hash_key: bytes = field(repr=False)

    @property
    def key_hash(self) -> str:
        """The key as it is kept."""
        return hmac.digest(self.hash_key, self.key.encode(), hashlib.sha256).hex()

    @property
    def call_hash(self) -> str:
        """The call as it is kept."""
        return hmac.digest(self.hash_key, self.said, hashlib.sha256).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A call that is ours to do; ``attempt`` tells whether it still is. ``batch_id``: what an earlier try began."""

    key_id: int
    attempt: int
    batch_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as it was given, and is given again."""

    status: int
    text: str
    headers: dict[str, str]


def take_key(sessions: Sessions, box: Strongbox, call: KeyedCall, *, now: datetime) -> Hand | KeptAnswer:
    """Take the call in hand, or get the answer of the first time. Raises KeyReused or CallInProgress."""
    try:
        with transaction(sessions) as session:
            session.execute(delete(IdempotencyKeyRecord).where(IdempotencyKeyRecord.created_at < now - KEPT))
            return _take(session, box, call, now)
    except IntegrityError as exc:
        raise CallInProgress from exc  # the other one was first by a moment


def keep_answer(session: Session, box: Strongbox, hand: Hand, answer: KeptAnswer) -> None:
    """File the answer in the transaction that does the work; raises HandLost when the call is not ours any more."""
    locked = box.lock(json.dumps({"text": answer.text, "headers": answer.headers}))
    _change(session, hand, {"status": answer.status, "answer": locked})


def keep_batch(session: Session, hand: Hand, batch_id: int) -> None:
    """Note the batch that this call has handed in; raises HandLost."""
    _change(session, hand, {"batch_id": batch_id})


def let_go(sessions: Sessions, hand: Hand, *, now: datetime) -> None:
    """The work was not done: the next try may begin at once."""
    with transaction(sessions) as session:
        mine = (IdempotencyKeyRecord.id == hand.key_id, IdempotencyKeyRecord.attempt == hand.attempt)
        session.execute(
            update(IdempotencyKeyRecord).where(*mine, IdempotencyKeyRecord.status.is_(None)).values(leased_until=now)
        )


def _take(session: Session, box: Strongbox, call: KeyedCall, now: datetime) -> Hand | KeptAnswer:
    record = session.scalar(
        select(IdempotencyKeyRecord)
        .where(IdempotencyKeyRecord.provider_id == call.provider_id, IdempotencyKeyRecord.key_hash == call.key_hash)
        .with_for_update()
    )
    if record is None:
        record = IdempotencyKeyRecord(
            provider_id=call.provider_id, key_hash=call.key_hash, call_hash=call.call_hash, created_at=now, attempt=0
        )
        session.add(record)
    elif record.call_hash != call.call_hash:
        raise KeyReused
    elif record.status is not None and record.answer is not None:
        return KeptAnswer(status=record.status, **json.loads(box.open(record.answer)))
    elif record.leased_until > now:
        raise CallInProgress
    record.attempt, record.leased_until = record.attempt + 1, now + LEASE
    session.flush()
    return Hand(key_id=record.id, attempt=record.attempt, batch_id=record.batch_id)


def _change(session: Session, hand: Hand, values: dict[str, object]) -> None:
    mine = (IdempotencyKeyRecord.id == hand.key_id, IdempotencyKeyRecord.attempt == hand.attempt)
    changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(IdempotencyKeyRecord).where(*mine, IdempotencyKeyRecord.status.is_(None)).values(**values)
    )
    if changed.rowcount != 1:
        raise HandLost
