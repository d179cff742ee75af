"""Addresses and forms that no page of ours makes: numbers no table has, and the character that no database keeps."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from issuer.accounts.roles import Role
from tests.console import ConsoleDesk, console_desk

HOME = "/console/vbk-goteborg"
HUGE = "9" * 30
TOO_LONG_TO_READ = "9" * 5000


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    """The demonstration's office with its console."""
    return console_desk(tmp_path)


def test_a_number_that_no_table_has_is_not_there(desk: ConsoleDesk) -> None:
    """It is answered like any other number of nobody's, and not as a failure of ours."""
    client = desk.client(Role.ADMINISTRATOR)
    for number in (HUGE, TOO_LONG_TO_READ):
        for path in ("batches", "deliveries", "staff", "catalogue/drafts", "catalogue/imports"):
            assert client.get(f"{HOME}/{path}/{number}").status_code == 404
        assert desk.post(client, f"{HOME}/staff/{number}/roles", {"role": "viewer"}).status_code == 404


def test_a_page_that_no_list_has_is_one_that_it_has(desk: ConsoleDesk) -> None:
    """What cannot be the number of a page or the end of one is left out."""
    client = desk.client(Role.ADMINISTRATOR)
    for number in (HUGE, TOO_LONG_TO_READ, "-1"):
        for asked in ("batches?page", "audit?before", "badges?after", "renewals?start", "deliveries?page"):
            assert client.get(f"{HOME}/{asked}={number}").status_code == 200
        assert client.get(f"{HOME}/catalogue?page={number}").status_code == 200


def test_a_course_that_no_file_has_is_not_taken(desk: ConsoleDesk) -> None:
    """A number that is too long to be read is the number of no course."""
    client = desk.client(Role.EDITOR)
    file = {"file": (BytesIO(b'[{"code": "NEW-1"}]'), "courses.json")}
    opened = desk.post(client, f"{HOME}/catalogue/imports", file)
    assert opened.status_code == 303, opened.text
    taken = desk.post(client, f"{opened.headers['Location']}/take", {"do": "chosen", "course": TOO_LONG_TO_READ})
    assert taken.status_code == 422


@pytest.mark.parametrize("field", ["email", "password", "next"])
def test_the_way_in_takes_no_character_that_no_database_keeps(desk: ConsoleDesk, field: str) -> None:
    """PostgreSQL refuses NUL in a text: a form that has one is refused before anything is asked of the database."""
    client = desk.app.test_client()
    assert desk.post(client, "/console/sign-in", {"email": "a@b.example", field: "a\0b"}).status_code == 400


def test_neither_does_any_address_or_the_name_of_a_file(desk: ConsoleDesk) -> None:
    """In what is searched for, in the path itself, and in an upload."""
    client = desk.client(Role.ADMINISTRATOR)
    for path in (f"{HOME}/badges?q=%00", f"{HOME}/audit?subject=a%00", f"{HOME}/keys/a%00b", "/achievements/a%00b"):
        assert client.get(path).status_code == 400
    file = {"file": (BytesIO(b"name\n"), "a\0b.csv")}
    assert desk.post(client, f"{HOME}/batches", file).status_code == 400
