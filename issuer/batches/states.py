"""Where a batch stands, what becomes of its rows, and what people decide about them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class BatchState(StrEnum):
    """One at a time. READING waits for an answer without which no row can be read."""

    READING = "reading"
    PREVIEW = "preview"
    WAITING = "waiting"
    REFUSED = "refused"
    APPROVED = "approved"
    ISSUING = "issuing"
    FINISHED = "finished"
    DISCARDED = "discarded"


CHANGEABLE: Final = frozenset({BatchState.READING, BatchState.PREVIEW, BatchState.REFUSED})
"""The importer may still answer, read differently, send or discard."""

RELEASED: Final = frozenset({BatchState.APPROVED, BatchState.ISSUING})
"""Somebody has said yes; the rows are being issued or wait for a worker."""

OVER: Final = frozenset({BatchState.FINISHED, BatchState.DISCARDED})


class RowFate(StrEnum):
    """What became of a row after the batch was released; a row that was not chosen stays UNDECIDED."""

    UNDECIDED = ""
    WAITING = "waiting"
    ISSUED = "issued"
    ALREADY = "already_issued"
    FAILED = "failed"


class RowAnswer(StrEnum):
    """What a person said to the questions of a row."""

    NONE = ""
    YES = "yes"
    NO = "no"


class DecisionAct(StrEnum):
    """A step somebody took; the rows that hold them are only ever added."""

    SENT = "sent"
    TAKEN_BACK = "taken_back"
    APPROVED = "approved"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    """Released by the importer alone, where the programme asks for no second person."""
    DISCARDED = "discarded"
