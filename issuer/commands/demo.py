"""``voltpass seed`` and ``voltpass demo``: load the demonstration, and say where to look."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from issuer.alliance.kpi import count_certifications
from issuer.commands.door import Door
from issuer.database import reading
from issuer.demo.links import find_tokens, is_seeded
from issuer.demo.staff import PASSWORD_FILE, demo_staff, read_demo_password

_SHOWN: Final = ("vbk-goteborg", "asa-demo-office")
"""Whose staff is printed; one provider and the office are enough to begin with."""


@click.group("seed")
def seed_group() -> None:
    """Load data that comes with the program."""


@seed_group.command("demo")
@click.pass_obj
def seed_demo_command(door: Door) -> None:
    """Load PASS and VOLTAGE with invented providers and people, and issue their award files. Safe to repeat."""
    with reading(door.sessions) as session:
        done = is_seeded(session)
    if not done:
        # loaded only now: a second start need not wait for the press and the gate
        import_module("issuer.demo.seed").seed_demo(door.office)
    _say(door)


@seed_group.command("catalogue")
@click.pass_obj
def seed_catalogue_command(door: Door) -> None:
    """Load the demonstration's programmes, badges and providers with keys, and issue nothing. Safe to repeat."""
    import_module("issuer.demo.seed").load_demo(door.office)
    click.echo("The catalogue of the demonstration is loaded; nothing is issued.")


@click.command("demo")
@click.pass_obj
def demo_command(door: Door) -> None:
    """Print the links of the demonstration."""
    _say(door)


def _say(door: Door) -> None:
    with reading(door.sessions) as session:
        tokens = find_tokens(session)
        figures = count_certifications(session)
    base_url = door.settings.base_url
    lines = (
        ("Start here", ""),
        ("A badge that holds", f"v/{tokens.valid}"),
        ("its certificate", f"v/{tokens.valid}.pdf"),
        ("A revoked badge", f"v/{tokens.revoked}"),
        ("A suspended badge", f"v/{tokens.suspended}"),
        ("An expired badge", f"v/{tokens.expired}"),
        ("Check any badge", "verify"),
    )
    click.echo(
        f"Demonstration: {figures.certifications_total} badges for {figures.distinct_learners} learners; "
        "all providers, courses and people are invented."
    )
    for label, path in lines:
        click.echo(f"  {label:<20} {base_url}/{path}")
    click.echo("The three badges that do not hold are specimens. Learners need no account: they have their link.")
    _say_staff(door)


def _say_staff(door: Door) -> None:
    password = read_demo_password(door.settings.data_dir)
    if password is None or not door.settings.development:
        return
    click.echo(f"\nSign in as provider staff: {door.settings.base_url}/console")
    for person in demo_staff():
        if person.provider_slug in _SHOWN:
            click.echo(f"  {person.email:<38} {person.role:<14} {person.name}, {person.provider_slug}")
    click.echo(
        f"  password of all: {password}   (on this machine only, without a second factor; kept in\n"
        f"  {door.settings.data_dir / 'secrets' / PASSWORD_FILE})\n"
        "The other providers' staff: voltpass staff list ota-ostalb. Without a browser, providers issue at the shell:\n"
        "  .venv/bin/voltpass issue vbk-goteborg FILE --out out/"
    )
