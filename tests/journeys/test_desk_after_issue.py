"""After issue, in a real browser: find a badge, correct it, revoke three at once, replace keys, read the figures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from issuer.accounts.records import MembershipRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.accounts.sessions import begin_session
from issuer.app import create_office_app
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.find import get_provider
from issuer.console.frame import SIGNED_IN
from issuer.database import reading, transaction
from issuer.office import Office, open_office, utc_now
from issuer.settings import Settings
from tests.browser import DESK, PHONE, axe_source, chromium, environment, serving, spare_port, voltpass

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HOME = "/console/vbk-goteborg"
NARROW = """() => [...document.querySelectorAll("main .button:not(.button--row)")]
    .filter(each => each.checkVisibility() && each.offsetWidth < 250).map(each => each.innerText)"""


@dataclass(frozen=True)
class House:
    """The demonstration as it is served, with somebody signed in."""

    base: str
    office: Office
    cookie: str

    def number(self, given_name: str) -> str:
        """The badge of the demonstration's file whose holder has this given name."""
        with reading(self.office.sessions) as session:
            query = select(IssuedCredentialRecord.credential_id).where(
                IssuedCredentialRecord.given_name == given_name,
                IssuedCredentialRecord.provider_id == get_provider(session, "vbk-goteborg").id,
                IssuedCredentialRecord.is_specimen.is_(False),
            )
            return session.scalars(query).first().removeprefix("urn:uuid:")  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("after-issue")
    env = environment(folder, spare_port())
    voltpass(env, "seed", "demo")
    office = open_office(Settings.from_env(env))
    cookie = _signed_in(office, create_office_app(office))
    with serving(env) as base:
        yield House(base, office, cookie)
    office.sessions.engine.dispose()


def _signed_in(office: Office, app: Flask) -> str:
    """A session as the way in begins one; that is tested elsewhere."""
    with transaction(office.sessions) as session:
        person = StaffRecord(email="ylva@staff.example", name="Ylva Ström", created_at=utc_now())
        session.add(person)
        session.flush()
        for slug in ("vbk-goteborg", "asa-demo-office"):
            provider = get_provider(session, slug)
            session.add(MembershipRecord(staff_id=person.id, provider_id=provider.id, role=Role.ADMINISTRATOR.value))
        secret = begin_session(session, person, office.desk.chance, now=utc_now())
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps({SIGNED_IN: secret}))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def window(browser: Browser, house: House, viewport: dict[str, int] = DESK, **options: object) -> Page:
    """A page in which Ylva is signed in."""
    context = browser.new_context(viewport=viewport, base_url=house.base, locale="en-GB", **options)  # type: ignore[arg-type]
    context.add_cookies([{"name": "voltpass_console", "value": house.cookie, "url": f"{house.base}/console"}])
    return context.new_page()


def paths(house: House) -> dict[str, str]:
    """One of each kind of page."""
    number = house.number("Åsa")
    return {
        "badges": f"{HOME}/badges",
        "search": f"{HOME}/badges?q=oberg&achievement=VLT-HV1",
        "nothing": f"{HOME}/badges?q=nobody",
        "badge": f"{HOME}/badges/{number}",
        "correct": f"{HOME}/badges/{number}/correct",
        "choose": f"{HOME}/badges/change?deed=revoke&scope=all&state=valid",
        "renewals": f"{HOME}/renewals?within=lapsed",
        "keys": f"{HOME}/keys",
        "key": f"{HOME}/keys/{_thumbprint(house)}?since=2026-01-01",
        "report": f"{HOME}/report",
        "refused": f"{HOME}/badges/change?deed=revoke",
        "nowhere": f"{HOME}/batches/4711",
        "office": "/console/asa-demo-office/report",
        "audit": f"{HOME}/audit?check=1",
    }


def _thumbprint(house: House) -> str:
    from issuer.signing.provider_keys import keys_of

    with reading(house.office.sessions) as session:
        return keys_of(session, get_provider(session, "vbk-goteborg"))[0].thumbprint


@pytest.mark.parametrize(
    ("scheme", "viewport"), [pytest.param("dark", PHONE, id="phone-dark"), pytest.param("light", DESK, id="desk-light")]
)
def test_the_windows_are_accessible(browser: Browser, house: House, scheme: str, viewport: dict[str, int]) -> None:
    """axe finds nothing on any page, in dark on a phone and in light at a desk; none is wider than a phone.

    On a phone a thumb finds every button of the page itself, because it spans what it stands in.
    """
    axe, page = axe_source(), window(browser, house, viewport, color_scheme=scheme)
    problems: list[str] = []
    shots = os.environ.get("VOLTPASS_SHOTS")
    for name, path in paths(house).items():
        page.goto(path)
        if shots:
            page.screenshot(path=f"{shots}/{name}-{scheme}-{viewport['width']}.png", full_page=True)
        page.evaluate(axe)
        found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
        problems += [f"{name}: {each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            problems.append(f"{name} is too wide")
        if viewport is PHONE:
            problems += [f"{name}: narrow button {each}" for each in page.evaluate(NARROW)]
    page.context.close()
    assert problems == []


def test_three_badges_are_revoked_at_once(browser: Browser, house: House) -> None:
    """Ticked by keyboard, looked at, said why: the button says how many, and their public pages say "revoked"."""
    page = window(browser, house, java_script_enabled=False)
    page.goto(f"{HOME}/badges?achievement=VLT-TEST")
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    for place in range(3):
        boxes.nth(place).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Those that are ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revoke 3 badges?")
    page.get_by_label("Reason").select_option("issued_in_error")
    page.get_by_role("button", name="Revoke 3 badges").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 of 3 badges revoked")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_role("link", name="The public page").click()
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "REVOKED")
    page.context.close()


def test_a_wrong_name_is_put_right(browser: Browser, house: House) -> None:
    """Found without accents, corrected, the old paper leads to the newer one, and the figures count one badge."""
    page = window(browser, house, PHONE)
    page.goto(f"{HOME}/report.json")
    before = page.evaluate("JSON.parse(document.body.innerText).certifications")
    page.goto(f"{HOME}/badges?achievement=VLT-HV1")
    page.get_by_label("Name, e-mail, reference").fill("asa oberg")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Åsa Öberg").first.click()
    page.get_by_role("link", name="Correct…").click()
    page.get_by_label("Family name").fill("Öberg-Lind")
    page.get_by_label("Reason").select_option("name_error")
    page.get_by_role("button", name="Issue 1 corrected badge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Åsa Öberg-Lind")
    expect(page.get_by_role("status")).to_contain_text("corrected badge")
    page.get_by_role("link", name="an older one").click()
    page.get_by_role("link", name="The public page").click()
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "SUPERSEDED")
    page.goto(f"{HOME}/report.json")
    assert page.evaluate("JSON.parse(document.body.innerText).certifications") == before
    page.context.close()


def test_keys_are_replaced_and_old_badges_go_on(browser: Browser, house: House) -> None:
    """The ceremony is one page; what was issued before verifies."""
    page = window(browser, house)
    page.goto(f"{HOME}/keys")
    page.get_by_role("button", name=re.compile("Replace 2 keys")).click()
    expect(page.get_by_role("status")).to_contain_text("goes on verifying")
    expect(page.get_by_text("Retired", exact=True)).to_have_count(2)
    page.goto(f"{HOME}/badges/{house.number('Björn')}")
    page.get_by_role("link", name="The public page").click()
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "VALID")
    page.context.close()
