"""The description of the interface (OpenAPI 3.1), written from the table that the service obeys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from issuer.accounts.tokens import MEANINGS
from issuer.api.examples import CSV_EXAMPLE, EXAMPLES, PROBLEMS
from issuer.api.operations import OPERATIONS, TAGS, Operation
from issuer.api.refusals import TITLES
from issuer.api.routes import PREFIX, ROUTES
from issuer.api.shapes_in import URN
from issuer.api.shapes_out import EventMessage, ProblemOut
from issuer.machines.events import EventKind
from verifier.web.problems import PROBLEM_JSON

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]

_VERSION: Final = "1.0.0"
_ABOUT: Final = (
    "Award badges from your own programs, look at them, change their state, and be called when something happens. "
    "Every call is made with an access token of one provider and sees that provider's things only. "
    "Errors are problem details (RFC 9457) with codes that never change their meaning."
)
_ALWAYS: Final = (
    (401, "not_signed_in"),
    (403, "forbidden"),
    (429, "too_many_requests"),
    (500, "internal_error"),
    (503, "not_ready"),
)
_PATHS: Final[Mapping[str, tuple[str, Json]]] = {
    "code": ("The code of the achievement.", {"type": "string", "pattern": "^[A-Za-z0-9-]{2,32}$"}),
    "learner_id": ("The pseudonym of the learner.", {"type": "string", "pattern": URN}),
    "award_id": ("The id of the badge.", {"type": "string", "pattern": URN}),
    "batch_id": ("The id of the batch.", {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}),
    "webhook_id": ("The id of the webhook.", {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}),
}
_LOCATION: Final = {"description": "The path of what was made.", "schema": {"type": "string"}}
_RETRY: Final = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
_CHALLENGE: Final = {"description": "What is missing (RFC 6750).", "schema": {"type": "string"}}
_REPLAYED: Final = {
    "description": "There when this is the kept answer of an earlier call with the same key.",
    "schema": {"type": "string", "const": "true"},
}


def describe(base_url: str) -> Json:
    """The whole description."""
    paths: dict[str, Json] = {}
    for name, (method, path) in ROUTES.items():
        paths.setdefault(PREFIX + path, {})[method.lower()] = _operation(name, OPERATIONS[name], path)
    scopes = "\n".join(f"- `{scope.value}`: {meaning}" for scope, meaning in MEANINGS.items())
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {"title": "Voltpass for machines", "version": _VERSION, "description": _ABOUT},
        "servers": [{"url": base_url}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {f"award.{kind.value}": {"post": _event(kind)} for kind in EventKind},
        "components": {
            "schemas": _schemas(),
            "examples": {code: {"value": problem_example(code)} for code in PROBLEMS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"An access token of one provider. What it may do:\n\n{scopes}",
                }
            },
        },
    }


def as_text(description: Json) -> str:
    """The description as it is served."""
    return json.dumps(description, ensure_ascii=False) + "\n"


def _operation(name: str, operation: Operation, path: str) -> Json:
    described: Json = {
        "operationId": name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.text} Needs the scope `{operation.scope.value}`.".strip(),
        "security": [{"token": [operation.scope.value]}],
        "responses": dict(_responses(operation, path)),
    }
    parameters = [*_path_parameters(path), *_query_parameters(operation), *_key_parameter(operation)]
    if parameters:
        described["parameters"] = parameters
    if operation.takes is not None:
        described["requestBody"] = {"required": True, "content": _body(operation)}
    return described


def _body(operation: Operation) -> Json:
    assert operation.takes is not None
    content: Json = {"application/json": _content(operation.takes)}
    if operation.takes_csv:
        content["text/csv"] = {"schema": {"type": "string"}, "example": CSV_EXAMPLE}
    return content


def _content(model: type[BaseModel]) -> Json:
    name = model.__name__
    return {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": EXAMPLES[name]}


def _path_parameters(path: str) -> Iterator[Json]:
    for name, (text, schema) in _PATHS.items():
        if f"{{{name}}}" in path:
            yield {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _query_parameters(operation: Operation) -> Iterator[Json]:
    if operation.asks is None:
        return
    schema = operation.asks.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, found in schema["properties"].items():
        text = found.pop("description", "")
        yield {"name": name, "in": "query", "required": False, "description": text, "schema": _without_null(found)}


def _without_null(schema: Json) -> Json:
    """In an address there is no null: what is not asked is left out."""
    kinds = [kind for kind in schema.pop("anyOf", []) if kind.get("type") != "null"]
    if schema.get("default", ...) is None:
        del schema["default"]
    schema.pop("title", None)
    return {**schema, **(kinds[0] if kinds else {})}


def _key_parameter(operation: Operation) -> Iterator[Json]:
    if operation.is_keyed:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Makes the call count once: the same key with the same body gets the same answer for at "
            "least 7 days; with another body it is refused (409).",
            "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        }


def _responses(operation: Operation, path: str) -> Iterator[tuple[str, Json]]:
    for status, (text, model) in operation.answers.items():
        answer: Json = {"description": text}
        if model is not None:
            answer["content"] = {"application/json": _content(model)}
        headers = {"Location": _LOCATION} if status in (201, 202, 207) and operation.takes else {}
        if operation.is_keyed:
            headers = {**headers, "Idempotency-Replayed": _REPLAYED}
        if headers:
            answer["headers"] = headers
        yield str(status), answer
    by_status: dict[int, list[str]] = {}
    for status, code in _refusals(operation, path):
        by_status.setdefault(status, []).append(code)
    for status, codes in sorted(by_status.items()):
        yield str(status), _problem(status, codes)


def _refusals(operation: Operation, path: str) -> Iterable[tuple[int, str]]:
    yield from _ALWAYS
    if "{" in path:
        yield 404, "not_found"
    if operation.takes is not None:
        yield from ((400, "malformed_json"), (413, "too_large"), (415, "unsupported_media_type"))
    if operation.is_keyed:
        yield from ((409, "idempotency_key_reused"), (409, "request_in_progress"))
    yield 422, "invalid_request"
    yield from operation.refuses


def _problem(status: int, codes: list[str]) -> Json:
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in dict.fromkeys(codes)}
    said = ", ".join(f"`{code}`" for code in examples)
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    answer: Json = {
        "description": f"{TITLES.get(status, 'The service cannot answer now')}: {said}.",
        "content": {PROBLEM_JSON: {"schema": schema, "examples": examples}},
    }
    if status == 401 or status == 403:
        answer["headers"] = {"WWW-Authenticate": _CHALLENGE}
    if status == 429:
        answer["headers"] = {"Retry-After": _RETRY}
    return answer


def problem_example(code: str) -> Json:
    """A problem with this code."""
    status, detail = PROBLEMS[code]
    problem: Json = {
        "type": f"urn:voltpass:problem:{code}",
        "title": TITLES.get(status, "The service cannot answer now"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if code == "invalid_request":
        problem["errors"] = [{"place": "$.completed_on", "remedy": "This is required; give it."}]
    return problem


def _event(kind: EventKind) -> Json:
    headers = {
        "webhook-id": "The same for every try of one message.",
        "webhook-timestamp": "The second of sending, since 1970.",
        "webhook-signature": "v1, and HMAC-SHA256 of id, timestamp and body, in base64; several with a space between.",
    }
    message = {**EXAMPLES["EventMessage"], "type": f"award.{kind.value}"}
    return {
        "operationId": f"told{kind.value.title()}",
        "tags": ["Webhooks"],
        "summary": f"A badge was {kind.value}",
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/EventMessage"}, "example": message}
            },
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else, or no answer in 10 seconds: it is sent again for 3 days."},
            "410": {"description": "The receiver is gone: nothing is sent to it any more."},
        },
    }


def _schemas() -> Json:
    wanted: dict[tuple[type[BaseModel], Mode], None] = {(ProblemOut, "serialization"): None}
    wanted[(EventMessage, "serialization")] = None
    for operation in OPERATIONS.values():
        for model in (operation.takes, operation.asks):
            if model is not None:
                wanted[(model, "validation")] = None
        for _, answered in operation.answers.values():
            if answered is not None:
                wanted[(answered, "serialization")] = None
    _, schema = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    found: Json = schema["$defs"]
    asked = {operation.asks.__name__ for operation in OPERATIONS.values() if operation.asks}
    return {name: found[name] for name in sorted(found) if name not in asked}
