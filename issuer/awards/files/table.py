"""An award file as a table: known columns only, every row with its line number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from issuer.awards.files.aliases import Column, HeaderAliases, shipped_aliases
from issuer.awards.files.answers import FileAnswers
from issuer.awards.files.dialect import find_delimiter, records
from issuer.awards.files.encoding import find_encoding
from issuer.awards.files.errors import (
    FileDamaged,
    FileEmpty,
    FileTooLarge,
    FileTypeUnknown,
    HeaderMissing,
    NoRows,
    TooManyRows,
)
from issuer.awards.files.headings import (
    Heading,
    Notice,
    NoticeCode,
    check_columns,
    find_heading,
    read_heading,
    refused_column,
)
from issuer.awards.files.limits import FileLimits
from issuer.awards.files.national_numbers import is_national_number
from issuer.awards.files.words import echo
from issuer.awards.files.workbook import COMPOUND, ZIP, CellValue, Sheet, read_workbook, refuse_compound_file

__all__ = ["AwardTable", "Column", "Notice", "NoticeCode", "TableRow", "read_award_file"]

_FOREIGN_STARTS: Final = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"<", "a web page or XML, whatever its name says"),
    (b"{", "JSON"),
)
_HEADING_WINDOW: Final = 60
_ENOUGH_NUMBERS: Final = 0.8

NumberedRow = tuple[int, Sequence[CellValue]]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its line, its values by column (text, or a date where a workbook had one), and what is wrong in shape.

    surplus counts filled cells to the right of the heading; too_long names the columns whose value was cut off.
    """

    line: int
    cells: Mapping[Column, CellValue]
    surplus: int = 0
    too_long: tuple[Column, ...] = ()


@dataclass(frozen=True)
class AwardTable:
    """An award file that could be read.

    encoding and delimiter are None for a workbook, sheet is None for text. titles holds what the file calls its
    columns, in the file's order. Columns that we do not know, or refuse to know, are not in here.
    """

    name: str
    columns: tuple[Column, ...]
    titles: Mapping[Column, str]
    rows: tuple[TableRow, ...]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notices: tuple[Notice, ...] = ()
    answers: FileAnswers = field(default_factory=FileAnswers)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is to be read where a person knows better than we: None leaves it to us."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


def read_award_file(
    data: bytes,
    name: str,
    *,
    aliases: HeaderAliases | None = None,
    answers: FileAnswers | None = None,
    limits: FileLimits | None = None,
    reading: Reading | None = None,
) -> AwardTable:
    """Read a CSV file in any dialect a spreadsheet writes, or an XLSX workbook; name is for the sentences only.

    Whatever the bytes are, only AwardFileError is raised. The values in the rows are not judged here: see assess.
    """
    reader = _Reader(
        name, aliases or shipped_aliases(), answers or FileAnswers(), limits or FileLimits(), reading or Reading()
    )
    return reader.read(data)


@dataclass(frozen=True)
class _Reader:
    name: str
    aliases: HeaderAliases
    answers: FileAnswers
    limits: FileLimits
    reading: Reading

    def read(self, data: bytes) -> AwardTable:
        if len(data) > self.limits.size:
            raise FileTooLarge(
                f"The file has {len(data) / 1e6:.1f} MB; {self.limits.size / 1e6:.0f} MB are the most.",
                "Divide the list into several files.",
            )
        if not data.strip(b"\0\t\n\r \xef\xbb\xbf\xff\xfe"):
            raise FileEmpty(f"The file {echo(self.name)} is empty.", "Save the list again and upload that.")
        if data.startswith(COMPOUND):
            refuse_compound_file(data)
        if data.startswith(ZIP):
            return self._read_workbook(data)
        _refuse_foreign(data)
        return self._read_text(data)

    def _read_text(self, data: bytes) -> AwardTable:
        encoding = find_encoding(data, self.aliases, self.reading.encoding)
        delimiter = find_delimiter(data, encoding.name, self.aliases, self.reading.delimiter)
        table = self._table(records(data, encoding.name, delimiter))
        notices = table.notices
        if not encoding.certain:
            notices = (
                Notice(
                    NoticeCode.ENCODING_DOUBTFUL,
                    f"The file was read as {encoding.name}, but the letters fit another encoding about as well. "
                    "Look at the names; if letters are wrong, choose another encoding.",
                ),
                *notices,
            )
        return replace(table, encoding=encoding.name, delimiter=delimiter, notices=notices)

    def _read_workbook(self, data: bytes) -> AwardTable:
        sheets = read_workbook(data, self.limits, self.reading.sheet)
        if not sheets:
            raise FileEmpty("The workbook is empty.", "Save the list again and upload that.")
        sheet = next((sheet for sheet in sheets if self._has_heading(sheet)), sheets[0])
        notices = tuple(
            Notice(NoticeCode.SHEET_NOT_READ, f"The sheet {echo(other.name)} was not read.")
            for other in sheets
            if other is not sheet
        )
        table = self._table(iter(sheet.rows))
        return replace(table, sheet=sheet.name, notices=notices + table.notices)

    def _has_heading(self, sheet: Sheet) -> bool:
        try:
            find_heading(_as_text(sheet.rows[:_HEADING_WINDOW]), self.aliases)
        except HeaderMissing:
            return False
        return True

    def _table(self, rows: Iterable[NumberedRow]) -> AwardTable:
        remaining = _without_nul(rows)
        top = list(islice(remaining, _HEADING_WINDOW))
        filled = [row for row in _as_text(top) if any(cell.strip() for cell in row[1])]
        line, cells = filled[find_heading(filled, self.aliases)]
        heading = read_heading(cells, self.aliases, self.limits)
        check_columns(heading, self.answers)
        below = [row for row in top if row[0] > line]
        heading, body = _drop_national_numbers(heading, tuple(self._body(heading, below, remaining)))
        if not any(any(value for value in row.cells.values()) for row in body):
            raise NoRows("The file has a heading and nothing under it.", "Add the learners and upload it again.")
        notices = heading.notices
        if filled[0][0] < line:
            sentence = f"The heading was found on line {line}; what stands above it was not read."
            notices = (Notice(NoticeCode.LINES_ABOVE_HEADING, sentence), *notices)
        columns = tuple(sorted(heading.positions, key=lambda column: heading.positions[column]))
        return AwardTable(self.name, columns, heading.titles, body, notices=notices, answers=self.answers)

    def _body(
        self, heading: Heading, below: Iterable[NumberedRow], remaining: Iterable[NumberedRow]
    ) -> Iterable[TableRow]:
        count = 0
        for rows in (below, remaining):
            for line, cells in rows:
                count += 1
                if count > self.limits.rows:
                    raise TooManyRows(
                        f"The file has more than {self.limits.rows:,} rows.", "Divide the list into several files."
                    )
                yield self._row(heading, line, cells)

    def _row(self, heading: Heading, line: int, cells: Sequence[CellValue]) -> TableRow:
        values = {
            column: cells[position]
            for column, position in heading.positions.items()
            if position < len(cells) and cells[position] != ""
        }
        limit = self.limits.cell_length
        too_long = tuple(column for column, value in values.items() if isinstance(value, str) and len(value) > limit)
        for column in too_long:
            values[column] = str(values[column])[:limit]
        surplus = sum(1 for cell in cells[heading.width :] if not isinstance(cell, str) or cell.strip())
        return TableRow(line, values, surplus, too_long)


def _drop_national_numbers(heading: Heading, body: tuple[TableRow, ...]) -> tuple[Heading, tuple[TableRow, ...]]:
    """Leave the trainee_ref column out when what stands in it are national identity numbers."""
    references = [str(row.cells[Column.TRAINEE_REF]) for row in body if Column.TRAINEE_REF in row.cells]
    numbers = sum(1 for reference in references if is_national_number(reference))
    if not numbers or numbers < len(references) * _ENOUGH_NUMBERS:
        return heading, body
    notice = refused_column(heading.titles[Column.TRAINEE_REF])
    positions: dict[Column, int] = {
        column: place for column, place in heading.positions.items() if column is not Column.TRAINEE_REF
    }
    cleaned = tuple(
        replace(row, cells={column: value for column, value in row.cells.items() if column is not Column.TRAINEE_REF})
        for row in body
    )
    return replace(heading, positions=positions, notices=(*heading.notices, notice)), cleaned


def _without_nul(rows: Iterable[NumberedRow]) -> Iterator[NumberedRow]:
    """The rows; raises FileDamaged at the first cell with NUL, which no list has and PostgreSQL takes in no text."""
    for line, cells in rows:
        for number, cell in enumerate(cells, start=1):
            if isinstance(cell, str) and "\0" in cell:
                raise FileDamaged(
                    f"Line {line}, cell {number}: it holds the character NUL, which is no letter.",
                    f"Type cell {number} of line {line} again and upload the file.",
                )
        yield line, cells


def _as_text(rows: Iterable[NumberedRow]) -> list[tuple[int, list[str]]]:
    return [(line, [cell if isinstance(cell, str) else cell.isoformat() for cell in cells]) for line, cells in rows]


def _refuse_foreign(data: bytes) -> None:
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, kind in _FOREIGN_STARTS:
        if start.startswith(mark):
            raise FileTypeUnknown(f"The file is {kind}.", "Save the list as CSV or XLSX and upload that.")
