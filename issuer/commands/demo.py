"""``voltpass seed`` and ``voltpass demo``: load the demonstration, and say where to look."""

from __future__ import annotations

from importlib import import_module

import click

from issuer.alliance.kpi import count_certifications
from issuer.commands.door import Door
from issuer.database import reading
from issuer.demo.links import find_tokens, is_seeded


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
    click.echo(
        "The three badges that do not hold are specimens. Nobody needs to sign in yet: learners have their link,\n"
        "providers issue at the shell:  .venv/bin/voltpass issue vbk-goteborg FILE --out out/"
    )
