"""Issue an award file: read it, give every row its outcome, award the rows that may be, one transaction each.

A run may be stopped at any moment and started again, or run several times at once: what was awarded is found again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer.awards.award import file_award, find_earlier
from issuer.awards.errors import NoFreeIndex, StaleDraft
from issuer.awards.files import (
    AwardTable,
    FileAnswers,
    FileLimits,
    RowCode,
    RowOutcome,
    RowState,
    assess,
    read_award_file,
)
from issuer.awards.lookup import OfficeLookup
from issuer.awards.prepare import OF_THE_ROW, Draft, prepare_award
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.catalogue.find import get_provider
from issuer.certificates.fonts import uncovered
from issuer.database import Sessions, reading, transaction
from issuer.desk import Desk
from issuer.status.indexes import find_free_index, open_list
from issuer.status.publish import publish_due

_log = logging.getLogger(__name__)

_TRIES: Final = 8
Then = Callable[[Session, IssuedCredentialRecord, AwardRequest, datetime], None]
"""What is written beside a new credential, in the transaction that files it."""


def nothing_more(session: Session, record: IssuedCredentialRecord, request: AwardRequest, now: datetime) -> None:
    """Nobody is told of the credential."""


class IssueState(StrEnum):
    """What became of a row; the values are public."""

    ISSUED = "issued"
    ALREADY_ISSUED = "already_issued"
    NEEDS_ANSWER = "needs_answer"
    ERROR = "error"
    SKIPPED = "skipped"
    IGNORED = "ignored"


_REFUSED: Final = frozenset({IssueState.NEEDS_ANSWER, IssueState.ERROR})
_LEFT_OUT: Final = {
    RowState.ERROR: IssueState.ERROR,
    RowState.SKIPPED: IssueState.SKIPPED,
    RowState.IGNORED: IssueState.IGNORED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRow:
    """One row of an award file after the run; ``record_id`` is there when a credential is."""

    line: int
    state: IssueState
    code: str
    sentence: str
    suggestion: str = ""
    name: str = ""
    record_id: int | None = None
    credential_id: str | None = None
    link: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether somebody has to do something about the row."""
        return self.state in _REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardFile:
    """An award file that was read, with the outcome of every row; nothing is issued yet."""

    provider_slug: str
    table: AwardTable
    outcomes: Sequence[RowOutcome]


def open_award_file(
    sessions: Sessions,
    provider_slug: str,
    data: bytes,
    name: str,
    *,
    now: datetime,
    limits: FileLimits | None = None,
    answers: FileAnswers | None = None,
) -> AwardFile:
    """Read a file and hold every row against the office's files; raises AwardFileError, UnknownProvider."""
    table = read_award_file(data, name, limits=limits, answers=answers)
    with reading(sessions) as session:
        lookup = OfficeLookup(session, provider_slug, now=now)
        outcomes = assess(table, provider_slug, lookup, today=now.date(), undrawable=uncovered)
    return AwardFile(provider_slug=provider_slug, table=table, outcomes=outcomes)


def issue_rows(
    sessions: Sessions,
    desk: Desk,
    file: AwardFile,
    clock: Callable[[], datetime],
    accepted: Collection[RowCode] = (),
    *,
    then: Then = nothing_more,
) -> Iterator[IssuedRow]:
    """Award the rows that may be, in the order of the file; every row gives one result as soon as it is done.

    ``accepted`` are the codes of warnings somebody said yes to. A row that fails leaves the others alone. ``then`` is
    called for each credential that is new.
    """
    run = AwardRun(desk)
    prepare_lists(sessions, desk, file.provider_slug, now=clock())
    for outcome in file.outcomes:
        if outcome.request is None or not _is_accepted(outcome, accepted):
            yield _left_out(sessions, desk, outcome)
            continue
        try:
            record, is_new = issue_one(sessions, desk, run, outcome.request, now=clock(), then=then)
        except OF_THE_ROW as exc:
            _log.info("line %d was not issued: %s", outcome.line, exc.code)
            sentence = f"Line {outcome.line}: {exc}"
            yield IssuedRow(
                line=outcome.line, state=IssueState.ERROR, code=exc.code, sentence=sentence, name=outcome.name
            )
        else:
            yield _issued(outcome, record, desk, is_new=is_new)


def issue_one(
    sessions: Sessions,
    desk: Desk,
    run: AwardRun,
    request: AwardRequest,
    *,
    now: datetime,
    is_specimen: bool = False,
    then: Then = nothing_more,
) -> tuple[IssuedCredentialRecord, bool]:
    """Award one badge in a transaction of its own; says whether the credential is new.

    Sealing and checking happen before the transaction, so that a writer holds the database for a moment only.
    """
    for _ in range(_TRIES):
        try:
            with reading(sessions) as session:
                prepared = prepare_award(session, request, desk, run, now=now, is_specimen=is_specimen)
        except NoFreeIndex:
            prepare_lists(sessions, desk, request.provider_slug, now=now)
            continue
        if not isinstance(prepared, Draft):
            return prepared, False
        try:
            with transaction(sessions) as session:
                record = file_award(session, prepared, now=now)
                is_new = record.credential_id == prepared.numbers.credential_id
                if is_new:
                    then(session, record, request, now)
        except (IntegrityError, StaleDraft):
            continue
        return record, is_new
    raise StaleDraft("Somebody else keeps awarding the same badge at the same moment; start again.")


def prepare_lists(sessions: Sessions, desk: Desk, provider_slug: str, *, now: datetime) -> None:
    """Have a list with room in it, and all lists signed and filed, so that no row has to do it."""
    with transaction(sessions) as session:
        provider = get_provider(session, provider_slug)
        if find_free_index(session, provider.id, desk.chance) is None:
            open_list(session, provider, desk.base_url, desk.chance, now=now)
        publish_due(session, provider, desk.signers.of(session, provider), now=now)


def _is_accepted(outcome: RowOutcome, accepted: Collection[RowCode]) -> bool:
    if not outcome.needs_answer:
        return True
    asked = {outcome.code, *(finding.code for finding in outcome.also if finding.needs_answer)}
    return asked <= set(accepted)


def _left_out(sessions: Sessions, desk: Desk, outcome: RowOutcome) -> IssuedRow:
    """A row that is not issued now; one that was issued after an earlier yes is found again."""
    if outcome.request is not None:
        with reading(sessions) as session:
            earlier = find_earlier(session, outcome.request)
        if earlier is not None:
            return _issued(outcome, earlier, desk, is_new=False)
    return IssuedRow(
        line=outcome.line,
        state=_LEFT_OUT.get(outcome.outcome, IssueState.NEEDS_ANSWER),
        code=outcome.code.value,
        sentence=outcome.sentence,
        suggestion=outcome.suggestion,
        name=outcome.name,
    )


def _issued(outcome: RowOutcome, record: IssuedCredentialRecord, desk: Desk, *, is_new: bool) -> IssuedRow:
    link = desk.link(record.token)
    state = IssueState.ISSUED if is_new else IssueState.ALREADY_ISSUED
    said = "issued" if is_new else f"issued already on {record.issued_at:%d %B %Y}; it is {record.state}, see {link}"
    return IssuedRow(
        line=outcome.line,
        state=state,
        code=state.value,
        sentence=f"Line {outcome.line}: {said}.",
        name=outcome.name,
        record_id=record.id,
        credential_id=record.credential_id,
        link=link,
    )
