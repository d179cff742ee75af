"""The description as people read it: made from the very text that programs read, so that the two cannot differ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from issuer.api.examples import CSV_EXAMPLE, EXAMPLES
from issuer.api.openapi import problem_example

Json = Mapping[str, Any]

_CODE: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter or a member of a body."""

    name: str
    kind: str
    is_required: bool
    text: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An example of a text that is sent or got."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One status that an operation answers."""

    status: str
    text: Markup
    is_problem: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCard:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    text: Markup
    parameters: tuple[Field, ...]
    members: tuple[Field, ...]
    samples: tuple[Sample, ...]
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The operations about one thing."""

    name: str
    text: str
    cards: tuple[OperationCard, ...]

    @property
    def address(self) -> str:
        """Its own page: all of them on one would be more than a phone should have to load."""
        return f"/api/docs/{self.name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocsPage:
    """Everything on the page."""

    title: str
    text: str
    base_url: str
    scopes: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]
    completion_json: str
    completion_csv: str
    event: str
    problem: str

    def find_chapter(self, name: str) -> Chapter | None:
        """The chapter of this name, as addresses have it."""
        return next((each for each in self.chapters if each.name.lower() == name), None)


def read_docs(description: Json) -> DocsPage:
    """The page of a description."""
    return DocsPage(
        title=description["info"]["title"],
        text=description["info"]["description"],
        base_url=description["servers"][0]["url"],
        scopes=tuple(_scopes(description)),
        chapters=tuple(_chapter(description, tag) for tag in description["tags"]),
        completion_json=_pretty(EXAMPLES["CompletionsBody"]),
        completion_csv=CSV_EXAMPLE,
        event=_pretty(EXAMPLES["EventMessage"]),
        problem=_pretty(problem_example("invalid_request")),
    )


def _scopes(description: Json) -> Iterator[tuple[str, str]]:
    text = description["components"]["securitySchemes"]["token"]["description"]
    yield from re.findall(r"^- `(\w+)`: (.+)$", text, re.MULTILINE)


def _chapter(description: Json, tag: Json) -> Chapter:
    cards = (
        _card(description, method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    )
    return Chapter(name=tag["name"], text=tag["description"], cards=tuple(cards))


def _card(description: Json, method: str, path: str, operation: Json) -> OperationCard:
    body = operation.get("requestBody", {}).get("content", {})
    return OperationCard(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=_marked(operation["description"]),
        parameters=tuple(
            Field(
                name=each["name"],
                kind=_kind(description, each["schema"]),
                is_required=each["required"],
                text=_marked(each["description"]),
            )
            for each in operation.get("parameters", ())
        ),
        members=tuple(_members(description, body)),
        samples=tuple(_samples(operation, body)),
        answers=tuple(
            AnswerRow(status=status, text=_marked(answer["description"]), is_problem=status >= "400")
            for status, answer in operation["responses"].items()
        ),
    )


def _members(description: Json, body: Json) -> Iterator[Field]:
    if "application/json" not in body:
        return
    schema = _found(description, body["application/json"]["schema"])
    for name, member in schema["properties"].items():
        yield Field(
            name=name,
            kind=_kind(description, member),
            is_required=name in schema.get("required", ()),
            text=_marked(member.get("description", "")),
        )


def _samples(operation: Json, body: Json) -> Iterator[Sample]:
    for media_type, content in body.items():
        yield Sample(label=f"Send {media_type}", text=_pretty(content["example"]))
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if content:
            yield Sample(label=f"Get {status}", text=_pretty(content["example"]))
            return


def _found(description: Json, schema: Json) -> Json:
    if "$ref" in schema:
        found: Json = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _kind(description: Json, schema: Json) -> str:
    """What may stand there, in a word or two."""
    schema = _found(description, schema)
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(description, each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(description, schema['items'])}"
    return str(schema.get("format") or schema.get("type", ""))


def _pretty(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)


def _marked(text: str) -> Markup:
    """A text with its code set as code."""
    parts = _CODE.split(text)
    marked = (
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
    return Markup("").join(marked)
