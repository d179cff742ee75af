"""Offices to test in: a migrated database, or the whole demonstration with keys, made once and copied for each test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import select

from issuer.catalogue.load import load_catalogue
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.database import Sessions, open_sessions, transaction
from issuer.migrations.run import migrate
from issuer.office import Office, open_office
from issuer.settings import Settings
from issuer.signing.provider_keys import create_keys
from tests.demo_files import BASE_URL, NOW, TERMS, demo_catalogue
from tests.other_database import ON_POSTGRESQL, address_env, lay_address, remember, server

KEY_SECRET = "a test secret for test keys"


@dataclass
class Clock:
    """A clock that goes only when told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Let time pass, in the words of ``timedelta``."""
        self.now += timedelta(**by)
        return self.now


def migrated_database(folder: Path) -> Sessions:
    """A database of the newest shape with nothing in it."""
    if ON_POSTGRESQL:
        return remember(open_sessions(server().migrated_database()))
    shutil.copyfile(_empty_database(), folder / "voltpass.sqlite")
    return remember(open_sessions(f"sqlite:///{folder / 'voltpass.sqlite'}"))


def demo_office(folder: Path, *, clock: Callable[[], datetime] | None = None, chance: Chance | None = None) -> Office:
    """An office with the demonstration's catalogue and a pair of keys for every issuer; nothing is issued yet."""
    source = _demo_data()
    shutil.copytree(source, folder / "var")
    if ON_POSTGRESQL:
        template = address_env(source.parent)["VOLTPASS_DATABASE_URL"].rpartition("/")[2]
        lay_address(folder, server().new_database(template))
    return reopened(folder, clock=clock, chance=chance)


def reopened(folder: Path, *, clock: Callable[[], datetime] | None = None, chance: Chance | None = None) -> Office:
    """The office in this folder, opened as by another process."""
    office = open_office(settings_for(folder), clock=clock or Clock(), chance=chance)
    remember(office.sessions)
    return office


def settings_for(folder: Path) -> Settings:
    """Settings of a development machine, with a key secret for tests only."""
    return Settings.from_env(
        {
            "VOLTPASS_DATA": str(folder / "var"),
            "VOLTPASS_KEY_SECRET": KEY_SECRET,
            "VOLTPASS_BASE_URL": BASE_URL,
            **address_env(folder),
        }
    )


@cache
def _kept_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="voltpass-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _empty_database() -> Path:
    path = _kept_folder() / "empty.sqlite"
    sessions = open_sessions(f"sqlite:///{path}")
    migrate(sessions.writing_engine)
    _close(sessions)
    return path


@cache
def _demo_data() -> Path:
    folder = _kept_folder() / "demo"
    folder.mkdir()
    if ON_POSTGRESQL:
        lay_address(folder, server().migrated_database())
    settings = settings_for(folder)
    if not ON_POSTGRESQL:
        shutil.copyfile(_empty_database(), settings.data_dir / "voltpass.sqlite")
    office = open_office(settings, clock=Clock())
    with transaction(office.sessions) as session:
        load_catalogue(session, demo_catalogue(), TERMS)
        for provider in session.scalars(select(ProviderRecord)):
            create_keys(session, provider, office.desk.keys, now=NOW - timedelta(days=1))
    _close(office.sessions)
    return settings.data_dir


def _close(sessions: Sessions) -> None:
    """Let everything be in the one file, so that it can be copied."""
    if ON_POSTGRESQL:
        sessions.engine.dispose()
        return
    with sessions.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    sessions.engine.dispose()
