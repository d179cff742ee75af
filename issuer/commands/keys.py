"""``voltpass keys``: the life of a provider's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from issuer.accounts.actor import COMMAND
from issuer.awards.distrust import Affected, ReissueState, list_affected, reissue_affected
from issuer.awards.find import get_credential
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.seals import count_seals
from issuer.badges.ceremony import begin_keys, distrust_since, end_key, replace_keys
from issuer.badges.change import Errand, reissue_badge
from issuer.catalogue.find import get_provider
from issuer.commands.door import NOT_DONE, Door
from issuer.database import reading, transaction
from issuer.desk import Desk
from issuer.signing.key_life import get_key
from issuer.signing.provider_keys import keys_of
from issuer.signing.records import SigningKeyRecord
from keys.instant import read_instant

_SAID = {
    ReissueState.AFFECTED: "to be issued anew",
    ReissueState.REISSUED: "issued anew:",
    ReissueState.REPLACED_BEFORE: "replaced by",
    ReissueState.SUSPENDED: "is suspended; reinstate or revoke it, then run this again",
    ReissueState.REFUSED: "was not issued anew:",
}


class Moment(click.ParamType[datetime]):
    """A moment with its time zone; a day alone is its beginning in UTC."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the moment, or say how to write one."""
        if isinstance(value, datetime):
            return value
        try:
            return read_instant(value if "T" in value else f"{value}T00:00:00Z").astimezone(UTC)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-10-16 or 2026-10-16T12:00:00Z.", param, ctx)


@click.group("keys")
def keys_group() -> None:
    """Make, replace, distrust and list the keys of a provider."""


@keys_group.command("create")
@click.argument("provider")
@click.pass_obj
def create_command(door: Door, provider: str) -> None:
    """Make the first pair of keys, and the first status list."""
    office = door.office
    with transaction(office.sessions) as session:
        _say(begin_keys(session, _errand(session, door, provider)))


@keys_group.command("rotate")
@click.argument("provider")
@click.pass_obj
def rotate_command(door: Door, provider: str) -> None:
    """Retire the keys in use and make new ones; what the old ones signed goes on verifying."""
    office = door.office
    with transaction(office.sessions) as session:
        _say(replace_keys(session, _errand(session, door, provider)))


@keys_group.command("retire")
@click.argument("provider")
@click.argument("key")
@click.option("--successor", metavar="URI", help="A key that exists already, as in a hardware token: pkcs11:…")
@click.pass_obj
def retire_command(door: Door, provider: str, key: str, successor: str | None) -> None:
    """Take one key out of use and make its successor; what it signed goes on verifying. KEY as the list shows it."""
    office = door.office
    with transaction(office.sessions) as session:
        errand = _errand(session, door, provider)
        old = get_key(session, errand.provider, key)
        _say([old, end_key(session, errand, old, successor=successor)])


@keys_group.command("distrust")
@click.argument("provider")
@click.argument("key")
@click.option("--since", required=True, type=Moment(), help="When the key may have been stolen: 2026-10-16T12:00:00Z.")
@click.option("--reissue", is_flag=True, help="Issue anew, with the new key, what is listed. May be run again.")
@click.pass_context
def distrust_command(ctx: click.Context, provider: str, key: str, since: datetime, reissue: bool) -> None:
    """Distrust a key from a time on: what is on record from before stays valid, everything later fails.

    Lists the credentials that the office itself sealed with the key since, with holder and link.
    """
    office = ctx.obj.office
    with transaction(office.sessions) as session:
        errand = _errand(session, ctx.obj, provider)
        stolen = get_key(session, errand.provider, key)
        successor = distrust_since(session, errand, stolen, since)
        _say([stolen] if successor is None else [stolen, successor])
        affected = list_affected(session, stolen, office.desk)
    states: Counter[ReissueState] = Counter()
    again = reissue_affected(office.sessions, office.desk, stolen, office.clock, _issue_anew)
    for each in again if reissue else affected:
        states[each.state] += 1
        _say_affected(each)
    click.echo(", ".join(f"{count} {state.value}" for state, count in states.items()) or "No holder is affected.")
    if states[ReissueState.REFUSED]:
        ctx.exit(NOT_DONE)


@keys_group.command("list")
@click.argument("provider")
@click.pass_obj
def list_command(door: Door, provider: str) -> None:
    """List every key the provider ever had, oldest first: its time, and how many credentials it sealed."""
    with reading(door.office.sessions) as session:
        record = get_provider(session, provider)
        _say(keys_of(session, record), count_seals(session, record.id))


def _errand(session: Session, door: Door, provider: str) -> Errand:
    office = door.office
    return Errand(actor=COMMAND, provider=get_provider(session, provider), desk=office.desk, now=office.clock())


def _issue_anew(
    session: Session, credential_id: str, desk: Desk, *, now: datetime, note: str
) -> IssuedCredentialRecord:
    """Issue a badge anew, and have its holder told."""
    provider = get_credential(session, credential_id).provider
    return reissue_badge(session, credential_id, note, Errand(actor=COMMAND, provider=provider, desk=desk, now=now))


def _say(records: Iterable[SigningKeyRecord], counts: Mapping[str, int] | None = None) -> None:
    for record in records:
        until = f"until {_moment(record.used_until)}" if record.used_until else "in use"
        said = f"{record.algorithm:<8} {record.public_key}  from {_moment(record.used_from)}  {until}"
        if record.distrusted_since is not None:
            said += f"  distrusted since {_moment(record.distrusted_since)}"
        if counts is not None:
            said += f"  sealed {counts.get(record.thumbprint, 0)}"
        click.echo(said)


def _say_affected(each: Affected) -> None:
    said = " ".join(filter(None, (_SAID[each.state], each.new_link, each.problem)))
    click.echo(f"{each.credential_id}  {each.name}  {each.link}  {said}")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
