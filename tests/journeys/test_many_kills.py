"""A whole batch while web and worker are killed at random moments: every badge once, every mail, no index twice.

`make test` does it with a small batch. The large one, 5,000 rows and 100 kills, takes a while:

    VOLTPASS_ROWS=5000 VOLTPASS_KILLS=100 .venv/bin/python -m pytest -s tests/journeys/test_many_kills.py
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.app import create_office_app
from issuer.awards.records import IssuedCredentialRecord
from issuer.database import reading
from issuer.delivery.records import DeliveryRecord
from issuer.status.records import StatusEntryRecord
from issuer.work.outbox import WorkKind
from issuer.work.records import WorkRecord
from issuer.work.standing import list_troubles, work_counts
from tests.batches import batch_of, fates, released, rows, rows_of
from tests.browser import spare_port
from tests.console import ConsoleDesk
from tests.mail_server import MailServer, mail_server
from tests.office import Clock, demo_office
from tests.shell import shell_env

ROWS = int(os.environ.get("VOLTPASS_ROWS", "150"))
KILLS = int(os.environ.get("VOLTPASS_KILLS", "12"))
SEED = int(os.environ.get("VOLTPASS_SEED", "20261122"))
PATIENCE_S = 120

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300 + 2 * ROWS + 20 * KILLS)]


class WallClock(Clock):
    """The time it is: other processes are at work, and they look at the same clock."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


class Service:
    """`voltpass serve` with all its processes, each of which may be killed."""

    def __init__(self, folder: Path, mail: MailServer, chance: random.Random) -> None:
        self._port, self._chance = spare_port(), chance
        self._env = {
            **shell_env(folder),
            "HOST": "127.0.0.1",
            "PORT": str(self._port),
            "VOLTPASS_SMTP_URL": mail.url,
            "VOLTPASS_MAIL_FROM": "badges@voltpass.example",
        }
        self.killed: Counter[str] = Counter()
        self.start()

    def start(self) -> None:
        """Start it, also after everything was killed."""
        self._root = subprocess.Popen([sys.executable, "-m", "issuer", "serve"], env=self._env, start_new_session=True)

    def answers(self) -> bool:
        """Whether a page comes."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def tend(self) -> None:
        """Start it again when it ended, as the machine's own supervisor does."""
        if self._root.poll() is not None:
            self.start()

    def kill_one(self) -> None:
        """Kill one of the processes without warning: mostly the worker, because most of the work is there."""
        name = self._chance.choices(("worker", "gunicorn", "watch"), (6, 3, 1))[0]
        wait_until(lambda: self._has(name), told=lambda: f"for a {name} among {self._processes()}")
        number = self._chance.choice([each for each, called in self._processes().items() if called == name])
        self.killed[name] += 1
        os.kill(number, signal.SIGKILL)
        if self._root.pid == number:
            self._root.wait()

    def _has(self, name: str) -> bool:
        """Whether such a process runs; what is just coming to its end may end while we wait, and is started again."""
        self.tend()
        return name in self._processes().values()

    def end(self) -> None:
        """Ask all of it to end."""
        self._root.terminate()
        self._root.wait(timeout=PATIENCE_S)

    def _processes(self) -> dict[int, str]:
        """Number and name of each that runs now."""
        found, waiting = {}, [self._root.pid]
        while waiting:
            number = waiting.pop()
            try:
                words = Path(f"/proc/{number}/cmdline").read_bytes().decode().split("\0")
                waiting += map(int, Path(f"/proc/{number}/task/{number}/children").read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[number] = next((word for word in ("worker", "gunicorn") if word in words[:4]), "watch")
        return found


def wait_until(
    is_so: Callable[[], bool], seconds: float = PATIENCE_S, told: Callable[[], str] = lambda: "for a page"
) -> None:
    over = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < over, f"waited in vain: {told()}"
        time.sleep(0.2)


def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """Killed again and again, the batch ends with each badge once, each learner told, each status index used once."""
    clock = WallClock()
    office = demo_office(tmp_path, clock=clock)
    desk = ConsoleDesk(office=office, app=create_office_app(office), clock=clock)
    batch = released(desk, rows(ROWS))
    chance = random.Random(SEED)
    with mail_server() as mail:
        service = Service(tmp_path, mail, chance)
        try:
            wait_until(service.answers)
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.1, 1.5 + ROWS / 800))
                service.kill_one()
            begun = time.monotonic()
            wait_until(lambda: is_done(desk, batch, service), PATIENCE_S + ROWS / 4, lambda: standing(desk, batch))
            print(f"{ROWS} rows, killed {dict(service.killed)}, done {time.monotonic() - begun:.0f} s after the last")
            wait_until(service.answers)
        finally:
            service.end()
        assert len(mail.message_ids) == ROWS
        copies = len(mail.mails) - ROWS
        recipients = Counter(recipient for recipient, _ in mail.received)
    print(f"copies of a mail whose end nobody heard: {copies}")
    assert len(recipients) == ROWS
    assert copies <= service.killed["worker"] + service.killed["watch"]
    check_files(desk, batch)


def is_done(desk: ConsoleDesk, batch: int, service: Service) -> bool:
    """Reminders may wait for weeks; what belongs to the batch may not."""
    service.tend()
    kinds = [WorkKind.ISSUE_ROWS.value, WorkKind.SEND_MAIL.value]
    with reading(desk.office.sessions) as session:
        open_work = select(func.count()).where(WorkRecord.kind.in_(kinds), WorkRecord.done_at.is_(None))
        left = session.scalar(open_work.select_from(WorkRecord))
    return left == 0 and batch_of(desk, batch).state == "finished"


def standing(desk: ConsoleDesk, batch: int) -> str:
    with reading(desk.office.sessions) as session:
        return (
            f"{work_counts(session, now=desk.clock())} {list_troubles(session)} {Counter(fates(rows_of(desk, batch)))}"
        )


def check_files(desk: ConsoleDesk, batch: int) -> None:
    assert Counter(fates(rows_of(desk, batch))) == {"issued": ROWS}
    with reading(desk.office.sessions) as session:
        issued = session.scalar(select(func.count()).select_from(IssuedCredentialRecord))
        learners = session.scalar(select(func.count(IssuedCredentialRecord.learner_id.distinct())))
        indexes = session.scalar(select(func.count(IssuedCredentialRecord.status_entry_id.distinct())))
        places = session.execute(select(StatusEntryRecord.list_id, StatusEntryRecord.position)).all()
        told = Counter(session.scalars(select(DeliveryRecord.state)))
        counts = work_counts(session, now=desk.clock())
    assert issued == learners == indexes == ROWS
    assert len(set(places)) == len(places)
    assert told == {"sent": ROWS}
    assert counts.given_up == 0
