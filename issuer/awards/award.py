"""Award a badge: write the claim, seal it in both forms, let our own gate check it as a stranger would, file it.

Preparing reads only, filing is one short write: so a process may be killed at any moment, and several may work on the
same file at once, and there is one whole credential or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer.awards.document import full_name
from issuer.awards.errors import NoFreeIndex, StaleDraft
from issuer.awards.prepare import Draft, award_key, find_made, person_of, prepare_award
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.awards.seals import file_seals
from issuer.catalogue.find import get_provider
from issuer.desk import Desk
from issuer.learners.errors import LearnerError
from issuer.learners.matching import LearnerFile, find_learner
from issuer.learners.records import LearnerRecord
from issuer.status.indexes import open_list, take_index

_TRIES: Final = 5


def award(
    session: Session, request: AwardRequest, desk: Desk, *, now: datetime, is_specimen: bool = False
) -> IssuedCredentialRecord:
    """Seal one credential, check it as a stranger would, and file it; the caller commits.

    An award that was made before gives the record of then: the same provider, achievement, learner and day of
    completion make the same award. Raises what ``prepare_award`` raises.
    """
    run = AwardRun(desk)
    for _ in range(_TRIES):
        try:
            draft = prepare_award(session, request, desk, run, now=now, is_specimen=is_specimen)
        except NoFreeIndex:
            open_list(session, get_provider(session, request.provider_slug), desk.base_url, desk.chance, now=now)
            continue
        if isinstance(draft, IssuedCredentialRecord):
            return draft
        try:
            with session.begin_nested():
                return file_award(session, draft, now=now)
        except (IntegrityError, StaleDraft):
            session.expire_all()
    raise StaleDraft("somebody else keeps awarding the same badge at the same moment")


def find_earlier(session: Session, request: AwardRequest) -> IssuedCredentialRecord | None:
    """The record of the same award to a person of the same name, if it was made before; raises UnknownProvider."""
    provider = get_provider(session, request.provider_slug)
    try:
        learner = find_learner(session, provider.id, person_of(request))
    except LearnerError:
        return None
    if learner is None:
        return None
    key = award_key(request.provider_slug, request.achievement_code, learner.subject_id, request.completed_on)
    made = find_made(session, [key]).get(key)
    is_same_name = made is not None and made.holder_name == full_name(request.given_name, request.family_name)
    return made if is_same_name else None


def file_award(session: Session, draft: Draft, *, now: datetime) -> IssuedCredentialRecord:
    """File a draft; what ``file_awards`` does with one."""
    (record,) = file_awards(session, [draft], now=now)
    return record


def file_awards(session: Session, drafts: Sequence[Draft], *, now: datetime) -> list[IssuedCredentialRecord]:
    """File drafts of one provider, and give their records in order; the caller holds a write transaction and commits.

    Gives the earlier record when the award has been made meanwhile. Raises StaleDraft when a learner came on file or
    a key went out of use meanwhile, LearnerConflict when two drafts disagree about who somebody is, and IntegrityError
    when somebody took the same index or made the same award in this very moment: then nothing of them may be kept, and
    whoever filed several files each alone.
    """
    if not drafts:
        return []
    learners = LearnerFile(session, drafts[0].provider_id, [draft.person for draft in drafts])
    made = find_made(session, {draft.award_key for draft in drafts})
    records, new = [], []
    for draft in drafts:
        learner = _keep(learners, draft, now=now)
        record = made.get(draft.award_key)
        if record is None:
            record = made[draft.award_key] = _record(session, draft, learner, now=now)
            new.append((record, draft.sealed))
        records.append(record)
    session.add_all(record for record, _ in new)
    session.flush()
    file_seals(session, new, now=now)
    return records


def _keep(learners: LearnerFile, draft: Draft, *, now: datetime) -> LearnerRecord:
    learner = learners.keep(draft.person, lambda: draft.subject_id, now=now)
    if learner.subject_id != draft.subject_id:
        raise StaleDraft("the learner came on file meanwhile")
    return learner


def _record(session: Session, draft: Draft, learner: LearnerRecord, *, now: datetime) -> IssuedCredentialRecord:
    return IssuedCredentialRecord(
        credential_id=draft.numbers.credential_id,
        token=draft.numbers.token,
        award_key=draft.award_key,
        provider_id=draft.provider_id,
        achievement_version_id=draft.version_id,
        learner=learner,
        status_entry=take_index(session, draft.numbers.index),
        completed_on=draft.request.completed_on,
        valid_until=draft.credential.valid_until,
        issued_at=now,
        given_name=draft.request.given_name,
        family_name=draft.request.family_name,
        result=draft.request.result or "",
        is_specimen=draft.is_specimen,
        sealed_json=draft.sealed.as_json.text,
        sealed_jwt=draft.sealed.as_jwt.text,
    )
