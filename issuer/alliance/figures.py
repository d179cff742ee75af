"""How many certifications and learners there are: by programme, achievement, provider, country, region and month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from issuer.awards.reasons import NOT_EARNED
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.awards.states import CredentialState
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord, ProgrammeRecord, ProviderRecord
from issuer.learners.records import LearnerRecord

_NUTS2: Final = 4
_NUTS3: Final = 5
_AT_ONCE: Final = 10_000
_B = IssuedCredentialRecord
_PLACES: Final = select(ProviderRecord.id, ProviderRecord.slug, ProviderRecord.country, ProviderRecord.nuts_code)
_ACHIEVEMENTS: Final = (
    select(AchievementVersionRecord.id, AchievementRecord.code, ProgrammeRecord.code.label("programme"))
    .join(AchievementRecord, AchievementVersionRecord.achievement_id == AchievementRecord.id)
    .join(ProgrammeRecord, AchievementRecord.programme_id == ProgrammeRecord.id)
)


class Dimension(StrEnum):
    """What is counted by; the values are public."""

    PROGRAMME = "programme"
    ACHIEVEMENT = "achievement"
    PROVIDER = "provider"
    MONTH = "month"
    ISSUER_COUNTRY = "issuer_country"
    ISSUER_NUTS2 = "issuer_nuts2"
    ISSUER_NUTS3 = "issuer_nuts3"
    LEARNER_COUNTRY = "learner_country"
    LEARNER_NUTS2 = "learner_nuts2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is counted: one provider or all, and the days of completion, both included."""

    provider_slug: str | None = None
    completed_from: date | None = None
    completed_to: date | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of a table; somebody with two certifications is one learner."""

    key: str
    certifications: int
    learners: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The totals, and a table for each dimension by key; what is not known of a certification has no line."""

    certifications: int
    learners: int
    tables: Mapping[Dimension, tuple[Cell, ...]]

    def counted(self, dimension: Dimension) -> dict[str, int]:
        """Certifications alone."""
        return {cell.key: cell.certifications for cell in self.tables[dimension]}


class _Place(NamedTuple):
    slug: str
    country: str
    nuts_code: str | None


_Alike = tuple[int, int, int, int, str | None, str | None]
"""Year, month, version, provider, learner's country and region: what many certifications have in common."""


def count_figures(session: Session, scope: Scope) -> Figures:
    """Count every certification that was earned, in the month its learner completed it.

    Not counted: specimens; a credential that was replaced, whose successor counts; one that was revoked because it had
    not been earned (wrong result, issued in error, fraud). A suspended or expired one was earned and counts.
    """
    places = {row.id: _Place(row.slug, row.country, row.nuts_code) for row in session.execute(_PLACES)}
    achievements = {row.id: (row.code, row.programme) for row in session.execute(_ACHIEVEMENTS)}
    alike: dict[_Alike, list[int]] = defaultdict(list)
    for learner, day, *where in session.execute(_earned(scope).execution_options(yield_per=_AT_ONCE)):
        alike[day.year, day.month, *where].append(learner)
    counted: dict[Dimension, Counter[str]] = {each: Counter() for each in Dimension}
    people: dict[Dimension, dict[str, set[int]]] = {each: defaultdict(set) for each in Dimension}
    for (year, month, version, provider, country, nuts), learners in alike.items():
        said = (*achievements[version], f"{year}-{month:02d}")
        for dimension, key in _keys(said, places[provider], country, nuts):
            counted[dimension][key] += len(learners)
            people[dimension][key].update(learners)
    tables = {
        dimension: tuple(Cell(key, counter[key], len(people[dimension][key])) for key in sorted(counter))
        for dimension, counter in counted.items()
    }
    everybody = set().union(*alike.values())
    return Figures(sum(map(len, alike.values())), len(everybody), tables)


def _keys(
    said: tuple[str, str, str], place: _Place, country: str | None, nuts: str | None
) -> Iterator[tuple[Dimension, str]]:
    """Under which key of each dimension one certification counts."""
    code, programme, month = said
    yield Dimension.PROGRAMME, programme
    yield Dimension.ACHIEVEMENT, code
    yield Dimension.PROVIDER, place.slug
    yield Dimension.MONTH, month
    yield Dimension.ISSUER_COUNTRY, place.country
    if place.nuts_code and len(place.nuts_code) >= _NUTS2:
        yield Dimension.ISSUER_NUTS2, place.nuts_code[:_NUTS2]
    if place.nuts_code and len(place.nuts_code) >= _NUTS3:
        yield Dimension.ISSUER_NUTS3, place.nuts_code
    if country:
        yield Dimension.LEARNER_COUNTRY, country
    if nuts and len(nuts) >= _NUTS2:
        yield Dimension.LEARNER_NUTS2, nuts[:_NUTS2]


def _earned(scope: Scope) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(
            _B.learner_id,
            _B.completed_on,
            _B.achievement_version_id,
            _B.provider_id,
            LearnerRecord.country,
            LearnerRecord.nuts_code,
        )
        .join(LearnerRecord, _B.learner_id == LearnerRecord.id)
        .where(_B.is_specimen.is_(False), _B.id.not_in(_replaced()), _B.id.not_in(_not_earned()))
    )
    if scope.provider_slug is not None:
        owner = select(ProviderRecord.id).where(ProviderRecord.slug == scope.provider_slug).scalar_subquery()
        query = query.where(_B.provider_id == owner)
    if scope.completed_from is not None:
        query = query.where(_B.completed_on >= scope.completed_from)
    if scope.completed_to is not None:
        query = query.where(_B.completed_on <= scope.completed_to)
    return query


def _replaced() -> Select[int | None]:
    return select(_B.supersedes_id).where(_B.supersedes_id.is_not(None))


def _not_earned() -> Select[int]:
    return (
        select(StatusChangeRecord.credential_record_id)
        .join(_B, StatusChangeRecord.credential_record_id == _B.id)
        .where(
            _B.state == CredentialState.REVOKED,
            StatusChangeRecord.act == "revoked",
            StatusChangeRecord.reason.in_([reason.value for reason in NOT_EARNED]),
        )
    )
