"""``voltpass report``: figures."""

from __future__ import annotations

import json
from datetime import date

import click

from issuer.alliance.figures import Scope
from issuer.alliance.kpi import count_certifications
from issuer.catalogue.find import get_provider
from issuer.commands.door import Door
from issuer.database import reading


class Day(click.ParamType[date]):
    """A day as 2026-10-16."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day, or say how to write one."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write 2026-10-16.", param, ctx)


@click.group("report")
def report_group() -> None:
    """Print figures of what was issued."""


@report_group.command("kpi")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--from", "first", type=Day(), help="Count what was completed on this day or later.")
@click.option("--to", "last", type=Day(), help="Count what was completed on this day or earlier.")
@click.option("--provider", help="Count one provider alone, named by its slug.")
@click.pass_obj
def kpi_command(door: Door, as_json: bool, first: date | None, last: date | None, provider: str | None) -> None:
    """Count successful certifications: by programme, achievement, provider, country, region and month.

    The figures are exact; small cells must be hidden before they are published.
    """
    with reading(door.sessions) as session:
        slug = get_provider(session, provider).slug if provider else None
        scope = Scope(provider_slug=slug, completed_from=first, completed_to=last)
        figures = count_certifications(session, scope).to_json()
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
