"""Presentations at VCALM's verifier: the holder's proof with challenge and domain, and each credential at the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from credentials.data_integrity import create_proof
from credentials.presentation import open_presentation
from credentials.seal import seal
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.simulator import RawDocument, Simulator, tamper
from tests.vcalm import DI_TYPES, SHOW, VC_2, WRONG, Holder, client_of, enveloped, refused
from verifier.documents import FetchedDocument
from verifier.errors import Unreachable
from verifier.presentations import MOST_DOCUMENTS, Asked, verify_presentation
from verifier.report import Verdict
from verifier.web.vcalm import PLAIN


@pytest.fixture(scope="module")
def world() -> Simulator:
    return Simulator()


@pytest.fixture(scope="module")
def client(world: Simulator) -> Iterator[FlaskClient]:
    with client_of(world) as opened:
        yield opened


@pytest.fixture
def holder(world: Simulator) -> Holder:
    return Holder(world)


def show(client: FlaskClient, presentation: object, **options: object) -> TestResponse:
    return client.post(SHOW, json={"verifiablePresentation": presentation, "options": options})


def test_a_presentation_with_both_kinds_of_credentials_is_verified(
    client: FlaskClient, world: Simulator, holder: Holder
) -> None:
    """The holder's proof with challenge and domain, and each credential through the gate."""
    shown = holder.show(json.loads(world.award().text), enveloped(world.award(Algorithm.P256).text))
    response = show(client, shown, challenge="c-1", domain="shop.example", returnPresentation=True)
    assert response.status_code == 200, response.text
    told = response.get_json()
    assert told["verified"] is True
    assert told["verifiablePresentation"] == shown
    assert told["results"]["presentation"]["challenge"] == {"verified": True, "input": "c-1"}
    assert told["results"]["presentation"]["domain"] == {"verified": True, "input": "shop.example"}
    assert told["results"]["presentation"]["holder"] == {"verified": True, "input": holder.id}
    assert [proof["verified"] for proof in told["results"]["presentation"]["proof"]] == [True]
    assert [each["verified"] for each in told["results"]["credentials"]] == [True, True]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"challenge": "c-2"}, "INVALID_CHALLENGE_ERROR", id="other-challenge"),
        pytest.param({"domain": "thief.example"}, "INVALID_DOMAIN_ERROR", id="other-domain"),
    ],
)
def test_a_proof_made_for_another_occasion_is_refused(
    client: FlaskClient, holder: Holder, options: dict[str, str], problem: str
) -> None:
    """A presentation that was overheard cannot be shown again elsewhere."""
    assert refused(show(client, holder.show(), **options), "holder_proof_refused")["type"] == f"{DI_TYPES}{problem}"


def test_a_proof_that_answers_nothing_does_not_answer_a_challenge(client: FlaskClient, holder: Holder) -> None:
    """Leaving the challenge out is no answer."""
    document: dict[str, Any] = {"@context": [VC_2], "type": ["VerifiablePresentation"], "holder": holder.id}
    said = {"proofPurpose": "authentication"}
    document["proof"] = create_proof(document, holder.signer, created=holder.world.now, said=said)
    assert show(client, document).status_code == 200
    refused(show(client, document, challenge="c-1"), "holder_proof_refused")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({"proofPurpose": "assertionMethod"}, "unsupported_proof", id="other-purpose"),
        pytest.param({"expires": "2020-01-01T00:00:00Z"}, "holder_proof_refused", id="expired"),
        pytest.param({"created": "2999-01-01T00:00:00Z"}, "holder_proof_refused", id="made-in-future"),
        pytest.param({"verificationMethod": "did:key:zNobody#zNobody"}, "holder_proof_refused", id="no-key"),
        pytest.param({"verificationMethod": "https://a.example/k"}, "holder_proof_refused", id="key-nowhere"),
        pytest.param({"verificationMethod": "did:web:gone.example#k"}, "holder_proof_refused", id="unreachable"),
    ],
)
def test_a_proof_that_does_not_count_is_refused(
    client: FlaskClient, holder: Holder, said: dict[str, str], code: str
) -> None:
    """Purpose, period and key of the holder's proof are looked at."""
    refused(show(client, holder.show(said=said)), code)


def test_a_presentation_of_another_holder_is_refused(client: FlaskClient, holder: Holder) -> None:
    """Who signs is who is named."""
    refused(show(client, holder.show(holder="did:key:z6MkotherMan")), "holder_proof_refused")


def test_a_changed_presentation_is_refused(client: FlaskClient, world: Simulator, holder: Holder) -> None:
    """Putting another credential in breaks the holder's proof."""
    shown = holder.show(json.loads(world.award().text))
    shown["verifiableCredential"] = [json.loads(world.award().text)]
    refused(show(client, shown), "holder_proof_refused")


def test_a_holder_with_a_did_document_uses_a_key_for_authentication(world: Simulator) -> None:
    """did:web: only what the document lists under authentication counts."""
    holder, did = Holder(world), "did:web:holder.example"
    method = {"id": f"{did}#k", "type": "Multikey", "controller": did}
    method["publicKeyMultibase"] = holder.signer.public_key.multikey
    shown = holder.show(said={"verificationMethod": f"{did}#k"}, holder=did)
    for relation, status in (("authentication", 200), ("assertionMethod", 400)):
        document = {"@context": [], "id": did, "verificationMethod": [method], relation: [f"{did}#k"]}
        world.override("https://holder.example/.well-known/did.json", document)
        assert show(client_of(world), shown).status_code == status


def test_one_bad_credential_spoils_the_presentation(world: Simulator, holder: Holder) -> None:
    """The holder's proof does not make up for an altered credential."""
    broken = json.loads(tamper(world.award().text, lambda document: document.update(name="Another")))
    shown = holder.show(json.loads(world.award().text), broken)
    told = show(client_of(world, PLAIN), shown).get_json()
    assert told["verified"] is False
    assert [each["verified"] for each in told["results"]["credentials"]] == [True, False]
    assert told["results"]["presentation"]["holder"]["verified"] is True
    refused(show(client_of(world), shown), "seal_broken")


def test_a_presentation_without_proof_comes_under_a_name_of_its_own(client: FlaskClient, world: Simulator) -> None:
    """Nothing is said of its holder; under the other name the proof is missing."""
    bare = {"@context": [VC_2], "type": ["VerifiablePresentation"], "holder": "did:key:z6Mk"}
    bare["verifiableCredential"] = [json.loads(world.award().text)]
    told = client.post(SHOW, json={"presentation": bare})
    assert (told.status_code, told.get_json()["verified"]) == (200, True)
    assert told.get_json()["results"]["presentation"]["holder"]["verified"] is False
    refused(show(client, bare), "holder_proof")
    refused(client.post(SHOW, json={"presentation": Holder(world).show()}), "holder_proof")
    refused(client.post(SHOW, json={"presentation": bare, "verifiablePresentation": bare}), "two_presentations")


@pytest.mark.parametrize("value", [*WRONG, pytest.param(..., id="missing")])
@pytest.mark.parametrize("member", ["@context", "type", "holder", "verifiableCredential", "proof"])
def test_a_malformed_presentation_is_refused(
    client: FlaskClient, world: Simulator, holder: Holder, member: str, value: object
) -> None:
    """Members of the wrong kind, and credentials that are no objects."""
    shown = holder.show(json.loads(world.award().text))
    shown.pop(member) if value is ... else shown.update({member: value})
    assert show(client, shown).status_code == 400


def test_too_many_credentials_are_not_looked_at(client: FlaskClient, holder: Holder) -> None:
    """One request does not keep a worker for ever."""
    shown = {**holder.show(), "verifiableCredential": [{}] * 51}
    refused(show(client, shown), "too_complex", 413)


@pytest.mark.parametrize("end", ["expires", "revoked"])
def test_a_key_that_has_ended_proves_no_holder(world: Simulator, end: str) -> None:
    """The holder's own document says until when a key counts."""
    holder, did = Holder(world), "did:web:ended.example"
    method = {"id": f"{did}#k", "type": "Multikey", "controller": did, end: "2026-01-01T00:00:00Z"}
    method["publicKeyMultibase"] = holder.signer.public_key.multikey
    document = {"@context": [], "id": did, "verificationMethod": [method], "authentication": [f"{did}#k"]}
    world.override("https://ended.example/.well-known/did.json", document)
    shown = holder.show(said={"verificationMethod": f"{did}#k"}, holder=did)
    refused(show(client_of(world), shown), "holder_proof_refused")


def test_every_proof_of_a_presentation_counts(client: FlaskClient, holder: Holder) -> None:
    """One that cannot be checked is told, and none rests on another."""
    shown = holder.show()
    unknown = {**shown["proof"], "cryptosuite": "bbs-2023"}
    refused(show(client, {**shown, "proof": [shown["proof"], unknown]}), "unsupported_proof")
    bare = {name: value for name, value in shown.items() if name != "proof"}
    first = holder.show(said={"id": "urn:proof:1"})["proof"]
    said = {"proofPurpose": "authentication", "previousProof": "urn:proof:1"}
    second = create_proof({**bare, "proof": [first]}, holder.signer, created=holder.world.now, said=said)
    refused(show(client, {**bare, "proof": [first, second]}), "holder_proof_refused")
    report = verify_presentation(
        open_presentation({**shown, "proof": [shown["proof"], unknown]}),
        holder.world.policy,
        Asked(),
        now=holder.world.now,
    )
    assert not report.holder_is_proven


def test_a_kind_of_proof_that_the_policy_does_not_accept_is_refused(holder: Holder) -> None:
    """The allow-list of the gate holds for holders too."""
    policy = replace(holder.world.policy, accepted_mechanisms=frozenset({"ES256"}))
    report = verify_presentation(open_presentation(holder.show()), policy, Asked(), now=holder.world.now)
    assert not report.holder_is_proven


def test_a_presentation_is_worth_so_many_look_ups_and_no_more(world: Simulator) -> None:
    """Fifty credentials of fifty issuers do not send the gate around the world."""
    asked: list[str] = []

    class Elsewhere:
        def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
            asked.append(url)
            raise Unreachable(url, "nobody is there")

    shown = []
    for number in range(50):
        issuer = f"did:web:issuer{number}.example"
        signer = MemorySigner.generate(Algorithm.ED25519, f"{issuer}#key")
        document = {"@context": [VC_2], "type": ["VerifiableCredential"], "issuer": issuer}
        document["credentialSubject"] = {"id": "urn:a:b"}
        shown.append(json.loads(seal(RawDocument(document), signer, created=world.now).text))
    presentation = {"@context": [VC_2], "type": ["VerifiablePresentation"], "verifiableCredential": shown}
    policy = replace(world.policy, documents=Elsewhere())
    report = verify_presentation(open_presentation(presentation), policy, Asked(), now=world.now)
    assert len(asked) == MOST_DOCUMENTS
    assert {each.report.verdict for each in report.credentials} == {Verdict.COULD_NOT_CHECK}


def test_a_proof_is_older_than_the_clocks_may_differ(client: FlaskClient, holder: Holder) -> None:
    """A clock that runs a little ahead is forgiven, within the gate's tolerance."""
    soon = holder.world.now + timedelta(seconds=30)
    said = {"created": f"{soon:%Y-%m-%dT%H:%M:%SZ}"}
    assert show(client, holder.show(said=said)).status_code == 200
