"""``voltpass token``: access for a provider's own programs."""

from __future__ import annotations

import click

from issuer.accounts.actor import COMMAND
from issuer.accounts.token_desk import end_token, give_token
from issuer.accounts.tokens import Scope, tokens_of
from issuer.catalogue.find import get_provider
from issuer.commands.door import Door
from issuer.database import reading, transaction


@click.group("token")
def token_group() -> None:
    """Make, list and revoke the access tokens of a provider."""


@token_group.command("create")
@click.argument("provider")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    required=True,
    multiple=True,
    help="What it may do; may be given several times.",
)
@click.option("--days", type=int, default=90, show_default=True, help="How long it is good for.")
@click.pass_obj
def create_command(door: Door, provider: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token and print it, once: only a hash of it is kept."""
    office = door.office
    with transaction(office.sessions) as session:
        get_provider(session, provider)  # says which providers there are, when there is none of this name
        wanted = [Scope(scope) for scope in scopes]
        record, text = give_token(
            session, COMMAND, provider, wanted, chance=office.desk.chance, days=days, now=office.clock()
        )
    click.echo(text)
    click.echo(f"Good until {record.expires_at:%Y-%m-%d %H:%M}Z. Keep it safe: it is not shown again.", err=True)


@token_group.command("list")
@click.argument("provider")
@click.pass_obj
def list_command(door: Door, provider: str) -> None:
    """List the names of the tokens, what they may do and until when."""
    now = door.clock()
    with reading(door.sessions) as session:
        for record in tokens_of(session, get_provider(session, provider)):
            state = "expired" if record.expires_at <= now else "in use"
            if record.revoked_at is not None:
                state = f"revoked {record.revoked_at:%Y-%m-%d %H:%M}Z"
            click.echo(f"{record.name}  {record.scope:<16} until {record.expires_at:%Y-%m-%d %H:%M}Z  {state}")


@token_group.command("revoke")
@click.argument("provider")
@click.argument("name")
@click.pass_obj
def revoke_command(door: Door, provider: str, name: str) -> None:
    """End a token now, by the name that the list shows."""
    with transaction(door.sessions) as session:
        get_provider(session, provider)
        record = end_token(session, COMMAND, provider, name, now=door.clock())
    click.echo(f"{record.name} is revoked.")
