"""Flip a bit, and tell the world: lists are signed anew when an entry changed, and once a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from credentials.seal import seal
from credentials.status_list import StatusList, StatusListCredential, StatusPurpose
from issuer.catalogue.records import ProviderRecord
from issuer.signing.provider_keys import ProviderSigners
from issuer.status.purposes import BITS
from issuer.status.records import PublishedListRecord, StatusEntryRecord, StatusListRecord
from keys.controller_document import Service

VALID_FOR: Final = timedelta(days=7)
SIGNED_ANEW_AFTER: Final = timedelta(days=1)
TIME_TO_LIVE: Final = timedelta(seconds=60)
"""How long a reader may keep a copy: a revocation is seen everywhere within this time."""

SERVICE_TYPE: Final = "VoltpassStatusList"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedList:
    """Both signed forms of one list, and what they were made from."""

    sealed_json: str
    sealed_jwt: str
    revision: int
    signed_at: datetime
    valid_until: datetime


def set_bits(session: Session, entry_id: int, bits: Mapping[StatusPurpose, bool]) -> None:
    """Change bits of an entry; the lists made before are out of date as soon as the caller commits."""
    changes = {BITS[purpose].key: value for purpose, value in bits.items()}
    session.execute(update(StatusEntryRecord).where(StatusEntryRecord.id == entry_id).values(**changes))
    session.execute(
        update(StatusListRecord)
        .where(
            StatusListRecord.id
            == select(StatusEntryRecord.list_id).where(StatusEntryRecord.id == entry_id).scalar_subquery()
        )
        .values(revision=StatusListRecord.revision + 1)
    )


def find_list(session: Session, slug: str) -> PublishedListRecord | None:
    """The list with this last part of its address."""
    return session.scalar(select(PublishedListRecord).where(PublishedListRecord.slug == slug))


def as_published(record: PublishedListRecord, revision: int, *, now: datetime) -> SealedList | None:
    """The texts on file, unless an entry changed since or they were signed too long ago."""
    if (
        record.sealed_json is None
        or record.sealed_jwt is None
        or record.signed_at is None
        or record.valid_until is None
    ):
        return None
    if record.signed_revision != revision or not record.signed_at <= now < record.signed_at + SIGNED_ANEW_AFTER:
        return None
    return SealedList(
        sealed_json=record.sealed_json,
        sealed_jwt=record.sealed_jwt,
        revision=record.signed_revision,
        signed_at=record.signed_at,
        valid_until=record.valid_until,
    )


def current_revision(session: Session, record: PublishedListRecord) -> int:
    """How often the entries behind a list have changed."""
    return session.scalars(select(StatusListRecord.revision).where(StatusListRecord.id == record.list_id)).one()


def seal_list(
    session: Session, record: PublishedListRecord, provider: ProviderRecord, signers: ProviderSigners, *, now: datetime
) -> SealedList:
    """Sign the list as its entries stand; nothing is filed.

    The revision is read before the entries: what changes in between makes the text newer than it says, never older.
    """
    revision, length = session.execute(
        select(StatusListRecord.revision, StatusListRecord.length).where(StatusListRecord.id == record.list_id)
    ).one()
    purpose = StatusPurpose(record.purpose)
    bits = StatusList.empty(length)
    for position in session.scalars(
        select(StatusEntryRecord.position).where(StatusEntryRecord.list_id == record.list_id, BITS[purpose].is_(True))
    ):
        bits.set(position, True)
    moment = now.replace(microsecond=0)
    credential = StatusListCredential(
        id=record.url,
        issuer_id=provider.issuer_id,
        purpose=purpose,
        encoded_list=bits.encode(),
        valid_from=moment,
        valid_until=moment + VALID_FOR,
        ttl_ms=int(TIME_TO_LIVE.total_seconds() * 1000),
    )
    return SealedList(
        sealed_json=seal(credential, signers.ed25519, created=moment).text,
        sealed_jwt=seal(credential, signers.p256, created=moment).text,
        revision=revision,
        signed_at=moment,
        valid_until=moment + VALID_FOR,
    )


def keep_published(session: Session, record_id: int, sealed: SealedList) -> None:
    """File a signed list, unless a newer one is on file. The caller holds a write transaction."""
    session.execute(
        update(PublishedListRecord)
        .where(PublishedListRecord.id == record_id, PublishedListRecord.signed_revision <= sealed.revision)
        .values(
            sealed_json=sealed.sealed_json,
            sealed_jwt=sealed.sealed_jwt,
            signed_revision=sealed.revision,
            signed_at=sealed.signed_at,
            valid_until=sealed.valid_until,
        )
    )


def outdate_lists(session: Session, provider_id: int) -> None:
    """Have all lists of a provider signed anew at the next look, because a key is not to be trusted any more."""
    session.execute(
        update(StatusListRecord)
        .where(StatusListRecord.provider_id == provider_id)
        .values(revision=StatusListRecord.revision + 1)
    )


def publish_due(session: Session, provider: ProviderRecord, signers: ProviderSigners, *, now: datetime) -> None:
    """Sign and file those of the provider's lists that are out of date. The caller holds a write transaction."""
    for record in lists_of(session, provider.id):
        if as_published(record, current_revision(session, record), now=now) is None:
            keep_published(session, record.id, seal_list(session, record, provider, signers, now=now))


def sibling_services(session: Session, provider: ProviderRecord) -> list[Service]:
    """The entries of the provider's DID document that lead from each revocation list to its two siblings."""
    rows = session.execute(
        select(
            PublishedListRecord.list_id, PublishedListRecord.purpose, PublishedListRecord.slug, PublishedListRecord.url
        )
        .join(StatusListRecord, PublishedListRecord.list_id == StatusListRecord.id)
        .where(StatusListRecord.provider_id == provider.id)
        .order_by(PublishedListRecord.id)
    ).all()
    revocation_urls = {row.list_id: row.url for row in rows if row.purpose == StatusPurpose.REVOCATION}
    return [
        Service(
            id=f"{provider.issuer_id}#status-{row.slug}",
            type=SERVICE_TYPE,
            endpoint=row.url,
            properties={"statusPurpose": row.purpose, "accompanies": revocation_urls[row.list_id]},
        )
        for row in rows
        if row.purpose != StatusPurpose.REVOCATION
    ]


def lists_of(session: Session, provider_id: int) -> Sequence[PublishedListRecord]:
    """Every published list of a provider."""
    return session.scalars(
        select(PublishedListRecord)
        .join(StatusListRecord, PublishedListRecord.list_id == StatusListRecord.id)
        .where(StatusListRecord.provider_id == provider_id)
        .order_by(PublishedListRecord.id)
    ).all()
