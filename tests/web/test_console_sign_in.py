"""The way in: the same answer to every mistake, tries that are counted, second factors that work once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import argon2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuer.accounts import passwords
from issuer.accounts.errors import SignInRefused
from issuer.accounts.passwords import is_password
from issuer.accounts.records import SignInStepRecord, SignInTryRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.accounts.sign_in import Visitor
from issuer.accounts.sign_in import sign_in as sign_in_by_hand
from issuer.accounts.steps import LIFE
from issuer.accounts.throttle import FORGOTTEN_AFTER, network_of
from issuer.console.way_in import own_path
from issuer.database import reading, transaction
from tests.console import ConsoleDesk, console_desk
from tests.desk_accounts import PASSWORD, account, account_desk, acts, app_secret, code_now, sign_in
from tests.windows import main_text


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """An office with its console."""
    return console_desk(tmp_path)


@pytest.fixture
def nobody(desk: ConsoleDesk) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return desk.app.test_client()


def is_in(client: FlaskClient) -> bool:
    """Whether this browser gets to its account."""
    return client.get("/console/account").status_code == 200


def shown_secret(page: TestResponse) -> str:
    """What the page says for typing into an app."""
    return page.text.partition("<code")[2].partition(">")[2].partition("<")[0].replace(" ", "")


def test_address_and_password_let_a_viewer_in(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """However the address is written; the act is on record, without the address."""
    email = account(desk, Role.VIEWER, name="Ylva")
    answer = sign_in(desk, nobody, f"  {email.upper()} ")
    assert (answer.status_code, answer.location) == (303, "/console")
    assert is_in(nobody)
    assert nobody.get("/console").location == "/console/vbk-goteborg"
    assert [(act, facts) for act, _, facts in acts(desk)][-1] == ("signed_in", {"with": "password"})
    assert email not in str(acts(desk))


def test_every_mistake_gets_the_same_answer(desk: ConsoleDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, wrong, closed, invited without a password: same words, same status, one comparison of hashes each."""
    known, closed = account(desk, Role.VIEWER, name="Known"), account(desk, Role.VIEWER, name="Closed")
    with transaction(desk.office.sessions) as session:
        session.scalars(select(StaffRecord).where(StaffRecord.email == closed)).one().is_active = False
    without = "without@staff.example"
    with transaction(desk.office.sessions) as session:
        session.add(StaffRecord(email=without, name="Without", created_at=desk.clock()))
    passwords.is_password(None, "")  # the hash of nobody is made once
    compared: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counting(self: argon2.PasswordHasher, kept: str, password: str) -> Any:
        compared.append(kept)
        return verify(self, kept, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    answers = set()
    for email, password in ((known, "wrong"), (closed, PASSWORD), (without, ""), ("no@body.example", PASSWORD)):
        answer = sign_in(desk, desk.app.test_client(), email, password)
        answers.add((answer.status_code, main_text(answer).replace(email, "")))
    assert len(answers) == 1
    assert len(compared) == 4
    assert len({kept.split("$")[3] for kept in compared}) == 1, "other parameters would take another time"


def test_a_hash_is_made_anew_when_the_parameters_change(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """At the next sign-in, without anybody noticing."""
    email = account(desk, Role.VIEWER)
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with transaction(desk.office.sessions) as session:
        session.scalars(select(StaffRecord).where(StaffRecord.email == email)).one().password_hash = cheap
    assert sign_in(desk, nobody, email).status_code == 303
    with reading(desk.office.sessions) as session:
        kept = session.scalars(select(StaffRecord.password_hash).where(StaffRecord.email == email)).one()
    assert kept is not None
    assert "m=65536" in kept
    assert sign_in(desk, desk.app.test_client(), email).status_code == 303


@pytest.mark.parametrize("email", ["known", "no@body.example"])
def test_too_many_tries_have_to_wait(desk: ConsoleDesk, email: str) -> None:
    """Five in a row, of known and unknown addresses alike; then even the right password waits, and is told how long."""
    known = account(desk, Role.VIEWER)
    address = known if email == "known" else email
    for _ in range(5):
        assert sign_in(desk, desk.app.test_client(), address, "wrong").status_code == 401
    answer = sign_in(desk, desk.app.test_client(), address)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "Wait 1 minute" in main_text(answer)
    desk.clock.advance(seconds=61)
    assert sign_in(desk, desk.app.test_client(), address).status_code == (303 if address == known else 401)


def test_waiting_grows_and_ends(desk: ConsoleDesk) -> None:
    """Each further try doubles the pause, up to a quarter of an hour; a success forgets it all."""
    email, waits = account(desk, Role.VIEWER), []
    for _ in range(12):
        answer = sign_in(desk, desk.app.test_client(), email, "wrong")
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            desk.clock.advance(seconds=waits[-1] + 1)
    assert waits == sorted(waits)
    assert waits[:3] == [60, 120, 240]
    assert max(waits) <= 900
    desk.clock.advance(minutes=16)
    assert sign_in(desk, desk.app.test_client(), email).status_code == 303
    assert sign_in(desk, desk.app.test_client(), email, "wrong").status_code == 401


def test_a_network_that_tries_many_addresses_waits_too(desk: ConsoleDesk) -> None:
    """A list of addresses with one password each is as bad as one address with many; the neighbours' net is free."""
    network = {"REMOTE_ADDR": "198.51.100.7"}
    with transaction(desk.office.sessions) as session:
        blurred = account_desk(desk).blur(f"network {network_of('198.51.100.7')}")
        session.add(SignInTryRecord(key=blurred, failures=99, last_at=desk.clock()))
    email = account(desk, Role.VIEWER)
    assert desk.app.test_client().get("/console/sign-in").status_code == 200
    first = desk.app.test_client()
    first.environ_base.update(network)
    assert sign_in(desk, first, "a@b.example", "wrong").status_code == 401
    second = desk.app.test_client()
    second.environ_base["REMOTE_ADDR"] = "198.51.100.200"
    assert sign_in(desk, second, email).status_code == 429
    other = desk.app.test_client()
    other.environ_base["REMOTE_ADDR"] = "203.0.113.1"
    assert sign_in(desk, other, email).status_code == 303


def test_tries_are_kept_without_addresses_and_forgotten(desk: ConsoleDesk) -> None:
    """The table holds keyed hashes only, and loses what is older than half an hour."""
    elsewhere = desk.app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    sign_in(desk, elsewhere, "no@body.example", "wrong")
    with reading(desk.office.sessions) as session:
        keys = session.scalars(select(SignInTryRecord.key)).all()
    assert len(keys) == 2
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)
    desk.clock.now += FORGOTTEN_AFTER + timedelta(seconds=1)
    sign_in(desk, elsewhere, "some@body.example", "wrong")
    with reading(desk.office.sessions) as session:
        assert not set(keys) & {*session.scalars(select(SignInTryRecord.key).where(SignInTryRecord.failures > 1))}
        assert session.scalar(select(func.count()).select_from(SignInTryRecord)) == 2


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        (None, "unknown"),
    ],
)
def test_neighbours_share_a_network_and_the_world_does_not(address: str | None, network: str) -> None:
    """Behind a server of ours everybody comes from this machine, which must not lock everybody out."""
    assert network_of(address) == network


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.APPROVER])
def test_who_can_sign_sets_up_a_second_factor_first(desk: ConsoleDesk, nobody: FlaskClient, role: Role) -> None:
    """No session without it; the app's picture is ours; with it come ten codes, shown once."""
    email = account(desk, role)
    page = sign_in(desk, nobody, email)
    assert page.status_code == 200
    assert "Choose a second factor" in page.text
    assert not is_in(nobody)
    picture = nobody.get("/console/sign-in/qr.svg")
    assert picture.content_type == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    secret = shown_secret(page)
    wrong = desk.post(nobody, "/console/sign-in/set-up", {"code": "000000"})
    assert wrong.status_code == 401
    assert not is_in(nobody)
    done = desk.post(nobody, "/console/sign-in/set-up", {"code": code_now(secret, desk.clock())})
    assert done.text.count("<li><code>") == 10
    assert is_in(nobody)
    assert [act for act, _, _ in acts(desk)][-2:] == ["second_factor_added", "signed_in"]
    assert nobody.get("/console/sign-in/qr.svg").status_code == 404


def test_the_first_factor_is_set_up_once(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """Whoever knows the password and had begun to set one up too comes too late once its owner has done so."""
    email = account(desk, Role.ADMINISTRATOR)
    thief = desk.app.test_client()
    begun = sign_in(desk, thief, email)
    own = sign_in(desk, nobody, email)
    theirs, ours = (shown_secret(page) for page in (begun, own))
    assert desk.post(nobody, "/console/sign-in/set-up", {"code": code_now(ours, desk.clock())}).status_code == 200
    late = desk.post(thief, "/console/sign-in/set-up", {"code": code_now(theirs, desk.clock())})
    assert late.status_code == 401
    assert not is_in(thief)


def test_a_password_that_changes_meanwhile_lets_nobody_in(
    desk: ConsoleDesk, nobody: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compared outside of any transaction, so that it is looked at once more before the session begins."""
    email = account(desk, Role.VIEWER)

    def compare_slowly(kept: str | None, password: str) -> bool:
        with transaction(desk.office.sessions) as session:
            staff = session.scalars(select(StaffRecord).where(StaffRecord.email == email)).one()
            staff.password_hash = "reset in this very moment"
        return is_password(kept, password)

    monkeypatch.setattr("issuer.accounts.sign_in.is_password", compare_slowly)
    assert sign_in(desk, nobody, email).status_code == 401
    assert not is_in(nobody)


def test_no_other_role_is_asked_and_no_setting_excepts_anybody(desk: ConsoleDesk) -> None:
    """Demonstration accounts go without on a development machine; elsewhere they cannot be signed in to at all."""
    email = account(desk, Role.EDITOR, Role.ASSESSOR, Role.VIEWER)
    assert sign_in(desk, desk.app.test_client(), email).status_code == 303
    demo = account(desk, Role.ADMINISTRATOR, name="Demo")
    with transaction(desk.office.sessions) as session:
        session.scalars(select(StaffRecord).where(StaffRecord.email == demo)).one().is_demo = True
    assert sign_in(desk, desk.app.test_client(), demo).status_code == 303
    outside = replace(account_desk(desk), development=False)
    visitor = Visitor(network="198.51.100.0/24")
    with pytest.raises(SignInRefused):
        sign_in_by_hand(outside, demo, PASSWORD, visitor, now=desk.clock())


def test_a_code_works_once(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """Whoever looks over a shoulder has nothing: a used code is refused, and so is an older one."""
    email = account(desk, Role.ADMINISTRATOR, app=True)
    code, older = (code_now(app_secret(email), desk.clock() - timedelta(seconds=back)) for back in (0, 30))
    assert "One more step" in sign_in(desk, nobody, email).text
    assert desk.post(nobody, "/console/sign-in/second", {"code": f"{code[:3]} {code[3:]}"}).status_code == 303
    assert is_in(nobody)
    thief = desk.app.test_client()
    sign_in(desk, thief, email)
    for used in (code, older):
        assert desk.post(thief, "/console/sign-in/second", {"code": used}).status_code == 401
    desk.clock.advance(seconds=30)
    fresh = code_now(app_secret(email), desk.clock())
    assert desk.post(thief, "/console/sign-in/second", {"code": fresh}).status_code == 303


def test_guessing_codes_has_to_wait(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """Five guesses, counted for the person and not for the browser."""
    email = account(desk, Role.ADMINISTRATOR, app=True)
    sign_in(desk, nobody, email)
    for guess in range(5):
        assert desk.post(nobody, "/console/sign-in/second", {"code": f"00000{guess}"}).status_code == 401
    other = desk.app.test_client()
    sign_in(desk, other, email)
    right = code_now(app_secret(email), desk.clock())
    answer = desk.post(other, "/console/sign-in/second", {"code": right})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert not is_in(other)


def test_a_step_is_good_once_and_for_ten_minutes(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """A cookie that was copied between password and code opens nothing later."""
    email = account(desk, Role.ADMINISTRATOR, app=True)
    sign_in(desk, nobody, email)
    copied = nobody.get_cookie("voltpass_console", path="/console")
    assert copied is not None
    code = code_now(app_secret(email), desk.clock())
    assert desk.post(nobody, "/console/sign-in/second", {"code": code}).status_code == 303
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(SignInStepRecord)) == 0
    thief = desk.app.test_client()
    thief.set_cookie("voltpass_console", copied.value, path="/console")
    desk.clock.advance(seconds=60)
    fresh = code_now(app_secret(email), desk.clock())
    assert desk.post(thief, "/console/sign-in/second", {"code": fresh}).status_code == 401
    assert not is_in(thief)
    late = desk.app.test_client()
    sign_in(desk, late, email)
    desk.clock.now += LIFE + timedelta(seconds=1)
    fresh = code_now(app_secret(email), desk.clock())
    answer = desk.post(late, "/console/sign-in/second", {"code": fresh})
    assert "longer than ten minutes" in main_text(answer)
    assert not is_in(late)


def test_signing_in_needs_our_own_form(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """A stranger's page cannot sign a visitor in as somebody else, nor out."""
    email = account(desk, Role.VIEWER)
    for path in ("/console/sign-in", "/console/sign-in/second", "/console/sign-in/passkey", "/console/sign-out"):
        assert nobody.post(path, data={"email": email, "password": PASSWORD}).status_code == 400
    assert not is_in(nobody)


def test_signing_out_ends_the_session_itself(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """Not only the cookie goes: a copy of it is worth nothing either."""
    sign_in(desk, nobody, account(desk, Role.VIEWER))
    copied = nobody.get_cookie("voltpass_console", path="/console")
    assert copied is not None
    answer = desk.post(nobody, "/console/sign-out")
    assert (answer.status_code, answer.location) == (303, "/console/sign-in")
    assert "You are signed out." in nobody.get("/console/sign-in").text
    thief = desk.app.test_client()
    thief.set_cookie("voltpass_console", copied.value, path="/console")
    assert not is_in(thief)
    assert acts(desk)[-1][0] == "signed_out"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/console/vbk-goteborg/staff", "/console/vbk-goteborg/staff"),
        ("/console/vbk-goteborg/batches?state=waiting", "/console/vbk-goteborg/batches?state=waiting"),
        ("https://elsewhere.example/console/", "/console"),
        ("//elsewhere.example/console/", "/console"),
        ("/console//elsewhere.example", "/console"),
        ("/\\elsewhere.example", "/console"),
        ("/console/\\elsewhere.example", "/console"),
        ("/console/../v/x", "/console"),
        ("/consoleelsewhere", "/console"),
        ("/verify", "/console"),
        ("javascript:alert(1)", "/console"),
        ("/console/sign-in?next=/console", "/console"),
        ("/console/x\nLocation: y", "/console"),
        ("http://[", "/console"),
        ("", "/console"),
    ],
)
def test_after_signing_in_the_way_leads_into_the_console(asked: str, given: str) -> None:
    """Never to another site, never round in a circle."""
    assert own_path(asked) == given


def test_nobody_comes_back_to_where_they_wanted(desk: ConsoleDesk, nobody: FlaskClient) -> None:
    """The page that was asked for is the page that follows, with its filters."""
    email = account(desk, Role.EDITOR, app=True)
    asked = nobody.get("/console/vbk-goteborg/batches?page=2")
    door = nobody.get(asked.location)
    assert 'name="next" value="/console/vbk-goteborg/batches?page=2"' in door.text
    page = sign_in(desk, nobody, email, next="/console/vbk-goteborg/batches?page=2")
    assert 'name="next" value="/console/vbk-goteborg/batches?page=2"' in page.text
    code = code_now(app_secret(email), desk.clock())
    answer = desk.post(
        nobody, "/console/sign-in/second", {"code": code, "next": "/console/vbk-goteborg/batches?page=2"}
    )
    assert answer.location == "/console/vbk-goteborg/batches?page=2"
