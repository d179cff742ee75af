"""Bring a database to the shape this program needs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from sqlalchemy import Engine, inspect, text

from issuer.errors import IssuerError

HEAD = "0010"
"""The newest migration; a test compares it with the files, so that a start need not read them."""

_LOCK = 0x766F6C74  # "volt": any number that no other program uses as a PostgreSQL advisory lock


class DatabaseIsNewer(IssuerError):
    """The database was migrated by a newer program; this one must not write into it."""

    code: ClassVar[str] = "database_is_newer"

    def __init__(self, found: str) -> None:
        super().__init__(f"The database has the shape {found}, this program knows {HEAD}. Start the newer program.")
        self.found = found


def revision_of(engine: Engine) -> str | None:
    """The migration a database stands at; None when it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def migrate(writing: Engine) -> None:
    """Migrate to HEAD in one transaction, or do nothing when there; processes that start together wait for another.

    ``writing`` is an engine whose transactions begin as writers. Raises DatabaseIsNewer.
    """
    if revision_of(writing) == HEAD:
        return
    from alembic import command  # loaded here, because a normal start does not need it
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise DatabaseIsNewer(found)
        command.upgrade(config, "head")
