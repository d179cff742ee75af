"""Take catalogue, provider and programme files into the database; loading the same files again changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.catalogue.achievement_entry import AchievementEntry, stored_content
from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import MalformedCatalogue, PublishedVersionChanged
from issuer.catalogue.find import programme_entry
from issuer.catalogue.provider_entry import SLUG, ProgrammeEntry, ProviderEntry
from issuer.catalogue.records import (
    AchievementRecord,
    AchievementVersionRecord,
    AuthorisationRecord,
    ProgrammeRecord,
    ProviderRecord,
)
from keys.did import did_web

_DECIDED_IN_CONSOLE: Final = frozenset({"closed", "two_person_rule"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFiles:
    """The three files, parsed: each an object with its lists of entries."""

    providers: Mapping[str, Any]
    programmes: Mapping[str, Any]
    achievements: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTerms:
    """Under which address new providers issue, from when a new authorisation counts, and the moment of loading."""

    base_url: str
    authorised_from: datetime
    now: datetime


def load_catalogue(session: Session, files: CatalogueFiles, terms: LoadTerms) -> None:
    """Add what is new, update what may change, refuse the rest; everything is checked before anything is written.

    A provider keeps the issuer id it was first loaded under, and a published version its wording
    (PublishedVersionChanged). An authorisation that is no longer listed ends now, and one that is listed again goes on;
    where the console decided last, neither happens. Raises MalformedCatalogue.
    """
    providers = _entries("providers", files.providers, "providers")
    owners = _entries("providers", files.providers, "programme_owners")
    organisations = [(ProviderEntry.from_json(entry), entry, "provider") for entry in providers]
    organisations += [(ProviderEntry.from_json(entry), entry, "programme_owner") for entry in owners]
    programmes = [(ProgrammeEntry.from_json(e), e) for e in _entries("programmes", files.programmes, "programmes")]
    achievements = [
        (AchievementEntry.from_json(e), e) for e in _entries("catalogue", files.achievements, "achievements")
    ]
    for organisation, entry, role in organisations:
        _keep_provider(session, organisation, entry, role, terms)
    session.flush()
    slugs = {record.slug: record for record in session.scalars(select(ProviderRecord))}
    for programme, entry in programmes:
        _keep_programme(session, programme, entry, slugs)
    session.flush()
    for achievement, entry in achievements:
        record = _keep_achievement(session, achievement, entry, terms)
        _keep_authorisations(session, record, _authorised(entry, slugs), terms)
    session.flush()


def parse_file(source: str, data: bytes) -> Mapping[str, Any]:
    """A JSON file as an object; MalformedCatalogue when it is none."""
    try:
        parsed = json.loads(data)
    except ValueError as exc:
        raise MalformedCatalogue(source, "$", f"is not JSON: {exc}") from exc
    if not isinstance(parsed, dict):
        raise MalformedCatalogue(source, "$", "expected an object")
    return parsed


def _entries(source: str, file: Mapping[str, Any], name: str) -> list[Entry]:
    found = list(Entry.of(source, "$", file).objects(name))
    key = "slug" if source == "providers" else "code"
    seen: set[object] = set()
    for entry in found:
        if entry.members.get(key) in seen:
            entry.refuse(key, f"{entry.members.get(key)!r} appears twice")
        seen.add(entry.members.get(key))
    return found


def _keep_provider(session: Session, provider: ProviderEntry, entry: Entry, role: str, terms: LoadTerms) -> None:
    record = session.scalar(select(ProviderRecord).where(ProviderRecord.slug == provider.slug))
    if record is None:
        record = ProviderRecord(
            slug=provider.slug, issuer_id=did_web(terms.base_url, "issuers", provider.slug), role=role
        )
        session.add(record)
    record.role = role
    record.legal_name = provider.legal_name
    record.name_en = provider.name_en
    record.country = provider.country
    record.nuts_code = provider.nuts[0] if provider.nuts else None
    record.demo = provider.demo
    record.details = dict(entry.members)


def _keep_programme(
    session: Session, programme: ProgrammeEntry, entry: Entry, slugs: Mapping[str, ProviderRecord]
) -> None:
    owner = slugs.get(programme.owner)
    if owner is None:
        entry.refuse("owner", f"{programme.owner!r} is no provider and no programme owner")
    record = session.scalar(select(ProgrammeRecord).where(ProgrammeRecord.code == programme.code))
    if record is None:
        record = ProgrammeRecord(code=programme.code)
        session.add(record)
    # what the console decides stays unless the file says otherwise
    decided = {name: value for name, value in (record.details or {}).items() if name in _DECIDED_IN_CONSOLE}
    record.details = decided | dict(entry.members)
    record.title = programme.title
    record.owner_id = owner.id
    record.is_closed = programme_entry(record).is_closed
    record.demo = programme.demo


def _keep_achievement(
    session: Session, achievement: AchievementEntry, entry: Entry, terms: LoadTerms
) -> AchievementRecord:
    programme = session.scalar(select(ProgrammeRecord).where(ProgrammeRecord.code == achievement.programme))
    if programme is None:
        entry.refuse("programme", f"there is no programme {achievement.programme!r}")
    record = session.scalar(select(AchievementRecord).where(AchievementRecord.code == achievement.code))
    if record is None:
        record = AchievementRecord(code=achievement.code, programme_id=programme.id)
        session.add(record)
        session.flush()
    elif record.programme_id != programme.id:
        entry.refuse("programme", f"{achievement.code} belongs to another programme already")
    content = stored_content(entry)
    published = session.scalar(
        select(AchievementVersionRecord).where(
            AchievementVersionRecord.achievement_id == record.id,
            AchievementVersionRecord.version == achievement.version,
        )
    )
    if published is None:
        session.add(
            AchievementVersionRecord(
                achievement_id=record.id, version=achievement.version, content=content, published_at=terms.now
            )
        )
    elif published.content != content:
        raise PublishedVersionChanged(achievement.code, achievement.version)
    return record


def _authorised(entry: Entry, slugs: Mapping[str, ProviderRecord]) -> set[int]:
    named = entry.words("authorised_providers", SLUG)
    for slug in named:
        if slug not in slugs:
            entry.refuse("authorised_providers", f"there is no provider {slug!r}")
    return {slugs[slug].id for slug in named}


def _keep_authorisations(session: Session, achievement: AchievementRecord, listed: set[int], terms: LoadTerms) -> None:
    known = {  # the newest period of each provider
        record.provider_id: record
        for record in session.scalars(
            select(AuthorisationRecord)
            .where(AuthorisationRecord.achievement_id == achievement.id)
            .order_by(AuthorisationRecord.valid_from)
        )
    }
    for provider_id in sorted(listed - known.keys()):
        session.add(
            AuthorisationRecord(
                achievement_id=achievement.id,
                provider_id=provider_id,
                valid_from=terms.authorised_from,
                valid_until=None,
            )
        )
    for provider_id, record in known.items():
        if record.is_decided_in_console:
            continue  # an old file must not take back what its owner decided since
        if provider_id in listed:
            record.valid_until = None
        elif record.valid_until is None or record.valid_until > terms.now:
            record.valid_until = terms.now
