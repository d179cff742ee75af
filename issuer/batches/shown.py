"""A batch as it is looked at: its rows page by page, how many stand where, what is asked, and how far issuing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, load_only

from issuer.awards.files import Column, RowCode
from issuer.batches.answers import better_address, needs_reason
from issuer.batches.filters import CONDITIONS, RowFilter, is_double, mail_came_back, stays_behind
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.states import RELEASED, BatchState, RowAnswer, RowFate
from issuer.batches.stored import asked_codes
from issuer.catalogue.find import get_provider
from issuer.delivery.records import DeliveryRecord, DeliveryState

PAGE: Final = 100
"""Rows on one page."""

ALIKE: Final = (
    RowCode.EMAIL_MISSING,
    RowCode.DATE_EXCEL_SERIAL,
    RowCode.EMAIL_DOMAIN_SUSPICIOUS,
    RowCode.RESULT_LEVEL_ASSUMED,
)
"""Questions that may be answered for many rows at once; where one person may be taken for another, each is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One row for a table; ``found`` are sentences without the number of the line."""

    line: int
    state: RowFilter
    name: str
    achievement_code: str
    found: Sequence[str]
    asked: frozenset[str]
    answer: RowAnswer
    reason: str
    needs_reason: bool
    better_address: str
    suggestion: str
    token: str | None
    delivery: DeliveryRecord | None
    is_double: bool
    """Another line of the file awards the same badge, since somebody said that both are one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """One page of rows, and which of how many it is."""

    rows: Sequence[RowShown]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DateQuestion:
    """The one question about dates: what a cell says on which line, both readings, and how many rows wait for it."""

    text: str
    line: int
    day_first: date
    month_first: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A batch in the list of all of them."""

    batch: BatchRecord
    badges: int
    open_rows: int


def overviews(session: Session, provider_slug: str, page: int) -> tuple[Sequence[Overview], int]:
    """One page of a provider's batches, the newest first, and the number of pages; given-up ones are left out."""
    provider = get_provider(session, provider_slug)
    query = select(BatchRecord).where(
        BatchRecord.provider_id == provider.id, BatchRecord.state != BatchState.DISCARDED.value
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    batches = session.scalars(query.order_by(BatchRecord.id.desc()).offset(_skipped(page)).limit(PAGE)).all()
    ids = [batch.id for batch in batches]
    counted = session.execute(
        select(BatchRowRecord.batch_id, _sum(BatchRowRecord.is_chosen), _sum(stays_behind()))
        .where(BatchRowRecord.batch_id.in_(ids))
        .group_by(BatchRowRecord.batch_id)
    )
    counts: Mapping[int, tuple[int, int]] = {each[0]: (int(each[1] or 0), int(each[2] or 0)) for each in counted}
    found = [
        Overview(batch=batch, badges=counts.get(batch.id, (0, 0))[0], open_rows=counts.get(batch.id, (0, 0))[1])
        for batch in batches
    ]
    return found, _pages(total)


def tally(session: Session, batch: BatchRecord) -> Counter[RowFilter]:
    """How many rows a preview has under each filter; one issued before or a double of another counts as that only."""
    kind = case(
        (BatchRowRecord.credential_record_id.is_not(None), RowFilter.ALREADY.value),
        (is_double(), RowFilter.SKIPPED.value),
        else_=BatchRowRecord.state,
    )
    # sorted first and counted then: PostgreSQL takes two spellings of one expression for two
    sorted_rows = (
        select(kind.label("kind"), BatchRowRecord.is_chosen, stays_behind().label("is_behind"))
        .where(BatchRowRecord.batch_id == batch.id)
        .subquery()
    )
    counts = select(sorted_rows, func.count().label("count")).group_by(*sorted_rows.c)
    found: Counter[RowFilter] = Counter()
    for state, is_chosen, is_behind, count in session.execute(counts):
        found[RowFilter(state)] += count
        found[RowFilter.CHOSEN] += count if is_chosen else 0
        found[RowFilter.LEFT_BEHIND] += count if is_behind else 0
        found[RowFilter.ALL] += count
    return found


def page_of_rows(session: Session, batch: BatchRecord, wanted: RowFilter, number: int) -> RowPage:
    """One page of the rows under a filter, in the order of the file.

    After a release ALL means those that went out, and those that need somebody come first.
    """
    query = select(BatchRowRecord).where(BatchRowRecord.batch_id == batch.id)
    if wanted is RowFilter.ALL and batch.state in (*RELEASED, BatchState.FINISHED):
        wanted = RowFilter.RELEASED
    if wanted in CONDITIONS:
        query = query.where(CONDITIONS[wanted])
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = _pages(total)
    number = max(1, min(number, pages))
    first = case((BatchRowRecord.fate == RowFate.FAILED.value, 0), (mail_came_back(), 0), else_=1)
    rows = session.scalars(
        query.options(joinedload(BatchRowRecord.credential))
        .order_by(first, BatchRowRecord.line)
        .offset(_skipped(number))
        .limit(PAGE)
    ).all()
    deliveries = _deliveries(session, rows)
    shown = [_shown(row, deliveries.get(row.credential_record_id or 0)) for row in rows]
    return RowPage(rows=shown, number=number, pages=pages, total=total)


def date_question(session: Session, batch: BatchRecord) -> DateQuestion | None:
    """What has to be said once about the dates of this file, if anything has."""
    asking = select(BatchRowRecord).where(
        BatchRowRecord.batch_id == batch.id, BatchRowRecord.code == RowCode.DATE_AMBIGUOUS.value
    )
    row = session.scalar(asking.order_by(BatchRowRecord.line).limit(1))
    if row is None:
        return None
    days = [date.fromisoformat(day) for day in row.suggestion.split(", ")]
    return DateQuestion(
        text=(row.cells or {}).get(Column.COMPLETED_ON.value, ""),
        line=row.line,
        day_first=days[0],
        month_first=days[-1],
        count=session.scalar(select(func.count()).select_from(asking.subquery())) or 0,
    )


def open_questions(session: Session, batch: BatchRecord) -> list[tuple[RowCode, int]]:
    """Questions that several rows ask alone and nobody has answered, with how many ask them."""
    rows = session.scalars(
        select(BatchRowRecord)
        .where(
            BatchRowRecord.batch_id == batch.id,
            BatchRowRecord.needs_answer,
            BatchRowRecord.answer == "",
            BatchRowRecord.credential_record_id.is_(None),
        )
        .options(load_only(BatchRowRecord.needs_answer, BatchRowRecord.code, BatchRowRecord.also))
    )
    alone = Counter(next(iter(asked)) for row in rows for asked in (asked_codes(row),) if len(asked) == 1)
    return [(code, alone[code.value]) for code in ALIKE if alone[code.value] > 1]


def rows_left_behind(session: Session, batch: BatchRecord) -> list[BatchRowRecord]:
    """The rows that need a person: errors, warnings nobody said yes to, and what failed at issue."""
    query: Select[BatchRowRecord] = (
        select(BatchRowRecord)
        .where(BatchRowRecord.batch_id == batch.id, stays_behind(), BatchRowRecord.cells.is_not(None))
        .order_by(BatchRowRecord.line)
    )
    return list(session.scalars(query))


def same_file_before(session: Session, batch: BatchRecord) -> BatchRecord | None:
    """The batch before this one that was made from exactly the same bytes, unless it was given up."""
    return session.scalar(
        select(BatchRecord)
        .where(
            BatchRecord.provider_id == batch.provider_id,
            BatchRecord.file_digest == batch.file_digest,
            BatchRecord.id < batch.id,
            BatchRecord.state != BatchState.DISCARDED.value,
        )
        .order_by(BatchRecord.id.desc())
        .limit(1)
    )


def waiting_for(session: Session, provider_slug: str) -> int:
    """How many batches of a provider wait for an approver."""
    provider = get_provider(session, provider_slug)
    query = select(func.count()).where(
        BatchRecord.provider_id == provider.id, BatchRecord.state == BatchState.WAITING.value
    )
    return session.scalar(query) or 0


def spoken(sentence: str, line: int) -> str:
    """A sentence without the number of its line, which stands in a column of its own."""
    text = sentence.removeprefix(f"Line {line}: ")
    is_short_name = "-" in text.partition(" ")[0]
    return text if is_short_name else f"{text[:1].upper()}{text[1:]}"


def _shown(row: BatchRowRecord, delivery: DeliveryRecord | None) -> RowShown:
    sentences = [row.sentence, *(each["sentence"] for each in row.also)] if row.code else []
    return RowShown(
        line=row.line,
        state=_filter_of(row, delivery),
        name=row.name,
        achievement_code=row.achievement_code,
        found=[spoken(sentence, row.line) for sentence in sentences if sentence],
        asked=asked_codes(row),
        answer=RowAnswer(row.answer),
        reason=row.reason,
        needs_reason=needs_reason(row),
        better_address=better_address(row),
        suggestion=row.suggestion,
        token=row.credential.token if row.credential is not None else None,
        delivery=delivery,
        is_double=_is_double(row),
    )


def _filter_of(row: BatchRowRecord, delivery: DeliveryRecord | None) -> RowFilter:
    match RowFate(row.fate):
        case RowFate.FAILED:
            return RowFilter.NEEDS_YOU
        case RowFate.ISSUED:
            came_back = delivery is not None and delivery.state == DeliveryState.BOUNCED
            return RowFilter.NEEDS_YOU if came_back else RowFilter.ISSUED
        case RowFate.WAITING:
            return RowFilter.WAITING
        case RowFate.ALREADY:
            return RowFilter.ALREADY
    if row.credential_record_id is not None:
        return RowFilter.ALREADY
    return RowFilter.SKIPPED if _is_double(row) else RowFilter(row.state)


def _is_double(row: BatchRowRecord) -> bool:
    return row.answer == RowAnswer.YES.value and not row.is_chosen and row.credential_record_id is None


def _deliveries(session: Session, rows: Sequence[BatchRowRecord]) -> dict[int, DeliveryRecord]:
    ids = [row.credential_record_id for row in rows if row.fate == RowFate.ISSUED.value]
    found = session.scalars(select(DeliveryRecord).where(DeliveryRecord.credential_record_id.in_(ids)))
    return {each.credential_record_id: each for each in found}


def _sum(condition: ColumnElement[bool] | InstrumentedAttribute[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def _skipped(page: int) -> int:
    return (max(1, page) - 1) * PAGE
