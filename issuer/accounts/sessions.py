"""Sessions of staff: a random secret in a cookie, its hash in a row that can be ended from here."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from issuer.accounts.actor import Actor
from issuer.accounts.records import MembershipRecord, StaffRecord, StaffSessionRecord
from issuer.accounts.roles import Role
from issuer.chance import Chance
from keys.multibase import base64url_encode

IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
_NOTED_EVERY: Final = timedelta(minutes=1)


def begin_session(session: Session, staff: StaffRecord, chance: Chance, *, now: datetime) -> str:
    """Sign somebody in whose password and second factor were checked; the secret is given here and never again."""
    secret = base64url_encode(chance.bits(256).to_bytes(32, "big"))
    session.add(StaffSessionRecord(secret_hash=_hash(secret), staff_id=staff.id, begun_at=now, seen_at=now))
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


def is_due(found: StaffSessionRecord, *, now: datetime) -> bool:
    """Whether it is worth writing down that the session is in use."""
    return now - found.seen_at > _NOTED_EVERY


def end_sessions(session: Session, staff_id: int, *, now: datetime, secret: str | None = None) -> int:
    """End one session, or all of this person; how many ended."""
    query = select(StaffSessionRecord).where(
        StaffSessionRecord.staff_id == staff_id, StaffSessionRecord.ended_at.is_(None)
    )
    if secret is not None:
        query = query.where(StaffSessionRecord.secret_hash == _hash(secret))
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
