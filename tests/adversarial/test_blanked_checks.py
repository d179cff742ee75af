"""For checks that no other test missed when they were taken out (`make mutants`): one input each that needs them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credentials.compact_jws import write_compact_jws
from credentials.contexts import CREDENTIALS_V1, SHIPPED
from credentials.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, suite_named
from credentials.errors import MalformedCredential, MixedVersions, TooComplex
from credentials.status_list import StatusPurpose
from credentials.unverified import LARGEST_TEXT, open_unverified
from credentials.vc_jwt import write_token
from keys.algorithm import Algorithm
from keys.instant import read_instant, write_instant
from keys.multibase import base58btc_encode
from keys.signer import MemorySigner
from tests.simulator import CONTEXTS, Simulator, tamper
from verifier.issuers import KeyRefused, find_issuer, find_key
from verifier.reasons import Check, Reason
from verifier.report import Verdict, VerificationReport

FIRST = "urn:uuid:11111111-1111-4111-8111-111111111111"


def proof_over(document: dict[str, Any], signer: MemorySigner, suite: str, **members: Any) -> dict[str, Any]:
    """A proof with members of one's own, signed over the text where a graph would refuse them."""
    configuration = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
        **members,
    }
    data = suite_named(suite).data_to_sign(document, configuration, SHIPPED)
    return {**configuration, "proofValue": "z" + base58btc_encode(signer.sign(data))}


def chain(sim: Simulator, earlier: dict[str, Any], document: dict[str, Any]) -> VerificationReport:
    """The provider's good seal over the JSON text, resting on an earlier one."""
    own = sim.provider.signers[Algorithm.ED25519]
    covered = {**document, "proof": [earlier]}
    now = write_instant(sim.now)
    last = proof_over(covered, own, EDDSA_JCS_2022, created=now, previousProof=FIRST)
    return sim.verify(json.dumps({**document, "proof": [earlier, last]}))


def test_an_earlier_seal_with_a_term_that_nothing_defines() -> None:
    """The issuer's seal covers the text of the earlier one, which itself cannot be checked: that is no good news."""
    sim = Simulator()
    document, witness = sim.document(), MemorySigner.generate(Algorithm.ED25519)
    earlier = proof_over(document, witness, EDDSA_RDFC_2022, created=write_instant(sim.now), id=FIRST)
    assert chain(sim, earlier, document).verdict is Verdict.VALID
    report = chain(sim, {**earlier, "seenBy": "somebody"}, document)
    assert report.verdict is Verdict.COULD_NOT_CHECK
    assert report.deciding.reason is Reason.EARLIER_SEAL_UNCHECKED


@pytest.mark.parametrize("end", ["distrusted_since", "used_until"])
def test_an_earlier_seal_with_a_key_that_had_ended(end: str) -> None:
    """A witness whose key could not speak any more when it sealed breaks the chain."""
    sim = Simulator()
    witness, document = sim.found_provider("witness"), sim.document()
    made = write_instant(sim.now)
    earlier = proof_over(document, witness.signers[Algorithm.ED25519], EDDSA_RDFC_2022, created=made, id=FIRST)
    assert chain(sim, earlier, document).verdict is Verdict.VALID
    ended: dict[str, Any] = {end: sim.now - timedelta(seconds=1)}
    witness.periods = [replace(period, **ended) for period in witness.periods]
    report = chain(sim, earlier, document)
    assert report.verdict is Verdict.ALTERED
    assert (report.deciding.check, report.deciding.reason) == (Check.PROOF, Reason.SEAL_BROKEN)


@pytest.mark.parametrize("key_id", ["did:web:evil.example#z6Mk", "#key", "key", "urn:uuid:1", ""])
def test_a_key_that_is_named_as_nobodys_of_the_issuer(key_id: str) -> None:
    """Whoever asks an issuer for a key, the status list included, gets no key of another, and nothing is fetched."""
    sim = Simulator()
    issuer = find_issuer(sim.provider.issuer_id, sim.policy, now=sim.now)
    sim.asked.clear()
    with pytest.raises(KeyRefused) as refused:
        find_key(issuer, key_id, sim.policy, now=sim.now)
    assert refused.value.reason is Reason.KEY_NOT_AUTHORISED
    assert sim.asked == []


@pytest.mark.parametrize("is_disowned", [False, True], ids=["retired", "disowned"])
def test_a_status_list_that_is_dated_back(is_disowned: bool) -> None:
    """A thief can date a list back to before the theft; a key that was merely retired still vouches for its lists."""
    sim = Simulator()
    provider = sim.provider
    listed = sim.sealed_list(StatusPurpose.REVOCATION)
    sim.now += timedelta(minutes=10)
    old = provider.periods
    provider.take_new_keys()
    if is_disowned:
        since = sim.now - timedelta(minutes=5)
        new = provider.periods[len(old) :]
        provider.periods = [*(replace(period, distrusted_since=since) for period in provider.periods[: len(old)]), *new]
    award = sim.award()
    sim.override(provider.list_url(StatusPurpose.REVOCATION), listed)
    report = sim.verify(award)
    if is_disowned:
        assert report.verdict is Verdict.COULD_NOT_CHECK
        assert report.deciding.reason is Reason.STATUS_INVALID
    else:
        assert report.verdict is Verdict.VALID


def test_a_text_that_is_neither_form() -> None:
    """What is no JSON object and no token is called that, and is not given to a parser."""
    with pytest.raises(MalformedCredential, match="neither a JSON object nor a compact JWT"):
        open_unverified("[1]")


@pytest.mark.parametrize("kind", [str, bytes])
def test_a_text_that_is_too_long_is_not_looked_at(kind: type) -> None:
    """White space counts too: the length is asked before anything else is done with a text."""
    padded = " " * LARGEST_TEXT + Simulator().award().text
    with pytest.raises(TooComplex):
        open_unverified(padded if kind is str else padded.encode())


@pytest.mark.parametrize("own_id", [5, ["urn:x"], {"id": "urn:x"}, True])
def test_an_identifier_that_is_no_text(own_id: object) -> None:
    """The identifier of a paper goes into reports and comparisons, so it is a text or absent."""
    paper = tamper(Simulator().award().text, lambda document: document.update(id=own_id))
    with pytest.raises(MalformedCredential) as refused:
        open_unverified(paper)
    assert refused.value.path == "$.id"


def test_a_token_is_not_written_for_version_1() -> None:
    """A credential of version 1.1 stands under vc in a token, which we do not write."""
    sim = Simulator()
    document = {**sim.document(), "@context": [CREDENTIALS_V1, CONTEXTS[1]]}
    document["issuanceDate"], document["expirationDate"] = document.pop("validFrom"), document.pop("validUntil")
    with pytest.raises(MalformedCredential, match=r"written for version 2\.0 only"):
        write_token(document, sim.provider.signers[Algorithm.P256], created=sim.now)


@pytest.mark.parametrize("typ", ["vc+jwt", "JWT"])
def test_a_credential_that_stands_at_the_wrong_place(typ: str) -> None:
    """Under vc stands version 1.1 alone, and nothing does in a token of VC-JOSE-COSE, though its claims agree."""
    sim = Simulator()
    document = sim.document()
    if typ == "vc+jwt":
        document["@context"] = [CREDENTIALS_V1, CONTEXTS[1]]
        document["issuanceDate"], document["expirationDate"] = document.pop("validFrom"), document.pop("validUntil")
    begins, ends = (document.get(name) for name in ("issuanceDate", "expirationDate"))
    claims = {
        "iss": document["issuer"]["id"],
        "sub": document["credentialSubject"]["id"],
        "jti": document["id"],
        "nbf": int(read_instant(begins or document["validFrom"]).timestamp()),
        "exp": int(read_instant(ends or document["validUntil"]).timestamp()),
    }
    token = write_compact_jws({"vc": document, **claims}, sim.provider.signers[Algorithm.P256], typ=typ)
    with pytest.raises(MalformedCredential) as refused:
        open_unverified(token)
    assert (refused.value.path, isinstance(refused.value, MixedVersions)) == ("$.vc", typ == "JWT")
