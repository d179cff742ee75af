"""Figures as they may be published: a cell with few learners would tell of the people in it, and shows "<5"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from issuer.alliance.figures import Cell, Dimension, Figures
from issuer.alliance.kpi import SMALL_CELL

FEW: Final = f"<{SMALL_CELL}"
ENOUGH: Final = f"{SMALL_CELL}+"
"""A cell that is shown roughly because the exact one would give away the only small one beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCell:
    """One line as people see it; ``size`` is what a bar is drawn from, None where the figures are not told."""

    key: str
    certifications: str
    learners: str
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigures:
    """Totals and tables as people see them; ``is_exact`` when nothing was hidden on purpose."""

    certifications: str
    learners: str
    tables: Mapping[Dimension, Sequence[ShownCell]]
    is_exact: bool

    def to_json(self) -> dict[str, Any]:
        """Numbers where they are told, "<5" and "5+" where they are not."""
        return {
            "certifications": _number(self.certifications),
            "learners": _number(self.learners),
            **{
                f"by_{dimension.value}": {
                    cell.key: {"certifications": _number(cell.certifications), "learners": _number(cell.learners)}
                    for cell in cells
                }
                for dimension, cells in self.tables.items()
            },
        }


def as_counted(figures: Figures) -> ShownFigures:
    """Every figure as it is: for the provider itself, not for publication."""
    return ShownFigures(
        certifications=str(figures.certifications),
        learners=str(figures.learners),
        tables={dimension: [_exact(cell) for cell in cells] for dimension, cells in figures.tables.items()},
        is_exact=True,
    )


def as_published(figures: Figures) -> ShownFigures:
    """Small cells hidden, and a second cell with a single small one, which the total of its table would give away.

    Not hidden: what somebody works out from several tables, or from reports of other periods, put together.
    """
    is_small = 0 < figures.learners < SMALL_CELL
    return ShownFigures(
        certifications=FEW if is_small else str(figures.certifications),
        learners=FEW if is_small else str(figures.learners),
        tables={dimension: _hidden(cells) for dimension, cells in figures.tables.items()},
        is_exact=False,
    )


def _hidden(cells: Sequence[Cell]) -> list[ShownCell]:
    small = {cell.key for cell in cells if cell.learners < SMALL_CELL}
    rest = [cell for cell in cells if cell.key not in small]
    companion = min(rest, key=lambda cell: cell.certifications).key if len(small) == 1 and rest else None
    return [_roughly(cell, FEW) if cell.key in small else
            _roughly(cell, ENOUGH) if cell.key == companion else _exact(cell) for cell in cells]  # fmt: skip


def _roughly(cell: Cell, said: str) -> ShownCell:
    return ShownCell(key=cell.key, certifications=said, learners=said, size=None)


def _exact(cell: Cell) -> ShownCell:
    return ShownCell(
        key=cell.key, certifications=str(cell.certifications), learners=str(cell.learners), size=cell.certifications
    )


def _number(said: str) -> int | str:
    return int(said) if said.isdigit() else said
