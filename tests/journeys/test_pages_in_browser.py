"""The pages as people see them: a phone at the gate, a desk, light and dark, with and without script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Page, expect

from issuer.awards.records import IssuedCredentialRecord
from issuer.database import open_sessions, reading
from issuer.demo.links import find_tokens
from tests.browser import DESK, PHONE, axe_source, chromium, environment, serving, spare_port, voltpass

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOBODY = "A" * 22
BAND = {"valid": "VALID", "expired": "EXPIRED", "revoked": "REVOKED", "suspended": "SUSPENDED"}


@dataclass(frozen=True)
class Demo:
    """The demonstration as it is served: its address, its badges by state, and every link with its holder."""

    base: str
    states: dict[str, str]
    holders: dict[str, str]
    env: dict[str, str]

    def link(self, state: str) -> str:
        return f"/v/{self.states[state]}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    env = environment(folder, spare_port())
    voltpass(env, "seed", "demo")
    sessions = open_sessions(f"sqlite:///{folder / 'var' / 'voltpass.sqlite'}")
    with reading(sessions) as session:
        states = vars_of(find_tokens(session))
        holders = {record.token: record.holder_name for record in session.query(IssuedCredentialRecord)}
    sessions.engine.dispose()
    with serving(env) as base:
        yield Demo(base, states, holders, env)


def vars_of(tokens: object) -> dict[str, str]:
    return {name: getattr(tokens, name) for name in BAND}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def phone(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, base_url=demo.base, locale="en-GB")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def paths(demo: Demo) -> list[str]:
    """One of each kind of page."""
    badges = [demo.link(state) for state in BAND]
    return ["/", "/verify", "/achievements", "/achievements/VLT-HV1", "/issuers/vbk-goteborg", "/trust-list",
            "/nothing", f"/v/{NOBODY}", *badges]  # fmt: skip


@pytest.mark.parametrize("state", BAND)
def test_each_state_shows_its_band(phone: Page, demo: Demo, state: str) -> None:
    """The link on the certificate answers with the verdict of this moment."""
    phone.goto(demo.link(state))
    expect(phone.locator(".verdict")).to_have_attribute("data-verdict", BAND[state])
    assert demo.holders[demo.states[state]] in phone.locator(".credential__name").inner_text()


def test_the_first_screen_needs_no_scrolling(phone: Page, demo: Demo) -> None:
    """At 360 × 640, for every badge of the demonstration: from the band down to how it was assessed."""
    assert len(demo.holders) >= 33
    for token in demo.holders:
        phone.goto(f"/v/{token}")
        end = phone.locator(".facts").evaluate("facts => facts.getBoundingClientRect().bottom")
        assert end <= PHONE["height"], f"{demo.holders[token]}: {end}"


def test_every_name_stands_whole(phone: Page, demo: Demo) -> None:
    """No name is cut, clipped or drawn with a typeface that is not ours."""
    for token, name in demo.holders.items():
        phone.goto(f"/v/{token}")
        heading = phone.locator(".credential__name")
        assert heading.inner_text().strip() == name
        assert heading.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert heading.evaluate("one => getComputedStyle(one).overflow") == "visible"
        loaded = phone.evaluate("[...document.fonts].filter(font => font.status == 'loaded').map(font => font.family)")
        assert {family.strip('"') for family in loaded} <= {"Noto Sans", "Noto Sans Mono"}
        assert loaded


def test_no_page_is_wider_than_a_phone(phone: Page, demo: Demo) -> None:
    """At 360 px nothing scrolls sideways."""
    for path in paths(demo):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")])
def test_the_pages_are_accessible(browser: Browser, demo: Demo, scheme: str, viewport: dict[str, int]) -> None:
    """axe finds nothing against WCAG 2.2 AA on any page, in light and dark, on a phone and at a desk."""
    axe = axe_source()
    context = browser.new_context(viewport=viewport, base_url=demo.base, color_scheme=scheme, locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    for path in paths(demo):
        page.goto(path)
        assert violations(page, axe) == [], path
    for files in (["bad.txt"], ["bad.txt", "worse.png"]):
        drop(page, files)
        assert violations(page, axe) == [], files
    context.close()


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]


def drop(page: Page, names: list[str]) -> None:
    """Hand in files that hold nothing, by the form alone."""
    page.goto("/verify")
    nothing: list[FilePayload] = [{"name": name, "mimeType": "text/plain", "buffer": b"nothing"} for name in names]
    page.locator("#file").set_input_files(nothing)
    page.get_by_role("button", name="Check the files").click()
    page.wait_for_load_state()


def test_nothing_is_refused_by_the_browser_and_nothing_leaves_the_house(phone: Page, demo: Demo) -> None:
    """No page breaks its own policy, and every request goes to this host."""
    complaints: list[str] = []
    elsewhere: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "404" not in message.text:
            complaints.append(message.text)

    phone.on("console", listen)
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    phone.on("request", lambda sent: elsewhere.append(sent.url) if not sent.url.startswith(demo.base) else None)
    for path in [*paths(demo), f"{demo.link('valid')}.svg"]:
        phone.goto(path)
    assert complaints == []
    assert elsewhere == []
    assert phone.context.cookies() == []


def test_everything_works_without_script(browser: Browser, demo: Demo) -> None:
    """Paste a link, hand in files, compare an e-mail: with script switched off."""
    context = browser.new_context(java_script_enabled=False, base_url=demo.base, locale="en-GB")
    page = context.new_page()
    page.goto("/verify")
    page.locator("#text").fill(f"{demo.base}{demo.link('valid')}")
    page.get_by_role("button", name="Check the text").click()
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "VALID")
    page.get_by_label("Their e-mail, if you have it").fill("somebody@else.example")
    page.get_by_role("button", name="Compare e-mail").click()
    expect(page.locator("#person")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Different e-mail")
    context.close()


def test_many_files_become_one_table(phone: Page, demo: Demo, tmp_path: Path) -> None:
    """Two badges, a revoked one and a holiday picture: a tally, a table, and a file for Excel."""
    for index, state in enumerate(("valid", "revoked", "expired")):
        text = phone.request.get(f"{demo.link(state)}.json").body()
        (tmp_path / f"{index}.json").write_bytes(text)
    (tmp_path / "holiday.txt").write_bytes(b"sun")
    phone.goto("/verify")
    phone.locator("#file").set_input_files(sorted(tmp_path.iterdir()))
    phone.get_by_role("button", name="Check the files").click()
    expect(phone.locator("h1")).to_have_text("4 items checked")
    expect(phone.locator(".tally")).to_contain_text(re.compile(r"1\s+Valid"))
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Table (CSV)").click()
    table = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert table.count("\n") == 5
    assert "REVOKED" in table


def test_the_whole_drop_box_takes_what_is_dropped(phone: Page, demo: Demo) -> None:
    """Drag and drop needs no script: the file field itself fills the width of the box."""
    phone.goto("/verify")
    box, field = phone.locator(".drop").bounding_box(), phone.locator("#file").bounding_box()
    assert box is not None
    assert field is not None
    assert field["width"] >= 0.85 * box["width"]
    assert field["height"] >= 80


def test_the_language_of_the_browser_is_spoken(browser: Browser, demo: Demo) -> None:
    """A Swedish phone reads Swedish; the foot of the page leads to the other languages."""
    context = browser.new_context(base_url=demo.base, locale="sv-SE")
    page = context.new_page()
    page.goto(demo.link("valid"))
    expect(page.locator("h1")).to_have_text("Giltigt")
    page.get_by_role("link", name="Türkçe").click()
    expect(page.locator("h1")).to_have_text("Geçerli")
    context.close()


def test_the_keyboard_reaches_the_verdict_first(phone: Page, demo: Demo) -> None:
    """The first tab stop skips to the verdict, and evidence opens by key."""
    phone.goto(demo.link("valid"))
    phone.keyboard.press("Tab")
    assert phone.evaluate("document.activeElement.className") == "skip"
    first = phone.locator(".checks summary").first
    first.focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(".checks details").first).to_have_attribute("open", "")


def test_revoking_shows_at_once(phone: Page, demo: Demo) -> None:
    """A badge is revoked at the desk while its page is open: the next look is red, and so is its file."""
    token = next(token for token in demo.holders if token not in demo.states.values())
    phone.goto(f"/v/{token}")
    expect(phone.locator(".verdict")).to_have_attribute("data-verdict", "VALID")
    kept = phone.request.get(f"/v/{token}.pdf").body()
    voltpass(demo.env, "revoke", f"{demo.base}/v/{token}", "--reason", "fraud")
    phone.reload()
    expect(phone.locator(".verdict")).to_have_attribute("data-verdict", "REVOKED")
    expect(phone.locator(".advice")).to_contain_text("Reason: fraud.")
    phone.goto("/verify")
    phone.locator("#file").set_input_files({"name": "kept.pdf", "mimeType": "application/pdf", "buffer": kept})
    phone.get_by_role("button", name="Check the files").click()
    expect(phone.locator(".verdict")).to_have_attribute("data-verdict", "REVOKED")


def test_a_changed_character_is_altered(phone: Page, demo: Demo) -> None:
    """One letter of the signed text changed: red, and no name is shown."""
    document = json.loads(phone.request.get(f"{demo.link('valid')}.json").text())
    document["credentialSubject"]["identifier"][0]["identityHash"] += "x"
    phone.goto("/verify")
    phone.locator("#text").fill(json.dumps(document))
    phone.get_by_role("button", name="Check the text").click()
    expect(phone.locator(".verdict")).to_have_attribute("data-verdict", "ALTERED")
    expect(phone.locator(".credential__name")).to_have_count(0)
