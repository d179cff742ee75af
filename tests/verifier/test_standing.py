"""VALIDITY, SCHEMA and TRUST of papers whose seal is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.instant import write_instant
from tests.simulator import BASE, CODE, START, Simulator, achievement, subject
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict
from verifier.verify import verify

SECOND = timedelta(seconds=1)
SKEW = timedelta(seconds=60)
BEGIN = datetime(2026, 10, 16, tzinfo=UTC)
END = datetime(2028, 10, 16, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        pytest.param(BEGIN - SKEW - SECOND, Reason.NOT_YET_VALID, id="a second too early"),
        pytest.param(BEGIN - SKEW, None, id="as early as clocks may differ"),
        pytest.param(BEGIN, None, id="first second"),
        pytest.param(END, None, id="last second"),
        pytest.param(END + SKEW, None, id="as late as clocks may differ"),
        pytest.param(END + SKEW + SECOND, Reason.EXPIRED, id="a second too late"),
    ],
)
def test_validity_begins_and_ends_to_the_second(now: datetime, reason: Reason | None) -> None:
    """Both ends belong to the time of validity; two clocks may differ by a minute."""
    sim = Simulator()
    sim.now = min(now, START)
    award = sim.award(created=min(now, BEGIN))
    sim.now = now
    assert sim.verify(award).result_of(Check.VALIDITY).reason is reason


def test_the_tolerance_is_the_policys() -> None:
    """How far clocks may differ is the relying party's affair."""
    sim = Simulator()
    award = sim.award()
    sim.now = END + SECOND
    strict = replace(sim.policy, clock_skew=timedelta(0))
    assert sim.verify(award, policy=strict).result_of(Check.VALIDITY).reason is Reason.EXPIRED
    assert sim.verify(award).result_of(Check.VALIDITY).reason is None


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_without_an_end_a_credential_stays_valid(algorithm: Algorithm) -> None:
    """No validUntil means no end, and the report says so."""
    sim = Simulator()
    award = sim.award(algorithm, validUntil=None)
    sim.now = START + timedelta(days=36_500)
    result = sim.verify(award).result_of(Check.VALIDITY)
    assert result.outcome is Outcome.PASSED
    assert "no end date" in result.detail


def test_nothing_is_valid_before_it_was_sealed() -> None:
    """A paper sealed in the future, as clocks go, did not exist yet at the time asked about."""
    sim = Simulator()
    within = sim.award(created=START + SKEW)
    beyond = sim.award(created=START + SKEW + SECOND)
    assert sim.verify(within).verdict is Verdict.VALID
    assert sim.verify(beyond).result_of(Check.VALIDITY).reason is Reason.NOT_YET_VALID


def test_who_does_not_say_when_it_was_sealed_is_judged_by_the_award() -> None:
    """The moment of sealing is optional in the standard; the dates of the credential then stand alone."""
    sim = Simulator()
    unverified = replace(open_unverified(sim.award().text), unverified_created=None)
    sim.entries = [replace(entry, valid_from=BEGIN, valid_until=BEGIN) for entry in sim.entries]
    report = verify(unverified, sim.policy, now=sim.now)
    assert report.verdict is Verdict.VALID
    assert "sealed_at" not in report.result_of(Check.PROOF).evidence[0].facts


@pytest.mark.parametrize(
    "dates",
    [
        pytest.param({"validFrom": None}, id="no begin"),
        pytest.param({"validFrom": "yesterday"}, id="begin in words"),
        pytest.param({"validFrom": "2026-10-16"}, id="begin without time"),
        pytest.param({"validFrom": "2026-10-16T00:00:00"}, id="begin without zone"),
        pytest.param({"validUntil": "2028-13-01T00:00:00Z"}, id="end in a thirteenth month"),
    ],
)
def test_dates_that_cannot_be_read_leave_the_question_open(dates: dict[str, Any]) -> None:
    """A date that two readers could read differently is not read."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(**dates)))
    assert report.verdict is not Verdict.VALID
    if report.result_of(Check.PROOF).outcome is Outcome.PASSED:
        assert report.result_of(Check.VALIDITY).reason is Reason.DATES_UNREADABLE
        assert report.verdict is Verdict.UNREADABLE


def test_the_other_zone_is_the_same_moment() -> None:
    """Dates are moments; the zone they are written in does not matter."""
    sim = Simulator()
    award = sim.award(validUntil="2028-10-17T01:59:59+02:00")
    sim.now = END + SKEW
    assert sim.verify(award).result_of(Check.VALIDITY).reason is None
    sim.now += SECOND
    assert sim.verify(award).result_of(Check.VALIDITY).reason is Reason.EXPIRED


def without(name: str, obj: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key != name}


AGAINST_THE_RULES = [
    pytest.param({"credentialSubject": subject(achievement=without("criteria", achievement()))}, id="no criteria"),
    pytest.param({"credentialSubject": subject(achievement=achievement(name=""))}, id="empty name"),
    pytest.param(
        {"credentialSubject": subject(achievement=achievement(achievementType="Microcredential"))}, id="wrong type term"
    ),
    pytest.param({"type": ["VerifiableCredential"]}, id="not an Open Badge"),
    pytest.param(
        {"credentialSubject": without("identifier", without("id", subject()))}, id="subject without id and identifier"
    ),
]


@pytest.mark.parametrize("changes", AGAINST_THE_RULES)
def test_a_sealed_document_that_breaks_the_standard_is_unreadable(changes: dict[str, Any]) -> None:
    """Well sealed and wrong: nothing comes out, and the report says where the mistake is."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(**changes)))
    result = report.result_of(Check.SCHEMA)
    assert result.reason is Reason.SCHEMA_VIOLATED
    assert "$" in result.detail
    assert report.authentic is None
    assert report.verdict is not Verdict.VALID


def trust_of(sim: Simulator, **changes: Any) -> CheckResult:
    return sim.verify(sim.award(**changes)).result_of(Check.TRUST)


def test_a_listed_issuer_may_award_what_it_is_listed_for() -> None:
    """The evidence of trust is the trust list: its keeper, its age, its digest and the entry."""
    sim = Simulator()
    result = trust_of(sim)
    assert result.outcome is Outcome.PASSED
    (evidence,) = result.evidence
    assert evidence.digest
    assert evidence.age_seconds == 0
    assert evidence.facts["keeper"] == BASE
    assert evidence.facts["listed_as"] == "Battery Skills Centre vbk (listed)"
    assert evidence.facts["achievement"] == f"{BASE}/achievements/{CODE}/1"
    assert evidence.facts["code"] == CODE


def test_what_the_credential_does_not_say_is_not_listed() -> None:
    """Without an achievement, or without its code, there is nothing the list could cover."""
    sim = Simulator()
    for subject_of_little in (subject(achievement=without("humanCode", achievement())), {"id": "urn:uuid:1"}):
        report = sim.verify(sim.award_raw(sim.document(credentialSubject=subject_of_little)))
        result = report.result_of(Check.TRUST)
        assert result.reason is Reason.ACHIEVEMENT_NOT_LISTED
        assert result.evidence[0].facts["code"] == "not said"
    assert result.evidence[0].facts["achievement"] == "not said"


def of_another_achievement(sim: Simulator) -> CheckResult:
    other = achievement(id=f"{BASE}/achievements/VLT-CELL/1", humanCode="VLT-CELL")
    return trust_of(sim, credentialSubject=subject(achievement=other))


def under_a_listed_code(sim: Simulator) -> CheckResult:
    """The code says what the issuer may award, the identifier what it did award."""
    other = achievement(id=f"{BASE}/achievements/VLT-CELL/1", humanCode=CODE)
    return trust_of(sim, credentialSubject=subject(achievement=other))


def listed_for_another(sim: Simulator) -> CheckResult:
    sim.distrust()
    sim.list_provider(sim.provider, "VLT-CELL")
    return trust_of(sim)


def delisted(sim: Simulator) -> CheckResult:
    sim.distrust()
    return trust_of(sim)


def ended(sim: Simulator) -> CheckResult:
    sim.distrust(until=BEGIN - SECOND)
    return trust_of(sim)


def dated_back(sim: Simulator) -> CheckResult:
    """Sealed after the listing had ended, for a day before it."""
    sim.distrust(until=START - timedelta(days=1))
    sim.entries = [replace(entry, valid_from=BEGIN) for entry in sim.entries]
    return trust_of(sim)


def before_listing(sim: Simulator) -> CheckResult:
    sim.entries = [replace(entry, valid_from=BEGIN + SECOND) for entry in sim.entries]
    return trust_of(sim)


def awarded_before_listing(sim: Simulator) -> CheckResult:
    """awardedDate counts, not a later validFrom."""
    sim.entries = [replace(entry, valid_from=BEGIN) for entry in sim.entries]
    return trust_of(sim, awardedDate=write_instant(BEGIN - SECOND))


NOT_TRUSTED = [
    pytest.param(delisted, Reason.ISSUER_UNKNOWN, id="not listed"),
    pytest.param(of_another_achievement, Reason.ACHIEVEMENT_NOT_LISTED, id="another achievement"),
    pytest.param(under_a_listed_code, Reason.ACHIEVEMENT_NOT_LISTED, id="another achievement under a listed code"),
    pytest.param(listed_for_another, Reason.ACHIEVEMENT_NOT_LISTED, id="listed for another achievement"),
    pytest.param(ended, Reason.LISTED_PERIOD_OVER, id="awarded after the listing ended"),
    pytest.param(dated_back, Reason.LISTED_PERIOD_OVER, id="sealed after the listing ended"),
    pytest.param(before_listing, Reason.LISTED_PERIOD_NOT_BEGUN, id="awarded before the listing began"),
    pytest.param(awarded_before_listing, Reason.LISTED_PERIOD_NOT_BEGUN, id="earned before the listing began"),
]


@pytest.mark.parametrize(("cause", "reason"), NOT_TRUSTED)
def test_whom_the_list_does_not_cover_is_unknown(cause: Callable[[Simulator], CheckResult], reason: Reason) -> None:
    """Issuer, achievement and dates must all be covered; a good seal alone makes nobody known."""
    result = cause(Simulator())
    assert (result.outcome, result.reason) == (Outcome.INDETERMINATE, reason)
    assert result.evidence


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        pytest.param({}, START, id="sealed in the last second of the listing"),
        pytest.param({"awardedDate": None}, START, id="without awardedDate, validFrom counts"),
    ],
)
def test_the_ends_of_a_listing_belong_to_it(changes: dict[str, Any], until: datetime) -> None:
    """An award on the first day, sealed in the last second, is covered."""
    sim = Simulator()
    sim.entries = [replace(entry, valid_from=BEGIN, valid_until=until) for entry in sim.entries]
    assert trust_of(sim, **changes).outcome is Outcome.PASSED


def test_one_of_several_listings_is_enough() -> None:
    """A provider that was listed, left and came back is covered in each of its times."""
    sim = Simulator()
    sim.distrust(until=BEGIN - timedelta(days=30))
    sim.list_provider(sim.provider)
    assert trust_of(sim).outcome is Outcome.PASSED


def test_no_list_of_two_halves() -> None:
    """The day of the award in one listing and the moment of sealing in another make no whole."""
    sim = Simulator()
    (entry,) = sim.entries
    sim.entries = [
        replace(entry, valid_until=BEGIN + timedelta(days=1)),
        replace(entry, valid_from=START - timedelta(days=1)),
    ]
    assert trust_of(sim).reason is Reason.LISTED_PERIOD_OVER


@pytest.mark.parametrize(
    ("shift", "reason"),
    [
        pytest.param(timedelta(0), None, id="renewed in time"),
        pytest.param(-SKEW, None, id="as late as clocks may differ"),
        pytest.param(-SKEW - SECOND, Reason.TRUST_LIST_STALE, id="a second too late"),
    ],
)
def test_a_list_that_was_not_renewed_vouches_for_nobody(shift: timedelta, reason: Reason | None) -> None:
    """After its own end a trust list says nothing about today."""
    sim = Simulator()
    policy = replace(sim.policy, trust=replace(sim.trust, valid_until=sim.now + shift))
    report = sim.verify(sim.award(), policy=policy)
    assert report.result_of(Check.TRUST).reason is reason
    assert report.verdict is (Verdict.COULD_NOT_CHECK if reason else Verdict.VALID)


def test_an_unreadable_award_date_is_not_guessed() -> None:
    """An awardedDate that cannot be read is not replaced by another date."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(awardedDate="soon"), Algorithm.P256))
    assert report.result_of(Check.TRUST).reason is Reason.DATES_UNREADABLE
