"""``voltpass staff``: who works at a provider, for the first administrator and for emergencies."""

from __future__ import annotations

from typing import Final

import click
from sqlalchemy.orm import Session

from issuer.accounts.actor import COMMAND
from issuer.accounts.desk import AccountDesk
from issuer.accounts.factors import forget_factors
from issuer.accounts.invitations import invite
from issuer.accounts.own_account import make_link
from issuer.accounts.post import Notice
from issuer.accounts.roles import Role
from issuer.accounts.staff import change_roles, find_by_email, members_of, remove_member
from issuer.catalogue.find import get_provider
from issuer.commands.door import Door
from issuer.console.staff_mail import staff_post
from issuer.database import reading, transaction

_ROLES: Final = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="What they may do; may be given several times.",
)


@click.group("staff")
def staff_group() -> None:
    """Invite, list and remove the people who work at a provider."""


@staff_group.command("add")
@click.argument("provider")
@click.argument("email")
@_ROLES
@click.pass_obj
def add_command(door: Door, provider: str, email: str, roles: tuple[str, ...]) -> None:
    """Invite somebody to a provider, and print the link behind which they choose name and password.

    The link goes out by mail too; it is good once and for 7 days.
    """
    office, links = door.office, []
    post = staff_post(office)

    def post_and_note(session: Session, notice: Notice) -> None:
        links.append(notice.facts["link"])
        post(session, notice)

    with transaction(office.sessions) as session:
        invited = invite(
            session,
            _desk(door),
            COMMAND,
            provider,
            email,
            roles=[Role(role) for role in roles],
            post=post_and_note,
            now=office.clock(),
        )
        address = invited.email
    click.echo(f"{office.settings.base_url}{links[0]}")
    click.echo(f"Give this link to {address} and to nobody else; the mail with it is on its way.", err=True)


@staff_group.command("list")
@click.argument("provider")
@click.pass_obj
def list_command(door: Door, provider: str) -> None:
    """List who works at a provider, with their roles."""
    office = door.office
    with reading(office.sessions) as session:
        for member in members_of(session, _desk(door), get_provider(session, provider)):
            factor = "second factor" if member.has_second_factor else "no second factor"
            click.echo(f"{member.email:<40} {','.join(member.roles):<28} {factor:<17} {member.name}")


@staff_group.command("role")
@click.argument("provider")
@click.argument("email")
@_ROLES
@click.pass_obj
def role_command(door: Door, provider: str, email: str, roles: tuple[str, ...]) -> None:
    """Give somebody exactly these roles."""
    office = door.office
    with transaction(office.sessions) as session:
        number = find_by_email(session, get_provider(session, provider), email).id
        wanted = [Role(role) for role in roles]
        member = change_roles(session, _desk(door), COMMAND, provider, number, roles=wanted, now=office.clock())
    click.echo(f"{member.email} is {', '.join(member.roles)} at {provider}.")


@staff_group.command("end")
@click.argument("provider")
@click.argument("email")
@click.pass_obj
def end_command(door: Door, provider: str, email: str) -> None:
    """Let somebody go: every session ends at once."""
    office = door.office
    with transaction(office.sessions) as session:
        number = find_by_email(session, get_provider(session, provider), email).id
        remove_member(session, COMMAND, provider, number, now=office.clock())
    click.echo(f"{email} no longer works at {provider}.")


@staff_group.command("reset")
@click.argument("provider")
@click.argument("email")
@click.pass_obj
def reset_command(door: Door, provider: str, email: str) -> None:
    """Help somebody who lost password and second factor: forget both factors, end all sessions, print a link.

    Make sure first that it is really them: whoever has the link has the account.
    """
    office = door.office
    with transaction(office.sessions) as session:
        staff = find_by_email(session, get_provider(session, provider), email)
        forget_factors(session, COMMAND, staff, now=office.clock())
        token = make_link(session, _desk(door), staff, now=office.clock())
    click.echo(f"{office.settings.base_url}/console/password/new/{token}")
    click.echo(
        "The link is good once and for an hour. At the next sign-in a second factor is asked for anew.", err=True
    )


def _desk(door: Door) -> AccountDesk:
    office = door.office
    return AccountDesk.of(office.settings, office.sessions, office.desk.chance)
