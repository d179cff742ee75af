"""How awards, answers and findings are written into the rows of a batch, and read back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from issuer.awards.files import AwardTable, Column, FileAnswers, Reading, RowCode, RowOutcome, RowState
from issuer.awards.files.row import text_of
from issuer.awards.files.table import TableRow
from issuer.awards.request import AwardRequest
from issuer.batches.records import BatchRecord, BatchRowRecord

_DATES: Final = ("completed_on", "valid_until")


def request_to_json(request: AwardRequest) -> dict[str, Any]:
    """The award without what is not said; the line is told by its row."""
    written = {name: value for name, value in asdict(request).items() if value is not None and name != "line"}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in written.items()}


def request_of(row: BatchRowRecord) -> AwardRequest:
    """The award a row holds; only rows that may go out hold one."""
    assert row.request is not None, "a chosen row holds its award until it is issued"
    members: dict[str, Any] = {
        name: date.fromisoformat(value) if name in _DATES else value for name, value in row.request.items()
    }
    return AwardRequest(**members, line=row.line)


def told_to_json(reading: Reading, answers: FileAnswers) -> dict[str, Any]:
    """What a person said once for the whole file."""
    day = answers.completed_on
    return {**asdict(reading), **asdict(answers), "completed_on": day.isoformat() if day else None}


def reading_told(told: Mapping[str, Any]) -> Reading:
    """How a person wants the file read."""
    return Reading(encoding=told.get("encoding"), delimiter=told.get("delimiter"), sheet=told.get("sheet"))


def answers_told(told: Mapping[str, Any]) -> FileAnswers:
    """What a person said in place of missing columns and unclear dates."""
    day = told.get("completed_on")
    return FileAnswers(
        day_first=told.get("day_first"),
        achievement_code=told.get("achievement_code"),
        completed_on=date.fromisoformat(day) if day else None,
        all_passed=bool(told.get("all_passed")),
    )


def read_as_json(table: AwardTable) -> dict[str, Any]:
    """How a file was read, without its rows."""
    return {
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "columns": [[column.value, table.titles[column]] for column in table.columns],
        "notices": [notice.sentence for notice in table.notices],
    }


def cells_to_json(row: TableRow) -> dict[str, str]:
    """What stood in the row, as text."""
    return {column.value: text_of(row, column) for column in row.cells}


def table_of(batch: BatchRecord, rows: list[BatchRowRecord]) -> AwardTable:
    """The table again, with these rows only."""
    titles = {Column(name): title for name, title in batch.read_as.get("columns", ())}
    return AwardTable(
        name=batch.name,
        columns=tuple(titles),
        titles=titles,
        rows=tuple(
            TableRow(row.line, {Column(name): text for name, text in (row.cells or {}).items()}) for row in rows
        ),
        delimiter=batch.read_as.get("delimiter"),
    )


def asked_codes(row: BatchRowRecord) -> frozenset[str]:
    """What a person has to say yes to before the row may go out."""
    if not row.needs_answer:
        return frozenset()
    return frozenset({row.code, *(each["code"] for each in row.also if each["needs_answer"])})


def outcome_of(row: BatchRowRecord) -> RowOutcome:
    """A row that stays behind, as the file of problems wants it."""
    return RowOutcome(
        line=row.line,
        outcome=RowState(row.state),
        code=RowCode.CLEAN,
        sentence=row.sentence,
        needs_answer=True,
        name=row.name,
    )
