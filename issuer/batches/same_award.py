"""A yes that two names are one person can make a row an award that exists already: then no badge comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from issuer.awards.files import RowCode
from issuer.awards.prepare import person_of
from issuer.awards.request import AwardRequest
from issuer.batches.look_through import find_issued_before
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.rows import may_go_out
from issuer.batches.states import RowAnswer
from issuer.batches.stored import asked_codes, request_of
from issuer.learners.errors import LearnerError
from issuer.learners.matching import LearnerFile

ONE_PERSON: Final = frozenset(
    {RowCode.EMAIL_USED_BY_OTHER_NAME.value, RowCode.TRAINEE_REF_USED_BY_OTHER_NAME.value},
)
"""Questions whose yes decides who is meant."""


def settle_one_person(session: Session, batch: BatchRecord) -> None:
    """Look again at every row with a yes to who is meant, as issuing will: is it issued, or above in the file?

    Call it after every change of an answer: a row that lost its double goes out again. No commit.
    """
    rows = _rows_of_one_person(session, batch)
    if not rows:
        return
    requests = {row.line: request for row, request in _recognised(session, batch, rows)}
    earlier = find_issued_before(session, list(requests.items()))
    going = [request_of(row) for row in _chosen_beside(session, batch, rows)]
    for row in rows:
        row.credential_record_id = earlier.get(row.line)
        row.is_chosen = may_go_out(row) and not _is_among(requests[row.line], going)
        if row.is_chosen:
            going.append(requests[row.line])
    session.flush()


def _rows_of_one_person(session: Session, batch: BatchRecord) -> Sequence[BatchRowRecord]:
    asks = or_(
        BatchRowRecord.code.in_(ONE_PERSON), *(cast(BatchRowRecord.also, Text).contains(code) for code in ONE_PERSON)
    )
    query = select(BatchRowRecord).where(
        BatchRowRecord.batch_id == batch.id, BatchRowRecord.answer == RowAnswer.YES.value, asks
    )
    rows = session.scalars(query.order_by(BatchRowRecord.line))
    return [row for row in rows if row.request is not None and asked_codes(row) & ONE_PERSON]


def _recognised(
    session: Session, batch: BatchRecord, rows: Sequence[BatchRowRecord]
) -> Iterable[tuple[BatchRowRecord, AwardRequest]]:
    """The awards with the learner whom issuing will find; where it will find a contradiction, it says so then."""
    requests = [request_of(row) for row in rows]
    learners = LearnerFile(session, batch.provider_id, [person_of(request) for request in requests])
    for row, request in zip(rows, requests, strict=True):
        try:
            learner = learners.find(person_of(request))
        except LearnerError:
            learner = None
        yield row, replace(request, learner_id=learner.id) if learner is not None else request


def _chosen_beside(session: Session, batch: BatchRecord, rows: Sequence[BatchRowRecord]) -> Sequence[BatchRowRecord]:
    return session.scalars(
        select(BatchRowRecord).where(
            BatchRowRecord.batch_id == batch.id,
            BatchRowRecord.is_chosen,
            BatchRowRecord.achievement_code.in_({row.achievement_code for row in rows}),
            BatchRowRecord.id.not_in([row.id for row in rows]),
        )
    ).all()


def _is_among(request: AwardRequest, others: Iterable[AwardRequest]) -> bool:
    badge = (request.achievement_code, request.completed_on)
    return any((each.achievement_code, each.completed_on) == badge and _is_one(request, each) for each in others)


def _is_one(left: AwardRequest, right: AwardRequest) -> bool:
    """Whether issuing will take both for one learner."""
    if left.learner_id is not None and left.learner_id == right.learner_id:
        return True
    if left.email and right.email:
        return left.email == right.email
    return left.trainee_ref is not None and left.trainee_ref == right.trainee_ref
