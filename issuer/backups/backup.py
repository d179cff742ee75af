"""Make a backup: every table as lines of JSON, the key files as they lie, and a list with the digest of each part.

All tables are read in one transaction, so that they fit each other although the office goes on working. Key files are
copied afterwards: a key is filed before a row names it, so every key that a row names is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, select

from issuer.backups.values import write_value
from issuer.migrations.run import revision_of

MANIFEST: Final = "manifest.json"
TABLES, KEYS, SECRET = "tables", "keys", "secrets/key_secret"
FORMAT: Final = "voltpass-backup-1"
VERSION_TABLE: Final = "alembic_version"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade:
    """What went into a backup."""

    rows: int
    keys: int
    has_secret: bool
    size: int


def make_backup(
    engine: Engine, target: Path, *, key_directory: Path, secret_file: Path | None, now: datetime
) -> BackupMade:
    """Write the backup to ``target`` (mode 0600), whole or not at all; raises FileExistsError when it is there.

    ``secret_file`` is the key secret to be put in, None to leave it out; without it nobody can sign with the backup.
    """
    draft = target.with_name(f".{target.name}.unfinished")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                writer = _Writer(archive)
                rows = _write_tables(engine, writer)
                keys = _write_keys(key_directory, writer)
                if secret_file is not None:
                    writer.add(SECRET, iter((secret_file.read_bytes(),)))
                manifest = {
                    "format": FORMAT,
                    "revision": revision_of(engine),
                    "made_at": now.isoformat(),
                    "parts": writer.digests,
                }
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
            file.flush()
            os.fsync(file.fileno())
        target.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    return BackupMade(rows=rows, keys=keys, has_secret=secret_file is not None, size=target.stat().st_size)


class _Writer:
    """Adds parts to the archive and remembers their digests."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.digests: dict[str, str] = {}

    def add(self, name: str, pieces: Iterator[bytes]) -> int:
        digest, count = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                digest.update(piece)
                count += 1
        self.digests[name] = digest.hexdigest()
        return count


def tables_of(connection: Connection) -> list[Table]:
    """The tables as they are in this database, what is referred to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def _write_tables(engine: Engine, writer: _Writer) -> int:
    rows = 0
    options: dict[str, Any] = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        for table in tables_of(connection):
            rows += writer.add(f"{TABLES}/{table.name}.jsonl", _lines(connection, table))
    return rows


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    kinds = {column.name: column.type for column in table.columns}
    for row in connection.execute(query).mappings():
        values = {name: write_value(row[name], kind) for name, kind in kinds.items()}
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write_keys(directory: Path, writer: _Writer) -> int:
    files = sorted(path for path in directory.rglob("*") if path.is_file()) if directory.exists() else []
    for path in files:
        writer.add(f"{KEYS}/{path.relative_to(directory).as_posix()}", iter((path.read_bytes(),)))
    return len(files)
