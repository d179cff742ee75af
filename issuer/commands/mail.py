"""``voltpass mail``: what came back later, and reminders, for those who look after the mail server."""

from __future__ import annotations

from pathlib import Path

import click

from issuer.catalogue.find import get_provider
from issuer.commands.door import Door, PlainGroup
from issuer.database import reading, transaction
from issuer.delivery.bounces import LARGEST, note_report
from issuer.delivery.reminders import remind_due


@click.group("mail", cls=PlainGroup)
def mail_group() -> None:
    """Mails to learners: note what came back, remind who has not opened."""


@mail_group.command("bounce")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def bounce_command(door: Door, /, file: Path) -> None:
    """Note a mail server's report that a mail could not be delivered.

    FILE is the report as it arrived (a message of type multipart/report). Let the mail server pipe what arrives at the
    address of VOLTPASS_MAIL_FROM into a file, and hand it to this command.
    """
    with file.open("rb") as report:
        data = report.read(LARGEST)
    office = door.office
    with transaction(office.sessions) as session:
        mail = note_report(session, data, now=office.clock())
        said = "It is only late, or was known already." if mail is None else f"Mail {mail.id} is noted as come back."
    click.echo(said)


@mail_group.command("remind")
@click.argument("provider")
@click.pass_obj
def remind_command(door: Door, /, provider: str) -> None:
    """Remind learners of PROVIDER whose mail went two weeks ago and was not opened; each once, as workers do too."""
    office, total = door.office, 0
    with reading(office.sessions) as session:
        number = get_provider(session, provider).id
    while count := remind_due(office, number):
        total += count
    click.echo(f"{total} {'learner is' if total == 1 else 'learners are'} reminded.")
