"""The rows that need a person, as a file to correct and upload again: the same columns and the problem beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from issuer.awards.files.headings import PROBLEM_HEADING
from issuer.awards.files.outcome import RowOutcome, RowState
from issuer.awards.files.row import text_of
from issuer.awards.files.table import AwardTable
from verifier.spreadsheet import csv_text

_TO_CORRECT: Final = frozenset({RowState.ERROR, RowState.WARNING})


def problem_file(table: AwardTable, outcomes: Iterable[RowOutcome]) -> bytes:
    """Write errors and unanswered warnings as CSV in UTF-8, with the file's own headings and delimiter.

    A value or a heading that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    problems = {
        outcome.line: outcome.sentence
        for outcome in outcomes
        if outcome.outcome in _TO_CORRECT and not outcome.is_issuable
    }
    columns = [*(table.titles[column] for column in table.columns), PROBLEM_HEADING]
    rows = (
        [*(text_of(row, column) for column in table.columns), problems[row.line]]
        for row in table.rows
        if row.line in problems
    )
    return csv_text(columns, rows, delimiter=table.delimiter or ";").encode("utf-8-sig")
