"""The windows of issued badges: found by what people type, changed with a reason and with the number in the button."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import TABLE, Permission, Role
from issuer.awards.award import award
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.awards.status_changes import revoke
from issuer.database import reading, transaction
from issuer.delivery.records import MailRecord
from tests.award_requests import ASA, TEAMWORK, TESTING
from tests.batches import imported, sent
from tests.console import ConsoleDesk, console_desk

HOME = "/console/vbk-goteborg"
PEOPLE = (
    ASA,
    replace(ASA, given_name="Björn", family_name="Ångström", email="bjorn@mail.example", trainee_ref="T002"),
    replace(ASA, given_name="Ílhan", family_name="Yılmaz", email=None, trainee_ref="T003"),
    replace(TESTING, completed_on=date(2026, 11, 2)),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ConsoleDesk]:
    """Four badges of Gothenburg and one of Ostrava."""
    made = console_desk(tmp_path)
    with transaction(made.office.sessions) as session:
        for request in (*PEOPLE, TEAMWORK):
            award(session, request, made.office.desk, now=made.clock())
    yield made
    made.office.sessions.engine.dispose()


@pytest.fixture
def editor(desk: ConsoleDesk) -> FlaskClient:
    return desk.client(Role.EDITOR)


def numbers(desk: ConsoleDesk) -> list[str]:
    """The credential ids, in the order they were issued, as addresses have them."""
    with reading(desk.office.sessions) as session:
        ids = session.scalars(select(IssuedCredentialRecord.credential_id).order_by(IssuedCredentialRecord.id))
        return [each.removeprefix("urn:uuid:") for each in ids]


def listed(page: str) -> list[str]:
    """The names in the list."""
    return re.findall(r'is-who"><a [^>]*><bdi>([^<]+)', page)


FOUND = {
    "q=asa": ["Åsa Öberg", "Åsa Öberg"],
    "q=ANGSTROM+bjorn": ["Björn Ångström"],
    "q=yilmaz": ["Ílhan Yılmaz"],
    "q=bjorn@mail.example": ["Björn Ångström"],
    "q=bjorn@mail": ["Björn Ångström"],
    "q=t003": ["Ílhan Yılmaz"],
    "q=100%25": [],
    "achievement=VLT-TEST": ["Åsa Öberg"],
    "from=2026-11-01": ["Åsa Öberg"],
    "to=2026-11-01&order=name": ["Björn Ångström", "Åsa Öberg", "Ílhan Yılmaz"],
    "q=nobody": [],
    "programme=PASS": [],
    "state=revoked": [],
    "state=valid&programme=VOLTAGE&order=expiry": ["Åsa Öberg", "Björn Ångström", "Ílhan Yılmaz", "Åsa Öberg"],
}


def test_badges_are_found_by_what_people_type(editor: FlaskClient) -> None:
    """Names without accents and case, addresses, references and filters; all of it stands in the address."""
    for query, names in FOUND.items():
        assert listed(editor.get(f"{HOME}/badges?{query}").get_data(as_text=True)) == names, query


def test_a_badge_is_found_by_its_id_and_its_link(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Also by the link as it is printed on a certificate; another provider's badge is not."""
    with reading(desk.office.sessions) as session:
        records = session.scalars(select(IssuedCredentialRecord).order_by(IssuedCredentialRecord.id)).all()
    for text in (records[1].credential_id, f"https://elsewhere.example/v/{records[1].token}", records[1].token):
        assert listed(editor.get(f"{HOME}/badges", query_string={"q": text}).get_data(as_text=True)) == [
            "Björn Ångström"
        ]
    page = editor.get(f"{HOME}/badges", query_string={"q": records[-1].credential_id}).get_data(as_text=True)
    assert listed(page) == []


def test_what_is_no_date_is_said(editor: FlaskClient) -> None:
    """A filter that cannot be read narrows nothing down, and the page says how to write it."""
    page = editor.get(f"{HOME}/badges?from=16.10.2026&batch=x").get_data(as_text=True)
    assert "is no day; write it as 2026-10-16" in page
    assert len(listed(page)) == 4


def test_the_list_as_a_file_is_what_was_asked_for(editor: FlaskClient) -> None:
    """With the same filters, and no formula in it."""
    text = editor.get(f"{HOME}/badges.csv?q=asa").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["given_name"] for row in rows] == ["Åsa", "Åsa"]
    assert rows[0]["link"].startswith("http")


def test_the_bars_of_deeds_have_their_main_button_at_the_end(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Whatever table somebody stands under; and the Enter key never means all."""
    number = imported(desk, "awards_hv1_goteborg.csv")
    pages = [editor.get(f"{HOME}/badges").text, editor.get(f"{HOME}/batches/{number}").text]
    sent(desk, number)
    pages.append(desk.client(Role.APPROVER).get(f"{HOME}/batches/{number}").text)
    for page in pages:
        bar = page.partition('class="deeds"')[2].partition("</main>")[0]
        assert re.findall(r'class="(button[^"]*)"', bar)[-1] == "button button--first"
    assert re.findall(r'name="scope" value="(\w+)"', pages[0]) == ["ticked", "all", "ticked"]


def test_one_badge_has_what_was_signed_and_what_became_of_it(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Who did what, when and why, beside what the learner can take away."""
    number = numbers(desk)[0]
    form = {"deed": "suspend", "seen": "1:0", "reason": "safety", "note": "Glove test missing"}
    answer = desk.post(editor, f"{HOME}/badges/change", form)
    assert answer.location.endswith(f"/badges/{number}")
    page = editor.get(f"{HOME}/badges/{number}").get_data(as_text=True)
    for text in (
        "The badge is suspended",
        "Glove test missing",
        "Test editor vbk-goteborg",
        "T001",
        ".pdf",
        "Lovisa Ek",
    ):
        assert text in page
    assert "/correct" not in page


def test_the_button_has_the_number_it_touches(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Before anything is done the page names everybody, leaves out what cannot be changed, and nothing has happened."""
    with transaction(desk.office.sessions) as session:
        revoke(session, f"urn:uuid:{numbers(desk)[1]}", StatusReason.FRAUD, desk.office.desk, now=desk.clock())
    page = editor.get(f"{HOME}/badges/change?deed=revoke&badge=1&badge=2&badge=3&badge=5").get_data(as_text=True)
    assert '<button class="button button--first" type="submit">Revoke 2 badges</button>' in page
    assert "1 badge cannot be revoked" in page
    assert "1 without one you have to tell yourself" in page
    assert "Marek" not in page
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(StatusChangeRecord)) == 1


def test_everything_found_can_be_meant(editor: FlaskClient) -> None:
    """The filters stand for the ticks."""
    page = editor.get(f"{HOME}/badges/change?deed=suspend&scope=all&achievement=VLT-HV1").get_data(as_text=True)
    assert "Suspend 3 badges</button>" in page


def test_a_form_sent_twice_does_nothing_twice(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Each badge has its own outcome; the second time it was done before, and one mail each is all there is."""
    form = {"deed": "revoke", "seen": "1:0,2:0,5:0", "reason": "issued_in_error", "note": ""}
    first = desk.post(editor, f"{HOME}/badges/change", form).get_data(as_text=True)
    second = desk.post(editor, f"{HOME}/badges/change", form).get_data(as_text=True)
    for page in (first, second):
        assert "2 of 3 badges revoked" in page
        assert "A badge that is not here" in page
    assert "Done before" in second
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(StatusChangeRecord)) == 2
        assert session.scalar(select(func.count()).select_from(MailRecord)) == 2
        acts = session.scalars(select(AuditEntryRecord.act).where(AuditEntryRecord.subject.like("urn:%"))).all()
    assert acts == ["credential_revoked"] * 2


def test_without_a_reason_nothing_is_done_and_nothing_is_lost(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """The page comes back with the same badges; "other" needs words."""
    for reason in ("", "other", "because"):
        answer = desk.post(editor, f"{HOME}/badges/change", {"deed": "revoke", "seen": "1:0,2:0", "reason": reason})
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert "Revoke 2 badges</button>" in page
        assert 'name="seen" value="2:0,1:0"' in page
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(StatusChangeRecord)) == 0


def test_a_name_is_corrected_by_a_new_badge(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """The fields are shown; the old badge points to the new one; sent twice it is one correction."""
    number = numbers(desk)[0]
    page = editor.get(f"{HOME}/badges/{number}/correct").get_data(as_text=True)
    assert 'value="Öberg"' in page
    form = {"given_name": "Åsa", "family_name": "Öberg-Lind", "reason": "name_error", "note": "Married"}
    first = desk.post(editor, f"{HOME}/badges/{number}/correct", form)
    second = desk.post(editor, f"{HOME}/badges/{number}/correct", form)
    assert first.location == second.location
    new = editor.get(first.location).get_data(as_text=True)
    assert "Öberg-Lind" in new
    assert "stands in the place of" in new
    assert "A newer badge stands in its place" in editor.get(f"{HOME}/badges/{number}").get_data(as_text=True)
    assert len(numbers(desk)) == 6


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"family_name": "Öberg", "reason": "name_error"}, "Say what changes", id="nothing changed"),
        pytest.param({"family_name": "Öberg-Lind", "reason": ""}, "Choose a reason", id="no reason"),
        pytest.param({"family_name": "x" * 300, "reason": "name_error"}, "name", id="no name"),
    ],
)
def test_a_correction_that_cannot_be_keeps_what_was_typed(
    desk: ConsoleDesk, editor: FlaskClient, form: dict[str, str], said: str
) -> None:
    """The form comes back with the problem and the words."""
    answer = desk.post(editor, f"{HOME}/badges/{numbers(desk)[0]}/correct", {"given_name": "Åsa", **form})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page
    assert f'value="{form["family_name"]}"' in page


def test_renewals_say_who_comes_again_and_where(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """What runs out within the days chosen, as a list and as a file; whoever renewed already is left out."""
    desk.clock.advance(days=650)
    editor = desk.client(Role.EDITOR, name="Later Editor")
    near = editor.get(f"{HOME}/renewals?within=30").get_data(as_text=True)
    far = editor.get(f"{HOME}/renewals?within=90").get_data(as_text=True)
    assert listed(near) == []
    assert listed(far) == ["Åsa Öberg", "Björn Ångström", "Ílhan Yılmaz"]
    assert "/achievements/VLT-HV1" in far
    with transaction(desk.office.sessions) as session:
        again = replace(ASA, completed_on=desk.clock().date())
        award(session, again, desk.office.desk, now=desk.clock())
    text = editor.get(f"{HOME}/renewals.csv?within=90").get_data().decode("utf-8-sig")
    assert [row["family_name"] for row in csv.DictReader(io.StringIO(text))] == ["Ångström", "Yılmaz"]
    desk.clock.advance(days=120)
    editor = desk.client(Role.EDITOR, name="Last Editor")
    assert listed(editor.get(f"{HOME}/renewals?within=lapsed").get_data(as_text=True)) == [
        "Ílhan Yılmaz",
        "Björn Ångström",
    ]


def test_only_who_may_change_is_offered_to(desk: ConsoleDesk) -> None:
    """A viewer sees badges without boxes to tick; the deeds themselves answer 403."""
    number = numbers(desk)[0]
    for role in Role:
        client, may = desk.client(role), Permission.CHANGE in TABLE[role]
        assert ('type="checkbox"' in client.get(f"{HOME}/badges").get_data(as_text=True)) is may
        assert client.get(f"{HOME}/badges/{number}/correct").status_code == (200 if may else 403)
        form = {"deed": "revoke", "seen": "9:0", "reason": "fraud"}
        assert desk.post(client, f"{HOME}/badges/change", form).status_code == (200 if may else 403)


def test_a_neighbours_badge_is_not_here(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Neither its page nor its correction."""
    foreign = numbers(desk)[-1]
    for path in (f"{HOME}/badges/{foreign}", f"{HOME}/badges/{foreign}/correct"):
        assert editor.get(path).status_code == 404
    form = {"family_name": "Else", "reason": "name_error"}
    assert desk.post(editor, f"{HOME}/badges/{foreign}/correct", form).status_code == 404
