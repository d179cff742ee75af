"""The windows of figures and of the audit log: own figures exact, all for the office, small cells hidden in public."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import TABLE, Permission, Role
from issuer.app import create_office_app
from issuer.awards.award import award
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord
from issuer.badges.change import Deed, Errand, Order, change_badge
from issuer.database import transaction
from issuer.demo.seed import seed_demo
from issuer.office import open_office
from tests.award_requests import ASA, TEAMWORK
from tests.console import ConsoleDesk, console_desk
from tests.demo_files import demo_json
from tests.office import Clock, settings_for

KPI = demo_json("expected.json")["kpi"]
HOME = "/console/vbk-goteborg"
OFFICE = "asa-demo-office"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleDesk]:
    """The demonstration with its four files."""
    clock = Clock()
    office = open_office(settings_for(tmp_path_factory.mktemp("report")), clock=clock)
    seed_demo(office)
    yield ConsoleDesk(office=office, app=create_office_app(office), clock=clock)
    office.sessions.engine.dispose()


def test_the_office_counts_all_as_expected(demo: ConsoleDesk) -> None:
    """Its exact figures are those of the demonstration, in the same shape; by default it sees what may be published."""
    client = demo.client(Role.VIEWER, provider=OFFICE)
    exact = client.get(f"/console/{OFFICE}/report.json?form=exact").get_json()
    assert exact["kpi"] == KPI
    assert exact["notices"]
    public = client.get(f"/console/{OFFICE}/report.json").get_json()
    assert "kpi" not in public
    assert public["by_learner_country"]["FI"] == {"certifications": "<5", "learners": "<5"}
    assert public["by_learner_country"]["SE"]["certifications"] == 11
    one = client.get(f"/console/{OFFICE}/report.json?form=exact&provider=cfb-norte").get_json()
    assert one["kpi"]["by_provider"] == {"cfb-norte": 9}


def test_a_provider_counts_only_itself(demo: ConsoleDesk) -> None:
    """Exactly, whatever the address asks for; and hidden when it is to be published."""
    client = demo.client(Role.VIEWER)
    own = client.get(f"{HOME}/report.json?provider=cfb-norte").get_json()
    assert own["kpi"]["by_provider"] == {"vbk-goteborg": 15}
    page = client.get(f"{HOME}/report?form=published").get_data(as_text=True)
    assert "&lt;5" in page
    assert "Norte" not in page
    assert '<svg class="figures__bar"' in page
    assert "style=" not in page


def test_the_file_has_every_line_of_the_tables(demo: ConsoleDesk) -> None:
    """With names beside the keys, the period that was asked for, and the notice of who funded it."""
    client = demo.client(Role.VIEWER)
    text = client.get(f"{HOME}/report.csv?from=2026-11-01&to=2026-11-30").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0] == {"by": "total", "key": "", "name": "", "certifications": "3", "learners": "3"}
    months = [row["key"] for row in rows if row["by"] == "month"]
    assert months == ["2026-11"]
    assert [row["name"] for row in rows if row["by"] == "notice"] == client.get(f"{HOME}/report.json").get_json()[
        "notices"
    ]
    assert "Co-funded by the European Union" in rows[-1]["name"]
    assert {"by": "issuer_country", "key": "SE", "name": "Sweden", "certifications": "3", "learners": "3"} in rows


def test_months_are_spelled(demo: ConsoleDesk) -> None:
    """A month is read as a month, and its key is not printed beside it."""
    page = demo.client(Role.VIEWER).get(f"{HOME}/report").text
    assert '<th scope="row">October 2026\n' in page
    assert "2026-10" not in page


def test_a_period_that_cannot_be_is_said(demo: ConsoleDesk) -> None:
    """What is no day, and an end before the beginning."""
    client = demo.client(Role.VIEWER)
    assert "is no day" in client.get(f"{HOME}/report?from=October").get_data(as_text=True)
    page = client.get(f"{HOME}/report?from=2026-11-01&to=2026-10-01").get_data(as_text=True)
    assert "ends before it begins" in page


def test_totals_are_figures(demo: ConsoleDesk) -> None:
    """Nothing that looks like a button is none: the totals are a list of terms and numbers."""
    page = demo.client(Role.EDITOR).get("/console/vbk-goteborg/report").text
    assert re.search(r"<dt>Certifications</dt><dd>\d+</dd>", page)
    assert 'class="tally' not in page


def test_figures_are_for_who_may_see_reports(demo: ConsoleDesk) -> None:
    """An assessor sees none."""
    for role in Role:
        expected = 200 if Permission.SEE_REPORTS in TABLE[role] else 403
        for path in ("report", "report.csv", "report.json"):
            assert demo.client(role).get(f"{HOME}/{path}").status_code == expected


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ConsoleDesk]:
    """Two acts at Gothenburg, one at Ostrava."""
    made = console_desk(tmp_path)
    actor = made.actor(Role.EDITOR, name="Ylva Ström")
    with transaction(made.office.sessions) as session:
        for request in (ASA, replace(ASA, given_name="Bo", email="bo@mail.example", trainee_ref="T2"), TEAMWORK):
            record = award(session, request, made.office.desk, now=made.clock())
            errand = Errand(actor=actor, provider=record.provider, desk=made.office.desk, now=made.clock())
            order = Order(deed=Deed.SUSPEND, reason=StatusReason.SAFETY)
            change_badge(session, record.credential_id, order, errand)
    yield made
    made.office.sessions.engine.dispose()


def test_the_audit_log_of_a_provider_has_its_own_acts(desk: ConsoleDesk) -> None:
    """Who, what, on which badge; as a list, as CSV and as JSON lines; narrowed down by object and act."""
    client = desk.client(Role.ADMINISTRATOR)
    with transaction(desk.office.sessions) as session:
        first = session.get_one(IssuedCredentialRecord, 1).credential_id
    page = client.get(f"{HOME}/audit").get_data(as_text=True)
    assert page.count("Credential suspended</th>") + page.count('Credential suspended<span class="sub">') == 2
    assert "Ylva Ström" in page
    assert "Öberg" not in page
    lines = [json.loads(each) for each in client.get(f"{HOME}/audit.jsonl").get_data(as_text=True).splitlines()]
    assert [each["act"] for each in lines] == ["credential_suspended"] * 2
    assert all(len(each["digest"]) == 64 for each in lines)
    text = client.get(f"{HOME}/audit.csv?subject={first}").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["subject"] for row in rows] == [first]
    assert client.get(f"{HOME}/audit.jsonl?act=key_created").get_data() == b""
    assert client.get(f"{HOME}/audit.jsonl?actor=staff:999").get_data() == b""


def test_the_chain_is_checked_on_demand(desk: ConsoleDesk) -> None:
    """Whole at first; after somebody wrote into the database the page says where it breaks."""
    client = desk.client(Role.ADMINISTRATOR)
    assert "The chain is whole" in client.get(f"{HOME}/audit?check=1").get_data(as_text=True)
    with transaction(desk.office.sessions) as session:
        entry = session.query(AuditEntryRecord).order_by(AuditEntryRecord.number).first()
        assert entry is not None
        entry.subject = "urn:uuid:another"
        broken = entry.number
    assert f"broken at entry {broken}" in client.get(f"{HOME}/audit?check=1").get_data(as_text=True)


def test_the_log_is_read_page_after_page(desk: ConsoleDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, with the way on and the way back."""
    monkeypatch.setattr("issuer.console.audit.PAGE", 1)
    client = desk.client(Role.ADMINISTRATOR)
    page = client.get(f"{HOME}/audit").get_data(as_text=True)
    assert ">Earlier</a>" in page
    last = client.get(f"{HOME}/audit?before=2").get_data(as_text=True)
    assert ">Earlier</a>" not in last
    assert "Back to the newest" in last


def test_the_log_is_for_administrators(desk: ConsoleDesk) -> None:
    """In each of its forms."""
    for role in Role:
        expected = 200 if Permission.SEE_AUDIT in TABLE[role] else 403
        for path in ("audit", "audit.csv", "audit.jsonl"):
            assert desk.client(role).get(f"{HOME}/{path}").status_code == expected
