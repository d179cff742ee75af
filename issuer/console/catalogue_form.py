"""The editor's form: every field as typed, and the one thing its button asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from werkzeug.datastructures import MultiDict

from issuer.drafts.programmes import ProgrammeForm
from issuer.drafts.wording import OutcomeRow, Wording, as_typed

_SINGLE: Final = (
    "code", "programme", "version", "description", "criteria", "eqf_level", "no_level_because", "hours", "ects",
    "participation", "supervision", "prerequisites", "scale", "pass_word", "lowest", "highest", "pass_mark", "levels",
    "pass_level", "stackability", "study_field", "validity_months", "course_url", "course_number",
)  # fmt: skip
_LONGEST: Final = 20_000
_MOST_ROWS: Final = 200

Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What the pressed button asks for: "save", "send", or something with the row it stands at."""

    deed: str
    row: int = 0

    @classmethod
    def of(cls, form: Form) -> Step:
        """The pressed button; a form sent with the Enter key saves."""
        deed, _, row = form.get("do", "save").partition("-")
        return cls(deed, int(row) if row.isascii() and row.isdigit() and len(row) < 4 else 0)

    @property
    def anchor(self) -> str:
        """Where on the page to go on."""
        match self.deed:
            case "row":
                return f"outcome-{self.row}"
            case "skill":
                return "f-outcomes"
            case "remove" | "up":
                return "f-outcomes"
        return ""

    def apply(self, wording: Wording) -> Wording:
        """The wording with a row taken out or moved up; every other button leaves it as it is."""
        rows = list(wording.outcomes)
        if self.row >= len(rows):
            return wording
        if self.deed == "remove":
            del rows[self.row]
        if self.deed == "up" and self.row > 0:
            rows[self.row - 1], rows[self.row] = rows[self.row], rows[self.row - 1]
        return replace(wording, outcomes=tuple(rows))


def read_form(form: Form) -> Wording:
    """The wording as typed; empty rows are left out, everything else stays."""
    titles = {
        name.removeprefix("title_")[:20]: text
        for name in form
        if name.startswith("title_") and (text := _typed(form, name)).strip()
    }
    codes = form.getlist("outcome_code")[:_MOST_ROWS]
    rows = (
        OutcomeRow(as_typed(text)[:_LONGEST], as_typed(code)[:64], _several(form, f"outcome_skill_{number}"))
        for number, (text, code) in enumerate(zip(form.getlist("outcome_text"), codes, strict=False))
    )
    return Wording(
        **{name: _typed(form, name) for name in _SINGLE},
        titles=titles,
        outcomes=tuple(row for row in rows if not row.is_blank),
        assessment_types=_several(form, "assessment_types"),
        skills=_several(form, "skills"),
    )


def revision_of(form: Form) -> int:
    """Which state of the draft the editor had opened; 0 when the form does not say."""
    said = form.get("revision", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def read_programme(form: Form) -> ProgrammeForm:
    """A programme as typed."""
    return ProgrammeForm(
        code=_typed(form, "code"),
        title=_typed(form, "title"),
        kind=_typed(form, "kind"),
        colour=_typed(form, "colour"),
        funding_notice=_typed(form, "funding_notice"),
        two_person_rule=form.get("two_person_rule") == "yes",
    )


def _typed(form: Form, name: str) -> str:
    return as_typed(form.get(name, ""))[:_LONGEST]


def _several(form: Form, name: str) -> tuple[str, ...]:
    typed = (as_typed(text)[:_LONGEST].strip() for text in form.getlist(name)[:_MOST_ROWS])
    return tuple(dict.fromkeys(text for text in typed if text))
