"""Nothing is silently unsigned: each way to show more than was sealed, or two things to two readers, has a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from credentials.compact_jws import write_compact_jws
from credentials.errors import CredentialError
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode, base64url_encode
from tests.simulator import CONTEXTS, Simulator, tamper
from verifier.examine import examine
from verifier.reasons import Check, Outcome, Reason
from verifier.report import Verdict, VerificationReport

Change = Callable[[dict[str, Any]], None]
CONTEXT_WRITTEN_OUT = {"name": "https://evil.example/#other"}


def put(*steps: str, value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        place = document
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value

    return change


def gate(sim: Simulator, text: str) -> VerificationReport:
    """The whole way through the front door, reading included."""
    return examine(text.encode(), "badge.json", sim.policy, now=sim.now).report


POISON = {
    "id": "urn:x:1",
    "type": ["Profile"],
    "endorsement": [{"type": ["VerifiableCredential"], "evidence": [{} for _ in range(8)]} for _ in range(2)],
}
ACHIEVEMENT = ("credentialSubject", "achievement")
KINDS = [
    pytest.param(put("ects", value=5), Reason.UNDEFINED_TERM, id="undefined-term"),
    pytest.param(put("type", value=["VerifiableCredential", "OpenBadge"]), Reason.UNDEFINED_TERM, id="undefined-type"),
    pytest.param(put("@context", value=[*CONTEXTS, "https://x.example/c"]), Reason.UNKNOWN_CONTEXT, id="context"),
    pytest.param(put("name", value={"en": "Badge", "sv": "Märke"}), Reason.LANGUAGE_MAP, id="language-map"),
    pytest.param(put(*ACHIEVEMENT, "name", value={"en-GB": "x"}), Reason.LANGUAGE_MAP, id="language-map-of-one"),
    pytest.param(put(*ACHIEVEMENT, "id", value="1"), Reason.RELATIVE_IDENTIFIER, id="relative-id"),
    pytest.param(put("@context", value=[*CONTEXTS, CONTEXT_WRITTEN_OUT]), Reason.INLINE_CONTEXT, id="inline-context"),
    pytest.param(put("name", value="Badge\u0007"), Reason.CONTROL_CHARACTER, id="control-character"),
    pytest.param(put(*ACHIEVEMENT, "creator", value=POISON), Reason.TOO_COMPLEX, id="poison-graph"),
    pytest.param(put("issuanceDate", value="2020-01-01T00:00:00Z"), Reason.MIXED_VERSIONS, id="date-of-version-1"),
]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("change", "reason"), KINDS)
def test_each_kind_has_its_own_reason(change: Change, reason: Reason) -> None:
    """Refused at the gate by name, soon, and never as anything but unreadable."""
    sim = Simulator()
    paper = tamper(sim.award().text, change)
    report = gate(sim, paper)
    assert (report.verdict, report.outcome) == (Verdict.UNREADABLE, Outcome.INDETERMINATE)
    assert report.deciding.reason is reason
    assert report.deciding.check in {Check.FORM, Check.PROOF}
    assert report.authentic is None


@pytest.mark.parametrize(("change", "reason"), [kind for kind in KINDS if kind.id != "inline-context"])
def test_a_token_that_covers_every_byte_is_held_to_the_same_rules(change: Change, reason: Reason) -> None:
    """The issuer signed it, and still no two readers would agree on what it says."""
    sim = Simulator()
    document = json.loads(json.dumps(sim.document()))
    change(document)
    assert gate(sim, token(sim, document)).deciding.reason is reason


def token(sim: Simulator, document: dict[str, Any]) -> str:
    """A token by the issuer's own key over a document that our own sealing would refuse."""

    return write_compact_jws(document, sim.provider.signers[Algorithm.P256], typ="vc+jwt", cty="vc")


@pytest.mark.parametrize("form", ["json", "token"])
def test_a_member_said_twice_has_its_own_reason(form: str) -> None:
    """The text holds two names; one reader takes the first, another the last."""
    sim = Simulator()
    if form == "json":
        text = sim.award().text.replace('"name":"High-Voltage', '"name":"Something else","name":"High-Voltage', 1)
    else:
        text = twice_in_a_token(sim)
    report = gate(sim, text)
    assert report.deciding.check is Check.FORM
    assert report.deciding.reason is Reason.DUPLICATE_MEMBER


def twice_in_a_token(sim: Simulator) -> str:

    header, payload, _ = sim.award(Algorithm.P256).text.split(".")
    body = base64url_decode(payload)[:-1] + b',"iss":"did:web:x.example"}'
    text = f"{header}.{base64url_encode(body)}"
    return f"{text}.{base64url_encode(sim.provider.signers[Algorithm.P256].sign(text.encode()))}"


def test_the_issuer_can_seal_none_of_it() -> None:
    """What the gate refuses never leaves the desk."""
    sim = Simulator()
    for kind in KINDS:
        change = kind.values[0]
        document = json.loads(json.dumps(sim.document()))
        change(document)  # type: ignore[operator]
        for algorithm in Algorithm:
            with pytest.raises(CredentialError):
                sim.award_raw(document, algorithm)
