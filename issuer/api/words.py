"""What the interface says of a refused award: the place and the remedy, never what stood there.

The sentences of award files repeat the value that is wrong, because the person who reads them has the file at hand;
an answer to a program ends up in logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from issuer.api.errors import Flaw
from issuer.awards.files import RowCode, RowState
from issuer.awards.files.outcome import Finding

_NAME: Final = "given_name"
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "result_not_passed": ("result", "The result is not a pass, so no badge is earned."),
    "result_below_threshold": ("result", "The result is below the threshold of this achievement: no badge is earned."),
    "name_missing": (_NAME, "Give given_name, family_name or both."),
    "name_not_allowed": (_NAME, "The name has characters that no name has. Write the name only."),
    "name_too_long": (_NAME, "The name is too long for a badge. Shorten it with the learner."),
    "name_not_drawable": (_NAME, "The certificate has no letters for a part of this name. Write it in another script."),
    "name_garbled": (_NAME, "The name looks as if its letters were read in the wrong encoding. Send UTF-8."),
    "identity_missing": ("email", "Give email, reference or both: a name alone identifies nobody."),
    "learner_unknown": ("email", "Give email, reference or both: a name alone identifies nobody."),
    "learner_conflict": ("reference", "This reference is on file with another e-mail address. Correct one of the two."),
    "email_invalid": ("email", "Give an e-mail address with a domain."),
    "email_domain_suspicious": ("email", "The domain looks like a slip of the pen. Correct it, or accept this code."),
    "email_used_by_other_name": ("email", "This address is on file under another name. Correct it, or accept this."),
    "trainee_ref_used_by_other_name": (
        "reference",
        "This reference is on file under another name. Correct it, or accept this code.",
    ),
    "email_other_than_on_file": ("email", "Another address is on file for this learner. Correct it, or accept this."),
    "email_missing": ("email", "Without an address nobody is told. Give one, or accept this and print the letter."),
    "trainee_ref_not_allowed": ("reference", "Give your own number for the learner, no national identity number."),
    "achievement_missing": ("achievement", "Give the code of the achievement, such as VLT-HV1."),
    "unknown_achievement": ("achievement", "There is no achievement of this code. GET /api/v1/achievements lists all."),
    "programme_closed": ("achievement", "The programme is closed; nothing new is awarded in it."),
    "achievement_retired": ("achievement", "This achievement is retired; nothing new is awarded."),
    "provider_not_authorised": ("achievement", "This provider is not authorised to award this achievement."),
    "date_missing": ("completed_on", "Give the day of completion, such as 2026-10-16."),
    "date_unreadable": ("completed_on", "Give the day of completion as year-month-day, such as 2026-10-16."),
    "date_ambiguous": ("completed_on", "Give the day of completion as year-month-day, such as 2026-10-16."),
    "date_in_future": ("completed_on", "The day of completion lies in the future. Award the badge when it has come."),
    "date_too_early": ("completed_on", "The day lies before the first one for this badge. Correct it."),
    "date_excel_serial": ("completed_on", "This is a date as a spreadsheet counts days. Give year-month-day."),
    "result_missing": ("result", "Give the result on the scale of the achievement."),
    "result_unreadable": ("result", "Give the result on the scale of the achievement."),
    "result_out_of_range": ("result", "The result lies outside the scale of the achievement."),
    "result_level_assumed": ("result", "The level was not said and is assumed. Say it, or accept this code."),
    "assessor_not_allowed": ("assessor", "Give the assessor's name only, or leave it out."),
    "evidence_url_invalid": ("evidence_url", "Give an https address, or leave it out."),
    "language_unknown": ("language", "Give the language as a tag such as sv, or leave it out."),
    "valid_until_unreadable": ("valid_until", "Give year-month-day, or leave it out."),
    "valid_until_too_early": ("valid_until", "It lies before the day of completion. Correct one of the two."),
    "valid_until_too_late": ("valid_until", "The badge does not last so long. Give an earlier day, or leave it out."),
    "prerequisite_missing": ("achievement", "A badge it builds on is not on file. Award that first, or accept this."),
    "already_expired": ("completed_on", "The badge would have run out already. Correct the date."),
    "cell_too_long": ("", "A value is too long to be one. Shorten it."),
    "row_too_long": ("", "The row has more cells than the heading. Put text with commas in quotation marks."),
    "duplicate_row": ("", "The same award stands in this list already. Leave it out."),
    "blank_line": ("", "The line is blank and was left out."),
    "gate_refused": ("", "Our own gate would not accept the badge. Check every value."),
}  # fmt: skip
_SAFE_TO_REPEAT: Final = frozenset(
    {
        RowCode.UNKNOWN_ACHIEVEMENT,
        RowCode.VALID_UNTIL_TOO_LATE,
        RowCode.DATE_EXCEL_SERIAL,
        RowCode.DATE_AMBIGUOUS,
        RowCode.PREREQUISITE_MISSING,
    }
)
"""Codes whose suggestion is a code of the catalogue or a date, and nothing about a person."""

WARNINGS: Final = frozenset(code.value for code in RowCode if Finding(code, "").state is RowState.WARNING)
"""What can be accepted."""


def flaw_of(code: str) -> Flaw:
    """The place of a code and what to do, for a program's log."""
    place, remedy = _SAID.get(code, ("", "This award cannot be made as it is; the code says why."))
    return Flaw(f"$.{place}" if place else "$", remedy)


def safe_suggestion(finding: Finding) -> str | None:
    """What to put instead, where that says nothing about a person."""
    return finding.suggestion[:200] if finding.code in _SAFE_TO_REPEAT and finding.suggestion else None
