"""Bring a database to the shape this program needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Connection, Engine, inspect, text

from issuer.errors import IssuerError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0012"
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
    with writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        if found is not None and found not in known_revisions():
            raise DatabaseIsNewer(found)
        lay_out(connection, "head")


def lay_out(connection: Connection, revision: str) -> None:
    """Migrate to a revision in the caller's transaction; who else may be migrating is the caller's business."""
    from alembic import command  # loaded here, because a normal start does not need it

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_revisions() -> frozenset[str]:
    """Every shape this program can read and go on from."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
