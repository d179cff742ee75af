"""Real parts for whoever needs them, started once for each process of the tests, and only when asked for."""

from collections.abc import Iterator

import pytest

from tests.real_parts import PostgresServer, RabbitServer, postgres_server, rabbit_server


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
