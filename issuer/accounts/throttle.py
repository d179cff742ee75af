"""How often something may be tried: counted for an account and for a network, in the database, under blurred names."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from issuer.accounts.records import SignInTryRecord

FORGOTTEN_AFTER: Final = timedelta(minutes=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
_FIRST_WAIT: Final = timedelta(minutes=1)
_MOST_DOUBLINGS: Final = 4


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, under its blurred name, and how many tries in a row are free."""

    key: str
    free: int


def charge(session: Session, counters: Sequence[Counter], *, now: datetime) -> timedelta | None:
    """Count a try before it is looked at; gives how long to wait when there were too many, and then counts nothing.

    Counting first means that tries at the same moment cannot slip through together.
    """
    forget_tries(session, now=now)
    rows = [_row(session, counter, now) for counter in counters]
    waits = [row.free_at - now for row in rows if row.free_at is not None and row.free_at > now]
    if waits:
        return max(waits)
    for counter, row in zip(counters, rows, strict=True):
        row.failures += 1
        row.last_at = now
        over = row.failures - counter.free
        if over >= 0:
            row.free_at = now + min(LONGEST_WAIT, _FIRST_WAIT * 2 ** min(over, _MOST_DOUBLINGS))
    session.flush()
    return None


def forgive(session: Session, *, clear: Sequence[Counter] = (), refund: Sequence[Counter] = ()) -> None:
    """After a success: forget the tries of ``clear``, and take back the one try of each of ``refund``."""
    for counter in clear:
        session.execute(delete(SignInTryRecord).where(SignInTryRecord.key == counter.key))
    for counter in refund:
        row = session.get(SignInTryRecord, counter.key, with_for_update=True)
        if row is not None:
            row.failures = max(0, row.failures - 1)
            row.free_at = None if row.failures < counter.free else row.free_at
    session.flush()


def network_counter(blurred: str, network: str, free: int) -> list[Counter]:
    """The counter of a network, where it is known."""
    return [Counter(blurred, free)] if network else []


def network_of(address: str | None) -> str:
    """What neighbours share: the first 24 bits of an IPv4 address, the first 64 of an IPv6 one.

    Nothing for this machine itself: a server in front of ours makes all the world look like it, and nobody may lock
    all the world out.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return ""
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))


def _row(session: Session, counter: Counter, now: datetime) -> SignInTryRecord:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    laid = insert(SignInTryRecord).values(key=counter.key, failures=0, last_at=now)
    session.execute(laid.on_conflict_do_nothing(index_elements=[SignInTryRecord.key]))
    row = session.get_one(SignInTryRecord, counter.key, with_for_update=True, populate_existing=True)
    if now - row.last_at > FORGOTTEN_AFTER:
        row.failures, row.free_at = 0, None
    return row


def forget_tries(session: Session, *, now: datetime) -> int:
    """Drop the tries that count no more; says of how many accounts and networks. No commit."""
    dropped = session.execute(delete(SignInTryRecord).where(SignInTryRecord.last_at < now - FORGOTTEN_AFTER))
    return cast("CursorResult[Any]", dropped).rowcount
