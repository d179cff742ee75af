"""The frame of the console: nobody sees a window whose permission they lack, and one cookie is all it sets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Blueprint
from sqlalchemy import select
from werkzeug.wrappers import Response

from issuer.accounts.audit import AuditAct, record_act, verify_chain
from issuer.accounts.records import AuditEntryRecord, AuditHeadRecord, StaffRecord, StaffSessionRecord
from issuer.accounts.roles import TABLE, Permission, Role
from issuer.accounts.sessions import IDLE, LONGEST, end_sessions
from issuer.awards.errors import AlreadyRevoked
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from tests.console import ConsoleDesk, console_desk
from tests.windows import HTML, main_text
from verifier.web.words import catalogue


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """A console with one window more."""
    made = console_desk(tmp_path)
    console: Console = made.app.extensions["voltpass.console"]
    blueprint = Blueprint("sample", __name__)

    def sample(seat: Seat) -> Response:
        return console.page(seat, "console/refused.html", problem=f"{seat.actor.name} at {seat.provider_slug}")

    def deed(seat: Seat) -> Response:
        if seat.actor.name == "Late":
            raise AlreadyRevoked
        return console.back(seat, "sample.sample", "Done to 3 badges.")

    console.add(blueprint, "/sample", sample, Permission.SEE_AUDIT)
    console.add(blueprint, "/deed", deed, Permission.CHANGE, methods=("POST",))
    console.door("sample.sample", "Sample", Permission.SEE_AUDIT)
    made.app.register_blueprint(blueprint)
    return made


@pytest.mark.parametrize("role", list(Role))
def test_a_window_opens_for_the_permission_it_asks_for(desk: ConsoleDesk, role: Role) -> None:
    """Whoever has the permission gets in; a lesser role is told so with 403."""
    answer = desk.client(role).get("/console/vbk-goteborg/sample")
    assert answer.status_code == (200 if Permission.SEE_AUDIT in TABLE[role] else 403)


@pytest.mark.parametrize("language", ["en", "de"])
def test_whoever_is_turned_away_is_told_why_and_led_back(desk: ConsoleDesk, language: str) -> None:
    """A page for 403 and for 404: what it is about, the way to one's desk, and no word of "no cookies"."""
    headers = {**HTML, "Accept-Language": language}
    viewer, words = desk.client(Role.VIEWER), catalogue(language)
    for path, status in (("/console/vbk-goteborg/sample", 403), ("/console/vbk-goteborg/nothing", 404)):
        answer = viewer.get(path, headers=headers)
        assert answer.status_code == status
        assert words(f"error.{status}.title") in main_text(answer)
        assert 'href="/console"' in answer.text
        assert words("site.privacy") not in answer.text


def test_a_neighbour_cannot_tell_a_window_from_nothing(desk: ConsoleDesk) -> None:
    """At another provider's desk, and at none, the answer is the same 404."""
    neighbour = desk.client(Role.ADMINISTRATOR, provider="ota-ostalb")
    other = neighbour.get("/console/vbk-goteborg/sample")
    assert other.status_code == 404
    assert neighbour.get("/console/no-such-provider/sample").status_code == 404
    assert neighbour.get("/console/ota-ostalb/sample").status_code == 200


def test_nobody_is_sent_to_the_door(desk: ConsoleDesk) -> None:
    """Without a session there is only the way to sign in, for windows and for deeds."""
    nobody = desk.app.test_client()
    for answer in (nobody.get("/console/vbk-goteborg/sample"), nobody.post("/console/vbk-goteborg/deed")):
        assert b"Done" not in answer.data
        assert answer.status_code in {200, 303, 401}
        if answer.status_code == 303:
            assert answer.location.startswith("/console/sign-in")


def test_a_form_that_we_did_not_send_does_nothing(desk: ConsoleDesk) -> None:
    """A deed needs the hidden field of our own page; what was done is said once."""
    editor = desk.client(Role.EDITOR, Role.ADMINISTRATOR)
    assert editor.post("/console/vbk-goteborg/deed", data={"csrf_token": "forged"}).status_code == 400
    assert desk.post(editor, "/console/vbk-goteborg/deed").status_code == 303
    assert b"Done to 3 badges." in editor.get("/console/vbk-goteborg/sample").data
    assert b"Done to 3 badges." not in editor.get("/console/vbk-goteborg/sample").data


def test_a_refusal_of_the_office_is_said_in_its_words(desk: ConsoleDesk) -> None:
    """What the office refuses is a page with the reason, not a crash."""
    answer = desk.post(desk.client(Role.EDITOR, name="Late"), "/console/vbk-goteborg/deed")
    assert answer.status_code == 409
    assert 'class="button" href="/console/vbk-goteborg"' in answer.text, "a way on"
    assert str(AlreadyRevoked()) in answer.get_data(as_text=True)


@pytest.mark.parametrize("end", ["told", "idle", "old", "dismissed"])
def test_a_session_ends(desk: ConsoleDesk, end: str) -> None:
    """A session is over when told to, after idling, after a day, and when its owner leaves."""
    person = desk.staff(Role.ADMINISTRATOR)
    client = desk.client(Role.ADMINISTRATOR)
    assert client.get("/console/vbk-goteborg/sample").status_code == 200
    if end == "idle":
        desk.clock.now += IDLE + timedelta(seconds=1)
    elif end == "old":
        for _ in range(int(LONGEST / timedelta(hours=1)) + 1):
            client.get("/console/vbk-goteborg/sample")
            desk.clock.advance(hours=1)
    else:
        with transaction(desk.office.sessions) as session:
            if end == "told":
                end_sessions(session, person, now=desk.clock())
            else:
                session.get_one(StaffRecord, person).is_active = False
    assert client.get("/console/vbk-goteborg/sample").status_code != 200


def test_a_session_in_use_goes_on(desk: ConsoleDesk) -> None:
    """Idling is counted from the last visit, and the file has no secret in it."""
    client = desk.client(Role.ADMINISTRATOR)
    for _ in range(4):
        desk.clock.advance(hours=1.5)
        assert client.get("/console/vbk-goteborg/sample").status_code == 200
    cookie = client.get_cookie("voltpass_console", path="/console")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.path == "/console"
    with reading(desk.office.sessions) as session:
        kept = session.scalars(select(StaffSessionRecord.secret_hash)).one()
    assert kept not in cookie.value


def test_visitors_get_no_cookie(desk: ConsoleDesk) -> None:
    """Outside the console nothing is set."""
    for path in ("/", "/verify", "/achievements", "/console/vbk-goteborg/sample"):
        assert "Set-Cookie" not in desk.app.test_client().get(path).headers


def test_the_chain_of_acts_shows_where_it_was_changed(desk: ConsoleDesk) -> None:
    """Whole after honest acts; a changed, a removed and a cut-off entry each break it at their place."""
    actor = desk.actor(Role.ADMINISTRATOR)
    with transaction(desk.office.sessions) as session:
        start = verify_chain(session).entries
        for number in range(5):
            record_act(
                session, actor, AuditAct.KEY_CREATED, provider=None, subject=f"key:{number}", now=desk.clock(),
                facts={"count": number},
            )  # fmt: skip
    with reading(desk.office.sessions) as session:
        assert verify_chain(session).is_whole
        assert verify_chain(session).entries == start + 5
        session.get_one(AuditEntryRecord, start + 3).subject = "key:9"
        session.flush()
        assert verify_chain(session).broken_at == start + 3
        session.rollback()
        session.delete(session.get_one(AuditEntryRecord, start + 2))
        session.flush()
        assert verify_chain(session).broken_at == start + 2
        session.rollback()
        session.delete(session.get_one(AuditEntryRecord, start + 5))
        session.flush()
        assert verify_chain(session).broken_at == start + 5
        session.rollback()
        session.get_one(AuditHeadRecord, 1).digest = "f" * 64
        session.flush()
        assert not verify_chain(session).is_whole


def test_the_first_page_leads_to_the_desk(desk: ConsoleDesk) -> None:
    """Whoever issues badges finds the way in from the first page, and the trust list too."""
    page = desk.app.test_client().get("/").get_data(as_text=True)
    assert 'href="/console"' in page
    assert 'href="/trust-list"' in page
    assert desk.app.test_client().get("/console").location.startswith("/console/sign-in")
    assert desk.app.test_client().get("/console/").location == "/console", "people type the slash"
