"""Replace a credential by a corrected one: the new one is valid, the old one says that there is a newer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from credentials.unverified import open_unverified
from issuer.awards.document import (
    Holder,
    Numbers,
    badge_image,
    full_name,
    identities,
    result_of,
    status_entry,
)
from issuer.awards.errors import AwardError, NoFreeIndex, NothingToCorrect
from issuer.awards.files.aliases import shipped_aliases
from issuer.awards.files.findings import Findings
from issuer.awards.files.names import PersonName, check_name
from issuer.awards.files.results import read_result
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.sealing import SealedPair, draw_numbers, seal_and_check
from issuer.awards.seals import file_seals
from issuer.awards.states import CredentialState
from issuer.awards.status_changes import OFFICE, Act, change_state, check_replaceable, get_for_change
from issuer.catalogue.find import achievement_entry
from issuer.certificates.fonts import uncovered
from issuer.desk import Desk
from issuer.status.indexes import FreeIndex, find_free_index, open_list, take_index

_NO_LINE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the new credential says otherwise; None keeps what the old one says."""

    given_name: str | None = None
    family_name: str | None = None
    result: str | None = None


class CorrectionRefused(AwardError):
    """The corrected name or result cannot stand in a credential; the message says why."""

    code: ClassVar[str] = "correction_refused"


@dataclass(frozen=True, slots=True)
class _Wording:
    """What the new credential is going to say."""

    name: PersonName
    result: str


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The new credential before it is filed."""

    wording: _Wording
    numbers: Numbers
    pair: SealedPair


def supersede(
    session: Session,
    credential_id: str,
    reason: StatusReason,
    desk: Desk,
    *,
    now: datetime,
    correction: Correction,
    note: str = "",
    by: str = OFFICE,
) -> IssuedCredentialRecord:
    """Issue a corrected credential and mark the old one; gives the new record, which points at the old. No commit.

    The new one has another id, link, salt and status index, the same achievement, learner and day of completion, and
    takes over the old one's place: uploading the same award again finds the new one. A credential that was revoked by
    mistake is replaced without a correction, and stays revoked. Raises UnknownCredential, ReasonNeedsNote,
    NoSigningKey, AlreadySuperseded, SuspendedCannotBeSuperseded, NothingToCorrect, CorrectionRefused or GateRefused.
    """
    act = Act(reason=reason, at=now, note=note, by=by)
    old = get_for_change(session, credential_id, desk)
    check_replaceable(old)
    return _replace(session, old, _reworded(old, correction), act, desk)


def reissue(
    session: Session, credential_id: str, desk: Desk, *, now: datetime, note: str, by: str = OFFICE
) -> IssuedCredentialRecord:
    """Issue a credential anew that says the same, as ``supersede`` does; the note says why. No commit.

    Raises what ``supersede`` raises, but for a correction.
    """
    act = Act(reason=StatusReason.OTHER, at=now, note=note, by=by)
    old = get_for_change(session, credential_id, desk)
    check_replaceable(old)
    return _replace(session, old, _Wording(PersonName(old.given_name, old.family_name), old.result), act, desk)


def _replace(
    session: Session, old: IssuedCredentialRecord, wording: _Wording, act: Act, desk: Desk
) -> IssuedCredentialRecord:
    now = act.at
    numbers = draw_numbers(desk, _free_index(session, old, desk, now))
    credential = _corrected(old, wording, numbers)
    expired = credential.valid_until is not None and credential.valid_until < now
    signers = desk.signers.of(session, old.provider)
    pair = seal_and_check(credential, signers, desk.policy(session), now=now, may_have_expired=expired)
    new = _file(session, old, _Replacement(wording, numbers, pair), now=now)
    state = CredentialState(old.state)
    change_state(
        session, old, state if state is CredentialState.REVOKED else CredentialState.SUPERSEDED, "superseded", act
    )
    session.refresh(old, ["superseded_by"])
    return new


def _reworded(old: IssuedCredentialRecord, correction: Correction) -> _Wording:
    name = PersonName(
        old.given_name if correction.given_name is None else correction.given_name.strip(),
        old.family_name if correction.family_name is None else correction.family_name.strip(),
    )
    result = old.result if correction.result is None else correction.result
    findings = Findings(_NO_LINE)
    check_name(name, uncovered, findings)
    if correction.result is not None:
        scale = achievement_entry(old.achievement_version).scale
        result = read_result(correction.result, scale, shipped_aliases(), findings) or ""
    if findings.noticed:
        raise CorrectionRefused(findings.noticed[0].sentence.removeprefix(f"Line {_NO_LINE}: ").capitalize())
    is_same = name.full == old.holder_name and result == old.result
    if is_same and old.state != CredentialState.REVOKED:
        raise NothingToCorrect
    return _Wording(name, result)


def _free_index(session: Session, old: IssuedCredentialRecord, desk: Desk, now: datetime) -> FreeIndex:
    index = find_free_index(session, old.provider_id, desk.chance)
    if index is None:
        open_list(session, old.provider, desk.base_url, desk.chance, now=now)
        index = find_free_index(session, old.provider_id, desk.chance)
    if index is None:
        raise NoFreeIndex
    return index


def _corrected(old: IssuedCredentialRecord, wording: _Wording, numbers: Numbers) -> AchievementCredential:
    """The old claim, read back from its sealed text, with what changes put in its place."""
    document = {name: value for name, value in open_unverified(old.sealed_json).document.items() if name != "proof"}
    claim = AchievementCredential.from_json(document)
    subject = claim.credential_subject
    holder = Holder(
        subject_id=old.learner.subject_id,
        name=full_name(wording.name.given, wording.name.family),
        name_latin=old.learner.name_latin,
        email=old.learner.email,
    )
    scale = achievement_entry(old.achievement_version).scale
    return replace(
        claim,
        id=numbers.credential_id,
        image=badge_image(numbers.link, subject.achievement.name),
        credential_subject=replace(
            subject,
            identifier=identities(holder, numbers.salt),
            result=(result_of(subject.achievement.id, scale, wording.result or None),),
        ),
        credential_status=status_entry(numbers.index),
    )


def _file(
    session: Session, old: IssuedCredentialRecord, replacement: _Replacement, *, now: datetime
) -> IssuedCredentialRecord:
    award_key, old.award_key = old.award_key, None
    session.flush()
    wording, numbers, pair = replacement.wording, replacement.numbers, replacement.pair
    new = IssuedCredentialRecord(
        credential_id=numbers.credential_id,
        token=numbers.token,
        award_key=award_key,
        provider_id=old.provider_id,
        achievement_version_id=old.achievement_version_id,
        learner_id=old.learner_id,
        status_entry=take_index(session, numbers.index),
        supersedes_id=old.id,
        completed_on=old.completed_on,
        valid_until=old.valid_until,
        issued_at=now,
        given_name=wording.name.given,
        family_name=wording.name.family,
        result=wording.result,
        is_specimen=old.is_specimen,
        sealed_json=pair.as_json.text,
        sealed_jwt=pair.as_jwt.text,
    )
    session.add(new)
    session.flush()
    file_seals(session, [(new, pair)], now=now)
    return new
