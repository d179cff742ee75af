"""KEY of a disowned key: what the issuer's register shows stays valid, what a thief dates back does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.compact_jws import write_compact_jws
from credentials.contexts import SHIPPED
from credentials.cryptosuites import EDDSA_RDFC_2022, suite_named
from credentials.page_seal import seal_page
from credentials.seal import seal
from credentials.status_list import StatusListCredential, StatusPurpose
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.history import KeyPeriod
from keys.instant import write_instant
from keys.multibase import base58btc_decode, base58btc_encode, base64url_decode
from keys.signer import MemorySigner
from tests.simulator import Award, Simulator
from verifier.page import PageReading
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict, VerificationReport
from verifier.seal_register import PARTS, SEAL_REGISTER_TYPE

DAY = timedelta(days=1)
BOTH_FORMS = [pytest.param(Algorithm.ED25519, id="data-integrity"), pytest.param(Algorithm.P256, id="vc-jwt")]
DRAWING = "ab" * 32
FIRST = "urn:uuid:11111111-1111-4111-8111-111111111111"


class Theft:
    """A key was stolen: one award is older, and the issuer distrusts the key from a day after it on."""

    def __init__(self, algorithm: Algorithm = Algorithm.ED25519) -> None:
        self.sim = Simulator()
        self.algorithm = algorithm
        self.stolen = dict(self.sim.provider.signers)
        self.award = self.sim.award(algorithm)
        self.sealed_at = self.sim.now
        self.since = self.sim.now + DAY
        self.sim.now += 3 * DAY

    def discover(self) -> None:
        self.sim.distrust_keys(since=self.since)

    @property
    def period(self) -> KeyPeriod:
        key = self.stolen[self.algorithm].public_key
        return next(period for period in self.sim.provider.periods if period.public_key == key)

    def part_url(self, award: Award | None = None) -> str:
        digest = open_unverified((award or self.award).text).seal_digest
        return f"{self.sim.provider.register_url(self.period)}/{digest[0]}"

    def verify(self, award: Award | None = None) -> VerificationReport:
        return self.sim.verify(award or self.award)

    def key_result(self, award: Award | None = None) -> CheckResult:
        return self.verify(award).result_of(Check.KEY)


@pytest.mark.parametrize("algorithm", BOTH_FORMS)
def test_what_was_on_record_before_the_theft_stays_valid(algorithm: Algorithm) -> None:
    """And the report shows the register that it rests on, with the moment and the seal."""
    theft = Theft(algorithm)
    assert theft.verify().verdict is Verdict.VALID
    theft.discover()
    assert theft.verify().accept() == theft.award.credential
    *_, evidence = theft.key_result().evidence
    assert evidence.looked_at == theft.part_url()
    assert evidence.facts["seal"] == open_unverified(theft.award.text).seal_digest
    assert evidence.facts["before"] == "2026-11-21T12:00:00Z"


@pytest.mark.parametrize("algorithm", BOTH_FORMS)
def test_a_thief_who_dates_back_is_found_out(algorithm: Algorithm) -> None:
    """The stolen key, a date of before, everything else in order: only the register knows better."""
    theft = Theft(algorithm)
    forged = theft.sim.award(algorithm, created=theft.sealed_at, is_filed=False)
    assert theft.verify(forged).verdict is Verdict.VALID
    theft.discover()
    assert theft.key_result(forged).reason is Reason.SEAL_NOT_REGISTERED
    assert theft.key_result(forged).outcome is Outcome.FAILED
    assert theft.verify(forged).verdict is Verdict.ALTERED


def test_what_was_filed_later_fails_even_with_an_earlier_date() -> None:
    """The register goes by the moment of filing; the office cannot date back either."""
    theft = Theft()
    late = theft.sim.award(created=theft.sealed_at)
    theft.discover()
    assert theft.key_result(late).reason is Reason.SEAL_NOT_REGISTERED


def test_what_says_that_it_is_later_fails_without_asking() -> None:
    """Its own date is under the seal, so nobody need look further."""
    theft = Theft()
    late = theft.sim.award()
    theft.discover()
    theft.sim.asked.clear()
    assert theft.key_result(late).reason is Reason.KEY_REVOKED
    assert theft.sim.asked == [theft.sim.did_url()]


def test_other_white_space_is_the_same_seal() -> None:
    """A paper that a wallet has written down anew stays on record: the register is one of signatures, not of bytes."""
    theft = Theft()
    theft.discover()
    rewritten = json.dumps(json.loads(theft.award.text), indent=2, sort_keys=True)
    assert theft.sim.verify(rewritten).verdict is Verdict.VALID


def test_a_seal_on_record_covers_no_other_content() -> None:
    """PROOF follows KEY: a signature that is on record does not fit another paper."""
    theft = Theft()
    theft.discover()
    other = json.loads(theft.award.text)
    other["name"] = "High-Voltage Master"
    assert theft.sim.verify(json.dumps(other)).result_of(Check.PROOF).reason is Reason.SEAL_BROKEN


def signed_by(theft: Theft, **changes: Any) -> str:
    """The right part of the register with something about it changed."""
    part = open_unverified(theft.award.text).seal_digest[0]
    return theft.sim.register(theft.period, part, **changes)


def by_the_stolen_key(theft: Theft) -> str:
    return signed_by(theft, signer=theft.stolen[Algorithm.P256], signed_at=theft.sealed_at)


def by_another_issuer(theft: Theft) -> str:
    return signed_by(theft, signer=theft.sim.found_provider("other").signers[Algorithm.P256])


def with_a_wrong_signature(theft: Theft) -> str:
    head, claims, _ = signed_by(theft).split(".")
    return f"{head}.{claims}.{signed_by(theft, signed_at=theft.since).split('.')[2]}"


def of_another_type(theft: Theft) -> str:
    return write_compact_jws({"iss": "x"}, theft.sim.provider.signers[Algorithm.P256], typ="voltpass-page+jwt")


def with_claims(**claims: Any) -> Callable[[Theft], str]:
    def forge(theft: Theft) -> str:
        payload = {**json.loads(base64url_decode(signed_by(theft).split(".")[1])), **claims}
        return write_compact_jws(payload, theft.sim.provider.signers[Algorithm.P256], typ=SEAL_REGISTER_TYPE)

    return forge


def another_part(theft: Theft) -> str:
    digest = open_unverified(theft.award.text).seal_digest
    return theft.sim.register(theft.period, PARTS[PARTS.index(digest[0]) - 1], seals=frozenset({digest}))


UNUSABLE: list[Any] = [
    pytest.param(by_the_stolen_key, id="signed with the stolen key"),
    pytest.param(by_another_issuer, id="signed by another issuer"),
    pytest.param(with_a_wrong_signature, id="with a signature over something else"),
    pytest.param(lambda theft: signed_by(theft, signed_at=theft.sim.now + 3650 * DAY), id="key ended before signing"),
    pytest.param(of_another_type, id="a token of another type"),
    pytest.param(lambda theft: signed_by(theft, issuer_id="did:web:other.example"), id="of another issuer"),
    pytest.param(lambda theft: signed_by(theft, before=theft.since + DAY), id="up to another moment"),
    pytest.param(lambda theft: signed_by(theft, key=theft.stolen[Algorithm.P256].public_key), id="of another key"),
    pytest.param(another_part, id="another part"),
    pytest.param(with_claims(seals="all"), id="seals in words"),
    pytest.param(with_claims(seals=["no digest"]), id="seals that are no digests"),
    pytest.param(with_claims(key="zNone"), id="key that is none"),
    pytest.param(with_claims(key=None), id="no key"),
    pytest.param(with_claims(before="yesterday"), id="moment in words"),
    pytest.param(with_claims(iat=10**20), id="moment outside the calendar"),
    pytest.param(lambda theft: "<html>ä</html>", id="a web page"),
]


@pytest.mark.parametrize("make", UNUSABLE)
def test_a_register_that_cannot_be_believed_leaves_the_question_open(make: Callable[[Theft], str]) -> None:
    """Wrong signer, wrong key, wrong moment, wrong part, nonsense: no proof, for or against."""
    theft = Theft()
    theft.discover()
    if make is UNUSABLE[3].values[0]:
        theft.sim.provider.periods = [
            replace(period, used_until=period.used_until or theft.sim.now) for period in theft.sim.provider.periods
        ]
    theft.sim.override(theft.part_url(), make(theft))
    result = theft.key_result()
    assert result.reason is Reason.SEAL_REGISTER_INVALID
    assert theft.verify().verdict is Verdict.COULD_NOT_CHECK


@pytest.mark.parametrize("claim", ["seals", "key", "before", "iat"])
def test_a_claim_that_cannot_be_read_is_named(claim: str) -> None:
    """Whoever runs the register learns which of its claims is wrong."""
    theft = Theft()
    theft.discover()
    theft.sim.override(theft.part_url(), with_claims(**{claim: "zNone"})(theft))
    assert f"$.{claim}: " in theft.key_result().detail


def test_a_register_that_cannot_be_had_leaves_the_question_open() -> None:
    """Neither valid nor forged: nobody can tell."""
    theft = Theft()
    theft.discover()
    theft.sim.override(theft.part_url(), None)
    result = theft.key_result()
    assert (result.outcome, result.reason) == (Outcome.INDETERMINATE, Reason.SEAL_REGISTER_UNREACHABLE)
    assert theft.verify().verdict is Verdict.COULD_NOT_CHECK


def test_the_key_of_a_register_that_cannot_be_had_leaves_the_question_open() -> None:
    """Asked for again later, it may come."""
    theft = Theft()
    theft.discover()
    theft.sim.override(theft.sim.provider.signers[Algorithm.P256].verification_method, None)
    assert theft.key_result().reason is Reason.SEAL_REGISTER_UNREACHABLE


@pytest.mark.parametrize("count", [pytest.param(0, id="none"), pytest.param(2, id="two")])
def test_an_issuer_names_one_register_for_a_key(count: int) -> None:
    """None, or two that could contradict each other, is no answer."""
    theft = Theft()
    theft.discover()
    document = json.loads(json.dumps(theft.sim.provider.controller().to_json()))
    key = theft.period.public_key.multikey
    own = [service for service in document["service"] if service.get("key") == key]
    document["service"] = own * count
    theft.sim.override(theft.sim.did_url(), document)
    assert theft.key_result().reason is Reason.SEAL_REGISTER_UNREACHABLE


def test_a_policy_decides_how_a_register_may_be_signed() -> None:
    """The allow-list of mechanisms holds for registers too."""
    theft = Theft()
    theft.discover()
    policy = replace(theft.sim.policy, accepted_mechanisms=frozenset({"eddsa-rdfc-2022"}))
    result = theft.sim.verify(theft.award, policy=policy).result_of(Check.KEY)
    assert result.reason is Reason.SEAL_REGISTER_INVALID


def test_a_status_list_under_a_stolen_key_counts_for_nothing_whatever_its_date() -> None:
    """A thief would date it back; the issuer has a new key for the lists of today."""
    theft = Theft()
    theft.discover()
    assert theft.verify().verdict is Verdict.VALID
    provider = theft.sim.provider
    listed = StatusListCredential(
        id=provider.list_url(StatusPurpose.REVOCATION),
        issuer_id=provider.issuer_id,
        purpose=StatusPurpose.REVOCATION,
        encoded_list=provider.bits[StatusPurpose.REVOCATION].encode(),
        valid_from=theft.sealed_at,
        valid_until=theft.sim.now + DAY,
    )
    text = seal(listed, theft.stolen[Algorithm.ED25519], created=theft.sealed_at).text
    theft.sim.override(provider.list_url(StatusPurpose.REVOCATION), text)
    assert theft.verify().result_of(Check.STATUS).reason is Reason.STATUS_INVALID


def page(theft: Theft, key: Algorithm, *, drawing: str = DRAWING) -> PageReading:
    claims = (theft.award.credential.id, theft.sim.provider.issuer_id, theft.award.sealed.digest, drawing)
    words = ["Åsa Lindström", "High-Voltage Awareness", theft.sim.provider.name, "16 October 2026", "16 October 2028"]
    return PageReading(
        text="\n".join([*words, theft.award.credential.id]),
        drawing_digest=DRAWING,
        unverified_seal=seal_page(*claims, theft.stolen[key], theft.sealed_at),
        pages=1,
    )


def test_a_page_under_a_stolen_key_proves_nothing() -> None:
    """Page seals are in no register, and a thief could draw another page: neither passed nor failed."""
    theft = Theft()
    shown = page(theft, Algorithm.P256)
    assert theft.sim.verify(theft.award, page=shown).verdict is Verdict.VALID
    theft.discover()
    result = theft.sim.verify(theft.award, page=shown).result_of(Check.APPEARANCE)
    assert (result.outcome, result.reason) == (Outcome.INDETERMINATE, Reason.PAGE_NOT_SEALED)
    assert "no longer trusts" in result.detail
    forged = page(theft, Algorithm.P256, drawing="cd" * 32)
    result = theft.sim.verify(theft.award, page=forged).result_of(Check.APPEARANCE)
    assert result.outcome is Outcome.INDETERMINATE
    other_words = replace(shown, text=(shown.text or "").replace("Åsa", "Åse"))
    result = theft.sim.verify(theft.award, page=other_words).result_of(Check.APPEARANCE)
    assert result.reason is Reason.PAGE_DIFFERS


@pytest.mark.parametrize(
    ("is_filed", "reason"),
    [
        pytest.param(True, None, id="on record"),
        pytest.param(False, Reason.SEAL_BROKEN, id="not on record"),
    ],
)
def test_an_earlier_seal_of_a_chain_is_held_against_the_register_too(is_filed: bool, reason: Reason | None) -> None:
    """Whoever vouched for a paper by a first seal may have lost the key since."""
    sim = Simulator()
    witness = sim.found_provider("witness")
    document = sim.document()
    proofs: list[dict[str, Any]] = []
    for signer, more in (
        (witness.signers[Algorithm.ED25519], {"id": FIRST}),
        (sim.provider.signers[Algorithm.ED25519], {"previousProof": FIRST}),
    ):
        proofs.append(_proof({**document, **({"proof": proofs[:1]} if proofs else {})}, signer, sim, more))
    text = json.dumps({**document, "proof": proofs})
    assert sim.verify(text).verdict is Verdict.VALID
    if is_filed:
        seal_of_witness = hashlib.sha256(base58btc_decode(proofs[0]["proofValue"][1:])).hexdigest()
        witness.filed.append((witness.signers[Algorithm.ED25519].public_key, seal_of_witness, sim.now))
    sim.now += DAY
    sim.distrust_keys(since=sim.now, provider=witness)
    assert sim.verify(text).result_of(Check.PROOF).reason is reason


def _proof(document: dict[str, Any], signer: MemorySigner, sim: Simulator, members: dict[str, str]) -> dict[str, Any]:
    configuration = {
        "type": "DataIntegrityProof",
        "cryptosuite": EDDSA_RDFC_2022,
        "created": write_instant(sim.now),
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
        **members,
    }
    data = suite_named(EDDSA_RDFC_2022).data_to_sign(document, configuration, SHIPPED)
    return {**configuration, "proofValue": "z" + base58btc_encode(signer.sign(data))}
