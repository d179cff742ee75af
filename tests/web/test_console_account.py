"""One's own account: passkeys, recovery codes, devices, another password, a forgotten one."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuer.accounts.own_account import LINK_LIFE
from issuer.accounts.records import PasskeyRecord, PasswordLinkRecord, RecoveryCodeRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.database import reading, transaction
from tests.authenticator import Device
from tests.console import ConsoleDesk, console_desk
from tests.deliveries import statements
from tests.desk_accounts import (
    ANOTHER,
    PASSWORD,
    account,
    acts,
    app_secret,
    code_now,
    mailed_links,
    options_of,
    sign_in,
)
from tests.windows import main_text


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """An office with its console."""
    return console_desk(tmp_path)


def signed_in(desk: ConsoleDesk, *roles: Role, name: str = "Ylva") -> tuple[FlaskClient, str]:
    """Somebody in their browser, through the door."""
    email, client = account(desk, *roles, name=name), desk.app.test_client()
    assert sign_in(desk, client, email).status_code == 303
    return client, email


def add_passkey(desk: ConsoleDesk, client: FlaskClient, device: Device, label: str = "laptop") -> TestResponse:
    """Through the account's page."""
    page = desk.post(client, "/console/account/passkey", {"password": PASSWORD, "label": label})
    answer = device.create(options_of(page))
    return desk.post(client, "/console/account/passkey/confirm", {"passkey": answer, "label": label})


def with_passkey(desk: ConsoleDesk, client: FlaskClient, device: Device) -> TestResponse:
    """In with the passkey alone."""
    page = desk.post(client, "/console/sign-in/passkey")
    answer = device.get(options_of(page))
    return desk.post(client, "/console/sign-in/passkey/answer", {"passkey": answer})


def is_in(client: FlaskClient) -> bool:
    """Whether this browser gets to its account."""
    return client.get("/console/account").status_code == 200


def test_a_passkey_signs_in_alone_and_as_second_factor(desk: ConsoleDesk) -> None:
    """The first factor brings ten codes; afterwards the passkey is enough, and the password is not."""
    client, email = signed_in(desk, Role.VIEWER)
    device = Device()
    assert add_passkey(desk, client, device).text.count("<li><code>") == 10
    alone = desk.app.test_client()
    assert with_passkey(desk, alone, device).status_code == 303
    assert is_in(alone)
    assert acts(desk)[-1][2] == {"with": "passkey"}
    second = desk.app.test_client()
    page = sign_in(desk, second, email)
    assert not is_in(second)
    answer = device.get(options_of(page))
    assert desk.post(second, "/console/sign-in/second", {"passkey": answer}).status_code == 303
    assert is_in(second)


@pytest.mark.parametrize("lie", ["origin", "name", "unlocked", "counter", "key", "stranger", "junk"])
def test_a_passkey_that_does_not_fit_opens_nothing(desk: ConsoleDesk, lie: str) -> None:
    """Another site, a device that was not unlocked, a copy whose counter stands still, another key: all refused."""
    client, _ = signed_in(desk, Role.VIEWER)
    device = Device(count=7)
    add_passkey(desk, client, device)
    other = desk.app.test_client()
    assert with_passkey(desk, other, device).status_code == 303
    if lie == "origin":
        device.origin = "https://elsewhere.example"
    elif lie == "name":
        device.rp_id = "elsewhere.example"
    elif lie == "unlocked":
        device.verifies = False
    elif lie == "counter":
        device.count -= 1
    elif lie == "key":
        device.key = Device().key
    elif lie == "stranger":
        device = Device()
    thief = desk.app.test_client()
    page = desk.post(thief, "/console/sign-in/passkey")
    answer = "[]" if lie == "junk" else device.get(options_of(page))
    refused = desk.post(thief, "/console/sign-in/passkey/answer", {"passkey": answer})
    assert refused.status_code == 401
    assert "not accepted" in main_text(refused)
    assert not is_in(thief)


def test_an_answer_of_a_passkey_is_good_once(desk: ConsoleDesk) -> None:
    """What was said to one question answers no other, and not the same one twice."""
    client, _ = signed_in(desk, Role.VIEWER)
    device = Device()
    add_passkey(desk, client, device)
    first = desk.app.test_client()
    page = desk.post(first, "/console/sign-in/passkey")
    copied = first.get_cookie("voltpass_console", path="/console")
    assert copied is not None
    answer = device.get(options_of(page))
    assert desk.post(first, "/console/sign-in/passkey/answer", {"passkey": answer}).status_code == 303
    for replay in (False, True):
        thief = desk.app.test_client()
        if replay:
            thief.set_cookie("voltpass_console", copied.value, path="/console")
        else:
            desk.post(thief, "/console/sign-in/passkey")
        assert desk.post(thief, "/console/sign-in/passkey/answer", {"passkey": answer}).status_code == 401
        assert not is_in(thief)


def test_somebody_elses_passkey_is_no_second_factor(desk: ConsoleDesk) -> None:
    """A password of one and a passkey of another open nothing."""
    device, other_device = Device(), Device()
    first, email = signed_in(desk, Role.VIEWER)
    add_passkey(desk, first, device)
    second, _ = signed_in(desk, Role.VIEWER, name="Lovisa")
    add_passkey(desk, second, other_device)
    thief = desk.app.test_client()
    page = sign_in(desk, thief, email)
    answer = other_device.get(options_of(page))
    assert desk.post(thief, "/console/sign-in/second", {"passkey": answer}).status_code == 401


def test_a_device_that_was_not_unlocked_makes_no_passkey(desk: ConsoleDesk) -> None:
    """Presence alone is no second factor."""
    client, _ = signed_in(desk, Role.VIEWER)
    answer = add_passkey(desk, client, Device(verifies=False))
    assert answer.status_code == 422
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(PasskeyRecord)).all() == []


def test_recovery_codes_work_once_and_are_kept_as_hashes(desk: ConsoleDesk) -> None:
    """In capitals and without dashes too; new ones end the old ones."""
    client, email = signed_in(desk, Role.VIEWER)
    codes = re.findall(r"<li><code>([a-z2-7-]+)</code>", add_passkey(desk, client, Device()).text)
    assert len(set(codes)) == 10
    with reading(desk.office.sessions) as session:
        kept = " ".join(session.scalars(select(RecoveryCodeRecord.code_hash)))
    assert not any(code.replace("-", "") in kept for code in codes)
    for attempt, status in ((codes[0].upper().replace("-", " "), 303), (codes[0], 401), (codes[1], 303)):
        browser = desk.app.test_client()
        sign_in(desk, browser, email)
        assert desk.post(browser, "/console/sign-in/second", {"code": attempt}).status_code == status
    assert "8 of 10" in main_text(client.get("/console/account"))
    desk.post(client, "/console/account/codes", {"password": PASSWORD})
    browser = desk.app.test_client()
    sign_in(desk, browser, email)
    assert desk.post(browser, "/console/sign-in/second", {"code": codes[2]}).status_code == 401


def test_the_last_second_factor_stays_where_the_role_needs_one(desk: ConsoleDesk) -> None:
    """An approver may change the app for a passkey, and not go without."""
    email, client = account(desk, Role.APPROVER, app=True), desk.app.test_client()
    sign_in(desk, client, email)
    desk.post(client, "/console/sign-in/second", {"code": code_now(app_secret(email), desk.clock())})
    kept = desk.post(client, "/console/account/app/remove", {"password": PASSWORD})
    assert kept.status_code == 422
    assert "Your role needs a second factor" in main_text(kept)
    add_passkey(desk, client, Device())
    assert desk.post(client, "/console/account/app/remove", {"password": PASSWORD}).status_code == 303
    with reading(desk.office.sessions) as session:
        number = session.scalars(select(PasskeyRecord.id)).one()
    last = desk.post(client, f"/console/account/passkey/{number}/remove", {"password": PASSWORD})
    assert last.status_code == 422
    assert [act for act, _, _ in acts(desk)][-2:] == ["second_factor_added", "second_factor_removed"]


def test_what_outlives_a_session_asks_for_the_password(desk: ConsoleDesk) -> None:
    """A desk that was left unlocked gives nobody a factor of their own, and guessing has to wait."""
    client, _ = signed_in(desk, Role.VIEWER)
    for path in ("app", "passkey", "app/remove", "passkey/1/remove", "codes"):
        assert desk.post(client, f"/console/account/{path}", {"password": "a guess"}).status_code == 422, path
    assert desk.post(client, "/console/account/codes", {"password": PASSWORD}).status_code == 429


def test_nobody_removes_somebody_elses_passkey(desk: ConsoleDesk) -> None:
    """A number from another account does nothing."""
    first, _ = signed_in(desk, Role.VIEWER)
    add_passkey(desk, first, Device())
    second, _ = signed_in(desk, Role.VIEWER, name="Lovisa")
    desk.post(second, "/console/account/passkey/1/remove", {"password": PASSWORD})
    with reading(desk.office.sessions) as session:
        assert len(session.scalars(select(PasskeyRecord)).all()) == 1


def test_an_app_is_added_with_its_first_code(desk: ConsoleDesk) -> None:
    """Nothing is kept until the app has shown that it knows the secret, and then under lock."""
    client, email = signed_in(desk, Role.VIEWER)
    page = desk.post(client, "/console/account/app", {"password": PASSWORD})
    secret = page.text.partition("<code")[2].partition(">")[2].partition("<")[0].replace(" ", "")
    assert desk.post(client, "/console/account/app/confirm", {"code": "123"}).status_code == 422
    code = code_now(secret, desk.clock())
    assert desk.post(client, "/console/account/app/confirm", {"code": code}).text.count("<li><code>") == 10
    with reading(desk.office.sessions) as session:
        staff = session.scalars(select(StaffRecord).where(StaffRecord.email == email)).one()
    assert staff.totp_locked is not None
    assert secret not in staff.totp_locked


def test_another_password_ends_the_other_sessions(desk: ConsoleDesk) -> None:
    """The old one is asked for and no longer good; this browser stays in."""
    client, email = signed_in(desk, Role.VIEWER)
    other = desk.app.test_client()
    sign_in(desk, other, email)
    wrong = desk.post(client, "/console/account/password", {"old": "a guess", "new": ANOTHER})
    assert wrong.status_code == 422
    weak = desk.post(client, "/console/account/password", {"old": PASSWORD, "new": "password1234"})
    assert "Take a sentence" in main_text(weak)
    assert desk.post(client, "/console/account/password", {"old": PASSWORD, "new": ANOTHER}).status_code == 303
    assert is_in(client)
    assert not is_in(other)
    assert sign_in(desk, desk.app.test_client(), email).status_code == 401
    assert sign_in(desk, desk.app.test_client(), email, ANOTHER).status_code == 303


def test_sessions_are_listed_and_ended(desk: ConsoleDesk) -> None:
    """By class of device and time, nothing more; the others, or all of them."""
    client, email = signed_in(desk, Role.VIEWER)
    phone = desk.app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 16; Pixel) Chrome/150 Mobile Safari/537.36"
    sign_in(desk, phone, email)
    shown = main_text(client.get("/console/account"))
    assert "A phone" in shown
    assert "Pixel" not in shown
    desk.post(client, "/console/account/sessions", {"which": "others"})
    assert is_in(client)
    assert not is_in(phone)
    sign_in(desk, phone, email)
    answer = desk.post(client, "/console/account/sessions", {"which": "all"})
    assert answer.location == "/console/sign-in"
    assert not is_in(client)
    assert not is_in(phone)
    assert acts(desk)[-1] == ("sessions_ended", acts(desk)[-1][1], {"count": 2})


def test_a_forgotten_password_is_set_by_a_link(desk: ConsoleDesk) -> None:
    """Once, within an hour, and every session ends; the second factor stays."""
    email, client = account(desk, Role.ADMINISTRATOR, app=True), desk.app.test_client()
    sign_in(desk, client, email)
    desk.post(client, "/console/sign-in/second", {"code": code_now(app_secret(email), desk.clock())})
    nobody = desk.app.test_client()
    asked = desk.post(nobody, "/console/password/forgotten", {"email": email.upper()})
    [(address, link)] = mailed_links(desk)
    assert address == email
    assert "for " + email in main_text(nobody.get(link)).lower()
    assert desk.post(nobody, link, {"password": "short"}).status_code == 422
    assert desk.post(nobody, link, {"password": ANOTHER}).status_code == 303
    assert not is_in(client)
    assert desk.post(nobody, link, {"password": PASSWORD}).status_code == 410
    assert "One more step" in sign_in(desk, nobody, email, ANOTHER).text
    assert ("password_reset", {}) in [(act, facts) for act, _, facts in acts(desk)]
    with statements(desk.office) as said:
        unknown = desk.post(desk.app.test_client(), "/console/password/forgotten", {"email": "no@body.example"})
    assert main_text(unknown) == main_text(asked)
    assert {"INSERT INTO mail (", "INSERT INTO work ("} <= set(said), "as much work as for a known address"
    assert len(mailed_links(desk)) == 1


def test_links_for_a_new_password_end(desk: ConsoleDesk) -> None:
    """After an hour, when a newer one was sent, and when the account is closed; only a hash is kept."""
    email = account(desk, Role.VIEWER)
    for _ in range(2):
        desk.post(desk.app.test_client(), "/console/password/forgotten", {"email": email})
    (_, first), (_, second) = mailed_links(desk)
    nobody = desk.app.test_client()
    assert nobody.get(first).status_code == 410
    assert nobody.get(second).status_code == 200
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(PasswordLinkRecord.token_hash)).one() not in second
    desk.clock.now += LINK_LIFE + timedelta(seconds=1)
    assert nobody.get(second).status_code == 410
    desk.post(nobody, "/console/password/forgotten", {"email": email})
    with transaction(desk.office.sessions) as session:
        session.scalars(select(StaffRecord).where(StaffRecord.email == email)).one().is_active = False
    assert nobody.get(mailed_links(desk)[2][1]).status_code == 410


def test_nobody_is_flooded_with_links(desk: ConsoleDesk) -> None:
    """Three in a row; then the page asks to wait, for known and unknown addresses alike."""
    email = account(desk, Role.VIEWER)
    for address in (email, "no@body.example"):
        answers = [
            desk.post(desk.app.test_client(), "/console/password/forgotten", {"email": address}).status_code
            for _ in range(4)
        ]
        assert answers == [200, 200, 200, 429]
    assert len(mailed_links(desk)) == 3
