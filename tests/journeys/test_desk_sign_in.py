"""The way in, in a real browser: by keyboard, with an app, with a passkey, and after a session that ended mid-edit."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import select

from issuer.accounts.records import InvitationRecord, PasskeyRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.accounts.sessions import end_sessions
from issuer.database import reading, transaction
from issuer.demo.staff import read_demo_password
from tests.browser import DESK, PHONE, chromium
from tests.desk_accounts import PASSWORD, code_now, kept_password
from tests.desk_browser import ServedDesk, check_everywhere, served_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE = "/console/vbk-goteborg"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    """An office that is served."""
    with served_desk(tmp_path_factory.mktemp("desk")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def context(desk: ServedDesk, browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which nobody is signed in, at the address at which passkeys work."""
    base = desk.base.replace("127.0.0.1", "localhost")
    opened = browser.new_context(viewport=DESK, base_url=base, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
    yield opened
    opened.close()


def person(desk: ServedDesk, name: str, *roles: Role) -> str:
    """Somebody with a password; gives the address."""
    number = desk.staff(name, *roles)
    with transaction(desk.office.sessions) as session:
        staff = session.get_one(StaffRecord, number)
        staff.password_hash = kept_password()
        return staff.email


def fill_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """The first step, by keyboard alone."""
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def virtual_device(context: BrowserContext, page: Page) -> CDPSession:
    """A device that makes passkeys and unlocks itself."""
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devices


def test_the_demonstrations_staff_signs_in_as_printed(desk: ServedDesk, context: BrowserContext) -> None:
    """With the password that make run prints, by keyboard, and lands on the desk that she works at."""
    password = read_demo_password(desk.office.settings.data_dir)
    assert password is not None
    page = context.new_page()
    page.goto(HERE)
    check_everywhere(page, "sign-in")
    fill_in(page, "ylva.strom@vbk.example", password)
    expect(page).to_have_url(f"{urlsplit(page.url).scheme}://{urlsplit(page.url).netloc}{HERE}")
    expect(page.get_by_text("Signed in as Ylva Ström")).to_be_visible()
    check_everywhere(page, "start")
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_an_administrator_sets_up_an_app_and_comes_back_with_it(desk: ServedDesk, context: BrowserContext) -> None:
    """First sign-in: picture, key, code, ten recovery codes; the next: the code alone. Without script all the while."""
    email = person(desk, "Anna Åkesson", Role.ADMINISTRATOR)
    page = context.new_page()
    page.route("**/*.js*", lambda route: route.abort())
    page.goto("/console/sign-in")
    fill_in(page, email)
    expect(page.get_by_role("heading", name="Choose a second factor")).to_be_visible()
    assert page.locator(".scan img").evaluate("image => image.naturalWidth") > 0
    check_everywhere(page, "set-up")
    secret = page.locator(".scan code").inner_text().replace(" ", "")
    now = desk.office.clock()
    page.get_by_label("Code that the app shows").focus()
    page.keyboard.type(code_now(secret, now))
    page.keyboard.press("Enter")
    expect(page.locator(".recovery li")).to_have_count(10)
    check_everywhere(page, "codes")
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    fill_in(page, email)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    check_everywhere(page, "second")
    page.get_by_label("Code of your authenticator app").focus()
    page.keyboard.type(code_now(secret, now + timedelta(seconds=30)))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed in as Anna Åkesson")).to_be_visible()
    page.goto("/console/account")
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    check_everywhere(page, "account")


def test_a_passkey_is_made_and_used(desk: ServedDesk, context: BrowserContext) -> None:
    """Made at the first sign-in of an approver; afterwards it is enough alone, and as the second step."""
    email = person(desk, "Birgitta Öst", Role.APPROVER)
    page = context.new_page()
    virtual_device(context, page)
    page.goto("/console/sign-in")
    fill_in(page, email)
    page.get_by_label("Name of the device").fill("test laptop")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed in as Birgitta Öst")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    fill_in(page, email)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_text("Signed in as Birgitta Öst")).to_be_visible()
    with reading(desk.office.sessions) as session:
        passkey = session.scalars(select(PasskeyRecord).where(PasskeyRecord.label == "test laptop")).one()
    assert passkey.sign_count > 1
    assert passkey.used_at is not None


def test_a_device_without_the_passkey_says_so(desk: ServedDesk, context: BrowserContext) -> None:
    """The page says in words that nothing happened, and the button works again."""
    page = context.new_page()
    virtual_device(context, page)
    page.goto("/console/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("try again")
    expect(page.get_by_role("button", name="Use your passkey")).to_be_enabled()
    check_everywhere(page, "passkey")


def test_what_was_typed_when_the_session_ended_is_not_lost(desk: ServedDesk, context: BrowserContext) -> None:
    """The form comes back after signing in, is sent with one button, and then does what it was for."""
    email = person(desk, "Cecilia Ek", Role.ADMINISTRATOR)
    page = context.new_page()
    page.goto("/console/sign-in")
    fill_in(page, email)
    secret, now = page.locator(".scan code").inner_text().replace(" ", ""), desk.office.clock()
    page.get_by_label("Code that the app shows").fill(code_now(secret, now))
    page.keyboard.press("Enter")
    expect(page.locator(".recovery li")).to_have_count(10)
    page.goto(f"{HERE}/staff")
    check_everywhere(page, "staff")
    page.get_by_label("E-mail address").fill("ny.kollega@vbk.example")
    page.get_by_label("Assessor").check()
    page.get_by_label("Viewer").check()
    with transaction(desk.office.sessions) as session:
        number = session.scalars(select(StaffRecord.id).where(StaffRecord.email == email)).one()
        end_sessions(session, number, now=desk.office.clock())
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("what you typed is kept on this page")).to_be_visible()
    check_everywhere(page, "late")
    fill_in(page, email)
    page.get_by_label("Code of your authenticator app").fill(code_now(secret, now + timedelta(seconds=30)))
    page.keyboard.press("Enter")
    expect(page.get_by_text("ny.kollega@vbk.example")).to_be_visible()
    check_everywhere(page, "carried")
    page.get_by_role("button", name="Send it on").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Invited. The mail is on its way")).to_be_visible()
    with reading(desk.office.sessions) as session:
        invited = session.scalars(select(InvitationRecord)).one()
    assert (invited.email, sorted(invited.roles)) == ("ny.kollega@vbk.example", ["assessor", "viewer"])


def test_an_invitation_in_the_mail_leads_to_the_desk(
    desk: ServedDesk, context: BrowserContext, browser: Browser
) -> None:
    """The link of the mail that lies in the outbox: name, password, sign in, at work.

    An address and a name of any length fit a phone, in the mail and on the page.
    """
    invited = "erik.nystrom.with.a.long.address.at.work@vasttysklands-batterikompetens.example"
    boss = desk.staff("Disa Norén", Role.ADMINISTRATOR)
    with desk.browser_of(browser, boss) as signed_in:
        page = signed_in.new_page()
        page.goto(f"{HERE}/staff")
        page.get_by_label("E-mail address").fill(invited)
        page.get_by_label("Viewer").check()
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_text("Invited. The mail is on its way")).to_be_visible()
    page = context.new_page()
    link, html = _mailed_to(invited, desk)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.set_content(html)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(link)
    check_everywhere(page, "invitation")
    page.get_by_label("Your name").fill("Erik Nyström")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("is yours. Sign in to go there.")).to_be_visible()
    fill_in(page, invited)
    expect(page.get_by_text("Signed in as Erik Nyström")).to_be_visible()
    page.goto(f"{HERE}/staff")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Staff")


def test_a_token_is_shown_once(desk: ServedDesk, browser: Browser) -> None:
    """Made in the console, looked at everywhere, gone from the page afterwards, and revoked with one button."""
    boss = desk.staff("Frida Lund", Role.ADMINISTRATOR)
    with desk.browser_of(browser, boss) as signed_in:
        page = signed_in.new_page()
        page.goto(f"{HERE}/tokens")
        page.get_by_label("Issue").check()
        page.get_by_role("button", name="Make the token").click()
        text = page.locator(".secret").inner_text()
        assert text.startswith("vlt_")
        check_everywhere(page, "token-made")
        page.get_by_role("link", name="I have copied it").click()
        assert text not in page.content()
        check_everywhere(page, "tokens")
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("Programs that use it are refused.")).to_be_visible()


def _mailed_to(email: str, desk: ServedDesk) -> tuple[str, str]:
    """The path of the one link in the mail to this address, as the worker wrote it into the outbox, and its HTML."""
    folder = desk.office.settings.data_dir / "outbox"
    for _ in range(100):
        for file in folder.glob("*.eml"):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            if email in str(mail["To"]):
                plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[attr-defined]
                return re.findall(r"https?://[^/\s]+(/console/invitation/[\w-]+)", plain)[0], html
        time.sleep(0.2)
    pytest.fail("no mail came")
