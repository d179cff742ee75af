"""``voltpass report``: figures."""

from __future__ import annotations

import json

import click

from issuer.alliance.kpi import count_certifications
from issuer.commands.door import Door
from issuer.database import reading


@click.group("report")
def report_group() -> None:
    """Print figures of what was issued."""


@report_group.command("kpi")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def kpi_command(door: Door, as_json: bool) -> None:
    """Count successful certifications: by programme, achievement, provider, country, region and month."""
    with reading(door.sessions) as session:
        figures = count_certifications(session).to_json()
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=1))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for key, count in value.items():
                click.echo(f"  {key:<24} {count:>7}")
        else:
            click.echo(f"{name}: {value}")
