"""The command line: one program for everything that can be done without a browser."""

from __future__ import annotations

import os
from typing import Final

import click

from issuer.commands.door import Door, PlainGroup

COMMANDS: Final = {
    "issue": "issuer.commands.issue:issue_command",
    "verify": "issuer.commands.verify:platform_verify_command",
    "revoke": "issuer.commands.changes:revoke_command",
    "suspend": "issuer.commands.changes:suspend_command",
    "reinstate": "issuer.commands.changes:reinstate_command",
    "supersede": "issuer.commands.changes:supersede_command",
    "mail": "issuer.commands.mail:mail_group",
    "bundle": "issuer.commands.bundle:bundle_command",
    "keys": "issuer.commands.keys:keys_group",
    "staff": "issuer.commands.staff:staff_group",
    "token": "issuer.commands.token:token_group",
    "catalogue": "issuer.commands.catalogue:catalogue_group",
    "report": "issuer.commands.report:report_group",
    "seed": "issuer.commands.demo:seed_group",
    "demo": "issuer.commands.demo:demo_command",
    "serve": "issuer.commands.serve:serve_command",
    "worker": "issuer.commands.worker:worker_command",
    "work": "issuer.commands.work:work_group",
    "backup": "issuer.commands.backup:backup_command",
    "restore": "issuer.commands.backup:restore_command",
    "doctor": "issuer.commands.doctor:doctor_command",
}


@click.group(cls=PlainGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """Voltpass: micro-credentials that prove themselves."""
    if ctx.obj is None:
        ctx.obj = Door(os.environ)
