"""The office on PostgreSQL: the same figures, and several runs at once without a lock around the whole database."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select

from issuer.alliance.kpi import count_certifications
from issuer.awards.award import award
from issuer.awards.issue import issue_rows, open_award_file
from issuer.awards.records import IssuedCredentialRecord
from issuer.database import reading, transaction
from issuer.demo.links import find_tokens
from issuer.demo.seed import seed_demo
from issuer.learners.records import LearnerRecord
from issuer.office import Office, open_office
from issuer.records import Record
from tests.award_requests import ASA
from tests.demo_files import BASE_URL, demo_json
from tests.office import settings_for
from tests.real_parts import PostgresServer
from verifier.examine import examine_text
from verifier.report import Verdict

ROWS = 12
RUNS = 4

pytestmark = pytest.mark.slow


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Office]:
    """An office that began with an empty database and loaded the demonstration."""
    folder: Path = tmp_path_factory.mktemp("postgresql")
    opened = open_office(replace(settings_for(folder), database_url=postgres.new_database()), clock=now)
    seed_demo(opened)
    yield opened
    opened.sessions.engine.dispose()


def count(office: Office, record: type) -> int:
    with reading(office.sessions) as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def test_the_migrations_make_what_the_records_describe(office: Office) -> None:
    """Also here."""
    with office.sessions.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Record.metadata) == []


def test_the_demonstration_is_the_same(office: Office) -> None:
    """Figures and verdicts as on SQLite."""
    with reading(office.sessions) as session:
        assert count_certifications(session).to_json() == demo_json("expected.json")["kpi"]
        tokens = find_tokens(session)
    for name in ("valid", "expired", "revoked", "suspended"):
        link = f"{BASE_URL}/v/{getattr(tokens, name)}"
        assert examine_text(link, office.policy(), now=now()).report.verdict is Verdict(name.upper())


def test_several_runs_of_the_same_new_learners(office: Office) -> None:
    """Nobody comes on file twice, and nobody gets two badges, though no run waits for another."""
    lines = [f"N{each},Test,n{each}@mail.example,VLT-CELL,2026-10-16,Pass,R{each}" for each in range(ROWS)]
    header = "given_name,family_name,email,achievement_code,completed_on,result,trainee_ref"
    data = "\n".join([header, *lines]).encode()
    before = count(office, IssuedCredentialRecord), count(office, LearnerRecord)

    def run(number: int) -> Counter[str]:
        file = open_award_file(office.sessions, "vbk-goteborg", data, f"{number}.csv", now=now())
        return Counter(row.state.value for row in issue_rows(office.sessions, office.desk, file, now))

    with ThreadPoolExecutor(RUNS) as runs:
        total = sum(runs.map(run, range(RUNS)), Counter())
    assert total == {"issued": ROWS, "already_issued": (RUNS - 1) * ROWS}
    assert (count(office, IssuedCredentialRecord), count(office, LearnerRecord)) == tuple(
        each + ROWS for each in before
    )


def test_one_award_made_by_several_doors_at_once(office: Office) -> None:
    """Each transaction gives the same record."""
    request = replace(ASA, achievement_code="VLT-CELL", email="new@mail.example", trainee_ref="T900")

    def make(number: int) -> int:
        del number
        with transaction(office.sessions) as session:
            return award(session, request, office.desk, now=now()).id

    with ThreadPoolExecutor(RUNS) as doors:
        assert len(set(doors.map(make, range(2 * RUNS)))) == 1
