"""What stands in the editor's form, text for text: nothing is refused here, so nothing that was typed can be lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from issuer.awards.blank import NO_LEVEL_STATED
from issuer.catalogue.entry import Term
from issuer.drafts.vocabulary import write_skill

NO_LEVEL: Final = "none"
"""The choice "no EQF level applies", which asks for a reason."""

LANGUAGES: Final = ("en", "sv", "de", "pt", "cs", "fi", "tr")
"""Languages the editor offers a title in; a file may bring others, which are kept."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One learning outcome as typed."""

    text: str = ""
    code: str = ""
    skills: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row; a code alone was given by us."""
        return not (self.text.strip() or any(skill.strip() for skill in self.skills))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """An achievement as typed. Vocabulary words are addresses (supervision: our key), or what was typed instead."""

    code: str = ""
    programme: str = ""
    version: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    criteria: str = ""
    outcomes: tuple[OutcomeRow, ...] = ()
    eqf_level: str = ""
    no_level_because: str = ""
    hours: str = ""
    ects: str = ""
    assessment_types: tuple[str, ...] = ()
    participation: str = ""
    supervision: str = ""
    prerequisites: str = ""
    scale: str = ""
    pass_word: str = ""
    lowest: str = ""
    highest: str = ""
    pass_mark: str = ""
    levels: str = ""
    pass_level: str = ""
    stackability: str = ""
    skills: tuple[str, ...] = ()
    study_field: str = ""
    validity_months: str = ""
    course_url: str = ""
    course_number: str = ""

    @property
    def title(self) -> str:
        """The English title, or any other, or nothing."""
        return self.titles.get("en") or next(filter(None, self.titles.values()), "")

    def to_json(self) -> dict[str, Any]:
        """For the database, in the shape in which it comes back from there."""
        obj: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return obj

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Wording:
        """From the database; members of an older or newer program are passed over."""
        known = {each.name for each in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in obj.items() if name in known
        }
        rows = (OutcomeRow(each["text"], each["code"], tuple(each["skills"])) for each in obj.get("outcomes", ()))
        return cls(**(values | {"outcomes": tuple(rows)}))


def as_typed(text: str) -> str:
    """What somebody typed, with line ends of one kind and without what no database and no page can hold."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return unified.encode("utf-8", "replace").decode("utf-8")


def wording_of(entry: Mapping[str, Any]) -> Wording:
    """A catalogue entry as the editor shows it, whatever is missing or wrong in it."""
    course, scale = _object(entry.get("skills_hub")), _object(entry.get("result_scale"))
    return Wording(
        code=_text(entry.get("code")),
        programme=_text(entry.get("programme")),
        version=_text(entry.get("version")),
        titles={str(language): _text(title) for language, title in _object(entry.get("title")).items()},
        description=_english(entry.get("description")),
        criteria=_english(entry.get("criteria")),
        outcomes=tuple(_outcome(each) for each in _list(entry.get("learning_outcomes"))),
        **_level(entry),
        hours=_text(_object(entry.get("workload")).get("hours")),
        ects=_text(entry.get("ects")),
        assessment_types=tuple(filter(None, map(_address, _list(entry.get("assessment_types"))))),
        participation=_address(entry.get("participation")),
        supervision=_text(_object(entry.get("supervision")).get("key")),
        prerequisites=", ".join(map(_text, _list(entry.get("prerequisites")))),
        **_scale(scale),
        stackability=_text(entry.get("stackability")),
        skills=tuple(map(_skill, _list(entry.get("skills")))),
        study_field=_field(_object(entry.get("isced_f"))),
        validity_months=_text(entry.get("validity_months")),
        course_url=_text(course.get("url")),
        course_number=_text(course.get("course")),
    )


def _level(entry: Mapping[str, Any]) -> dict[str, str]:
    """An entry that says null states that there is no level; one that says nothing does not."""
    if "eqf_level" not in entry:
        return {"eqf_level": "", "no_level_because": ""}
    level = entry["eqf_level"]
    if level is None:
        reason = _english(entry.get("no_eqf_level"))
        return {"eqf_level": NO_LEVEL, "no_level_because": reason or NO_LEVEL_STATED}
    return {"eqf_level": _text(_object(level).get("level") if isinstance(level, Mapping) else level)}


def _scale(scale: Mapping[str, Any]) -> dict[str, str]:
    kind, threshold = _text(scale.get("type")), _text(scale.get("pass"))
    said = {"scale": kind}
    match kind:
        case "percent":
            said |= {"lowest": _text(scale.get("min")), "highest": _text(scale.get("max")), "pass_mark": threshold}
        case "rubric":
            said |= {"levels": "\n".join(map(_text, _list(scale.get("levels")))), "pass_level": threshold}
        case _:
            said |= {"pass_word": threshold}
    return said


def _outcome(value: object) -> OutcomeRow:
    obj = _object(value)
    skills = tuple(map(_skill, _list(obj.get("esco_skills"))))
    return OutcomeRow(_english(obj.get("text")), _text(obj.get("code")), skills)


def _skill(value: object) -> str:
    obj = _object(value)
    if not obj:
        return _text(value)
    return write_skill(Term(_text(obj.get("label")), _text(obj.get("uri")) or None))


def _field(isced: Mapping[str, Any]) -> str:
    return f"{_text(isced.get('code'))} {_text(isced.get('label'))}".strip()


def _address(value: object) -> str:
    obj = _object(value)
    return _text(obj.get("uri")) or _text(obj.get("label")) if obj else _text(value)


def _english(value: object) -> str:
    return _text(value.get("en")) if isinstance(value, Mapping) else _text(value)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.15g}" if isinstance(value, float) else as_typed(str(value))
