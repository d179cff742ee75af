"""Award one badge for a program: assess it as a row of an award file would be, then file it with all that follows.

What follows (the learner is told, webhooks are called, the act goes on the audit log, the answer is kept) is written
in the transaction that files the badge.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from credentials.errors import CredentialError
from issuer.accounts.actor import Actor
from issuer.api.words import safe_suggestion
from issuer.awards.award import file_award
from issuer.awards.errors import AwardError, NoFreeIndex, StaleDraft
from issuer.awards.files import AwardTable, FileAnswers, RowCode, RowOutcome, RowState, TableRow, assess
from issuer.awards.files.aliases import Column
from issuer.awards.files.outcome import Finding
from issuer.awards.issue import prepare_lists
from issuer.awards.lookup import OfficeLookup
from issuer.awards.prepare import Draft, prepare_award
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.awards.run import AwardRun
from issuer.badges.news import note_award
from issuer.catalogue.errors import CatalogueError
from issuer.catalogue.result_scale import PassFail
from issuer.certificates.fonts import uncovered
from issuer.database import Sessions, reading, transaction
from issuer.delivery.outbox import announce_award
from issuer.desk import Desk
from issuer.learners.errors import LearnerError

_TRIES: Final = 8
OF_THE_AWARD: Final = (AwardError, CatalogueError, LearnerError, CredentialError)
"""What concerns one award; anything else (no key, no disk) is the operator's."""

Cells = Mapping[str, str]
"""An award as an award file has it: values by the name of their column."""
Then = Callable[[Session, IssuedCredentialRecord, bool], None]
"""What is written in the transaction of the award; the flag says whether the badge is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where awards of one provider are made, by whom, and what was said yes to. For one thread."""

    sessions: Sessions
    desk: Desk
    provider_slug: str
    actor: Actor
    accepted: Collection[str] = ()
    reason: str = ""
    """Why badges go ahead without their prerequisite, where that is accepted."""
    by_completion: bool = False
    """A course management system says that a course is completed: that is a pass, where there is only that to say."""
    run: AwardRun = field(kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an award was not made. ``is_earned`` is False where there is simply no badge to award."""

    code: str
    suggestion: str | None = None
    asks: tuple[str, ...] = ()
    is_earned: bool = True


@dataclass(frozen=True, slots=True)
class _Order:
    """An award that may be made: what was asked, the warnings somebody said yes to, what is written with it."""

    request: AwardRequest
    accepted: tuple[str, ...]
    then: Then


def make_award(bench: Bench, cells: Cells, then: Then, *, now: datetime) -> Refusal | None:
    """Award a badge, or say why not; ``then`` has been called and kept when there is no refusal.

    A badge that was awarded before is found again, and ``then`` gets it. Raises what concerns every award alike.
    """
    outcome = _assess(bench, cells, now)
    if outcome.request is None:
        is_earned = outcome.outcome not in (RowState.SKIPPED, RowState.IGNORED)
        finding = Finding(outcome.code, "", outcome.suggestion)
        return Refusal(code=outcome.code.value, suggestion=safe_suggestion(finding), is_earned=is_earned)
    asked = _asked(outcome)
    asks = tuple(code for code in asked if code not in bench.accepted)
    if asks:
        finding = Finding(outcome.code, "", outcome.suggestion)
        return Refusal(code=asks[0], suggestion=safe_suggestion(finding), asks=asks)
    try:
        _file(bench, _Order(outcome.request, asked, then), now=now)
    except OF_THE_AWARD as exc:
        return Refusal(code=exc.code)
    return None


def _assess(bench: Bench, cells: Cells, now: datetime) -> RowOutcome:
    with reading(bench.sessions) as session:
        lookup = OfficeLookup(session, bench.provider_slug, now=now)
        known = {Column(name): value for name, value in cells.items()}
        if bench.by_completion and _says_only_complete(lookup, known):
            known.pop(Column.RESULT, None)
        table = AwardTable("", tuple(known), {}, (TableRow(1, known),))
        answers = FileAnswers(all_passed=bench.by_completion)
        (outcome,) = assess(table, bench.provider_slug, lookup, today=now.date(), undrawable=uncovered, answers=answers)
    return outcome


def _says_only_complete(lookup: OfficeLookup, known: Mapping[Column, str]) -> bool:
    """Whether the grade is a number, or nothing, where the badge is only passed or not."""
    facts = lookup.find_achievement(known.get(Column.ACHIEVEMENT_CODE, "").strip().upper())
    grade = known.get(Column.RESULT, "").strip(" -%").replace(",", ".")
    is_number = grade.replace(".", "", 1).isdigit()
    return facts is not None and isinstance(facts.result_scale, PassFail) and (is_number or not grade)


def _asked(outcome: RowOutcome) -> tuple[str, ...]:
    """The codes somebody has to say yes to."""
    if not outcome.needs_answer:
        return ()
    asked = [outcome.code.value, *(finding.code.value for finding in outcome.also if finding.needs_answer)]
    return tuple(dict.fromkeys(asked))


def _file(bench: Bench, order: _Order, *, now: datetime) -> None:
    request = order.request
    for _ in range(_TRIES):
        try:
            with reading(bench.sessions) as session:
                prepared = prepare_award(session, request, bench.desk, bench.run, now=now)
        except NoFreeIndex:
            prepare_lists(bench.sessions, bench.desk, request.provider_slug, now=now)
            continue
        try:
            with transaction(bench.sessions) as session:
                if isinstance(prepared, Draft):
                    record = file_award(session, prepared, now=now)
                    is_new = record.credential_id == prepared.numbers.credential_id
                else:
                    record, is_new = session.get_one(IssuedCredentialRecord, prepared.id), False
                if is_new:
                    _announce(session, bench, record, order, now=now)
                order.then(session, record, is_new)
        except (IntegrityError, StaleDraft):
            continue
        return
    raise StaleDraft("Somebody else keeps awarding the same badge at the same moment; start again.")


def _announce(session: Session, bench: Bench, record: IssuedCredentialRecord, order: _Order, *, now: datetime) -> None:
    request = order.request
    facts = {"accepted": " ".join(order.accepted)} if order.accepted else {}
    if RowCode.PREREQUISITE_MISSING.value in order.accepted:
        facts["reason"] = bench.reason
    announce_award(session, record, email=request.email, language=request.language, now=now, chance=bench.desk.chance)
    note_award(session, record, bench.actor, now=now, facts=facts)
