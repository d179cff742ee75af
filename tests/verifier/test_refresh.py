"""Refresh service: asked once, after the proof, only where the policy says so; in doubt the original stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from credentials.status_list import StatusPurpose
from credentials.unverified import UnverifiedCredential, open_unverified
from keys.algorithm import Algorithm
from tests.simulator import BASE, CONTEXTS, Simulator, tamper
from verifier.reasons import Check, Reason
from verifier.report import Verdict, VerificationReport

SERVICE = f"{BASE}/refresh/1"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
BEGAN, BEGINS = "2026-10-16T00:00:00Z", "2026-11-01T00:00:00Z"


class World:
    """An issuer with a badge that names a refresh service; by default the old issue has expired."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self.id = self.sim.document()["id"]
        self.old = self.write(validUntil="2026-11-10T00:00:00Z")

    def write(self, **changes: Any) -> str:
        algorithm = changes.pop("algorithm", Algorithm.ED25519)
        members = {
            "@context": [*CONTEXTS, EXTENSIONS],
            "id": self.id,
            "validFrom": BEGAN,
            "refreshService": {"id": SERVICE, "type": "1EdTechCredentialRefresh"},
        }
        return self.sim.award_raw(self.sim.document(**{**members, **changes}), algorithm)

    def newer(self, **changes: Any) -> str:
        return self.write(**{"validFrom": BEGINS, **changes})

    def verify(self, paper: str | None = None, *, follow: bool = True) -> VerificationReport:
        policy = replace(self.sim.policy, follow_refresh=follow)
        return self.sim.verify(paper or self.old, policy=policy)


def told(report: VerificationReport) -> list[str]:
    evidence = report.result_of(Check.VALIDITY).evidence
    return [each.facts["refresh"] for each in evidence if "refresh" in each.facts]


def test_a_newer_issue_takes_the_place_of_the_old() -> None:
    """What the report says is about the newer one, and its evidence tells how it came by it."""
    world = World()
    world.sim.override(SERVICE, world.newer())
    report = world.verify()
    assert report.verdict is Verdict.VALID
    assert told(report) == ["this newer issue stands"]
    assert report.to_json()["credential"]["validFrom"] == BEGINS
    evidence = report.result_of(Check.VALIDITY).evidence
    assert SERVICE in {each.looked_at for each in evidence}
    assert report.unverified is not None
    assert report.unverified.text == world.sim.overrides[SERVICE].decode()  # type: ignore[union-attr]


def test_nobody_is_asked_unless_the_policy_says_so() -> None:
    """Asking phones home, so it is off by default."""
    world = World()
    world.sim.override(SERVICE, world.newer())
    assert not world.sim.policy.follow_refresh
    assert world.verify(follow=False).verdict is Verdict.EXPIRED
    assert SERVICE not in world.sim.asked


def test_it_is_followed_once() -> None:
    """A newer issue names the service as well, and is not asked to refresh itself."""
    world = World()
    other = f"{BASE}/refresh/2"
    world.sim.override(SERVICE, world.newer(refreshService={"id": other, "type": "1EdTechCredentialRefresh"}))
    world.sim.override(other, world.newer(validFrom="2026-11-02T00:00:00Z"))
    assert world.verify().to_json()["credential"]["validFrom"] == BEGINS
    assert world.sim.asked.count(SERVICE) == 1
    assert other not in world.sim.asked


def test_a_forged_paper_sends_nobody_anywhere() -> None:
    """Only what the issuer sealed names a service."""
    world = World()
    forged = tamper(world.old, lambda document: document.update(name="Other"))
    assert world.verify(forged).verdict is Verdict.ALTERED
    assert SERVICE not in world.sim.asked


def test_another_kind_of_service_is_not_asked() -> None:
    """Only the one that the standard describes."""
    world = World()
    service = {"id": SERVICE, "type": "1EdTechJsonSchemaValidator2019"}
    world.verify(world.write(refreshService=service))
    assert SERVICE not in world.sim.asked


def test_the_newer_issue_is_judged_like_any_other() -> None:
    """Its own status counts."""
    world = World()
    newer = world.newer()
    index = int(json.loads(newer)["credentialStatus"]["statusListIndex"])
    world.sim.provider.bits[StatusPurpose.REVOCATION].set(index, True)
    world.sim.override(SERVICE, newer)
    assert world.verify().verdict is Verdict.REVOKED


def by_another(world: World) -> str:
    stranger = world.sim.stranger()
    return world.sim.award(provider=stranger, id=world.id, validFrom=BEGINS).text


def forged(world: World) -> str:
    return tamper(world.newer(), lambda document: document.update(name="Other"))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda world: None, id="not to be had"),
        pytest.param(lambda world: "<html>", id="a web page"),
        pytest.param(by_another, id="another issuer"),
        pytest.param(lambda world: world.newer(id="urn:uuid:11111111-1111-4111-8111-111111111111"), id="another id"),
        pytest.param(lambda world: world.newer(validFrom=BEGAN), id="the same date"),
        pytest.param(lambda world: world.newer(validFrom="2026-01-01T00:00:00Z"), id="older"),
        pytest.param(lambda world: world.newer(validFrom="2026-12-01T00:00:00Z"), id="not in force yet"),
        pytest.param(lambda world: world.newer(validFrom="soon", algorithm=Algorithm.ED25519), id="no date"),
        pytest.param(forged, id="seal broken"),
        pytest.param(lambda world: world.newer(name=None, awardedDate="never"), id="against the standard"),
    ],
)
def test_whatever_goes_wrong_the_original_stands(answer: Callable[[World], str | None]) -> None:
    """The paper at hand is as good or bad as it was, and the evidence says that a newer one was looked for."""
    world = World()
    world.sim.override(SERVICE, answer(world))
    report = world.verify()
    assert (report.verdict, report.deciding.reason) == (Verdict.EXPIRED, Reason.EXPIRED)
    assert told(report) == ["the original stands"]


def test_an_answer_secured_in_a_way_that_is_not_accepted_does_not_stand() -> None:
    """The policy's allow-list holds for the newer issue too."""
    world = World()
    world.sim.override(SERVICE, world.newer(algorithm=Algorithm.P256))
    allowed = frozenset({"eddsa-rdfc-2022"})
    policy = replace(world.sim.policy, follow_refresh=True, accepted_mechanisms=allowed)
    report = world.sim.verify(world.old, policy=policy)
    assert (report.verdict, told(report)) == (Verdict.EXPIRED, ["the original stands"])
    problem = report.result_of(Check.VALIDITY).evidence[-1].facts["problem"]
    assert problem == "the answer is secured in a way that is not accepted here"


def test_whose_key_it_is_counts_not_whose_it_was_handed_in_as(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a reader ever take another issuer out of the answer than the sealed one, the original stands."""
    world = World()
    other = {"id": world.sim.found_provider("other").issuer_id, "type": ["Profile"], "name": "Other"}
    world.sim.override(SERVICE, world.newer(issuer=other))

    def misread(text: bytes) -> UnverifiedCredential:
        return replace(open_unverified(text), unverified_issuer_id=world.sim.provider.issuer_id)

    monkeypatch.setattr("verifier.refresh.open_unverified", misread)
    report = world.verify()
    assert (report.verdict, told(report)) == (Verdict.EXPIRED, ["the original stands"])
    problem = report.result_of(Check.VALIDITY).evidence[-1].facts["problem"]
    assert problem == "the answer names another issuer than the holder of its key"
