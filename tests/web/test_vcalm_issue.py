"""VCALM's issuer: 201 for what a provider may award, refusals by name for everything else, and who may ask."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuer.accounts.tokens import Scope, create_token, revoke_token
from issuer.app import create_office_app
from issuer.awards.reasons import StatusReason
from issuer.awards.status_changes import revoke
from issuer.catalogue.find import get_provider
from issuer.database import transaction
from issuer.office import Office
from issuer.vcalm.did_key_issuer import DidKeyIssuer
from tests.office import Clock, demo_office
from tests.vcalm import VC_2, WRONG, enveloped, refused
from verifier.examine import examine_text
from verifier.report import Verdict

OURS = "vbk-goteborg"
NEIGHBOUR = "mak-ostrava"
ISSUE = "/vc/credentials/issue"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


@dataclass
class House:
    """An office with a token of the provider, seen through its windows."""

    office: Office
    clock: Clock
    client: FlaskClient
    tokens: dict[str, str]

    def post(self, body: object, path: str = ISSUE, *, token: str | None = OURS) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens.get(token, token)}"} if token else {}
        return self.client.post(path, json=body, headers=headers)

    def issue(self, credential: object, path: str = ISSUE, **options: object) -> TestResponse:
        return self.post({"credential": credential, "options": options}, path)

    def verdict(self, credential: dict[str, Any]) -> Verdict:
        policy = self.office.policy()
        return examine_text(json.dumps(credential), policy, now=self.clock()).report.verdict

    def award(self, **changes: object) -> dict[str, Any]:
        """A credential as a program sends it; ``...`` leaves a member out."""
        achievement = {"id": f"{self.office.settings.base_url}/achievements/VLT-HV1/1.0", "type": ["Achievement"]}
        document = {
            "@context": [VC_2, BADGES],
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": f"did:web:localhost%3A8000:issuers:{OURS}",
            "validFrom": "2026-10-16T00:00:00Z",
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "identifier": [
                    {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": "Åsa Öberg"}
                ],
                "achievement": achievement,
            },
            **changes,
        }
        return {name: copy.deepcopy(value) for name, value in document.items() if value is not ...}

    def award_with(self, **changes: object) -> dict[str, Any]:
        """The same with other members of its achievement."""
        document = self.award()
        document["credentialSubject"]["achievement"].update(changes)
        return document


def open_house(folder: Path, **settings: Any) -> House:
    clock = Clock()
    office = demo_office(folder, clock=clock)
    office = replace(office, settings=replace(office.settings, **settings))
    tokens = {}
    with transaction(office.sessions) as session:
        for slug in (OURS, NEIGHBOUR):
            provider = get_provider(session, slug)
            _, tokens[slug] = create_token(session, provider, Scope.ISSUE, office.desk.chance, now=clock(), days=30)
    return House(office, clock, create_office_app(office).test_client(), tokens)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = open_house(tmp_path_factory.mktemp("house"))
    with opened.client:
        yield opened


def issued(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 201, response.text
    assert response.mimetype == "application/json"
    body = response.get_json()
    assert set(body) == {"verifiableCredential"}
    credential: dict[str, Any] = body["verifiableCredential"]
    return credential


# What is issued


def test_what_is_issued_is_valid_at_our_own_gate(house: House) -> None:
    """201, sealed, with what the catalogue says and a status entry of ours; the gate says VALID."""
    credential = issued(house.issue(house.award()))
    assert house.verdict(credential) is Verdict.VALID
    assert credential["issuer"]["id"] == house.award()["issuer"]
    assert credential["issuer"]["name"]
    assert credential["credentialSubject"]["achievement"]["humanCode"] == "VLT-HV1"
    assert credential["credentialStatus"]["type"] == "BitstringStatusListEntry"
    assert credential["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    verified = house.client.post("/vc/credentials/verify", json={"verifiableCredential": credential})
    assert verified.get_json() == {"verified": True, "problemDetails": []}


def test_it_is_filed_like_any_other_badge(house: House) -> None:
    """It has a link with both sealed forms, and can be revoked by its id."""
    credential = issued(house.issue(house.award(), f"/vc/{OURS}/credentials/issue"))
    link = credential["image"]["id"].removesuffix(".png").removeprefix(house.office.settings.base_url)
    assert json.loads(house.client.get(f"{link}.json").text) == credential
    token = house.client.get(f"{link}.jwt").text
    given = {"verifiableCredential": enveloped(token)}
    assert house.client.post("/vc/credentials/verify", json=given).get_json()["verified"] is True
    with transaction(house.office.sessions) as session:
        revoke(session, credential["id"], StatusReason.ISSUED_IN_ERROR, house.office.desk, now=house.clock())
    assert house.verdict(credential) is Verdict.REVOKED


def test_a_program_may_choose_the_id_once(house: House) -> None:
    """As credential.id or as the option credentialId; a second use of it is a conflict."""
    chosen = "urn:uuid:6f2c9e3a-3df1-4f0e-9b43-0d2a4c3b1e77"
    assert issued(house.issue(house.award(), credentialId=chosen))["id"] == chosen
    refused(house.issue(house.award(id=chosen)), "id_in_use", 409)
    refused(house.issue(house.award(id=chosen), credentialId="urn:uuid:other"), "two_ids")
    refused(house.issue(house.award(id="https://a.example/1")), "id_not_accepted")
    refused(house.issue(house.award(), credentialId="mine"), "id_not_accepted")


def test_the_same_award_is_made_once(house: House) -> None:
    """The same learner, achievement and day: a conflict that names the badge there is."""
    learner = "urn:uuid:0b9f7a52-8a07-4a0f-8d7a-5a4e57c0c9aa"
    document = house.award()
    document["credentialSubject"]["id"] = learner
    credential = issued(house.issue(document))
    assert credential["credentialSubject"]["id"] == learner
    assert credential["id"] in refused(house.issue(document), "already_awarded", 409)["detail"]
    issued(house.issue({**document, "validFrom": "2026-10-17T00:00:00Z"}))
    document["credentialSubject"]["id"] = "did:key:z6Mk"
    refused(house.issue(document), "id_not_accepted")


def test_what_is_left_out_is_filled_in(house: House) -> None:
    """Without validFrom the badge is valid from now on."""
    assert issued(house.issue(house.award(validFrom=...)))["validFrom"] == f"{house.clock():%Y-%m-%dT%H:%M:%SZ}"


# What is refused


@pytest.mark.parametrize(
    "achievement",
    [
        pytest.param("/achievements/PAS-ADA/1.0", id="of-another-provider"),
        pytest.param("/achievements/VLT-NONE/1.0", id="of-nobody"),
        pytest.param("https://other.example/achievements/VLT-HV1/1.0", id="of-another-platform"),
    ],
)
def test_an_award_outside_the_provider_s_entry_is_refused(house: House, achievement: str) -> None:
    """Nobody awards what the alliance has not authorised them for."""
    base = house.office.settings.base_url if achievement.startswith("/") else ""
    response = house.issue(house.award_with(id=f"{base}{achievement}"))
    assert response.status_code == 403
    assert response.get_json()["code"] in {"provider_not_authorised", "unknown_achievement"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"issuer": "did:web:localhost%3A8000:issuers:mak-ostrava"}, "issuer_mismatch", id="neighbour"),
        pytest.param({"issuer": {"id": "did:key:z6Mk"}}, "issuer_mismatch", id="anybody"),
        pytest.param({"credentialStatus": {"type": "Mine"}}, "member_is_ours", id="own-status"),
        pytest.param({"image": {"id": "https://a.example", "type": "Image"}}, "member_is_ours", id="own-image"),
        pytest.param({"proof": {"type": "DataIntegrityProof"}}, "proof_exists", id="sealed-already"),
        pytest.param({"type": ["VerifiableCredential"]}, "not_an_award", id="no-award"),
        pytest.param({"credentialSubject": [{"id": "urn:x:1"}]}, "several_subjects", id="several-subjects"),
        pytest.param({"credentialSubject": {"id": "urn:x:1"}}, "no_achievement", id="no-achievement"),
        pytest.param({"validFrom": "2999-01-01T00:00:00Z"}, "date_in_future", id="not-yet-earned"),
        pytest.param({"validUntil": "2026-10-17T00:00:00Z"}, "already_expired", id="expired"),
        pytest.param({"favouriteColour": "blue"}, "undefined_term", id="undefined-term"),
        pytest.param({"@context": [VC_2, BADGES, {"a": "urn:b"}]}, "malformed_credential", id="inline-context"),
        pytest.param({"@context": [VC_2, BADGES, "https://a.example"]}, "unknown_context", id="unknown-context"),
    ],
)
def test_a_credential_that_may_not_be_issued_is_refused(house: House, changes: dict[str, Any], code: str) -> None:
    """Each with its own code, and 400."""
    refused(house.issue(house.award(**changes)), code)


def test_version_1_1_is_verified_but_not_issued(house: House) -> None:
    """VC 1.1 comes in only to be verified."""
    document = house.award(validFrom=..., issuanceDate="2026-10-16T00:00:00Z")
    document["@context"] = ["https://www.w3.org/2018/credentials/v1", BADGES]
    refused(house.issue(document), "version_not_issued")


def test_a_program_cannot_say_other_than_the_catalogue(house: House) -> None:
    """What is repeated of achievement and profile must agree."""
    refused(house.issue(house.award_with(name="Heart surgeon")), "achievement_differs")
    refused(house.issue(house.award_with(colour="blue")), "achievement_differs")
    older = f"{house.office.settings.base_url}/achievements/VLT-HV1/0.9"
    refused(house.issue(house.award_with(id=older)), "achievement_differs")
    profile = {"id": house.award()["issuer"], "name": "Harvard"}
    refused(house.issue(house.award(issuer=profile)), "issuer_differs")


@pytest.mark.parametrize("member", ["@context", "type", "issuer", "credentialSubject"])
@pytest.mark.parametrize("value", [*WRONG, pytest.param(..., id="missing")])
def test_a_malformed_credential_is_not_issued(house: House, member: str, value: object) -> None:
    """W3C's suites: null, true, 4, [], a text, or nothing at all."""
    document = house.award()
    document.pop(member) if value is ... else document.update({member: value})
    assert house.issue(document).status_code == 400


@pytest.mark.parametrize("value", WRONG)
def test_a_request_without_credential_is_refused(house: House, value: object) -> None:
    """Nothing, or something that is no object."""
    refused(house.issue(value), "no_credential")
    refused(house.post({}), "no_credential")


def test_options_of_selective_disclosure_are_not_known_here(house: House) -> None:
    """An option that would be ignored is refused (UNKNOWN_OPTION_PROVIDED)."""
    problem = refused(house.issue(house.award(), mandatoryPointers=["/issuer"]), "unknown_option")
    assert problem["type"] == "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"
    refused(house.issue(house.award(), credentialId=4), "malformed_options")


def test_a_member_twice_is_refused(house: House) -> None:
    """Strict JSON, as everywhere."""
    headers = {"Authorization": f"Bearer {house.tokens[OURS]}"}
    body = '{"credential": {"id": "a", "id": "b"}}'
    refused(house.client.post(ISSUE, data=body, content_type="application/json", headers=headers), "duplicate_member")


# Who may ask


def test_every_token_that_does_not_count_gets_the_same_answer(house: House) -> None:
    """None, malformed, unknown, half right, expired, revoked: 401, word for word the same."""
    office = house.office
    with transaction(office.sessions) as session:
        provider = get_provider(session, OURS)
        past = house.clock.now.replace(year=2025)
        _, expired = create_token(session, provider, Scope.ISSUE, office.desk.chance, now=past, days=30)
        record, ended = create_token(session, provider, Scope.ISSUE, office.desk.chance, now=house.clock(), days=30)
        revoke_token(session, provider, record.name, now=house.clock())
    good = house.tokens[OURS]
    body = {"credential": house.award()}
    wrong = (None, "x", f"{good[:-1]}~", f"{good[:27]}{'A' * 43}", f"vlt_{'A' * 22}_{'A' * 43}", expired, ended)
    answers = [house.post(body, token=token) for token in wrong]
    answers.append(house.client.post(ISSUE, json=body, headers={"Authorization": f"Basic {good}"}))
    answers.append(house.post(body, f"/vc/{OURS}/credentials/issue", token=None))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    refused(answers[0], "not_signed_in", 401)


def test_a_neighbour_s_token_is_refused(house: House) -> None:
    """403: the token is good, but another provider's; and its plain address issues for its own provider only."""
    body = {"credential": house.award()}
    refused(house.post(body, f"/vc/{OURS}/credentials/issue", token=NEIGHBOUR), "forbidden", 403)
    refused(house.post(body, token=NEIGHBOUR), "issuer_mismatch")
    refused(house.post(body, "/vc/nobody/credentials/issue"), "forbidden", 403)


def test_a_token_for_something_else_is_refused(house: House) -> None:
    """403: who may do one thing may not do another."""
    with transaction(house.office.sessions) as session:
        provider = get_provider(session, OURS)
        record, text = create_token(session, provider, Scope.ISSUE, house.office.desk.chance, now=house.clock(), days=1)
        record.scope = "read"
    refused(house.post({"credential": house.award()}, token=text), "forbidden", 403)


def test_a_token_ends_by_itself(tmp_path: Path) -> None:
    """After its days it is good for nothing."""
    house = open_house(tmp_path)
    house.clock.advance(days=29)
    issued(house.issue(house.award()))
    house.clock.advance(days=1)
    assert house.issue(house.award()).status_code == 401


# The instance for tests


def test_the_did_key_instance_signs_any_credential_for_suites(tmp_path: Path) -> None:
    """No token, no status; the gate finds the seal good, and trusts the issuer with nothing."""
    house = open_house(tmp_path, vcalm_did_key=True)
    issuer = house.client.get("/vc/did-key").get_json()["id"]
    assert issuer == DidKeyIssuer.of(house.office.settings.key_secret).id != DidKeyIssuer.of("another secret").id
    plain = {"@context": [VC_2], "type": ["VerifiableCredential"], "issuer": issuer, "credentialSubject": {"id": "a:b"}}
    path = "/vc/did-key/credentials/issue"
    credential = issued(house.post({"credential": plain}, path, token=None))
    verified = house.client.post("/vc/did-key/credentials/verify", json={"verifiableCredential": credential})
    assert (verified.status_code, verified.get_json()["verified"]) == (200, True)
    award = house.award_with(name="Anything", description="Any", criteria={"narrative": "Any"})
    award |= {"issuer": {"id": issuer, "type": ["Profile"]}, "id": "urn:x:1"}
    award["credentialSubject"]["id"] = "urn:x:2"
    assert house.verdict(issued(house.post({"credential": award}, path, token=None))) is Verdict.UNKNOWN_ISSUER
    refused(house.post({"credential": house.award()}, path, token=None), "issuer_mismatch")
    for member in ("@context", "type", "issuer", "credentialSubject"):
        for value in (None, True, 4, [], "string"):
            assert house.post({"credential": {**plain, member: value}}, path, token=None).status_code == 400


def test_there_is_no_instance_for_tests_unless_it_is_asked_for(house: House) -> None:
    """Nor does anybody guess at one."""
    assert house.client.get("/vc/did-key").status_code == 404
    assert house.client.get(f"/vc/{OURS}").get_json() == {"id": house.award()["issuer"]}
    assert house.post({"credential": {}}, "/vc/did-key/credentials/issue", token=None).status_code == 401


def test_a_provider_s_instance_can_answer_200_for_a_failed_check(tmp_path: Path) -> None:
    """Set by name; the others go on answering 400."""
    house = open_house(tmp_path, vcalm_answers_200=frozenset({OURS}))
    credential = issued(house.issue(house.award()))
    body = {"verifiableCredential": {**credential, "name": "Another"}}
    answer = house.client.post(f"/vc/{OURS}/credentials/verify", json=body)
    assert (answer.status_code, answer.get_json()["verified"]) == (200, False)
    assert house.client.post(f"/vc/{NEIGHBOUR}/credentials/verify", json=body).status_code == 400
    assert house.client.post("/vc/credentials/verify", json=body).status_code == 400


def test_a_pseudonym_makes_nobody_the_providers_own(house: House) -> None:
    """Everybody reads it in a badge; a badge for it would show a neighbour's learner, with the address, to others."""
    theirs = house.award(credentialSubject=...) | {"issuer": f"did:web:localhost%3A8000:issuers:{NEIGHBOUR}"}
    achievement = {"id": f"{house.office.settings.base_url}/achievements/PAS-COM/1.0", "type": ["Achievement"]}
    theirs["credentialSubject"] = {**house.award()["credentialSubject"], "achievement": achievement}
    learner = issued(house.post({"credential": theirs}, token=NEIGHBOUR))["credentialSubject"]["id"]
    ours = house.award()
    ours["credentialSubject"]["id"] = learner
    refused(house.issue(ours), "id_not_accepted", 403)
    theirs["awardedDate"] = "2026-10-17T00:00:00Z"
    theirs["credentialSubject"]["id"] = learner
    assert house.post({"credential": theirs}, token=NEIGHBOUR).status_code == 201
