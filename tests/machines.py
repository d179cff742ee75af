"""A provider's program for tests: an office with its windows, tokens, and calls to the interface."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuer.accounts.tokens import Scope, create_token
from issuer.app import create_office_app
from issuer.catalogue.find import get_provider
from issuer.database import transaction
from issuer.office import Office
from tests.office import Clock, demo_office, reopened

OURS = "vbk-goteborg"
NEIGHBOUR = "mak-ostrava"
AWARD = {
    "achievement": "VLT-HV1",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "email": "asa.oberg@mail.example",
    "reference": "T001",
    "completed_on": "2026-10-16",
    "result": "Pass",
    "language": "sv",
}


@dataclass
class Machine:
    """A program with a token; ``clock`` is the office's."""

    office: Office
    clock: Clock
    client: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, provider: str = OURS, scopes: Collection[Scope] = tuple(Scope)) -> str:
        """A token that is good for these scopes, made once."""
        name = f"{provider} {sorted(scopes)}"
        if name not in self.tokens:
            with transaction(self.office.sessions) as session:
                owner = get_provider(session, provider)
                _, text = create_token(session, owner, scopes, self.office.desk.chance, now=self.clock(), days=60)
            self.tokens[name] = text
        return self.tokens[name]

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        token: str | None = None,
        **more: Any,
    ) -> TestResponse:
        """One call, as our own provider unless another token is given."""
        headers = {"Authorization": f"Bearer {token or self.token()}", **more.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            more["json"] = body
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def award(self, number: int = 1, **changes: Any) -> dict[str, Any]:
        """Award a badge to the learner of this number."""
        response = self.call("POST", "/awards", learner(number, **changes))
        assert response.status_code == 201, response.text
        given: dict[str, Any] = response.get_json()
        return given


def machine(folder: Path, clock: Clock | None = None) -> Machine:
    """A program of a provider of the demonstration; the office is new."""
    clock = clock or Clock()
    office = demo_office(folder, clock=clock)
    return Machine(office, clock, create_office_app(office).test_client())


def another_process(folder: Path, first: Machine) -> Machine:
    """The same program at the same office, served by another process."""
    office = reopened(folder, clock=first.clock)
    return Machine(office, first.clock, create_office_app(office).test_client(), first.tokens)


def learner(number: int, **changes: Any) -> dict[str, Any]:
    """What is sent to award a badge to the learner of this number."""
    return {**AWARD, "email": f"learner{number}@mail.example", "reference": f"T{number:03}", **changes}


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem that was answered; it must be a whole one."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    told: dict[str, Any] = response.get_json()
    assert (told["code"], told["status"], told["type"]) == (code, status, f"urn:voltpass:problem:{code}")
    assert told["title"]
    assert told["detail"]
    return told
