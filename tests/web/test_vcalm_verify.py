"""VCALM's verifier: its shapes, its problems, holders' proofs, and no malformed request that gets anything but 400."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from credentials.seal import seal
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.simulator import RawDocument, Simulator, tamper
from tests.vcalm import DI_TYPES, VC_2, VC_TYPES, VERIFY, WRONG, ask, client_of, enveloped, refused
from verifier.web.vcalm import PLAIN
from verifier.web.vcalm_request import LARGEST_REQUEST


@pytest.fixture(scope="module")
def world() -> Simulator:
    return Simulator()


@pytest.fixture(scope="module")
def client(world: Simulator) -> Iterator[FlaskClient]:
    with client_of(world) as opened:
        yield opened


# One credential


def test_a_good_credential_is_verified(client: FlaskClient, world: Simulator) -> None:
    """200, verified, no problems; the credential and the results only when asked for."""
    given = json.loads(world.award().text)
    response = ask(client, given)
    assert (response.status_code, response.get_json()) == (200, {"verified": True, "problemDetails": []})
    told = ask(client, given, returnCredential=True, returnResults=True, returnProblemDetails=False).get_json()
    assert told["credential"] == given
    assert "problemDetails" not in told
    results = told["results"]
    assert results["validFrom"] == {"verified": True, "input": given["validFrom"]}
    assert results["validUntil"] == {"verified": True, "input": given["validUntil"]}
    assert results["credentialStatus"] == [{"value": 0, "verified": True, "input": given["credentialStatus"]}]
    assert results["proof"] == [{"verified": True, "input": given["proof"]}]


def test_an_enveloped_credential_is_verified(client: FlaskClient, world: Simulator) -> None:
    """A token comes inside an EnvelopedVerifiableCredential (VC Data Model 2.0, section 4.13)."""
    response = ask(client, enveloped(world.award(Algorithm.P256).text))
    assert (response.status_code, response.get_json()["verified"]) == (200, True)


def test_a_credential_of_another_kind_is_held_against_the_data_model_only(client: FlaskClient) -> None:
    """Versions 2.0 and 1.1 of any type verify; an issuer off the trust list is a warning."""
    signer = MemorySigner.generate(Algorithm.ED25519)
    issuer = signer.verification_method.partition("#")[0]
    plain = {"@context": [VC_2], "type": ["VerifiableCredential"], "issuer": issuer, "credentialSubject": {"id": "a:b"}}
    response = ask(client, signed(plain, signer))
    assert (response.status_code, response.get_json()["verified"]) == (200, True), response.text
    codes = {problem["code"] for problem in response.get_json()["problemDetails"]}
    assert "issuer_unknown" in codes


def test_version_1_1_is_verified(client: FlaskClient) -> None:
    """Under its own names of the dates, which are looked at like the new ones."""
    signer = MemorySigner.generate(Algorithm.ED25519)
    document = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/data-integrity/v2"],
        "type": ["VerifiableCredential"],
        "issuer": signer.verification_method.partition("#")[0],
        "issuanceDate": "2024-01-01T00:00:00Z",
        "expirationDate": "2025-01-01T00:00:00Z",
        "credentialSubject": {"id": "urn:a:b"},
    }
    told = ask(client, signed(document, signer)).get_json()
    assert told["verified"] is True
    assert "expired" in {problem["code"] for problem in told["problemDetails"]}


def signed(document: dict[str, Any], signer: MemorySigner) -> dict[str, Any]:
    world = Simulator()
    sealed: dict[str, Any] = json.loads(seal(RawDocument(document), signer, created=world.now).text)
    return sealed


@pytest.mark.parametrize(
    ("act", "code"),
    [
        pytest.param(Simulator.revoke, "revoked", id="revoked"),
        pytest.param(Simulator.suspend, "suspended", id="suspended"),
        pytest.param(Simulator.expire, "expired", id="expired"),
    ],
)
def test_status_and_validity_are_warnings(act: Callable[[Simulator, Any], None], code: str) -> None:
    """VCALM: verified stays true, the warning says what stands against the credential."""
    world = Simulator()
    award = world.award()
    act(world, award)
    result = ask(client_of(world), json.loads(award.text), returnResults=True)
    assert result.status_code == 200
    told = result.get_json()
    assert told["verified"] is True
    assert [problem["code"] for problem in told["problemDetails"]] == [code]
    assert told["problemDetails"][0]["type"] == f"urn:voltpass:problem:{code}"
    if code == "expired":
        assert told["results"]["validUntil"]["verified"] is False
    else:
        assert told["results"]["credentialStatus"][0] | {"input": None} == {
            "value": 1,
            "verified": False,
            "input": None,
        }


def test_a_changed_credential_is_refused_or_not_verified_as_the_instance_says(world: Simulator) -> None:
    """400 with problem details by default; 200 and verified: false where the instance is set so."""
    broken = json.loads(tamper(world.award().text, lambda document: document.update(name="Another")))
    client = client_of(world, "school")
    problem = refused(ask(client, broken), "seal_broken")
    assert problem["type"] == f"{DI_TYPES}PROOF_VERIFICATION_ERROR"
    assert problem["verified"] is False
    response = ask(client, broken, "/vc/school/credentials/verify")
    assert (response.status_code, response.get_json()["verified"]) == (200, False)
    assert response.get_json()["problemDetails"][0]["code"] == "seal_broken"
    plain = client_of(world, PLAIN)
    assert ask(plain, broken).status_code == 200
    assert ask(plain, broken, "/vc/school/credentials/verify").status_code == 400


def test_an_instance_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    """Only named instances answer."""
    assert client.post("/vc/nobody/credentials/verify", json={}).status_code == 404
    assert client.post("/vc/nobody/presentations/verify", json={}).status_code == 404


@pytest.mark.parametrize("member", ["@context", "type", "issuer", "credentialSubject", "proof"])
@pytest.mark.parametrize("value", [*WRONG, pytest.param(..., id="missing")])
def test_a_malformed_credential_is_refused(client: FlaskClient, world: Simulator, member: str, value: object) -> None:
    """Each member that every credential needs, left out or of the wrong kind: 400 with a problem."""
    given = json.loads(world.award().text)
    given.pop(member) if value is ... else given.update({member: value})
    response = ask(client, given)
    assert response.status_code == 400, response.text
    problem = response.get_json()
    assert problem["type"].startswith(("https://www.w3.org/", "https://w3id.org/"))
    assert problem["verified"] is False


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"credentialSubject": True}, id="subject-is-no-object"),
        pytest.param({"credentialSubject": {}}, id="subject-says-nothing"),
        pytest.param({"credentialSubject": ...}, id="no-subject"),
        pytest.param({"credentialSchema": {"type": "JsonSchema"}}, id="schema-without-id"),
        pytest.param({"credentialStatus": {"id": "urn:a:b"}}, id="status-without-type"),
        pytest.param({"validFrom": "2026-01-01"}, id="date-without-time"),
        pytest.param(
            {"validFrom": "2026-01-02T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}, id="ends-before-it-begins"
        ),
    ],
)
def test_a_plain_credential_with_a_good_proof_still_has_to_follow_the_data_model(
    client: FlaskClient, changes: dict[str, Any]
) -> None:
    """Signing does not make a credential of a document that is none."""
    signer = MemorySigner.generate(Algorithm.ED25519)
    issuer = signer.verification_method.partition("#")[0]
    document = {"@context": [VC_2], "id": "urn:a:b", "type": ["VerifiableCredential"], "issuer": issuer}
    document |= {"credentialSubject": {"id": "urn:c:d"}, **changes}  # type: ignore[dict-item]
    given = signed({name: value for name, value in document.items() if value is not ...}, signer)
    refused(ask(client, given), "malformed_credential")


# The request


@pytest.mark.parametrize("value", WRONG)
def test_a_request_without_an_object_for_the_credential_is_refused(client: FlaskClient, value: object) -> None:
    """No credential, or something else in its place."""
    refused(ask(client, value), "no_verifiable_credential")
    refused(client.post(VERIFY, json={}), "no_verifiable_credential")


def test_an_option_nobody_knows_is_refused(client: FlaskClient, world: Simulator) -> None:
    """An option that would be ignored is a promise that would not be kept."""
    given = json.loads(world.award().text)
    problem = refused(ask(client, given, checkNothing=True), "unknown_option")
    assert problem["type"] == "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"
    refused(ask(client, given, returnResults="yes"), "malformed_options")
    refused(client.post(VERIFY, json={"verifiableCredential": given, "options": []}), "malformed_options")
    refused(client.post(VERIFY, json={"verifiableCredential": given, "option": {}}), "unknown_member")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("", "malformed_credential", id="nothing"),
        pytest.param("[1]", "malformed_credential", id="array"),
        pytest.param('{"options": {}, "options": {}}', "duplicate_member", id="member-twice"),
        pytest.param('{"verifiableCredential": {"a": 1, "a": 2}}', "duplicate_member", id="inner-member-twice"),
        pytest.param('{"a": NaN}', "malformed_credential", id="not-a-number"),
    ],
)
def test_json_is_read_strictly(client: FlaskClient, body: str, code: str) -> None:
    """What two readers could read in two ways is read by none."""
    response = client.post(VERIFY, data=body, content_type="application/json")
    assert refused(response, code)["type"] == f"{VC_TYPES}PARSING_ERROR"


def test_other_content_and_too_much_of_it_are_refused(client: FlaskClient) -> None:
    """JSON only, and no more than the limit."""
    refused(client.post(VERIFY, data="{}", content_type="text/plain"), "unsupported_media_type", 415)
    large = b'{"verifiableCredential": "' + b"a" * LARGEST_REQUEST + b'"}'
    refused(client.post(VERIFY, data=large, content_type="application/json"), "too_large", 413)


def test_an_envelope_holds_a_token_and_nothing_else(client: FlaskClient) -> None:
    """No other kind of data, no link to follow."""
    for inside in (
        "https://voltpass.example/v/x",
        "data:text/plain,a.b.c",
        "data:application/vc+jwt,https://x.example",
    ):
        envelope = {**enveloped("a.b.c"), "id": inside}
        refused(ask(client, envelope), "malformed_credential")
    refused(ask(client, {**enveloped("a.b.c"), "@context": "https://other.example"}), "malformed_credential")
