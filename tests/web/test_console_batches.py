"""The windows of batches, asked through Flask's own client by people with different roles."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from issuer.accounts.roles import Role
from issuer.batches.states import BatchState
from issuer.workshop import run_work
from tests.batches import GOTEBORG, batch_of, rows, rows_of
from tests.console import ConsoleDesk, console_desk
from tests.demo_files import demo_bytes
from tests.windows import main_text

HERE = f"/console/{GOTEBORG}/batches"


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


def imported(desk: ConsoleDesk, client: FlaskClient, data: bytes, name: str = "list.csv", **told: str) -> str:
    """The address of the new batch."""
    answer = hand_in(desk, client, data, name, **told)
    assert answer.status_code == 303, main_text(answer)
    return answer.headers["Location"]


def test_the_whole_way(desk: ConsoleDesk, importer: FlaskClient, approver: FlaskClient) -> None:
    """Upload, look through, send, approve by another person, issue, finished."""
    where = imported(desk, importer, demo_bytes("awards_messy.csv"), "awards_messy.csv")
    page = importer.get(where)
    assert page.status_code == 200
    text = main_text(page)
    print(text)
    assert "Send 7 badges for approval" in text
    revision = re.search(r'name="revision" value="(\d+)"', page.text)[1]  # type: ignore[index]
    answer = desk.post(importer, f"{where}/send", {"revision": revision})
    assert answer.headers["Location"] == where
    assert "You had a hand in this import" in main_text(importer.get(where))
    page = approver.get(where)
    digest = re.search(r'name="digest" value="(\w+)"', page.text)[1]  # type: ignore[index]
    print(main_text(page))
    desk.post(approver, f"{where}/approve", {"digest": digest})
    page = approver.get(where)
    print(main_text(page))
    run_work(desk.office)
    page = approver.get(where)
    print(main_text(page))
