"""A5 in a real browser: a messy list from upload to finished, by two people, by keyboard, looked at everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from issuer.accounts.roles import Role
from tests.batches import GOTEBORG, rows
from tests.browser import chromium
from tests.demo_files import demo_bytes
from tests.desk_browser import ServedDesk, check_everywhere, served_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

expect.set_options(timeout=60_000)

HERE = f"/console/{GOTEBORG}/batches"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    with served_desk(tmp_path_factory.mktemp("desk")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def inga(desk: ServedDesk, browser: Browser) -> Iterator[BrowserContext]:
    """The importer's browser."""
    with desk.browser_of(browser, desk.staff("Inga Sandberg", Role.ASSESSOR)) as context:
        yield context


@pytest.fixture(scope="module")
def ake(desk: ServedDesk, browser: Browser) -> Iterator[BrowserContext]:
    """The approver's browser."""
    with desk.browser_of(browser, desk.staff("Åke Lundqvist", Role.APPROVER)) as context:
        yield context


def payload(name: str) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": demo_bytes(name)}


def press_until(page: Page, name: str) -> None:
    """Reach a control with the tab key alone, and press it."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if name in page.evaluate("(document.activeElement.innerText || document.activeElement.ariaLabel || '')"):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"the tab key does not reach {name!r}")


def test_a_messy_list_from_upload_to_finished(inga: BrowserContext, ake: BrowserContext) -> None:
    """Upload, the question about dates, answers, send; a second person approves; progress; finished after reload."""
    page = inga.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{HERE}/new")
    check_everywhere(page, "upload")
    page.locator("#file").set_input_files(payload("awards_messy.csv"))
    press_until(page, "Look through the list")
    expect(page.get_by_role("heading", name="awards_messy.csv")).to_be_visible()
    for state, count in (("Ready", 7), ("Warning", 5), ("Error", 13), ("Skipped", 2), ("Ignored", 1)):
        expect(page.get_by_role("link", name=f"{count} {state}", exact=True)).to_be_visible()
    check_everywhere(page, "preview")

    page.get_by_label("11 October 2026").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="8 Ready")).to_be_visible()
    page.get_by_role("link", name="5 Warning").click()
    page.get_by_role("button", name="Change to zoe.ugglas@gmail.example in line 5").click()
    expect(page.get_by_role("link", name="4 Warning")).to_be_visible()
    page.get_by_role("button", name="Yes, that is the day in line 11").click()
    page.get_by_label("Why line 17 goes ahead").fill("Holds the national certificate.")
    page.get_by_role("button", name="Go ahead with this reason in line 17").click()
    page.get_by_role("button", name="Leave it out in line 29").click()
    expect(page.get_by_text("Left out.")).to_be_visible()
    check_everywhere(page, "warnings")
    with page.expect_download() as download:
        page.get_by_role("link", name="to correct").click()
    assert download.value.suggested_filename == "awards_messy_to_correct.csv"

    press_until(page, "for approval")
    expect(page.get_by_role("heading", name="wait for approval")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    where = page.url

    second = ake.new_page()
    second.goto(where)
    expect(second.get_by_text("Holds the national certificate.")).to_be_visible()
    check_everywhere(second, "approve")
    press_until(second, "Approve")
    expect(second.get_by_role("heading", name="issued")).to_be_visible(timeout=240_000)
    expect(second.get_by_role("status")).to_have_count(0)
    check_everywhere(second, "finished")
    page.reload()
    expect(page.get_by_role("heading", name="badges issued")).to_be_visible()
    page.get_by_role("link", name="Badge of Åsa Öberg").click()
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "VALID")
    assert complaints == []


def test_progress_is_seen_and_survives_a_reload(inga: BrowserContext, ake: BrowserContext) -> None:
    """The bar moves by itself, the page may be closed, and at the end it says so without being asked."""
    page = inga.new_page()
    page.goto(f"{HERE}/new")
    page.locator("#file").set_input_files({"name": "many.csv", "mimeType": "text/csv", "buffer": rows(150)})
    page.get_by_role("button", name="Look through the list").click()
    check_everywhere(page, "paged")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.get_by_role("button", name="Send 150 badges for approval").click()
    second = ake.new_page()
    second.goto(page.url.partition("?")[0])
    second.get_by_role("button", name="Approve 150 badges").click()
    expect(second.get_by_role("heading", name="Issuing 150 badges")).to_be_visible()
    expect(second.get_by_text("You can close this page.")).to_be_visible()
    check_everywhere(second, "progress")
    second.reload()
    expect(second.get_by_role("heading", name="150 badges issued")).to_be_visible(timeout=240_000)
    expect(second.get_by_text("150 of 150 done")).to_be_visible()


def test_without_script_everything_but_the_moving_bar_works(desk: ServedDesk, browser: Browser) -> None:
    """Paste from a sheet, choose once what its columns lack, look through: with script switched off."""
    number = desk.staff("Olle Utan-Skript", Role.ADMINISTRATOR)
    with desk.browser_of(browser, number, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{HERE}/new")
        page.get_by_label("Mark the rows").fill("Förnamn\tE-post\nÅsa\tasa.ny@mail.example\n")
        page.get_by_role("button", name="Look through the list").click()
        expect(page.get_by_text("no column for badges")).to_be_visible()
        page.get_by_label("Badge of every row that names none").select_option("VLT-HV1")
        page.get_by_label("Completed on").fill("2026-10-16")
        page.get_by_label("Every learner without a result has passed").check()
        page.get_by_role("button", name="Read the list again").click()
        expect(page.get_by_role("link", name="1 Ready")).to_be_visible()
        page.get_by_role("button", name="Send 1 badge for approval").click()
        expect(page.get_by_text("You had a hand in this import")).to_be_visible()
        page.get_by_role("button", name="Take it back to change it").click()
        page.get_by_role("button", name="Discard").click()
        expect(page.get_by_role("heading", name="was discarded")).to_be_visible()


def test_mistakes_and_lists_look_right(inga: BrowserContext) -> None:
    """A file that cannot be read, one with a question, and the list of batches."""
    page = inga.new_page()
    page.goto(f"{HERE}/new")
    page.locator("#file").set_input_files({"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    page.get_by_role("button", name="Look through the list").click()
    expect(page.get_by_role("alert")).to_contain_text("The file is a PDF.")
    check_everywhere(page, "mistake")
    page.locator("#file").set_input_files(
        {"name": "kurs.csv", "mimeType": "text/csv", "buffer": "Förnamn;E-post\nÅsa;asa@mail.example\n".encode()}
    )
    page.get_by_role("button", name="Look through the list").click()
    check_everywhere(page, "question")
    page.goto(HERE)
    check_everywhere(page, "list")
