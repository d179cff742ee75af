"""``voltpass verify``: the gate's command, at the gate of this platform."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import click

from issuer.commands.door import Door
from verifier.cli import Demands, gate_policy, verify_command
from verifier.fetcher import Fetcher
from verifier.policy import Policy


def platform_policy(demands: Demands) -> Policy:
    """Our own documents at hand, our own trust list unless another is named; offline nothing from the network.

    Where there is no office yet, the gate stands alone.
    """
    door = click.get_current_context().find_object(Door)
    if door is None or door.is_new:
        return gate_policy(demands)
    policy = door.office.policy()
    if demands.is_offline:
        policy = replace(policy, documents=Fetcher(published=door.office.documents.find))
    return policy if demands.trust is None else replace(policy, trust=demands.trust)


platform_verify_command: Final = verify_command(platform_policy)
