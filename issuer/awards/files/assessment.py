"""Every row of an award file gets its outcome, held against the catalogue and the people on file."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from issuer.awards.files.aliases import Column, HeaderAliases, shipped_aliases
from issuer.awards.files.answers import FileAnswers
from issuer.awards.files.names import Undrawable
from issuer.awards.files.outcome import Finding, RowCode, RowOutcome, settle
from issuer.awards.files.people import People
from issuer.awards.files.row import RowReader, RowValues, text_of
from issuer.awards.files.table import AwardTable, TableRow
from issuer.awards.files.words import printable, tidy
from issuer.awards.request import AwardLookup, AwardRequest, LearnerFacts

_LONGEST_DISPLAY_NAME = 80


def everything_drawable(text: str) -> Collection[str]:
    """Stands in where nobody draws names, as in a preview without fonts: no character is missing."""
    return ()


def assess(
    table: AwardTable,
    provider_slug: str,
    lookup: AwardLookup,
    *,
    today: date,
    undrawable: Undrawable = everything_drawable,
    answers: FileAnswers | None = None,
    aliases: HeaderAliases | None = None,
) -> list[RowOutcome]:
    """Give each row, in the order of the file, exactly one outcome; nothing is issued and nothing is written.

    undrawable names the characters of a text that no font of ours can draw. answers, when given, replace those the
    table was read with. A ready row fits the catalogue as the lookup described it; award() checks again.
    """
    answers = table.answers if answers is None else answers
    lookup.prefetch(provider_slug, _texts(table, Column.TRAINEE_REF), _addresses(table))
    reader = RowReader(
        provider_slug,
        lookup,
        today=today,
        answers=answers,
        undrawable=undrawable,
        aliases=aliases or shipped_aliases(),
    )
    people = People(provider_slug, lookup)
    return [_assess_row(row, reader, people) for row in table.rows]


def _assess_row(row: TableRow, reader: RowReader, people: People) -> RowOutcome:
    if not row.surplus and not any(tidy(text_of(row, column)) for column in row.cells):
        blank = Finding(RowCode.BLANK_LINE, f"Line {row.line}: blank, left out.")
        return settle(row.line, "", [blank], None)
    values = reader.read(row)
    name = printable(values.name.full[:_LONGEST_DISPLAY_NAME])
    if values.findings.stops_the_row:
        return settle(row.line, name, values.findings.noticed, None)
    learner = people.identify(values)
    people.check_duplicate(values)
    _check_prerequisites(values, learner, people)
    outcome = settle(row.line, name, values.findings.noticed, _request(values, learner, people.provider_slug))
    if outcome.request is not None:
        people.remember(values, will_be_issued=outcome.is_issuable)
    return outcome


def _check_prerequisites(values: RowValues, learner: LearnerFacts | None, people: People) -> None:
    if values.achievement is None:
        return
    missing = [
        code
        for code in values.achievement.prerequisites
        if not people.has_earned(values, code)
        and not (learner is not None and people.lookup.holds_valid(learner.id, code))
    ]
    if missing:
        values.findings.note(
            RowCode.PREREQUISITE_MISSING,
            f"{values.achievement.code} needs {' and '.join(missing)}, and no valid one is on file for this person. "
            "Issue that first, or go on with a reason.",
            suggestion=", ".join(missing),
        )


def _request(values: RowValues, learner: LearnerFacts | None, provider_slug: str) -> AwardRequest | None:
    if values.achievement is None or values.completed_on is None:
        return None
    return AwardRequest(
        provider_slug=provider_slug,
        achievement_code=values.achievement.code,
        given_name=values.name.given,
        family_name=values.name.family,
        email=values.email or (learner.email if learner is not None else None),
        trainee_ref=values.reference,
        learner_id=learner.id if learner is not None else None,
        completed_on=values.completed_on,
        result=values.result,
        assessor=values.assessor,
        evidence_url=values.evidence_url,
        language=values.language,
        valid_until=values.valid_until,
        line=values.row.line,
    )


def _texts(table: AwardTable, column: Column) -> frozenset[str]:
    return frozenset(filter(None, (tidy(text_of(row, column)) for row in table.rows)))


def _addresses(table: AwardTable) -> frozenset[str]:
    return frozenset(text.lower() for text in _texts(table, Column.EMAIL) if "@" in text)
