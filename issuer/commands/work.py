"""``voltpass work``: what does not get done and why, and trying it again."""

from __future__ import annotations

import click

from issuer.commands.door import Door, PlainGroup
from issuer.database import reading, transaction
from issuer.work.standing import list_troubles, try_again


@click.group("work", cls=PlainGroup)
def work_group() -> None:
    """Work that waits after a failed try or was given up: see it, try it again."""


@work_group.command("list")
@click.pass_obj
def list_command(door: Door) -> None:
    """List what was given up or waits after a failed try: its number, what, which, why, since when, and the next try.

    At most a hundred, what was given up first. Ids lead to what the work is about; no name and no address is shown.
    """
    with reading(door.sessions) as session:
        troubles = list_troubles(session)
    for each in troubles:
        which = " ".join(f"{name}:{value}" for name, value in each.payload.items())
        after = f"next {each.next_try_at:%Y-%m-%d %H:%M}Z" if each.next_try_at else "given up"
        since = f"since {each.since:%Y-%m-%d %H:%M}Z"
        click.echo(f"{each.work_id:>8}  {each.kind}  {which}  {each.problem}  {since}  tries {each.tries}  {after}")
    if not troubles:
        click.echo("Nothing is held up and nothing was given up.")


@work_group.command("again")
@click.argument("number", type=click.IntRange(min=1))
@click.pass_obj
def again_command(door: Door, number: int) -> None:
    """Try at once what waits or was given up; NUMBER as the list shows it. It is never done twice."""
    with transaction(door.sessions) as session:
        try_again(session, number, now=door.clock())
    click.echo(f"Work {number} is tried again at once.")
