"""``voltpass revoke``, ``suspend``, ``reinstate``, ``supersede``: what becomes of an issued credential."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from sqlalchemy.orm import Session

from issuer.accounts.actor import COMMAND
from issuer.awards.find import get_credential
from issuer.awards.reasons import StatusReason
from issuer.awards.supersede import Correction
from issuer.badges.change import Deed, Errand, Order, change_badge, correct_badge
from issuer.commands.door import Door
from issuer.database import transaction

_F = TypeVar("_F", bound=Callable[..., Any])

_REASON: Final = click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in StatusReason]),
    help="Why; other needs --note.",
)
_NOTE: Final = click.option("--note", default="", metavar="TEXT", help="What happened, for the office's own file.")


def _change(deed: Deed, said: str, help_text: str) -> click.Command:
    @click.command(deed.value, help=help_text)
    @click.argument("reference", metavar="ID")
    @_REASON
    @_NOTE
    @click.pass_obj
    def command(door: Door, reference: str, reason: str, note: str) -> None:
        office = door.office
        with transaction(office.sessions) as session:
            order = Order(deed=deed, reason=StatusReason(reason), note=note)
            record = change_badge(session, reference, order, _errand(session, door, reference))
            click.echo(f"{record.credential_id} {said}. {office.desk.link(record.token)}")

    return command


def _errand(session: Session, door: Door, reference: str) -> Errand:
    """The command line acts for whichever provider issued the badge; raises UnknownCredential."""
    provider = get_credential(session, reference).provider
    return Errand(actor=COMMAND, provider=provider, desk=door.office.desk, now=door.office.clock())


revoke_command: Final = _change(Deed.REVOKE, "is revoked", "Take a credential back for good. ID is its id or its link.")
suspend_command: Final = _change(
    Deed.SUSPEND, "is suspended", "Suspend a credential for the time being. ID is its id or its link."
)
reinstate_command: Final = _change(
    Deed.REINSTATE, "holds again", "End a suspension. ID is the credential's id or its link."
)


@click.command("supersede")
@click.argument("reference", metavar="ID")
@_REASON
@_NOTE
@click.option("--given-name", metavar="NAME", help="The corrected given name.")
@click.option("--family-name", metavar="NAME", help="The corrected family name.")
@click.option("--result", metavar="RESULT", help="The corrected result, on the scale of the achievement.")
@click.pass_obj
def supersede_command(door: Door, /, reference: str, reason: str, note: str, **corrected: str | None) -> None:
    """Replace a credential by a corrected one. ID is its id or its link."""
    office = door.office
    with transaction(office.sessions) as session:
        errand = _errand(session, door, reference)
        new = correct_badge(session, reference, Correction(**corrected), (StatusReason(reason), note), errand)
        old_id = new.supersedes.credential_id if new.supersedes else reference
        click.echo(f"{old_id} is replaced by {new.credential_id}. {office.desk.link(new.token)}")
