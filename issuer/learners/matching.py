"""Who is this? By e-mail address or by the provider's own reference, never by name."""

from __future__ import annotations

from collections.abc import Callable, Collection
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


class LearnerFile:
    """The learners whom a few people of one provider's list may be, looked up together.

    What was kept meanwhile by others is not seen: make one for each transaction.
    """

    def __init__(self, session: Session, provider_id: int, people: Collection[Person]) -> None:
        self._session = session
        self._provider_id = provider_id
        self._by_reference = _by_reference(session, provider_id, {each.reference for each in people if each.reference})
        self._by_email = _by_email(session, {normal_email(each.email) for each in people if each.email})

    def find(self, person: Person) -> LearnerRecord | None:
        """The learner on file, if there is one: whom somebody recognised, or whom the list leads to.

        An address that is on file decides. Otherwise a reference of this provider does, unless it is on file with
        another address (LearnerConflict): a mistyped reference must not give one person's badge to another. Raises
        LearnerUnknown when neither was given. Knows only the people it was made for.
        """
        if person.on_file is not None:
            return self._session.get(LearnerRecord, person.on_file)
        if not person.email and not person.reference:
            raise LearnerUnknown
        by_reference = self._by_reference.get(person.reference or "")
        if not person.email:
            return by_reference
        by_email = self._by_email.get(normal_email(person.email))
        if by_reference is not None and by_reference is not by_email and (by_email or by_reference.email):
            raise LearnerConflict(person.reference or "")
        return by_email or by_reference

    def keep(self, person: Person, new_subject_id: Callable[[], str], *, now: datetime) -> LearnerRecord:
        """The learner on file, or a new one; what this list adds (address, reference) is noted. Does not flush.

        The caller holds a write transaction; a unique constraint stops whoever tries the same at the same time.
        """
        email = normal_email(person.email) if person.email else None
        learner = self.find(person)
        if learner is None:
            # whoever brought the same person in this very moment meets the unique constraint, and looks again
            learner = LearnerRecord(subject_id=new_subject_id(), email=email, created_at=now)
            self._session.add(learner)
        # an address that leads to somebody else stays there: an address on file never moves by itself
        if email is not None and learner.email is None and email not in self._by_email:
            learner.email = email
        learner.language = person.language or learner.language
        learner.name_latin = person.name_latin or learner.name_latin
        learner.country = person.country or learner.country
        learner.nuts_code = person.nuts_code or learner.nuts_code
        if person.reference and person.reference not in self._by_reference:
            self._session.add(
                LearnerReferenceRecord(provider_id=self._provider_id, reference=person.reference, learner=learner)
            )
            self._by_reference[person.reference] = learner
        if email is not None:
            self._by_email.setdefault(email, learner)
        return learner


def find_learner(session: Session, provider_id: int, person: Person) -> LearnerRecord | None:
    """What ``LearnerFile.find`` says of one person."""
    return LearnerFile(session, provider_id, [person]).find(person)


def keep_learner(
    session: Session, provider_id: int, person: Person, new_subject_id: Callable[[], str], *, now: datetime
) -> LearnerRecord:
    """What ``LearnerFile.keep`` makes of one person, flushed."""
    learner = LearnerFile(session, provider_id, [person]).keep(person, new_subject_id, now=now)
    session.flush()
    return learner


def _by_reference(session: Session, provider_id: int, references: Collection[str]) -> dict[str, LearnerRecord]:
    if not references:
        return {}
    rows = session.execute(
        select(LearnerReferenceRecord.reference, LearnerRecord)
        .join(LearnerReferenceRecord.learner)
        .where(LearnerReferenceRecord.provider_id == provider_id, LearnerReferenceRecord.reference.in_(references))
    )
    return {row.reference: row.LearnerRecord for row in rows}


def _by_email(session: Session, emails: Collection[str]) -> dict[str, LearnerRecord]:
    if not emails:
        return {}
    return {
        each.email: each
        for each in session.scalars(select(LearnerRecord).where(LearnerRecord.email.in_(emails)))
        if each.email is not None
    }
