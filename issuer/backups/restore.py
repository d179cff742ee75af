"""Put a backup back: into an empty data directory and an empty database of either kind, all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, func, inspect, select, text

from issuer.backups.backup import FORMAT, KEYS, MANIFEST, SECRET, TABLES, tables_of
from issuer.backups.errors import BackupIsNewer, NotABackup, OfficeNotEmpty
from issuer.backups.values import read_value
from issuer.migrations.run import known_revisions, lay_out

_AT_ONCE: Final = 500
_PIECE: Final = 1024 * 1024


@contextmanager
def opened_backup(path: Path) -> Iterator[Backup]:
    """A backup whose every part was held against its digest; raises NotABackup or BackupIsNewer."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Backup(archive)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as exc:
        raise NotABackup(f"{path.name} is damaged or another kind of file") from exc


class Backup:
    """What is in the file; made by ``opened_backup``."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parts, self.revision = _check(archive)

    @property
    def has_secret(self) -> bool:
        """Whether the key secret is in it."""
        return SECRET in self._parts

    def secret(self) -> bytes:
        """The key secret as it lay in its file."""
        return self._archive.read(SECRET)

    def put_back(self, engine: Engine, key_directory: Path, check: Callable[[Connection], None]) -> int:
        """Write everything; the number of rows. ``check`` may refuse by raising, and nothing is left behind.

        ``engine`` is one whose transactions begin as writers. Raises OfficeNotEmpty, NotABackup.
        """
        if key_directory.exists() and any(key_directory.iterdir()):
            raise OfficeNotEmpty(str(key_directory))
        done = False
        try:
            self._put_keys(key_directory)
            with engine.begin() as connection:
                if inspect(connection).get_table_names():
                    raise OfficeNotEmpty("the database has tables")
                lay_out(connection, self.revision)
                rows = sum(self._put_table(connection, table) for table in tables_of(connection))
                lay_out(connection, "head")
                check(connection)
            done = True
        finally:
            if not done:
                shutil.rmtree(key_directory, ignore_errors=True)
        return rows

    def _put_keys(self, directory: Path) -> None:
        for name in self._parts:
            inner = PurePosixPath(name)
            if inner.parts[0] != KEYS:
                continue
            path = directory.joinpath(*inner.parts[1:])
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(self._archive.read(name))

    def _put_table(self, connection: Connection, table: Table) -> int:
        name = f"{TABLES}/{table.name}.jsonl"
        if name not in self._parts:
            raise NotABackup(f"the table {table.name} is missing")
        # what a migration lays by itself is in the backup too
        connection.execute(table.delete())
        is_sqlite, count = connection.dialect.name == "sqlite", 0
        with self._archive.open(name) as lines:
            while batch := [_row(line, is_sqlite) for line in islice(lines, _AT_ONCE)]:
                connection.execute(table.insert(), batch)
                count += len(batch)
        _count_on(connection, table)
        return count


def _check(archive: zipfile.ZipFile) -> tuple[Mapping[str, str], str]:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        parts, revision, kind = dict(manifest["parts"]), str(manifest["revision"]), manifest["format"]
    except (ValueError, TypeError) as exc:
        raise NotABackup("its list of parts cannot be read") from exc
    if kind != FORMAT:
        raise NotABackup("its format is another one")
    if revision not in known_revisions():
        raise BackupIsNewer(revision)
    if {*parts, MANIFEST} != set(archive.namelist()):
        raise NotABackup("parts were added or removed")
    for name, expected in parts.items():
        if _digest(archive, name) != expected:
            raise NotABackup(f"{name} was changed")
        inner = PurePosixPath(name)
        if inner.is_absolute() or ".." in inner.parts or inner.parts[0] not in {TABLES, KEYS, "secrets"}:
            raise NotABackup(f"{name} has no place here")
    return parts, revision


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _row(line: bytes, is_sqlite: bool) -> dict[str, Any]:
    return {name: read_value(value, is_sqlite=is_sqlite) for name, value in json.loads(line).items()}


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL counts ids in a sequence of its own; without this the next award would meet a number in use."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        )
        if sequence is not None:
            highest = connection.scalar(select(func.max(column))) or 0
            connection.execute(
                text("SELECT setval(:name, :value, :used)"),
                {"name": sequence, "value": max(highest, 1), "used": highest > 0},
            )
