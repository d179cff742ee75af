"""The whole algorithm: what was sealed comes out, and each way to fail is named for what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.seal import seal
from credentials.sealed import SecuringForm
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.simulator import BASE, CONTEXTS, RawDocument, Simulator, achievement, subject, tamper
from verifier.errors import CredentialRejected
from verifier.reasons import AUTHENTICITY, Check, Outcome, Reason
from verifier.report import Verdict, VerificationReport
from verifier.verify import verify

BOTH_FORMS = [pytest.param(Algorithm.ED25519, id="data-integrity"), pytest.param(Algorithm.P256, id="vc-jwt")]


@pytest.mark.parametrize("algorithm", BOTH_FORMS)
def test_what_comes_out_at_the_gate_went_in_at_the_desk(algorithm: Algorithm) -> None:
    """report.accept() equals what was given to seal()."""
    sim = Simulator()
    award = sim.award(algorithm)
    report = sim.verify(award)
    assert report.verdict is Verdict.VALID
    assert report.accept() == award.credential
    assert report.authentic == award.credential
    assert report.to_json()["credential"] == award.credential.to_json()


@pytest.mark.parametrize("algorithm", BOTH_FORMS)
def test_every_result_says_what_it_rests_on(algorithm: Algorithm) -> None:
    """Each check carries evidence: what was looked at, where from, when, and which bytes."""
    sim = Simulator()
    report = sim.verify(sim.award(algorithm))
    for result in report.checks:
        assert result.evidence, result.check
        assert result.detail.endswith(".")
        assert all(item.read_at == sim.now for item in result.evidence)
        assert all(item.digest for item in result.evidence if result.check is not Check.APPEARANCE)
    looked_at = {item.looked_at for item in report.result_of(Check.STATUS).evidence}
    assert looked_at == {sim.provider.list_url(purpose) for purpose in sim.provider.bits}
    assert report.result_of(Check.KEY).evidence[0].looked_at == sim.did_url()
    assert report.result_of(Check.PROOF).evidence[0].facts["sealed_at"] == "2026-11-20T12:00:00Z"


def test_a_sealed_issuer_name_stands_beside_the_listed_one() -> None:
    """The report shows both names of an issuer: what it calls itself and what the trust list calls it."""
    sim = Simulator()
    facts = sim.verify(sim.award()).result_of(Check.ISSUER).evidence[0].facts
    assert facts["name_in_document"] == "Battery Skills Centre vbk"
    assert facts["name_on_trust_list"] == "Battery Skills Centre vbk (listed)"


Cause = Callable[[Simulator], VerificationReport]


def fails(cause: Cause, check: Check, reason: Reason, verdict: Verdict, name: str) -> Any:
    return pytest.param(cause, check, reason, verdict, id=name)


def change(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(members)


def sealed_by(signer: MemorySigner, sim: Simulator, **changes: Any) -> str:
    return seal(RawDocument(sim.document(**changes)), signer, created=sim.now).text


def key_of_nobody(sim: Simulator) -> VerificationReport:
    """A forger seals with a did:key of his own and names the real issuer."""
    report = sim.verify(sealed_by(MemorySigner.generate(Algorithm.ED25519), sim))
    assert sim.asked == []
    return report


def key_of_another_issuer(sim: Simulator) -> VerificationReport:
    """A listed provider seals in another one's name."""
    other = sim.found_provider("other")
    return sim.verify(sealed_by(other.signers[Algorithm.ED25519], sim))


def key_spelled_in_the_fragment(sim: Simulator) -> VerificationReport:
    """A forger names his own key under the issuer's id: the key in the fragment fits, the issuer does not list it."""
    forger = MemorySigner.generate(Algorithm.ED25519)
    forger.verification_method = f"{sim.provider.issuer_id}#{forger.public_key.multikey}"
    return sim.verify(sealed_by(forger, sim))


def forged_under_the_right_name(sim: Simulator) -> VerificationReport:
    """A forger names the issuer's real key and seals with his own."""
    forger = MemorySigner.generate(Algorithm.ED25519)
    forger.verification_method = sim.provider.signers[Algorithm.ED25519].verification_method
    return sim.verify(sealed_by(forger, sim))


def offline(sim: Simulator) -> VerificationReport:
    award = sim.award()
    sim.go_offline()
    return sim.verify(award)


def key_disowned(sim: Simulator) -> VerificationReport:
    award = sim.award()
    sim.distrust_keys(since=sim.now)
    return sim.verify(award)


def key_out_of_use(sim: Simulator) -> VerificationReport:
    old = sim.provider.signers[Algorithm.ED25519]
    sim.provider.take_new_keys()
    sim.now += timedelta(seconds=1)
    return sim.verify(sealed_by(old, sim))


def seal_of_another_credential(sim: Simulator) -> VerificationReport:
    import json

    stolen = json.loads(sim.award().text)["proof"]
    return sim.verify(tamper(sim.award().text, change(proof=stolen)))


def claims_of_another(sim: Simulator) -> VerificationReport:
    """An UnverifiedCredential whose stated issuer owns the key while the document names somebody else."""
    other = sim.found_provider("other")
    unverified = open_unverified(sealed_by(other.signers[Algorithm.ED25519], sim))
    return verify(replace(unverified, unverified_issuer_id=other.issuer_id), sim.policy, now=sim.now)


def form_not_accepted(sim: Simulator) -> VerificationReport:
    policy = replace(sim.policy, accepted_forms=frozenset({SecuringForm.VC_JWT}))
    return sim.verify(sim.award(), policy=policy)


def stranger(sim: Simulator) -> VerificationReport:
    return sim.verify(sim.award(provider=sim.stranger()))


def after(act: Callable[[Simulator, Any], None], algorithm: Algorithm = Algorithm.ED25519) -> Cause:
    def cause(sim: Simulator) -> VerificationReport:
        award = sim.award(algorithm)
        act(sim, award)
        return sim.verify(award)

    return cause


def tampered(**members: Any) -> Cause:
    return lambda sim: sim.verify(tamper(sim.award().text, change(**members)))


def without_end(sim: Simulator) -> VerificationReport:
    return sim.verify(tamper(sim.award().text, lambda document: document.pop("validUntil")))


def not_yet(sim: Simulator) -> VerificationReport:
    return sim.verify(sim.award(validFrom="2026-12-01T00:00:00Z"))


def without_criteria(sim: Simulator) -> VerificationReport:
    bare = achievement()
    del bare["criteria"]
    return sim.verify(sim.award_raw(sim.document(credentialSubject=subject(achievement=bare))))


UNKNOWN_CONTEXT = [*CONTEXTS, "https://forger.example/context.json"]

WAYS_TO_FAIL = [
    fails(form_not_accepted, Check.FORM, Reason.UNSUPPORTED_PROOF, Verdict.UNREADABLE, "form not accepted"),
    fails(offline, Check.KEY, Reason.KEY_UNREACHABLE, Verdict.COULD_NOT_CHECK, "offline"),
    fails(key_of_nobody, Check.KEY, Reason.KEY_NOT_AUTHORISED, Verdict.ALTERED, "key of nobody"),
    fails(key_of_another_issuer, Check.KEY, Reason.KEY_NOT_AUTHORISED, Verdict.ALTERED, "key of another issuer"),
    fails(key_spelled_in_the_fragment, Check.KEY, Reason.KEY_NOT_FOUND, Verdict.ALTERED, "key in the fragment"),
    fails(key_disowned, Check.KEY, Reason.KEY_REVOKED, Verdict.ALTERED, "key disowned before sealing"),
    fails(key_out_of_use, Check.KEY, Reason.KEY_EXPIRED, Verdict.ALTERED, "key out of use before sealing"),
    fails(forged_under_the_right_name, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, "forged"),
    fails(tampered(name="Something better"), Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, "name changed"),
    fails(without_end, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, "end date removed"),
    fails(tampered(validUntil=None), Check.PROOF, Reason.MALFORMED, Verdict.UNREADABLE, "end date nulled"),
    fails(tampered(validUntil="2099-01-01T00:00:00Z"), Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, "end moved"),
    fails(seal_of_another_credential, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, "seal of another credential"),
    fails(tampered(ects=60), Check.PROOF, Reason.UNDEFINED_TERM, Verdict.UNREADABLE, "term no context defines"),
    fails(
        tampered(**{"@context": UNKNOWN_CONTEXT}),
        Check.PROOF,
        Reason.UNKNOWN_CONTEXT,
        Verdict.UNREADABLE,
        "context nobody knows",
    ),
    fails(claims_of_another, Check.ISSUER, Reason.ISSUER_MISMATCH, Verdict.ALTERED, "issuer is not the holder"),
    fails(after(Simulator.expire), Check.VALIDITY, Reason.EXPIRED, Verdict.EXPIRED, "expired"),
    fails(not_yet, Check.VALIDITY, Reason.NOT_YET_VALID, Verdict.NOT_YET_VALID, "not yet valid"),
    fails(after(Simulator.revoke), Check.STATUS, Reason.REVOKED, Verdict.REVOKED, "revoked"),
    fails(after(Simulator.suspend), Check.STATUS, Reason.SUSPENDED, Verdict.SUSPENDED, "suspended"),
    fails(after(Simulator.supersede), Check.STATUS, Reason.SUPERSEDED, Verdict.SUPERSEDED, "superseded"),
    fails(after(Simulator.revoke, Algorithm.P256), Check.STATUS, Reason.REVOKED, Verdict.REVOKED, "revoked, as a JWT"),
    fails(without_criteria, Check.SCHEMA, Reason.SCHEMA_VIOLATED, Verdict.UNREADABLE, "no criteria"),
    fails(stranger, Check.TRUST, Reason.ISSUER_UNKNOWN, Verdict.UNKNOWN_ISSUER, "stranger"),
]


@pytest.mark.parametrize(("cause", "check", "reason", "verdict"), WAYS_TO_FAIL)
def test_each_way_to_fail_is_named(cause: Cause, check: Check, reason: Reason, verdict: Verdict) -> None:
    """Exactly the check that the cause belongs to does not pass, and no credential comes out."""
    report = cause(Simulator())
    asked = [result for result in report.checks if not result.is_not_reached]
    assert [result.check for result in asked if not result.is_in_order] == [check]
    assert report.result_of(check).reason is reason
    assert report.verdict is verdict
    with pytest.raises(CredentialRejected) as raised:
        report.accept()
    assert raised.value.report is report
    if check in AUTHENTICITY:
        assert report.authentic is None
        assert report.to_json()["credential"] is None


def forged_and(act: Callable[[Simulator, Any], None]) -> Cause:
    def cause(sim: Simulator) -> VerificationReport:
        award = sim.award()
        act(sim, award)
        return sim.verify(tamper(award.text, change(name="Something better")))

    return cause


def several(*acts: Callable[[Simulator, Any], None]) -> Cause:
    def cause(sim: Simulator) -> VerificationReport:
        award = sim.award()
        for act in acts:
            act(sim, award)
        return sim.verify(award)

    return cause


def delist(sim: Simulator, award: Any) -> None:
    sim.distrust()


def lose_lists(sim: Simulator, award: Any) -> None:
    for purpose in sim.provider.bits:
        sim.override(sim.provider.list_url(purpose), None)


COMBINATIONS = [
    pytest.param(forged_and(Simulator.expire), Verdict.ALTERED, id="forged and expired is forged"),
    pytest.param(forged_and(Simulator.revoke), Verdict.ALTERED, id="forged and revoked is forged"),
    pytest.param(forged_and(delist), Verdict.ALTERED, id="forged and unknown is forged"),
    pytest.param(several(Simulator.revoke, Simulator.expire), Verdict.REVOKED, id="revoked and expired is revoked"),
    pytest.param(several(Simulator.suspend, Simulator.expire), Verdict.SUSPENDED, id="suspended and expired"),
    pytest.param(several(Simulator.supersede, Simulator.expire), Verdict.SUPERSEDED, id="superseded and expired"),
    pytest.param(several(Simulator.suspend, Simulator.revoke), Verdict.REVOKED, id="suspended and revoked"),
    pytest.param(several(Simulator.suspend, Simulator.supersede), Verdict.SUPERSEDED, id="suspended and superseded"),
    pytest.param(several(Simulator.expire, delist), Verdict.EXPIRED, id="expired and unknown is expired"),
    pytest.param(several(delist, lose_lists), Verdict.UNKNOWN_ISSUER, id="unknown without lists is unknown"),
    pytest.param(several(Simulator.expire, lose_lists), Verdict.EXPIRED, id="expired without lists is expired"),
]


@pytest.mark.parametrize(("cause", "verdict"), COMBINATIONS)
def test_of_several_causes_the_heaviest_decides(cause: Cause, verdict: Verdict) -> None:
    """A forged and expired paper is forged; a revoked and expired one is revoked."""
    report = cause(Simulator())
    assert report.verdict is verdict
    with pytest.raises(CredentialRejected):
        report.accept()


def test_a_lapsed_credential_can_still_be_shown() -> None:
    """What was genuine and lapsed is shown as authentic, and accepted by nobody."""
    sim = Simulator()
    award = sim.award()
    sim.expire(award)
    report = sim.verify(award)
    assert report.authentic == award.credential
    assert report.to_json()["credential"]["id"] == award.credential.id


def test_after_the_first_failure_nothing_else_is_asked() -> None:
    """Nothing that a forged paper names is fetched but the issuer's own key document."""
    sim = Simulator()
    report = forged_under_the_right_name(sim)
    assert sim.asked == [sim.did_url()]
    skipped = [result.outcome for result in report.checks[3:]]
    assert skipped == [Outcome.SKIPPED] * 6
    assert {result.reason for result in report.checks[3:]} == {Reason.NOT_REACHED}


def test_lists_are_fetched_only_after_the_seal_is_known_to_be_good() -> None:
    """The order of work: keys, seal, and then what the sealed paper names."""
    sim = Simulator()
    sim.verify(sim.award())
    assert sim.asked[0] == sim.did_url()
    assert set(sim.asked[1:]) == {sim.provider.list_url(purpose) for purpose in sim.provider.bits}


def test_old_keys_go_on_verifying_what_they_sealed() -> None:
    """After a rotation, and after a later distrust, papers sealed before stay valid."""
    sim = Simulator()
    award = sim.award()
    sim.now += timedelta(days=1)
    sim.provider.take_new_keys()
    assert sim.verify(award).verdict is Verdict.VALID
    sim.provider.periods = [
        replace(period, distrusted_since=sim.now) if period.used_until else period for period in sim.provider.periods
    ]
    assert sim.verify(award).verdict is Verdict.VALID


def test_a_credential_without_a_subject_is_read_without_falling_over() -> None:
    """A sealed document of any shape has a report."""
    sim = Simulator()
    for wrong in ([subject()], {"id": "urn:uuid:1", "type": ["AchievementSubject"]}):
        report = sim.verify(sim.award_raw(sim.document(credentialSubject=wrong)))
        assert report.result_of(Check.PROOF).outcome is Outcome.PASSED
        assert report.verdict is not Verdict.VALID


def test_base_address() -> None:
    """The simulated world lies where its documents say."""
    assert Simulator().provider.issuer_id == f"did:web:{BASE.removeprefix('https://')}:issuers:vbk"
