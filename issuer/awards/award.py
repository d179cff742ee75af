"""Award a badge: write the claim, seal it in both forms, let our own gate check it as a stranger would, file it.

Preparing reads only, filing is one short write: so a process may be killed at any moment, and several may work on the
same file at once, and there is one whole credential or none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from issuer.awards.document import Holder, Numbers, full_name, write_credential
from issuer.awards.errors import AlreadyExpired, CompletedInFuture, NoFreeIndex, StaleDraft
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.awards.sealing import SealedPair, draw_numbers, seal_and_check
from issuer.awards.seals import file_seals
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.desk import Desk
from issuer.learners.errors import LearnerError
from issuer.learners.matching import Person, find_learner, keep_learner
from issuer.learners.records import LearnerRecord
from issuer.status.indexes import find_free_index, open_list, take_index

_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A credential that is sealed and checked, and not yet filed."""

    request: AwardRequest
    person: Person
    provider_id: int
    version_id: int
    credential: AchievementCredential
    numbers: Numbers
    sealed: SealedPair
    is_specimen: bool = False


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


def award_key(provider_slug: str, achievement_code: str, subject_id: str, completed_on: date) -> str:
    """What makes two awards the same one."""
    text = "|".join((provider_slug, achievement_code, subject_id, completed_on.isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()


def find_earlier(session: Session, request: AwardRequest) -> IssuedCredentialRecord | None:
    """The record of the same award to a person of the same name, if it was made before; raises UnknownProvider."""
    provider = get_provider(session, request.provider_slug)
    try:
        learner = find_learner(session, provider.id, _person(request))
    except LearnerError:
        return None
    if learner is None:
        return None
    made = _find_made(session, request, request.achievement_code, learner.subject_id)
    is_same_name = made is not None and made.holder_name == full_name(request.given_name, request.family_name)
    return made if is_same_name else None


def prepare_award(
    session: Session, request: AwardRequest, desk: Desk, run: AwardRun, *, now: datetime, is_specimen: bool = False
) -> Draft | IssuedCredentialRecord:
    """Everything up to filing: reads only. Gives the record when the award was made before.

    Raises errors of the catalogue, LearnerUnknown, LearnerConflict, NoFreeIndex, CompletedInFuture, AlreadyExpired
    (not for a specimen) and GateRefused.
    """
    if request.completed_on > now.date():
        raise CompletedInFuture(request.completed_on)
    blank = run.blank(session, request.provider_slug, request.achievement_code, now=now)
    person = _person(request)
    learner = find_learner(session, blank.provider_id, person)
    if learner is not None and (made := _find_made(session, request, blank.entry.code, learner.subject_id)):
        return made
    index = find_free_index(session, blank.provider_id, desk.chance)
    if index is None:
        raise NoFreeIndex
    numbers = draw_numbers(desk, index)
    holder = _holder(request, learner, desk.chance)
    credential = write_credential(blank, request, holder, numbers, is_specimen=is_specimen)
    if not is_specimen and credential.valid_until is not None and credential.valid_until < now:
        raise AlreadyExpired(credential.valid_until)
    signers = desk.signers.of(session, session.get_one(ProviderRecord, blank.provider_id))
    policy = run.policy(session, signers, now=now)
    return Draft(
        request=request,
        person=person,
        version_id=blank.version_id,
        provider_id=blank.provider_id,
        credential=credential,
        numbers=numbers,
        sealed=seal_and_check(credential, signers, policy, now=now, may_have_expired=is_specimen),
        is_specimen=is_specimen,
    )


def file_award(session: Session, draft: Draft, *, now: datetime) -> IssuedCredentialRecord:
    """File a draft; the caller holds a write transaction and commits.

    Gives the earlier record when the award has been made meanwhile. Raises StaleDraft when the learner came on file or
    a key went out of use meanwhile, and IntegrityError when somebody took the same index or made the same award in this
    very moment.
    """
    subject_id = _subject_id(draft)
    learner = keep_learner(session, draft.provider_id, draft.person, lambda: subject_id, now=now)
    if learner.subject_id != subject_id:
        raise StaleDraft("the learner came on file meanwhile")
    code = draft.credential.credential_subject.achievement.human_code or ""
    if made := _find_made(session, draft.request, code, subject_id):
        return made
    record = IssuedCredentialRecord(
        credential_id=draft.numbers.credential_id,
        token=draft.numbers.token,
        award_key=award_key(draft.request.provider_slug, code, subject_id, draft.request.completed_on),
        provider_id=draft.provider_id,
        achievement_version_id=draft.version_id,
        learner_id=learner.id,
        status_entry_id=take_index(session, draft.numbers.index).id,
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
    session.add(record)
    session.flush()
    file_seals(session, record, draft.sealed, now=now)
    return record


def _find_made(session: Session, request: AwardRequest, code: str, subject_id: str) -> IssuedCredentialRecord | None:
    key = award_key(request.provider_slug, code, subject_id, request.completed_on)
    return session.scalar(select(IssuedCredentialRecord).where(IssuedCredentialRecord.award_key == key))


def _person(request: AwardRequest) -> Person:
    return Person(
        email=request.email,
        reference=request.trainee_ref,
        language=request.language,
        on_file=request.learner_id,
    )


def _holder(request: AwardRequest, learner: LearnerRecord | None, chance: Chance) -> Holder:
    return Holder(
        subject_id=learner.subject_id if learner else chance.urn(),
        name=full_name(request.given_name, request.family_name),
        name_latin=learner.name_latin if learner else None,
        email=request.email or (learner.email if learner else None),
    )


def _subject_id(draft: Draft) -> str:
    subject_id = draft.credential.credential_subject.id
    assert subject_id is not None, "every credential we write names its subject"
    return subject_id
