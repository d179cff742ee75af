"""``voltpass verify``: the gate's command, at the gate of this platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import click

from issuer.alliance.keeper import keeper_keys, seal_receipt
from issuer.commands.door import Door
from keys.public_key import PublicKey
from verifier.bundle import BundleRejected
from verifier.cli import Demands, House, bundle_policy, gate_policy, verify_command
from verifier.fetcher import Fetcher
from verifier.policy import Policy
from verifier.report import VerificationReport


def platform_policy(demands: Demands) -> Policy:
    """Our own documents at hand, our own trust list unless another is named; offline nothing from the network.

    Out of a bundle, what it holds and nothing of our own. Where there is no office yet, the gate stands alone.
    """
    door = _office_door()
    if demands.bundle is not None:
        return bundle_policy(demands.bundle)
    if door is None:
        return gate_policy(demands)
    policy = door.office.policy()
    if demands.is_offline:
        policy = replace(policy, documents=Fetcher(published=door.office.documents.find))
    return policy if demands.trust is None else replace(policy, trust=demands.trust)


def _keeper_keys(moment: datetime) -> Sequence[PublicKey]:
    """The keys by which this office's own bundles are known."""
    door = _office_door()
    if door is None:
        raise BundleRejected("the bundle is signed; name its keeper's key with --keeper-key")
    return keeper_keys(door.sessions, moment)


def _seal_receipt(report: VerificationReport) -> str:
    """Sign with the key of the alliance office."""
    door = _office_door()
    if door is None:
        raise click.UsageError("--receipt: there is no office here whose key could sign receipts.")
    return seal_receipt(door.office.sessions, door.office.desk.signers, report)


def _office_door() -> Door | None:
    door = click.get_current_context().find_object(Door)
    return None if door is None or door.is_new else door


def _now() -> datetime:
    door = click.get_current_context().find_object(Door)
    return House().clock() if door is None else door.clock()


platform_verify_command: Final = verify_command(
    platform_policy, house=House(keeper_keys=_keeper_keys, seal_receipt=_seal_receipt, clock=_now)
)
