"""Award one badge as a provider's program asks for it: complete, seal, pass our own gate, file.

The learner gets no mail: the program has the sealed badge in its hands and brings it to the learner, and an address in
a document is a mark by which the learner is known, not an order to write to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from issuer.accounts.actor import Actor
from issuer.awards.award import file_award
from issuer.awards.document import Numbers
from issuer.awards.errors import AlreadyExpired, CompletedInFuture, GateRefused, NoFreeIndex, StaleDraft
from issuer.awards.find import find_by_credential_id
from issuer.awards.issue import prepare_lists
from issuer.awards.own_learners import own_learners
from issuer.awards.prepare import Draft
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.awards.sealing import draw_numbers, seal_and_check
from issuer.badges.news import note_award
from issuer.catalogue.errors import CatalogueError
from issuer.catalogue.records import ProviderRecord
from issuer.database import Sessions, reading, transaction
from issuer.desk import Desk
from issuer.learners.matching import Person
from issuer.learners.records import LearnerRecord
from issuer.status.indexes import find_free_index
from issuer.vcalm.award_document import (
    check_document,
    check_issuer,
    complete,
    given_id,
    given_subject_id,
    named_achievement,
)
from verifier.web.vcalm_request import VcalmRefused

_TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a provider's program wants sealed."""

    provider_slug: str
    given: Mapping[str, Any]
    options: Mapping[str, Any]


def issue_order(sessions: Sessions, desk: Desk, order: Order, actor: Actor, *, now: datetime) -> str:
    """The sealed credential (embedded proof); the provider's other programs are told of it.

    Raises VcalmRefused, CredentialError, or what the desk's room raises.
    """
    check_document(order.given)
    run = AwardRun(desk)
    for _ in range(_TRIES):
        try:
            with reading(sessions) as session:
                draft = _draft(session, desk, run, order, now=now)
            with transaction(sessions) as session:
                record = file_award(session, draft, now=now)
                if record.credential_id == draft.numbers.credential_id:
                    note_award(session, record, actor, now=now)
        except NoFreeIndex:
            prepare_lists(sessions, desk, order.provider_slug, now=now)
        except (IntegrityError, StaleDraft):
            continue  # somebody took the index, or made the award, in this very moment: look again
        else:
            if record.credential_id != draft.numbers.credential_id:
                raise _already_awarded(record)
            return record.sealed_json
    raise StaleDraft("Somebody else keeps awarding the same badge at the same moment; start again.")


def _draft(session: Session, desk: Desk, run: AwardRun, order: Order, *, now: datetime) -> Draft:
    provider = session.scalars(select(ProviderRecord).where(ProviderRecord.slug == order.provider_slug)).one()
    check_issuer(order.given, provider.issuer_id)
    code = named_achievement(order.given, desk.base_url)
    try:
        blank = run.blank(session, order.provider_slug, code, now=now)
    except CatalogueError as exc:
        raise VcalmRefused(exc.code, str(exc), status=403) from exc
    numbers = _numbers(session, desk, order, provider)
    subject_id = given_subject_id(order.given) or desk.chance.urn()
    learner = _own_learner(session, provider, subject_id)
    credential = complete(order.given, blank, numbers, subject_id, now=now)
    try:
        _check_dates(credential, now)
        signers = desk.signers.of(session, provider)
        sealed = seal_and_check(credential, signers, run.policy(session, signers, now=now), now=now)
    except (GateRefused, AlreadyExpired, CompletedInFuture) as exc:
        raise VcalmRefused(exc.code, str(exc)) from exc
    return Draft(
        request=_request(order, credential, blank.entry.code),
        person=Person(email=None, reference=subject_id, on_file=learner.id if learner else None),
        provider_id=provider.id,
        version_id=blank.version_id,
        credential=credential,
        numbers=numbers,
        sealed=sealed,
    )


def _numbers(session: Session, desk: Desk, order: Order, provider: ProviderRecord) -> Numbers:
    """Fresh numbers, with the id that the program chose, if it did; raises NoFreeIndex or VcalmRefused."""
    index = find_free_index(session, provider.id, desk.chance)
    if index is None:
        raise NoFreeIndex
    numbers = draw_numbers(desk, index)
    chosen = given_id(order.given, order.options)
    if chosen is None:
        return numbers
    if find_by_credential_id(session, chosen) is not None:
        raise VcalmRefused("id_in_use", f"$.id: {chosen} was issued before", status=409)
    return replace(numbers, credential_id=chosen)


def _own_learner(session: Session, provider: ProviderRecord, subject_id: str) -> LearnerRecord | None:
    """The learner on file under a pseudonym, which everybody reads in a badge: it makes nobody the provider's own.

    Raises VcalmRefused for a learner of others.
    """
    is_named = LearnerRecord.subject_id == subject_id
    own = session.scalar(own_learners(provider.id).where(is_named))
    if own is None and session.scalar(select(LearnerRecord.id).where(is_named)) is not None:
        detail = "$.credentialSubject.id: not one of the provider's own learners; leave the id out"
        raise VcalmRefused("id_not_accepted", detail, status=403)
    return own


def _request(order: Order, credential: AchievementCredential, code: str) -> AwardRequest:
    """The award as the office's files know it."""
    return AwardRequest(
        provider_slug=order.provider_slug,
        achievement_code=code,
        given_name="",
        family_name=_name(credential),
        completed_on=_completed_on(credential),
    )


def _completed_on(credential: AchievementCredential) -> date:
    return (credential.awarded_date or credential.valid_from).date()


def _check_dates(credential: AchievementCredential, now: datetime) -> None:
    completed = _completed_on(credential)
    if completed > now.date():
        raise CompletedInFuture(completed)
    if credential.valid_until is not None and credential.valid_until < now:
        raise AlreadyExpired(credential.valid_until)


def _name(credential: AchievementCredential) -> str:
    """The learner's name, if the credential has it in the open."""
    names = (
        each.identity_hash
        for each in credential.credential_subject.identifier
        if not each.hashed and each.identity_type == "name"
    )
    return next(names, "")[:200]


def _already_awarded(record: IssuedCredentialRecord) -> VcalmRefused:
    detail = f"The same badge was awarded to the same learner for the same day before, as {record.credential_id}."
    return VcalmRefused("already_awarded", detail, status=409)
