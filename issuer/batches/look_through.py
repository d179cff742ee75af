"""Look through an upload: every line gets its outcome, and what was issued before is found. Nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.awards.files import (
    AwardTable,
    Column,
    FileAnswers,
    FileLimits,
    Reading,
    RowOutcome,
    assess,
    read_award_file,
)
from issuer.awards.lookup import OfficeLookup
from issuer.awards.prepare import award_key
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.certificates.fonts import uncovered
from issuer.learners.records import LearnerRecord

_T = TypeVar("_T")

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was handed in, and what a person said about the whole of it."""

    data: bytes = field(repr=False)
    name: str
    reading: Reading = field(default_factory=Reading)
    answers: FileAnswers = field(default_factory=FileAnswers)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedThrough:
    """A file with the outcome of every row; ``earlier`` has the badges that were issued before, by line."""

    table: AwardTable
    outcomes: Sequence[RowOutcome]
    earlier: Mapping[int, int]


def look_through(
    session: Session,
    provider_slug: str,
    upload: Upload,
    corrections: Mapping[int, str],
    *,
    now: datetime,
    limits: FileLimits | None = None,
) -> LookedThrough:
    """Read and judge an upload; ``corrections`` are e-mail addresses by line that stand in for those of the file.

    Raises AwardFileError and UnknownProvider.
    """
    table = read_award_file(upload.data, upload.name, answers=upload.answers, reading=upload.reading, limits=limits)
    table = _corrected(table, corrections)
    lookup = OfficeLookup(session, provider_slug, now=now)
    outcomes = assess(table, provider_slug, lookup, today=now.date(), undrawable=uncovered)
    requests = [(outcome.line, outcome.request) for outcome in outcomes if outcome.request is not None]
    return LookedThrough(table=table, outcomes=outcomes, earlier=find_issued_before(session, requests))


def find_issued_before(session: Session, requests: Sequence[tuple[int, AwardRequest]]) -> dict[int, int]:
    """The records of awards that were made before, by line: same provider, achievement, learner and day."""
    known = {request.learner_id for _, request in requests if request.learner_id is not None}
    subjects: dict[int, str] = {}
    for ids in _portions(sorted(known)):
        found = session.execute(select(LearnerRecord.id, LearnerRecord.subject_id).where(LearnerRecord.id.in_(ids)))
        subjects.update((row.id, row.subject_id) for row in found)
    keys = {
        award_key(
            request.provider_slug, request.achievement_code, subjects[request.learner_id], request.completed_on
        ): line
        for line, request in requests
        if request.learner_id in subjects
    }
    made: dict[int, int] = {}
    for portion in _portions(sorted(keys)):
        records = session.execute(
            select(IssuedCredentialRecord.award_key, IssuedCredentialRecord.id).where(
                IssuedCredentialRecord.award_key.in_(portion)
            )
        )
        made.update((keys[row.award_key], row.id) for row in records if row.award_key)
    return made


def _corrected(table: AwardTable, corrections: Mapping[int, str]) -> AwardTable:
    if not corrections:
        return table
    rows = tuple(
        replace(row, cells={**row.cells, Column.EMAIL: corrections[row.line]}) if row.line in corrections else row
        for row in table.rows
    )
    return replace(table, rows=rows)


def _portions(values: Sequence[_T]) -> Iterator[list[_T]]:
    remaining = iter(values)
    while portion := list(islice(remaining, _AT_ONCE)):
        yield portion
