"""An achievement as the catalogue describes it: checked once, then read without doubt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from issuer.catalogue.entry import Entry, Term
from issuer.catalogue.result_scale import MalformedResultScale, ResultScale, read_result_scale

CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}", re.ASCII)
VERSION: Final = re.compile(r"\d{1,4}(\.\d{1,4}){0,2}", re.ASCII)
_WORD: Final = re.compile(r"[^\s,;|]([^,;|]{0,62}[^\s,;|])?")


class Stackability(StrEnum):
    """Whether an achievement stands alone or counts towards a larger one."""

    STACKABLE = "stackable"
    STAND_ALONE = "stand-alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One learning outcome, with the ESCO skills it touches."""

    code: str
    text: str
    skills: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLink:
    """The course on the Skills Hub that leads to an achievement: its address, and its number there when known."""

    url: str
    number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementEntry:
    """Everything the catalogue says of one version of an achievement; texts are English, titles by language.

    Of the European elements only the optional ones may be None: supervision and stackability. ``no_level_because``
    says why there is no EQF level, where somebody did.
    """

    code: str
    programme: str
    version: str
    titles: Mapping[str, str]
    description: str
    criteria: str
    outcomes: tuple[Outcome, ...]
    eqf_level: int | None
    no_level_because: str | None
    workload_hours: float
    ects: float | None
    isced: tuple[str, Term] | None
    assessment_types: tuple[Term, ...]
    participation: Term
    supervision: tuple[str, Term] | None
    skills: tuple[Term, ...]
    prerequisites: tuple[str, ...]
    validity_months: int | None
    scale: ResultScale
    stackability: Stackability | None
    course: CourseLink | None
    demo: bool

    @property
    def title(self) -> str:
        """The English title."""
        return self.titles["en"]

    @classmethod
    def from_json(cls, entry: Entry) -> AchievementEntry:
        """Read and check one entry; MalformedCatalogue says where it is wrong."""
        outcomes = tuple(_outcome(each) for each in entry.objects("learning_outcomes"))
        if not outcomes:
            entry.refuse("learning_outcomes", "a micro-credential needs at least one learning outcome")
        assessment_types = entry.terms("assessment_types")
        if not assessment_types:
            entry.refuse("assessment_types", "a micro-credential needs at least one type of assessment")
        return cls(
            code=entry.text("code", CODE),
            programme=entry.text("programme", CODE),
            version=entry.text("version", VERSION),
            titles=entry.texts("title"),
            description=entry.texts("description")["en"],
            criteria=entry.texts("criteria")["en"],
            outcomes=outcomes,
            eqf_level=_eqf_level(entry),
            no_level_because=entry.texts("no_eqf_level")["en"] if entry.has("no_eqf_level") else None,
            workload_hours=entry.object("workload").number("hours", above=0, most=10_000),
            ects=entry.number("ects", above=0, most=60) if entry.has("ects") else None,
            isced=_coded_term(entry, "isced_f", "code") if entry.has("isced_f") else None,
            assessment_types=assessment_types,
            participation=entry.term("participation"),
            supervision=_coded_term(entry, "supervision", "key") if entry.has("supervision") else None,
            skills=entry.terms("skills"),
            prerequisites=entry.words("prerequisites", CODE),
            validity_months=_validity(entry),
            scale=_scale(entry.object("result_scale")),
            stackability=_stackability(entry) if entry.has("stackability") else None,
            course=_course(entry.object("skills_hub")) if entry.has("skills_hub") else None,
            demo=entry.flag("demo"),
        )


def stored_content(entry: Entry) -> dict[str, Any]:
    """What a version keeps of its catalogue entry: all of it, except who may award it, which changes on its own."""
    return {name: value for name, value in entry.members.items() if name != "authorised_providers"}


def _outcome(entry: Entry) -> Outcome:
    return Outcome(code=entry.text("code", CODE), text=entry.texts("text")["en"], skills=entry.terms("esco_skills"))


def _coded_term(entry: Entry, name: str, code: str) -> tuple[str, Term]:
    inner = entry.object(name)
    return inner.text(code), inner.as_term()


def _eqf_level(entry: Entry) -> int | None:
    return entry.object("eqf_level").whole_number("level", least=1, most=8) if entry.has("eqf_level") else None


def _validity(entry: Entry) -> int | None:
    return entry.whole_number("validity_months", least=1, most=600) if entry.has("validity_months") else None


def _scale(entry: Entry) -> ResultScale:
    """The result scale; its words are checked here, because they stand in credentials."""
    match entry.text("type"):
        case "pass_fail":
            entry.text("pass", _WORD)
        case "percent":
            lowest = entry.number("min", above=-1, most=1000)
            highest = entry.number("max", above=lowest, most=1000)
            entry.number("pass", above=lowest - 1, most=highest)
        case "rubric":
            if entry.text("pass", _WORD) not in entry.words("levels", _WORD):
                entry.refuse("pass", "is none of the levels")
    try:
        return read_result_scale(entry.members)
    except MalformedResultScale as exc:
        entry.refuse("type", str(exc))


def _stackability(entry: Entry) -> Stackability:
    value = entry.text("stackability")
    try:
        return Stackability(value)
    except ValueError:
        entry.refuse("stackability", f"{value!r} is none of {', '.join(Stackability)}")


def _course(entry: Entry) -> CourseLink:
    return CourseLink(url=entry.url("url"), number=entry.text("course", longest=64) if entry.has("course") else None)
