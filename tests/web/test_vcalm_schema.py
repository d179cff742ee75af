"""VCALM's answers and requests, held against the description of the interface that W3C publishes (OpenAPI).

The file is not part of this project: without it (VOLTPASS_VECTORS) these tests are skipped and say so. Its references
lead to a folder that is stored under another name here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
import yaml
from werkzeug.test import TestResponse

from tests.simulator import Simulator
from tests.vcalm import VC_2, WRONG, Holder, enveloped
from tests.vcalm_office import House
from tests.vectors import VECTORS

FOLDER = VECTORS / "openapi"
FILE = "vcalm-oas.yaml"
ORIGIN = "https://vcalm.example/"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
PROBLEM = "components/ProblemDetails.yml#/components/schemas/ProblemDetails"
CREDENTIAL_ANSWER = "components/VerifiableCredentialResponse.yml#/components/schemas/VerifiableCredentialResponse"

pytestmark = pytest.mark.skipif(
    not (FOLDER / FILE).is_file(), reason=f"W3C's description of VCALM is not here: VOLTPASS_VECTORS/openapi/{FILE}"
)

BEYOND = {401, 403, 404, 409, 413, 415, 501}
"""Refusals that HTTP has a number for, whether or not the description lists them for each operation."""

NOT_OFFERED = {("post", "/credentials/derive"), ("delete", "/credentials/{id}"), ("post", "/status-lists")}
"""Operations that answer 501 and say why."""

NOT_OURS = ("/workflows", "/presentations/{id}", "/presentations", "/callbacks", "/interactions", "/{inviteId}")
"""What belongs to wallets and to services that lead people through exchanges."""


@cache
def load(name: str) -> Any:
    """A file of the description; kinds of request that no member tells apart are alternatives, not exclusive."""
    document = yaml.safe_load((FOLDER / name.replace("components/", "vcalm-components/")).read_text(encoding="utf-8"))
    for operation in (each for path in (document["paths"] or {}).values() for each in path.values()):
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if "oneOf" in schema:
            schema["anyOf"] = schema.pop("oneOf")
    return document


@cache
def registry() -> jsonschema_rs.Registry:
    names = [FILE, *(f"components/{path.name}" for path in (FOLDER / "vcalm-components").glob("*.yml"))]
    return jsonschema_rs.Registry([(ORIGIN + name, load(name)) for name in names], draft=jsonschema_rs.Draft4)


def validator(place: str) -> jsonschema_rs.Draft4Validator:
    """For the schema at a place in the description, or in one of its components."""
    return jsonschema_rs.Draft4Validator({"$ref": f"{ORIGIN}{place}"}, registry=registry())


def pointer(*steps: str) -> str:
    return FILE + "#/" + "/".join(quote(step.replace("~", "~0").replace("/", "~1"), safe="~") for step in steps)


def check_answer(method: str, template: str, response: TestResponse) -> None:
    """The status is one of the operation's, and the body is what the description says of it, or a problem."""
    described = load(FILE)["paths"][template][method]["responses"]
    status = str(response.status_code)
    assert status in described or response.status_code in BEYOND, response.text
    if response.status_code >= 400:
        assert response.mimetype == "application/problem+json"
        assert list(validator(PROBLEM).iter_errors(response.get_json())) == []
    elif "content" in described[status]:
        assert response.mimetype == "application/json"
        steps = ("paths", template, method, "responses", status, "content", "application/json", "schema")
        assert [str(each) for each in validator(pointer(*steps)).iter_errors(response.get_json())] == []


def takes(method: str, template: str, body: object) -> bool:
    """Whether the description lets a request through."""
    steps = ("paths", template, method, "requestBody", "content", "application/json", "schema")
    return validator(pointer(*steps)).is_valid(body)


@dataclass(frozen=True)
class Call:
    """One request of a kind that the description knows."""

    method: str
    template: str
    body: Any = None
    path: str = ""
    status: int = 200
    token: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.template} {self.status}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("house"))
    with opened.client:
        yield opened
    opened.office.sessions.engine.dispose()


def to_issue(house: House) -> dict[str, Any]:
    person = {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": "Åsa Öberg"}
    achievement = {"id": f"{house.office.settings.base_url}/achievements/VLT-HV1/1.0", "type": ["Achievement"]}
    return {
        "@context": [VC_2, BADGES],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": house.sealed["issuer"]["id"],
        "validFrom": "2026-10-16T00:00:00Z",
        "credentialSubject": {"type": ["AchievementSubject"], "identifier": [person], "achievement": achievement},
    }


def presentation(house: House) -> dict[str, Any]:
    world = Simulator()
    world.now = house.clock()
    return Holder(world).show(house.sealed)


def calls(house: House) -> list[Call]:
    """Every operation that is offered, in each way it can come out."""
    everything = {"returnResults": True, "returnProblemDetails": True, "returnCredential": True}
    shown = {"returnResults": True, "returnPresentation": True, "challenge": "c-1", "domain": "shop.example"}
    changed = copy.deepcopy(house.sealed)
    changed["name"] = "Another"
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"}
    wish = {"credentialId": house.id, "credentialStatus": entry, "status": True}
    slug = house.sealed["credentialStatus"]["statusListCredential"].rpartition("/")[2]
    return [
        Call("post", "/credentials/issue", {"credential": to_issue(house), "options": {}}, status=201),
        Call("post", "/credentials/issue", {"credential": {}}, status=400),
        Call("get", "/credentials/{id}", path=f"/credentials/{house.id}"),
        Call("get", "/credentials/{id}", path="/credentials/urn:uuid:1", status=404),
        Call("post", "/credentials/verify", {"verifiableCredential": house.sealed, "options": everything}),
        Call("post", "/credentials/verify", {"verifiableCredential": changed, "options": everything}, status=400),
        Call("post", "/credentials/status", wish),
        Call("post", "/credentials/verify", {"verifiableCredential": house.sealed, "options": everything}),
        Call("post", "/credentials/status", {**wish, "status": False}),
        Call("post", "/credentials/status", {**wish, "credentialId": "urn:uuid:1"}, status=404),
        Call("post", "/credentials/status", {**wish, "status": "on"}, status=400),
        Call("get", "/status-lists/{id}", path=f"/status-lists/{slug}"),
        Call("get", "/status-lists/{id}", path="/status-lists/none", status=404),
        Call("post", "/presentations/verify", {"verifiablePresentation": presentation(house), "options": shown}),
        Call("post", "/presentations/verify", {"verifiablePresentation": {}}, status=400),
        Call("post", "/challenges"),
        Call("post", "/challenges", {"more": 1}, status=400),
        *(Call(method, template, path=template, status=501) for method, template in sorted(NOT_OFFERED)),
    ]


def test_every_answer_is_as_described(house: House) -> None:
    """Status by status and member by member; what is accepted was a request that the description lets through."""
    for call in calls(house):
        response = house.send(call.method.upper(), f"/vc{call.path or call.template}", call.body)
        assert response.status_code == call.status, (str(call), response.text)
        check_answer(call.method, call.template, response)
        if call.body is not None and response.status_code < 300:
            assert takes(call.method, call.template, call.body), str(call)
        if call.template == "/credentials/issue" and call.status == 201:
            # the description names the member of this answer wrongly, so its own words let anything through
            assert validator(CREDENTIAL_ANSWER).is_valid(response.get_json())


def test_a_failed_check_is_described_too(house: House) -> None:
    """An instance that answers 200 for it gives the result that the description knows; others give it as a problem."""
    changed = {**house.sealed, "name": "Another"}
    told = house.send("POST", "/vc/credentials/verify", {"verifiableCredential": changed}).get_json()
    result = {name: told[name] for name in ("verified", "problemDetails")}
    steps = ("components", "schemas", "VerifyCredentialResponse")
    assert validator(pointer(*steps)).is_valid(result)
    assert result["verified"] is False


@pytest.mark.parametrize("value", WRONG)
def test_what_the_description_refuses_is_refused(house: House, value: object) -> None:
    """Each member of each request with a value of another kind: never laxer than the description."""
    bodies = {(each.method, each.template): each.body for each in calls(house) if each.status < 300 and each.body}
    refused = 0
    for (method, template), body in bodies.items():
        for spoiled in spoil(body, value):
            if not takes(method, template, spoiled):
                response = house.send(method.upper(), f"/vc{template}", spoiled)
                assert response.status_code == 400, (template, spoiled)
                refused += 1
    assert refused


def spoil(body: dict[str, Any], value: object) -> Iterator[dict[str, Any]]:
    """The request with one member, or a member of a member, replaced."""
    for name, inner in body.items():
        yield {**body, name: value}
        if isinstance(inner, dict):
            yield from ({**body, name: {**inner, deeper: value}} for deeper in inner)


def test_every_operation_is_offered_or_not_for_a_reason(house: House) -> None:
    """What the description knows is called above, answers 501 with its reason, or is a wallet's."""
    described = {(method, path) for path, item in load(FILE)["paths"].items() for method in item}
    offered = {(each.method, each.template) for each in calls(house)}
    rest = {(method, path) for method, path in described - offered if not path.startswith(NOT_OURS)}
    assert rest == set()
    assert offered <= described


def test_a_token_goes_where_a_credential_goes(house: House) -> None:
    """An enveloped credential is a request, and its answer a result, as the description has them."""
    link = house.sealed["image"]["id"].removesuffix(".png").removeprefix(house.office.settings.base_url)
    body = {"verifiableCredential": enveloped(house.client.get(f"{link}.jwt").text)}
    response = house.send("POST", "/vc/credentials/verify", body)
    assert response.get_json()["verified"] is True
    check_answer("post", "/credentials/verify", response)
