"""The report and its verdict: a total function over evidence, green in one case only."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.credential import AchievementCredential
from verifier.errors import CredentialRejected
from verifier.reasons import AUTHENTICITY, REASONS, Check, Outcome, Reason, outcome_of
from verifier.report import CheckResult, Evidence, Verdict, VerificationReport, not_reached, verdict_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVIDENCE = Evidence(looked_at="the credential", source="carrier", read_at=NOW, digest="00", facts={"a": "b"})
CLAIMS = AchievementCredential.from_json(
    {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:9c9d5b3a-6c1e-4d55-9d5c-5a5d3f6f3c11",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "test",
        "issuer": {"id": "did:web:issuer.example", "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-10-16T00:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:9c9d5b3a-6c1e-4d55-9d5c-5a5d3f6f3c12",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://voltpass.example/achievements/VLT-HV1/1",
                "type": ["Achievement"],
                "name": "test",
                "description": "test",
                "criteria": {"narrative": "test"},
            },
        },
    }
)


def passed(check: Check) -> CheckResult:
    return CheckResult.passed(check, "fine", EVIDENCE)


def answers(check: Check) -> st.SearchStrategy[CheckResult]:
    """Every result a check can give, in any place where it was asked at all."""
    reasons = sorted(reason for group in REASONS[check].values() for reason in group)
    return st.sampled_from(
        [passed(check), *(CheckResult.because(check, reason, "why", EVIDENCE) for reason in reasons)]
    )


@st.composite
def reports(draw: st.DrawFn) -> VerificationReport:
    results: list[CheckResult] = []
    blocker: CheckResult | None = None
    for check in Check:
        result = not_reached(check, blocker) if blocker else draw(answers(check))
        results.append(result)
        if check in AUTHENTICITY and not result.is_in_order and blocker is None:
            blocker = result
    return VerificationReport(checks=tuple(results), checked_at=NOW, unverified_claims=CLAIMS)


def report_with(*results: CheckResult) -> VerificationReport:
    given_results = {result.check: result for result in results}
    checks = tuple(given_results.get(check, passed(check)) for check in Check)
    return VerificationReport(checks=checks, checked_at=NOW, unverified_claims=CLAIMS)


def ended_by(result: CheckResult) -> VerificationReport:
    order = list(Check)
    place = order.index(result.check)
    checks = (*map(passed, order[:place]), result, *(not_reached(check, result) for check in order[place + 1 :]))
    return VerificationReport(checks=checks, checked_at=NOW, unverified_claims=CLAIMS)


@given(reports())
def test_the_verdict_is_total_and_green_only_when_everything_is_in_order(report: VerificationReport) -> None:
    """Every combination has a verdict; VALID means nine results in order, each PASSED one with evidence."""
    everything = all(result.is_in_order for result in report.checks)
    assert (report.verdict is Verdict.VALID) is everything
    assert (report.outcome is Outcome.PASSED) is everything
    assert all(result.evidence for result in report.checks if result.outcome is Outcome.PASSED)
    if everything:
        assert report.accept() is CLAIMS
    else:
        with pytest.raises(CredentialRejected) as raised:
            report.accept()
        assert raised.value.report is report


@given(reports())
def test_the_outcome_is_the_worst_of_the_checks(report: VerificationReport) -> None:
    """FAILED beats INDETERMINATE beats PASSED, for the report as for its parts."""
    outcomes = {result.outcome for result in report.checks}
    if Outcome.FAILED in outcomes:
        assert report.outcome is Outcome.FAILED
    elif Outcome.INDETERMINATE in outcomes:
        assert report.outcome is Outcome.INDETERMINATE
    else:
        assert report.outcome is Outcome.PASSED


@given(reports())
def test_the_credential_is_shown_only_when_authentic(report: VerificationReport) -> None:
    """Nothing of a paper is handed out before its first five questions are in order."""
    authentic = all(report.result_of(check).is_in_order for check in AUTHENTICITY)
    assert (report.authentic is not None) is authentic
    assert report.deciding in report.checks


@given(reports())
def test_a_report_is_json(report: VerificationReport) -> None:
    """The public report is plain JSON and repeats the verdict of the value."""
    shown = json.loads(json.dumps(report.to_json()))
    assert list(shown) == ["verdict", "outcome", "checked_at", "checks", "credential", "endorsements"]
    assert (shown["verdict"], shown["outcome"]) == (report.verdict.value, report.outcome.value)
    assert [check["check"] for check in shown["checks"]] == [check.value for check in Check]
    assert shown["checked_at"] == "2026-11-20T12:00:00Z"


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        pytest.param((Check.FORM, Reason.MALFORMED), Verdict.UNREADABLE, id="form malformed"),
        pytest.param((Check.FORM, Reason.NO_CREDENTIAL), Verdict.UNREADABLE, id="form without credential"),
        pytest.param((Check.FORM, Reason.LINK_UNREACHABLE), Verdict.COULD_NOT_CHECK, id="form behind a dead link"),
        pytest.param((Check.KEY, Reason.KEY_UNREACHABLE), Verdict.COULD_NOT_CHECK, id="key unreachable"),
        pytest.param((Check.KEY, Reason.KEY_DOCUMENT_INVALID), Verdict.COULD_NOT_CHECK, id="key document invalid"),
        pytest.param((Check.KEY, Reason.SEALING_TIME_UNKNOWN), Verdict.COULD_NOT_CHECK, id="sealing time unknown"),
        pytest.param((Check.KEY, Reason.KEY_NOT_FOUND), Verdict.ALTERED, id="key not found"),
        pytest.param((Check.KEY, Reason.KEY_NOT_AUTHORISED), Verdict.ALTERED, id="key not authorised"),
        pytest.param((Check.KEY, Reason.KEY_EXPIRED), Verdict.ALTERED, id="key expired"),
        pytest.param((Check.KEY, Reason.KEY_REVOKED), Verdict.ALTERED, id="key revoked"),
        pytest.param((Check.PROOF, Reason.SEAL_BROKEN), Verdict.ALTERED, id="seal broken"),
        pytest.param((Check.PROOF, Reason.UNDEFINED_TERM), Verdict.UNREADABLE, id="undefined term"),
        pytest.param((Check.ISSUER, Reason.ISSUER_MISMATCH), Verdict.ALTERED, id="issuer mismatch"),
        pytest.param((Check.APPEARANCE, Reason.PAGE_DIFFERS), Verdict.ALTERED, id="page differs"),
        pytest.param((Check.APPEARANCE, Reason.PAGE_CHANGED), Verdict.ALTERED, id="page changed"),
        pytest.param((Check.APPEARANCE, Reason.PAGE_NOT_SEALED), Verdict.COULD_NOT_CHECK, id="page not sealed"),
        pytest.param((Check.VALIDITY, Reason.EXPIRED), Verdict.EXPIRED, id="expired"),
        pytest.param((Check.VALIDITY, Reason.NOT_YET_VALID), Verdict.NOT_YET_VALID, id="not yet valid"),
        pytest.param((Check.VALIDITY, Reason.DATES_UNREADABLE), Verdict.UNREADABLE, id="dates unreadable"),
        pytest.param((Check.STATUS, Reason.SUPERSEDED), Verdict.SUPERSEDED, id="superseded"),
        pytest.param((Check.STATUS, Reason.REVOKED), Verdict.REVOKED, id="revoked"),
        pytest.param((Check.STATUS, Reason.SUSPENDED), Verdict.SUSPENDED, id="suspended"),
        pytest.param((Check.STATUS, Reason.STATUS_UNREACHABLE), Verdict.COULD_NOT_CHECK, id="status unreachable"),
        pytest.param((Check.STATUS, Reason.STATUS_STALE), Verdict.COULD_NOT_CHECK, id="status stale"),
        pytest.param((Check.SCHEMA, Reason.SCHEMA_VIOLATED), Verdict.UNREADABLE, id="schema violated"),
        pytest.param((Check.TRUST, Reason.ISSUER_UNKNOWN), Verdict.UNKNOWN_ISSUER, id="issuer unknown"),
        pytest.param((Check.TRUST, Reason.ACHIEVEMENT_NOT_LISTED), Verdict.UNKNOWN_ISSUER, id="not for this"),
        pytest.param((Check.TRUST, Reason.TRUST_LIST_STALE), Verdict.COULD_NOT_CHECK, id="trust list stale"),
        pytest.param((Check.TRUST, Reason.DATES_UNREADABLE), Verdict.UNREADABLE, id="award date unreadable"),
    ],
)
def test_one_doubt_decides_alone(reason: tuple[Check, Reason], verdict: Verdict) -> None:
    """Each way not to pass has its verdict when everything else is in order."""
    result = CheckResult.because(*reason, "why", EVIDENCE)
    report = ended_by(result) if result.check in AUTHENTICITY else report_with(result)
    assert report.verdict is verdict
    assert report.deciding is result


def test_a_paper_without_a_page_can_be_valid() -> None:
    """APPEARANCE is SKIPPED by rule where there is nothing to compare."""
    report = report_with(CheckResult.because(Check.APPEARANCE, Reason.NO_PAGE, "no page", EVIDENCE))
    assert report.result_of(Check.APPEARANCE).outcome is Outcome.SKIPPED
    assert report.verdict is Verdict.VALID


WEIGHTS = [
    (Check.STATUS, Reason.SUPERSEDED),
    (Check.STATUS, Reason.REVOKED),
    (Check.STATUS, Reason.SUSPENDED),
    (Check.VALIDITY, Reason.EXPIRED),
    (Check.VALIDITY, Reason.NOT_YET_VALID),
    (Check.TRUST, Reason.ISSUER_UNKNOWN),
    (Check.SCHEMA, Reason.SCHEMA_VIOLATED),
    (Check.STATUS, Reason.STATUS_UNREACHABLE),
]


@pytest.mark.parametrize(
    ("heavy", "light"),
    [
        pytest.param(heavy, light, id=f"{heavy[1]} over {light[1]}")
        for place, heavy in enumerate(WEIGHTS)
        for light in WEIGHTS[place + 1 :]
        if heavy[0] is not light[0]
    ],
)
def test_the_heavier_doubt_decides(heavy: tuple[Check, Reason], light: tuple[Check, Reason]) -> None:
    """Of two things that stand in the way the heavier one names the verdict."""
    heavy_result = CheckResult.because(*heavy, "heavy", EVIDENCE)
    report = report_with(heavy_result, CheckResult.because(*light, "light", EVIDENCE))
    assert report.deciding is heavy_result


@pytest.mark.parametrize("check", list(Check))
def test_nothing_passes_without_evidence(check: Check) -> None:
    """Removing the evidence of a passed check is impossible."""
    with pytest.raises(ValueError, match="without evidence"):
        CheckResult(check=check, outcome=Outcome.PASSED, detail="fine")
    with pytest.raises(ValueError, match="without evidence"):
        replace(passed(check), evidence=())
    with pytest.raises(FrozenInstanceError):
        passed(check).evidence = ()  # type: ignore[misc]


@given(st.sampled_from(Check), st.sampled_from(Outcome), st.none() | st.sampled_from(Reason))
def test_a_reason_belongs_to_its_check_and_outcome(check: Check, outcome: Outcome, reason: Reason | None) -> None:
    """A check cannot fail for another one's reason, nor pass with one."""
    asked = outcome is not Outcome.SKIPPED or reason is not Reason.NOT_REACHED
    fits = (
        (outcome is Outcome.PASSED and reason is None)
        or reason in REASONS[check].get(outcome, frozenset())
        or (not asked and check is not Check.FORM)
    )
    if fits:
        CheckResult(check=check, outcome=outcome, reason=reason, detail="why", evidence=(EVIDENCE,))
    else:
        with pytest.raises(ValueError, match=check.value):
            CheckResult(check=check, outcome=outcome, reason=reason, detail="why", evidence=(EVIDENCE,))


def test_every_reason_has_one_meaning() -> None:
    """Inside one check a reason stands for one outcome, and no reason is without a check."""
    for check in Check:
        groups = list(REASONS[check].values())
        assert sum(map(len, groups)) == len(frozenset().union(*groups))
    used = {reason for groups in REASONS.values() for group in groups.values() for reason in group}
    assert set(Reason) - used == {Reason.NOT_REACHED}
    with pytest.raises(ValueError, match="has no reason"):
        outcome_of(Check.PROOF, Reason.EXPIRED)


def test_the_first_question_is_always_asked() -> None:
    """FORM comes first, so nothing can have kept it from being asked."""
    with pytest.raises(ValueError, match="form cannot be skipped"):
        CheckResult(check=Check.FORM, outcome=Outcome.SKIPPED, reason=Reason.NOT_REACHED, detail="why")


def test_a_result_needs_a_sentence() -> None:
    """A result that says nothing to a person is not one."""
    with pytest.raises(ValueError, match="sentence"):
        CheckResult(check=Check.FORM, outcome=Outcome.PASSED, detail="", evidence=(EVIDENCE,))


@pytest.mark.parametrize(
    "checks",
    [
        pytest.param((), id="empty"),
        pytest.param(tuple(passed(check) for check in list(Check)[:8]), id="one missing"),
        pytest.param(tuple(passed(check) for check in reversed(Check)), id="wrong order"),
        pytest.param((*(passed(check) for check in Check), passed(Check.TRUST)), id="one twice"),
    ],
)
def test_a_report_holds_nine_results_in_order(checks: tuple[CheckResult, ...]) -> None:
    """An empty or shortened report cannot be made, so it cannot pass."""
    with pytest.raises(ValueError, match="nine checks"):
        VerificationReport(checks=checks, checked_at=NOW, unverified_claims=CLAIMS)


def test_no_question_is_skipped_without_cause() -> None:
    """A check that was not asked while nothing stood in its way cannot be reported."""
    broken = CheckResult.because(Check.PROOF, Reason.SEAL_BROKEN, "broken", EVIDENCE)
    with pytest.raises(ValueError, match="skipped without cause"):
        report_with(not_reached(Check.STATUS, broken))


def test_no_question_is_asked_after_the_end() -> None:
    """After a forged seal nothing else may claim a result: a forged and expired paper is forged."""
    broken = CheckResult.because(Check.PROOF, Reason.SEAL_BROKEN, "broken", EVIDENCE)
    with pytest.raises(ValueError, match="after the work had ended"):
        report_with(broken)


def test_the_schema_cannot_pass_without_a_credential() -> None:
    """A report that says the document is good has the document."""
    with pytest.raises(ValueError, match="without a credential"):
        VerificationReport(checks=tuple(map(passed, Check)), checked_at=NOW)


def test_a_report_is_not_a_boolean() -> None:
    """`if report:` is the mistake that accepts forgeries; it raises."""
    with pytest.raises(TypeError, match="not a boolean"):
        bool(report_with())


def test_something_unreadable_has_a_report_too() -> None:
    """What holds no credential: FORM is INDETERMINATE, nothing else was asked, nothing comes out."""
    report = VerificationReport.unreadable(
        Reason.NO_CREDENTIAL, "The picture carries no badge.", checked_at=NOW, evidence=[EVIDENCE]
    )
    assert report.verdict is Verdict.UNREADABLE
    assert report.outcome is Outcome.INDETERMINATE
    assert [result.outcome for result in report.checks] == [Outcome.INDETERMINATE, *[Outcome.SKIPPED] * 8]
    assert report.authentic is None
    assert report.to_json()["credential"] is None


def test_the_public_form_of_a_result() -> None:
    """Evidence is keyed by what was looked at, also when the same thing was looked at twice."""
    result = CheckResult.because(Check.STATUS, Reason.REVOKED, "Withdrawn.", EVIDENCE, replace(EVIDENCE, digest=None))
    assert result.to_json() == {
        "check": "status",
        "outcome": "failed",
        "reason": "revoked",
        "detail": "Withdrawn.",
        "evidence": {
            "the credential": shown(digest="00"),
            "the credential (2)": shown(digest=None),
        },
    }


def shown(*, digest: str | None) -> dict[str, Any]:
    return {
        "source": "carrier",
        "read_at": "2026-11-20T12:00:00Z",
        "digest": digest,
        "age_seconds": None,
        "facts": {"a": "b"},
    }


def test_evidence_is_sound() -> None:
    """Evidence names what was looked at, at an aware time, and its facts cannot be changed afterwards."""
    with pytest.raises(ValueError, match="looked at"):
        Evidence(looked_at="", source="carrier", read_at=NOW)
    with pytest.raises(ValueError, match="aware"):
        Evidence(looked_at="x", source="carrier", read_at=NOW.replace(tzinfo=None))
    with pytest.raises(TypeError):
        EVIDENCE.facts["a"] = "c"  # type: ignore[index]
    with pytest.raises(ValueError, match="aware"):
        VerificationReport.unreadable(Reason.MALFORMED, "why", checked_at=NOW.replace(tzinfo=None))


def test_a_strangers_text_is_cut_and_cleaned() -> None:
    """What a paper says about itself cannot steer a terminal, turn a line round or fill a page."""
    whole = "x" * 600
    assert replace(passed(Check.FORM), detail=whole).detail == whole
    evil = "\x1b[2J\u202eDILAV" + "x" * 10_000
    result = CheckResult.because(
        Check.PROOF, Reason.SEAL_BROKEN, evil, replace(EVIDENCE, looked_at=evil, facts={"problem": evil})
    )
    (evidence,) = result.evidence
    for text, longest in ((result.detail, 600), (evidence.facts["problem"], 600), (evidence.looked_at, 2048)):
        assert text.startswith("\ufffd[2J\ufffdDILAV")
        assert len(text) == longest
        assert text.endswith("…")


def test_times_are_shown_in_utc() -> None:
    """A report from another time zone shows the same moment."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    report = VerificationReport.unreadable(Reason.MALFORMED, "why", checked_at=elsewhere)
    assert report.to_json()["checked_at"] == "2026-11-20T12:00:00Z"


def test_the_verdict_needs_only_the_results() -> None:
    """The verdict is a function of the nine results, with nothing behind them."""
    assert verdict_of([passed(check) for check in Check]) is Verdict.VALID
