"""Take an index of a status list, at random, so that neither its number nor its order says anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.status_list import StatusPurpose
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.status.purposes import BITS
from issuer.status.records import PublishedListRecord, StatusEntryRecord, StatusListRecord

LIST_LENGTH: Final = 131_072
"""Entries of a list: fewer would not hide one holder among many (Bitstring Status List 1.0, section 6.1)."""

_TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeIndex:
    """An index that was free a moment ago, and the address of the revocation list it belongs to."""

    list_id: int
    position: int
    revocation_url: str


def find_free_index(session: Session, provider_id: int, chance: Chance) -> FreeIndex | None:
    """A random free index of the provider's newest list; None when there is no list, or the newest is well filled.

    Nothing is taken: a unique constraint decides when the entry is written.
    """
    return next(iter(find_free_indexes(session, provider_id, chance, count=1)), None)


def find_free_indexes(session: Session, provider_id: int, chance: Chance, *, count: int) -> list[FreeIndex]:
    """As many different free indexes, each as ``find_free_index`` gives it; fewer when the newest list fills up."""
    newest = session.execute(
        select(StatusListRecord.id, StatusListRecord.length, PublishedListRecord.url)
        .join(PublishedListRecord, PublishedListRecord.list_id == StatusListRecord.id)
        .where(
            StatusListRecord.provider_id == provider_id,
            PublishedListRecord.purpose == StatusPurpose.REVOCATION.value,
        )
        .order_by(StatusListRecord.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return []
    tries = dict.fromkeys(chance.below(newest.length) for _ in range(_TRIES * count))
    taken = set(
        session.scalars(
            select(StatusEntryRecord.position).where(
                StatusEntryRecord.list_id == newest.id, StatusEntryRecord.position.in_(tries)
            )
        )
    )
    free = [position for position in tries if position not in taken][:count]
    return [FreeIndex(list_id=newest.id, position=position, revocation_url=newest.url) for position in free]


def open_list(
    session: Session, provider: ProviderRecord, base_url: str, chance: Chance, *, now: datetime
) -> StatusListRecord:
    """Begin a new list for the provider: one set of entries, three addresses. The caller holds a write transaction."""
    record = StatusListRecord(provider_id=provider.id, length=LIST_LENGTH, opened_at=now)
    session.add(record)
    session.flush()
    for purpose in BITS:
        slug = chance.token()
        session.add(
            PublishedListRecord(list_id=record.id, purpose=purpose.value, slug=slug, url=f"{base_url}/status/{slug}")
        )
    session.flush()
    return record


def take_index(session: Session, index: FreeIndex) -> StatusEntryRecord:
    """The entry, to be flushed; an IntegrityError then means that somebody else was faster."""
    entry = StatusEntryRecord(list_id=index.list_id, position=index.position)
    session.add(entry)
    return entry
