"""What becomes of a row: one outcome, with a stable code, a sentence and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from issuer.awards.request import AwardRequest


class RowState(StrEnum):
    """What happens to a row: only ready ones are issued without a question."""

    READY = "ready"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"
    IGNORED = "ignored"


class RowCode(StrEnum):
    """Why a row has its outcome; the order is the order of precedence. Values are public and never reused."""

    BLANK_LINE = "blank_line"
    ROW_TOO_LONG = "row_too_long"
    CELL_TOO_LONG = "cell_too_long"
    RESULT_NOT_PASSED = "result_not_passed"
    RESULT_BELOW_THRESHOLD = "result_below_threshold"
    NAME_MISSING = "name_missing"
    NAME_NOT_ALLOWED = "name_not_allowed"
    NAME_TOO_LONG = "name_too_long"
    NAME_NOT_DRAWABLE = "name_not_drawable"
    IDENTITY_MISSING = "identity_missing"
    EMAIL_INVALID = "email_invalid"
    TRAINEE_REF_NOT_ALLOWED = "trainee_ref_not_allowed"
    ACHIEVEMENT_MISSING = "achievement_missing"
    UNKNOWN_ACHIEVEMENT = "unknown_achievement"
    PROGRAMME_CLOSED = "programme_closed"
    ACHIEVEMENT_RETIRED = "achievement_retired"
    PROVIDER_NOT_AUTHORISED = "provider_not_authorised"
    DATE_MISSING = "date_missing"
    DATE_UNREADABLE = "date_unreadable"
    DATE_AMBIGUOUS = "date_ambiguous"
    DATE_IN_FUTURE = "date_in_future"
    DATE_TOO_EARLY = "date_too_early"
    RESULT_MISSING = "result_missing"
    RESULT_UNREADABLE = "result_unreadable"
    RESULT_OUT_OF_RANGE = "result_out_of_range"
    ASSESSOR_NOT_ALLOWED = "assessor_not_allowed"
    EVIDENCE_URL_INVALID = "evidence_url_invalid"
    LANGUAGE_UNKNOWN = "language_unknown"
    VALID_UNTIL_UNREADABLE = "valid_until_unreadable"
    VALID_UNTIL_TOO_EARLY = "valid_until_too_early"
    VALID_UNTIL_TOO_LATE = "valid_until_too_late"
    DUPLICATE_ROW = "duplicate_row"
    DATE_EXCEL_SERIAL = "date_excel_serial"
    NAME_GARBLED = "name_garbled"
    EMAIL_DOMAIN_SUSPICIOUS = "email_domain_suspicious"
    EMAIL_USED_BY_OTHER_NAME = "email_used_by_other_name"
    TRAINEE_REF_USED_BY_OTHER_NAME = "trainee_ref_used_by_other_name"
    EMAIL_OTHER_THAN_ON_FILE = "email_other_than_on_file"
    PREREQUISITE_MISSING = "prerequisite_missing"
    RESULT_LEVEL_ASSUMED = "result_level_assumed"
    EMAIL_MISSING = "email_missing"
    CLEAN = ""


_RANK: Final = {code: rank for rank, code in enumerate(RowCode)}
_SKIPPED: Final = frozenset({RowCode.RESULT_NOT_PASSED, RowCode.RESULT_BELOW_THRESHOLD})
_WARNINGS: Final = frozenset(
    code for code in RowCode if _RANK[RowCode.DUPLICATE_ROW] < _RANK[code] < _RANK[RowCode.CLEAN]
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed about a row: the sentence names the line and the remedy, suggestion is the value to put."""

    code: RowCode
    sentence: str
    suggestion: str = ""
    needs_answer: bool = True

    @property
    def state(self) -> RowState:
        """What a row with this finding alone would be."""
        if self.code is RowCode.CLEAN:
            return RowState.READY
        if self.code is RowCode.BLANK_LINE:
            return RowState.IGNORED
        if self.code in _SKIPPED:
            return RowState.SKIPPED
        return RowState.WARNING if self.code in _WARNINGS else RowState.ERROR


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The outcome of one row.

    request is there for ready rows and warnings; a warning that needs_answer may be issued only after a person has
    said yes to this row. also holds what else was found, in order of precedence. name is for display: safe to print.
    """

    line: int
    outcome: RowState
    code: RowCode
    sentence: str
    suggestion: str = ""
    request: AwardRequest | None = None
    needs_answer: bool = False
    name: str = ""
    also: tuple[Finding, ...] = ()

    @property
    def is_issuable(self) -> bool:
        """May be issued as it is, without a person saying yes to this row."""
        return self.request is not None and not self.needs_answer


def settle(line: int, name: str, findings: list[Finding], request: AwardRequest | None) -> RowOutcome:
    """The one outcome of a row with these findings; request must be given when none of them is an error."""
    ordered = sorted(findings, key=lambda finding: _RANK[finding.code])
    if not ordered:
        return RowOutcome(line, RowState.READY, RowCode.CLEAN, f"Line {line}: ready.", request=request, name=name)
    first = ordered[0]
    may_be_issued = first.state is RowState.WARNING
    return RowOutcome(
        line=line,
        outcome=first.state,
        code=first.code,
        sentence=first.sentence,
        suggestion=first.suggestion,
        request=request if may_be_issued else None,
        needs_answer=may_be_issued and any(finding.needs_answer for finding in ordered),
        name=name,
        also=tuple(ordered[1:]),
    )
