"""Runs that are killed, that meet each other, or that find the disk full: whole credentials, once each, or none."""

import json
import random
import resource
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from credentials.unverified import open_unverified
from issuer.awards.records import IssuedCredentialRecord
from issuer.database import reading
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord
from issuer.office import Office
from issuer.status.records import StatusEntryRecord
from tests.demo_files import demo_bytes
from tests.office import demo_office
from tests.shell import run_voltpass, start_voltpass
from verifier.report import Verdict
from verifier.verify import verify

FILE = "awards_hv1_goteborg.csv"
ROWS = 12


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office whose clock is the one on the wall, as the processes have it; nothing is issued yet."""
    return demo_office(tmp_path, clock=lambda: datetime.now(UTC))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twelve rows, all ready."""
    path = tmp_path / FILE
    path.write_bytes(demo_bytes(FILE))
    return path


def count(office: Office, record: type) -> int:
    with reading(office.sessions) as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def check_whole(office: Office, credentials: int) -> None:
    """So many credentials, each VALID in both forms, each with a learner and a status index of its own."""
    with reading(office.sessions) as session:
        records = session.scalars(select(IssuedCredentialRecord)).all()
    assert len(records) == credentials
    assert len({record.award_key for record in records}) == credentials
    assert len({record.learner_id for record in records}) == credentials
    assert len({record.status_entry_id for record in records}) == credentials
    for owned in (LearnerRecord, LearnerReferenceRecord, StatusEntryRecord):
        assert count(office, owned) == credentials
    policy = office.policy()
    for record in records:
        for text in (record.sealed_json, record.sealed_jwt):
            assert verify(open_unverified(text), policy, now=office.clock()).verdict is Verdict.VALID


def outcomes(printed: str) -> Counter[str]:
    return Counter(row["outcome"] for row in json.loads(printed)["files"][0]["rows"])


@pytest.mark.slow
def test_a_run_may_be_killed_at_any_moment(tmp_path: Path, office: Office, file: Path) -> None:
    """Killed again and again somewhere in the middle, then run to the end: every learner has exactly one badge."""
    chance = random.Random()
    killed_in_the_middle = 0
    for _ in range(3):
        before = count(office, IssuedCredentialRecord)
        with start_voltpass(tmp_path, "issue", "vbk-goteborg", file, "--json") as process:
            target = min(ROWS - 1, before + chance.randint(1, 3))
            while process.poll() is None and count(office, IssuedCredentialRecord) < target:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.05)
            process.kill()
            process.communicate()
        now = count(office, IssuedCredentialRecord)
        killed_in_the_middle += before < now < ROWS
        assert count(office, StatusEntryRecord) == count(office, LearnerRecord) == now
    assert killed_in_the_middle
    last = run_voltpass(tmp_path, "issue", "vbk-goteborg", file, "--json")
    assert last.returncode == 0, last.stderr
    assert sum(outcomes(last.stdout).values()) == ROWS
    check_whole(office, ROWS)


@pytest.mark.slow
def test_the_same_file_issued_by_several_processes_at_once(tmp_path: Path, office: Office, file: Path) -> None:
    """Each process reports every row as issued or already issued; together they made one credential for each."""
    processes = [start_voltpass(tmp_path, "issue", "vbk-goteborg", file, "--json") for _ in range(3)]
    printed = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], printed
    total = sum((outcomes(out) for out, _ in printed), Counter())
    assert total == {"issued": ROWS, "already_issued": 2 * ROWS}
    check_whole(office, ROWS)


@pytest.mark.slow
def test_a_full_disk_stops_the_run_and_spoils_nothing(tmp_path: Path, office: Office, file: Path) -> None:
    """One sentence, no half credential; with room again the run goes on where it stopped."""
    room = (tmp_path / "var" / "voltpass.sqlite").stat().st_size + 200_000

    def starve() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    starved = run_voltpass(tmp_path, "issue", "vbk-goteborg", file, "--json", preexec_fn=starve)
    assert starved.returncode == 1
    assert "The database could not be used" in starved.stderr
    assert "Traceback" not in starved.stderr
    done = count(office, IssuedCredentialRecord)
    assert 0 < done < ROWS
    check_whole(office, done)
    again = run_voltpass(tmp_path, "issue", "vbk-goteborg", file, "--json")
    assert again.returncode == 0, again.stderr
    assert outcomes(again.stdout) == {"issued": ROWS - done, "already_issued": done}
    check_whole(office, ROWS)
