"""The figures programmes report on: successful certifications, by programme, achievement, provider, place and month."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from issuer.alliance.figures import Dimension, Figures, Scope, count_figures

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


def count_certifications(session: Session, scope: Scope | None = None) -> Kpi:
    """Count as ``count_figures`` does: everything, or what the scope says."""
    return kpi_of(count_figures(session, scope or Scope()))


def kpi_of(figures: Figures) -> Kpi:
    """The figures in the shape that reports have had from the beginning."""
    return Kpi(
        certifications_total=figures.certifications,
        distinct_learners=figures.learners,
        by_programme=figures.counted(Dimension.PROGRAMME),
        by_achievement=figures.counted(Dimension.ACHIEVEMENT),
        by_provider=figures.counted(Dimension.PROVIDER),
        by_issuer_country=figures.counted(Dimension.ISSUER_COUNTRY),
        by_issuer_nuts=figures.counted(Dimension.ISSUER_NUTS3),
        by_learner_country=figures.counted(Dimension.LEARNER_COUNTRY),
        by_month=figures.counted(Dimension.MONTH),
    )
