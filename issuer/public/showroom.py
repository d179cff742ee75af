"""The catalogue as people read it: shelves of badges, one badge, one issuer, who may issue what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.find import (
    achievement_entry,
    find_provider,
    find_version,
    newest_versions,
    offers_of,
    programme_entry,
    provider_entry,
)
from issuer.catalogue.provider_entry import ProviderEntry
from issuer.catalogue.records import AuthorisationRecord, ProgrammeRecord, ProviderRecord
from issuer.certificates.badge_art import BadgeDesign, badge_mark
from issuer.signing.provider_keys import keys_of
from issuer.signing.records import SigningKeyRecord
from verifier.trust import TrustEntry, TrustList
from verifier.web.words import Words

Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeCard:
    """One achievement in a word or two."""

    code: str
    title: str
    description: str
    art: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One programme and what can be earned in it; its own drawing is that of its middle badge."""

    code: str
    title: str
    entries: tuple[BadgeCard, ...]

    @property
    def art(self) -> Markup:
        """A drawing that stands for the programme."""
        return self.entries[len(self.entries) // 2].art


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementPage:
    """Everything the catalogue says of one version; rows are anchor, label and value."""

    code: str
    programme: str
    version: str
    title: str
    description: str
    outcomes: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    art: Markup
    providers: tuple[ProviderCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCard:
    """A provider in a line."""

    slug: str
    name: str
    name_en: str
    place: str
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key of an issuer, and when it was used."""

    thumbprint: str
    algorithm: str
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerPage:
    """One issuer: who it is, what it may award now, with which keys it ever signed."""

    provider: ProviderCard
    offers: tuple[AchievementEntry, ...]
    keys: tuple[KeyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRow:
    """One line of the trust list."""

    name: str
    country: str
    achievements: tuple[str, ...]
    period: str


def shelves(session: Session) -> tuple[Shelf, ...]:
    """Every programme that has something to earn, in the order in which they were loaded."""
    found: dict[int, list[BadgeCard]] = {}
    for record in newest_versions(session):
        if record.achievement.retired_at is not None:
            continue
        entry = achievement_entry(record)
        card = BadgeCard(code=entry.code, title=entry.title, description=entry.description, art=_art(entry))
        found.setdefault(record.achievement.programme_id, []).append(card)
    programmes = session.scalars(select(ProgrammeRecord).order_by(ProgrammeRecord.id))
    return tuple(
        Shelf(code=programme.code, title=programme.title, entries=tuple(found[programme.id]))
        for programme in programmes
        if programme.id in found
    )


def achievement_page(
    session: Session, code: str, version: str | None, words: Words, *, now: datetime
) -> AchievementPage | None:
    """One version of an achievement, or its newest."""
    record = find_version(session, code, version)
    if record is None:
        return None
    is_retired = record.achievement.retired_at is not None
    authorised = () if is_retired else _authorised(session, record.achievement_id, now)
    return describe(achievement_entry(record), authorised, words)


def describe(entry: AchievementEntry, authorised: Sequence[ProviderRecord], words: Words) -> AchievementPage:
    """The page of an achievement, published or not yet."""
    return AchievementPage(
        code=entry.code,
        programme=entry.programme,
        version=entry.version,
        title=entry.title,
        description=entry.description,
        outcomes=tuple(outcome.text for outcome in entry.outcomes),
        rows=tuple(_achievement_rows(entry, words)),
        art=_art(entry),
        providers=tuple(_provider_card(provider, words) for provider in authorised),
    )


def issuer_page(session: Session, slug: str, words: Words, *, now: datetime) -> IssuerPage | None:
    """One issuer."""
    record = find_provider(session, slug)
    if record is None:
        return None
    return IssuerPage(
        provider=_provider_card(record, words),
        offers=tuple(offers_of(session, record, now=now).values()),
        keys=tuple(_key_row(key, words) for key in keys_of(session, record)),
    )


def trust_rows(trust: TrustList, words: Words) -> tuple[TrustRow, ...]:
    """The entries of the list by country and name."""
    entries = sorted(trust.entries, key=lambda entry: (entry.country, entry.name.casefold()))
    return tuple(_trust_row(entry, words) for entry in entries)


def keeper_name(session: Session, trust: TrustList) -> str:
    """The office that signs the list, by its name where we know it."""
    name = session.scalar(select(ProviderRecord.legal_name).where(ProviderRecord.issuer_id == trust.keeper))
    return name or trust.keeper


def funding_notices(session: Session) -> tuple[str, ...]:
    """What the funders of the programmes ask to be said on every page, each once."""
    entries = [programme_entry(record) for record in session.scalars(select(ProgrammeRecord))]
    return tuple(dict.fromkeys(each.funding_notice["en"] for each in entries if each.funding_notice))


def is_demonstration(session: Session) -> bool:
    """Whether invented providers are loaded."""
    return session.scalar(select(ProviderRecord.id).where(ProviderRecord.demo).limit(1)) is not None


def _authorised(session: Session, achievement_id: int, now: datetime) -> Sequence[ProviderRecord]:
    records = session.scalars(
        select(AuthorisationRecord)
        .where(AuthorisationRecord.achievement_id == achievement_id, AuthorisationRecord.valid_from <= now)
        .options(joinedload(AuthorisationRecord.provider))
    )
    in_force = [each.provider for each in records if each.valid_until is None or now < each.valid_until]
    return sorted(in_force, key=lambda provider: provider.legal_name.casefold())


def _provider_card(record: ProviderRecord, words: Words) -> ProviderCard:
    entry = provider_entry(record)
    place = [entry.address.city if entry.address else None, words.country(entry.country, None)]
    return ProviderCard(
        slug=record.slug,
        name=entry.legal_name,
        name_en=entry.name_en,
        place=", ".join(part for part in place if part),
        rows=tuple(_provider_rows(record, entry, words)),
    )


def _provider_rows(record: ProviderRecord, entry: ProviderEntry, words: Words) -> list[Row]:
    where = entry.address
    parts = [where.street, " ".join(filter(None, (where.postal_code, where.city)))] if where else []
    rows = [
        ("issuer.identity", record.issuer_id),
        ("issuer.address", ", ".join(part for part in parts if part)),
        ("issuer.website", entry.url),
        ("issuer.mail", entry.email),
        ("issuer.registration", " ".join(entry.registration) if entry.registration else ""),
        ("label.quality", "; ".join(f"{each.statement}, {each.agent}" for each in entry.quality_assurance)),
    ]
    return [(words(key), value) for key, value in rows if value]


def _achievement_rows(entry: AchievementEntry, words: Words) -> list[tuple[str, str, str]]:
    """The anchors are those that the European elements of a credential point at."""
    hours = words.count("label.hours.value", int(entry.workload_hours))
    assessed = words.listed([words.term(term.label) for term in entry.assessment_types])
    months = words.count("label.validity.value", entry.validity_months) if entry.validity_months else None
    rows = [
        ("criteria", "label.to_pass", entry.criteria),
        ("assessment", "label.assessment", assessed),
        ("supervision", "label.supervision", words.term(entry.supervision[1].label) if entry.supervision else None),
        ("level", "label.level", words("label.level.stated", level=entry.eqf_level) if entry.eqf_level else None),
        ("workload", "label.hours", f"{hours}, {words.term(entry.participation.label)}"),
        ("credits", "label.credits", words("label.credits.value", n=f"{entry.ects:g}") if entry.ects else None),
        ("validity", "label.validity", months or words("label.no_end")),
        ("field", "label.field", entry.isced[1].label if entry.isced else None),
        ("skills", "label.skills", ", ".join(term.label for term in entry.skills)),
        ("prerequisites", "label.prerequisites", ", ".join(entry.prerequisites)),
        ("course", "label.course", entry.course.url if entry.course else None),
    ]
    return [(anchor, words(key), value) for anchor, key, value in rows if value]


def _key_row(record: SigningKeyRecord, words: Words) -> KeyRow:
    from_ = words.date(record.used_from)
    used = words("issuer.key.since", from_=from_)
    if record.used_until is not None:
        used = words("issuer.key.between", from_=from_, to=words.date(record.used_until))
    if record.distrusted_since is not None:
        to = words.date(record.used_until or record.distrusted_since)
        used = words("issuer.key.distrusted", from_=from_, to=to, distrusted=words.date(record.distrusted_since))
    return KeyRow(thumbprint=record.thumbprint, algorithm=record.algorithm, used=used)


def _trust_row(entry: TrustEntry, words: Words) -> TrustRow:
    from_ = words.date(entry.valid_from)
    if entry.valid_until is None:
        period = words("trust.since", from_=from_)
    else:
        period = words("trust.between", from_=from_, to=words.date(entry.valid_until))
    return TrustRow(
        name=entry.name,
        country=words.country(entry.country, None) or entry.country,
        achievements=tuple(sorted(entry.achievements)),
        period=period,
    )


def _art(entry: AchievementEntry) -> Markup:
    design = BadgeDesign.of(entry.programme, entry.code, entry.eqf_level)
    return Markup(badge_mark(design, entry.title))  # noqa: S704 - drawn by us, the title is escaped there
