"""What is wrong with a wording: each slip names its field in plain words and says what to write instead."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

LONGEST_TEXT: Final = 2_000
_HIDDEN: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN: Final = frozenset({"Cc", "Cs", "Co", "Cn"})

LABELS: Final = {
    "titles": "Title",
    "code": "Code",
    "version": "Version",
    "programme": "Programme",
    "description": "What the holder can do",
    "criteria": "How it is earned",
    "outcomes": "Learning outcomes",
    "hours": "Hours of work",
    "ects": "ECTS credits",
    "eqf_level": "Level",
    "no_level_because": "Why there is no level",
    "assessment_types": "Type of assessment",
    "participation": "Form of participation",
    "supervision": "Supervision and identity",
    "prerequisites": "Needed before",
    "scale": "Result scale",
    "pass_word": "Word for passed",
    "lowest": "Lowest mark",
    "highest": "Highest mark",
    "pass_mark": "Mark to pass",
    "levels": "Levels",
    "pass_level": "Lowest level that passes",
    "stackability": "Stacking",
    "skills": "Skills",
    "study_field": "Field of study",
    "validity_months": "Holds for, in months",
    "course_url": "Course on the Skills Hub",
    "course_number": "Number of the course on the Skills Hub",
    "quality": "Quality assurance",
}
"""Every field of the editor, as people read it."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake: the field of the wording, its label, and a sentence with the remedy."""

    field: str
    label: str
    says: str


class Slips:
    """Collects the mistakes of one wording."""

    def __init__(self) -> None:
        self.found: list[Slip] = []

    def note(self, name: str, says: str, *, label: str | None = None) -> None:
        """Keep a mistake of the field ``name``."""
        self.found.append(Slip(name, label or LABELS[name], says))

    def text(self, name: str, typed: str, *, label: str | None = None, longest: int = LONGEST_TEXT) -> str:
        """The text in one line and in NFC; notes hidden characters and too much of it."""
        text = unicodedata.normalize("NFC", " ".join(typed.split()))
        if len(text) > longest:
            self.note(name, f"This has {len(text):,} characters; shorten it to {longest:,}.", label=label)
        if any(letter in _HIDDEN or unicodedata.category(letter) in _FORBIDDEN for letter in text):
            self.note(name, "A hidden control character stands in the text; delete it and type it again.", label=label)
        return text

    def number(self, name: str, typed: str, *, above: float, most: float, whole: bool = False) -> float | str | None:
        """The number, None when nothing was typed, or the text as it is when it is none."""
        text = "".join(typed.split())
        if not text:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = float("nan")
        if not above < value <= most or (whole and not value.is_integer()):
            kind = "whole number" if whole else "number"
            least = f"from {above + 1:g}" if whole else f"greater than {above:g}"
            self.note(name, f"“{typed.strip()[:40]}” cannot be used: write a {kind} {least}, at most {most:g}.")
            return typed.strip()
        return int(value) if value.is_integer() else value
