"""STATUS: which lists are asked for a credential, and what the paper and the issuer may say about them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from credentials.status_list import StatusPurpose
from keys.algorithm import Algorithm
from keys.controller_document import Service
from tests.simulator import BASE, CONTEXTS, Award, Simulator
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict
from verifier.status import MOST_LISTS, STATUS_LIST_SERVICE

REVOCATION = StatusPurpose.REVOCATION


def status_of(sim: Simulator, paper: Award | str) -> CheckResult:
    return sim.verify(paper).result_of(Check.STATUS)


def with_services(sim: Simulator, *services: Service) -> None:
    controller = replace(sim.provider.controller(), services=services)
    sim.override(sim.did_url(), controller.to_json())


def sibling(sim: Simulator, **properties: str) -> Service:
    accompanies = sim.provider.list_url(REVOCATION)
    listed = {"statusPurpose": "suspension", "accompanies": accompanies, **properties}
    endpoint = sim.provider.list_url(StatusPurpose.SUSPENSION)
    return Service(f"{sim.provider.issuer_id}#s", STATUS_LIST_SERVICE, endpoint, listed)


def test_siblings_of_other_lists_are_not_asked() -> None:
    """A sibling list shares its index with the list it accompanies, and with no other."""
    sim = Simulator()
    award = sim.award()
    sim.suspend(award)
    with_services(sim, sibling(sim, accompanies=f"{BASE}/status/another"))
    assert status_of(sim, award).outcome is Outcome.PASSED
    with_services(sim, replace(sibling(sim), type="LinkedDomains"))
    assert status_of(sim, award).outcome is Outcome.PASSED
    with_services(sim, sibling(sim))
    assert status_of(sim, award).reason is Reason.SUSPENDED


def entry(sim: Simulator, **changes: Any) -> dict[str, Any]:
    listed = dict(sim.document()["credentialStatus"])
    return {name: value for name, value in {**listed, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"statusListIndex": "131072"}, Reason.STATUS_INVALID, id="index beyond the list"),
        pytest.param({"statusPurpose": "weather"}, Reason.STATUS_UNSUPPORTED, id="purpose unknown here"),
        pytest.param({"statusPurpose": "suspension"}, Reason.STATUS_INVALID, id="purpose of another list"),
        pytest.param(
            {
                "statusSize": 2,
                "statusMessage": [{"status": hex(value), "message": "m"} for value in range(4)],
            },
            Reason.STATUS_INVALID,
            id="several bits in a list too short for them",
        ),
        pytest.param(
            {"statusListCredential": "http://voltpass.example/status/vbk-revocation"},
            Reason.STATUS_UNREACHABLE,
            id="list without TLS",
        ),
        pytest.param(
            {"statusListCredential": "urn:uuid:5c0fca9c-9e5a-4f0e-8a51-4a2c2d8a1c99"},
            Reason.STATUS_UNREACHABLE,
            id="list at no address",
        ),
    ],
)
def test_a_status_that_cannot_be_read_leaves_the_question_open(changes: dict[str, Any], reason: Reason) -> None:
    """What the paper asks to look up must be something the gate knows how to look up."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(credentialStatus=entry(sim, **changes)), Algorithm.P256))
    assert report.result_of(Check.STATUS).reason is reason
    assert report.verdict in {Verdict.COULD_NOT_CHECK, Verdict.UNREADABLE}


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"statusListIndex": "-1"}, id="negative index"),
        pytest.param({"statusListIndex": "one"}, id="index in words"),
        pytest.param({"statusListIndex": None}, id="no index"),
        pytest.param({"statusListCredential": None}, id="no list"),
        pytest.param({"statusPurpose": None}, id="no purpose"),
    ],
)
def test_a_malformed_status_is_invalid(broken: dict[str, Any]) -> None:
    """A status that names no list or no place in it cannot be looked up."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(credentialStatus=entry(sim, **broken)), Algorithm.P256))
    assert report.result_of(Check.STATUS).reason is Reason.STATUS_INVALID
    assert report.result_of(Check.SCHEMA).reason is Reason.SCHEMA_VIOLATED


def test_another_kind_of_status_is_not_guessed_at() -> None:
    """A status method that is not known here may say something bad."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(credentialStatus={"id": f"{BASE}/status/1", "type": "JsonSchema"})))
    assert report.result_of(Check.STATUS).reason is Reason.STATUS_UNSUPPORTED
    assert report.verdict is Verdict.COULD_NOT_CHECK


def test_several_statuses_are_not_guessed_between() -> None:
    """Open Badges allows one status; an array of them is not read."""
    sim = Simulator()
    report = sim.verify(sim.award_raw(sim.document(credentialStatus=[entry(sim), entry(sim)]), Algorithm.P256))
    assert report.result_of(Check.STATUS).reason is Reason.STATUS_UNSUPPORTED


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        pytest.param({"statusPurpose": "weather"}, Reason.STATUS_UNSUPPORTED, id="purpose unknown here"),
        pytest.param({"statusPurpose": "revocation"}, Reason.STATUS_INVALID, id="purpose of another list"),
    ],
)
def test_a_sibling_list_must_be_understood(service: dict[str, str], reason: Reason) -> None:
    """A sibling list that says something unknown may say something bad."""
    sim = Simulator()
    award = sim.award()
    with_services(sim, sibling(sim, **service))
    assert status_of(sim, award).reason is reason


def test_an_issuer_cannot_make_the_gate_fetch_without_end() -> None:
    """More sibling lists than make sense are not fetched."""
    sim = Simulator()
    award = sim.award()
    with_services(sim, *[sibling(sim)] * (MOST_LISTS + 1))
    assert status_of(sim, award).reason is Reason.STATUS_INVALID
    with_services(sim, *[sibling(sim)] * MOST_LISTS)
    assert status_of(sim, award).outcome is Outcome.PASSED


def old_revocation_list(sim: Simulator, document: Any) -> CheckResult:
    url = f"{BASE}/revoked"
    sim.override(url, json.dumps(document))
    status = {"id": url, "type": "1EdTechRevocationList"}
    contexts = [*CONTEXTS, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    document = {**sim.document(), "@context": contexts, "id": "urn:uuid:1", "credentialStatus": status}
    return sim.verify(sim.award_raw(document)).result_of(Check.STATUS)


@pytest.mark.parametrize(
    ("revoked", "reason"),
    [
        pytest.param([{"id": "urn:uuid:1", "revoked": True}], Reason.REVOKED, id="listed"),
        pytest.param([{"id": "urn:uuid:1"}], Reason.REVOKED, id="listed without saying more"),
        pytest.param([{"id": "urn:uuid:1", "revoked": False}], Reason.STATUS_UNSUPPORTED, id="listed as good"),
        pytest.param([{"id": "urn:uuid:2"}, "x"], Reason.STATUS_UNSUPPORTED, id="another listed"),
        pytest.param([], Reason.STATUS_UNSUPPORTED, id="empty"),
        pytest.param("urn:uuid:1", Reason.STATUS_INVALID, id="no list"),
        pytest.param(7, Reason.STATUS_INVALID, id="a number"),
    ],
)
def test_an_unsealed_list_is_believed_only_when_it_says_no(revoked: Any, reason: Reason) -> None:
    """1EdTechRevocationList carries no seal: it can withdraw a credential, and can never vouch for one."""
    sim = Simulator()
    document = {"id": f"{BASE}/revoked", "issuer": sim.provider.issuer_id, "revokedCredential": revoked}
    assert old_revocation_list(sim, document).reason is reason


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"issuer": "did:web:other.example", "revokedCredential": []}, id="of another issuer"),
        pytest.param([], id="no object"),
    ],
)
def test_an_unsealed_list_of_somebody_else_says_nothing(document: Any) -> None:
    """The list must at least claim to be the issuer's."""
    assert old_revocation_list(Simulator(), document).reason is Reason.STATUS_INVALID
