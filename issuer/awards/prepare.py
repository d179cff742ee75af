"""Make awards ready: write the claim, seal it in both forms, let our own gate check it as a stranger would. Reads only.

Awards of one provider can be made ready together; what the files say of all of them is then asked once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from credentials.errors import CredentialError
from issuer.awards.blank import Blank
from issuer.awards.document import Holder, Numbers, full_name, write_credential
from issuer.awards.errors import AlreadyExpired, AwardError, CompletedInFuture, NoFreeIndex
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.awards.sealing import SealedPair, draw_numbers, seal_and_check
from issuer.catalogue.errors import CatalogueError
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.desk import Desk
from issuer.learners.errors import LearnerError
from issuer.learners.matching import LearnerFile, Person, normal_email
from issuer.learners.records import LearnerRecord
from issuer.signing.provider_keys import ProviderSigners
from issuer.status.indexes import FreeIndex, find_free_indexes

OF_THE_ROW: Final = (AwardError, CatalogueError, LearnerError, CredentialError)
"""What concerns one award; anything else (no key, no disk) would concern every one of them."""

RowProblem = AwardError | CatalogueError | LearnerError | CredentialError


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

    @property
    def subject_id(self) -> str:
        """The pseudonymous id of the learner."""
        subject_id = self.credential.credential_subject.id
        assert subject_id is not None, "every credential we write names its subject"
        return subject_id

    @property
    def award_key(self) -> str:
        """What makes two awards the same one."""
        code = self.credential.credential_subject.achievement.human_code or ""
        return award_key(self.request.provider_slug, code, self.subject_id, self.request.completed_on)


Prepared = Draft | IssuedCredentialRecord | RowProblem
"""A draft, the record of an award that was made before, or why there can be neither."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An award that can be made, as far as catalogue and learners say; ``key`` only for a learner on file."""

    request: AwardRequest
    blank: Blank
    person: Person
    learner: LearnerRecord | None
    key: str | None


def award_key(provider_slug: str, achievement_code: str, subject_id: str, completed_on: date) -> str:
    """What makes two awards the same one."""
    text = "|".join((provider_slug, achievement_code, subject_id, completed_on.isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()


def find_made(session: Session, keys: Collection[str]) -> dict[str, IssuedCredentialRecord]:
    """The credentials of these awards, by the key of the award; one that was not made is left out."""
    if not keys:
        return {}
    records = session.scalars(select(IssuedCredentialRecord).where(IssuedCredentialRecord.award_key.in_(keys)))
    return {record.award_key: record for record in records if record.award_key is not None}


def person_of(request: AwardRequest) -> Person:
    """Who a request is about, as the learners' file asks it."""
    return Person(
        email=request.email,
        reference=request.trainee_ref,
        language=request.language,
        on_file=request.learner_id,
    )


def prepare_award(
    session: Session, request: AwardRequest, desk: Desk, run: AwardRun, *, now: datetime, is_specimen: bool = False
) -> Draft | IssuedCredentialRecord:
    """Everything up to filing: reads only. Gives the record when the award was made before.

    Raises errors of the catalogue, LearnerUnknown, LearnerConflict, NoFreeIndex, CompletedInFuture, AlreadyExpired
    (not for a specimen), GateRefused and NoSigningKey.
    """
    (prepared,) = prepare_awards(session, [request], desk, run, now=now, is_specimen=is_specimen)
    if isinstance(prepared, OF_THE_ROW):
        raise prepared
    return prepared


def prepare_awards(
    session: Session,
    requests: Sequence[AwardRequest],
    desk: Desk,
    run: AwardRun,
    *,
    now: datetime,
    is_specimen: bool = False,
) -> list[Prepared]:
    """Everything up to filing for awards of one provider, in their order: reads only.

    What concerns one award comes back in its place, and leaves the others alone. Raises NoSigningKey.
    """
    wanted = _look_up(session, requests, run, now=now)
    made = find_made(session, {each.key for each in wanted if isinstance(each, _Wanted) and each.key})
    new = [each for each in wanted if isinstance(each, _Wanted) and (each.key is None or each.key not in made)]
    bench = _Bench(session, desk, run, now=now, is_specimen=is_specimen)
    indexes = _indexes(session, new, desk.chance)
    prepared: list[Prepared] = []
    for each in wanted:
        if not isinstance(each, _Wanted):
            prepared.append(each)
        elif each.key is not None and each.key in made:
            prepared.append(made[each.key])
        else:
            prepared.append(bench.draft(each, next(indexes, None)))
    return prepared


def _look_up(
    session: Session, requests: Sequence[AwardRequest], run: AwardRun, *, now: datetime
) -> list[_Wanted | RowProblem]:
    blanks = [_blank(session, request, run, now=now) for request in requests]
    provider_id = next((each.provider_id for each in blanks if isinstance(each, Blank)), None)
    if provider_id is None:
        return [each for each in blanks if not isinstance(each, Blank)]
    learners = LearnerFile(session, provider_id, [person_of(request) for request in requests])
    return [
        _want(request, blank, learners) if isinstance(blank, Blank) else blank
        for request, blank in zip(requests, blanks, strict=True)
    ]


def _blank(session: Session, request: AwardRequest, run: AwardRun, *, now: datetime) -> Blank | RowProblem:
    if request.completed_on > now.date():
        return CompletedInFuture(request.completed_on)
    try:
        return run.blank(session, request.provider_slug, request.achievement_code, now=now)
    except OF_THE_ROW as exc:
        return exc


def _want(request: AwardRequest, blank: Blank, learners: LearnerFile) -> _Wanted | RowProblem:
    person = person_of(request)
    try:
        learner = learners.find(person)
    except LearnerError as exc:
        return exc
    key = None
    if learner is not None:
        key = award_key(request.provider_slug, blank.entry.code, learner.subject_id, request.completed_on)
    return _Wanted(request, blank, person, learner, key)


def _indexes(session: Session, new: Sequence[_Wanted], chance: Chance) -> Iterator[FreeIndex]:
    found: Iterable[FreeIndex] = ()
    if new:
        found = find_free_indexes(session, new[0].blank.provider_id, chance, count=len(new))
    return iter(found)


class _Bench:
    """Where drafts are made that will be filed together; several of them may be for one person who is new."""

    def __init__(self, session: Session, desk: Desk, run: AwardRun, *, now: datetime, is_specimen: bool) -> None:
        self._session = session
        self._desk = desk
        self._run = run
        self._now = now
        self._is_specimen = is_specimen
        self._newcomers: dict[tuple[str, str], str] = {}
        self._signers: ProviderSigners | None = None

    def draft(self, wanted: _Wanted, index: FreeIndex | None) -> Draft | RowProblem:
        """The draft of one award, or why there is none; raises NoSigningKey."""
        if index is None:
            return NoFreeIndex()
        numbers = draw_numbers(self._desk, index)
        try:
            credential = self._credential(wanted, numbers)
            sealed = self._seal(wanted.blank.provider_id, credential)
        except OF_THE_ROW as exc:
            return exc
        return Draft(
            request=wanted.request,
            person=wanted.person,
            version_id=wanted.blank.version_id,
            provider_id=wanted.blank.provider_id,
            credential=credential,
            numbers=numbers,
            sealed=sealed,
            is_specimen=self._is_specimen,
        )

    def _credential(self, wanted: _Wanted, numbers: Numbers) -> AchievementCredential:
        request, learner = wanted.request, wanted.learner
        holder = Holder(
            subject_id=learner.subject_id if learner else self._newcomer(wanted.person),
            name=full_name(request.given_name, request.family_name),
            name_latin=learner.name_latin if learner else None,
            email=request.email or (learner.email if learner else None),
        )
        credential = write_credential(wanted.blank, request, holder, numbers, is_specimen=self._is_specimen)
        if not self._is_specimen and credential.valid_until is not None and credential.valid_until < self._now:
            raise AlreadyExpired(credential.valid_until)
        return credential

    def _seal(self, provider_id: int, credential: AchievementCredential) -> SealedPair:
        if self._signers is None:
            self._signers = self._desk.signers.of(self._session, self._session.get_one(ProviderRecord, provider_id))
        policy = self._run.policy(self._session, self._signers, now=self._now)
        return seal_and_check(credential, self._signers, policy, now=self._now, may_have_expired=self._is_specimen)

    def _newcomer(self, person: Person) -> str:
        """The id of somebody who is not on file: the same one for the same person."""
        names = [("reference", person.reference)] if person.reference else []
        if person.email:
            names.append(("email", normal_email(person.email)))
        known = (self._newcomers[name] for name in names if name in self._newcomers)
        subject_id = next(known, None) or self._desk.chance.urn()
        for name in names:
            self._newcomers.setdefault(name, subject_id)
        return subject_id
