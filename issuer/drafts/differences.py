"""Two wordings side by side: for the second of two editors, and for who reviews a new version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from issuer.drafts import vocabulary
from issuer.drafts.slips import LABELS
from issuer.drafts.vocabulary import Choice, find_choice
from issuer.drafts.wording import NO_LEVEL, OutcomeRow, Wording

_SCALES = {"pass_fail": "Passed or not", "percent": "Marks", "rubric": "Levels"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that reads differently: its id and name, and both texts as people read them."""

    field: str
    label: str
    before: str
    after: str


def differences(before: Wording, after: Wording) -> tuple[Difference, ...]:
    """Every field in which the two differ, in the order of the editor."""
    return tuple(_differences(before, after))


def _differences(before: Wording, after: Wording) -> Iterator[Difference]:
    for name in (each.name for each in fields(Wording)):
        one, other = getattr(before, name), getattr(after, name)
        if name == "titles":
            for language in dict.fromkeys([*one, *other]):
                if (first := one.get(language, "")) != (second := other.get(language, "")):
                    yield Difference("titles", f"Title ({language})", first, second)
        elif one != other:
            yield Difference(name, LABELS[name], _said(name, one), _said(name, other))


def _said(name: str, value: object) -> str:
    if isinstance(value, tuple):
        parts = (_outcome(each) if isinstance(each, OutcomeRow) else _said(name, each) for each in value)
        return "\n".join(part for part in parts if part)
    text = str(value)
    match name:
        case "assessment_types":
            return _label(vocabulary.assessment_types(), text)
        case "participation":
            return _label(vocabulary.participation_forms(), text)
        case "supervision":
            return _label(vocabulary.supervisions(), text)
        case "scale":
            return _SCALES.get(text, text)
        case "eqf_level" if text == NO_LEVEL:
            return "No level applies"
    return text


def _outcome(row: OutcomeRow) -> str:
    skills = ", ".join(skill for skill in row.skills if skill)
    return f"{row.text} ({skills})" if skills else row.text


def _label(choices: tuple[Choice, ...], value: str) -> str:
    found = find_choice(choices, value) if value else None
    return found.label if found else value
