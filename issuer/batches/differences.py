"""What an approver has to know before saying yes: how many, which badges, samples, and what is new since last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from issuer.awards.lookup import OfficeLookup
from issuer.awards.request import AwardRequest, LearnerFacts
from issuer.batches.digest import chosen_rows
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.shown import same_file_before
from issuer.batches.states import RowAnswer
from issuer.batches.stored import request_of
from issuer.catalogue.find import achievement_entry, newest_versions

SAMPLES: Final = 6
_AT_MOST: Final = 20
"""Rows named one by one; beyond that the number says enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChange:
    """A learner whom this provider's files know under another name."""

    line: int
    on_file: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything the decision rests on; ``exceptions`` are rows to which somebody said yes, or gave another address."""

    count: int
    achievements: Sequence[tuple[str, int]]
    titles: Mapping[str, str]
    """By the code of each achievement."""
    samples: Sequence[AwardRequest]
    exceptions: Sequence[BatchRowRecord]
    learners: int
    new_learners: int
    hold_already: int
    holders: Sequence[BatchRowRecord]
    name_changes: Sequence[NameChange]
    same_file: BatchRecord | None


def inspect(session: Session, batch: BatchRecord, *, now: datetime) -> Inspection:
    """Hold the chosen rows of a batch against what this provider has issued before. Reads only."""
    rows = chosen_rows(session, batch)
    requests = [request_of(row) for row in rows]
    lookup = OfficeLookup(session, batch.provider.slug, now=now)
    lookup.prefetch(
        batch.provider.slug,
        {each.trainee_ref for each in requests if each.trainee_ref},
        {each.email for each in requests if each.email},
    )
    known = [_on_file(lookup, each) for each in requests]
    holders = [
        row
        for row, request, learner in zip(rows, requests, known, strict=True)
        if learner is not None and lookup.holds_valid(learner.id, request.achievement_code)
    ]
    changes = [
        NameChange(line=row.line, on_file=_name(learner), now=f"{request.given_name} {request.family_name}".strip())
        for row, request, learner in zip(rows, requests, known, strict=True)
        if learner is not None and _name(learner)
    ]
    exceptions = [row for row in rows if row.answer == RowAnswer.YES or row.corrected_email]
    people = {each.email or each.trainee_ref: learner for each, learner in zip(requests, known, strict=True)}
    return Inspection(
        count=len(rows),
        achievements=sorted(Counter(each.achievement_code for each in requests).items()),
        titles=_titles(session, {each.achievement_code for each in requests}),
        samples=_spread(requests),
        exceptions=exceptions,
        learners=len(people),
        new_learners=sum(learner is None for learner in people.values()),
        hold_already=len(holders),
        holders=holders[:_AT_MOST],
        name_changes=[change for change in changes if change.on_file != change.now][:_AT_MOST],
        same_file=same_file_before(session, batch),
    )


def _titles(session: Session, codes: Collection[str]) -> dict[str, str]:
    return {
        record.achievement.code: achievement_entry(record).title
        for record in newest_versions(session)
        if record.achievement.code in codes
    }


def _on_file(lookup: OfficeLookup, request: AwardRequest) -> LearnerFacts | None:
    by_email = lookup.find_learner_by_email(request.email) if request.email else None
    if by_email is not None or not request.trainee_ref:
        return by_email
    return lookup.find_learner_by_reference(request.provider_slug, request.trainee_ref)


def _name(learner: LearnerFacts) -> str:
    return f"{learner.given_name} {learner.family_name}".strip()


def _spread(requests: Sequence[AwardRequest]) -> Sequence[AwardRequest]:
    """Rows from all over the file: the first, the last, and some between."""
    if len(requests) <= SAMPLES:
        return requests
    step = (len(requests) - 1) / (SAMPLES - 1)
    return [requests[round(step * number)] for number in range(SAMPLES)]
