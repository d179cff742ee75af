"""What is asked of the office when a badge is to be awarded, and what a row of an award file is held against."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from issuer.catalogue.result_scale import ResultScale


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardRequest:
    """One badge for one person, every value checked and in its final form.

    Names are NFC, one of the two may be empty; email is in lower case; result is the word or number the result scale
    knows. learner_id is the person on file whom trainee_ref or email led to, None for a new one. line is the line of
    the award file, None when the request came another way.
    """

    provider_slug: str
    achievement_code: str
    given_name: str
    family_name: str
    completed_on: date
    email: str | None = None
    trainee_ref: str | None = None
    learner_id: int | None = None
    result: str | None = None
    assessor: str | None = None
    evidence_url: str | None = None
    language: str | None = None
    valid_until: date | None = None
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AchievementFacts:
    """What an award is held against: who may award the badge, to whom, for which result and for how long."""

    code: str
    title: str
    result_scale: ResultScale
    authorised_providers: frozenset[str]
    prerequisites: tuple[str, ...] = ()
    awarded_from: date | None = None
    validity_months: int | None = None
    is_retired: bool = False
    closed_programme: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnerFacts:
    """A person on file, as far as a row is compared with them."""

    id: int
    given_name: str
    family_name: str
    email: str | None = None


class AwardLookup(Protocol):
    """The office's files, as far as the assessment of award rows asks them."""

    def prefetch(self, provider_slug: str, references: Collection[str], emails: Collection[str]) -> None:
        """Fetch in few queries what will be asked next; called once a file, before all other questions."""
        ...

    def achievement_codes(self) -> Collection[str]:
        """Every code a badge can be awarded under, in the catalogue's spelling."""
        ...

    def find_achievement(self, code: str) -> AchievementFacts | None:
        """The achievement of exactly this code."""
        ...

    def find_learner_by_reference(self, provider_slug: str, reference: str) -> LearnerFacts | None:
        """The person this provider knows under this trainee_ref."""
        ...

    def find_learner_by_email(self, email: str) -> LearnerFacts | None:
        """The person with this e-mail address, which is given in lower case."""
        ...

    def holds_valid(self, learner_id: int, achievement_code: str) -> bool:
        """Has this person a credential of this achievement that is neither expired nor taken back?"""
        ...
