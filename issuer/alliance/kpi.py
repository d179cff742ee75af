"""How many successful certifications there are, and where: the figures the alliance reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from issuer.awards.reasons import NOT_EARNED
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.awards.states import CredentialState
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord, ProgrammeRecord, ProviderRecord
from issuer.learners.records import LearnerRecord

SMALL_CELL: Final = 5
SMALL_CELL_RULE: Final = (
    f"cells with fewer than {SMALL_CELL} learners are shown as '<{SMALL_CELL}' in published reports "
    "(by_learner_country here)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The figures; all but ``distinct_learners`` count certifications."""

    certifications_total: int
    distinct_learners: int
    by_programme: dict[str, int]
    by_achievement: dict[str, int]
    by_provider: dict[str, int]
    by_issuer_country: dict[str, int]
    by_issuer_nuts: dict[str, int]
    by_learner_country: dict[str, int]
    by_month: dict[str, int]
    small_cell_rule: str = SMALL_CELL_RULE

    def to_json(self) -> dict[str, Any]:
        """The figures as they are; hiding small cells is for whoever publishes them."""
        return asdict(self)


def count_certifications(session: Session) -> Kpi:
    """Count every certification that was earned, in the month its learner completed it.

    Not counted: specimens; a credential that was replaced, whose successor counts; one that was revoked because it had
    not been earned (wrong result, issued in error, fraud). A suspended or expired one was earned and counts.
    """
    rows = session.execute(
        select(
            IssuedCredentialRecord.learner_id,
            IssuedCredentialRecord.completed_on,
            ProgrammeRecord.code.label("programme"),
            AchievementRecord.code.label("achievement"),
            ProviderRecord.slug,
            ProviderRecord.country,
            ProviderRecord.nuts_code,
            LearnerRecord.country.label("learner_country"),
        )
        .join(AchievementVersionRecord, IssuedCredentialRecord.achievement_version_id == AchievementVersionRecord.id)
        .join(AchievementRecord, AchievementVersionRecord.achievement_id == AchievementRecord.id)
        .join(ProgrammeRecord, AchievementRecord.programme_id == ProgrammeRecord.id)
        .join(ProviderRecord, IssuedCredentialRecord.provider_id == ProviderRecord.id)
        .join(LearnerRecord, IssuedCredentialRecord.learner_id == LearnerRecord.id)
        .where(
            IssuedCredentialRecord.is_specimen.is_(False),
            IssuedCredentialRecord.id.not_in(_replaced()),
            IssuedCredentialRecord.id.not_in(_not_earned()),
        )
    ).all()
    return Kpi(
        certifications_total=len(rows),
        distinct_learners=len({row.learner_id for row in rows}),
        by_programme=_counted(row.programme for row in rows),
        by_achievement=_counted(row.achievement for row in rows),
        by_provider=_counted(row.slug for row in rows),
        by_issuer_country=_counted(row.country for row in rows),
        by_issuer_nuts=_counted(row.nuts_code for row in rows),
        by_learner_country=_counted(row.learner_country for row in rows),
        by_month=_counted(f"{row.completed_on:%Y-%m}" for row in rows),
    )


def _replaced() -> Select[int | None]:
    return select(IssuedCredentialRecord.supersedes_id).where(IssuedCredentialRecord.supersedes_id.is_not(None))


def _not_earned() -> Select[int]:
    return (
        select(StatusChangeRecord.credential_record_id)
        .join(IssuedCredentialRecord, StatusChangeRecord.credential_record_id == IssuedCredentialRecord.id)
        .where(
            IssuedCredentialRecord.state == CredentialState.REVOKED,
            StatusChangeRecord.act == "revoked",
            StatusChangeRecord.reason.in_([reason.value for reason in NOT_EARNED]),
        )
    )


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    """How often each occurs, by name; what is not known has no line."""
    return dict(sorted(Counter(value for value in values if value is not None).items()))
