"""The verdict page: one answer first, green for VALID alone, claims only when authentic, what to do for the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import CODE, START, Simulator, tamper
from tests.windows import gate_client, main_text, paste, verdict_shown
from verifier.report import Verdict
from verifier.web.gate import StatusNote
from verifier.web.verdict import KINDS

NAME, TITLE, CAN = "Åsa Lindström", "High-Voltage Awareness", "Can keep people safe."


def sealed(world: Simulator, **changes: Any) -> str:
    subject = world.document()["credentialSubject"] | {"narrative": CAN}
    return world.award(credentialSubject=subject, **changes).text


def valid(world: Simulator) -> str:
    return sealed(world)


def expired(world: Simulator) -> str:
    return sealed(world, validUntil="2026-11-01T23:59:59Z")


def early(world: Simulator) -> str:
    return sealed(world, validFrom="2026-12-01T00:00:00Z", awardedDate="2026-12-01T00:00:00Z")


def withdrawn(how: str) -> Callable[[Simulator], str]:
    def make(world: Simulator) -> str:
        award = world.award(credentialSubject=world.document()["credentialSubject"] | {"narrative": CAN})
        getattr(world, how)(award)
        return award.text

    return make


def from_a_stranger(world: Simulator) -> str:
    subject = world.document()["credentialSubject"] | {"narrative": CAN}
    return world.award(provider=world.stranger(), credentialSubject=subject).text


def altered(world: Simulator) -> str:
    return tamper(sealed(world), lambda document: document.update(name="Something else"))


def unreadable(world: Simulator) -> str:
    return sealed(world)[:-40]


def unreachable(world: Simulator) -> str:
    text = sealed(world)
    world.go_offline()
    return text


STATES = {
    Verdict.VALID: valid,
    Verdict.EXPIRED: expired,
    Verdict.NOT_YET_VALID: early,
    Verdict.REVOKED: withdrawn("revoke"),
    Verdict.SUSPENDED: withdrawn("suspend"),
    Verdict.SUPERSEDED: withdrawn("supersede"),
    Verdict.UNKNOWN_ISSUER: from_a_stranger,
    Verdict.ALTERED: altered,
    Verdict.UNREADABLE: unreadable,
    Verdict.COULD_NOT_CHECK: unreachable,
}
AUTHENTIC = set(STATES) - {Verdict.ALTERED, Verdict.UNREADABLE, Verdict.COULD_NOT_CHECK}


@pytest.mark.parametrize("verdict", STATES, ids=lambda verdict: verdict.value)
def test_each_verdict_has_its_band_and_only_valid_is_green(verdict: Verdict) -> None:
    """The band's word and pattern follow the report; the green pattern belongs to VALID alone."""
    world = Simulator()
    text = STATES[verdict](world)
    shown, kind = verdict_shown(paste(gate_client(world), text))
    assert shown == verdict.value
    assert kind == KINDS[verdict]
    assert (kind == "valid") is (verdict is Verdict.VALID)


@pytest.mark.parametrize("verdict", STATES, ids=lambda verdict: verdict.value)
def test_claims_are_shown_only_when_authentic(verdict: Verdict) -> None:
    """A name or a title that nobody is known to have signed does not stand on the page."""
    world = Simulator()
    text = STATES[verdict](world)
    page = main_text(paste(gate_client(world), text))
    assert (NAME in page) is (verdict in AUTHENTIC)
    assert (TITLE in page) is (verdict in AUTHENTIC)


@pytest.mark.parametrize("verdict", sorted(AUTHENTIC), ids=lambda verdict: verdict.value)
def test_the_sentence_of_ability_leads_only_when_valid(verdict: Verdict) -> None:
    """Of a badge that does not hold nobody reads first what its holder can do."""
    world = Simulator()
    text = STATES[verdict](world)
    page = paste(gate_client(world), text).text
    assert ("credential__can" in page) is (verdict is Verdict.VALID)
    assert CAN in page


@pytest.mark.parametrize("verdict", sorted(set(STATES) - {Verdict.VALID}), ids=lambda verdict: verdict.value)
def test_what_to_do_stands_under_every_other_verdict(verdict: Verdict) -> None:
    """Not valid is never the last word: what happened and what to do come straight after it."""
    world = Simulator()
    text = STATES[verdict](world)
    page = paste(gate_client(world), text).text
    assert 'class="advice"' in page
    assert page.index('class="advice"') < page.index('class="two credential"')


def test_valid_needs_no_advice() -> None:
    """The good case is short."""
    world = Simulator()
    assert 'class="advice"' not in paste(gate_client(world), sealed(world)).text


@pytest.mark.parametrize("verdict", STATES, ids=lambda verdict: verdict.value)
def test_all_nine_checks_are_told_and_what_failed_is_open(verdict: Verdict) -> None:
    """Each check is one sentence; evidence is folded away unless it needs somebody."""
    world = Simulator()
    text = STATES[verdict](world)
    page = paste(gate_client(world), text).text
    assert page.count("data-check=") == 9
    assert ("<details open>" in page) is (verdict is not Verdict.VALID)


def test_the_first_screen_says_everything_of_a_valid_badge() -> None:
    """Verdict and time, name, badge, ability, issuer and place, dates, assessment, in this order."""
    world = Simulator()
    issuer = {
        "id": world.provider.issuer_id,
        "type": ["Profile"],
        "name": "Battery School",
        "address": {"type": ["Address"], "addressCountryCode": "SE", "addressLocality": "Göteborg"},
    }
    page = main_text(paste(gate_client(world), sealed(world, issuer=issuer)))
    wanted = ["Valid", "checked 12:00:00 UTC", "20 November 2026", NAME, TITLE, CAN, "Battery School",
              "Göteborg, Sweden", "16 October 2026", "16 October 2028", "Assessed how"]  # fmt: skip
    places = [page.index(text) for text in wanted]
    assert places == sorted(places)


def test_an_end_date_that_is_not_there_is_said() -> None:
    """No date is not a missing line."""
    world = Simulator()
    assert "no end date" in main_text(paste(gate_client(world), sealed(world, validUntil=None)))


@pytest.mark.parametrize("how", ["revoke", "suspend", "supersede"])
def test_reason_and_day_of_a_withdrawal_come_from_the_issuers_note(how: str) -> None:
    """The note explains the verdict: a reason of the closed list in words, and the day."""
    world = Simulator()
    text = withdrawn(how)(world)
    note = StatusNote(reason="wrong_result", at=START - timedelta(days=2))
    page = main_text(paste(gate_client(world, notes=lambda credential_id: note), text))
    assert "18 November 2026" in page
    assert "Reason: wrong result" in page


def test_a_note_makes_no_verdict() -> None:
    """The office's record cannot turn a badge red that no list names: the gate looks only at what is published."""
    world = Simulator()
    note = StatusNote(reason="fraud", at=START)
    page = paste(gate_client(world, notes=lambda credential_id: note), sealed(world))
    assert verdict_shown(page) == ("VALID", "valid")
    assert "fraud" not in main_text(page)


def test_a_reason_outside_the_list_is_not_repeated() -> None:
    """Free text of a provider never reaches a stranger."""
    world = Simulator()
    note = StatusNote(reason="drunk at work", at=START)
    page = main_text(paste(gate_client(world, notes=lambda credential_id: note), withdrawn("revoke")(world)))
    assert "drunk" not in page
    assert "Reason: other" in page


def test_the_new_badge_is_linked_where_its_holder_shows_it() -> None:
    """Superseded: the link comes with the note or not at all."""
    world = Simulator()
    text = withdrawn("supersede")(world)
    note = StatusNote(reason="name_error", at=START, replaced_by="/v/new")
    assert 'href="/v/new"' in paste(gate_client(world, notes=lambda credential_id: note), text).text


def test_an_expired_badge_says_since_when() -> None:
    """Days are counted, and what to do is said."""
    world = Simulator()
    page = main_text(paste(gate_client(world), expired(world)))
    assert "Ended 19 days ago, on 1 November 2026." in page
    assert "Was valid until" in page


def test_an_issuer_nobody_knows_is_only_called_what_it_calls_itself() -> None:
    """A stranger may use any name, so the page names the identity beside it."""
    world = Simulator()
    page = main_text(paste(gate_client(world), from_a_stranger(world)))
    assert "Calls itself" in page
    assert "did:web:voltpass.example:issuers:stranger" in page
    assert "Issued by" not in page


def test_who_did_not_answer_is_named() -> None:
    """Could not check: which host, and to try again."""
    world = Simulator()
    award = world.award()
    world.override(world.provider.list_url(next(iter(world.provider.bits))), None)
    page = main_text(paste(gate_client(world), award.text))
    assert "We do not know whether this badge has been withdrawn." in page
    assert "voltpass.example did not answer" in page


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "‮evil"])
def test_signed_text_is_never_markup(text: str) -> None:
    """Whatever was signed is shown as text."""
    world = Simulator()
    subject = world.document()["credentialSubject"]
    subject["identifier"][0]["identityHash"] = text
    page = paste(gate_client(world), world.award(credentialSubject=subject).text).text
    assert "<script" not in page
    assert "<img" not in page
    assert "<bdi>" in page


@pytest.mark.parametrize(
    ("name", "size"), [("Li O", "short"), ("Malin Sjöström-Lindqvist", "middle"), ("M" + " de Sousa" * 7, "long")]
)
def test_a_long_name_is_set_smaller_and_never_cut(name: str, size: str) -> None:
    """The size steps down with the length; the name stays whole."""
    world = Simulator()
    subject = world.document()["credentialSubject"]
    subject["identifier"][0]["identityHash"] = name
    page = paste(gate_client(world), world.award(credentialSubject=subject).text).text
    assert f'data-size="{size}"><bdi>{name}</bdi>' in page


def test_the_page_speaks_the_visitors_language() -> None:
    """Verdict, checks and labels are German; what the badge says stays as signed and is marked as English."""
    world = Simulator()
    subject = world.document()["credentialSubject"] | {"narrative": CAN}
    subject["achievement"]["inLanguage"] = "en"
    page = paste(gate_client(world), world.award(credentialSubject=subject).text, language="de").text
    assert '<html lang="de">' in page
    assert ">Gültig</h1>" in page
    assert f'<p class="credential__can" lang="en">{CAN}</p>' in page


def test_check_words_only_stand_beside_a_valid_badge() -> None:
    """The words to compare a paper with are given for a badge that holds, and are the badge's own."""
    from credentials.check_words import check_words

    world = Simulator()
    award = world.award()
    assert " ".join(check_words(award.credential.id)) in main_text(paste(gate_client(world), award.text))
    world.revoke(award)
    assert "check-words" not in paste(gate_client(world), award.text).text


def test_level_hours_and_assessment_are_told_in_plain_words() -> None:
    """European elements become sentences; a level is only what the provider states."""
    from tests.example_credentials import example_credential

    world = Simulator()
    document = example_credential().to_json()
    subject = document["credentialSubject"] | {"id": "urn:uuid:5c0fca9c-9e5a-4f0e-8a51-4a2c2d8a1c11"}
    page = main_text(paste(gate_client(world), world.award(credentialSubject=subject).text))
    assert "stated by the provider" in page
    assert "16 hours" in page
    assert "identity checked" in page
    assert CODE in page
