"""Points of the standards that no other test shows: what is left alone, and what a problem is called."""

from __future__ import annotations

import json
import zlib

import pytest

from credentials.baking import bake_png
from credentials.seal import seal
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.simulator import BASE, CONTEXTS, RawDocument, Simulator
from tests.vcalm import ask, client_of
from verifier.examine import examine
from verifier.reasons import Check, Outcome
from verifier.report import Verdict

STATUS_TYPES = "https://www.w3.org/ns/credentials/status-list#"
RESOURCE = "https://elsewhere.example/resource"
SCHEMA_TYPE = "1EdTechJsonSchemaValidator2019"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param("refreshService", {"id": RESOURCE, "type": "1EdTechCredentialRefresh"}, id="refresh"),
        pytest.param("credentialSchema", [{"id": RESOURCE, "type": SCHEMA_TYPE}], id="schema"),
        pytest.param("evidence", [{"id": RESOURCE, "type": ["Evidence"]}], id="evidence"),
        pytest.param("image", {"id": RESOURCE, "type": "Image"}, id="image"),
        pytest.param(
            "relatedResource",
            [{"id": RESOURCE, "digestMultibase": "uEiBUJrzwO0OFJ9vRT_7-8uCIH1lxUkS9bBYVAWVd2uNTKA"}],
            id="related resource",
        ),
    ],
)
def test_what_a_paper_names_beside_its_keys_and_lists_is_not_fetched(member: str, value: object) -> None:
    """Whoever checks a badge is not told to its makers; nothing that is not fetched counts for or against it."""
    sim = Simulator()
    contexts = [*CONTEXTS, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    report = sim.verify(sim.award_raw({**sim.document(), "@context": contexts, member: value}))
    assert report.verdict is Verdict.VALID, report.deciding
    assert sim.asked
    assert RESOURCE not in sim.asked


def test_a_did_key_cannot_seal_for_an_issuer_of_another_name() -> None:
    """A published sample is sealed so: the key is a did:key, the issuer a bare UUID. Anybody can make such a badge."""
    sim = Simulator()
    signer = MemorySigner.generate(Algorithm.ED25519)
    issuer = {"id": "urn:uuid:7f2f0e0c-5d55-4a2c-8a19-3a9a9d6f8f10", "type": ["Profile"], "name": "VBK"}
    text = seal(RawDocument({**sim.document(), "issuer": issuer}), signer, created=sim.now).text
    report = sim.verify(text)
    assert report.verdict is not Verdict.VALID
    assert report.authentic is None
    assert report.result_of(Check.KEY).outcome is not Outcome.PASSED


def test_the_drawing_around_a_credential_changes_nothing() -> None:
    """A picture is a carrier: the same record inside another drawing is the same badge, and the report says no more."""
    sim = Simulator()
    text = sim.award().text
    reports = [
        examine(bake_png(picture(shade), text), "badge.png", sim.policy, now=sim.now).report for shade in (0, 255)
    ]
    assert [report.verdict for report in reports] == [Verdict.VALID, Verdict.VALID]
    assert reports[0].accept() == reports[1].accept()
    assert {report.result_of(Check.APPEARANCE).outcome for report in reports} == {Outcome.SKIPPED}


def picture(shade: int) -> bytes:
    """One pixel of this grey."""
    header = b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes([0, shade]))), (b"IEND", b""))
    chunks = [
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        pytest.param(None, "STATUS_RETRIEVAL_ERROR", id="not to be had"),
        pytest.param("{}", "STATUS_VERIFICATION_ERROR", id="no list"),
    ],
)
def test_what_is_wrong_with_a_status_has_the_name_of_the_recommendation(answer: str | None, name: str) -> None:
    """Bitstring Status List 1.0, section 3.2 and the problem types after it."""
    sim = Simulator()
    given = json.loads(sim.award().text)
    sim.override(given["credentialStatus"]["statusListCredential"], answer)
    problems = ask(client_of(sim), given).get_json()["problemDetails"]
    assert [problem["type"] for problem in problems] == [f"{STATUS_TYPES}{name}"]
    assert BASE in given["credentialStatus"]["statusListCredential"]
