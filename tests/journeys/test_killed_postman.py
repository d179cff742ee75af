"""Workers killed while they bring mails away: nobody is left out, and a copy is known as one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.database import reading, transaction
from issuer.delivery.outbox import put_notice
from issuer.delivery.records import MailKind, MailRecord, MailState
from issuer.office import Office
from issuer.work.records import WorkRecord
from tests.browser import ROOT, environment
from tests.deliveries import SENDER, announced
from tests.mail_server import MailServer, mail_server
from tests.office import demo_office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PEOPLE, NOTICES, KILLS = 6, 94, 10
_PATIENCE_SECONDS = 300


def _start(folder: Path, server: MailServer) -> subprocess.Popen[bytes]:
    env = environment(folder, 8000) | {"VOLTPASS_SMTP_URL": server.url, "VOLTPASS_MAIL_FROM": str(SENDER)}
    program = [sys.executable, "-c", "from issuer.cli import main; main()", "worker", "--threads=2", "--lease=5"]
    return subprocess.Popen(program, cwd=ROOT, env=env)


def _fill(office: Office) -> None:
    for number in range(PEOPLE):
        announced(office, given_name=f"P{number}", email=f"p{number}@mail.example", trainee_ref=f"P{number}")
    with transaction(office.sessions) as session:
        for number in range(NOTICES):
            put_notice(
                session,
                MailKind.INVITATION,
                address=f"n{number}@mail.example",
                language="en",
                facts={"link": "http://127.0.0.1:8000/console/x", "until": "2026-12-01", "role": "viewer"},
                provider=None,
                now=office.clock(),
                chance=office.desk.chance,
            )


def _sent(office: Office) -> int:
    with reading(office.sessions) as session:
        query = select(func.count()).select_from(MailRecord).where(MailRecord.state == MailState.SENT)
        return session.scalar(query) or 0


def _problems(office: Office) -> list[tuple[str | None, int]]:
    """Why work is not done, with how much of it."""
    with reading(office.sessions) as session:
        query = select(WorkRecord.last_problem, func.count()).where(WorkRecord.done_at.is_(None))
        return [(problem, count) for problem, count in session.execute(query.group_by(WorkRecord.last_problem))]


def _wait_for(office: Office, count: int, worker: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while _sent(office) < count:
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < end, f"{_sent(office)} of {count} mails; what waits: {_problems(office)}"
        time.sleep(0.02)


def test_a_worker_killed_while_it_sends(tmp_path: Path) -> None:
    """After many kills every mail has arrived; what arrived twice has one Message-ID and one text.

    A server that took a mail whose sender died before noting so gets it again: no protocol can tell the two cases
    apart. There can be no more copies than mails in hand when a worker died.
    """
    chance, wanted = random.Random(), PEOPLE + NOTICES
    with mail_server() as server:
        office = demo_office(tmp_path)
        _fill(office)
        worker = _start(tmp_path, server)
        try:
            for number in range(KILLS):
                _wait_for(office, wanted * number // KILLS, worker)
                time.sleep(chance.random() * 0.05)
                worker.kill()
                worker.wait()
                worker = _start(tmp_path, server)
            _wait_for(office, wanted, worker)
        finally:
            worker.kill()
            worker.wait()
        recipients = [recipient for recipient, _ in server.received]
        assert len(set(recipients)) == wanted
        assert len(server.message_ids) == wanted
        assert len(set(server.received)) == wanted, "a copy has the same bytes"
        copies = len(recipients) - wanted
        print(f"{copies} copies after {KILLS} kills")
        assert copies <= 2 * KILLS
