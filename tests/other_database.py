"""The same tests on PostgreSQL: VOLTPASS_TEST_DATABASE=postgresql puts the database of every office there."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from issuer.database import Sessions
from tests.real_parts import PostgresServer, postgres_server

ON_POSTGRESQL: Final = os.environ.get("VOLTPASS_TEST_DATABASE") == "postgresql"
of_a_file = pytest.mark.skipif(ON_POSTGRESQL, reason="about the file of an embedded database")
"""For tests that move, delete or replace the file."""
_ADDRESS: Final = "database_url"
_opened: list[Sessions] = []


@cache
def server() -> PostgresServer:
    """One server for this process of the tests."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(postgres_server())


def lay_address(folder: Path, address: str) -> None:
    """Note where the database of the office in this folder is."""
    (folder / _ADDRESS).write_text(address, encoding="ascii")


def address_env(folder: Path) -> dict[str, str]:
    """The setting for the office in this folder; nothing where the database is a file beside the rest."""
    path = folder / _ADDRESS
    return {"VOLTPASS_DATABASE_URL": path.read_text(encoding="ascii")} if path.exists() else {}


def remember(sessions: Sessions) -> Sessions:
    """To be closed after the test: a server has only so many places."""
    _opened.append(sessions)
    return sessions


def close_remembered() -> None:
    """Close what the test opened."""
    while _opened:
        _opened.pop().engine.dispose()
