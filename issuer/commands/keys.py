"""``voltpass keys``: the life of a provider's keys."""

from __future__ import annotations

from collections.abc import Iterable

import click

from issuer.catalogue.find import get_provider
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.signing.provider_keys import create_keys, keys_of, rotate_keys
from issuer.signing.records import SigningKeyRecord
from issuer.status.indexes import find_free_index, open_list


@click.group("keys")
def keys_group() -> None:
    """Make, replace and list the keys of a provider."""


@keys_group.command("create")
@click.argument("provider")
@click.pass_obj
def create_command(door: Door, provider: str) -> None:
    """Make the first pair of keys, and the first status list."""
    office = door.office
    with transaction(office.sessions) as session:
        record = get_provider(session, provider)
        made = create_keys(session, record, office.desk.keys, now=office.clock())
        if find_free_index(session, record.id, office.desk.chance) is None:
            open_list(session, record, office.desk.base_url, office.desk.chance, now=office.clock())
        _say(made)


@keys_group.command("rotate")
@click.argument("provider")
@click.pass_obj
def rotate_command(door: Door, provider: str) -> None:
    """Retire the keys in use and make new ones; what the old ones signed goes on verifying."""
    office = door.office
    with transaction(office.sessions) as session:
        _say(rotate_keys(session, get_provider(session, provider), office.desk.keys, now=office.clock()))


@keys_group.command("list")
@click.argument("provider")
@click.pass_obj
def list_command(door: Door, provider: str) -> None:
    """List every key the provider ever had, oldest first."""
    with reading(door.office.sessions) as session:
        _say(keys_of(session, get_provider(session, provider)))


def _say(records: Iterable[SigningKeyRecord]) -> None:
    for record in records:
        until = f"until {record.used_until:%Y-%m-%d %H:%M:%S}Z" if record.used_until else "in use"
        click.echo(f"{record.algorithm:<8} {record.public_key}  from {record.used_from:%Y-%m-%d %H:%M:%S}Z  {until}")
