"""Real parts for whoever needs them, started once for each process of the tests, and only when asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.database import Sessions, open_sessions
from tests.office import migrated_database
from tests.other_database import close_remembered
from tests.real_parts import PostgresServer, RabbitServer, postgres_server, rabbit_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first, so that at the end no process waits for the last of them."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path.parent.name != "journeys", item.path not in slow))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL; ask it for a new database."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """A running RabbitMQ; a test that stops it starts it again."""
    with rabbit_server() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def sessions_of_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    """A database of the newest shape with nothing in it, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield migrated_database(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    opened = open_sessions(server.migrated_database())
    yield opened
    opened.engine.dispose()


@pytest.fixture(autouse=True)
def _databases_are_closed() -> Iterator[None]:
    """After each test no connection is left over."""
    yield
    close_remembered()
