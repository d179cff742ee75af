"""Put work on record, in the same transaction as what makes it necessary: both are kept, or neither."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from issuer.work.records import WorkRecord

Payload = Mapping[str, int | str]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,127}")
"""What an id looks like; a name or an e-mail address does not."""
_LONGEST_KEY: Final = 160


class WorkKind(StrEnum):
    """What there is to do; the values stand in the database and are never given another meaning."""

    ISSUE_ROWS = "issue_rows"
    SEND_MAIL = "send_mail"
    SEND_REMINDERS = "send_reminders"
    CALL_WEBHOOK = "call_webhook"
    API_ITEMS = "api_items"
    REISSUE_BADGE = "reissue_badge"
    SWEEP = "sweep"


def put_work(
    session: Session,
    kind: WorkKind,
    payload: Payload,
    *,
    now: datetime,
    key: str | None = None,
    run_at: datetime | None = None,
) -> WorkRecord | None:
    """Write work down at once; None when work with this ``key`` is on record already, done or not.

    ``payload`` holds ids only: ValueError for a text that looks like anything else. A record whose id goes into the
    payload must be flushed before. Done work, and its key, is forgotten after ``issuer.work.standing.KEPT``.
    """
    once = _once(session).values(_written(kind, payload, key, now=now, run_at=run_at))
    return session.scalars(once.returning(WorkRecord)).one_or_none()


def put_works(session: Session, kind: WorkKind, payloads: Mapping[str, Payload], *, now: datetime) -> None:
    """Write several pieces of work of one kind down at once, each under its key; what is on record stays as it is."""
    if payloads:
        session.execute(_once(session), [_written(kind, each, key, now=now) for key, each in payloads.items()])


def put_daily(session: Session, kind: WorkKind, *, now: datetime) -> None:
    """Put work on record that is done once on each day (UTC), however many workers ask for it. No commit."""
    put_work(session, kind, {}, now=now, key=f"{kind.value}:{now.astimezone(UTC).date().isoformat()}")


def _once(session: Session) -> sqlite.Insert | postgresql.Insert:
    """Not a look and then a write: another transaction could put the same in between."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(WorkRecord).on_conflict_do_nothing(index_elements=[WorkRecord.work_key])


def _written(
    kind: WorkKind, payload: Payload, key: str | None, *, now: datetime, run_at: datetime | None = None
) -> dict[str, object]:
    for name, value in payload.items():
        if isinstance(value, str) and not _ID.fullmatch(value):
            raise ValueError(f"{name} of {kind} work is no id: work names things, it does not describe them")
    if key is not None and len(key) > _LONGEST_KEY:
        raise ValueError(f"a key of work has at most {_LONGEST_KEY} characters")
    return {
        "kind": kind.value,
        "payload": json.dumps(dict(payload), sort_keys=True, separators=(",", ":")),
        "work_key": key,
        "created_at": now,
        "run_at": run_at or now,
        **dict.fromkeys(("attempts", "waits", "failures", "losses"), 0),
    }


def payload_of(text: str) -> Payload:
    """The ids that were written down."""
    payload: Payload = json.loads(text)
    return payload
