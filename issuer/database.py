"""The one way into the database: what a record is, how a session is opened, when a change is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Engine, ExceptionContext, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from issuer.errors import IssuerError

BUSY_TIMEOUT_MS = 30_000
WRITES = "voltpass_writes"


class Record(DeclarativeBase):
    """A row. Names of constraints are fixed here so that a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite, which knows no zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the database needs a zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens sessions on one database; writers take SQLite's lock when they begin, so that none has to begin again."""

    engine: Engine
    writing_engine: Engine
    readers: sessionmaker[Session]
    writers: sessionmaker[Session]


class DatabaseAddressUnusable(IssuerError):
    """The address names a kind of database that cannot be spoken to, or is no address."""

    code: ClassVar[str] = "database_address_unusable"

    def __init__(self, scheme: str, problem: str) -> None:
        super().__init__(
            f"VOLTPASS_DATABASE_URL ({scheme}:…) cannot be used: {problem}. Give sqlite:///FILE or postgresql://…; "
            "for PostgreSQL install the driver psycopg."
        )
        self.scheme = scheme


class DatabaseFailed(IssuerError):
    """The database could not be read or written: disk full, locked for too long, gone."""

    code: ClassVar[str] = "database_failed"

    def __init__(self, problem: str) -> None:
        super().__init__(f"The database could not be used ({problem}). Nothing was changed; mend that and start again.")
        self.problem = problem


class TextNotKept(IssuerError):
    """A text that PostgreSQL does not take: the doors refuse it by its place, and this is the wall behind them."""

    code: ClassVar[str] = "text_not_kept"

    def __init__(self) -> None:
        super().__init__("A text holds the character NUL, which no database keeps. Take it out and send it again.")


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """A session whose changes are kept together at the end of the block, or not at all.

    Raises DatabaseFailed or TextNotKept.
    """
    with _our_errors(), sessions.writers.begin() as session:
        yield session


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """A session that only looks; nothing of what is changed in it is kept. Raises as ``transaction``."""
    with _our_errors(), sessions.readers() as session:
        yield session


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as exc:
        raise DatabaseFailed(str(exc.orig)) from exc
    except DataError as exc:
        if "NUL" in str(exc.orig):
            raise TextNotKept from exc
        raise


def open_sessions(database_url: str) -> Sessions:
    """Connect lazily to SQLite or PostgreSQL; creates no table. Raises DatabaseAddressUnusable."""
    try:
        engine = create_engine(
            database_url,
            pool_pre_ping=not database_url.startswith("sqlite"),
            hide_parameters=True,  # they hold names and addresses, and errors end up in logs
        )
    except (ArgumentError, ModuleNotFoundError) as exc:
        raise DatabaseAddressUnusable(database_url.partition(":")[0], str(exc)) from exc
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _leave_values_out(engine)
    writing = engine.execution_options(**{WRITES: True})
    return Sessions(
        engine=engine,
        writing_engine=writing,
        readers=sessionmaker(engine, autoflush=False, expire_on_commit=False),
        writers=sessionmaker(writing, autoflush=False, expire_on_commit=False),
    )


def _prepare_sqlite(engine: Engine) -> None:
    """Two processes at once: write-ahead log, patience, and BEGIN IMMEDIATE for whoever is going to write."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        del entry
        raw: Any = connection
        raw.isolation_level = None  # the driver would begin too late, and never immediately
        cursor = raw.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _leave_values_out(engine: Engine) -> None:
    """PostgreSQL adds the row in question to what it says of an error, and that ends up in logs: keep the rest."""

    @event.listens_for(engine, "handle_error")
    def _on_error(context: ExceptionContext) -> None:
        original, ours = context.original_exception, context.sqlalchemy_exception
        said = getattr(getattr(original, "diag", None), "message_primary", None)
        if said is None:
            return  # not the server's words, such as those of a connection that does not come about
        original.args = (said,)
        if ours is not None:
            ours.args = (f"({type(original).__name__}) {said}",)
