"""One row of an award file, read value by value."""

from __future__ import annotations

import calendar
import difflib
from dataclasses import dataclass
from datetime import date
from typing import Final

from issuer.awards.files.aliases import Column, HeaderAliases
from issuer.awards.files.answers import FileAnswers
from issuer.awards.files.dates import DateFlaw, DateReading, read_date
from issuer.awards.files.details import read_assessor, read_evidence_url, read_language, read_reference
from issuer.awards.files.emails import read_email
from issuer.awards.files.findings import Findings
from issuer.awards.files.names import PersonName, Undrawable, check_name, split_name
from issuer.awards.files.outcome import RowCode
from issuer.awards.files.results import read_result
from issuer.awards.files.table import TableRow
from issuer.awards.files.words import comparable, echo, tidy
from issuer.awards.request import AchievementFacts, AwardLookup

_EARLIEST_COMPLETION: Final = date(2000, 1, 1)
_SUGGESTIONS: Final = 3
_LIKENESS: Final = 0.8
_LONGEST_CODE: Final = 40


@dataclass(frozen=True)
class RowValues:
    """What a row says, as far as it could be read; findings tell what could not."""

    row: TableRow
    name: PersonName
    email: str | None
    reference: str | None
    achievement: AchievementFacts | None
    completed_on: date | None
    result: str | None
    assessor: str | None
    evidence_url: str | None
    language: str | None
    valid_until: date | None
    findings: Findings


class RowReader:
    """Reads the rows of one file for one provider; looks up achievements, not people."""

    def __init__(
        self,
        provider_slug: str,
        lookup: AwardLookup,
        *,
        today: date,
        answers: FileAnswers,
        undrawable: Undrawable,
        aliases: HeaderAliases,
    ) -> None:
        self._provider_slug = provider_slug
        self._lookup = lookup
        self._today = today
        self._answers = answers
        self._undrawable = undrawable
        self._aliases = aliases
        self._codes = {comparable(code): code for code in lookup.achievement_codes()}
        self._achievements: dict[str, AchievementFacts | None] = {}
        self._close: dict[str, list[str]] = {}

    def read(self, row: TableRow) -> RowValues:
        """Read every value; what is wrong is noted, so that a person can mend the whole row at once."""
        findings = Findings(row.line)
        _check_shape(row, findings)
        name = split_name(*(text_of(row, c) for c in (Column.GIVEN_NAME, Column.FAMILY_NAME, Column.FULL_NAME)))
        check_name(name, self._undrawable, findings)
        email = read_email(text_of(row, Column.EMAIL), findings)
        reference = read_reference(text_of(row, Column.TRAINEE_REF), findings)
        if not tidy(text_of(row, Column.EMAIL)) and not tidy(text_of(row, Column.TRAINEE_REF)):
            findings.note(
                RowCode.IDENTITY_MISSING, "there is neither an e-mail nor a trainee_ref. Write one of the two."
            )
        achievement = self._read_achievement(text_of(row, Column.ACHIEVEMENT_CODE), findings)
        completed_on = self._read_completion(row.cells.get(Column.COMPLETED_ON, ""), achievement, findings)
        return RowValues(
            row=row,
            name=name,
            email=email,
            reference=reference,
            achievement=achievement,
            completed_on=completed_on,
            result=self._read_result(row, achievement, findings),
            assessor=read_assessor(text_of(row, Column.ASSESSOR), self._undrawable, findings),
            evidence_url=read_evidence_url(text_of(row, Column.EVIDENCE_URL), findings),
            language=read_language(text_of(row, Column.LANGUAGE), findings),
            valid_until=self._read_end(row.cells.get(Column.VALID_UNTIL, ""), completed_on, achievement, findings),
            findings=findings,
        )

    def _read_achievement(self, text: str, findings: Findings) -> AchievementFacts | None:
        typed = tidy(text) or (self._answers.achievement_code or "")
        if not typed:
            findings.note(RowCode.ACHIEVEMENT_MISSING, "the badge is missing. Write its code, such as VLT-HV1.")
            return None
        facts = self._find_achievement(typed)
        if facts is None:
            close = difflib.get_close_matches(
                typed.upper()[:_LONGEST_CODE], self._codes.values(), _SUGGESTIONS, _LIKENESS
            )
            suggestion = ", ".join(sorted(close))
            hint = f"Did you mean {' or '.join(sorted(close))}? " if close else ""
            findings.note(
                RowCode.UNKNOWN_ACHIEVEMENT,
                f"there is no badge {echo(typed)}. {hint}Correct the code.",
                suggestion=suggestion,
            )
        else:
            self._check_awarded(facts, findings)
        return facts

    def _check_awarded(self, facts: AchievementFacts, findings: Findings) -> None:
        """Whether the badge is still awarded, and by this provider."""
        if facts.closed_programme is not None:
            findings.note(
                RowCode.PROGRAMME_CLOSED,
                f"{facts.code} belongs to {facts.closed_programme}, which is closed: its badges go on verifying, new "
                "ones are not awarded. Take the row out.",
            )
        elif facts.is_retired:
            findings.note(
                RowCode.ACHIEVEMENT_RETIRED,
                f"{facts.code} is retired: its badges go on verifying, new ones are not awarded. "
                "Take the row out, or ask the programme which badge takes its place.",
            )
        elif self._provider_slug not in facts.authorised_providers:
            findings.note(
                RowCode.PROVIDER_NOT_AUTHORISED,
                f"Your organisation is not authorised to award {facts.code}. "
                "Take the row out, or ask the programme for the authorisation.",
            )

    def _close_codes(self, typed: str) -> list[str]:
        if typed not in self._close:
            close = difflib.get_close_matches(typed, self._codes.values(), _SUGGESTIONS, _LIKENESS)
            self._close[typed] = sorted(close)
        return self._close[typed]

    def _find_achievement(self, typed: str) -> AchievementFacts | None:
        code = self._codes.get(comparable(typed))
        if code is None:
            return None
        if code not in self._achievements:
            self._achievements[code] = self._lookup.find_achievement(code)
        return self._achievements[code]

    def _read_completion(
        self, value: str | date, achievement: AchievementFacts | None, findings: Findings
    ) -> date | None:
        if isinstance(value, str) and not tidy(value):
            if self._answers.completed_on is None:
                findings.note(
                    RowCode.DATE_MISSING,
                    "the completion date is missing. Write it as year-month-day, such as 2026-10-16.",
                )
                return None
            value = self._answers.completed_on
        reading = read_date(value, self._answers.day_first)
        _note_flaw(reading, str(value), findings)
        day = reading.proposals[0] if reading.flaw is DateFlaw.EXCEL_SERIAL else reading.day
        if day is not None:
            self._check_period(day, achievement, findings)
        return day

    def _check_period(self, day: date, achievement: AchievementFacts | None, findings: Findings) -> None:
        if day > self._today:
            findings.note(
                RowCode.DATE_IN_FUTURE,
                f"{_spell(day)} lies in the future. Issue the badge when the course is completed.",
            )
        earliest = max(filter(None, (_EARLIEST_COMPLETION, achievement.awarded_from if achievement else None)))
        if day < earliest:
            findings.note(
                RowCode.DATE_TOO_EARLY,
                f"{_spell(day)} is before {_spell(earliest)}, the first day for this badge. Correct the date.",
            )

    def _read_result(self, row: TableRow, achievement: AchievementFacts | None, findings: Findings) -> str | None:
        if achievement is None:
            return None
        return read_result(
            text_of(row, Column.RESULT),
            achievement.result_scale,
            self._aliases,
            findings,
            all_passed=self._answers.all_passed,
        )

    def _read_end(
        self,
        value: str | date,
        completed_on: date | None,
        achievement: AchievementFacts | None,
        findings: Findings,
    ) -> date | None:
        if isinstance(value, str) and not tidy(value):
            return None
        end = read_date(value, self._answers.day_first).day
        if end is None:
            findings.note(
                RowCode.VALID_UNTIL_UNREADABLE,
                f"{echo(str(value))} is not a clear date for valid_until. Write it as year-month-day, or nothing.",
            )
        elif completed_on is not None and end < completed_on:
            findings.note(
                RowCode.VALID_UNTIL_TOO_EARLY,
                f"valid_until ({_spell(end)}) is before the completion date. Correct one of the two.",
            )
        elif completed_on is not None and achievement is not None and achievement.validity_months is not None:
            latest = add_months(completed_on, achievement.validity_months)
            if end > latest:
                findings.note(
                    RowCode.VALID_UNTIL_TOO_LATE,
                    f"valid_until ({_spell(end)}) is later than this badge may last ({_spell(latest)}). "
                    "Write an earlier date, or nothing.",
                    suggestion=latest.isoformat(),
                )
        return end


def text_of(row: TableRow, column: Column) -> str:
    """The value of a column as text; a date from a workbook as year-month-day."""
    value = row.cells.get(column, "")
    return value if isinstance(value, str) else value.isoformat()


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    year = min(year, date.max.year)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _check_shape(row: TableRow, findings: Findings) -> None:
    if row.surplus:
        cells = "cell" if row.surplus == 1 else "cells"
        findings.note(
            RowCode.ROW_TOO_LONG,
            f"the row has {row.surplus} {cells} more than the heading. Put text with commas or semicolons in quotation "
            "marks, or delete what stands to the right.",
        )
    for column in row.too_long:
        findings.note(RowCode.CELL_TOO_LONG, f"the value of {column} is too long to be one. Shorten it.")


def _note_flaw(reading: DateReading, typed: str, findings: Findings) -> None:
    match reading.flaw:
        case DateFlaw.EXCEL_SERIAL:
            day = reading.proposals[0]
            findings.note(
                RowCode.DATE_EXCEL_SERIAL,
                f"{echo(typed)} is a date as Excel counts days: {_spell(day)}. Write {day.isoformat()}, or say yes.",
                suggestion=day.isoformat(),
            )
        case DateFlaw.AMBIGUOUS:
            both = " or ".join(_spell(day) for day in reading.proposals)
            findings.note(
                RowCode.DATE_AMBIGUOUS,
                f"{echo(typed)} may be {both}. Say once for the file whether the day or the month comes first.",
                suggestion=", ".join(day.isoformat() for day in reading.proposals),
            )
        case DateFlaw.SHORT_YEAR:
            findings.note(
                RowCode.DATE_UNREADABLE,
                f"the date {echo(typed)} has a year of two digits. Write the year with four, such as 2026-10-16.",
            )
        case DateFlaw.UNREADABLE:
            findings.note(
                RowCode.DATE_UNREADABLE,
                f"{echo(typed)} is not a date. Write it as year-month-day, such as 2026-10-16.",
            )


def _spell(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"
