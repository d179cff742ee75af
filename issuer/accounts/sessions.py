"""Sessions of staff: a random secret in a cookie, its hash in a row that can be ended from here."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from issuer.accounts.actor import Actor
from issuer.accounts.records import MembershipRecord, StaffRecord, StaffSessionRecord
from issuer.accounts.roles import Role
from issuer.chance import Chance
from keys.multibase import base64url_encode

IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
KEPT: Final = timedelta(days=30)
"""How long a session that is over stays on file, so that its form can still be recognised as its owner's."""
_NOTED_EVERY: Final = timedelta(minutes=1)


def begin_session(session: Session, staff: StaffRecord, chance: Chance, *, now: datetime, device: str = "") -> str:
    """Sign somebody in whose password and second factor were checked; the secret is given here and never again."""
    secret = base64url_encode(chance.bits(256).to_bytes(32, "big"))
    session.execute(delete(StaffSessionRecord).where(StaffSessionRecord.begun_at < now - KEPT))
    session.add(
        StaffSessionRecord(secret_hash=_hash(secret), staff_id=staff.id, begun_at=now, seen_at=now, device=device)
    )
    session.flush()
    return secret


def find_session(session: Session, secret: str, *, now: datetime) -> StaffSessionRecord | None:
    """The session of this secret when it is neither ended, idle for too long, nor too old, and its owner is active."""
    found = session.scalar(
        select(StaffSessionRecord)
        .where(StaffSessionRecord.secret_hash == _hash(secret))
        .options(joinedload(StaffSessionRecord.staff))
    )
    if found is None or found.ended_at is not None or not found.staff.is_active:
        return None
    if now - found.seen_at > IDLE or now - found.begun_at > LONGEST:
        return None
    return found


def owner_of(session: Session, secret: str) -> int | None:
    """Whose session this is or was, also when it is over."""
    return session.scalar(select(StaffSessionRecord.staff_id).where(StaffSessionRecord.secret_hash == _hash(secret)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One device that somebody is signed in on."""

    device: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


def open_sessions_of(session: Session, staff_id: int, secret: str, *, now: datetime) -> list[OpenSession]:
    """Where somebody is signed in now, the newest first; ``secret`` tells which of them is asking."""
    query = (
        select(StaffSessionRecord)
        .where(
            StaffSessionRecord.staff_id == staff_id,
            StaffSessionRecord.ended_at.is_(None),
            StaffSessionRecord.seen_at >= now - IDLE,
            StaffSessionRecord.begun_at >= now - LONGEST,
        )
        .order_by(StaffSessionRecord.id.desc())
    )
    return [
        OpenSession(
            device=each.device or "computer",
            begun_at=each.begun_at,
            seen_at=each.seen_at,
            is_this=each.secret_hash == _hash(secret),
        )
        for each in session.scalars(query)
    ]


def is_due(found: StaffSessionRecord, *, now: datetime) -> bool:
    """Whether it is worth writing down that the session is in use."""
    return now - found.seen_at > _NOTED_EVERY


def end_sessions(
    session: Session, staff_id: int, *, now: datetime, secret: str | None = None, spared: str | None = None
) -> int:
    """End one session, or all of this person but the one with the secret ``spared``; how many ended."""
    query = select(StaffSessionRecord).where(
        StaffSessionRecord.staff_id == staff_id, StaffSessionRecord.ended_at.is_(None)
    )
    if secret is not None:
        query = query.where(StaffSessionRecord.secret_hash == _hash(secret))
    if spared is not None:
        query = query.where(StaffSessionRecord.secret_hash != _hash(spared))
    ended = session.scalars(query).all()
    for each in ended:
        each.ended_at = now
    session.flush()
    return len(ended)


def actor_of(session: Session, staff: StaffRecord) -> Actor:
    """The person with all their roles as they are now."""
    roles: dict[str, set[Role]] = defaultdict(set)
    for membership in session.scalars(
        select(MembershipRecord)
        .where(MembershipRecord.staff_id == staff.id)
        .options(joinedload(MembershipRecord.provider))
    ):
        roles[membership.provider.slug].add(Role(membership.role))
    return Actor(
        label=f"staff:{staff.id}",
        name=staff.name,
        staff_id=staff.id,
        memberships={slug: frozenset(held) for slug, held in roles.items()},
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
