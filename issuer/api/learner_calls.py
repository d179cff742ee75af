"""Calls about the provider's own learners; the only ones that answer with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from issuer.api.call import Answer, Call, read_cursor, write_cursor
from issuer.api.errors import not_found
from issuer.api.shapes_in import LearnerQuery
from issuer.api.shapes_out import LearnerOut, LearnerPage
from issuer.awards.own_learners import own_learners
from issuer.awards.records import IssuedCredentialRecord
from issuer.database import reading
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord

_L: Final = LearnerRecord
_R: Final = IssuedCredentialRecord


def list_learners(call: Call) -> Answer:
    """The provider's own learners; raises ApiRefused for a cursor that is none."""
    asked: LearnerQuery = call.query
    query = own_learners(call.caller.provider_id)
    if asked.reference is not None:
        query = query.where(_has_reference(call.caller.provider_id, asked.reference))
    after = read_cursor(asked.cursor)
    if after is not None:
        query = query.where(_L.id > after)
    with reading(call.office.sessions) as session:
        found = session.scalars(query.order_by(_L.id).limit(asked.limit + 1)).all()
        shown = found[: asked.limit]
        following = write_cursor(shown[-1].id) if len(found) > len(shown) else None
        return Answer(body=LearnerPage(items=_learners_out(session, call, shown), next=following))


def get_learner(call: Call) -> Answer:
    """One of them, by the pseudonym in credentials; raises ApiRefused."""
    with reading(call.office.sessions) as session:
        found = session.scalars(
            own_learners(call.caller.provider_id).where(_L.subject_id == call.path["learner_id"])
        ).one_or_none()
        if found is None:
            raise not_found("learner")
        return Answer(body=_learners_out(session, call, [found])[0])


def _has_reference(provider_id: int, reference: str) -> ColumnElement[bool]:
    return exists().where(
        LearnerReferenceRecord.learner_id == _L.id,
        LearnerReferenceRecord.provider_id == provider_id,
        LearnerReferenceRecord.reference == reference,
    )


def _learners_out(session: Session, call: Call, learners: Sequence[LearnerRecord]) -> list[LearnerOut]:
    ids = [each.id for each in learners]
    provider_id = call.caller.provider_id
    references: dict[int, list[str]] = {number: [] for number in ids}
    for record in session.scalars(
        select(LearnerReferenceRecord)
        .where(LearnerReferenceRecord.provider_id == provider_id, LearnerReferenceRecord.learner_id.in_(ids))
        .order_by(LearnerReferenceRecord.id)
    ):
        references[record.learner_id].append(record.reference)
    newest = select(func.max(_R.id), func.count()).where(_R.provider_id == provider_id, _R.learner_id.in_(ids))
    counts = {row[0]: row[1] for row in session.execute(newest.group_by(_R.learner_id))}
    names = select(_R.id, _R.learner_id, _R.given_name, _R.family_name).where(_R.id.in_(counts))
    shown = {row.learner_id: row for row in session.execute(names)}
    return [
        LearnerOut(
            id=each.subject_id,
            references=references[each.id],
            given_name=shown[each.id].given_name if each.id in shown else "",
            family_name=shown[each.id].family_name if each.id in shown else "",
            email=each.email,
            awards=counts[shown[each.id].id] if each.id in shown else 0,
        )
        for each in learners
    ]
