"""Courses as files: CSV for people with spreadsheets, JSON with everything. What was written is read back equal."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from issuer.awards.files.aliases import shipped_aliases
from issuer.awards.files.dialect import DELIMITERS, records
from issuer.awards.files.encoding import find_encoding
from issuer.awards.files.errors import AwardFileError
from issuer.drafts import vocabulary
from issuer.drafts.errors import CourseFileUnreadable
from issuer.drafts.reading import MEMBERS
from issuer.drafts.vocabulary import Choice, find_choice
from issuer.drafts.wording import LANGUAGES, OutcomeRow, Wording, as_typed, wording_of
from verifier.spreadsheet import as_meant, csv_text

LARGEST_FILE: Final = 5 * 1024 * 1024
MOST_COURSES: Final = 2_000
_LARGEST_COURSE: Final = 64 * 1024
_MOST_COLUMNS: Final = 400
_OUTCOME: Final = re.compile(r"outcome_([1-9]\d?)(_code|_skills)?")
_TITLE: Final = re.compile(r"title_([A-Za-z-]{2,20})")

_PLAIN: Final = {  # column: field of the wording
    "code": "code",
    "programme": "programme",
    "version": "version",
    "description": "description",
    "criteria": "criteria",
    "eqf_level": "eqf_level",
    "no_level_because": "no_level_because",
    "hours": "hours",
    "ects": "ects",
    "prerequisites": "prerequisites",
    "scale": "scale",
    "pass_word": "pass_word",
    "lowest": "lowest",
    "highest": "highest",
    "pass_mark": "pass_mark",
    "pass_level": "pass_level",
    "stackability": "stackability",
    "study_field": "study_field",
    "validity_months": "validity_months",
    "skills_hub_url": "course_url",
    "skills_hub_course": "course_number",
}
_CHOSEN: Final[Mapping[str, Callable[[], tuple[Choice, ...]]]] = {
    "participation": vocabulary.participation_forms,
    "supervision": vocabulary.supervisions,
}
_LISTS: Final = ("assessment_types", "levels", "skills")
COLUMN_OF: Final = {name: column for column, name in _PLAIN.items()} | {"titles": "title_en", "outcomes": "outcome_1"}
"""The column in which a field of the wording stands, where the two differ."""


@dataclass(frozen=True, slots=True)
class Course:
    """One course of a file: where it stands, what it says, the entry it brings, and what was left out of it."""

    place: str
    wording: Wording
    kept: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def read_courses(data: bytes, filename: str) -> list[Course]:
    """Every course of a CSV or JSON file, right or wrong; raises CourseFileUnreadable when it is no such file."""
    if len(data) > LARGEST_FILE:
        raise CourseFileUnreadable(
            f"The file has {len(data) / 1e6:.1f} MB; {LARGEST_FILE / 1e6:.0f} MB are the most. Divide it."
        )
    if not data.strip():
        raise CourseFileUnreadable("The file is empty. Choose the file with your courses.")
    is_json = filename.lower().endswith(".json") or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    courses = _read_json(data) if is_json else list(_read_csv(data))
    if not courses:
        raise CourseFileUnreadable("The file has no course in it: there is no line below the headings.")
    if len(courses) > MOST_COURSES:
        raise CourseFileUnreadable(f"The file has {len(courses):,} courses; {MOST_COURSES:,} are the most. Divide it.")
    return courses


def write_json(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Catalogue entries as a JSON file in the shape of the catalogue's own."""
    return json.dumps({"achievements": list(entries)}, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def write_csv(wordings: Sequence[Wording]) -> bytes:
    """Wordings as CSV in UTF-8 with a mark that spreadsheets know; formulas get an apostrophe in front."""
    rows = [_row(wording) for wording in wordings]
    languages = [*LANGUAGES, *(name for wording in wordings for name in wording.titles)]
    fixed = ["code", "programme", "version", *(f"title_{language}" for language in dict.fromkeys(languages))]
    columns = dict.fromkeys([*fixed, *_PLAIN, *_CHOSEN, *_LISTS, *(name for row in rows for name in row)])
    return csv_text([*columns], ([row.get(name, "") for name in columns] for row in rows)).encode("utf-8-sig")


def _row(wording: Wording) -> dict[str, str]:
    row = {f"title_{language}": title for language, title in wording.titles.items()}
    row |= {column: getattr(wording, name) for column, name in _PLAIN.items()}
    row |= {name: _label(getattr(wording, name), choices()) for name, choices in _CHOSEN.items()}
    types = (_label(each, vocabulary.assessment_types()) for each in wording.assessment_types)
    row |= {"assessment_types": _join(types), "skills": _join(wording.skills)}
    row["levels"] = _join(wording.levels.split("\n")) if wording.levels else ""
    for number, outcome in enumerate(wording.outcomes, start=1):
        named = {"": outcome.text, "_code": outcome.code, "_skills": _join(outcome.skills)}
        row |= {f"outcome_{number}{part}": value for part, value in named.items()}
    return row


def _read_csv(data: bytes) -> Iterator[Course]:
    try:
        encoding = find_encoding(data, shipped_aliases()).name
        rows = list(records(data, encoding, _delimiter(data, encoding)))
    except AwardFileError as refusal:
        raise CourseFileUnreadable(str(refusal)) from refusal
    (_, first), *body = rows
    columns = [heading.strip().lower() for heading in first[:_MOST_COLUMNS]]
    if "code" not in columns:
        raise CourseFileUnreadable(
            "The first line has no column “code”. Export the catalogue to see the headings, and use those."
        )
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise CourseFileUnreadable(f"The column “{twice[0][:40]}” stands there twice. Take one out.")
    left_out = tuple(name[:40] for name in columns if name and not _is_known(name))
    for line, cells in body:
        values = {name: _plain(cell) for name, cell in zip(columns, cells, strict=False) if name}
        if any(value.strip() for value in values.values()):
            yield Course(f"Line {line}", _wording(values), left_out=left_out)


def _wording(values: Mapping[str, str]) -> Wording:
    fields: dict[str, Any] = {name: values.get(column, "") for column, name in _PLAIN.items()}
    fields |= {name: _value(values.get(name, ""), choices()) for name, choices in _CHOSEN.items()}
    types = (_value(each, vocabulary.assessment_types()) for each in _split(values.get("assessment_types", "")))
    titles = {found[1]: title for name, title in values.items() if (found := _TITLE.fullmatch(name)) and title.strip()}
    levels = "\n".join(_split(values.get("levels", "")))
    numbers = sorted({int(found[1]) for name in values if (found := _OUTCOME.fullmatch(name))})
    rows = (
        OutcomeRow(
            values.get(f"outcome_{number}", ""),
            values.get(f"outcome_{number}_code", ""),
            _split(values.get(f"outcome_{number}_skills", "")),
        )
        for number in numbers
    )
    return Wording(
        **fields,
        titles=titles,
        assessment_types=tuple(types),
        levels=levels,
        skills=_split(values.get("skills", "")),
        outcomes=tuple(row for row in rows if not row.is_blank),
    )


def _read_json(data: bytes) -> list[Course]:
    try:
        parsed = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as exc:
        where = f" at line {exc.lineno}, column {exc.colno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise CourseFileUnreadable(f"The file is not JSON{where}. Export the catalogue as JSON to see one.") from exc
    found = parsed.get("achievements") if isinstance(parsed, dict) else parsed
    if not isinstance(found, list):
        raise CourseFileUnreadable("The file has no list “achievements”. Export the catalogue as JSON to see one.")
    try:
        return [_course(number, value) for number, value in enumerate(found, start=1)]
    except RecursionError as exc:
        raise CourseFileUnreadable("The file has brackets in brackets without end. Export one to compare.") from exc


def _course(number: int, value: object) -> Course:
    place = f"Entry {number}"
    if not isinstance(value, dict):
        raise CourseFileUnreadable(f"{place} is no object. Each course has its members in braces.")
    kept = {name: _storable(member) for name, member in value.items() if name in MEMBERS}
    if len(json.dumps(kept)) > _LARGEST_COURSE:
        raise CourseFileUnreadable(f"{place} is larger than {_LARGEST_COURSE // 1024} kB. Shorten it.")
    left_out = tuple(sorted(name[:40] for name in value.keys() - kept.keys()))
    return Course(place, wording_of(kept), kept, left_out)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number that can be kept")
    return number


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _storable(value: Any) -> Any:
    """The same, with texts that every database can hold."""
    if isinstance(value, str):
        return as_typed(value)
    if isinstance(value, dict):
        return {as_typed(name): _storable(member) for name, member in value.items()}
    return [_storable(member) for member in value] if isinstance(value, list) else value


def _delimiter(data: bytes, encoding: str) -> str:
    first = data.decode(encoding, "replace").split("\n", 1)[0].lower()
    return max(DELIMITERS, key=lambda each: sum(_is_known(name.strip('" \r')) for name in first.split(each)))


def _is_known(name: str) -> bool:
    return (
        name in _PLAIN or name in _CHOSEN or name in _LISTS or bool(_TITLE.fullmatch(name) or _OUTCOME.fullmatch(name))
    )


def _label(value: str, choices: tuple[Choice, ...]) -> str:
    found = find_choice(choices, value) if value else None
    return found.label if found else value


def _value(typed: str, choices: tuple[Choice, ...]) -> str:
    found = find_choice(choices, typed) if typed.strip() else None
    return found.value if found else typed.strip()


def _join(values: Iterable[str]) -> str:
    """Several texts in one cell: semicolons between, or a line each when one of them has a semicolon."""
    texts = list(values)
    return "\n".join([*texts, ""]) if any(";" in text for text in texts) else "; ".join(texts)


def _split(cell: str) -> tuple[str, ...]:
    parts = cell.split("\n") if "\n" in cell else cell.split(";")
    return tuple(part.strip() for part in parts if part.strip())


def _plain(cell: str) -> str:
    return as_typed(as_meant(cell))
