"""A badge in a real browser: written, measured, sent, published by somebody else, awarded; looked at everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from issuer.accounts.roles import Role
from issuer.catalogue.find import get_offer, get_provider
from issuer.database import reading
from tests.browser import PHONE, chromium
from tests.demo_files import demo_json
from tests.desk_browser import ServedDesk, check_everywhere, served_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROVIDER, OFFICE = "/console/vbk-goteborg/catalogue", "/console/asa-demo-office/catalogue"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    with served_desk(tmp_path_factory.mktemp("desk")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def editor(desk: ServedDesk, browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who writes badges; it runs no script of a page, as the editor needs none."""
    number = desk.staff("Ylva Ström", Role.EDITOR)
    with desk.browser_of(browser, number) as context:
        yield context


@pytest.fixture(scope="module")
def reviewer(desk: ServedDesk, browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody at the programme's office."""
    with desk.browser_of(browser, desk.staff("Olga Office", Role.EDITOR, provider="asa-demo-office")) as context:
        yield context


def tab_to(page: Page, name: str) -> None:
    """Reach a control with the tab key alone."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if name in page.evaluate("(document.activeElement.textContent || document.activeElement.ariaLabel || '')"):
            return
    pytest.fail(f"the tab key does not reach {name!r}")


def write_badge(page: Page) -> None:
    """Everything but the type of assessment, with two outcomes added row by row."""
    page.goto(PROVIDER)
    check_everywhere(page, "catalogue")
    page.get_by_role("link", name="Write a new badge").click()
    page.get_by_label("Title, in English").fill("Battery management systems")
    page.get_by_label("Code").fill("VLT-BMS")
    page.get_by_label("Programme").select_option("VOLTAGE")
    page.get_by_label("What the holder can do").fill("Explain and check a battery management system.")
    page.get_by_label("How it is earned").fill("Pass the practical test.")
    page.get_by_label("Outcome 1", exact=True).fill("Read out the state of a battery.")
    page.get_by_label("Skill 1 of outcome 1").fill("battery chemistry")
    page.get_by_role("button", name="Add a row").click()
    expect(page.get_by_label("Outcome 1", exact=True)).to_have_value("Read out the state of a battery.")
    page.get_by_label("Outcome 2", exact=True).fill("Name what a warning means.")
    page.get_by_label("Hours of work").fill("16")
    page.get_by_label("Level", exact=True).select_option("4")
    page.get_by_label("Form of participation").select_option(label="Blended")
    page.get_by_label("Course on the Skills Hub").fill("https://skills-hub.example/courses/4711")


def test_from_draft_to_awardable(desk: ServedDesk, editor: BrowserContext, reviewer: BrowserContext) -> None:
    """The meter names the gap, the second person publishes, and the provider may award it from then on."""
    page = editor.new_page()
    write_badge(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_role("link", name="Type of assessment")).to_be_visible()
    check_everywhere(page, "editor")
    page.get_by_role("button", name="Save and send for review").click()
    expect(page.get_by_role("status")).to_contain_text("1 thing is still to do")
    page.get_by_role("link", name="Type of assessment").click()
    page.get_by_label("Practical assessment").check()
    page.get_by_role("button", name="Save and look at it").click()
    check_everywhere(page, "preview")
    with page.expect_download() as download:
        page.evaluate("document.querySelector('a[href$=\"specimen.pdf\"]').download = 'specimen.pdf'")
        page.get_by_role("link", name="Specimen certificate").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Its public page").click()
    expect(page.get_by_text("Preview of a draft.")).to_be_visible()
    check_everywhere(page, "draft_page")
    page.get_by_role("link", name="Back to the draft").click()
    page.get_by_role("link", name="Go on writing").click()
    page.get_by_role("button", name="Save and send for review").click()
    expect(page.get_by_role("status")).to_contain_text("Sent for review")

    publish(reviewer)
    with reading(desk.office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        offer = get_offer(session, provider, "VLT-BMS", now=datetime.now(UTC))
        assert offer.entry.course is not None
    page.goto("/achievements/VLT-BMS")
    expect(page.get_by_role("heading", level=1)).to_have_text("Battery management systems")
    expect(page.get_by_role("link", name="Västsvenskt")).to_be_visible()


def publish(reviewer: BrowserContext) -> None:
    """The office looks at the draft and publishes it, with the keyboard alone."""
    page = reviewer.new_page()
    page.goto(OFFICE)
    tab_to(page, "Review VLT-BMS")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Battery management systems")
    check_everywhere(page, "review")
    tab_to(page, "Publish VLT-BMS 1.0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("VLT-BMS is published.")
    check_everywhere(page, "achievement")
    page.close()


def test_the_second_of_two_editors_sees_both(desk: ServedDesk, editor: BrowserContext) -> None:
    """Two windows, two people's worth of typing, and nothing lost."""
    first, second = editor.new_page(), editor.new_page()
    first.goto(f"{PROVIDER}/achievements/VLT-HV1")
    first.get_by_role("button", name="Edit as a new version").click()
    second.goto(first.url)
    for page, hours in ((first, "20"), (second, "24")):
        page.get_by_label("Hours of work").fill(hours)
        page.get_by_role("button", name="Save", exact=True).first.click()
    expect(second.get_by_role("alert")).to_contain_text("Not saved.")
    expect(second.get_by_label("Hours of work")).to_have_value("24")
    expect(second.get_by_role("row", name="Hours of work 20 24")).to_be_visible()
    check_everywhere(second, "conflict")
    second.get_by_role("button", name="Save", exact=True).first.click()
    expect(second.get_by_role("status")).to_contain_text("Saved")
    expect(second.get_by_label("Hours of work")).to_have_value("24")


def test_courses_come_in_from_a_file(editor: BrowserContext) -> None:
    """What cannot be taken is named above, and what can becomes drafts."""
    entries = demo_json("catalogue.json")["achievements"][:2]
    wrong = {"code": "HUB-2", "title": {"en": "Wrong"}, "workload": {"hours": "many"}}
    new = {**entries[0], "code": "HUB-1", "version": "1.0", "prerequisites": []}
    data = json.dumps({"achievements": [*entries, new, wrong]}).encode()
    page = editor.new_page()
    page.goto(f"{PROVIDER}/import")
    check_everywhere(page, "import")
    page.locator("#file").set_input_files({"name": "hub.json", "mimeType": "application/json", "buffer": data})
    page.get_by_role("button", name="Look through the courses").click()
    expect(page.get_by_text("Entry 4, column hours:")).to_be_visible()
    check_everywhere(page, "choose")
    page.get_by_role("button", name="Make 1 draft", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 draft made.")
    expect(page.get_by_role("row", name="HUB-1")).to_be_visible()


def test_the_office_adds_a_programme_and_ends_an_authorisation(reviewer: BrowserContext) -> None:
    """Programmes are data, and who may award what is one form."""
    page = reviewer.new_page()
    page.goto(f"{OFFICE}/programmes")
    check_everywhere(page, "programmes")
    page.get_by_role("link", name="Add a programme").click()
    page.get_by_label("Code").fill("TRIREME")
    page.get_by_label("Kind").fill("Erasmus+")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("2 fields need another look.")
    check_everywhere(page, "programme")
    page.get_by_label("Full title").fill("Skills intelligence")
    page.get_by_label("Notice of its funding, in English").fill("Co-funded by the European Union.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("The programme TRIREME is there.")
    page.goto(f"{OFFICE}/achievements/VLT-CELL")
    row = page.get_by_role("row").filter(has_text="further notice").first
    row.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("what was awarded stays valid")


def test_the_editor_works_without_script(desk: ServedDesk, browser: Browser) -> None:
    """Rows are added, moved and taken out by buttons that send the form, and everything typed comes back."""
    number = desk.staff("Lovisa Ek", Role.EDITOR)
    with desk.browser_of(browser, number, java_script_enabled=False, viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{PROVIDER}/drafts/new")
        for row in (1, 2):
            page.get_by_label(f"Outcome {row}", exact=True).fill(f"Sentence {row}.")
            page.get_by_role("button", name="Add a row").click()
        page.get_by_label("Hours of work").fill("not a number")
        page.get_by_role("button", name="Move up outcome 2").click()
        assert page.get_by_label("Outcome 1", exact=True).input_value() == "Sentence 2."
        page.get_by_role("button", name="Take out outcome 2").click()
        assert page.get_by_label("Outcome 2", exact=True).input_value() == ""
        assert page.get_by_label("Hours of work").input_value() == "not a number"
        assert "cannot be used: write a number" in page.locator("#p-hours").inner_text()
