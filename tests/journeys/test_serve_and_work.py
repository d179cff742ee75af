"""`voltpass serve`: pages and a worker from one command; a killed worker comes back, and both end together."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from issuer.database import reading, transaction
from issuer.office import Office
from issuer.work.records import WorkRecord
from tests.office import demo_office
from tests.real_parts import spare_port
from tests.shell import shell_env
from tests.work import put, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@contextmanager
def serving(folder: Path, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process, its pages answering, and their address; ended as with Ctrl-C if it still runs."""
    with spare_port() as port:
        process = subprocess.Popen(
            [sys.executable, "-m", "issuer", "serve"],
            env={**shell_env(folder), "HOST": "127.0.0.1", "PORT": str(port), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    address = f"http://127.0.0.1:{port}/healthz"
    try:
        wait_until(lambda: answers(address), process)
        yield process, address
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def children(number: int, of: str = "") -> list[int]:
    """The processes that a process started and that still run, by a word of their command."""
    found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [int(each) for each in found if of.encode() in Path(f"/proc/{each}/cmdline").read_bytes().split(b"\0")]


def is_over(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with something to do, of a kind that only a program of tomorrow can do."""
    office = demo_office(tmp_path)
    put(office.sessions, 1, now=office.clock())
    with transaction(office.sessions) as session:
        session.execute(update(WorkRecord).values(kind="of_tomorrow"))
    return office


def was_tried(office: Office, times: int) -> Callable[[], bool]:
    def look() -> bool:
        with reading(office.sessions) as session:
            record = session.get_one(WorkRecord, 1)
            return record.waits >= times and record.last_problem == "no_handler"

    return look


def try_soon(office: Office) -> None:
    with transaction(office.sessions) as session:
        session.execute(update(WorkRecord).values(run_at=office.clock()))


def test_a_killed_worker_is_started_again_and_all_end_together(tmp_path: Path, office: Office) -> None:
    """The pages go on answering meanwhile; Ctrl-C ends everything in good order."""
    with serving(tmp_path, VOLTPASS_WORKERS="1") as (process, address):
        wait_until(was_tried(office, 1), process)
        for times in (2, 3):
            (worker,) = children(process.pid, "worker")
            subprocess.run(["kill", "-9", str(worker)], check=True)
            assert answers(address)
            wait_until(lambda gone=worker: children(process.pid, "worker") not in ([], [gone]), process)  # type: ignore[misc]
            try_soon(office)
            wait_until(was_tried(office, times), process)
        both = children(process.pid)
        assert len(both) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert all(is_over(each) for each in both)
        assert not answers(address)


def test_nobody_stays_behind_when_the_watch_is_killed(tmp_path: Path, office: Office) -> None:
    """Otherwise the next start would find its port taken."""
    with serving(tmp_path, VOLTPASS_WORKERS="2") as (process, address):
        all_of_it = children(process.pid)
        assert len(children(process.pid, "worker")) == 2
        process.kill()
        process.wait()
        wait_until(lambda: all(is_over(each) for each in all_of_it))
        assert not answers(address)


def test_when_the_web_server_dies_everything_ends(tmp_path: Path, office: Office) -> None:
    """Whoever looks after the command sees that it did not end well, and starts it again."""
    with serving(tmp_path) as (process, _):
        both = children(process.pid)
        (web,) = children(process.pid, "gunicorn")
        subprocess.run(["kill", "-9", str(web)], check=True)
        assert process.wait(60) == 128 + signal.SIGKILL
        assert all(is_over(each) for each in both)


def test_without_a_worker_only_the_pages_are_served(tmp_path: Path, office: Office) -> None:
    """Workers run elsewhere then; TERM ends the web server itself."""
    with serving(tmp_path, VOLTPASS_WORKER="none") as (process, _):
        assert children(process.pid, "worker") == []
        process.terminate()
        assert process.wait(60) == 0
    assert not was_tried(office, 1)()
