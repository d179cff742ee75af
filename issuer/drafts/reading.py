"""From a wording to a catalogue entry: what can be read is read, what cannot is named and left as it was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from issuer.catalogue.achievement_entry import CODE, VERSION, Stackability
from issuer.catalogue.entry import Term
from issuer.certificates.fonts import uncovered
from issuer.drafts import vocabulary
from issuer.drafts.slips import Slip, Slips
from issuer.drafts.vocabulary import Choice, find_choice
from issuer.drafts.wording import NO_LEVEL, Wording, wording_of

_FIELD: Final = re.compile(r"(\d{3,4})\s+(.+)", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_LEVEL_WORD: Final = re.compile(r"[^\s,;|]([^,;|]{0,62}[^\s,;|])?")
_SCALE: Final = ("scale", "pass_word", "lowest", "highest", "pass_mark", "levels", "pass_level")

ABSENT: Final = object()
"""Nothing is said, which is another thing than null."""

Write = Callable[[Wording, Slips], Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A catalogue entry as far as it could be read, and the mistakes in it."""

    members: Mapping[str, Any]
    slips: tuple[Slip, ...]


def read_wording(wording: Wording, kept: Mapping[str, Any]) -> Reading:
    """The catalogue entry of a wording that began as ``kept``; members nobody touched stay as they were to the letter.

    Not checked: whether anything is missing, and what only the office's files know (codes, versions, programmes).
    """
    before, slips, members = wording_of(kept), Slips(), dict(kept)
    for name, (touches, write) in _MEMBERS.items():
        written = write(wording, slips)
        if written is ABSENT:
            members.pop(name, None)
            continue
        is_touched = any(getattr(wording, each) != getattr(before, each) for each in touches)
        if name in kept and not is_touched:
            continue
        if name in kept or written is not None or name in _STATED:
            members[name] = written
    return Reading(members, tuple(slips.found))


def _code(wording: Wording, slips: Slips) -> str:
    code = wording.code.strip().upper()
    if code and not CODE.fullmatch(code):
        slips.note("code", f"“{code[:40]}” cannot be a code: 2 to 32 capital letters, digits and hyphens, as VLT-HV1.")
    return code


def _version(wording: Wording, slips: Slips) -> str:
    version = wording.version.strip()
    if version and not VERSION.fullmatch(version):
        slips.note("version", f"“{version[:40]}” cannot be a version: write numbers with dots, such as 1.0 or 2.1.")
    return version


def _titles(wording: Wording, slips: Slips) -> dict[str, str]:
    titles = {}
    for language, typed in wording.titles.items():
        text = _drawable("titles", typed, slips, label=f"Title ({language})", longest=300)
        if text and not _LANGUAGE.fullmatch(language):
            slips.note("titles", f"“{language[:40]}” is no language; write a tag such as sv or pt-BR.")
        if text:
            titles[language] = text
    return titles


def _english(name: str) -> Write:
    def write(wording: Wording, slips: Slips) -> dict[str, str] | None:
        text = _drawable(name, getattr(wording, name), slips)
        return {"en": text} if text else None

    return write


def _drawable(name: str, typed: str, slips: Slips, *, label: str | None = None, longest: int = 2_000) -> str:
    text = slips.text(name, typed, label=label, longest=longest)
    if missing := [letter for letter in uncovered(text) if letter.isprintable()]:
        shown = " ".join(dict.fromkeys(missing))[:40]
        slips.note(name, f"The certificate's typefaces cannot draw {shown}; write it in other letters.", label=label)
    return text


def _outcomes(wording: Wording, slips: Slips) -> list[dict[str, Any]]:
    rows = [row for row in wording.outcomes if not row.is_blank]
    taken = {row.code.strip().upper() for row in rows}
    written = []
    for number, row in enumerate(rows, start=1):
        label = f"Learning outcome {number}"
        text = _drawable("outcomes", row.text, slips, label=label)
        if not text:
            slips.note("outcomes", "The sentence is missing; write it, or empty the row.", label=label)
        code = row.code.strip().upper() or _free_code(wording.code.strip().upper(), number, taken)
        if not CODE.fullmatch(code):
            slips.note("outcomes", f"“{code[:40]}” cannot be its code; leave the code empty.", label=label)
        taken.add(code)
        skills = [_json(each) for each in _skills(row.skills, "outcomes", slips, label)]
        written.append({"code": code, "text": {"en": text}, "esco_skills": skills})
    return written


def _free_code(code: str, number: int, taken: set[str]) -> str:
    stem = f"{code[:27]}-" if CODE.fullmatch(code) else ""
    numbers = range(number, number + len(taken) + 1)
    return next(each for each in (f"{stem}LO{n}" for n in numbers) if each not in taken)


def _skills(typed: tuple[str, ...], name: str, slips: Slips, label: str | None = None) -> list[Term]:
    texts = [slips.text(name, each, label=label, longest=300) for each in typed]
    return [vocabulary.read_skill(text) for text in dict.fromkeys(texts) if text]


def _general_skills(wording: Wording, slips: Slips) -> list[dict[str, Any]]:
    return [_json(each) for each in _skills(wording.skills, "skills", slips)]


def _eqf_level(wording: Wording, slips: Slips) -> object:
    level = wording.eqf_level.strip()
    if not level:
        return ABSENT
    if level == NO_LEVEL:
        return None
    number = slips.number("eqf_level", level, above=0, most=8, whole=True)
    if not isinstance(number, int):
        return level
    return {"level": number, "uri": f"http://data.europa.eu/snb/eqf/{number}"}


def _no_level(wording: Wording, slips: Slips) -> dict[str, str] | None:
    if wording.eqf_level.strip() != NO_LEVEL:
        return None
    text = slips.text("no_level_because", wording.no_level_because, longest=300)
    return {"en": text} if text else None


def _workload(wording: Wording, slips: Slips) -> dict[str, Any] | None:
    hours = slips.number("hours", wording.hours, above=0, most=10_000)
    if hours is None:
        return None
    if isinstance(hours, str):
        return {"hours": hours}
    whole, minutes = divmod(round(hours * 60), 60)
    return {"hours": hours, "iso8601": f"PT{whole}H{minutes}M" if minutes else f"PT{whole}H"}


def _ects(wording: Wording, slips: Slips) -> object:
    return slips.number("ects", wording.ects, above=0, most=60)


def _validity(wording: Wording, slips: Slips) -> object:
    return slips.number("validity_months", wording.validity_months, above=0, most=600, whole=True)


def _study_field(wording: Wording, slips: Slips) -> dict[str, Any] | None:
    typed = slips.text("study_field", wording.study_field, longest=300)
    if not typed:
        return None
    if known := find_choice(vocabulary.fields(), typed):
        code, label = known.value.split(" ", 1)
        return {"code": code, "uri": known.uri, "label": label}
    if found := _FIELD.fullmatch(typed):
        return {"code": found[1], "uri": vocabulary.ISCED_F + found[1], "label": found[2]}
    slips.note("study_field", f"“{typed[:40]}” has no code; write the ISCED-F code first: 0714 Electronics.")
    return {"code": "", "label": typed}


def _assessment_types(wording: Wording, slips: Slips) -> list[dict[str, Any]]:
    typed = [each.strip() for each in dict.fromkeys(wording.assessment_types) if each.strip()]
    return [_chosen("assessment_types", each, vocabulary.assessment_types(), slips) for each in typed]


def _participation(wording: Wording, slips: Slips) -> dict[str, Any] | None:
    typed = wording.participation.strip()
    return _chosen("participation", typed, vocabulary.participation_forms(), slips) if typed else None


def _supervision(wording: Wording, slips: Slips) -> dict[str, Any] | None:
    typed = wording.supervision.strip()
    if not typed:
        return None
    chosen = find_choice(vocabulary.supervisions(), typed)
    written = _chosen("supervision", typed, vocabulary.supervisions(), slips)
    return {"key": chosen.value if chosen else typed, **written}


def _chosen(name: str, typed: str, choices: tuple[Choice, ...], slips: Slips) -> dict[str, Any]:
    chosen = find_choice(choices, typed)
    if chosen is None:
        known = ", ".join(each.label for each in choices)
        slips.note(name, f"“{typed[:60]}” is not in the European list; choose one of: {known}.")
        return {"uri": None, "label": typed}
    return {"uri": chosen.uri, "label": chosen.label}


def _prerequisites(wording: Wording, slips: Slips) -> list[str]:
    codes = [code.upper() for code in re.split(r"[\s,;|]+", wording.prerequisites) if code]
    for code in codes:
        if not CODE.fullmatch(code):
            slips.note("prerequisites", f"“{code[:40]}” is no code; write the codes of badges, such as VLT-HV1.")
    return list(dict.fromkeys(codes))


def _result_scale(wording: Wording, slips: Slips) -> dict[str, Any] | None:
    match wording.scale.strip():
        case "":
            return None
        case "pass_fail":
            return {"type": "pass_fail", "pass": _level_word("pass_word", wording.pass_word or "Pass", slips)}
        case "percent":
            return _marks(wording, slips)
        case "rubric":
            return _rubric(wording, slips)
        case other:
            slips.note("scale", f"“{other[:40]}” is no scale; choose passed or not, marks, or levels.")
            return {"type": other}


def _marks(wording: Wording, slips: Slips) -> dict[str, Any]:
    low = slips.number("lowest", wording.lowest or "0", above=-1, most=1000)
    high = slips.number("highest", wording.highest or "100", above=-1, most=1000)
    passing = slips.number("pass_mark", wording.pass_mark, above=-1, most=1000)
    if passing is None:
        slips.note("pass_mark", "Write the lowest mark that earns the badge.")
    if isinstance(low, int | float) and isinstance(high, int | float):
        if low >= high:
            slips.note("highest", f"The highest mark must be above the lowest, which is {low:g}.")
        elif isinstance(passing, int | float) and not low <= passing <= high:
            slips.note("pass_mark", f"The mark to pass must lie between {low:g} and {high:g}.")
    return {"type": "percent", "min": low, "max": high, "pass": passing}


def _rubric(wording: Wording, slips: Slips) -> dict[str, Any]:
    levels = [_level_word("levels", line, slips) for line in wording.levels.splitlines() if line.strip()]
    passing = " ".join(wording.pass_level.split())
    if len(levels) < 2 or len(set(levels)) != len(levels):
        slips.note("levels", "Write at least two different levels, one a line, the lowest first.")
    elif passing not in levels:
        slips.note("pass_level", f"Choose one of the levels: {', '.join(levels)}.")
    return {"type": "rubric", "levels": levels, "pass": passing}


def _level_word(name: str, typed: str, slips: Slips) -> str:
    word = slips.text(name, typed, longest=64)
    if not _LEVEL_WORD.fullmatch(word):
        slips.note(name, f"“{word[:40]}” cannot be used: up to 64 characters without comma, semicolon and bar.")
    return word


def _levels(wording: Wording, slips: Slips) -> list[str] | None:
    del slips
    return [line.strip() for line in wording.levels.splitlines() if line.strip()] if wording.scale == "rubric" else None


def _stackability(wording: Wording, slips: Slips) -> str | None:
    typed = wording.stackability.strip()
    if typed and typed not in set(Stackability):
        slips.note("stackability", f"“{typed[:40]}” is not one of the two: {' or '.join(Stackability)}.")
    return typed or None


def _skills_hub(wording: Wording, slips: Slips) -> dict[str, str] | None:
    url = slips.text("course_url", wording.course_url)
    number = slips.text("course_number", wording.course_number, longest=64)
    if number and not url:
        slips.note("course_url", "The number needs the address of the course beside it: https://…")
    if url and not _is_address(url):
        slips.note("course_url", f"“{url[:60]}” is no address; copy it from the browser: https://…")
    if not (url or number):
        return None
    return {"url": url, "course": number} if number else {"url": url}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)


def _programme(wording: Wording, slips: Slips) -> str:
    del slips
    return wording.programme.strip()


def _json(term: Term) -> dict[str, Any]:
    return {"uri": term.uri, "label": term.label}


KNOWN_MEMBERS: Final = frozenset(
    {"achievement_type", "learning_setting", "opportunity_type", "reuse_level", "image", "demo", "authorised_providers"}
)
"""Members of a catalogue entry that the editor does not show, and files may bring."""

_STATED: Final = frozenset({"eqf_level"})
"""Where null says something: no level applies."""

_MEMBERS: Final[Mapping[str, tuple[tuple[str, ...], Write]]] = {
    "code": (("code",), _code),
    "programme": (("programme",), _programme),
    "version": (("version",), _version),
    "title": (("titles",), _titles),
    "description": (("description",), _english("description")),
    "criteria": (("criteria",), _english("criteria")),
    "learning_outcomes": (("outcomes",), _outcomes),
    "eqf_level": (("eqf_level",), _eqf_level),
    "no_eqf_level": (("eqf_level", "no_level_because"), _no_level),
    "workload": (("hours",), _workload),
    "ects": (("ects",), _ects),
    "isced_f": (("study_field",), _study_field),
    "assessment_types": (("assessment_types",), _assessment_types),
    "participation": (("participation",), _participation),
    "supervision": (("supervision",), _supervision),
    "skills": (("skills",), _general_skills),
    "prerequisites": (("prerequisites",), _prerequisites),
    "validity_months": (("validity_months",), _validity),
    "result_scale": (_SCALE, _result_scale),
    "levels": (_SCALE, _levels),
    "stackability": (("stackability",), _stackability),
    "skills_hub": (("course_url", "course_number"), _skills_hub),
}

MEMBERS: Final = KNOWN_MEMBERS | _MEMBERS.keys()
"""Every member that a catalogue entry may have."""
