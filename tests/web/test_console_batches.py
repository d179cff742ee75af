"""The windows of batches, asked through Flask's own client by people with different roles."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuer.accounts.roles import Role
from issuer.app import create_office_app
from issuer.batches.states import BatchState, RowAnswer
from issuer.workshop import run_work
from tests.batches import DIALECTS, GOTEBORG, OSTRAVA, batch_of, rows, rows_of
from tests.console import ConsoleDesk, console_desk
from tests.demo_files import demo_bytes
from tests.windows import main_text

HERE = f"/console/{GOTEBORG}/batches"
MESSY = "awards_messy.csv"


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    return console_desk(tmp_path)


@pytest.fixture
def importer(desk: ConsoleDesk) -> FlaskClient:
    return desk.client(Role.ASSESSOR, name="Ylva Ström")


@pytest.fixture
def approver(desk: ConsoleDesk) -> FlaskClient:
    return desk.client(Role.APPROVER, name="Håkan Bäckström")


def hand_in(desk: ConsoleDesk, client: FlaskClient, data: bytes, name: str = "list.csv", **told: str) -> TestResponse:
    return desk.post(client, HERE, {"file": (io.BytesIO(data), name), **told})


def imported(desk: ConsoleDesk, client: FlaskClient, data: bytes | str, **told: str) -> str:
    """The address of the new batch."""
    name = data if isinstance(data, str) else "list.csv"
    answer = hand_in(desk, client, demo_bytes(data) if isinstance(data, str) else data, name, **told)
    assert answer.status_code == 303, main_text(answer)
    return answer.headers["Location"]


def field(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\w+)"', page.text)
    assert found is not None, main_text(page)
    return found[1]


def sent(desk: ConsoleDesk, client: FlaskClient, where: str) -> TestResponse:
    return desk.post(client, f"{where}/send", {"revision": field(client.get(where), "revision")})


def approved(desk: ConsoleDesk, client: FlaskClient, where: str) -> TestResponse:
    return desk.post(client, f"{where}/approve", {"digest": field(client.get(where), "digest")})


def test_the_whole_way(desk: ConsoleDesk, importer: FlaskClient, approver: FlaskClient) -> None:
    """Upload, look through, send, approve by another person, issue, finished; each page says where it stands."""
    where = imported(desk, importer, MESSY)
    page = importer.get(where)
    for said in ("28 rows. Read as UTF-8, separated by commas. Nothing is issued yet.", "Håkan Bäckström approves",
                 "Send 7 badges for approval", "18 rows with questions or errors stay behind"):  # fmt: skip
        assert said in main_text(page)
    sent(desk, importer, where)
    assert "You had a hand in this import" in main_text(importer.get(where))
    page = approver.get(where)
    assert "7, of whom 7 are new here" in main_text(page)
    title = "High-voltage safety awareness"
    assert (f"{title} VLT-HV1 7 badges" in main_text(page), f"{title} (VLT-HV1), line 2" in main_text(page)) == (
        True,
    ) * 2
    approved(desk, approver, where)
    page = approver.get(where)
    assert "Approved. The badges are being issued." in main_text(page)
    assert "0 of 7 done" in main_text(page)
    assert "You can close this page." in main_text(page)
    run_work(desk.office)
    page = approver.get(where)
    assert "7 badges issued" in main_text(page)
    assert "7 of 7 done" in main_text(page)
    assert "18 rows of the list were not issued" in main_text(page)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_shows_its_names_and_how_it_was_read(desk: ConsoleDesk, importer: FlaskClient, name: str) -> None:
    """A1: names with their letters, and encoding and delimiter in words."""
    page = main_text(importer.get(imported(desk, importer, name)))
    assert any(wanted in page for wanted in ("Åsa Öberg", "Jürgen Weiß", "Čeněk Šťastný"))
    assert "separated by tabs" in page if "tab" in name else "separated by semicolons" in page


def test_encoding_and_delimiter_are_changed_on_the_page(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """A1: the choice is kept and shown, and what cannot be read so is said without losing the preview."""
    where = imported(desk, importer, "dialect_excel_sv_cp1252_semicolon.csv")
    desk.post(importer, f"{where}/read", {"encoding": "iso8859-2", "delimiter": "semicolon"})
    page = importer.get(where)
    assert "Ĺsa Öberg" in main_text(page)
    assert '<option value="iso8859-2" selected>' in page.text
    desk.post(importer, f"{where}/read", {"encoding": "utf-16"})
    page = importer.get(where)
    assert "not written in utf-16" in main_text(page)
    assert "Ĺsa Öberg" in main_text(page)


@pytest.mark.parametrize(
    ("state", "count"), [("ready", 7), ("warning", 5), ("error", 13), ("skipped", 2), ("ignored", 1), ("", 28)]
)
def test_a_filter_stands_in_the_address(desk: ConsoleDesk, importer: FlaskClient, state: str, count: int) -> None:
    """A2: each state can be looked at alone, and its number agrees with its rows."""
    where = imported(desk, importer, MESSY)
    page = importer.get(f"{where}?state={state}")
    assert page.text.count('<tr role="row" id="line-') == count
    assert importer.get(f"{where}?state=nonsense&page=x").status_code == 200


def test_an_answer_leads_back_to_its_row(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """The same filter, the same page, the same line."""
    where = imported(desk, importer, MESSY)
    answer = desk.post(importer, f"{where}/rows/3", {"answer": "yes", "state": "warning", "page": "1"})
    assert answer.headers["Location"] == f"{where}?state=warning&page=1#line-3"
    assert "Send 8 badges for approval" in main_text(importer.get(where))


def test_the_answers_of_a_page(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """A reason where one is needed, a better address, a date for all; what is refused is said on the page."""
    where = imported(desk, importer, MESSY)
    desk.post(importer, f"{where}/rows/17", {"answer": "yes", "reason": ""})
    assert "Write a reason" in main_text(importer.get(where))
    desk.post(importer, f"{where}/rows/17", {"answer": "yes", "reason": "Seen on paper."})
    desk.post(importer, f"{where}/rows/5", {"answer": "better"})
    desk.post(importer, f"{where}/dates", {"dates": "day"})
    page = main_text(importer.get(where))
    assert "Reason: Seen on paper." in page
    assert "One question for the whole list" not in page
    assert "Send 10 badges for approval" in page
    number = int(where.rpartition("/")[2])
    assert {row.line for row in rows_of(desk, number) if row.answer == RowAnswer.YES} == {17}


def test_many_rows_are_answered_with_one_button(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """One button prints the letters of all who have no address, wherever their rows are shown, and says how many.

    It is a form like every other, so it needs no script.
    """
    lines = "".join(f"Åsa,VLT-HV1,2026-10-16,Pass,X{number}\n" for number in range(3))
    where = imported(desk, importer, f"given_name,achievement_code,completed_on,result,trainee_ref\n{lines}".encode())
    for filtered, is_offered in (("", True), ("?state=warning", True), ("?state=error", False)):
        assert ("Print letters for all 3" in main_text(importer.get(where + filtered))) is is_offered
    desk.post(importer, f"{where}/alike", {"code": "email_missing"})
    assert "Print letters for all" not in main_text(importer.get(where))
    assert "Send 3 badges for approval" in main_text(importer.get(where))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("rows/2", {"answer": "perhaps"}, id="no such answer"),
        pytest.param("rows/2", {"answer": "better"}, id="nothing better"),
        pytest.param("alike", {"code": "nothing"}, id="no such question"),
    ],
)
def test_a_form_that_is_none_of_ours_is_refused(
    desk: ConsoleDesk, importer: FlaskClient, path: str, data: dict[str, str]
) -> None:
    """400, and nothing changes."""
    where = imported(desk, importer, MESSY)
    assert desk.post(importer, f"{where}/{path}", data).status_code == 400


def test_errors_are_downloaded_as_a_file(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """A2: before and after the issue, with a name that says what it is, kept by no cache."""
    where = imported(desk, importer, MESSY)
    answer = importer.get(f"{where}/problems.csv")
    assert "awards_messy_to_correct.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    found = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(found) == 18


def test_the_same_file_again_shows_every_badge(desk: ConsoleDesk, importer: FlaskClient, approver: FlaskClient) -> None:
    """A4: "already issued" with a link, and nothing to send."""
    where = imported(desk, importer, "awards_hv1_goteborg.csv")
    sent(desk, importer, where)
    approved(desk, approver, where)
    run_work(desk.office)
    again = importer.get(imported(desk, importer, "awards_hv1_goteborg.csv"))
    assert again.text.count("Issued before; nothing is issued twice.") == 12
    assert "Every badge of this list has been issued before" in main_text(again)
    assert '/send"' not in again.text
    link = re.search(r'href="(/v/[\w-]{22})"', again.text)
    assert link is not None
    assert importer.get(link[1]).status_code == 200


def test_a_refusal_is_read_by_the_importer(desk: ConsoleDesk, importer: FlaskClient, approver: FlaskClient) -> None:
    """A5: who, and why, at the head of the batch."""
    where = imported(desk, importer, MESSY)
    sent(desk, importer, where)
    desk.post(approver, f"{where}/refuse", {"reason": "Jürgen has not passed."})
    page = main_text(importer.get(where))
    assert "Håkan Bäckström sent this back" in page
    assert "Jürgen has not passed." in page


def test_the_slower_approver_is_told_who_decided(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """A5: both have the page open; one presses first."""
    where = imported(desk, importer, "awards_hv1_goteborg.csv")
    sent(desk, importer, where)
    first, second = (desk.client(Role.APPROVER, name=name) for name in ("First One", "Second One"))
    digest = field(second.get(where), "digest")
    approved(desk, first, where)
    desk.post(second, f"{where}/approve", {"digest": digest})
    assert "First One approved this batch" in main_text(second.get(where))
    number = int(where.rpartition("/")[2])
    assert batch_of(desk, number).state == BatchState.APPROVED


def test_an_old_page_cannot_send(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """Somebody answered in the meantime: the sender is shown the batch as it is now."""
    where = imported(desk, importer, MESSY)
    old = field(importer.get(where), "revision")
    desk.post(desk.client(Role.EDITOR, name="Another"), f"{where}/rows/3", {"answer": "yes"})
    desk.post(importer, f"{where}/send", {"revision": old})
    page = main_text(importer.get(where))
    assert "was changed after you opened this page" in page
    assert "Send 8 badges for approval" in page


def test_the_programme_without_the_rule_issues_at_once(desk: ConsoleDesk) -> None:
    """The button says what it does: no approval, so no word of it."""
    client = desk.client(Role.ASSESSOR, provider=OSTRAVA)
    data = {"file": (io.BytesIO(demo_bytes("awards_pass_ostrava.csv")), "pass.csv")}
    where = desk.post(client, f"/console/{OSTRAVA}/batches", data).headers["Location"]
    page = main_text(client.get(where))
    assert "No second person is needed here" in page
    assert re.search(r"Issue \d+ badges", page)
    sent(desk, client, where)
    assert "Issuing" in main_text(client.get(where))


def test_a_list_is_pasted_from_a_sheet(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """Tabs between the columns; what the columns lack is chosen once, and then the list can be read."""
    pasted = "Förnamn\tE-post\nÅsa\tasa@mail.example\n"
    where = desk.post(importer, HERE, {"pasted": pasted}).headers["Location"]
    page = main_text(importer.get(where))
    assert "no column for badges" in page
    told = {"achievement": "VLT-HV1", "completed_on": "2026-10-16", "all_passed": "on"}
    desk.post(importer, f"{where}/read", told)
    page = importer.get(where)
    assert "Pasted list" in main_text(page)
    assert "separated by tabs" in main_text(page)
    assert "Send 1 badge for approval" in main_text(page)
    assert '<option value="VLT-HV1" selected>' in page.text


BAD = [
    pytest.param({"file": (b"", "list.csv")}, "is empty", id="empty"),
    pytest.param({"file": (b"%PDF-1.7", "scan.pdf")}, "The file is a PDF.", id="a PDF"),
    pytest.param({"file": (b"<html></html>", "list.csv")}, "a web page or XML", id="a web page"),
    pytest.param({"file": (b"PK\x03\x04" + b"\0" * 60, "list.xlsx")}, "damaged", id="a broken workbook"),
    pytest.param({"file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.xls")}, "Excel", id="an old workbook"),
    pytest.param({}, "no file and no pasted list", id="nothing"),
    pytest.param({"file": (b"name;email\n\"open", "list.csv"), "completed_on": "16/10"}, "is not a date", id="no date"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "sentence"), BAD)
def test_bad_input_is_answered_in_words_and_nothing_typed_is_lost(
    desk: ConsoleDesk, importer: FlaskClient, data: dict[str, object], sentence: str
) -> None:
    """422 with the sentence, the choices as they were made, and no batch left behind."""
    told = {"achievement": "VLT-HV1", "completed_on": "2026-10-16", "all_passed": "on"}
    for name, value in data.items():
        told[name] = (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value  # type: ignore[assignment]
    answer = desk.post(importer, HERE, told)
    assert answer.status_code == 422
    assert sentence in main_text(answer)
    assert '<option value="VLT-HV1" selected>' in answer.text
    assert 'name="all_passed" checked' in answer.text
    assert "There is none yet." in main_text(importer.get(HERE))


def test_a_file_beyond_the_limit_is_answered_in_words(desk: ConsoleDesk) -> None:
    """The limit is the operator's; the sentence names it and what to do."""
    office = replace(desk.office, settings=replace(desk.office.settings, upload_limit=100_000))
    small = ConsoleDesk(office=office, app=create_office_app(office), clock=desk.clock)
    answer = hand_in(small, small.client(Role.ASSESSOR), b"x;y\n" * 30_000)
    assert answer.status_code == 422
    assert "0.1 MB; 0 MB are the most. Divide the list" in main_text(answer)


def test_a_pasted_list_that_cannot_be_read_is_still_there(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """The text comes back into the field."""
    answer = desk.post(importer, HERE, {"pasted": "given_name\temail\tachievement_code\tcompleted_on\tresult\n"})
    assert answer.status_code == 422
    assert "given_name\temail" in answer.text


def test_names_are_text_wherever_they_stand(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """Mark-up and formulas of a list are shown, never run."""
    page = importer.get(imported(desk, importer, MESSY))
    assert "<b>Anna</b>" not in page.text
    assert "&lt;b&gt;Anna&lt;/b&gt;" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_progress_is_a_small_part_for_the_script(
    desk: ConsoleDesk, importer: FlaskClient, approver: FlaskClient
) -> None:
    """It exists once the batch is released, holds no page around it, and says when there is no more to wait for."""
    where = imported(desk, importer, rows(3))
    assert importer.get(f"{where}/progress").status_code == 404
    sent(desk, importer, where)
    approved(desk, approver, where)
    part = importer.get(f"{where}/progress")
    assert part.text.startswith("<p")
    assert "data-goes-on" in part.text
    page = importer.get(where)
    assert "<noscript><meta http-equiv" in page.text
    assert f'data-progress="{where}/progress"' in page.text
    run_work(desk.office)
    assert "data-goes-on" not in importer.get(f"{where}/progress").text
    assert "<script" not in importer.get(where).text


ACTS = ["read", "dates", "rows/2", "alike", "send", "take-back", "discard"]
DECISIONS = ["approve", "refuse"]


@pytest.mark.parametrize("act", [*ACTS, *DECISIONS])
def test_a_viewer_changes_nothing(desk: ConsoleDesk, importer: FlaskClient, act: str) -> None:
    """403 for every act, and no button for any on the page."""
    where = imported(desk, importer, MESSY)
    viewer = desk.client(Role.VIEWER)
    assert desk.post(viewer, f"{where}/{act}", {"answer": "yes"}).status_code == 403
    page = viewer.get(where)
    assert page.status_code == 200
    assert f'action="{where}/' not in page.text


@pytest.mark.parametrize("act", [*ACTS, *DECISIONS])
def test_a_neighbour_finds_nothing(desk: ConsoleDesk, importer: FlaskClient, act: str) -> None:
    """404 at the owner's address for strangers, and at the neighbour's own address for the owner's number."""
    where = imported(desk, importer, MESSY)
    neighbour = desk.client(Role.ADMINISTRATOR, provider=OSTRAVA)
    own = where.replace(GOTEBORG, OSTRAVA)
    for address in (where, own):
        assert desk.post(neighbour, f"{address}/{act}", {"answer": "yes", "code": "email_missing"}).status_code == 404
        assert neighbour.get(address).status_code == 404
        assert neighbour.get(f"{address}/problems.csv").status_code == 404
        assert neighbour.get(f"{address}/progress").status_code == 404


def test_the_list_of_batches(desk: ConsoleDesk, importer: FlaskClient) -> None:
    """The newest first, with its state in words and what was left behind; a discarded one is gone."""
    assert "There is none yet." in main_text(importer.get(HERE))
    where = imported(desk, importer, MESSY)
    other = imported(desk, importer, rows(2))
    desk.post(importer, f"{other}/discard")
    assert "was discarded" in main_text(importer.get(other))
    page = main_text(importer.get(HERE))
    assert "awards_messy.csv" in page
    assert "18 rows left behind" in page
    assert "list.csv" not in page
    sent(desk, importer, where)
    assert "Waits for approval" in main_text(importer.get(HERE))
