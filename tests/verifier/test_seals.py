"""Several seals on one paper: one good one of the issuer is enough, none of a stranger is, a chain holds as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.compact_jws import write_compact_jws
from credentials.contexts import CREDENTIALS_V1, SHIPPED
from credentials.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, suite_named
from credentials.seal import seal
from credentials.status_list import StatusPurpose
from credentials.unverified import MECHANISMS
from credentials.vc_jwt import JwtProfile
from keys.algorithm import Algorithm
from keys.instant import write_instant
from keys.multibase import base58btc_encode
from keys.signer import MemorySigner
from tests.simulator import RawDocument, Simulator, tamper
from verifier.reasons import Check, Reason
from verifier.report import Verdict, VerificationReport

FIRST = "urn:uuid:11111111-1111-4111-8111-111111111111"


class Paper:
    """A document of the provider, and the proofs that are put on it."""

    def __init__(self, **changes: Any) -> None:
        self.sim = Simulator()
        self.document = self.sim.document(**changes)
        self.own = self.sim.provider.signers[Algorithm.ED25519]
        self.witness = MemorySigner.generate(Algorithm.ED25519)
        self.proofs: list[dict[str, Any]] = []

    def proof(self, signer: MemorySigner, on: list[dict[str, Any]] | None = None, **members: Any) -> dict[str, Any]:
        """A proof made by hand, over earlier ones when it rests on some, with members of one's own."""
        configuration = {
            "type": "DataIntegrityProof",
            "cryptosuite": EDDSA_RDFC_2022,
            "created": write_instant(self.sim.now),
            "verificationMethod": signer.verification_method,
            "proofPurpose": "assertionMethod",
            **members,
        }
        covered = {**self.document, **({"proof": on} if on else {})}
        data = suite_named(configuration["cryptosuite"]).data_to_sign(covered, configuration, SHIPPED)
        made = {**configuration, "proofValue": "z" + base58btc_encode(signer.sign(data))}
        self.proofs.append(made)
        return made

    def verify(self, **policy: Any) -> VerificationReport:
        text = json.dumps({**self.document, "proof": self.proofs})
        return self.sim.verify(text, policy=replace(self.sim.policy, **policy))


def broken(proof: dict[str, Any]) -> None:
    proof["proofValue"] = "z" + base58btc_encode(bytes(64))


def beside_a_stranger(paper: Paper) -> None:
    paper.proof(paper.witness)
    paper.proof(paper.own)


def beside_a_broken_one(paper: Paper) -> None:
    broken(paper.proof(paper.own))
    paper.proof(paper.own, id=FIRST)


def beside_an_unknown_suite(paper: Paper) -> None:
    paper.proofs.append({**paper.proof(paper.witness), "cryptosuite": "ecdsa-sd-2023", "id": FIRST})
    paper.proof(paper.own)


def under_a_witness(paper: Paper) -> None:
    """A witness puts a seal of his own upon the issuer's."""
    first = paper.proof(paper.own, id=FIRST)
    paper.proof(paper.witness, [first], previousProof=FIRST)


def upon_a_witness(paper: Paper) -> None:
    """The issuer seals what a witness had sealed before; the witness is a did:key."""
    first = paper.proof(paper.witness, id=FIRST)
    paper.proof(paper.own, [first], previousProof=FIRST)


GOOD = [beside_a_stranger, beside_a_broken_one, beside_an_unknown_suite, under_a_witness, upon_a_witness]


@pytest.mark.parametrize("put", [pytest.param(put, id=put.__name__) for put in GOOD])
@pytest.mark.parametrize("turned", [False, True], ids=["as written", "turned round"])
def test_one_good_seal_of_the_issuer_is_enough(put: Callable[[Paper], None], turned: bool) -> None:
    """Whatever stands beside it and in whatever order; the report says which seals there are."""
    paper = Paper()
    put(paper)
    if turned:
        paper.proofs.reverse()
    report = paper.verify()
    assert report.verdict is Verdict.VALID, report.deciding
    facts = report.result_of(Check.FORM).evidence[0].facts
    assert EDDSA_RDFC_2022 in facts["seals"]
    assert ("ecdsa-sd-2023" in facts["seals_set_aside"]) is (put is beside_an_unknown_suite)


def test_the_evidence_names_every_seal_of_a_chain() -> None:
    """PROOF rests on the issuer's key and on each earlier one."""
    paper = Paper()
    upon_a_witness(paper)
    evidence = paper.verify().result_of(Check.PROOF).evidence
    assert paper.witness.verification_method in {item.facts.get("key") for item in evidence}


def only_strangers(paper: Paper) -> None:
    paper.proof(paper.witness)
    paper.proof(MemorySigner.generate(Algorithm.ED25519))


def all_broken(paper: Paper) -> None:
    broken(paper.proof(paper.own))
    broken(paper.proof(paper.own, id=FIRST))


def earlier_one_broken(paper: Paper) -> None:
    """The issuer sealed upon a seal that nobody made: his signature is good, the chain is not."""
    first = paper.proof(paper.witness, id=FIRST)
    broken(first)
    paper.proof(paper.own, [first], previousProof=FIRST)


def earlier_one_exchanged(paper: Paper) -> None:
    """After the issuer had sealed, the earlier seal was exchanged for another good one."""
    first = paper.proof(paper.witness, id=FIRST)
    paper.proof(paper.own, [first], previousProof=FIRST)
    paper.proofs[0] = paper.proof(MemorySigner.generate(Algorithm.ED25519), id=FIRST)
    del paper.proofs[-1]


def earlier_key_not_its_owners(paper: Paper) -> None:
    """The witness names a key that its owner does not list."""
    other = paper.sim.found_provider("other")
    forger = MemorySigner.generate(Algorithm.ED25519, f"{other.issuer_id}#key-1")
    first = paper.proof(forger, id=FIRST)
    paper.proof(paper.own, [first], previousProof=FIRST)


def earlier_key_out_of_reach(paper: Paper) -> None:
    witness = MemorySigner.generate(Algorithm.ED25519, "did:web:witness.example#key-1")
    first = paper.proof(witness, id=FIRST)
    paper.proof(paper.own, [first], previousProof=FIRST)


@pytest.mark.parametrize(
    ("put", "check", "reason", "verdict"),
    [
        pytest.param(only_strangers, Check.KEY, Reason.KEY_NOT_AUTHORISED, Verdict.ALTERED, id="only-strangers"),
        pytest.param(all_broken, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, id="all-broken"),
        pytest.param(earlier_one_broken, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, id="earlier-broken"),
        pytest.param(earlier_one_exchanged, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, id="earlier-exchanged"),
        pytest.param(earlier_key_not_its_owners, Check.PROOF, Reason.SEAL_BROKEN, Verdict.ALTERED, id="earlier-key"),
        pytest.param(
            earlier_key_out_of_reach,
            Check.PROOF,
            Reason.EARLIER_SEAL_UNCHECKED,
            Verdict.COULD_NOT_CHECK,
            id="unreached",
        ),
    ],
)
def test_where_no_seal_holds_the_report_says_most(
    put: Callable[[Paper], None], check: Check, reason: Reason, verdict: Verdict
) -> None:
    """A stranger's seals are worth nothing; a chain with a bad link does not hold."""
    paper = Paper()
    put(paper)
    report = paper.verify()
    assert (report.verdict, report.deciding.check, report.deciding.reason) == (verdict, check, reason)


def test_only_keys_of_the_issuer_are_asked_for() -> None:
    """The seals of strangers cost nobody a request."""
    paper = Paper()
    paper.proof(MemorySigner.generate(Algorithm.ED25519, "did:web:witness.example#key-1"))
    paper.verify()
    assert paper.sim.asked == []


def test_a_seal_has_an_end_of_its_own() -> None:
    """A proof that expires is good until then; so is a chain until its first seal ends."""
    for put in (False, True):
        paper = Paper()
        ends = write_instant(paper.sim.now + timedelta(days=1))
        if put:
            first = paper.proof(paper.witness, id=FIRST, expires=ends)
            paper.proof(paper.own, [first], previousProof=FIRST)
        else:
            paper.proof(paper.own, expires=ends)
        assert paper.verify().verdict is Verdict.VALID
        paper.sim.now += timedelta(days=2)
        assert paper.verify().deciding.reason is Reason.EXPIRED


@pytest.mark.parametrize("claim", ["exp", "nbf"])
def test_a_token_of_vc_jose_cose_limits_its_seal(claim: str) -> None:
    """exp and nbf are those of the signature there, and the gate holds to them."""
    sim = Simulator()
    past, future = (int((sim.now + timedelta(days=days)).timestamp()) for days in (-1, 1))
    document, signer = sim.document(), sim.provider.signers[Algorithm.P256]

    def token(moment: int) -> str:
        return write_compact_jws({**document, claim: moment}, signer, typ="vc+jwt", cty="vc")

    good, bad, reason = (future, past, Reason.EXPIRED) if claim == "exp" else (past, future, Reason.NOT_YET_VALID)
    assert sim.verify(token(good)).verdict is Verdict.VALID
    assert sim.verify(token(bad)).deciding.reason is reason


@pytest.mark.parametrize("mechanism", sorted({"eddsa-rdfc-2022", "eddsa-jcs-2022", "ES256"}))
def test_the_allow_list_is_the_policys(mechanism: str) -> None:
    """What the policy leaves out is not accepted, however good; all else still is."""
    sim = Simulator()
    suite = EDDSA_RDFC_2022 if mechanism == "ES256" else mechanism
    algorithm = Algorithm.P256 if mechanism == "ES256" else Algorithm.ED25519
    document = RawDocument(sim.document())
    text = seal(document, sim.provider.signers[algorithm], created=sim.now, cryptosuite=suite).text
    only = replace(sim.policy, accepted_mechanisms=frozenset({mechanism}))
    all_but = replace(sim.policy, accepted_mechanisms=MECHANISMS - {mechanism})
    assert sim.verify(text).verdict is Verdict.VALID
    sim.override(sim.provider.list_url(StatusPurpose.REVOCATION), None)
    assert sim.verify(text, policy=only).result_of(Check.PROOF).is_in_order
    assert sim.verify(text, policy=all_but).deciding.reason is Reason.UNSUPPORTED_PROOF


def test_a_chain_on_a_kind_that_is_not_accepted_is_not_accepted() -> None:
    """What a seal rests on is held to the same list; so is a status list."""
    paper = Paper()
    first = paper.proof(paper.witness, id=FIRST, cryptosuite=EDDSA_JCS_2022)
    paper.proof(paper.own, [first], previousProof=FIRST)
    assert paper.verify().verdict is Verdict.VALID
    report = paper.verify(accepted_mechanisms=frozenset({EDDSA_RDFC_2022}))
    assert report.deciding.reason is Reason.UNSUPPORTED_PROOF


def test_a_status_list_is_held_to_the_policy_too() -> None:
    """A list sealed in a way that is not accepted leaves the question open."""
    sim = Simulator()
    award = sim.award(Algorithm.P256)
    only_tokens = replace(sim.policy, accepted_mechanisms=frozenset({"ES256"}))
    assert sim.verify(award, policy=only_tokens).deciding.reason is Reason.STATUS_INVALID


def test_a_chain_over_the_text() -> None:
    """eddsa-jcs-2022 upon eddsa-jcs-2022: the earlier proof is part of the text, contexts and all."""
    paper = Paper()
    contexts = {"@context": paper.document["@context"], "cryptosuite": EDDSA_JCS_2022}
    first = paper.proof(paper.witness, id=FIRST, **contexts)
    paper.proof(paper.own, [first], previousProof=FIRST, **contexts)
    assert paper.verify().verdict is Verdict.VALID
    paper.proofs[0] = {**first, "created": write_instant(paper.sim.now - timedelta(days=1))}
    assert paper.verify().deciding.reason is Reason.SEAL_BROKEN


@pytest.mark.parametrize("profile", JwtProfile)
def test_both_profiles_of_tokens_are_valid(profile: JwtProfile) -> None:
    """Issued on request, read alike."""
    sim = Simulator()
    document = RawDocument(sim.document())
    text = seal(document, sim.provider.signers[Algorithm.P256], created=sim.now, profile=profile).text
    assert sim.verify(text).verdict is Verdict.VALID


def version_1(sim: Simulator) -> dict[str, Any]:
    document = sim.document()
    document["@context"] = [
        CREDENTIALS_V1,
        document["@context"][1],
        "https://w3id.org/security/data-integrity/v2",
        "https://www.w3.org/ns/credentials/status/v1",
    ]
    document["issuanceDate"], document["expirationDate"] = document.pop("validFrom"), document.pop("validUntil")
    return document


def test_a_badge_of_version_1_goes_through_the_whole_gate() -> None:
    """VALID with its version in the evidence, shown as signed, ALTERED when touched, EXPIRED after expirationDate."""
    sim = Simulator()
    document = version_1(sim)
    text = sim.award_raw(document)
    report = sim.verify(text)
    assert report.verdict is Verdict.VALID, report.deciding
    for check in (Check.FORM, Check.SCHEMA):
        assert report.result_of(check).evidence[0].facts["data_model"] == "1.1"
    assert report.to_json()["credential"] == document
    assert sim.verify(tamper(text, lambda doc: doc.update(expirationDate="2099-01-01T00:00:00Z"))).verdict is (
        Verdict.ALTERED
    )
    sim.now += timedelta(days=3650)
    assert sim.verify(text).verdict is Verdict.EXPIRED
