"""The database: nothing half-done, two writers at once, moments with a zone, migrations that match the records."""

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from issuer.accounts.records import StaffRecord
from issuer.database import (
    DatabaseAddressUnusable,
    DatabaseFailed,
    Sessions,
    TextNotKept,
    open_sessions,
    reading,
    transaction,
)
from issuer.migrations import run
from issuer.migrations.run import HEAD, DatabaseIsNewer, migrate, revision_of
from issuer.records import OriginRecord, Record, SigningKeyRecord
from tests.office import migrated_database
from tests.real_parts import PostgresServer

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    """An empty database of the newest shape."""
    return migrated_database(tmp_path)


def test_the_migrations_make_what_the_records_describe(sessions: Sessions) -> None:
    """A record that was changed without a migration would meet a database of another shape."""
    with sessions.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Record.metadata) == []


def test_a_start_knows_the_newest_migration_without_reading_the_files(sessions: Sessions) -> None:
    """HEAD is the newest file, and a database that stands there is left alone."""
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    assert revision_of(sessions.engine) == HEAD
    migrate(sessions.writing_engine)


def test_a_newer_database_is_left_alone(sessions: Sessions) -> None:
    """An older program must not write into a shape it does not know."""
    with sessions.writing_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseIsNewer, match="9999"):
        migrate(sessions.writing_engine)


def test_several_processes_may_start_at_once(tmp_path: Path) -> None:
    """Whoever comes second to an empty database waits, and finds it migrated."""
    address = f"sqlite:///{tmp_path}/test.sqlite"
    with ThreadPoolExecutor(4) as starters:
        starts = [starters.submit(migrate, open_sessions(address).writing_engine) for _ in range(4)]
    assert [start.result() for start in starts] == [None] * 4


def test_a_transaction_is_kept_whole_or_not_at_all(sessions: Sessions) -> None:
    """What was written before an error is undone with it."""

    def write_and_fail() -> None:
        with transaction(sessions) as session:
            session.add(OriginRecord(origin="https://one.example", first_used_at=NOW))
            session.flush()
            raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        write_and_fail()
    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(OriginRecord)) == 0


def test_reading_keeps_nothing(sessions: Sessions) -> None:
    """A session that was opened to look changes nothing, even when somebody writes in it."""
    with reading(sessions) as session:
        session.add(OriginRecord(origin="https://one.example", first_used_at=NOW))
        session.flush()
    with reading(sessions) as session:
        assert session.get(OriginRecord, "https://one.example") is None


def test_two_writers_wait_for_each_other(sessions: Sessions) -> None:
    """A writer takes the lock when it begins, so that no one meets "database is locked" half-way."""
    started = threading.Barrier(2)

    def write(number: int) -> None:
        started.wait()
        for count in range(20):
            with transaction(sessions) as session:
                known = session.scalar(select(func.count()).select_from(OriginRecord))
                session.add(OriginRecord(origin=f"https://{number}-{count}-{known}.example", first_used_at=NOW))

    with ThreadPoolExecutor(2) as writers:
        for writing in [writers.submit(write, number) for number in range(2)]:
            writing.result()
    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(OriginRecord)) == 40


def test_a_reader_sees_the_state_before_a_writer_is_done(sessions: Sessions) -> None:
    """Readers never wait for a writer, and never see half of what it does."""
    with transaction(sessions) as session:
        session.add(OriginRecord(origin="https://one.example", first_used_at=NOW))
        session.flush()
        with reading(sessions) as other:
            assert other.get(OriginRecord, "https://one.example") is None


def test_references_are_kept_whole(sessions: Sessions) -> None:
    """SQLite checks foreign keys only when told to."""
    with pytest.raises(IntegrityError), transaction(sessions) as session:
        session.add(
            SigningKeyRecord(
                provider_id=404,
                algorithm="Ed25519",
                public_key="z6Mk-test",
                thumbprint="test",
                uri="file:test",
                method_id="did:web:test",
                key_url="https://test.example",
                used_from=NOW,
            )
        )


def test_a_moment_comes_back_in_utc(sessions: Sessions) -> None:
    """Times with another zone are the same moment; a time without zone is refused."""
    with transaction(sessions) as session:
        session.add(
            OriginRecord(
                origin="https://one.example",
                first_used_at=datetime(2026, 11, 22, 11, 30, tzinfo=timezone(timedelta(hours=2))),
            )
        )
    with reading(sessions) as session:
        found = session.get_one(OriginRecord, "https://one.example").first_used_at
        assert found == NOW
        assert found.tzinfo is UTC
    with pytest.raises(StatementError), transaction(sessions) as session:
        session.add(OriginRecord(origin="https://two.example", first_used_at=datetime(2026, 11, 22)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "address", [pytest.param("nowhere", id="no address"), pytest.param("tapes://here/there", id="unknown kind")]
)
def test_an_address_that_names_no_database_is_said_in_our_words(address: str) -> None:
    """And what it says of users and passwords is not repeated."""
    with pytest.raises(DatabaseAddressUnusable, match="VOLTPASS_DATABASE_URL"):
        open_sessions(address)


def test_a_database_that_cannot_be_used_is_said_in_our_words(tmp_path: Path) -> None:
    """A lost or full disk is no riddle from another library."""
    missing = open_sessions(f"sqlite:///{tmp_path}/nowhere/test.sqlite")
    with pytest.raises(DatabaseFailed, match="could not be used"), reading(missing) as session:
        session.execute(text("SELECT 1"))


def test_an_error_of_the_database_repeats_no_value(sessions_of_both: Sessions) -> None:
    """PostgreSQL adds the row in question to its message, and messages end up in logs."""
    with pytest.raises(IntegrityError) as caught, transaction(sessions_of_both) as session:
        session.add_all(StaffRecord(email="anna@mail.example", name=name, created_at=NOW) for name in ("Anna", "An"))
    said = "".join(traceback.format_exception(caught.value))
    assert "IntegrityError" in said
    assert "anna@mail.example" not in said


@pytest.mark.slow
def test_a_text_that_no_database_keeps_is_said_in_our_words(postgres: PostgresServer) -> None:
    """PostgreSQL takes NUL in no text: whoever sent it is told so, should a door have let it in."""
    sessions = open_sessions(postgres.migrated_database())
    with pytest.raises(TextNotKept), reading(sessions) as session:
        session.scalars(select(StaffRecord).where(StaffRecord.email == "a\0b")).all()
    sessions.engine.dispose()
