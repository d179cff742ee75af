"""A gate that works from a bundle says as of when, and passes nothing on an old one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from credentials.status_list import StatusPurpose
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.bundles import bundle_file, opened
from tests.simulator import Award, Simulator
from verifier.bundle import Bundle
from verifier.cli import Demands, House, bundle_policy, gate_policy, verify_command
from verifier.reasons import Check, Outcome, Reason
from verifier.report import Verdict
from verifier.verify import verify


def judged(award: Award, bundle: Bundle, world: Simulator) -> Verdict:
    return verify(open_unverified(award.text), bundle_policy(bundle), now=world.now).verdict


@pytest.fixture
def world() -> Simulator:
    return Simulator()


# ageing


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        pytest.param(timedelta(0), Verdict.VALID, id="new"),
        pytest.param(timedelta(days=7), Verdict.VALID, id="seven days"),
        pytest.param(timedelta(days=7, seconds=1), Verdict.COULD_NOT_CHECK, id="a second more"),
        pytest.param(timedelta(days=300), Verdict.COULD_NOT_CHECK, id="many months"),
        pytest.param(timedelta(seconds=-60), Verdict.VALID, id="clocks that differ"),
        pytest.param(timedelta(seconds=-61), Verdict.COULD_NOT_CHECK, id="made after the moment asked about"),
    ],
)
@pytest.mark.parametrize("has_status", [True, False])
def test_nothing_passes_on_an_old_bundle(world: Simulator, age: timedelta, verdict: Verdict, has_status: bool) -> None:
    """Seven days, whether the paper has a status or not: its issuer's keys may have been disowned since."""
    award = world.award() if has_status else world.award(credentialStatus=None)
    world.now += timedelta(hours=1)
    bundle = opened(world)
    world.now += age
    report = verify(open_unverified(award.text), bundle_policy(bundle), now=world.now)
    assert report.verdict is verdict
    if verdict is not Verdict.VALID:
        assert report.deciding.reason is Reason.STATUS_STALE
        assert "Good as of 2026-11-20T13:00:00Z" in report.deciding.detail


@pytest.mark.parametrize(
    ("bend", "verdict"),
    [
        pytest.param(Simulator.revoke, Verdict.REVOKED, id="revoked"),
        pytest.param(Simulator.suspend, Verdict.SUSPENDED, id="suspended"),
        pytest.param(Simulator.supersede, Verdict.SUPERSEDED, id="superseded"),
    ],
)
def test_bad_news_in_an_old_bundle_stays_bad(
    world: Simulator, bend: Callable[[Simulator, Award], None], verdict: Verdict
) -> None:
    """What was withdrawn when the bundle was made is reported as such, however old it is."""
    award = world.award()
    bend(world, award)
    bundle = opened(world)
    world.now += timedelta(days=30)
    assert judged(award, bundle, world) is verdict


def test_a_list_out_of_date_on_the_bundle_s_day_is_no_answer(world: Simulator) -> None:
    """The lists must have been in date when the bundle was made; how they age afterwards is the bundle's affair."""
    award, url = world.award(), world.provider.list_url(StatusPurpose.REVOCATION)
    changes: list[dict[str, Any]] = [
        {"valid_until": world.now - timedelta(hours=1)},
        {"valid_from": world.now + timedelta(hours=1)},
    ]
    for change in changes:
        world.override(url, world.sealed_list(StatusPurpose.REVOCATION, **change))
        assert judged(award, opened(world), world) is Verdict.COULD_NOT_CHECK
    world.override(url, world.sealed_list(StatusPurpose.REVOCATION, valid_until=world.now + timedelta(hours=1)))
    bundle = opened(world)
    world.now += timedelta(hours=2)
    assert judged(award, bundle, world) is Verdict.VALID


def test_a_policy_without_bundle_knows_no_bundle_age(world: Simulator) -> None:
    """Only a gate that works from a bundle asks for its age."""
    assert not world.policy.is_bundle_stale(world.now + timedelta(days=999))


# at the command line


@dataclass
class Laptop:
    """The gate alone, without office and network, with a bundle on its disk; `house` is what is wired to it."""

    world: Simulator
    folder: Path
    house: House | None = None

    def bring(self, data: bytes) -> Path:
        path = self.folder / "bundle.json"
        path.write_bytes(data)
        return path

    def run(self, *arguments: str | Path) -> Result:
        house = replace(self.house or House(), clock=lambda: self.world.now)
        command = verify_command(gate_policy, house=house)
        return CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)

    def check(self, award: Award, *more: str) -> Result:
        paper = self.folder / "a.json"
        paper.write_text(award.text, encoding="utf-8")
        key = ["--keeper-key", self.world.keeper.public_key.multikey]
        return self.run(paper, "--offline", "--trust", self.folder / "bundle.json", *key, *more)


@pytest.fixture
def laptop(world: Simulator, tmp_path: Path) -> Laptop:
    return Laptop(world, tmp_path)


def test_a_young_bundle_gives_a_verdict_with_its_age(laptop: Laptop) -> None:
    """VALID in green, and as of when; a revocation since then is not known, and a new bundle knows it."""
    world = laptop.world
    award = world.award()
    laptop.bring(bundle_file(world))
    world.revoke(award)
    world.now += timedelta(days=1, hours=5)
    result = laptop.check(award)
    assert result.exit_code == 0
    assert "✓ VALID" in result.stdout
    assert "As of 20 November 2026, 12:00 UTC: the bundle is 1 day old." in result.stdout
    laptop.bring(bundle_file(world))
    result = laptop.check(award)
    assert result.exit_code == 1
    assert "✗ REVOKED" in result.stdout
    assert "the bundle is 0 hours old." in result.stdout


def test_an_old_bundle_says_valid_as_of_and_is_never_green(laptop: Laptop) -> None:
    """The words "VALID AS OF" with the date, exit status 3; for machines COULD_NOT_CHECK with what held then."""
    world = laptop.world
    award = world.award()
    laptop.bring(bundle_file(world))
    world.now += timedelta(days=8)
    result = laptop.check(award)
    assert result.exit_code == 3
    assert "? VALID AS OF 20 November 2026 " in result.stdout
    assert "the bundle is 8 days old. It is too old to go by" in result.stdout
    assert "✓" not in result.stdout
    (report,) = json.loads(laptop.check(award, "--json").stdout)
    assert (report["verdict"], report["outcome"]) == ("COULD_NOT_CHECK", "indeterminate")
    assert report["bundle"] == {
        "made_at": "2026-11-20T12:00:00Z",
        "age_seconds": 8 * 86400,
        "is_stale": True,
        "verdict_then": "VALID",
    }


@pytest.mark.parametrize(
    ("bend", "word"),
    [
        pytest.param(lambda world, award: world.now + timedelta(days=900), "EXPIRED", id="lapsed since"),
        pytest.param(lambda world, award: world.distrust(), "UNKNOWN ISSUER", id="not listed"),
        pytest.param(
            lambda world, award: world.override(world.provider.list_url(StatusPurpose.REVOCATION), "{}"),
            "COULD NOT CHECK",
            id="no usable list even then",
        ),
    ],
)
def test_valid_as_of_is_said_only_where_nothing_else_stands_in_the_way(
    laptop: Laptop, bend: Callable[[Simulator, Award], object], word: str
) -> None:
    """What is not valid for another reason is not called valid as of any day."""
    world = laptop.world
    award = world.award()
    moved = bend(world, award)
    laptop.bring(bundle_file(world))
    world.now = moved if moved is not None else world.now + timedelta(days=8)  # type: ignore[assignment]
    result = laptop.check(award)
    assert word in result.stdout
    assert "VALID AS OF" not in result.stdout
    assert result.exit_code != 0


def test_without_a_bundle_nothing_is_said_of_one(laptop: Laptop) -> None:
    """The note belongs to bundles alone."""
    paper = laptop.folder / "a.json"
    paper.write_text(laptop.world.award().text, encoding="utf-8")
    (report,) = json.loads(laptop.run(paper, "--offline", "--json").stdout)
    assert "bundle" not in report


def test_the_keeper_s_key_never_comes_from_the_bundle(laptop: Laptop) -> None:
    """Without a key on the command line or in the house the bundle is not opened; with a wrong one neither."""
    paper, bundle = laptop.folder / "a.json", laptop.bring(bundle_file(laptop.world))
    paper.write_text(laptop.world.award().text, encoding="utf-8")
    result = laptop.run(paper, "--offline", "--trust", bundle)
    assert result.exit_code == 2
    assert "name its keeper's key with --keeper-key" in result.output
    other = MemorySigner.generate(Algorithm.P256).public_key.multikey
    result = laptop.run(paper, "--offline", "--trust", bundle, "--keeper-key", other)
    assert result.exit_code == 2
    assert "not signed by its keeper" in result.output
    laptop.house = House(keeper_keys=lambda _: [laptop.world.keeper.public_key])
    assert laptop.run(paper, "--offline", "--trust", bundle).exit_code == 0


def test_with_a_network_only_the_trust_list_of_a_bundle_is_used(world: Simulator, tmp_path: Path) -> None:
    """What is published now is newer than any bundle; offline the bundle is all there is."""
    seen: list[Demands] = []

    def policy(demands: Demands) -> Any:
        seen.append(demands)
        return world.policy

    (tmp_path / "b").write_bytes(bundle_file(world))
    (tmp_path / "a.json").write_text(world.award().text, encoding="utf-8")
    house = House(keeper_keys=lambda _: [world.keeper.public_key], clock=lambda: world.now)
    for more in ([], ["--offline"]):
        arguments = [str(tmp_path / "a.json"), "--trust", str(tmp_path / "b"), *more]
        CliRunner().invoke(verify_command(policy, house=house), arguments, catch_exceptions=False)
    assert [demands.bundle is not None for demands in seen] == [False, True]
    assert all(demands.trust is not None and demands.trust.source == "bundle" for demands in seen)


def test_a_report_out_of_a_bundle_fails_no_earlier_than_it_must(world: Simulator) -> None:
    """The outcome of an outdated answer is open, not failed: nothing bad is known."""
    award, bundle = world.award(), opened(world)
    world.now += timedelta(days=8)
    report = verify(open_unverified(award.text), bundle_policy(bundle), now=world.now)
    assert report.outcome is Outcome.INDETERMINATE
    assert len(report.result_of(Check.STATUS).evidence) == 3
