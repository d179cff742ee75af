"""Work in tests: something to do, workers that do it, and the program `voltpass worker` with a handler for tests.

Run as ``python -m tests.work FILE`` it is ``voltpass worker``, but for a handler that notes in FILE what it begins and
makes one row for each number. The row is the effect: there may be one of each, however often the work is begun.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from issuer.chance import Chance
from issuer.database import Sessions, open_sessions, reading, transaction
from issuer.public.records import OriginRecord
from issuer.work.dispatch import Publish
from issuer.work.handlers import Handler, Payload
from issuer.work.leases import Lease, take
from issuer.work.outbox import WorkKind, put_work
from issuer.work.records import WorkRecord
from issuer.work.standing import WorkCounts, work_counts
from issuer.work.worker import Worker

KIND = WorkKind.CALL_WEBHOOK
VERY_LONG = 1_000_000


def worker_with(sessions: Sessions, handler: Handler, clock: Callable[[], datetime], **options: Any) -> Worker:
    """A worker for one kind of work."""
    return Worker(sessions, lambda: {KIND: handler}, clock=clock, chance=Chance(), **options)


def nothing(payload: Payload) -> None:
    """Do nothing, well."""


def taken(sessions: Sessions, clock: Callable[[], datetime], worker: str = "another-machine/1/1") -> Lease:
    """What is due for longest, in the hand of somebody who does nothing about it."""
    with transaction(sessions) as session:
        held = take(session, worker, now=clock())
    assert held is not None
    return held


def always(exc: BaseException) -> Handler:
    """A handler that cannot."""

    def handler(payload: Payload) -> None:
        raise exc

    return handler


def put(sessions: Sessions, *numbers: int, now: datetime) -> list[int]:
    """One piece of work for each number; gives the ids."""
    with transaction(sessions) as session:
        put_down = [put_work(session, KIND, {"number": number}, now=now) for number in numbers]
        return [record.id for record in put_down if record is not None]


def the_only(sessions: Sessions) -> WorkRecord:
    """The one piece of work that is on record."""
    with reading(sessions) as session:
        return session.scalars(select(WorkRecord)).one()


def counts(sessions: Sessions, now: datetime) -> WorkCounts:
    """How the work stands."""
    with reading(sessions) as session:
        return work_counts(session, now=now)


def done(sessions: Sessions) -> int:
    """How many pieces are done."""
    with reading(sessions) as session:
        return session.scalar(select(func.count()).where(WorkRecord.done_at.is_not(None))) or 0


def effects(sessions: Sessions) -> set[int]:
    """The numbers whose row was made."""
    with reading(sessions) as session:
        return {int(origin.removeprefix("test:")) for origin in session.scalars(select(OriginRecord.origin))}


def begun(file: Path) -> Counter[int]:
    """How often the work of each number was begun."""
    return Counter(int(line) for line in file.read_text().split()) if file.exists() else Counter()


def make_effect(sessions: Sessions, number: int) -> None:
    """As a handler should: look and write in one transaction, so that a second time changes nothing."""
    with transaction(sessions) as session:
        if session.get(OriginRecord, f"test:{number}") is None:
            session.add(OriginRecord(origin=f"test:{number}", first_used_at=datetime.now(UTC)))


def start_worker(folder: Path, database: str, *options: str, **env: str) -> subprocess.Popen[str]:
    """The worker of this module as a process; what it begins stands in ``folder/begun``."""
    from tests.shell import shell_env  # not for the process, which would load half the office for it

    return subprocess.Popen(
        [sys.executable, "-m", "tests.work", str(folder / "begun"), *options],
        env={**shell_env(folder), "VOLTPASS_DATABASE_URL": database, **env},
        stdout=subprocess.DEVNULL,
        text=True,
    )


@contextmanager
def publisher_at(address: str) -> Iterator[Publish]:
    """What tells a broker of work; its connection is closed at the end."""
    from issuer.work.celery_door import Publisher, create_celery

    app = create_celery(address)
    publish = Publisher(app)
    try:
        yield publish
    finally:
        publish.close()
        app.close()


def wait_until(is_so: Callable[[], bool], *processes: subprocess.Popen[str]) -> None:
    """Look again and again; fails when one of the processes ends before. The test's own timeout is the limit."""
    while not is_so():
        for process in processes:
            assert process.poll() is None, f"a process ended with {process.returncode}"
        time.sleep(0.02)


def main(file: str, *options: str) -> None:
    """``voltpass worker`` with the handler for tests."""
    from issuer.cli import main as voltpass
    from issuer.commands import worker
    from issuer.commands.worker import Opened
    from issuer.settings import Settings

    sessions = open_sessions(Settings.from_env(os.environ).database_url)

    def handle(payload: Payload) -> None:
        number = int(payload["number"])
        note = os.open(file, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(note, f"{number}\n".encode())
        os.close(note)
        make_effect(sessions, number)
        time.sleep(60 if number == VERY_LONG else number % 5 / 1000)

    Opened.handlers = lambda self: {KIND: handle}  # type: ignore[method-assign]
    worker.put_daily = lambda *_, **__: None  # the tests count what is there, and the sweep of the day is not theirs
    voltpass(["worker", *options])


if __name__ == "__main__":
    main(*sys.argv[1:])
