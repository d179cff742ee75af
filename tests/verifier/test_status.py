"""STATUS: lists that answer, lists that cannot, and lists that must not be believed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.seal import seal
from credentials.status_list import StatusList, StatusPurpose
from keys.algorithm import Algorithm
from keys.multibase import base64url_encode
from keys.signer import MemorySigner
from tests.simulator import BASE, Award, RawDocument, Simulator, tamper
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict

REVOCATION = StatusPurpose.REVOCATION
EVERY_LIST = [pytest.param(purpose, id=purpose.value) for purpose in StatusPurpose]


def status_of(sim: Simulator, paper: Award | str) -> CheckResult:
    report = sim.verify(paper)
    others = [result for result in report.checks if result.check is not Check.STATUS]
    assert all(result.is_in_order for result in others)
    return report.result_of(Check.STATUS)


@pytest.mark.parametrize("purpose", EVERY_LIST)
def test_only_the_bit_of_this_credential_counts(purpose: StatusPurpose) -> None:
    """The neighbours' bits say nothing about this credential."""
    sim = Simulator()
    award = sim.award()
    for neighbour in (award.index - 1, award.index + 1):
        sim.provider.bits[purpose].set(neighbour, True)
    assert status_of(sim, award).outcome is Outcome.PASSED
    sim.mark(award, purpose)
    assert status_of(sim, award).outcome is Outcome.FAILED
    asked = next(item for item in status_of(sim, award).evidence if item.facts["purpose"] == purpose.value)
    assert dict(asked.facts) == {
        "purpose": purpose.value,
        "index": str(award.index),
        "bit": "1",
        "list_valid_until": "2026-11-20T13:00:00Z",
    }
    sim.mark(award, purpose, value=False)
    assert status_of(sim, award).outcome is Outcome.PASSED


@pytest.mark.parametrize("index", [0, 131_071])
def test_first_and_last_entry_are_read(index: int) -> None:
    """The index counts from the left-most bit of the list to its last."""
    sim = Simulator()
    sim.provider.next_index = index - 1
    award = sim.award()
    assert award.index == index
    assert status_of(sim, award).outcome is Outcome.PASSED
    sim.revoke(award)
    assert status_of(sim, award).reason is Reason.REVOKED


def test_a_list_secured_as_jwt_is_read_as_well() -> None:
    """The list may have another form of seal than the credential."""
    sim = Simulator()
    award = sim.award()
    sim.revoke(award)
    signer = sim.provider.signers[Algorithm.P256]
    sim.override(sim.provider.list_url(REVOCATION), sim.sealed_list(REVOCATION, signer=signer))
    assert status_of(sim, award).reason is Reason.REVOKED


def test_a_list_with_several_purposes_serves_each() -> None:
    """statusPurpose of a list may be one or more."""
    sim = Simulator()
    award = sim.award()
    text = sim.sealed_list(REVOCATION, further_purposes=("suspension",))
    sim.override(sim.provider.list_url(REVOCATION), text)
    assert status_of(sim, award).outcome is Outcome.PASSED


def test_without_status_the_report_says_that_nobody_can_withdraw_it() -> None:
    """A credential without status passes, on the evidence that it carries none."""
    sim = Simulator()
    result = status_of(sim, sim.award(credentialStatus=None))
    assert result.outcome is Outcome.PASSED
    assert "no way to withdraw" in result.detail
    assert result.evidence[0].facts["credentialStatus"].startswith("none")
    assert sim.asked == [sim.did_url()]


def test_an_issuer_without_sibling_lists_is_asked_for_the_one() -> None:
    """Only what the issuer publishes is looked up."""
    sim = Simulator()
    award = sim.award()
    controller = sim.provider.controller().to_json()
    del controller["service"]
    sim.override(sim.did_url(), controller)
    assert status_of(sim, award).outcome is Outcome.PASSED
    assert len(status_of(sim, award).evidence) == 1


def forged_list(sim: Simulator, purpose: StatusPurpose) -> str:
    forger = MemorySigner.generate(Algorithm.ED25519)
    forger.verification_method = sim.provider.signers[Algorithm.ED25519].verification_method
    return sim.sealed_list(purpose, signer=forger)


def tampered_list(sim: Simulator, purpose: StatusPurpose) -> str:
    empty = StatusList.empty().encode()
    sim.provider.bits[purpose].set(1, True)
    return tamper(sim.sealed_list(purpose), lambda document: document["credentialSubject"].update(encodedList=empty))


def lists_of_another(sim: Simulator, purpose: StatusPurpose) -> str:
    other = sim.found_provider("other")
    return sim.sealed_list(purpose, provider=other, id=sim.provider.list_url(purpose))


def another_in_our_name(sim: Simulator, purpose: StatusPurpose) -> str:
    other = sim.found_provider("other")
    return sim.sealed_list(purpose, signer=other.signers[Algorithm.ED25519])


def list_without_seal(sim: Simulator, purpose: StatusPurpose) -> str:
    document = json.loads(sim.sealed_list(purpose))
    del document["proof"]
    return json.dumps(document)


def ours_in_anothers_name(sim: Simulator, purpose: StatusPurpose) -> str:
    """The list names another issuer inside, under the right key's seal."""
    return sim.sealed_list(purpose, issuer_id="did:web:other.example")


def disowned_key(sim: Simulator, purpose: StatusPurpose) -> str:
    """A list sealed now with a key that was disowned a minute ago, though good when the credential was sealed."""
    old = sim.provider.signers[Algorithm.ED25519]
    sim.now += timedelta(minutes=2)
    sim.distrust_keys(since=sim.now - timedelta(minutes=1))
    text = sim.sealed_list(purpose, signer=old)
    for other in StatusPurpose:
        if other is not purpose:
            sim.override(sim.provider.list_url(other), None)
    return text


def with_bits(encoded: str) -> Callable[[Simulator, StatusPurpose], str]:
    return lambda sim, purpose: sim.sealed_list(purpose, encoded_list=encoded)


def zeros(count: int) -> str:
    return "u" + base64url_encode(gzip.compress(bytes(count)))


def no_credential(sim: Simulator, purpose: StatusPurpose) -> str:
    return sim.award().text


def at(**times: timedelta) -> Callable[[Simulator, StatusPurpose], str]:
    def text(sim: Simulator, purpose: StatusPurpose) -> str:
        moments: dict[str, Any] = {name: sim.now + shift for name, shift in times.items()}
        return sim.sealed_list(purpose, **moments)

    return text


OTHER_PURPOSE = {
    StatusPurpose.REVOCATION: "suspension",
    StatusPurpose.SUSPENSION: "refresh",
    StatusPurpose.REFRESH: "revocation",
}

WRONG_LISTS = [
    pytest.param(lambda sim, purpose: None, Reason.STATUS_UNREACHABLE, id="not to be had"),
    pytest.param(lambda sim, purpose: "<html>", Reason.STATUS_INVALID, id="a web page"),
    pytest.param(lambda sim, purpose: "{}", Reason.STATUS_INVALID, id="empty object"),
    pytest.param(list_without_seal, Reason.STATUS_INVALID, id="without a seal"),
    pytest.param(forged_list, Reason.STATUS_INVALID, id="forged"),
    pytest.param(tampered_list, Reason.STATUS_INVALID, id="changed after sealing"),
    pytest.param(lists_of_another, Reason.STATUS_INVALID, id="of another issuer"),
    pytest.param(another_in_our_name, Reason.STATUS_INVALID, id="sealed by another issuer"),
    pytest.param(ours_in_anothers_name, Reason.STATUS_INVALID, id="in another issuer's name"),
    pytest.param(
        lambda sim, purpose: sim.sealed_list(purpose, id=f"{BASE}/status/another"),
        Reason.STATUS_INVALID,
        id="another list of the issuer",
    ),
    pytest.param(
        lambda sim, purpose: sim.sealed_list(purpose, purpose=OTHER_PURPOSE[purpose]),
        Reason.STATUS_INVALID,
        id="for another purpose",
    ),
    pytest.param(no_credential, Reason.STATUS_INVALID, id="no list at all"),
    pytest.param(with_bits("x"), Reason.STATUS_INVALID, id="bits without multibase sign"),
    pytest.param(with_bits("uAAAA"), Reason.STATUS_INVALID, id="bits that are no gzip"),
    pytest.param(with_bits(zeros(16_383)), Reason.STATUS_INVALID, id="shorter than 131,072 entries"),
    pytest.param(with_bits(zeros(40_000_000)), Reason.STATUS_INVALID, id="expands without end"),
    pytest.param(
        at(valid_from=timedelta(hours=-1), valid_until=timedelta(seconds=-61)), Reason.STATUS_STALE, id="out of date"
    ),
    pytest.param(
        at(valid_from=timedelta(seconds=61), valid_until=timedelta(hours=1)), Reason.STATUS_STALE, id="not in force yet"
    ),
]


@pytest.mark.parametrize("purpose", EVERY_LIST)
@pytest.mark.parametrize(("wrong", "reason"), WRONG_LISTS)
def test_a_list_that_cannot_be_believed_leaves_the_question_open(
    wrong: Callable[[Simulator, StatusPurpose], str | None], reason: Reason, purpose: StatusPurpose
) -> None:
    """Whatever is wrong with a list, also with a sibling list: INDETERMINATE, never green, and never red either."""
    sim = Simulator()
    award = sim.award()
    sim.override(sim.provider.list_url(purpose), wrong(sim, purpose))
    result = status_of(sim, award)
    assert (result.outcome, result.reason) == (Outcome.INDETERMINATE, reason)
    assert sim.verify(award).verdict is Verdict.COULD_NOT_CHECK
    assert result.evidence


def test_a_list_sealed_with_a_disowned_key_is_no_answer() -> None:
    """The key must be good at the moment the list was sealed, not only when the credential was."""
    sim = Simulator()
    award = sim.award()
    sim.override(sim.provider.list_url(REVOCATION), disowned_key(sim, REVOCATION))
    result = status_of(sim, award)
    assert result.reason is Reason.STATUS_INVALID
    assert "disowned" in result.detail


def test_a_list_without_dates_is_of_the_moment_it_was_fetched() -> None:
    """A list need not say how long it is good for."""
    sim = Simulator()
    award = sim.award()
    for bit, reason in ((False, None), (True, Reason.REVOKED)):
        sim.mark(award, REVOCATION, bit)
        sim.override(sim.provider.list_url(REVOCATION), sim.sealed_list(REVOCATION, valid_from=None, valid_until=None))
        assert status_of(sim, award).reason is reason


@pytest.mark.parametrize(
    "shift",
    [
        pytest.param(
            {"valid_from": timedelta(hours=-1), "valid_until": timedelta(seconds=-60)}, id="ended a minute ago"
        ),
        pytest.param({"valid_from": timedelta(seconds=60)}, id="begins in a minute"),
    ],
)
def test_a_list_within_the_tolerance_of_clocks_is_of_today(shift: dict[str, timedelta]) -> None:
    """Two clocks may differ by a minute."""
    sim = Simulator()
    award = sim.award()
    sim.override(sim.provider.list_url(REVOCATION), at(**shift)(sim, REVOCATION))
    assert status_of(sim, award).outcome is Outcome.PASSED


@pytest.mark.parametrize("missing", list(StatusPurpose))
def test_bad_news_outweighs_a_missing_list(missing: StatusPurpose) -> None:
    """A set bit decides, whichever other list could not be had."""
    sim = Simulator()
    award = sim.award()
    for purpose in StatusPurpose:
        if purpose is not missing:
            sim.mark(award, purpose)
    sim.override(sim.provider.list_url(missing), None)
    result = status_of(sim, award)
    assert result.outcome is Outcome.FAILED
    assert len(result.evidence) == 3


def test_an_old_copy_of_a_list_is_stale() -> None:
    """A copy older than the policy allows says nothing about today."""
    sim = Simulator()
    award = sim.award()

    class OldCopies:
        def fetch(self, url: str, *, accept: str, now: Any) -> Any:
            found = sim.fetcher.fetch(url, accept=accept, now=now)
            return replace(found, source="bundle", age_seconds=age)

    for age, reason in ((3600, None), (3601, Reason.STATUS_STALE)):
        report = sim.verify(award, policy=replace(sim.policy, documents=OldCopies()))
        result = report.result_of(Check.STATUS)
        assert result.reason is reason
        assert result.evidence[0].age_seconds == age
        assert result.evidence[0].source == "bundle"


def test_a_list_of_raw_shape_is_refused() -> None:
    """A sealed document that is no status list is no status list."""
    sim = Simulator()
    award = sim.award()
    wrong = RawDocument(
        {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": sim.provider.list_url(REVOCATION),
            "type": ["VerifiableCredential"],
            "issuer": sim.provider.issuer_id,
            "credentialSubject": {"id": "urn:uuid:1"},
        }
    )
    text = seal(wrong, sim.provider.signers[Algorithm.ED25519], created=sim.now).text
    sim.override(sim.provider.list_url(REVOCATION), text)
    assert status_of(sim, award).reason is Reason.STATUS_INVALID
