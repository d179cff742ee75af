"""Does an authentic paper hold? VALIDITY, SCHEMA and TRUST; STATUS has its own module."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from credentials.credential import AchievementCredential
from credentials.errors import CredentialError
from credentials.unverified import UnverifiedCredential
from keys.instant import read_instant, write_instant
from verifier.authenticity import paper_evidence
from verifier.policy import Policy
from verifier.reasons import Check, Reason
from verifier.report import CheckResult
from verifier.seals import all_earlier


def check_validity(unverified: UnverifiedCredential, policy: Policy, *, now: datetime) -> CheckResult:
    """VALIDITY: now lies between validFrom and validUntil, give or take the clocks, and after the sealing."""
    facts = {
        "now": write_instant(now),
        "tolerance": f"{int(policy.clock_skew.total_seconds())} s",
        **{name: str(unverified.document.get(name)) for name in ("validFrom", "validUntil")},
    }
    paper = paper_evidence(unverified, now, facts)
    try:
        begins = read_moment(unverified.document, "validFrom")
        ends = read_moment(unverified.document, "validUntil")
    except ValueError as exc:
        return CheckResult.because(Check.VALIDITY, Reason.DATES_UNREADABLE, f"The dates cannot be read: {exc}.", paper)
    sealed = unverified.unverified_created
    if begins is None:
        return CheckResult.because(
            Check.VALIDITY, Reason.DATES_UNREADABLE, "The credential does not say from when it is valid.", paper
        )
    lapsed = _outside_seal_period(unverified, policy, now)
    if lapsed is not None:
        return CheckResult.because(Check.VALIDITY, *lapsed, paper)
    if now + policy.clock_skew < begins:
        detail = f"The credential is valid from {write_instant(begins)} on."
        return CheckResult.because(Check.VALIDITY, Reason.NOT_YET_VALID, detail, paper)
    if sealed is not None and now + policy.clock_skew < sealed:
        detail = f"The credential was sealed at {write_instant(sealed)}, which is still ahead."
        return CheckResult.because(Check.VALIDITY, Reason.NOT_YET_VALID, detail, paper)
    if ends is None:
        return CheckResult.passed(Check.VALIDITY, "The credential is valid and has no end date.", paper)
    if now - policy.clock_skew > ends:
        detail = f"The credential was valid until {write_instant(ends)}."
        return CheckResult.because(Check.VALIDITY, Reason.EXPIRED, detail, paper)
    return CheckResult.passed(Check.VALIDITY, f"The credential is valid until {write_instant(ends)}.", paper)


def _outside_seal_period(unverified: UnverifiedCredential, policy: Policy, now: datetime) -> tuple[Reason, str] | None:
    """Why the seal, or one it rests on, does not count now; most seals have no period of their own."""
    for paper in (unverified, *all_earlier(unverified)):
        begins, ends = paper.unverified_seal_begins, paper.unverified_seal_ends
        if begins is not None and now + policy.clock_skew < begins:
            return Reason.NOT_YET_VALID, f"The seal counts from {write_instant(begins)} on."
        if ends is not None and now - policy.clock_skew > ends:
            return Reason.EXPIRED, f"The seal counted until {write_instant(ends)}."
    return None


def check_schema(
    unverified: UnverifiedCredential, *, now: datetime
) -> tuple[CheckResult, AchievementCredential | None]:
    """SCHEMA: the document follows every rule of Open Badges 3.0; the credential comes out if it does."""
    rules = {"rules": "Open Badges 3.0, AchievementCredential", "data_model": unverified.version.value}
    try:
        credential = AchievementCredential.from_json(unverified.document)
    except CredentialError as exc:
        paper = paper_evidence(unverified, now, {**rules, "problem": str(exc)})
        detail = f"The document does not follow Open Badges 3.0: {exc}."
        return CheckResult.because(Check.SCHEMA, Reason.SCHEMA_VIOLATED, detail, paper), None
    paper = paper_evidence(unverified, now, rules)
    return CheckResult.passed(Check.SCHEMA, "The document follows Open Badges 3.0.", paper), credential


def check_trust(unverified: UnverifiedCredential, policy: Policy, *, now: datetime) -> CheckResult:
    """TRUST: the trust list says that this issuer may award this achievement, and might when it did.

    Both the day of the award and the moment of sealing must lie in the listed period: who was taken off the list can
    no longer award anything, not even for an earlier day.
    """
    issuer_id = unverified.unverified_issuer_id
    names = sorted({entry.name for entry in policy.trust.find_entries(issuer_id)})
    achievement_id, code = _achievement(unverified.document)
    facts = {
        "issuer": issuer_id,
        "listed_as": ", ".join(names) or "not listed",
        "achievement": achievement_id or "not said",
        "code": code or "not said",
    }
    evidence = policy.trust.evidence(now, facts)
    reason = _why_untrusted(unverified, policy, now)
    if reason is not None:
        return CheckResult.because(Check.TRUST, reason, _UNTRUSTED[reason], evidence)
    return CheckResult.passed(Check.TRUST, f"{names[0]} may award this, according to {policy.trust.keeper}.", evidence)


_UNTRUSTED: Final[Mapping[Reason, str]] = {
    Reason.TRUST_LIST_STALE: "The trust list is out of date.",
    Reason.ISSUER_UNKNOWN: "The issuer is not on the trust list.",
    Reason.ACHIEVEMENT_NOT_LISTED: "The issuer is on the trust list, but not for this achievement.",
    Reason.DATES_UNREADABLE: "The credential does not say when it was awarded.",
    Reason.LISTED_PERIOD_NOT_BEGUN: "The issuer was not yet on the trust list when this was awarded.",
    Reason.LISTED_PERIOD_OVER: "The issuer was no longer on the trust list when this was awarded.",
}


def _why_untrusted(unverified: UnverifiedCredential, policy: Policy, now: datetime) -> Reason | None:
    trust, document = policy.trust, unverified.document
    if trust.valid_until is not None and now - policy.clock_skew > trust.valid_until:
        return Reason.TRUST_LIST_STALE
    entries = trust.find_entries(unverified.unverified_issuer_id)
    if not entries:
        return Reason.ISSUER_UNKNOWN
    covering = [entry for entry in entries if entry.lists(*_achievement(document))]
    if not covering:
        return Reason.ACHIEVEMENT_NOT_LISTED
    try:
        awarded = read_moment(document, "awardedDate") or read_moment(document, "validFrom")
    except ValueError:
        awarded = None
    if awarded is None:
        return Reason.DATES_UNREADABLE
    moments = (awarded, unverified.unverified_created or awarded)
    if any(all(entry.is_in_force(moment) for moment in moments) for entry in covering):
        return None
    begun = any(entry.valid_from <= awarded for entry in covering)
    return Reason.LISTED_PERIOD_OVER if begun else Reason.LISTED_PERIOD_NOT_BEGUN


def read_moment(document: Mapping[str, Any], name: str) -> datetime | None:
    """A date of the document, None where there is none; raises ValueError."""
    return read_instant(document[name]) if name in document else None


def _achievement(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Identifier and human code of what was earned; None for what is not there or no text."""
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    if not isinstance(achievement, Mapping):
        return None, None
    achievement_id, code = achievement.get("id"), achievement.get("humanCode")
    return (
        achievement_id if isinstance(achievement_id, str) else None,
        code if isinstance(code, str) else None,
    )
