"""The heading of an award file: which column is which, and which are not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from issuer.awards.files.aliases import Column, HeaderAliases
from issuer.awards.files.answers import FileAnswers
from issuer.awards.files.errors import ColumnMissing, ColumnTwice, HeaderMissing, TooManyColumns
from issuer.awards.files.limits import FileLimits
from issuer.awards.files.words import comparable, echo, tidy

PROBLEM_HEADING: Final = "problem"

_FEWEST_KNOWN: Final = 2
_FIRST_LINES: Final = 10
_LOOSE_FULL_NAMES: Final = frozenset({"name", "namn", "navn", "naam", "nimi"})
_WHAT_A_LIST_NEEDS: Final = (
    "It needs names, an e-mail address or trainee_ref, the badge, the completion date and the result."
)


class NoticeCode(StrEnum):
    """What can be said about a whole file that is read all the same."""

    COLUMN_REFUSED = "column_refused"
    COLUMN_UNKNOWN = "column_unknown"
    ENCODING_DOUBTFUL = "encoding_doubtful"
    LINES_ABOVE_HEADING = "lines_above_heading"
    SHEET_NOT_READ = "sheet_not_read"


@dataclass(frozen=True)
class Notice:
    """One remark about a file, in a sentence."""

    code: NoticeCode
    sentence: str


@dataclass(frozen=True)
class Heading:
    """Where each column stands, and what the file calls it."""

    positions: Mapping[Column, int]
    titles: Mapping[Column, str]
    width: int
    notices: tuple[Notice, ...]


def find_heading(rows: Sequence[tuple[int, Sequence[str]]], aliases: HeaderAliases) -> int:
    """The index of the first row that names two known columns; titles and dates may stand above it."""
    for index, (_, cells) in enumerate(rows[:_FIRST_LINES]):
        if sum(1 for cell in cells if aliases.find_column(cell)) >= _FEWEST_KNOWN:
            return index
    raise HeaderMissing(
        f"None of the first {_FIRST_LINES} lines is a heading we know.",
        f"Add a line with headings. {_WHAT_A_LIST_NEEDS}",
    )


def read_heading(cells: Sequence[str], aliases: HeaderAliases, limits: FileLimits) -> Heading:
    """Assign the columns; refused ones are left out here, before any of their values is kept.

    Raises ColumnTwice and TooManyColumns.
    """
    width = max((index + 1 for index, cell in enumerate(cells) if tidy(cell)), default=0)
    if width > limits.columns:
        raise TooManyColumns(
            f"The heading has {width} columns; {limits.columns} are the most.",
            "Delete the columns that are not needed.",
        )
    found: list[tuple[Column, int]] = []
    notices: list[Notice] = []
    for index, cell in enumerate(cells[:width]):
        column = aliases.find_column(cell)
        if column is not None:
            found.append((column, index))
        elif aliases.is_refused(cell):
            notices.append(refused_column(cell))
        elif comparable(cell) != PROBLEM_HEADING:
            notices.append(_unknown(cell, index))
    positions = _positions(_settle_names(found, cells), cells)
    titles = {column: tidy(cells[index]) for column, index in positions.items()}
    return Heading(positions, titles, width, tuple(notices))


def check_columns(heading: Heading, answers: FileAnswers) -> None:
    """Raise ColumnMissing when neither a column nor an answer for the whole file gives what every award needs."""
    columns = heading.positions.keys()
    if not columns & {Column.GIVEN_NAME, Column.FAMILY_NAME, Column.FULL_NAME}:
        raise _missing("names", "given_name and family_name")
    if not columns & {Column.EMAIL, Column.TRAINEE_REF}:
        raise _missing("e-mail addresses", "email (or trainee_ref)")
    if Column.ACHIEVEMENT_CODE not in columns and answers.achievement_code is None:
        raise _missing("badges", "achievement_code, or choose one badge for the whole file")
    if Column.COMPLETED_ON not in columns and answers.completed_on is None:
        raise _missing("completion dates", "completed_on, or give one date for the whole file")
    if Column.RESULT not in columns and not answers.all_passed:
        raise _missing("results", "result, or say that all have passed")


def refused_column(title: str) -> Notice:
    """Say that a column was dropped, and why."""
    return Notice(
        NoticeCode.COLUMN_REFUSED,
        f"The column {echo(tidy(title))} was dropped: badges carry no identity numbers, birth dates or the like. "
        "Leave it out of the next file.",
    )


def _settle_names(found: list[tuple[Column, int]], cells: Sequence[str]) -> list[tuple[Column, int]]:
    """Beside a column for one part of the name, a column called just "Name" holds the other part."""
    columns = {column for column, _ in found}
    parts = columns & {Column.GIVEN_NAME, Column.FAMILY_NAME}
    if len(parts) != 1:
        return found
    other = Column.FAMILY_NAME if Column.GIVEN_NAME in parts else Column.GIVEN_NAME
    return [
        (other if column is Column.FULL_NAME and comparable(cells[index]) in _LOOSE_FULL_NAMES else column, index)
        for column, index in found
    ]


def _positions(found: list[tuple[Column, int]], cells: Sequence[str]) -> dict[Column, int]:
    positions: dict[Column, int] = {}
    for column, index in found:
        if column in positions:
            both = f"{echo(tidy(cells[positions[column]]))} and {echo(tidy(cells[index]))}"
            raise ColumnTwice(f"The columns {both} both mean {column}.", "Rename or delete one of them.")
        positions[column] = index
    return positions


def _unknown(cell: str, index: int) -> Notice:
    name = echo(tidy(cell)) if tidy(cell) else f"number {index + 1}, which has no heading,"
    return Notice(NoticeCode.COLUMN_UNKNOWN, f"The column {name} was not read: we do not know what it means.")


def _missing(what: str, remedy: str) -> ColumnMissing:
    return ColumnMissing(f"The file has no column for {what}.", f"Add a column called {remedy}.")
