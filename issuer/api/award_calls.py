"""Calls about badges: award one, look at them, change their state."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from issuer.api.awarding import Bench, Refusal, make_award
from issuer.api.call import Answer, Call, read_cursor, write_cursor
from issuer.api.errors import ApiRefused, not_found
from issuer.api.shapes_in import AwardItem, AwardOrder, AwardQuery, SupersedeBody
from issuer.api.shapes_out import AwardOut, AwardPage, ChangeOut
from issuer.api.words import flaw_of
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.run import AwardRun
from issuer.awards.states import CredentialState
from issuer.awards.supersede import Correction
from issuer.badges.change import Deed, Errand, Order, change_badge, correct_badge
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord
from issuer.database import reading, transaction
from issuer.learners.records import LearnerRecord

_R = IssuedCredentialRecord
_WITH_ALL: Final = (
    defer(_R.sealed_json),
    defer(_R.sealed_jwt),
    joinedload(_R.achievement_version).joinedload(AchievementVersionRecord.achievement),
    joinedload(_R.learner),
    joinedload(_R.supersedes),
    joinedload(_R.superseded_by),
    selectinload(_R.changes),
)
_COLUMNS: Final = {"achievement": "achievement_code", "reference": "trainee_ref"}
"""Where a member of a call has another name than the column of an award file."""


def create_award(call: Call) -> Answer:
    """Award one badge: 201, or 200 when it was awarded before. Raises ApiRefused."""
    given: list[Answer] = []

    def note(session: Session, record: IssuedCredentialRecord, is_new: bool) -> None:
        found = _own(session, call, record.credential_id)
        path = f"/api/v1/awards/{record.credential_id}"
        answer = Answer(status=201 if is_new else 200, body=award_out(call, found), location=path)
        given[:] = [call.keep(session, answer)]

    office = call.office
    bench = Bench(
        sessions=office.sessions,
        desk=office.desk,
        provider_slug=call.caller.provider_slug,
        actor=call.caller.actor,
        accepted=frozenset(call.body.accept),
        reason=call.body.reason,
        run=AwardRun(office.desk),
    )
    refusal = make_award(bench, cells_of(call.body), note, now=call.now)
    if refusal is not None:
        raise _refused(refusal)
    return given[0]


def get_award(call: Call) -> Answer:
    """One badge; raises ApiRefused."""
    with reading(call.office.sessions) as session:
        return Answer(body=award_out(call, _own(session, call, call.path["award_id"])))


def list_awards(call: Call) -> Answer:
    """The provider's badges that the filters leave; raises ApiRefused for a cursor that is none."""
    asked: AwardQuery = call.query
    query = _filtered(select(_R).where(_R.provider_id == call.caller.provider_id), asked)
    after, is_newest_first = read_cursor(asked.cursor), asked.order is AwardOrder.NEWEST
    if after is not None:
        query = query.where(_R.id < after if is_newest_first else _R.id > after)
    query = query.order_by(_R.id.desc() if is_newest_first else _R.id).limit(asked.limit + 1).options(*_WITH_ALL)
    with reading(call.office.sessions) as session:
        records = session.scalars(query).all()
        shown = records[: asked.limit]
        following = write_cursor(shown[-1].id) if len(records) > len(shown) else None
        return Answer(body=AwardPage(items=[award_out(call, each) for each in shown], next=following))


def revoke_award(call: Call) -> Answer:
    """Take a badge back for good."""
    return _change(call, Deed.REVOKE)


def suspend_award(call: Call) -> Answer:
    """Suspend a badge for the time being."""
    return _change(call, Deed.SUSPEND)


def reinstate_award(call: Call) -> Answer:
    """End a suspension."""
    return _change(call, Deed.REINSTATE)


def supersede_award(call: Call) -> Answer:
    """Put a corrected badge in the place of one: 201 with the new one."""
    body: SupersedeBody = call.body
    correction = Correction(given_name=body.given_name, family_name=body.family_name, result=body.result)
    with transaction(call.office.sessions) as session:
        old = _own(session, call, call.path["award_id"])
        why = (body.reason, body.note)
        new = correct_badge(session, old.credential_id, correction, why, _errand(call, old))
        found = _own(session, call, new.credential_id)
        path = f"/api/v1/awards/{new.credential_id}"
        return call.keep(session, Answer(status=201, body=award_out(call, found), location=path))


def cells_of(item: AwardItem) -> dict[str, str]:
    """An award as an award file would have it."""
    said = item.model_dump(mode="json", exclude={"accept", "reason"}, exclude_none=True)
    return {_COLUMNS.get(name, name): value for name, value in said.items() if value}


def award_out(call: Call, record: IssuedCredentialRecord) -> AwardOut:
    """A badge as programs get it."""
    version = record.achievement_version
    return AwardOut(
        id=record.credential_id,
        url=call.url(f"/awards/{record.credential_id}"),
        link=call.office.desk.link(record.token) if call.caller.may_see_links else None,
        state=CredentialState(record.state),
        achievement=version.achievement.code,
        achievement_version=version.version,
        learner=record.learner.subject_id,
        completed_on=record.completed_on,
        issued_at=record.issued_at,
        valid_until=record.valid_until,
        supersedes=record.supersedes.credential_id if record.supersedes else None,
        superseded_by=record.superseded_by.credential_id if record.superseded_by else None,
        changes=[
            ChangeOut.model_validate({"act": each.act, "reason": each.reason, "at": each.at}) for each in record.changes
        ],
    )


def _own(session: Session, call: Call, credential_id: str) -> IssuedCredentialRecord:
    """One of the provider's own, as it stands in this session; a neighbour's is not there."""
    query = select(_R).where(_R.credential_id == credential_id, _R.provider_id == call.caller.provider_id)
    record = session.scalar(query.options(*_WITH_ALL).execution_options(populate_existing=True))
    if record is None:
        raise not_found("award")
    return record


def _filtered(query: Select[_R], asked: AwardQuery) -> Select[_R]:
    if asked.achievement is not None:
        versions = select(AchievementVersionRecord.id).join(AchievementRecord)
        query = query.where(_R.achievement_version_id.in_(versions.where(AchievementRecord.code == asked.achievement)))
    if asked.learner is not None:
        learner = select(LearnerRecord.id).where(LearnerRecord.subject_id == asked.learner)
        query = query.where(_R.learner_id.in_(learner))
    if asked.state is not None:
        query = query.where(_R.state == asked.state.value)
    if asked.completed_from is not None:
        query = query.where(_R.completed_on >= asked.completed_from)
    if asked.completed_until is not None:
        query = query.where(_R.completed_on <= asked.completed_until)
    return query


def _change(call: Call, deed: Deed) -> Answer:
    with transaction(call.office.sessions) as session:
        record = _own(session, call, call.path["award_id"])
        order = Order(deed=deed, reason=call.body.reason, note=call.body.note)
        change_badge(session, record.credential_id, order, _errand(call, record))
        return call.keep(session, Answer(body=award_out(call, _own(session, call, record.credential_id))))


def _errand(call: Call, record: IssuedCredentialRecord) -> Errand:
    """The program acts for its provider, whose badge this is."""
    return Errand(actor=call.caller.actor, provider=record.provider, desk=call.office.desk, now=call.now)


def _refused(refusal: Refusal) -> ApiRefused:
    facts: dict[str, object] = {}
    if refusal.suggestion:
        facts["suggestion"] = refusal.suggestion
    if refusal.asks:
        facts["accept"] = list(refusal.asks)
    flaw = flaw_of(refusal.code)
    return ApiRefused(422, refusal.code, flaw.remedy, flaws=[flaw], facts=facts)
