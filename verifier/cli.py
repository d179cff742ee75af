"""`verify`: examine files, folders, archives and links from a shell. `python -m verifier` needs no office."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from credentials.errors import CredentialError
from credentials.strict_json import parse_json
from keys.errors import KeyMaterialError
from keys.public_key import PublicKey
from verifier.cli_items import Item, find_missing, open_out
from verifier.cli_words import in_words, plain, tally
from verifier.errors import TrustListRejected
from verifier.examine import Examination, Received, examine_received
from verifier.fetcher import Fetcher
from verifier.limits import Limits
from verifier.network import NetworkDoor
from verifier.policy import Policy
from verifier.reasons import Outcome
from verifier.trust import TrustList, open_trust_list

ALL_VALID: Final = 0
SOME_NOT_VALID: Final = 1
SOME_NOT_CHECKED: Final = 3
_AHEAD: Final = 2 * max(2, os.cpu_count() or 2)
"""So many items are read before the one that is being verified, so that reading and verifying overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What the person at the command line wants of the policy; `trust` is None when no list was named."""

    is_offline: bool
    trust: TrustList | None
    now: datetime


PolicyFactory = Callable[[Demands], Policy]


def gate_policy(demands: Demands) -> Policy:
    """The policy of a gate that stands alone: documents from the network, and nobody trusted unless a list says so."""
    network = None if demands.is_offline else NetworkDoor()
    nobody = TrustList(entries=(), signed_at=demands.now, keeper="nobody: no trust list was named (--trust)")
    return Policy(documents=Fetcher(network=network), trust=demands.trust or nobody)


def verify_command(make_policy: PolicyFactory, *, limits: Limits | None = None) -> click.Command:
    """The command under a policy of the caller's making, which is called once."""
    bounds = limits or Limits()

    @click.command("verify")
    @click.argument("items", metavar="ITEM...", nargs=-1, required=True)
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object per item.")
    @click.option("--offline", is_flag=True, help="Ask nothing on the network.")
    @click.option("--trust", metavar="FILE", type=_FILE, help="Trust list: signed (with --keeper-key) or plain JSON.")
    @click.option("--keeper-key", metavar="KEY", help="Public key of who signed the trust list: Multikey, JWK or file.")
    @click.option("--at", metavar="TIME", help="Verify as of this time: 2026-10-16 or 2026-10-16T12:00:00Z.")
    def command(
        items: tuple[str, ...], as_json: bool, offline: bool, trust: Path | None, keeper_key: str | None, at: str | None
    ) -> None:
        """Examine certificates, badges and links, and say what each is worth and why.

        ITEM is a PDF, PNG, SVG, JSON or JWT file, a photo of a QR code, a folder, a ZIP archive, a link, or - for
        standard input. Exit status: 0 all valid, 1 some not valid, 2 wrong usage, 3 some could not be checked.
        """
        for missing in find_missing(items):
            raise click.UsageError(f"{missing}: there is no such file or folder.")
        now = _moment(at)
        policy = make_policy(Demands(is_offline=offline, trust=_trust(trust, keeper_key, now), now=now))
        examined = _examine_all(open_out(items, sys.stdin.buffer, bounds), policy, now, bounds)
        sys.exit(_print_json(examined) if as_json else _print_words(examined))

    return command


_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def _examine_all(items: Iterable[Item], policy: Policy, now: datetime, limits: Limits) -> Iterator[Examination]:
    """Examine in order: threads read ahead (in the glovebox), this thread verifies."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as readers:
        waiting: deque[tuple[Item, Future[Received]]] = deque()
        for item in items:
            waiting.append((item, readers.submit(item.read)))
            if len(waiting) > _AHEAD:
                yield from _examine_next(waiting, policy, now, limits)
        while waiting:
            yield from _examine_next(waiting, policy, now, limits)


def _examine_next(
    waiting: deque[tuple[Item, Future[Received]]], policy: Policy, now: datetime, limits: Limits
) -> Iterator[Examination]:
    item, future = waiting.popleft()
    received = future.result()
    if item.is_beside_the_point(received):
        click.echo(f"{plain(item.name)}: not a certificate, passed over", err=True)
        return
    yield examine_received(received, policy, now=now, limits=limits)


def _print_words(examined: Iterable[Examination]) -> int:
    verdicts, outcomes = [], []
    for examination in examined:
        click.echo(in_words(examination))
        verdicts.append(examination.report.verdict)
        outcomes.append(examination.report.outcome)
    if len(verdicts) > 1:
        click.echo(tally(verdicts))
    return _exit_status(outcomes)


def _print_json(examined: Iterable[Examination]) -> int:
    outcomes: list[Outcome] = []
    click.echo("[", nl=False)
    for examination in examined:
        click.echo(",\n " if outcomes else "", nl=False)
        click.echo(json.dumps(examination.to_json(), ensure_ascii=False), nl=False)
        outcomes.append(examination.report.outcome)
    click.echo("]")
    return _exit_status(outcomes)


def _exit_status(outcomes: list[Outcome]) -> int:
    """FAILED beats INDETERMINATE beats PASSED, and nothing at all has not passed."""
    if Outcome.FAILED in outcomes:
        return SOME_NOT_VALID
    return ALL_VALID if outcomes and set(outcomes) == {Outcome.PASSED} else SOME_NOT_CHECKED


def _moment(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as exc:
        raise click.UsageError(f"--at {at}: not a time; write 2026-10-16 or 2026-10-16T12:00:00Z.") from exc
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _trust(file: Path | None, keeper_key: str | None, now: datetime) -> TrustList | None:
    if file is None:
        if keeper_key is not None:
            raise click.UsageError("--keeper-key belongs to a --trust FILE.")
        return None
    try:
        text = file.read_text(encoding="utf-8").strip()
        if keeper_key is not None:
            return open_trust_list(text, _public_key(keeper_key), looked_at=str(file))
        return _vouched_for(text, now)
    except (OSError, UnicodeDecodeError, TrustListRejected, CredentialError, KeyMaterialError) as exc:
        raise click.UsageError(f"--trust {file}: {exc}") from exc


def _vouched_for(text: str, now: datetime) -> TrustList:
    """A list without signature, which whoever runs the command answers for: the claims of one, or its entries alone."""
    if text.startswith("["):
        heading = f'"iss": "whoever runs this command", "iat": {int(now.timestamp())}'
        text = f'{{{heading}, "issuers": {text}}}'
    if not text.startswith("{"):
        raise TrustListRejected("the list is signed; name its keeper's key with --keeper-key")
    return TrustList.from_json(parse_json(text))


def _public_key(spelled: str) -> PublicKey:
    """A key as Multikey (z…), as JWK, or as the name of a file that holds either."""
    text = spelled.strip()
    if not text.startswith(("z", "{")) or Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8").strip()
    return PublicKey.from_jwk(parse_json(text)) if text.startswith("{") else PublicKey.from_multikey(text)
