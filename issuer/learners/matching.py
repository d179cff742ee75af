"""Who is this? By e-mail address or by the provider's own reference, never by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.learners.errors import LearnerConflict, LearnerUnknown
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A learner as a provider's list describes one; e-mail or reference must be there.

    ``on_file`` is the learner whom a person at the desk has recognised, where the list alone leaves a doubt.
    """

    email: str | None
    reference: str | None
    language: str | None = None
    name_latin: str | None = None
    country: str | None = None
    nuts_code: str | None = None
    on_file: int | None = None


def normal_email(email: str) -> str:
    """The form addresses are compared in: trimmed, in lower case, as they are hashed into a badge."""
    return email.strip().lower()


def find_learner(session: Session, provider_id: int, person: Person) -> LearnerRecord | None:
    """The learner on file, if there is one: whom somebody recognised, or whom the list leads to.

    An address that is on file decides. Otherwise a reference of this provider does, unless it is on file with another
    address (LearnerConflict): a mistyped reference must not give one person's badge to another. Raises LearnerUnknown
    when neither was given.
    """
    if person.on_file is not None:
        return session.get(LearnerRecord, person.on_file)
    if not person.email and not person.reference:
        raise LearnerUnknown
    by_reference = None
    if person.reference:
        by_reference = session.scalar(
            select(LearnerRecord)
            .join(LearnerReferenceRecord)
            .where(
                LearnerReferenceRecord.provider_id == provider_id, LearnerReferenceRecord.reference == person.reference
            )
        )
    if not person.email:
        return by_reference
    email = normal_email(person.email)
    by_email = session.scalar(select(LearnerRecord).where(LearnerRecord.email == email))
    if by_reference is not None and by_reference is not by_email and (by_email or by_reference.email):
        raise LearnerConflict(person.reference or "")
    return by_email or by_reference


def keep_learner(
    session: Session, provider_id: int, person: Person, new_subject_id: Callable[[], str], *, now: datetime
) -> LearnerRecord:
    """The learner on file, or a new one; what this list adds (address, reference) is noted.

    The caller holds a write transaction; a unique constraint stops whoever tries the same at the same time.
    """
    learner = find_learner(session, provider_id, person)
    is_new = learner is None
    if learner is None:
        # whoever brought the same person in this very moment meets the unique constraint, and looks again
        email = normal_email(person.email) if person.email else None
        learner = LearnerRecord(subject_id=new_subject_id(), email=email, created_at=now)
        session.add(learner)
    learner.email = learner.email or _free_email(session, person.email)
    learner.language = person.language or learner.language
    learner.name_latin = person.name_latin or learner.name_latin
    learner.country = person.country or learner.country
    learner.nuts_code = person.nuts_code or learner.nuts_code
    session.flush()
    if person.reference and (is_new or not _is_known(session, provider_id, person.reference)):
        session.add(LearnerReferenceRecord(provider_id=provider_id, reference=person.reference, learner_id=learner.id))
        session.flush()
    return learner


def _free_email(session: Session, email: str | None) -> str | None:
    """The address, unless it leads to somebody else: an address on file never moves by itself."""
    if not email:
        return None
    taken = session.scalar(select(LearnerRecord.id).where(LearnerRecord.email == normal_email(email)))
    return normal_email(email) if taken is None else None


def _is_known(session: Session, provider_id: int, reference: str) -> bool:
    query = select(LearnerReferenceRecord.id).where(
        LearnerReferenceRecord.provider_id == provider_id, LearnerReferenceRecord.reference == reference
    )
    return session.scalar(query) is not None
