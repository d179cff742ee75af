"""VCALM's endpoints for tests: a verifier's client, what it is asked, and holders who show credentials."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from credentials.data_integrity import create_proof
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.simulator import Simulator
from tests.windows import gate_app
from verifier.web.gate import Gate
from verifier.web.vcalm import Instances, create_vcalm_blueprint

VC_2 = "https://www.w3.org/ns/credentials/v2"
VC_TYPES = "https://www.w3.org/TR/vc-data-model#"
DI_TYPES = "https://w3id.org/security#"
VERIFY = "/vc/credentials/verify"
SHOW = "/vc/presentations/verify"
WRONG = [
    pytest.param(None, id="null"),
    pytest.param(True, id="true"),
    pytest.param(4, id="number"),
    pytest.param([], id="empty-array"),
    pytest.param("string", id="text"),
]


def client_of(world: Simulator, *answer_200: str) -> FlaskClient:
    app = gate_app(world)
    gate = Gate(policy=lambda: world.policy, clock=lambda: world.now)
    instances = Instances(exists=lambda name: name == "school", answer_200=frozenset(answer_200))
    app.register_blueprint(create_vcalm_blueprint(gate, instances))
    return app.test_client()


def ask(client: FlaskClient, credential: object, path: str = VERIFY, **options: object) -> TestResponse:
    return client.post(path, json={"verifiableCredential": credential, "options": options})


def enveloped(token: str) -> dict[str, Any]:
    return {"@context": VC_2, "type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token}"}


def refused(response: TestResponse, code: str, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem: dict[str, Any] = response.get_json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= problem.keys()
    return problem


class Holder:
    """Somebody with a did:key."""

    def __init__(self, world: Simulator) -> None:
        self.world = world
        self.signer = MemorySigner.generate(Algorithm.ED25519)
        self.id = self.signer.verification_method.partition("#")[0]

    def show(self, *credentials: dict[str, Any], said: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """A presentation with a proof; `said` goes into the proof, `changes` into the document before it is signed."""
        document: dict[str, Any] = {
            "@context": [VC_2],
            "type": ["VerifiablePresentation"],
            "holder": self.id,
            **changes,
        }
        if credentials:
            document["verifiableCredential"] = list(credentials)
        more = {"proofPurpose": "authentication", "challenge": "c-1", "domain": "shop.example", **(said or {})}
        return {**document, "proof": create_proof(document, self.signer, created=self.world.now, said=more)}
