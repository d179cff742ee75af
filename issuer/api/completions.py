"""What a course management system says when a course is completed, as Moodle names things, made into awards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from issuer.api.awarding import Cells
from issuer.api.batches import MOST
from issuer.api.errors import ApiRefused, Flaw
from issuer.awards.files import AwardFileError, FileAnswers, FileLimits, TableRow, read_award_file, shipped_aliases
from issuer.awards.files.aliases import Column, HeaderAliases
from issuer.awards.files.row import text_of

LARGEST: Final = 8 * 1024 * 1024

MOODLE: Final[Mapping[str, Column]] = {
    "firstname": Column.GIVEN_NAME,
    "lastname": Column.FAMILY_NAME,
    "fullname": Column.FULL_NAME,
    "email": Column.EMAIL,
    "idnumber": Column.TRAINEE_REF,
    "course": Column.ACHIEVEMENT_CODE,
    "courseidnumber": Column.ACHIEVEMENT_CODE,
    "course_idnumber": Column.ACHIEVEMENT_CODE,
    "courseshortname": Column.ACHIEVEMENT_CODE,
    "course_shortname": Column.ACHIEVEMENT_CODE,
    "course short name": Column.ACHIEVEMENT_CODE,
    "timecompleted": Column.COMPLETED_ON,
    "time completed": Column.COMPLETED_ON,
    "completion date": Column.COMPLETED_ON,
    "grade": Column.RESULT,
    "finalgrade": Column.RESULT,
    "final grade": Column.RESULT,
    "lang": Column.LANGUAGE,
}
"""What Moodle's tables and exports call things; every heading of an award file is known too."""

_SECONDS: Final = re.compile(r"\d{9,10}", re.ASCII)
_SPELLED: Final = re.compile(r"[^\W\d_]+, (\d{1,2} [^\W\d_]+ \d{4})(?:, .*)?")
_NO_GRADE: Final = frozenset({"", "-"})


def read_completions(data: bytes) -> list[Cells]:
    """The rows of a CSV file as Moodle writes it; raises ApiRefused. The values are not judged here."""
    limits = FileLimits(size=LARGEST, rows=MOST)
    # whether a column is missing is said row by row, except for those without which nothing can be awarded
    answers = FileAnswers(all_passed=True)
    try:
        table = read_award_file(data, "completions.csv", aliases=_aliases(), answers=answers, limits=limits)
    except AwardFileError as exc:
        raise ApiRefused(422, exc.code, "The file cannot be read.", flaws=[Flaw("$", exc.remedy)]) from exc
    if table.sheet is not None:
        raise ApiRefused(415, "unsupported_media_type", "Send the completions as CSV, not as a workbook.")
    return [_cells(row) for row in table.rows]


def completion_day(said: str | int) -> str:
    """The day of a moment: seconds since 1970 and moments with a zone in UTC, everything else as it is written."""
    text = str(said).strip()
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC).date().isoformat()
    if match := _SPELLED.fullmatch(text):
        return match[1]
    try:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()
    except (ValueError, OverflowError):
        return text  # no moment, or one that in UTC lies before the first day or behind the last one that there is


def grade_of(said: str) -> str:
    """The grade; a hyphen is how Moodle writes that there is none."""
    text = said.strip()
    return "" if text in _NO_GRADE else text


def _cells(row: TableRow) -> Cells:
    cells = {column.value: text_of(row, column) for column in row.cells}
    if Column.COMPLETED_ON in cells:
        cells[Column.COMPLETED_ON.value] = completion_day(cells[Column.COMPLETED_ON])
    if Column.RESULT in cells:
        cells[Column.RESULT.value] = grade_of(cells[Column.RESULT])
    return {name: value for name, value in cells.items() if value}


def _aliases() -> HeaderAliases:
    shipped = shipped_aliases()
    return replace(shipped, columns={**shipped.columns, **MOODLE})
