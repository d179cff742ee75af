"""The windows of the catalogue: nothing typed is lost, everybody sees what is theirs, nothing needs a script."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from issuer.accounts.roles import Role
from issuer.catalogue.find import find_version
from issuer.catalogue.records import ProgrammeRecord
from issuer.database import reading
from issuer.drafts.course_files import write_csv
from issuer.drafts.records import CourseFileRecord, DraftRecord
from issuer.drafts.wording import Wording
from tests.console import ConsoleDesk, console_desk
from tests.drafts import WORDING, begun, published, submitted

HERE, OFFICE = "/console/vbk-goteborg/catalogue", "/console/asa-demo-office/catalogue"
FORM: dict[str, Any] = {
    "revision": "1",
    "title_en": "Battery management systems",
    "title_sv": "Batteristyrsystem",
    **{
        name: getattr(WORDING, name)
        for name in (
            "code", "programme", "version", "description", "criteria", "eqf_level", "hours", "ects", "participation",
            "supervision", "scale", "pass_mark", "stackability", "validity_months", "course_url", "course_number",
        )
    },
    "assessment_types": list(WORDING.assessment_types),
    "outcome_text": ["Read out the state.", "Name the warning.", ""],
    "outcome_code": ["", "", ""],
    "outcome_skill_0": ["battery chemistry", "our own skill", ""],
    "outcome_skill_1": [""],
    "skills": ["work in teams", ""],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """The demonstration's office with a console."""
    return console_desk(tmp_path)


@pytest.fixture
def editor(desk: ConsoleDesk) -> FlaskClient:
    """Somebody who writes badges."""
    return desk.client(Role.EDITOR)


@pytest.fixture
def reviewer(desk: ConsoleDesk) -> FlaskClient:
    """Somebody at the programme's office."""
    return desk.client(Role.EDITOR, provider="asa-demo-office")


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page, as far as it is words and fields."""
    response = client.get(path)
    assert response.status_code == status, response.get_data(as_text=True)[-800:]
    return response.get_data(as_text=True)


def wording_of(desk: ConsoleDesk, number: int) -> Wording:
    """A draft as it is kept."""
    with reading(desk.office.sessions) as session:
        return Wording.from_json(session.get_one(DraftRecord, number).wording)


def test_what_is_typed_is_kept_as_typed(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """A first save makes the draft; every field comes back, wrong ones with what to write instead."""
    answer = desk.post(editor, f"{HERE}/drafts", {**FORM, "hours": "many", "programme": "", "do": "save"})
    assert (answer.status_code, answer.location) == (303, f"{HERE}/drafts/1")
    kept = wording_of(desk, 1)
    assert (kept.hours, kept.titles["sv"]) == ("many", "Batteristyrsystem")
    assert [row.skills for row in kept.outcomes] == [("battery chemistry", "our own skill"), ()]
    shown = text_of(editor, answer.location)
    assert 'value="many"' in shown
    assert "“many” cannot be used: write a number greater than 0" in shown
    assert 'href="#f-programme"' in shown


@pytest.mark.parametrize(
    ("do", "texts"),
    [
        ("row-2", ["Read out the state.", "Name the warning."]),
        ("up-1", ["Name the warning.", "Read out the state."]),
        ("remove-0", ["Name the warning."]),
        ("remove-99", ["Read out the state.", "Name the warning."]),
        ("up-0", ["Read out the state.", "Name the warning."]),
        ("nonsense-x", ["Read out the state.", "Name the warning."]),
    ],
)
def test_rows_are_moved_by_buttons_that_send_the_form(
    desk: ConsoleDesk, editor: FlaskClient, do: str, texts: list[str]
) -> None:
    """So the editor needs no script; the rest of the form is saved with it."""
    number = begun(desk.office)
    answer = desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "hours": "99", "do": do})
    assert answer.status_code == 303
    kept = wording_of(desk, number)
    assert [row.text for row in kept.outcomes] == texts
    assert kept.hours == "99"


def test_the_second_editor_is_shown_both(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Their own text stays in the form, the saved one stands beside it, and saving again is a decision."""
    number = begun(desk.office)
    desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "hours": "30"})
    answer = desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "hours": "40"})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert re.search(r"Hours of work</th><td[^>]*>30</td><td[^>]*>40</td>", shown)
    assert 'name="hours" value="40"' in shown
    assert 'name="revision" value="2"' in shown
    assert (
        desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "hours": "40", "revision": "2"}).status_code == 303
    )
    assert wording_of(desk, number).hours == "40"


def test_typing_into_a_draft_that_went_to_review_is_not_lost(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """A colleague sent it meanwhile: the page says so, with everything still in the form."""
    number = submitted(desk.office)
    answer = desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "hours": "41"})
    assert answer.status_code == 409
    assert "Take it back to change it" in answer.get_data(as_text=True)
    assert 'name="hours" value="41"' in answer.get_data(as_text=True)


def test_sending_needs_everything_and_says_what_is_left(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """What was typed is saved either way."""
    number = begun(desk.office)
    gap = {**FORM, "assessment_types": [], "do": "send"}
    answer = desk.post(editor, f"{HERE}/drafts/{number}/save", gap)
    assert "1 thing is still to do" in text_of(editor, answer.location)
    answer = desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "revision": "2", "do": "send"})
    assert "Sent for review" in text_of(editor, answer.location)
    assert "Take it back" in text_of(editor, f"{HERE}/drafts/{number}/preview")
    assert editor.get(f"{HERE}/drafts/{number}").status_code == 303, "in review it is only looked at"


def test_only_its_people_see_a_draft(desk: ConsoleDesk, editor: FlaskClient, reviewer: FlaskClient) -> None:
    """Neighbours, lesser roles and the office are kept out until it is sent; then the office sees it, and only it."""
    number = begun(desk.office)
    neighbour = desk.client(Role.ADMINISTRATOR, provider="cfb-norte")
    viewer = desk.client(Role.VIEWER)
    for part in ("preview", "specimen.pdf", "page"):
        assert viewer.get(f"{HERE}/drafts/{number}/{part}").status_code == 200
        assert neighbour.get(f"{HERE}/drafts/{number}/{part}").status_code == 404
        assert neighbour.get(f"/console/cfb-norte/catalogue/drafts/{number}/{part}").status_code == 404
    assert viewer.get(f"{HERE}/drafts/{number}").status_code == 403
    assert desk.post(viewer, f"{HERE}/drafts/{number}/save", FORM).status_code == 403
    for part in ("", "/page", "/specimen.pdf"):
        assert reviewer.get(f"{OFFICE}/reviews/{number}{part}").status_code == 404
    desk.post(editor, f"{HERE}/drafts/{number}/save", {**FORM, "do": "send"})
    for part in ("", "/page", "/specimen.pdf"):
        assert reviewer.get(f"{OFFICE}/reviews/{number}{part}").status_code == 200
        assert editor.get(f"{HERE}/reviews/{number}{part}").status_code == 403
    assert desk.app.test_client().get(f"{HERE}/drafts/{number}/page").status_code == 303


def test_review_publish_and_award(desk: ConsoleDesk, reviewer: FlaskClient) -> None:
    """Publishing may authorise who proposed it; the trust list and the catalogue's pages follow."""
    number = submitted(desk.office)
    assert "Battery management systems" in text_of(reviewer, OFFICE)
    answer = desk.post(reviewer, f"{OFFICE}/reviews/{number}/publish", {"revision": "1", "authorise": "yes"})
    assert "VLT-BMS is published." in text_of(reviewer, answer.location)
    public = desk.app.test_client()
    assert "skills-hub.example/courses/4711" in text_of(public, "/achievements/VLT-BMS")
    assert "Västsvenskt" in text_of(public, "/achievements/VLT-BMS")
    trusted = {code for entry in desk.office.policy().trust.entries for code in entry.achievements}
    assert "VLT-BMS" in trusted
    again = desk.post(reviewer, f"{OFFICE}/reviews/{number}/publish", {"revision": "1"})
    assert (again.status_code, "published meanwhile" in again.get_data(as_text=True)) == (409, True)


def test_a_note_comes_back_above_the_draft(desk: ConsoleDesk, editor: FlaskClient, reviewer: FlaskClient) -> None:
    """The provider reads why; a return without a reason is refused in words."""
    number = submitted(desk.office)
    assert desk.post(reviewer, f"{OFFICE}/reviews/{number}/return", {"note": " "}).status_code == 409
    desk.post(reviewer, f"{OFFICE}/reviews/{number}/return", {"note": "Name the <tool>."})
    assert "Name the &lt;tool&gt;." in text_of(editor, f"{HERE}/drafts/{number}")
    assert "Came back" in text_of(editor, HERE)


def test_a_new_version_and_what_it_changes(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Opened from the published badge; asked twice, the open draft goes on."""
    answer = desk.post(editor, f"{HERE}/achievements/VLT-HV1/renew")
    assert desk.post(editor, f"{HERE}/achievements/VLT-HV1/renew").location == answer.location
    preview = text_of(editor, f"{answer.location}/preview")
    assert re.search(r"Version</th><td[^>]*>1.0</td><td[^>]*>1.1</td>", preview)
    assert "Edit as a new version" not in text_of(editor, f"{HERE}/achievements/PAS-ADA"), "not its badge"


def test_authorise_end_and_retire(desk: ConsoleDesk, reviewer: FlaskClient) -> None:
    """Each in one form of the programme's office; others have no such form and no such address."""
    path = f"{OFFICE}/achievements/VLT-CIRC"
    said = {"provider": "vbk-goteborg", "day": "2026-11-01"}
    offered = '<option value="vbk-goteborg">'
    assert offered in text_of(reviewer, path)
    assert "from 1 November 2026" in text_of(reviewer, desk.post(reviewer, f"{path}/authorise", said).location)
    assert offered not in text_of(reviewer, path), "it may award it already"
    assert desk.post(reviewer, f"{path}/authorise", {**said, "day": "soon"}).status_code == 409
    assert desk.post(reviewer, f"{path}/authorise", {**said, "provider": "nobody"}).status_code == 409
    ended = desk.post(reviewer, f"{path}/end", {**said, "day": "2026-12-31"})
    assert "until 31 December 2026" in text_of(reviewer, ended.location)
    assert "is retired" in text_of(reviewer, desk.post(reviewer, f"{path}/retire").location)
    public = desk.app.test_client()
    assert "VLT-CIRC" not in text_of(public, "/achievements")
    assert "Nobody at present." in text_of(public, "/achievements/VLT-CIRC")
    admin = desk.client(Role.ADMINISTRATOR)
    for act in ("authorise", "end", "retire"):
        assert desk.post(admin, f"{HERE}/achievements/VLT-HV1/{act}", said).status_code == 403
    assert "Retire VLT" not in text_of(admin, f"{HERE}/achievements/VLT-HV1")


def test_programmes_by_form(desk: ConsoleDesk, reviewer: FlaskClient) -> None:
    """A mistake keeps what was typed; a programme that is closed takes no new badge."""
    form = {"code": "TRIREME", "title": "Skills", "kind": "Erasmus+", "colour": "#1d4e89", "two_person_rule": "yes"}
    refused = desk.post(reviewer, f"{OFFICE}/programmes", form)
    assert refused.status_code == 422
    assert 'value="Skills"' in refused.get_data(as_text=True)
    form["funding_notice"] = "Co-funded."
    assert desk.post(reviewer, f"{OFFICE}/programmes", form).status_code == 303
    del form["two_person_rule"]
    assert desk.post(reviewer, f"{OFFICE}/programmes/TRIREME", form).status_code == 303
    assert "One person is enough" in text_of(reviewer, f"{OFFICE}/programmes")
    desk.post(reviewer, f"{OFFICE}/programmes/TRIREME/close")
    with reading(desk.office.sessions) as session:
        record = session.scalars(select(ProgrammeRecord).where(ProgrammeRecord.code == "TRIREME")).one()
        assert (record.is_closed, record.details["two_person_rule"]) == (True, False)
    assert ">TRIREME: " not in text_of(reviewer, f"{OFFICE}/drafts/new")
    assert text_of(reviewer, f"{OFFICE}/programmes/NONE", 404)


def test_courses_from_a_file(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Looked through before anything is kept; chosen ones become drafts, and the file is forgotten."""
    good = [replace(WORDING, code=f"HUB-{number}") for number in range(3)]
    data = write_csv([*good, replace(WORDING, code="HUB-X", hours="many")])

    def hand_in(content: bytes, name: str) -> Any:
        return desk.post(editor, f"{HERE}/imports", {"file": (io.BytesIO(content), name)})

    assert hand_in(b"not a list", "a.csv").status_code == 422
    assert hand_in(b"", "").status_code == 422
    answer = hand_in(data, "courses.csv")
    assert "Line 5, column hours:" in text_of(editor, answer.location)
    assert desk.post(editor, f"{answer.location}/take", {"do": "chosen"}).status_code == 422
    neighbour = desk.client(Role.ADMINISTRATOR, provider="cfb-norte")
    other = answer.location.replace("vbk-goteborg", "cfb-norte")
    assert desk.post(neighbour, f"{other}/take", {"do": "all"}).status_code == 404
    taken = desk.post(editor, f"{answer.location}/take", {"do": "chosen", "course": ["0", "2", "x"]})
    assert "2 drafts made." in text_of(editor, taken.location)
    with reading(desk.office.sessions) as session:
        assert set(session.scalars(select(DraftRecord.code))) == {"HUB-0", "HUB-2"}
        assert session.scalar(select(CourseFileRecord)) is None


def test_files_to_take_out(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """Published badges for all who may see the desk; drafts of one's own provider only."""
    begun(desk.office)
    for ending, kind in (("csv", "text/csv"), ("json", "application/json")):
        answer = editor.get(f"{HERE}/drafts.{ending}")
        assert answer.content_type.startswith(kind)
        assert b"VLT-BMS" in answer.data
        neighbour = desk.client(Role.ADMINISTRATOR, provider="cfb-norte")
        assert b"VLT-BMS" not in neighbour.get(f"/console/cfb-norte/catalogue/drafts.{ending}").data
    assert text_of(editor, f"{HERE}/published.xml", 404)
    assert b"VLT-HV1" not in editor.get(f"{HERE}/published.csv?programme=PASS").data


def test_a_long_catalogue_is_searched_and_turned(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """By title in any language and by code; the filters stand in the address."""
    assert "VLT-HV1" in text_of(editor, f"{HERE}?q=h%C3%B6gsp%C3%A4nning")
    assert "PAS-ADA" not in text_of(editor, f"{HERE}?q=h%C3%B6gsp%C3%A4nning")
    assert "Nothing matches" in text_of(editor, f"{HERE}?q=zzz&page=9")
    assert text_of(editor, f"{HERE}/achievements/NONE", 404)


def test_a_discarded_draft_is_gone(desk: ConsoleDesk, editor: FlaskClient) -> None:
    """For its own people too."""
    number = begun(desk.office)
    assert "is discarded" in text_of(editor, desk.post(editor, f"{HERE}/drafts/{number}/discard").location)
    assert text_of(editor, f"{HERE}/drafts/{number}", 404)


def test_the_published_pages_are_what_they_were(desk: ConsoleDesk) -> None:
    """A draft, a review and a published neighbour change nothing on the page of another badge."""
    public = desk.app.test_client()
    before = text_of(public, "/achievements/VLT-HV1"), text_of(public, "/achievements")
    begun(desk.office, replace(WORDING, code="VLT-ONE"))
    submitted(desk.office, replace(WORDING, code="VLT-TWO"))
    assert (text_of(public, "/achievements/VLT-HV1"), text_of(public, "/achievements")) == before
    published(desk.office)
    assert text_of(public, "/achievements/VLT-HV1") == before[0]
    with reading(desk.office.sessions) as session:
        assert find_version(session, "VLT-ONE") is None
