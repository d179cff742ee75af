"""Whoever keeps the office running sees whether mails can leave and work is done: doctor, readiness, figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from issuer.app import create_office_app
from issuer.cli import main
from issuer.commands.doctor import Finding, examine
from issuer.commands.door import Door
from issuer.database import transaction
from issuer.office import Office
from issuer.work.outbox import WorkKind, put_work
from issuer.work.records import WorkRecord
from issuer.work.standing import NEGLECTED
from issuer.work.vital_signs import name_of_this_process
from tests.browser import spare_port
from tests.deliveries import announced, mailing_office, with_server
from tests.mail_server import PASSWORD, USER, MailServer, mail_server, strict_mail_server
from tests.office import Clock, demo_office
from tests.shell import shell_env

TOKEN = "a test token for figures"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = demo_office(tmp_path, clock=clock)
    yield opened
    opened.sessions.engine.dispose()


def finding(office: Office, what: str) -> Finding:
    """What the doctor says of one thing."""
    door = Door({}, clock=office.clock)
    door.__dict__.update(office=office, settings=office.settings)
    (found,) = [each for each in examine(door) if each.what == what]
    return found


def put(office: Office, **values: object) -> int:
    """A piece of work, as it stands on record."""
    with transaction(office.sessions) as session:
        record = put_work(session, WorkKind.CALL_WEBHOOK, {"delivery": 1}, now=office.clock())
        assert record is not None
        for name, value in values.items():
            setattr(record, name, value)
        session.flush()
        return record.id


def test_the_doctor_greets_the_mail_server_and_sends_nothing(office: Office) -> None:
    """Well with a server that answers; one that is away, or no mail server, is said without a password."""
    with mail_server() as server:
        mailing = with_server(office, server)
        found = finding(mailing, "mail")
        assert (found.is_well, found.sentence) == (True, f"127.0.0.1:{server.port} greets")
        assert server.received == []
    away = with_server(office, MailServer(spare_port()), user=USER, password=PASSWORD)
    found = finding(away, "mail")
    assert not found.is_well
    assert "does not answer as a mail server (ConnectionRefusedError)" in found.sentence
    assert PASSWORD not in found.sentence


def test_the_doctor_signs_in_as_for_a_mail(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that the server does not know is found before the first mail waits for it."""
    with strict_mail_server(tmp_path) as (server, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert finding(with_server(office, server, user=USER, password=PASSWORD), "mail").is_well
        found = finding(with_server(office, server, user=USER, password="another"), "mail")
    assert not found.is_well
    assert "takes no mail from us: mail_login_refused" in found.sentence


def test_the_doctor_writes_into_the_folder_of_mails(office: Office) -> None:
    """Without a server mails become files: the folder is tried, and left as it was."""
    folder = office.settings.mail.folder
    assert finding(office, "mail").is_well
    assert list(folder.iterdir()) == []
    folder.rmdir()
    folder.write_bytes(b"")
    found = finding(office, "mail")
    assert not found.is_well
    assert "no file can be written" in found.sentence


def test_the_doctor_says_how_the_work_stands(office: Office, clock: Clock) -> None:
    """Counted; a worker that is alive is seen; what nobody takes, and what was given up, is not well."""
    assert finding(office, "work").is_well
    put(office)
    in_hand = {"leased_until": clock() + timedelta(seconds=30)}
    put(office, leased_by=name_of_this_process(), **in_hand)
    found = finding(office, "work")
    assert (found.is_well, found.sentence.partition(",")[0]) == (True, "1 waiting")
    assert "1 in hand; 1 workers are busy" in found.sentence
    clock.advance(seconds=NEGLECTED.total_seconds() + 1)
    found = finding(office, "work")
    assert not found.is_well
    assert "due since 2026-11-22 09:30Z. Start a worker: voltpass worker" in found.sentence
    put(office, given_up_at=clock())
    assert "1 given up. See why with: voltpass work list" in finding(office, "work").sentence


def test_neglected_work_is_said_and_takes_no_page_away(office: Office, clock: Clock) -> None:
    """/readyz stays 200: badges can be looked at and checked without any worker. What waits for a time is not due."""
    client = create_office_app(office).test_client()
    put(office, run_at=clock() + timedelta(days=1))
    put(office)
    clock.advance(seconds=NEGLECTED.total_seconds())
    assert client.get("/readyz").data == b"ready\n"
    clock.advance(seconds=1)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.data.startswith(b"ready\nwork has been due for more than 10 minutes")


def test_figures_count_mails_by_state(tmp_path: Path, clock: Clock) -> None:
    """Every state is there, also those with nothing in them; no address is."""
    office = mailing_office(tmp_path, clock=clock)
    announced(office)
    app = create_office_app(replace(office, settings=replace(office.settings, metrics_token=TOKEN)))
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = answer.get_data(as_text=True)
    for state, count in {"waiting": 1, "sending": 0, "sent": 0, "bounced": 0, "dropped": 0}.items():
        assert f'voltpass_mails{{state="{state}"}} {count}\n' in text
    assert "@" not in text
    office.sessions.engine.dispose()


def test_what_was_given_up_is_shown_and_tried_again(office: Office, clock: Clock, tmp_path: Path) -> None:
    """The list names it by ids, with the reason; afterwards it is due, once."""

    def voltpass(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), obj=Door(shell_env(tmp_path), clock), catch_exceptions=False)

    assert voltpass("work", "list").output == "Nothing is held up and nothing was given up.\n"
    number = put(office, given_up_at=clock(), attempts=9, failures=9, last_problem="key_error")
    listed = voltpass("work", "list").output.split()
    assert listed[:4] == [str(number), "call_webhook", "delivery:1", "key_error"]
    assert listed[-2:] == ["given", "up"]
    assert voltpass("work", "again", str(number)).exit_code == 0
    with transaction(office.sessions) as session:
        record = session.get_one(WorkRecord, number)
        assert (record.given_up_at, record.run_at, record.failures) == (None, clock(), 0)
        record.done_at = clock()
    refused = voltpass("work", "again", str(number))
    assert refused.exit_code == 1
    assert "nothing to try again" in refused.stderr
