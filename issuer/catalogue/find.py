"""Questions to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import (
    AchievementRetired,
    ProgrammeClosed,
    ProviderNotAuthorised,
    UnknownAchievement,
    UnknownProvider,
)
from issuer.catalogue.provider_entry import ProgrammeEntry, ProviderEntry
from issuer.catalogue.records import (
    AchievementRecord,
    AchievementVersionRecord,
    AuthorisationRecord,
    ProgrammeRecord,
    ProviderRecord,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of an achievement together with the programme it belongs to, read and ready to be awarded."""

    version_id: int
    entry: AchievementEntry
    programme_id: int
    programme: ProgrammeEntry


def get_provider(session: Session, slug: str) -> ProviderRecord:
    """The provider with this slug; UnknownProvider lists those there are."""
    record = find_provider(session, slug)
    if record is None:
        known = session.scalars(
            select(ProviderRecord.slug).where(ProviderRecord.role == "provider").order_by(ProviderRecord.slug)
        )
        raise UnknownProvider(slug, tuple(known))
    return record


def find_provider(session: Session, slug: str) -> ProviderRecord | None:
    """The provider or programme owner with this slug, if there is one."""
    return session.scalar(select(ProviderRecord).where(ProviderRecord.slug == slug))


def provider_entry(record: ProviderRecord) -> ProviderEntry:
    """What the provider file said, read again from the record."""
    return ProviderEntry.from_json(Entry.of("provider", record.slug, record.details))


def programme_entry(record: ProgrammeRecord) -> ProgrammeEntry:
    """What the programme file said, read again from the record."""
    return ProgrammeEntry.from_json(Entry.of("programme", record.code, record.details))


def achievement_entry(record: AchievementVersionRecord) -> AchievementEntry:
    """The wording that was published as this version."""
    return AchievementEntry.from_json(Entry.of("achievement", f"version {record.id}", record.content))


def find_version(session: Session, code: str, version: str | None = None) -> AchievementVersionRecord | None:
    """The named version of an achievement, or its newest."""
    query = (
        select(AchievementVersionRecord)
        .join(AchievementRecord)
        .where(AchievementRecord.code == code.upper())
        .order_by(AchievementVersionRecord.id.desc())
        .options(joinedload(AchievementVersionRecord.achievement).joinedload(AchievementRecord.programme))
        .limit(1)
    )
    if version is not None:
        query = query.where(AchievementVersionRecord.version == version)
    return session.scalar(query)


def newest_versions(session: Session) -> Sequence[AchievementVersionRecord]:
    """The newest version of every achievement, by code."""
    records = session.scalars(
        select(AchievementVersionRecord)
        .join(AchievementRecord)
        .order_by(AchievementRecord.code, AchievementVersionRecord.id)
        .options(joinedload(AchievementVersionRecord.achievement).joinedload(AchievementRecord.programme))
    )
    return list({record.achievement_id: record for record in records}.values())


def get_offer(session: Session, provider: ProviderRecord, code: str, *, now: datetime) -> Offer:
    """The newest version of an achievement, when this provider may award it now.

    Raises UnknownAchievement, ProgrammeClosed, AchievementRetired or ProviderNotAuthorised.
    """
    version = find_version(session, code)
    if version is None:
        raise UnknownAchievement(code)
    programme = version.achievement.programme
    if programme.is_closed:
        raise ProgrammeClosed(programme.code)
    if version.achievement.retired_at is not None:
        raise AchievementRetired(version.achievement.code)
    periods = session.scalars(
        select(AuthorisationRecord).where(
            AuthorisationRecord.achievement_id == version.achievement_id,
            AuthorisationRecord.provider_id == provider.id,
        )
    )
    if not any(period.is_in_force(now) for period in periods):
        raise ProviderNotAuthorised(provider.slug, version.achievement.code)
    return Offer(
        version_id=version.id,
        entry=achievement_entry(version),
        programme_id=programme.id,
        programme=programme_entry(programme),
    )


def offers_of(session: Session, provider: ProviderRecord, *, now: datetime) -> dict[str, AchievementEntry]:
    """Everything the provider may award now, by code."""
    in_force = {
        record.achievement_id
        for record in session.scalars(select(AuthorisationRecord).where(AuthorisationRecord.provider_id == provider.id))
        if record.is_in_force(now)
    }
    return {
        record.achievement.code: achievement_entry(record)
        for record in newest_versions(session)
        if record.achievement_id in in_force and _is_awarded(record.achievement)
    }


def _is_awarded(achievement: AchievementRecord) -> bool:
    return achievement.retired_at is None and not achievement.programme.is_closed
