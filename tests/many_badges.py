"""Very many badges on file, made without seals: for whatever only looks them up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from issuer.awards.records import IssuedCredentialRecord, folded_name
from issuer.catalogue.records import AchievementVersionRecord, ProviderRecord
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord
from issuer.status.records import StatusEntryRecord, StatusListRecord

GIVEN: Final = ("Åsa", "Jürgen", "Šárka", "João", "Nguyễn", "İpek", "Zoë", "Łukasz", "Ana", "Per", "Sørine", "Γιώργος")
FAMILY: Final = (
    "Öberg",
    "Müller",
    "Nováková",
    "Conceição",
    "Trần",
    "Yılmaz",
    "Çelik",
    "Wałęsa",
    "Silva",
    "Ek",
    "Bjørn",
)
_AT_ONCE: Final = 5_000


def put_badges(session: Session, provider_slug: str, count: int, *, now: datetime, text_bytes: int = 0) -> None:
    """File so many badges of a provider: names of all kinds, two years of days, one in fifty not valid. No commit."""
    provider = session.scalars(select(ProviderRecord).where(ProviderRecord.slug == provider_slug)).one()
    status_list = StatusListRecord(provider_id=provider.id, length=131_072 * 8, opened_at=now)
    session.add(status_list)
    session.flush()
    for start in range(0, count, _AT_ONCE):
        _put_some(session, provider, status_list.id, range(start, min(start + _AT_ONCE, count)), (now, text_bytes))


def _put_some(
    session: Session, provider: ProviderRecord, list_id: int, numbers: range, made: tuple[datetime, int]
) -> None:
    now, text_bytes = made
    versions = session.scalars(select(AchievementVersionRecord.id).order_by(AchievementVersionRecord.id)).all()
    learners = session.scalars(
        insert(LearnerRecord).returning(LearnerRecord.id, sort_by_parameter_order=True),
        [_learner(provider.slug, each, now) for each in numbers],
    ).all()
    entries = session.scalars(
        insert(StatusEntryRecord).returning(StatusEntryRecord.id, sort_by_parameter_order=True),
        [{"list_id": list_id, "position": each} for each in numbers],
    ).all()
    people = list(zip(numbers, learners, strict=True))
    called = [{"provider_id": provider.id, "reference": f"R{each}", "learner_id": learner} for each, learner in people]
    session.execute(insert(LearnerReferenceRecord), called)
    long_text = {"sealed_json": "x" * text_bytes, "sealed_jwt": "y" * text_bytes}
    rows = [
        {
            **_badge(provider.id, number, now),
            **long_text,
            "achievement_version_id": versions[number % len(versions)],
            "learner_id": learner,
            "status_entry_id": entry,
        }
        for (number, learner), entry in zip(people, entries, strict=True)
    ]
    session.execute(insert(IssuedCredentialRecord), rows)
    session.flush()


def _badge(provider_id: int, number: int, now: datetime) -> dict[str, object]:
    chance = Random(number)
    day = date(2024, 11, 1) + timedelta(days=chance.randrange(740))
    given, family = chance.choice(GIVEN), f"{chance.choice(FAMILY)} {number}"
    is_valid = chance.random() >= 0.02
    return {
        "credential_id": f"urn:uuid:{provider_id:08x}-0000-4000-8000-{number:012x}",
        "token": f"{provider_id:02d}{number:020d}",
        "provider_id": provider_id,
        "completed_on": day,
        "valid_until": datetime(day.year + 2, day.month, 1, tzinfo=now.tzinfo) if number % 3 else None,
        "issued_at": now,
        "given_name": given,
        "family_name": family,
        "result": "Pass",
        "state": "issued" if is_valid else chance.choice(("revoked", "suspended")),
        "is_specimen": False,
        "name_folded": folded_name(given, family),
    }


def _learner(provider_slug: str, number: int, now: datetime) -> dict[str, object]:
    return {
        "subject_id": f"urn:uuid:{provider_slug[:8]}-{number}",
        "email": f"learner{number}@{provider_slug}.example",
        "country": "SE" if number % 4 else "FI",
        "nuts_code": "SE232" if number % 4 else "FI1C3",
        "created_at": now,
    }
