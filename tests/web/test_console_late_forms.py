"""A session that was over when a form was sent: nothing typed is lost, and nobody else gets it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from issuer.accounts.roles import Role
from issuer.accounts.sessions import IDLE
from issuer.database import reading
from issuer.records import Record
from tests.console import ConsoleDesk, console_desk
from tests.desk_accounts import PASSWORD, account, app_secret, code_now, hidden, sign_in
from tests.windows import main_text

TYPED = "lovisa.ek+typed@vbk.example"
FORM = "/console/vbk-goteborg/staff/invite"


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """An office with its console."""
    return console_desk(tmp_path)


def enter(desk: ConsoleDesk, client: FlaskClient, email: str, **more: str) -> TestResponse:
    """Through both steps, with whatever the pages carry."""
    page = sign_in(desk, client, email, **more)
    brought = {"carried": hidden(page, "carried")} if 'name="carried"' in page.text else {}
    code = code_now(app_secret(email), desk.clock())
    return desk.post(client, "/console/sign-in/second", {"code": code, "next": more.get("next", ""), **brought})


def send_late(desk: ConsoleDesk, client: FlaskClient, **fields: object) -> TestResponse:
    """Send the form after the session idled away."""
    desk.clock.now += IDLE
    desk.clock.advance(minutes=1)
    return desk.post(client, FORM, {"email": TYPED, "role": ["viewer", "assessor"], **fields})


def test_what_was_typed_is_sent_on_after_signing_in_again(desk: ConsoleDesk) -> None:
    """The sign-in page carries every field under lock, through both steps; one button sends them on."""
    email, client = account(desk, Role.ADMINISTRATOR, app=True), desk.app.test_client()
    enter(desk, client, email)
    late = send_late(desk, client, note="one line\nand <another>")
    assert late.status_code == 401
    assert "what you typed is kept on this page" in main_text(late)
    assert TYPED not in late.text
    back = enter(desk, client, email, carried=hidden(late, "carried"), next=hidden(late, "next"))
    assert back.status_code == 200
    assert f'action="{FORM}"' in back.text
    assert f'name="email" value="{TYPED}"' in back.text
    assert back.text.count('name="role" value=') == 2
    assert "one line\nand &lt;another&gt;</textarea>" in back.text
    assert "csrf_token" in back.text
    sent = desk.post(client, FORM, {"email": TYPED, "role": ["viewer", "assessor"]})
    assert sent.status_code == 303


def test_files_are_asked_for_by_name(desk: ConsoleDesk) -> None:
    """A browser hands no file over twice; the page says which one it was and takes it again."""
    email, client = account(desk, Role.ADMINISTRATOR, app=True), desk.app.test_client()
    enter(desk, client, email)
    late = send_late(desk, client, file=(io.BytesIO(b"given_name;family_name"), "course spring.csv"))
    back = enter(desk, client, email, carried=hidden(late, "carried"))
    assert "Choose the file course spring.csv again" in main_text(back)
    assert 'enctype="multipart/form-data"' in back.text
    assert 'name="file" type="file"' in back.text


def test_somebody_else_does_not_get_it(desk: ConsoleDesk) -> None:
    """On a computer that several use, another person signs in and sees nothing of it."""
    owner, other = (account(desk, Role.ADMINISTRATOR, app=True, name=name) for name in ("Owner", "Other"))
    client = desk.app.test_client()
    enter(desk, client, owner)
    late = send_late(desk, client)
    answer = enter(desk, client, other, carried=hidden(late, "carried"))
    assert answer.status_code == 303
    following = client.get("/console/account")
    assert TYPED not in following.text
    assert "belongs to somebody else" in main_text(following)


def test_a_strangers_form_is_not_carried(desk: ConsoleDesk) -> None:
    """Without the cookie, or with a forged field, whose form it is cannot be known, and nothing is put into it."""
    email, client = account(desk, Role.ADMINISTRATOR, app=True), desk.app.test_client()
    enter(desk, client, email)
    desk.clock.now += IDLE
    desk.clock.advance(minutes=1)
    forged = client.post(FORM, data={"csrf_token": "forged", "email": TYPED})
    without_cookie = desk.post(desk.app.test_client(), FORM, {"email": TYPED})
    for answer in (forged, without_cookie):
        assert answer.status_code == 401
        assert 'name="carried"' not in answer.text
        assert TYPED not in answer.text
        assert "nothing of it was done" in main_text(answer)
    made_up = enter(desk, desk.app.test_client(), email, carried="bm90IG91cnM")
    assert made_up.status_code == 303


def test_it_is_nowhere_but_in_the_page(desk: ConsoleDesk, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the database nor in the log nor in the cookie."""
    email, client = account(desk, Role.ADMINISTRATOR, app=True), desk.app.test_client()
    enter(desk, client, email)
    late = send_late(desk, client)
    enter(desk, client, email, carried=hidden(late, "carried"))
    with reading(desk.office.sessions) as session:
        for table in Record.metadata.sorted_tables:
            for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
                assert TYPED not in str(row), table.name
    cookie = client.get_cookie("voltpass_console", path="/console")
    assert cookie is not None
    assert TYPED not in cookie.value + cookie.decoded_value
    assert TYPED not in caplog.text
    assert PASSWORD not in caplog.text


def test_what_the_role_no_longer_allows_is_refused_as_ever(desk: ConsoleDesk) -> None:
    """Carrying a form proves nothing: the act is authorised when it arrives."""
    email, client = account(desk, Role.VIEWER, app=True), desk.app.test_client()
    enter(desk, client, email)
    late = send_late(desk, client)
    enter(desk, client, email, carried=hidden(late, "carried"))
    assert desk.post(client, FORM, {"email": TYPED, "role": "viewer"}).status_code == 403


def test_a_password_is_never_carried(desk: ConsoleDesk) -> None:
    """The form for another password is filled in again, not shown again."""
    email, client = account(desk, Role.ADMINISTRATOR, app=True), desk.app.test_client()
    enter(desk, client, email)
    desk.clock.now += IDLE
    desk.clock.advance(minutes=1)
    late = desk.post(client, "/console/account/password", {"old": PASSWORD, "new": "another long sentence"})
    assert late.status_code == 401
    assert 'name="carried"' not in late.text
