"""The rows of a batch as they are written down: the outcome of a line, and what people said to it before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from issuer.awards.files import Column, RowOutcome, RowState, TableRow
from issuer.awards.files.row import text_of
from issuer.awards.files.words import printable
from issuer.batches.look_through import LookedThrough
from issuer.batches.records import BatchRowRecord
from issuer.batches.states import RowAnswer
from issuer.batches.stored import asked_codes, cells_to_json, request_to_json

LONGEST_NAME: Final = 200
_LONGEST_CODE: Final = 64


def written_rows(
    batch_id: int, looked: LookedThrough, carried: Mapping[int, BatchRowRecord], corrections: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    """A row for every line, as an insert takes them; ``carried`` are the rows of before to which somebody answered."""
    for row, outcome in zip(looked.table.rows, looked.outcomes, strict=True):
        earlier = looked.earlier.get(outcome.line)
        written = {
            **_found(outcome),
            "batch_id": batch_id,
            "achievement_code": _code(row, outcome),
            "cells": cells_to_json(row),
            "corrected_email": corrections.get(outcome.line),
            "credential_record_id": earlier,
            "fate": "",
        }
        yield written | _said_before(BatchRowRecord(**written), carried.get(outcome.line))


def may_go_out(row: BatchRowRecord) -> bool:
    """Whether a row goes out when the batch does: an award nobody made before, and nobody has to be asked any more."""
    is_new = row.request is not None and row.credential_record_id is None
    return is_new and (not row.needs_answer or row.answer == RowAnswer.YES)


def _found(outcome: RowOutcome) -> dict[str, Any]:
    return {
        "line": outcome.line,
        "state": outcome.outcome.value,
        "code": outcome.code.value,
        "sentence": outcome.sentence,
        "suggestion": outcome.suggestion,
        "also": [
            {
                "code": each.code.value,
                "sentence": each.sentence,
                "suggestion": each.suggestion,
                "needs_answer": each.needs_answer and each.state is RowState.WARNING,
            }
            for each in outcome.also
        ],
        "name": outcome.name[:LONGEST_NAME],
        "needs_answer": outcome.needs_answer,
        "request": request_to_json(outcome.request) if outcome.request else None,
    }


def _code(row: TableRow, outcome: RowOutcome) -> str:
    if outcome.request is not None:
        return outcome.request.achievement_code
    return printable(text_of(row, Column.ACHIEVEMENT_CODE)[:_LONGEST_CODE])


def _said_before(row: BatchRowRecord, before: BatchRowRecord | None) -> dict[str, Any]:
    """What was said to the row when it was judged before, when it still is the same row with the same question."""
    if before is not None and row.needs_answer and (before.name, asked_codes(before)) == (row.name, asked_codes(row)):
        row.answer, row.reason, row.answered_by = before.answer, before.reason, before.answered_by
    else:
        row.answer, row.reason, row.answered_by = RowAnswer.NONE.value, "", ""
    return {
        "answer": row.answer,
        "reason": row.reason,
        "answered_by": row.answered_by,
        "is_chosen": may_go_out(row),
    }
