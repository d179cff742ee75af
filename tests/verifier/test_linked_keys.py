"""KEY of a token: an address or a key brought along, which counts only when the issuer's own document lists it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from credentials.seal import seal
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode, base64url_encode
from keys.signer import MemorySigner
from tests.simulator import BASE, RawDocument, Simulator
from verifier.reasons import Check, Reason
from verifier.report import CheckResult, Verdict


def key_result(sim: Simulator) -> CheckResult:
    return sim.verify(sim.award(Algorithm.P256)).result_of(Check.KEY)


def edited(sim: Simulator, edit: Callable[[dict[str, Any]], Any]) -> None:
    """The issuer's document with something changed."""
    document = json.loads(json.dumps(sim.provider.controller().to_json()))
    edit(document)
    sim.override(sim.did_url(), document)


def sealed_as(sim: Simulator, signer: MemorySigner, key_id: str) -> str:
    signer.verification_method = key_id
    return seal(RawDocument(sim.document()), signer, created=sim.now).text


def key_url(sim: Simulator) -> str:
    return sim.provider.signers[Algorithm.P256].verification_method


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(None, Reason.KEY_UNREACHABLE, id="not to be had"),
        pytest.param("<html>", Reason.KEY_DOCUMENT_INVALID, id="a web page"),
        pytest.param({"keys": []}, Reason.KEY_DOCUMENT_INVALID, id="a key set"),
        pytest.param(
            MemorySigner.generate(Algorithm.P256).public_key.to_jwk(), Reason.KEY_NOT_AUTHORISED, id="another key"
        ),
    ],
)
def test_the_key_at_an_address_must_be_the_issuers(body: Any, reason: Reason) -> None:
    """The bare JWK must be had, be a key, and stand in the issuer's own document too."""
    sim = Simulator()
    sim.override(key_url(sim), body)
    assert key_result(sim).reason is reason


def spoil_key(**members: Any) -> Callable[[dict[str, Any]], None]:
    """Change the key for tokens in both places where it stands: as Multikey and as JsonWebKey."""

    def edit(document: dict[str, Any]) -> None:
        for method in document["verificationMethod"][1:]:
            method.update(members)

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda d: d.update(assertionMethod=d["assertionMethod"][:1]), id="not for assertions"),
        pytest.param(spoil_key(controller="did:web:other.example"), id="of another controller"),
        pytest.param(lambda d: d.update(verificationMethod=d["verificationMethod"][:1]), id="not contained"),
    ],
)
def test_the_key_at_an_address_must_be_listed_for_assertions(edit: Callable[[dict[str, Any]], None]) -> None:
    """An address makes no key the issuer's: its document must list the key for sealing, as its own."""
    sim = Simulator()
    assert key_result(sim).reason is None
    edited(sim, edit)
    assert key_result(sim).reason is Reason.KEY_NOT_AUTHORISED


@pytest.mark.parametrize(
    ("issuer", "address", "reason"),
    [
        pytest.param("localhost%3A8000", "http://127.0.0.1:8000/k", None, id="this machine by name and by number"),
        pytest.param("localhost%3A8000", "http://localhost:8000/k", None, id="this machine by name"),
        pytest.param("localhost%3A8000", "http://localhost:9000/k", Reason.KEY_NOT_AUTHORISED, id="another port"),
        pytest.param("localhost%3A8000", "http://other.example:8000/k", Reason.KEY_NOT_AUTHORISED, id="elsewhere"),
        pytest.param(
            "other.example%3A8000", "https://127.0.0.1:8000/k", Reason.KEY_NOT_AUTHORISED, id="issuer elsewhere"
        ),
    ],
)
def test_on_this_machine_name_and_number_are_one_host(issuer: str, address: str, reason: Reason | None) -> None:
    """did:web cannot spell 127.0.0.1, so a development issuer's links may; nobody else's may."""
    sim = Simulator()
    provider = sim.found_provider("dev", issuer_id=f"did:web:{issuer}:issuers:dev")
    place = "http://localhost:8000" if issuer.startswith("localhost") else "https://other.example:8000"
    sim.override(f"{place}/issuers/dev/did.json", provider.controller().to_json())
    signer = provider.signers[Algorithm.P256]
    signer.verification_method = address
    sim.override(address, signer.public_key.to_jwk())
    award = sim.award(Algorithm.P256, provider=provider, credentialStatus=None)
    report = sim.verify(award, policy=replace(sim.policy, allow_loopback=True))
    assert report.result_of(Check.KEY).reason is reason


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://forger.example/keys/1", id="another host"),
        pytest.param("https://voltpass.example.forger.example/keys/1", id="a longer host"),
        pytest.param("https://voltpass.example:8443/keys/1", id="another port"),
        pytest.param("http://voltpass.example/keys/1", id="without TLS"),
    ],
)
def test_a_key_elsewhere_is_refused_without_asking(address: str) -> None:
    """A paper cannot send the gate to an address that is not its issuer's, not even for the right key."""
    sim = Simulator()
    signer = sim.provider.signers[Algorithm.P256]
    sim.override(address, signer.public_key.to_jwk())
    report = sim.verify(sealed_as(sim, signer, address))
    assert report.result_of(Check.KEY).reason is Reason.KEY_NOT_AUTHORISED
    assert sim.asked == [sim.did_url()]


def test_a_forger_with_a_key_at_the_issuers_host_is_still_no_issuer() -> None:
    """Whoever may put a file on the host has not become the issuer."""
    sim = Simulator()
    forger = MemorySigner.generate(Algorithm.P256)
    address = f"{BASE}/uploads/key.json"
    sim.override(address, forger.public_key.to_jwk())
    report = sim.verify(sealed_as(sim, forger, address))
    assert report.result_of(Check.KEY).reason is Reason.KEY_NOT_AUTHORISED
    assert sim.asked == [sim.did_url(), address]


@pytest.mark.parametrize("spelling", ["multikey", "thumbprint"])
def test_a_jwt_may_name_its_key_by_did_url(spelling: str) -> None:
    """A kid with fragment is looked up in the issuer's document like any other method, Multikey or JsonWebKey."""
    sim = Simulator()
    signer = sim.provider.signers[Algorithm.P256]
    signer.verification_method = f"{sim.provider.issuer_id}#{getattr(signer.public_key, spelling)}"
    award = sim.award(Algorithm.P256)
    assert sim.verify(award).accept() == award.credential
    assert key_url(sim) not in sim.asked


def sealed_with_header(sim: Simulator, signer: MemorySigner, **members: Any) -> str:
    """A token whose header holds more or other than ours, under the signature of `signer`."""
    head, payload, _ = sim.award(Algorithm.P256).text.split(".")
    header = {**json.loads(base64url_decode(head)), **members}
    kept = {name: value for name, value in header.items() if value is not None}
    data = f"{base64url_encode(json.dumps(kept).encode())}.{payload}"
    return f"{data}.{base64url_encode(signer.sign(data.encode()))}"


def test_a_key_brought_along_only_names_itself() -> None:
    """A jwk header counts when the issuer lists that very key, and proves nothing otherwise."""
    sim = Simulator()
    own = sim.provider.signers[Algorithm.P256]
    ours = sealed_with_header(sim, own, kid=None, jwk=own.public_key.to_jwk())
    assert sim.verify(ours).verdict is Verdict.VALID
    forger = MemorySigner.generate(Algorithm.P256)
    theirs = sealed_with_header(sim, forger, kid=None, jwk=forger.public_key.to_jwk())
    assert sim.verify(theirs).result_of(Check.KEY).reason is Reason.KEY_NOT_FOUND
    assert sim.verify(theirs).verdict is Verdict.ALTERED
