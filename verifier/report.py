"""What the gate found: nine results, each with its evidence, and one verdict computed from them.

A report is a value, never a boolean. `accept()` hands out the credential only when everything holds; `authentic` hands
it out when the paper is genuine, even though it may have lapsed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from verifier.errors import CredentialRejected
from verifier.reasons import AUTHENTICITY, REASONS, Check, Outcome, Reason, outcome_of

if TYPE_CHECKING:
    from credentials.credential import AchievementCredential
    from credentials.unverified import UnverifiedCredential
    from verifier.endorsements import EndorsementResult

__all__ = [
    "AUTHENTICITY",
    "Check",
    "CheckResult",
    "Evidence",
    "Outcome",
    "Reason",
    "Source",
    "Verdict",
    "VerificationReport",
    "verdict_of",
]

_LONGEST_TEXT: Final = 600
_LONGEST_ADDRESS: Final = 2048
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal or turn the reading direction instead of being read."""

Source = Literal["carrier", "shipped", "local", "network", "cache", "bundle"]


class Verdict(StrEnum):
    """The one word for the whole paper; only VALID is green."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    SUPERSEDED = "SUPERSEDED"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    ALTERED = "ALTERED"
    UNREADABLE = "UNREADABLE"
    COULD_NOT_CHECK = "COULD_NOT_CHECK"


_OUTCOMES: Mapping[Verdict, Outcome] = {
    Verdict.VALID: Outcome.PASSED,
    Verdict.UNKNOWN_ISSUER: Outcome.INDETERMINATE,
    Verdict.UNREADABLE: Outcome.INDETERMINATE,
    Verdict.COULD_NOT_CHECK: Outcome.INDETERMINATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing a check rests on: what was looked at, where it came from, when, and which bytes.

    `digest` is the SHA-256 of the bytes in hexadecimal; `age_seconds` is how long ago they left their source, where
    that can differ from now; `facts` are what was read there, as plain text. Much of that a stranger has written, so
    it is cut to a length and freed of control characters.
    """

    looked_at: str
    source: Source
    read_at: datetime
    digest: str | None = None
    age_seconds: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.looked_at:
            raise ValueError("evidence must say what was looked at")
        if self.read_at.tzinfo is None:
            raise ValueError("evidence needs an aware time")
        facts = {name: _plain(fact) for name, fact in self.facts.items()}
        object.__setattr__(self, "facts", MappingProxyType(facts))
        object.__setattr__(self, "looked_at", _plain(self.looked_at, _LONGEST_ADDRESS))

    def to_json(self) -> dict[str, Any]:
        """Everything but `looked_at`, which names this evidence inside its check."""
        return {
            "source": self.source,
            "read_at": _timestamp(self.read_at),
            "digest": self.digest,
            "age_seconds": self.age_seconds,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The answer to one question. PASSED without evidence, or a reason foreign to the check, raises ValueError.

    `detail` is one plain sentence; what a stranger wrote into it is cut and cleaned as in evidence.
    """

    check: Check
    outcome: Outcome
    reason: Reason | None = None
    detail: str
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not self.detail:
            raise ValueError(f"{self.check}: a result needs a sentence")
        object.__setattr__(self, "detail", _plain(self.detail))
        if self.outcome is Outcome.PASSED:
            if not self.evidence:
                raise ValueError(f"{self.check}: nothing passes without evidence")
            if self.reason is not None:
                raise ValueError(f"{self.check}: a passed check has no reason")
        elif not (self._is_possible or self.is_not_reached):
            raise ValueError(f"{self.check} cannot be {self.outcome} because of {self.reason}")

    @classmethod
    def passed(cls, check: Check, detail: str, *evidence: Evidence) -> CheckResult:
        """A question answered well; raises ValueError without evidence."""
        return cls(check=check, outcome=Outcome.PASSED, detail=detail, evidence=evidence)

    @classmethod
    def because(cls, check: Check, reason: Reason, detail: str, *evidence: Evidence) -> CheckResult:
        """A question not answered well; the reason says whether that is FAILED, INDETERMINATE or SKIPPED."""
        outcome = outcome_of(check, reason)
        return cls(check=check, outcome=outcome, reason=reason, detail=detail, evidence=evidence)

    @property
    def _is_possible(self) -> bool:
        return self.reason in REASONS[self.check].get(self.outcome, frozenset())

    @property
    def is_not_reached(self) -> bool:
        """Whether the question was never asked because an earlier one ended the work."""
        return self.check is not Check.FORM and self.outcome is Outcome.SKIPPED and self.reason is Reason.NOT_REACHED

    @property
    def is_in_order(self) -> bool:
        """Whether this check stands in nobody's way: it passed, or the rule says there is nothing to look at."""
        return self.outcome is Outcome.PASSED or self.reason is Reason.NO_PAGE

    def to_json(self) -> dict[str, Any]:
        """The result as in the public report; evidence is keyed by what was looked at."""
        evidence: dict[str, Any] = {}
        for item in self.evidence:
            name, count = item.looked_at, 1
            while name in evidence:
                count += 1
                name = f"{item.looked_at} ({count})"
            evidence[name] = item.to_json()
        return {
            "check": self.check.value,
            "outcome": self.outcome.value,
            "reason": self.reason.value if self.reason else None,
            "detail": self.detail,
            "evidence": evidence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """The nine results in order, and the paper they are about.

    `unverified` is the paper as it was read (None when nothing could be read) and `unverified_claims` its content as
    an Open Badges document; neither is to be acted on. Use `accept()` or `authentic`. `endorsements` are what others
    say about an authentic paper, each verified; they change nothing here.
    """

    checks: tuple[CheckResult, ...]
    checked_at: datetime
    unverified: UnverifiedCredential | None = None
    unverified_claims: AchievementCredential | None = field(default=None, repr=False)
    endorsements: tuple[EndorsementResult, ...] = ()

    def __post_init__(self) -> None:
        if tuple(result.check for result in self.checks) != tuple(Check):
            raise ValueError("a report holds exactly the nine checks in their order")
        if self.checked_at.tzinfo is None:
            raise ValueError("a report needs an aware time")
        _check_order_of_work(self.checks)
        if self.result_of(Check.SCHEMA).outcome is Outcome.PASSED and self.unverified_claims is None:
            raise ValueError("the schema cannot pass without a credential")

    @classmethod
    def unreadable(
        cls, reason: Reason, detail: str, *, checked_at: datetime, evidence: Sequence[Evidence] = ()
    ) -> VerificationReport:
        """The report on something that holds no readable credential: FORM is INDETERMINATE, nothing else was asked."""
        form = CheckResult.because(Check.FORM, reason, detail, *evidence)
        return cls(checks=(form, *(not_reached(check, form) for check in list(Check)[1:])), checked_at=checked_at)

    def result_of(self, check: Check) -> CheckResult:
        """The result of one check."""
        return self.checks[list(Check).index(check)]

    @property
    def verdict(self) -> Verdict:
        """The one word, computed from the nine results and from nothing else."""
        return verdict_of(self.checks)

    @property
    def outcome(self) -> Outcome:
        """PASSED only for VALID; INDETERMINATE where something could not be found out; FAILED otherwise."""
        return _OUTCOMES.get(self.verdict, Outcome.FAILED)

    @property
    def deciding(self) -> CheckResult:
        """The result that made the verdict; for VALID the last one."""
        return _deciding(self.checks)

    @property
    def is_authentic(self) -> bool:
        """Whether the issuer sealed exactly this paper, whatever became of it since."""
        return all(self.result_of(check).is_in_order for check in AUTHENTICITY)

    @property
    def authentic(self) -> AchievementCredential | None:
        """The credential to show though it may have lapsed; None unless the paper is genuine and follows the schema."""
        return self.unverified_claims if self.is_authentic else None

    def accept(self) -> AchievementCredential:
        """The credential to act on; raises CredentialRejected unless the verdict is VALID."""
        credential = self.authentic
        if self.verdict is not Verdict.VALID or credential is None:
            raise CredentialRejected(self)
        return credential

    def to_json(self) -> dict[str, Any]:
        """The public report; `credential` is the document as signed, and there only when authentic."""
        shown = self.unverified.signed_document if self.is_authentic and self.unverified is not None else None
        return {
            "verdict": self.verdict.value,
            "outcome": self.outcome.value,
            "checked_at": _timestamp(self.checked_at),
            "checks": [result.to_json() for result in self.checks],
            "credential": dict(shown) if shown is not None else None,
            "endorsements": [each.to_json() for each in self.endorsements],
        }

    def __bool__(self) -> NoReturn:
        raise TypeError("a report is not a boolean; ask for its verdict, or call accept()")


def not_reached(check: Check, blocker: CheckResult) -> CheckResult:
    """The result of a question that was not asked, because `blocker` did not pass."""
    return CheckResult(
        check=check,
        outcome=Outcome.SKIPPED,
        reason=Reason.NOT_REACHED,
        detail=f"Not looked at, because the {blocker.check.value} check did not pass.",
    )


def verdict_of(checks: Sequence[CheckResult]) -> Verdict:
    """The verdict: authenticity first, then what weighs most; never VALID unless every result is in order."""
    decider = _deciding(checks)
    return Verdict.VALID if decider.is_in_order else _verdict_of_one(decider)


def _deciding(checks: Sequence[CheckResult]) -> CheckResult:
    for result in checks:
        if result.check in AUTHENTICITY and not result.is_in_order:
            return result
    open_questions = [result for result in checks if not result.is_in_order]
    if not open_questions:
        return checks[-1]
    return min(open_questions, key=lambda result: _WEIGHT.index(_verdict_of_one(result)))


_WEIGHT = (
    Verdict.SUPERSEDED,
    Verdict.REVOKED,
    Verdict.SUSPENDED,
    Verdict.EXPIRED,
    Verdict.NOT_YET_VALID,
    Verdict.UNKNOWN_ISSUER,
    Verdict.UNREADABLE,
    Verdict.COULD_NOT_CHECK,
)
"""Heaviest first. Superseding a credential also revokes it, so SUPERSEDED, which says what to do, comes first."""

_BY_REASON: Mapping[Reason | None, Verdict] = {
    Reason.LINK_UNREACHABLE: Verdict.COULD_NOT_CHECK,
    Reason.EARLIER_SEAL_UNCHECKED: Verdict.COULD_NOT_CHECK,
    Reason.TRUST_LIST_STALE: Verdict.COULD_NOT_CHECK,
    Reason.DATES_UNREADABLE: Verdict.UNREADABLE,
    Reason.SUPERSEDED: Verdict.SUPERSEDED,
    Reason.REVOKED: Verdict.REVOKED,
    Reason.SUSPENDED: Verdict.SUSPENDED,
    Reason.EXPIRED: Verdict.EXPIRED,
    Reason.NOT_YET_VALID: Verdict.NOT_YET_VALID,
}

_BY_CHECK: Mapping[Check, Verdict] = {
    Check.FORM: Verdict.UNREADABLE,
    Check.PROOF: Verdict.UNREADABLE,
    Check.VALIDITY: Verdict.UNREADABLE,
    Check.SCHEMA: Verdict.UNREADABLE,
    Check.TRUST: Verdict.UNKNOWN_ISSUER,
}


def _verdict_of_one(result: CheckResult) -> Verdict:
    """The verdict if this result alone stood in the way."""
    if result.reason in _BY_REASON:
        return _BY_REASON[result.reason]
    if result.outcome is Outcome.FAILED:
        return Verdict.ALTERED
    return _BY_CHECK.get(result.check, Verdict.COULD_NOT_CHECK)


def _check_order_of_work(checks: Sequence[CheckResult]) -> None:
    """After an authenticity check that did not pass everything is skipped, and only then."""
    ended = False
    for result in checks:
        if result.is_not_reached is not ended:
            raise ValueError(f"{result.check}: skipped without cause, or asked after the work had ended")
        ended = ended or (result.check in AUTHENTICITY and not result.is_in_order)


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(text: str, longest: int = _LONGEST_TEXT) -> str:
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return _UNSEEN.sub("\ufffd", shown)
