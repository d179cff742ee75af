"""KEY of an https issuer without a controller document: the key set of its own host, and only for whom `iss` names."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from keys.algorithm import Algorithm
from keys.history import key_set
from tests.simulator import BASE, Provider, Simulator
from verifier.documents import FetchedDocument
from verifier.errors import Unreachable
from verifier.key_sets import WELL_KNOWN
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict, VerificationReport

ISSUER = f"{BASE}/schools/vbk"
SET = f"{BASE}{WELL_KNOWN}"
PROFILE = {"id": ISSUER, "type": "Profile", "name": "VBK"}


class World:
    """An issuer known by a web address that answers with its profile, and a key set on its host."""

    def __init__(self, home: Any = None) -> None:
        self.sim = Simulator()
        self.school: Provider = self.sim.found_provider("school", issuer_id=ISSUER)
        self.sim.override(ISSUER, PROFILE if home is None else home)
        self.publish(json.loads(json.dumps(key_set(self.school.periods))))

    def publish(self, body: Any) -> None:
        self.sim.override(SET, body)

    def verify(self) -> VerificationReport:
        return self.sim.verify(self.sim.award(Algorithm.P256, provider=self.school, credentialStatus=None))

    def key(self) -> CheckResult:
        return self.verify().result_of(Check.KEY)


@pytest.mark.parametrize(
    "home",
    [
        pytest.param(PROFILE, id="a profile"),
        pytest.param("<!doctype html><title>VBK</title>", id="a web page"),
    ],
)
def test_a_key_in_the_set_of_the_host_counts(home: Any) -> None:
    """The key at the address in `kid` stands in the host's key set too, for this issuer."""
    world = World(home)
    report = world.verify()
    assert report.verdict is Verdict.VALID
    assert SET in {each.looked_at for each in report.result_of(Check.KEY).evidence}


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_without_a_document_is_as_good(status: int) -> None:
    """404 and 410 say that there is no controller document; a server in trouble says nothing."""
    world = World()

    class Absent:
        def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
            if url == ISSUER:
                raise Unreachable(url, "absent", status=self.status)
            return world.sim.fetcher.fetch(url, accept=accept, now=now)

        def __init__(self, status: int | None) -> None:
            self.status = status

    paper = world.sim.award(Algorithm.P256, provider=world.school, credentialStatus=None)
    for answered, reason in ((status, None), (503, Reason.KEY_UNREACHABLE), (None, Reason.KEY_UNREACHABLE)):
        policy = replace(world.sim.policy, documents=Absent(answered))
        assert world.sim.verify(paper, policy=policy).result_of(Check.KEY).reason is reason


def others_iss(keys: list[dict[str, Any]]) -> Any:
    return {"keys": [{**key, "iss": f"{BASE}/schools/other"} for key in keys]}


def no_iss(keys: list[dict[str, Any]]) -> Any:
    return {"keys": [{name: value for name, value in key.items() if name != "iss"} for key in keys]}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(others_iss, id="of another issuer on the host"),
        pytest.param(no_iss, id="of nobody"),
        pytest.param(lambda keys: {"iss": f"{BASE}/schools/other", "keys": keys}, id="set of another issuer"),
        pytest.param(lambda keys: {"keys": []}, id="empty"),
        pytest.param(lambda keys: {"keys": {}}, id="no list"),
        pytest.param(lambda keys: {"keys": ["x", 7, {"kty": "RSA", "iss": ISSUER}]}, id="no keys that are checked"),
        pytest.param(lambda keys: {"keys": keys * 200}, id="too many"),
        pytest.param(lambda keys: {"keys": [{**key, "exp": "soon"} for key in keys]}, id="end in words"),
        pytest.param(lambda keys: {"keys": [{**key, "exp": True} for key in keys]}, id="end that is no number"),
        pytest.param(lambda keys: "<html>", id="a web page"),
        pytest.param(lambda keys: None, id="not there"),
    ],
)
def test_a_set_that_does_not_name_the_issuer_says_nothing(change: Any) -> None:
    """Two schools on one host must not speak for each other."""
    world = World()
    world.publish(change(json.loads(json.dumps(key_set(world.school.periods)))["keys"]))
    assert world.key().outcome is not Outcome.PASSED


@pytest.mark.parametrize(("later", "reason"), [(0, None), (1, Reason.KEY_NOT_AUTHORISED)])
def test_a_key_seals_nothing_before_its_time(later: int, reason: Reason | None) -> None:
    """`nbf` begins what a key may have sealed, to the second."""
    world = World()
    keys = json.loads(json.dumps(key_set(world.school.periods)))["keys"]
    world.publish({"keys": [{**key, "nbf": int(world.sim.now.timestamp()) + later} for key in keys]})
    assert world.key().reason is reason


@pytest.mark.parametrize("member", ["exp", "nbf"])
@pytest.mark.parametrize("end", ["soon", True, 10**20])
def test_an_end_that_is_no_moment_spoils_the_set(member: str, end: object) -> None:
    """It is no time long ago either: a set that cannot be read lists no key, rather than one that has ended."""
    world = World()
    keys = json.loads(json.dumps(key_set(world.school.periods)))["keys"]
    world.publish({"keys": [{**key, member: end} for key in keys]})
    assert world.key().reason is Reason.KEY_NOT_AUTHORISED


def test_iss_may_stand_at_the_whole_set() -> None:
    """One issuer on a host of its own says it once."""
    world = World()
    written = no_iss(json.loads(json.dumps(key_set(world.school.periods)))["keys"])
    world.publish({"iss": ISSUER, **written})
    assert world.verify().verdict is Verdict.VALID


def test_a_key_that_is_not_in_the_set_is_refused() -> None:
    """Lying on the issuer's host is not enough."""
    world = World()
    kept = [each for each in world.school.periods if each.public_key.algorithm is Algorithm.ED25519]
    world.publish(json.loads(json.dumps(key_set(kept))))
    assert world.key().reason is Reason.KEY_NOT_AUTHORISED


def test_a_key_whose_time_was_over_is_refused() -> None:
    """`exp` ends what a key may have sealed."""
    world = World()
    keys = json.loads(json.dumps(key_set(world.school.periods)))["keys"]
    world.publish({"keys": [{**key, "exp": int(world.sim.now.timestamp()) - 1} for key in keys]})
    assert world.key().reason is Reason.KEY_EXPIRED


def test_a_controller_document_is_never_overruled() -> None:
    """Where the issuer has a document about its keys, a key that it does not list there is none."""
    world = World()
    without = replace(world.school.controller(), assertion_methods=frozenset(), verification_methods=())
    world.sim.override(ISSUER, {**without.to_json(), "verificationMethod": [], "assertionMethod": []})
    assert world.key().reason is Reason.KEY_NOT_AUTHORISED


def test_a_did_is_not_looked_up_in_key_sets() -> None:
    """did:web says where the keys stand."""
    sim = Simulator()
    sim.override(sim.did_url(), "<html>")
    sim.override(SET, json.dumps(key_set(sim.provider.periods)))
    report = sim.verify(sim.award(Algorithm.P256))
    assert report.result_of(Check.KEY).reason is Reason.KEY_DOCUMENT_INVALID
    assert SET not in sim.asked
