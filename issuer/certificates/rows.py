"""The table of facts as it is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issuer.certificates.errors import TextDoesNotFit
from issuer.certificates.facts import Fact
from issuer.certificates.labels import Bilingual
from issuer.certificates.typesetting import SMALL, TEXT, SetText, Style, fill

HEIGHT = 77.0
LABEL_WIDTH = 42.667
VALUE_WIDTH = 40.667
RULE = 0.15


@dataclass(frozen=True)
class RowSetting:
    """One way to set the table: the white in a row, and the style of what stands first in a cell."""

    name: str
    white: float
    first: Style


SETTINGS = (
    RowSetting("airy", 2.85, TEXT),
    RowSetting("roomy", 1.9, TEXT),
    RowSetting("dense", 1.0, TEXT),
    RowSetting("small", 0.8, SMALL),
)


@dataclass(frozen=True)
class Cell:
    """What stands first, and the small lines beneath it."""

    first: SetText
    beneath: tuple[SetText, ...]

    @property
    def height(self) -> float:
        """In millimetres."""
        return self.first.height + sum(text.height for text in self.beneath)


@dataclass(frozen=True)
class Row:
    """One fact."""

    label: Cell
    value: Cell


@dataclass(frozen=True)
class Rows:
    """The table; `height` in millimetres."""

    setting: str
    rows: tuple[Row, ...]
    height: float


def rows_of(facts: Sequence[Fact], *, is_single: bool) -> Rows:
    """Take the airiest setting in which all facts fit; rows in two languages start less airy. Raises TextDoesNotFit."""
    for setting in SETTINGS if is_single else SETTINGS[1:]:
        rows = tuple(_row(fact, setting) for fact in facts)
        height = sum(setting.white + RULE + max(row.label.height, row.value.height) for row in rows)
        if height <= HEIGHT:
            return Rows(setting.name, rows, height)
    raise TextDoesNotFit("facts", height, HEIGHT)


def _row(fact: Fact, setting: RowSetting) -> Row:
    label = _cell(fact.label, setting, LABEL_WIDTH)
    value = _cell(fact.value, setting, VALUE_WIDTH)
    notes = tuple(fill(note, SMALL, VALUE_WIDTH) for note in fact.notes)
    return Row(label, Cell(value.first, value.beneath + notes))


def _cell(text: Bilingual, setting: RowSetting, width: float) -> Cell:
    beneath = (fill(text.second, SMALL, width),) if text.second else ()
    return Cell(fill(text.first, setting.first, width), beneath)
