"""``voltpass bundle``: what a gate without a network needs, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from issuer.alliance.bundle import make_bundle
from issuer.commands.door import Door
from issuer.commands.outputs import write_whole
from issuer.database import reading


@click.command("bundle")
@click.option(
    "--out", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write it."
)
@click.pass_obj
def bundle_command(door: Door, out: Path) -> None:
    """Write everything a gate looks up into one signed, dated file.

    Take it to a machine without a network and verify there: verify ITEM --offline --trust FILE --keeper-key KEY. After
    seven days it is too old to call anything valid.
    """
    office = door.office
    now = office.clock()
    with reading(office.sessions) as session:
        body, multikey = make_bundle(
            session, office.documents.find, office.desk.signers, base_url=office.settings.base_url, now=now
        )
    write_whole(out, body)
    click.echo(f"{out}: as of {now:%Y-%m-%d %H:%M:%S}Z, {len(body)} bytes")
    click.echo(f"keeper's key: {multikey}")
