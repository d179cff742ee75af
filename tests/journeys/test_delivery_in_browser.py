"""A badge delivered, in a real browser: the board at a desk and on a phone, the claim page in the learner's hand."""

from __future__ import annotations

import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from issuer.accounts.roles import Role
from issuer.app import create_office_app
from issuer.delivery.records import DeliveryState
from issuer.office import Office, open_office
from issuer.settings import Settings
from issuer.workshop import run_work
from tests.browser import DESK, PHONE, axe_source, chromium, environment, serving, spare_port, voltpass
from tests.console import ConsoleDesk
from tests.deliveries import announced, claim_path, delivery_of
from tests.office import Clock

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


def _no_serious_issue(page: Page, axe: str, width: int) -> None:
    page.add_script_tag(content=axe)
    found = page.evaluate("axe.run()")["violations"]
    assert [each["id"] for each in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _mail_of(office: Office, count: int) -> str:
    """The path in the newest mail, once the worker beside the pages has brought so many away."""
    folder = office.settings.mail.folder
    for _ in range(600):
        files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        if len(files) >= count:
            return claim_path(message_from_bytes(files[-1].read_bytes(), policy=default))  # type: ignore[arg-type]
        time.sleep(0.1)
    raise AssertionError(f"{len(files)} of {count} mails")


def test_from_the_board_to_the_learners_hand(tmp_path: Path) -> None:
    """An address is corrected at the desk, the learner opens the new link on a phone and keeps the badge."""
    env = environment(tmp_path, spare_port())
    voltpass(env, "seed", "catalogue")
    office = open_office(Settings.from_env(env))
    wrong = announced(office, email="asa.obreg@mail.example")
    announced(office, given_name="Zoë", family_name="af Ugglas", email=None, trainee_ref="T004")
    run_work(office)
    old = _mail_of(office, 1)
    app = create_office_app(office)
    desk = ConsoleDesk(office=office, app=app, clock=Clock())
    desk.clock.now = office.clock()
    cookie = desk.client(Role.EDITOR).get_cookie("voltpass_console", path="/console")
    assert cookie is not None
    axe = axe_source()
    with serving(env) as base, chromium() as browser:
        at_desk = browser.new_context(viewport=DESK, bypass_csp=True)  # type: ignore[arg-type]
        at_desk.add_cookies(
            [{"name": "voltpass_console", "value": cookie.value, "domain": "127.0.0.1", "path": "/console"}]
        )
        page = at_desk.new_page()
        page.goto(f"{base}/console/vbk-goteborg/deliveries")
        _no_serious_issue(page, axe, DESK["width"])
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        _no_serious_issue(page, axe, PHONE["width"])
        page.get_by_role("link", name="Åsa Öberg").click()
        _no_serious_issue(page, axe, PHONE["width"])
        page.get_by_label("E-mail address").fill("asa.oberg@mail.example")
        page.get_by_role("button", name="Correct it and send").click()
        expect(page.get_by_text("The address is corrected.")).to_be_visible()
        new = _mail_of(office, 2)
        in_hand = browser.new_context(viewport=PHONE, locale="sv-SE", java_script_enabled=True, bypass_csp=True)  # type: ignore[arg-type]
        phone = in_hand.new_page()
        phone.goto(base + old)
        expect(phone.get_by_role("heading", level=1)).to_have_text("Den här länken gäller inte längre")
        _no_serious_issue(phone, axe, PHONE["width"])
        phone.goto(base + new)
        _no_serious_issue(phone, axe, PHONE["width"])
        assert delivery_of(office, wrong).state == DeliveryState.OPENED
        phone.get_by_role("button", name="Behåll märket").click()
        expect(phone.get_by_text("Du har behållit märket")).to_be_visible()
        phone.set_viewport_size(DESK)  # type: ignore[arg-type]
        _no_serious_issue(phone, axe, DESK["width"])
        assert in_hand.cookies() == []
    assert delivery_of(office, wrong).state == DeliveryState.CLAIMED
