"""Which rows of a batch are meant: the filters that stand in addresses, and the questions behind them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, not_, or_, select

from issuer.awards.files import RowState
from issuer.batches.records import BatchRowRecord
from issuer.batches.states import RowAnswer, RowFate
from issuer.delivery.records import DeliveryRecord, DeliveryState


class RowFilter(StrEnum):
    """Which rows are shown; the values stand in addresses."""

    ALL = ""
    READY = "ready"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"
    IGNORED = "ignored"
    ALREADY = "already-issued"
    CHOSEN = "going-out"
    NEEDS_YOU = "needs-you"
    ISSUED = "issued"
    WAITING = "waiting"
    RELEASED = "released"
    LEFT_BEHIND = "left-behind"


def mail_came_back() -> ColumnElement[bool]:
    """The badge is issued, and the mail about it did not arrive."""
    back = select(DeliveryRecord.id).where(
        DeliveryRecord.credential_record_id == BatchRowRecord.credential_record_id,
        DeliveryRecord.state == DeliveryState.BOUNCED.value,
    )
    return and_(BatchRowRecord.fate == RowFate.ISSUED.value, back.exists())


def stays_behind() -> ColumnElement[bool]:
    """A row that did not go out, or failed, and may still be made good by somebody."""
    needs_somebody = BatchRowRecord.state.in_([RowState.ERROR.value, RowState.WARNING.value])
    is_new = BatchRowRecord.credential_record_id.is_(None)
    has_failed = BatchRowRecord.fate == RowFate.FAILED.value
    return or_(and_(needs_somebody, is_new, BatchRowRecord.is_chosen.is_(False), not_(is_double())), has_failed)


def is_double() -> ColumnElement[bool]:
    """Somebody said yes, and the row still does not go out: another line awards the same badge to the same person."""
    is_new = BatchRowRecord.credential_record_id.is_(None)
    return and_(BatchRowRecord.answer == RowAnswer.YES.value, BatchRowRecord.is_chosen.is_(False), is_new)


def _in_state(state: RowState) -> ColumnElement[bool]:
    return and_(BatchRowRecord.state == state.value, BatchRowRecord.credential_record_id.is_(None))


CONDITIONS: Final[Mapping[RowFilter, ColumnElement[bool]]] = {
    RowFilter.READY: _in_state(RowState.READY),
    RowFilter.WARNING: and_(_in_state(RowState.WARNING), not_(is_double())),
    RowFilter.ERROR: _in_state(RowState.ERROR),
    RowFilter.SKIPPED: or_(_in_state(RowState.SKIPPED), is_double()),
    RowFilter.IGNORED: _in_state(RowState.IGNORED),
    RowFilter.ALREADY: and_(
        BatchRowRecord.credential_record_id.is_not(None), BatchRowRecord.fate.in_(["", RowFate.ALREADY.value])
    ),
    RowFilter.CHOSEN: BatchRowRecord.is_chosen.is_(True),
    RowFilter.NEEDS_YOU: or_(BatchRowRecord.fate == RowFate.FAILED.value, mail_came_back()),
    RowFilter.ISSUED: BatchRowRecord.fate == RowFate.ISSUED.value,
    RowFilter.WAITING: BatchRowRecord.fate == RowFate.WAITING.value,
    RowFilter.RELEASED: BatchRowRecord.fate != "",
    RowFilter.LEFT_BEHIND: and_(stays_behind(), BatchRowRecord.fate == ""),
}
