"""KEY: whose key it is, what the issuer says about it, and when it could speak."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from credentials.seal import seal
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.did import did_key
from keys.instant import write_instant
from keys.signer import MemorySigner
from tests.loopback import answer, loopback_server
from tests.simulator import BASE, START, RawDocument, Simulator
from verifier.network import NetworkDoor
from verifier.reasons import Check, Reason
from verifier.report import CheckResult, Verdict
from verifier.verify import verify

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def key_result(sim: Simulator, algorithm: Algorithm = Algorithm.ED25519) -> CheckResult:
    return sim.verify(sim.award(algorithm)).result_of(Check.KEY)


def edited(sim: Simulator, edit: Callable[[dict[str, Any]], None]) -> None:
    """The issuer's document with something changed."""
    document = json.loads(json.dumps(sim.provider.controller().to_json()))
    edit(document)
    sim.override(sim.did_url(), document)


def first_method(document: dict[str, Any]) -> dict[str, Any]:
    method: dict[str, Any] = document["verificationMethod"][0]
    return method


def not_for_assertions(document: dict[str, Any]) -> None:
    document["authentication"] = document.pop("assertionMethod")


WRONG_DOCUMENTS = [
    pytest.param(lambda d: d.update(id="did:web:other.example"), Reason.KEY_NOT_AUTHORISED, id="of somebody else"),
    pytest.param(lambda d: d.pop("id"), Reason.KEY_NOT_AUTHORISED, id="of nobody"),
    pytest.param(lambda d: d.update(verificationMethod="x"), Reason.KEY_DOCUMENT_INVALID, id="methods in words"),
    pytest.param(
        lambda d: d.update(verificationMethod=[], assertionMethod=[]), Reason.KEY_NOT_FOUND, id="without keys"
    ),
    pytest.param(not_for_assertions, Reason.KEY_NOT_AUTHORISED, id="key for another purpose"),
    pytest.param(
        lambda d: first_method(d).update(controller="did:web:other.example"),
        Reason.KEY_NOT_AUTHORISED,
        id="key of another controller",
    ),
    pytest.param(
        lambda d: first_method(d).update(type="RsaVerificationKey2018"),
        Reason.KEY_DOCUMENT_INVALID,
        id="key of a kind not checked here",
    ),
    pytest.param(lambda d: d["verificationMethod"].pop(0), Reason.KEY_NOT_AUTHORISED, id="key listed, not contained"),
]


@pytest.mark.parametrize(("edit", "reason"), WRONG_DOCUMENTS)
def test_the_issuers_document_must_list_the_key(edit: Callable[[dict[str, Any]], None], reason: Reason) -> None:
    """Document, method, controller and purpose must all be right; anything else is refused or left open."""
    sim = Simulator()
    edited(sim, edit)
    result = key_result(sim)
    assert result.reason is reason
    assert result.evidence


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(None, Reason.KEY_UNREACHABLE, id="not to be had"),
        pytest.param("<html>", Reason.KEY_DOCUMENT_INVALID, id="a web page"),
        pytest.param("[]", Reason.KEY_DOCUMENT_INVALID, id="no object"),
        pytest.param('{"id": "a", "id": "b"}', Reason.KEY_DOCUMENT_INVALID, id="a member twice"),
        pytest.param('{"a":' * 100 + "1" + "}" * 100, Reason.KEY_DOCUMENT_INVALID, id="nested without end"),
        pytest.param(b"\xff\xfe", Reason.KEY_DOCUMENT_INVALID, id="no UTF-8"),
    ],
)
def test_an_issuers_document_that_cannot_be_read_leaves_the_question_open(body: Any, reason: Reason) -> None:
    """No answer and nonsense are no proof of forgery."""
    sim = Simulator()
    sim.override(sim.did_url(), body)
    assert key_result(sim).reason is reason
    assert sim.verify(sim.award()).verdict is Verdict.COULD_NOT_CHECK


def test_another_key_under_the_same_name_does_not_fit() -> None:
    """The key is the one in the issuer's document, not the one the paper was sealed with."""
    sim = Simulator()
    other = MemorySigner.generate(Algorithm.ED25519).public_key.multikey
    edited(sim, lambda document: first_method(document).update(publicKeyMultibase=other))
    assert sim.verify(sim.award()).result_of(Check.PROOF).reason is Reason.SEAL_BROKEN


def sealed_as(sim: Simulator, signer: MemorySigner, verification_method: str, **changes: Any) -> str:
    signer.verification_method = verification_method
    return seal(RawDocument(sim.document(**changes)), signer, created=sim.now).text


KEY_OF_ITSELF = MemorySigner.generate(Algorithm.ED25519)
DID_KEY = did_key(KEY_OF_ITSELF.public_key)
MULTIKEY = KEY_OF_ITSELF.public_key.multikey

FOREIGN_NAMES = [
    pytest.param(f"{DID_KEY}#{MULTIKEY}", id="did:key of the forger"),
    pytest.param(f"did:web:voltpass.example:issuers:other#{MULTIKEY}", id="neighbour at the same host"),
    pytest.param(f"did:web:voltpass.example#{MULTIKEY}", id="host of the issuer"),
    pytest.param(f"did:web:voltpass.example:issuers:vbk:more#{MULTIKEY}", id="longer than the issuer"),
    pytest.param(f"https://voltpass.example/issuers/vbk#{MULTIKEY}", id="web address of the issuer"),
]


@pytest.mark.parametrize("name", FOREIGN_NAMES)
def test_a_key_that_names_another_owner_is_refused_without_asking(name: str) -> None:
    """Key and issuer must be one; nothing is fetched on behalf of a paper that says otherwise."""
    sim = Simulator()
    forger = MemorySigner.generate(Algorithm.ED25519)
    report = sim.verify(sealed_as(sim, forger, name))
    assert report.result_of(Check.KEY).reason is Reason.KEY_NOT_AUTHORISED
    assert sim.asked == []


@pytest.mark.parametrize(
    "name",
    [DID_KEY, "did:web:voltpass.example:issuers:vbk", "key-1", "urn:uuid:1"],
    ids=["did-key", "did-web", "bare", "urn"],
)
def test_a_name_without_fragment_is_no_key(name: str) -> None:
    """A did:key without fragment, or the issuer itself, names no key of the issuer's document."""
    sim = Simulator()
    unverified = replace(open_unverified(sim.award().text), unverified_key_id=name)
    report = verify(unverified, sim.policy, now=sim.now)
    assert report.result_of(Check.KEY).reason is Reason.KEY_NOT_AUTHORISED
    assert sim.asked == []


def test_an_issuer_that_is_a_key_is_resolved_without_asking() -> None:
    """did:key: the identifier is the document; with the trust list's consent it is an issuer like any other."""
    sim = Simulator()
    signer = MemorySigner.generate(Algorithm.ED25519)
    issuer = did_key(signer.public_key)
    provider = sim.found_provider("key", issuer_id=issuer)
    provider.signers[Algorithm.ED25519] = signer
    award = sim.award(provider=provider, credentialStatus=None)
    report = sim.verify(award)
    assert report.accept() == award.credential
    assert sim.asked == []


def test_a_did_key_cannot_vouch_for_a_key_at_an_address() -> None:
    """A did:key has no host, so no address is its own."""
    sim = Simulator()
    issuer = did_key(MemorySigner.generate(Algorithm.ED25519).public_key)
    signer = sim.provider.signers[Algorithm.P256]
    text = seal(
        RawDocument(sim.document(issuer={"id": issuer, "type": ["Profile"], "name": "x"})), signer, created=sim.now
    ).text
    assert sim.verify(text).result_of(Check.KEY).reason is Reason.KEY_NOT_AUTHORISED
    assert sim.asked == []


def test_an_issuer_may_be_a_web_address() -> None:
    """https: the document lies at the issuer's identifier itself."""
    sim = Simulator()
    provider = sim.found_provider("https", issuer_id=f"{BASE}/issuers/https")
    award = sim.award(provider=provider)
    assert sim.verify(award).accept() == award.credential
    assert sim.asked[0] == f"{BASE}/issuers/https"


@pytest.mark.parametrize(
    "issuer",
    [
        pytest.param("urn:uuid:5c0fca9c-9e5a-4f0e-8a51-4a2c2d8a1c11", id="no address"),
        pytest.param("did:example:123", id="unknown method"),
        pytest.param("did:web:127.0.0.1", id="did:web at a number"),
        pytest.param("did:web:localhost%3A8000:issuers:vbk", id="this machine, without the setting"),
        pytest.param("http://voltpass.example/issuers/vbk", id="without TLS"),
        pytest.param("did:key:zNotAKey", id="did:key that is no key"),
    ],
)
def test_an_issuer_that_leads_nowhere_leaves_the_question_open(issuer: str) -> None:
    """An identifier that cannot be resolved proves nothing, for or against."""
    sim = Simulator()
    signer = MemorySigner.generate(Algorithm.ED25519)
    text = sealed_as(sim, signer, f"{issuer}#key", issuer={"id": issuer, "type": ["Profile"], "name": "x"})
    report = sim.verify(text)
    assert report.verdict is Verdict.COULD_NOT_CHECK
    assert report.result_of(Check.KEY).reason in {Reason.KEY_UNREACHABLE, Reason.KEY_DOCUMENT_INVALID}


def test_a_development_issuer_lives_on_this_machine() -> None:
    """With the setting, did:web:localhost is read over plain http from this very machine."""
    sim = Simulator()
    with loopback_server({}) as server:
        issuer = f"did:web:localhost%3A{server.port}:issuers:dev"
        provider = sim.found_provider("dev", issuer_id=issuer)
        document = json.dumps(provider.controller().to_json()).encode()
        server.answers["/issuers/dev/did.json"] = answer(document, "Content-Type: application/did+json")
        sim.connect(NetworkDoor(allow_loopback=True))
        award = sim.award(provider=provider, credentialStatus=None)
        assert sim.verify(award).verdict is Verdict.COULD_NOT_CHECK
        assert server.connections == 0
        report = sim.verify(award, policy=replace(sim.policy, allow_loopback=True))
        assert report.verdict is Verdict.VALID
        evidence = report.result_of(Check.KEY).evidence[0]
    assert (evidence.source, evidence.looked_at) == ("network", f"http://localhost:{server.port}/issuers/dev/did.json")


def with_end(sim: Simulator, **ends: datetime) -> None:
    def edit(document: dict[str, Any]) -> None:
        for method in document["verificationMethod"]:
            method.update({name: write_instant(end) for name, end in ends.items()})

    edited(sim, edit)


BOTH_FORMS = [pytest.param(Algorithm.ED25519, id="data-integrity"), pytest.param(Algorithm.P256, id="vc-jwt")]


@pytest.mark.parametrize("algorithm", BOTH_FORMS)
@pytest.mark.parametrize(
    ("end", "shift", "reason"),
    [
        pytest.param("expires", SECOND, None, id="sealed before the key expired"),
        pytest.param("expires", 0 * SECOND, None, id="sealed as the key expired"),
        pytest.param("expires", -SECOND, Reason.KEY_EXPIRED, id="sealed after the key expired"),
        pytest.param(
            "revoked", SECOND, Reason.SEAL_REGISTER_UNREACHABLE, id="sealed before the key was revoked, says the paper"
        ),
        pytest.param("revoked", 2 * DAY, None, id="the key is going to be revoked"),
        pytest.param("revoked", 0 * SECOND, Reason.KEY_REVOKED, id="sealed as the key was revoked"),
        pytest.param("revoked", -SECOND, Reason.KEY_REVOKED, id="sealed after the key was revoked"),
    ],
)
def test_a_key_speaks_until_its_end(end: str, shift: timedelta, reason: Reason | None, algorithm: Algorithm) -> None:
    """To the second: a key may be used up to its expiry, and no longer from the moment of its revocation on.

    That a paper says it is older than the revocation is not enough: without a register the question stays open.
    """
    sim = Simulator()
    with_end(sim, **{end: START + shift})
    award = sim.award(algorithm, created=START)
    sim.now += timedelta(days=1)
    assert sim.verify(award, policy=sim.policy).result_of(Check.KEY).reason is reason


def test_revocation_outweighs_expiry() -> None:
    """A key that ended both ways was disowned."""
    sim = Simulator()
    with_end(sim, expires=START - SECOND, revoked=START - SECOND)
    assert key_result(sim).reason is Reason.KEY_REVOKED


@pytest.mark.parametrize("end", ["expires", "revoked"])
def test_without_a_moment_of_sealing_an_ended_key_says_nothing(end: str) -> None:
    """Who leaves the moment out cannot make an old key speak again."""
    sim = Simulator()
    unverified = replace(open_unverified(sim.award().text), unverified_created=None)
    assert verify(unverified, sim.policy, now=sim.now).result_of(Check.KEY).reason is None
    with_end(sim, **{end: START + timedelta(days=365)})
    report = verify(unverified, sim.policy, now=sim.now)
    assert report.result_of(Check.KEY).reason is Reason.SEALING_TIME_UNKNOWN
    assert report.verdict is Verdict.COULD_NOT_CHECK


def test_a_key_listed_twice_speaks_only_as_long_as_both_entries_let_it() -> None:
    """A second entry does not bring a disowned key back."""
    sim = Simulator()

    def edit(document: dict[str, Any]) -> None:
        method = first_method(document)
        again = {**method, "id": f"{method['id']}-again", "revoked": write_instant(START)}
        document["verificationMethod"].append(again)
        document["assertionMethod"].append(again["id"])

    edited(sim, edit)
    assert key_result(sim).reason is Reason.KEY_REVOKED
