"""The description of the interface: valid, complete, and true to what the service does; and its page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from issuer.accounts.tokens import Scope
from issuer.api.examples import EXAMPLES, PROBLEMS
from issuer.api.operations import OPERATIONS, TAGS
from issuer.api.refusals import STATUSES
from issuer.api.routes import ROUTES
from issuer.api.words import flaw_of
from issuer.awards.files import RowCode
from issuer.machines.events import EventKind
from tests.machines import Machine, machine

BUDGET = 100_000
"""What a page and its stylesheet may weigh."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return machine(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def description(desk: Machine) -> dict[str, Any]:
    response = desk.client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    described: dict[str, Any] = response.get_json()
    return described


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_it_is_valid_openapi(description: dict[str, Any]) -> None:
    """Version 3.1, held against the specification's own schema; every reference leads somewhere."""
    assert description["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(description)
    text = json.dumps(description)
    for part in text.split('"$ref": "')[1:]:
        kind, name = part.partition('"')[0].removeprefix("#/components/").split("/")
        assert name in description["components"][kind]


def test_every_operation_is_described(description: dict[str, Any]) -> None:
    """With its scope, and the errors that every call can get."""
    assert {operation["operationId"] for _, _, operation in operations(description)} == set(ROUTES)
    for method, path, operation in operations(description):
        ((scheme, scopes),) = operation["security"][0].items()
        assert scheme in description["components"]["securitySchemes"]
        assert set(scopes) <= set(Scope)
        assert {"401", "403", "422", "429", "500", "503"} <= operation["responses"].keys()
        assert ("404" in operation["responses"]) == ("{" in path)
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            assert kinds == (
                {"application/problem+json"} if status >= "400" else set() if status == "204" else {"application/json"}
            )
        if "requestBody" in operation:
            assert method == "post"
            assert operation["requestBody"]["required"]
            assert {"400", "413", "415"} <= operation["responses"].keys()
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ())):
            codes = operation["responses"]["409"]["content"]["application/problem+json"]["examples"]
            assert {"idempotency_key_reused", "request_in_progress"} <= codes.keys()
    assert "207" in description["paths"]["/api/v1/batches"]["post"]["responses"]
    assert "text/csv" in description["paths"]["/api/v1/completions"]["post"]["requestBody"]["content"]


def test_every_event_is_described(description: dict[str, Any]) -> None:
    """What a receiver gets is part of the interface."""
    assert set(description["webhooks"]) == {f"award.{kind.value}" for kind in EventKind}


def test_every_example_is_what_its_schema_asks_for(description: dict[str, Any]) -> None:
    """Bodies, answers and problems."""
    schemas = description["components"]["schemas"]
    for name, example in EXAMPLES.items():
        jsonschema_rs.validator_for(
            {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        ).validate(example)
    problem = {"$ref": "#/components/schemas/ProblemOut", "components": {"schemas": schemas}}
    for code, found in description["components"]["examples"].items():
        jsonschema_rs.validator_for(problem).validate(found["value"])
        assert found["value"]["code"] == code


def test_every_code_has_the_status_that_is_said(description: dict[str, Any]) -> None:
    """The table of the service and the examples of the description agree."""
    for code, status in STATUSES.items():
        if code in PROBLEMS:
            assert PROBLEMS[code][0] == status


def test_every_code_of_a_row_has_words_of_its_own() -> None:
    """A code that comes to award files comes to the interface too, and must say what to do without repeating."""
    unsaid = [code for code in RowCode if code.value and "the code says why" in flaw_of(code.value).remedy]
    assert unsaid == []


def test_the_examples_work(tmp_path: Path) -> None:
    """What the page shows can be sent as it is."""
    desk = machine(tmp_path)
    assert desk.call("POST", "/awards", EXAMPLES["AwardRequestBody"]).status_code == 201
    batch = desk.call("POST", "/batches", EXAMPLES["BatchBody"]).get_json()
    assert [each["code"] for each in batch["results"]] == [None, "email_invalid"]
    assert [each["remedy"] for each in batch["results"]] == [each["remedy"] for each in EXAMPLES["BatchOut"]["results"]]
    done = desk.call("POST", "/completions", EXAMPLES["CompletionsBody"]).get_json()
    assert [each["outcome"] for each in done["results"]] == ["already_issued"]


def test_the_pages_show_all_of_it_without_script(desk: Machine) -> None:
    """Every operation, every scope, the worked examples; nothing from elsewhere, nothing inline, none too heavy."""
    first = desk.client.get("/api/docs", headers={"Accept": "text/html"})
    assert "standing decision of an administrator" in first.text, "no second person looks at what a program awards"
    for scope in Scope:
        assert f"<code>{scope.value}</code>" in first.text
    assert "courseshortname" in first.text
    assert "completions.csv" in first.text
    style = len(desk.client.get("/static/voltpass.css").data)
    for response in (first, *(desk.client.get(f"/api/docs/{tag.lower()}") for tag in TAGS)):
        assert response.status_code == 200
        assert len(response.data) + style < BUDGET
        assert "<script" not in response.text
        assert "style=" not in response.text
        assert "script-src" not in response.headers["Content-Security-Policy"]
    for name, (method, path) in ROUTES.items():
        address = f"/api/docs/{OPERATIONS[name].tag.lower()}"
        assert f'href="{address}#{name}"' in first.text
        chapter = desk.client.get(address).text
        assert f'<h2 id="{name}">' in chapter
        assert f"<code>{method} /api/v1{path}</code>" in chapter
    assert desk.client.get("/api/docs/nothing").status_code == 404
