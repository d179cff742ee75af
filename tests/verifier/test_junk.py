"""Whatever strangers, issuers and servers send: a report or one of our own errors comes out, and never a green one."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.status_list import StatusPurpose
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.multibase import base64url_encode
from keys.signer import MemorySigner
from tests.simulator import Simulator
from verifier.errors import TrustListRejected, Unreachable
from verifier.network import NetworkDoor
from verifier.report import Verdict
from verifier.trust import TRUST_LIST_TYPE, open_trust_list
from verifier.verify import verify

pytestmark = pytest.mark.slow

SIM = Simulator()
AWARDS = [SIM.award(algorithm) for algorithm in Algorithm]
KEEPER = MemorySigner.generate(Algorithm.P256)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for name in value:
            found += paths(value[name], (*path, name))
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += paths(item, (*path, index))
    return found


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


@st.composite
def changed_somewhere(draw: st.DrawFn, document: Any) -> Any:
    path = draw(st.sampled_from(paths(document)))
    return changed(document, path, draw(JSON))


DOCUMENT = json.loads(AWARDS[0].text)
CONTROLLER = json.loads(json.dumps(SIM.provider.controller().to_json()))
LIST = json.loads(SIM.sealed_list(StatusPurpose.REVOCATION))


@settings(max_examples=150, deadline=None)
@given(changed_somewhere(DOCUMENT))
def test_a_paper_changed_anywhere_is_never_valid(document: Any) -> None:
    """Any member of a sealed credential, replaced by anything else, leaves nothing to accept."""
    if document == DOCUMENT:
        return
    try:
        unverified = open_unverified(json.dumps(document))
    except CredentialError:
        return
    report = verify(unverified, SIM.policy, now=SIM.now)
    assert report.verdict is not Verdict.VALID or report.accept().to_json() == AWARDS[0].credential.to_json()
    json.dumps(report.to_json(), ensure_ascii=False).encode()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_opened_or_refused(data: bytes) -> None:
    """Opening raises our own errors and nothing else."""
    try:
        unverified = open_unverified(data)
    except CredentialError:
        return
    assert verify(unverified, SIM.policy, now=SIM.now).verdict is not Verdict.VALID


@settings(max_examples=100, deadline=None)
@given(BODIES | changed_somewhere(CONTROLLER).map(lambda value: json.dumps(value).encode()), st.sampled_from(AWARDS))
def test_any_controller_document_has_a_report(body: bytes, award: Any) -> None:
    """An issuer's server may answer anything; the gate reports, and believes no key it did not find there."""
    sim = Simulator()
    sim.providers, sim.provider, sim.entries = SIM.providers, SIM.provider, SIM.entries
    sim.override(sim.did_url(), body)
    report = sim.verify(award)
    if report.verdict is Verdict.VALID:
        assert award.provider.signers[Algorithm.ED25519].public_key.multikey.encode() in body


@settings(max_examples=100, deadline=None)
@given(BODIES | changed_somewhere(LIST).map(lambda value: json.dumps(value).encode()), st.sampled_from(StatusPurpose))
def test_any_status_list_has_a_report(body: bytes, purpose: StatusPurpose) -> None:
    """A list server may answer anything; only a list sealed by the issuer is good news."""
    sim = Simulator()
    sim.providers, sim.provider, sim.entries = SIM.providers, SIM.provider, SIM.entries
    sim.override(sim.provider.list_url(purpose), body)
    report = sim.verify(AWARDS[0])
    if report.verdict is Verdict.VALID:
        assert json.loads(body) == LIST


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_any_key_document_has_a_report(body: bytes) -> None:
    """A key server may answer anything; no key of ours comes out of junk."""
    sim = Simulator()
    sim.providers, sim.provider, sim.entries = SIM.providers, SIM.provider, SIM.entries
    sim.override(sim.provider.signers[Algorithm.P256].verification_method, body)
    assert sim.verify(AWARDS[1]).verdict is not Verdict.VALID


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_identifiers_have_a_report(issuer: str, key: str) -> None:
    """Issuer and key may be called anything."""
    unverified = replace(open_unverified(AWARDS[0].text), unverified_issuer_id=issuer, unverified_key_id=key)
    assert verify(unverified, SIM.policy, now=SIM.now).verdict is not Verdict.VALID


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_signed_claims_are_a_trust_list_or_refused(claims: Any) -> None:
    """Even what the keeper signed must be a trust list to be one."""
    head = base64url_encode(json.dumps({"alg": "ES256", "typ": TRUST_LIST_TYPE}).encode())
    text = f"{head}.{base64url_encode(json.dumps(claims).encode())}"
    signed = f"{text}.{base64url_encode(KEEPER.sign(text.encode()))}"
    try:
        open_trust_list(signed, KEEPER.public_key)
    except TrustListRejected:
        return
    raise AssertionError("a random document was taken for a trust list")


def nowhere(host: str, port: int) -> list[str]:
    raise socket.gaierror("test")


DOOR = NetworkDoor(resolve=nowhere)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60)
    | st.from_regex(r"https?://[ -~]{0,40}", fullmatch=True)
    | st.from_regex(r"https://[a-z0-9.\-\[\]:@%]{1,30}/[ -~]{0,10}", fullmatch=True)
)
def test_any_address_is_unreachable_without_a_network(url: str) -> None:
    """The network door raises Unreachable for every text that leads nowhere."""
    try:
        DOOR.get(url, accept="*/*")
    except Unreachable:
        return
    raise AssertionError("something answered")
