"""``voltpass backup`` and ``voltpass restore``."""

from __future__ import annotations

import os
from pathlib import Path

import click
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from issuer.backups.backup import make_backup
from issuer.backups.restore import Backup, opened_backup
from issuer.catalogue.records import ProviderRecord
from issuer.commands.door import Door
from issuer.database import open_sessions
from issuer.settings import data_directory
from issuer.signing.errors import NoSigningKey
from issuer.signing.provider_keys import KeyRoom, open_signers

_SECRET = Path("secrets") / "key_secret"


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-secret", is_flag=True, help="Put the key secret in, too: whoever has the file can then sign.")
@click.pass_obj
def backup_command(door: Door, target: Path, with_secret: bool) -> None:
    """Write everything the office keeps into one file: all tables, and the encrypted keys. The office may go on."""
    if target.exists():
        raise click.UsageError(f"{target} is there already; give another name.")
    secret = door.settings.data_dir / _SECRET
    if with_secret and not secret.exists():
        raise click.UsageError("The key secret came from VOLTPASS_KEY_SECRET: keep it where it is kept now.")
    made = make_backup(
        door.sessions.engine,
        target,
        key_directory=door.settings.key_directory,
        secret_file=secret if with_secret else None,
        now=door.clock(),
    )
    click.echo(f"{target}: {made.rows} rows, {made.keys} key files, {made.size / 1e6:.1f} MB.")
    if not made.has_secret:
        click.echo("The key secret is not in it. Keep it elsewhere: without it the keys cannot be opened again.")


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def restore_command(door: Door, source: Path) -> None:
    """Put a backup back into an empty data directory (VOLTPASS_DATA) and an empty database."""
    with opened_backup(source) as backup:
        _put_secret(door, backup)
        sessions = open_sessions(door.settings.database_url)
        room = KeyRoom(directory=door.settings.key_directory, secret=door.settings.key_secret)
        rows = backup.put_back(
            sessions.writing_engine, door.settings.key_directory, lambda connection: _try_keys(connection, room)
        )
    click.echo(f"{rows} rows are back, and every key in use opens. Look at the rest with: voltpass doctor")


def _put_secret(door: Door, backup: Backup) -> None:
    """The backup's own key secret, where none is given and none was made yet."""
    path = data_directory(door.env) / _SECRET
    if not backup.has_secret or door.env.get("VOLTPASS_KEY_SECRET") or path.exists():
        return
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(backup.secret())


def _try_keys(connection: Connection, room: KeyRoom) -> None:
    """Open every provider's keys: a wrong secret is found now, not at the next award."""
    with Session(connection) as session:
        for provider in session.scalars(select(ProviderRecord)):
            try:
                open_signers(session, provider, room)
            except NoSigningKey:
                continue  # had none when the backup was made either
