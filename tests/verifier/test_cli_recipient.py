"""`--email`: compared with what was signed, told in words and in the exit status, and never repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from credentials.identity import hash_email
from tests.simulator import Simulator, subject, tamper
from verifier.cli import ALL_VALID, SOME_NOT_CHECKED, SOME_NOT_VALID, verify_command
from verifier.report import Verdict

ASA = "asa@mail.example"


def run(world: Simulator, paper: str, folder: Path, *options: str) -> Result:
    file = folder / "badge.json"
    file.write_text(paper, encoding="utf-8")
    command = verify_command(lambda demands: world.policy)
    return CliRunner().invoke(command, ["--at", world.now.isoformat(), *options, str(file)], catch_exceptions=False)


def badge(world: Simulator, *emails: str) -> str:
    identifiers = [*subject()["identifier"], *(hash_email(each, "salt").to_json() for each in emails)]
    return world.award(credentialSubject=subject(identifier=identifiers)).text


@pytest.mark.parametrize(
    ("signed", "answer", "status"),
    [
        pytest.param([ASA], "same", ALL_VALID, id="the same"),
        pytest.param(["b@mail.example"], "different", SOME_NOT_VALID, id="another"),
        pytest.param([], "not_named", SOME_NOT_CHECKED, id="none signed"),
    ],
)
def test_the_answer_stands_beside_the_verdict(signed: list[str], answer: str, status: int, tmp_path: Path) -> None:
    """The verdict stays VALID; a script that names a person is not told 0 about somebody else's badge."""
    world = Simulator()
    paper = badge(world, *signed)
    shown = run(world, paper, tmp_path, "--json", "--email", f" {ASA.upper()}")
    (report,) = json.loads(shown.stdout)
    assert (report["verdict"], report["recipient"], shown.exit_code) == (Verdict.VALID, answer, status)
    in_words = run(world, paper, tmp_path, "--email", ASA)
    assert ("VALID" in in_words.stdout, in_words.exit_code) == (True, status)
    assert "e-mail address" in in_words.stdout
    for result in (shown, in_words):
        assert ASA not in result.output.lower()


def test_without_the_option_nothing_is_compared(tmp_path: Path) -> None:
    """Nobody asked."""
    world = Simulator()
    (report,) = json.loads(run(world, badge(world, ASA), tmp_path, "--json").stdout)
    assert "recipient" not in report


def test_nothing_is_compared_with_a_badge_that_is_not_authentic(tmp_path: Path) -> None:
    """Whoever changed it chose the address in it."""
    world = Simulator()
    forged = tamper(badge(world, ASA), lambda document: document.update(name="Other"))
    shown = run(world, forged, tmp_path, "--json", "--email", ASA)
    (report,) = json.loads(shown.stdout)
    assert (report["verdict"], "recipient" in report, shown.exit_code) == (Verdict.ALTERED, False, SOME_NOT_VALID)


def test_two_badges_stay_one_list(tmp_path: Path) -> None:
    """The JSON stays well formed with several items."""
    world = Simulator()
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(badge(world, ASA), encoding="utf-8")
    command = verify_command(lambda demands: world.policy)
    arguments = ["--json", "--email", ASA, "--at", world.now.isoformat(), str(tmp_path)]
    shown = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert [each["recipient"] for each in json.loads(shown.stdout)] == ["same", "same"]


def test_what_is_no_address_is_refused_without_repeating_it(tmp_path: Path) -> None:
    """A slip on the command line does not end up in a log either."""
    world = Simulator()
    shown = run(world, badge(world, ASA), tmp_path, "--email", "asa.mail.example")
    assert shown.exit_code == 2
    assert "asa.mail" not in shown.output
