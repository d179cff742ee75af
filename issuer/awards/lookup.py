"""What an award file is held against: the office's own files, asked in few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AchievementFacts, LearnerFacts
from issuer.awards.states import CredentialState
from issuer.catalogue.find import achievement_entry, get_provider, newest_versions
from issuer.catalogue.records import (
    AchievementRecord,
    AchievementVersionRecord,
    AuthorisationRecord,
    ProviderRecord,
)
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord

_T = TypeVar("_T")

_BATCH: Final = 500
"""Values in one query: databases limit them."""


class OfficeLookup:
    """Answers for one provider and one moment, from one session; ask ``prefetch`` first.

    Only people whom this provider knows are found, under the name it last gave: that somebody is known elsewhere, or
    holds another provider's badge, is not told without that person's consent.
    """

    def __init__(self, session: Session, provider_slug: str, *, now: datetime) -> None:
        """Read the catalogue; raises UnknownProvider."""
        self._session = session
        self._provider = get_provider(session, provider_slug)
        self._now = now
        self._achievements = {facts.code: facts for facts in self._read_achievements()}
        self._by_email: dict[str, LearnerFacts] = {}
        self._by_reference: dict[str, LearnerFacts] = {}
        self._held: set[tuple[int, str]] = set()

    def prefetch(self, provider_slug: str, references: Collection[str], emails: Collection[str]) -> None:
        """Fetch everybody the file may mean, and the valid badges they hold."""
        assert provider_slug == self._provider.slug, "a lookup answers for one provider"
        by_email = {learner.email: learner for learner in self._with_emails(emails)}
        by_reference = dict(self._with_references(references))
        names = self._names({learner.id for learner in (*by_email.values(), *by_reference.values())})
        self._by_email = {email: _facts(learner, names) for email, learner in by_email.items() if email}
        self._by_reference = {reference: _facts(learner, names) for reference, learner in by_reference.items()}
        self._held = set(self._badges_held(names.keys()))

    def achievement_codes(self) -> Collection[str]:
        """Every code of the catalogue."""
        return self._achievements.keys()

    def find_achievement(self, code: str) -> AchievementFacts | None:
        """The newest version of the achievement with exactly this code."""
        return self._achievements.get(code)

    def find_learner_by_reference(self, provider_slug: str, reference: str) -> LearnerFacts | None:
        """The person whom the provider calls so."""
        return self._by_reference.get(reference) if provider_slug == self._provider.slug else None

    def find_learner_by_email(self, email: str) -> LearnerFacts | None:
        """The person with this address, when the provider knows the person."""
        return self._by_email.get(email)

    def holds_valid(self, learner_id: int, achievement_code: str) -> bool:
        """Whether this provider awarded the person a badge of the achievement that still holds."""
        return (learner_id, achievement_code) in self._held

    def _with_emails(self, emails: Collection[str]) -> Iterator[LearnerRecord]:
        has_reference = exists().where(
            LearnerReferenceRecord.learner_id == LearnerRecord.id,
            LearnerReferenceRecord.provider_id == self._provider.id,
        )
        has_badge = exists().where(
            IssuedCredentialRecord.learner_id == LearnerRecord.id,
            IssuedCredentialRecord.provider_id == self._provider.id,
        )
        for batch in _batches(emails):
            known = select(LearnerRecord).where(LearnerRecord.email.in_(batch), or_(has_reference, has_badge))
            yield from self._session.scalars(known)

    def _with_references(self, references: Collection[str]) -> Iterator[tuple[str, LearnerRecord]]:
        for batch in _batches(references):
            rows = self._session.execute(
                select(LearnerReferenceRecord.reference, LearnerRecord)
                .join(LearnerRecord, LearnerReferenceRecord.learner_id == LearnerRecord.id)
                .where(
                    LearnerReferenceRecord.provider_id == self._provider.id,
                    LearnerReferenceRecord.reference.in_(batch),
                )
            )
            yield from ((reference, learner) for reference, learner in rows)

    def _names(self, learner_ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """The names on the newest badge this provider gave each of them."""
        names = dict.fromkeys(learner_ids, ("", ""))
        for batch in _batches(learner_ids):
            rows = self._session.execute(
                select(
                    IssuedCredentialRecord.learner_id,
                    IssuedCredentialRecord.given_name,
                    IssuedCredentialRecord.family_name,
                )
                .where(
                    IssuedCredentialRecord.provider_id == self._provider.id,
                    IssuedCredentialRecord.learner_id.in_(batch),
                )
                .order_by(IssuedCredentialRecord.id)
            )
            names.update((row.learner_id, (row.given_name, row.family_name)) for row in rows)
        return names

    def _badges_held(self, learner_ids: Collection[int]) -> Iterator[tuple[int, str]]:
        for batch in _batches(learner_ids):
            rows = self._session.execute(
                select(IssuedCredentialRecord.learner_id, AchievementRecord.code)
                .join(
                    AchievementVersionRecord,
                    IssuedCredentialRecord.achievement_version_id == AchievementVersionRecord.id,
                )
                .join(AchievementRecord, AchievementVersionRecord.achievement_id == AchievementRecord.id)
                .where(
                    IssuedCredentialRecord.provider_id == self._provider.id,
                    IssuedCredentialRecord.learner_id.in_(batch),
                    IssuedCredentialRecord.state == CredentialState.ISSUED,
                    or_(IssuedCredentialRecord.valid_until.is_(None), IssuedCredentialRecord.valid_until > self._now),
                )
            )
            yield from ((learner_id, code) for learner_id, code in rows)

    def _read_achievements(self) -> Iterator[AchievementFacts]:
        authorised: dict[int, set[str]] = {}
        own_start: dict[int, date] = {}
        rows = self._session.execute(
            select(AuthorisationRecord, ProviderRecord.slug).join(
                ProviderRecord, AuthorisationRecord.provider_id == ProviderRecord.id
            )
        )
        for authorisation, slug in rows:
            if not authorisation.is_in_force(self._now):
                continue
            authorised.setdefault(authorisation.achievement_id, set()).add(slug)
            if authorisation.provider_id == self._provider.id:
                start = authorisation.valid_from.date()
                own_start[authorisation.achievement_id] = min(start, own_start.get(authorisation.achievement_id, start))
        for version in newest_versions(self._session):
            entry = achievement_entry(version)
            yield AchievementFacts(
                code=entry.code,
                title=entry.title,
                result_scale=entry.scale,
                authorised_providers=frozenset(authorised.get(version.achievement_id, ())),
                prerequisites=entry.prerequisites,
                awarded_from=own_start.get(version.achievement_id),
                validity_months=entry.validity_months,
                is_retired=version.achievement.retired_at is not None,
                closed_programme=entry.programme if version.achievement.programme.is_closed else None,
            )


def _facts(learner: LearnerRecord, names: Mapping[int, tuple[str, str]]) -> LearnerFacts:
    given_name, family_name = names[learner.id]
    return LearnerFacts(id=learner.id, given_name=given_name, family_name=family_name, email=learner.email)


def _batches(values: Collection[_T]) -> Iterator[list[_T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
