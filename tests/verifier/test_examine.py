"""From something handed in to a report, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.algorithm import Algorithm
from tests.papers import certificate
from tests.simulator import BASE, Simulator, tamper
from verifier.examine import examine, examine_text
from verifier.intake import Carrier
from verifier.reasons import Check, Outcome, Reason
from verifier.report import Verdict

LINK = f"{BASE}/v/k7Qm2xV9pRtA4sZc8LwNeB"


@pytest.fixture
def world() -> Simulator:
    return Simulator()


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_went_in_at_the_desk_comes_out_at_the_gate(world: Simulator, algorithm: Algorithm) -> None:
    """A sealed text, as file and as pasted text, is accepted as the credential that was sealed."""
    award = world.award(algorithm)
    for found in (
        examine(award.text.encode(), "badge", world.policy, now=world.now),
        examine_text(award.text, world.policy, now=world.now),
    ):
        assert found.report.verdict is Verdict.VALID
        assert found.report.accept() == award.credential
        assert found.unreadable is None


def test_a_link_is_followed(world: Simulator) -> None:
    """What the address answers with is examined like a file, and the report says what was asked."""
    award = world.award()
    world.override(LINK, award.text)
    found = examine_text(LINK, world.policy, now=world.now)
    assert (found.item, found.carrier, found.link) == (LINK, Carrier.LINK, LINK)
    assert found.report.verdict is Verdict.VALID
    assert LINK in world.asked
    world.revoke(award)
    assert examine_text(LINK, world.policy, now=world.now).report.verdict is Verdict.REVOKED


def test_a_link_to_a_certificate_is_followed(world: Simulator) -> None:
    """A link may lead to a PDF; its page is then judged as well."""
    award = world.award()
    published = dict.fromkeys([LINK], certificate(award, shown={"name": "Erik Lindström"}))
    world.overrides.update(published)
    assert examine_text(LINK, world.policy, now=world.now).report.verdict is Verdict.ALTERED


def test_a_link_that_is_switched_off_is_not_available(world: Simulator) -> None:
    """A link that leads nowhere says so; nothing about the credential is claimed."""
    found = examine_text(LINK, world.policy, now=world.now)
    assert found.report.verdict is Verdict.COULD_NOT_CHECK
    assert found.report.outcome is Outcome.INDETERMINATE
    form = found.report.result_of(Check.FORM)
    assert form.reason is Reason.LINK_UNREACHABLE
    assert LINK in form.detail
    assert "not available" in form.detail
    assert found.link == LINK


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param("<!doctype html><p>sign in</p>", Reason.UNSUPPORTED_FORMAT, id="web page"),
        pytest.param(f"{LINK}/again", Reason.NO_CREDENTIAL, id="another link"),
        pytest.param(" ", Reason.NO_CREDENTIAL, id="nothing"),
        pytest.param('{"a": 1}', Reason.MALFORMED, id="other JSON"),
    ],
)
def test_a_link_to_something_else_is_unreadable(world: Simulator, answer: str, reason: Reason) -> None:
    """An address that answers with no credential is told by what it answers with."""
    world.override(LINK, answer)
    found = examine_text(LINK, world.policy, now=world.now)
    assert found.report.verdict is Verdict.UNREADABLE
    assert found.report.result_of(Check.FORM).reason is reason
    assert found.report.result_of(Check.FORM).evidence[0].looked_at == LINK


@pytest.mark.parametrize(
    "link",
    [
        "http://voltpass.example/v/x",
        "https://127.0.0.1/v/x",
        "https://user:pass@voltpass.example/v/x",
        "http://[::1]/x",
        "https://localhost:1/x",
    ],
)
def test_a_link_to_elsewhere_is_not_followed_blindly(world: Simulator, link: str) -> None:
    """A link is only ever looked up through the policy's documents, with their rules."""
    assert examine_text(link, world.policy, now=world.now).report.verdict is Verdict.COULD_NOT_CHECK


def test_unreadable_is_a_report(world: Simulator) -> None:
    """What cannot be read gives a report with the digest of what was handed in, not an exception."""
    found = examine(b"no credential", "list.txt", world.policy, now=world.now)
    assert found.report.verdict is Verdict.UNREADABLE
    assert found.carrier is None
    assert found.unreadable is not None
    assert found.report.result_of(Check.FORM).detail == str(found.unreadable)
    assert found.report.result_of(Check.FORM).evidence[0].digest is not None
    assert found.to_json()["credential"] is None


def test_the_public_report_names_its_item(world: Simulator) -> None:
    """One object per item, as scripts read it; notes only where there are some."""
    shown = examine(world.award().text.encode(), "badge.json", world.policy, now=world.now).to_json()
    assert list(shown) == ["item", "verdict", "outcome", "checked_at", "checks", "credential", "endorsements"]
    assert json.loads(json.dumps(shown))["item"] == "badge.json"
    noted = examine(world.award().text.encode(), "badge.pdf", world.policy, now=world.now).to_json()
    assert noted["notes"] == ["Its name ends in .pdf, but it is JSON."]


def test_a_bug_is_not_taken_for_a_bad_file(world: Simulator) -> None:
    """An error that is ours comes out as what it is."""

    class BrokenDocuments:
        def fetch(self, url: str, *, accept: str, now: object) -> None:
            raise ZeroDivisionError

    policy = world.policy
    object.__setattr__(policy, "documents", BrokenDocuments())
    with pytest.raises(ZeroDivisionError):
        examine_text(LINK, policy, now=world.now)


def test_a_tampered_text_is_altered(world: Simulator) -> None:
    """One changed character in the JSON is ALTERED."""
    forged = tamper(world.award().text, lambda document: document.__setitem__("name", "Other"))
    assert examine_text(forged, world.policy, now=world.now).report.verdict is Verdict.ALTERED


WORLD = Simulator()
TEXT = WORLD.award().text


@settings(max_examples=80, deadline=None)
@given(place=st.integers(0, len(TEXT) - 1), letter=st.characters(codec="utf-8"))
def test_no_change_of_one_letter_is_valid(place: int, letter: str) -> None:
    """Any other text is never green, unless it says the same."""
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    report = examine_text(changed, WORLD.policy, now=WORLD.now).report
    if report.verdict is Verdict.VALID:
        assert json.loads(changed) == json.loads(TEXT)
