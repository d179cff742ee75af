"""`verify`: examine files, folders, archives and links from a shell. `python -m verifier` needs no office."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from verifier.bundle import Bundle, KeysAt
from verifier.cli_items import Item, find_missing, open_out
from verifier.cli_receipts import ReceiptFolder, SealReceipt
from verifier.cli_recipient import OUTCOMES, check_address, recipient_in_words, recipient_of
from verifier.cli_trust import read_trust
from verifier.cli_words import in_words, plain, tally
from verifier.examine import Examination, Received, examine_received
from verifier.fetcher import Fetcher
from verifier.limits import Limits
from verifier.network import NetworkDoor
from verifier.policy import Policy
from verifier.reasons import Outcome
from verifier.trust import TrustList

ALL_VALID: Final = 0
SOME_NOT_VALID: Final = 1
SOME_NOT_CHECKED: Final = 3
_AHEAD: Final = 2 * max(2, os.cpu_count() or 2)
"""So many items are read before the one that is being verified, so that reading and verifying overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What the person at the command line wants of the policy; `trust` is None when neither list nor bundle was named.

    `bundle` is there when documents are to come from it and from nowhere else.
    """

    is_offline: bool
    trust: TrustList | None
    now: datetime
    bundle: Bundle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What else stands behind the command: the keeper's keys for bundles, who signs receipts, the clock on the wall."""

    keeper_keys: KeysAt | None = None
    seal_receipt: SealReceipt | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


PolicyFactory = Callable[[Demands], Policy]


def gate_policy(demands: Demands) -> Policy:
    """The policy of a gate that stands alone: documents from the network, and nobody trusted unless a list says so."""
    network = None if demands.is_offline else NetworkDoor()
    if demands.bundle is not None:
        return bundle_policy(demands.bundle)
    nobody = TrustList(entries=(), signed_at=demands.now, keeper="nobody: no trust list was named (--trust)")
    trust = demands.trust or nobody
    return Policy(documents=Fetcher(network=network), trust=trust, receipts_from=frozenset({trust.keeper}))


def bundle_policy(bundle: Bundle) -> Policy:
    """The policy of a gate that knows what a bundle holds, and nothing else.

    How old a status list may be is the bundle's affair here. Issuers on the keeper's own machine are as good as others:
    nothing is asked for there.
    """
    return Policy(
        documents=bundle,
        trust=bundle.trust,
        max_status_age=timedelta.max,
        allow_loopback=True,
        receipts_from=frozenset({bundle.keeper}),
        as_of=bundle.made_at,
    )


def verify_command(
    make_policy: PolicyFactory, *, limits: Limits | None = None, house: House | None = None
) -> click.Command:
    """The command under a policy of the caller's making, which is called once."""
    bounds, behind = limits or Limits(), house or House()

    @click.command("verify")
    @click.argument("items", metavar="ITEM...", nargs=-1, required=True)
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object per item.")
    @click.option("--offline", is_flag=True, help="Ask nothing on the network.")
    @click.option(
        "--trust", metavar="FILE", type=_FILE, help="Bundle or trust list: signed (see --keeper-key), or plain JSON."
    )
    @click.option("--keeper-key", metavar="KEY", help="Public key of who signed FILE: Multikey, JWK or file.")
    @click.option("--at", metavar="TIME", help="Verify as of this time: 2026-10-16 or 2026-10-16T12:00:00Z.")
    @click.option(
        "--receipt", metavar="DIR", type=_FOLDER, help="Write a signed receipt of each check into this folder."
    )
    @click.option(
        "--email", metavar="ADDRESS", callback=check_address, help="Say whether each badge is about this person."
    )
    def command(
        items: tuple[str, ...],
        as_json: bool,
        offline: bool,
        trust: Path | None,
        keeper_key: str | None,
        at: str | None,
        receipt: Path | None,
        email: str | None,
    ) -> None:
        """Examine certificates, badges and links, and say what each is worth and why.

        ITEM is a PDF, PNG, SVG, JSON or JWT file, a photo of a QR code, a folder, a ZIP archive, a link, or - for
        standard input; also the receipt of an earlier check, which is never a verdict. With --offline and a bundle
        nothing is asked for outside it. Exit status: 0 all valid, 1 some not valid, 2 wrong usage, 3 some could not be
        checked; with --email also 1 for a badge about another address, 3 for one that names none.
        """
        for missing in find_missing(items):
            raise click.UsageError(f"{missing}: there is no such file or folder.")
        receipts = _receipts(receipt, behind, at)
        now = behind.clock() if at is None else _moment(at)
        named = read_trust(trust, keeper_key, behind.keeper_keys, now=now)
        policy = make_policy(_demands(named, is_offline=offline, now=now))
        examined = _examine_all(open_out(items, sys.stdin.buffer, bounds), policy, now, bounds)
        if receipts is not None:
            examined = receipts.keep_each(examined)
        sys.exit(_print_json(examined, email) if as_json else _print_words(examined, email))

    return command


_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER: Final = click.Path(file_okay=False, path_type=Path)


def _demands(named: TrustList | Bundle | None, *, is_offline: bool, now: datetime) -> Demands:
    """With a network only the trust list of a bundle is used: what is published is newer."""
    trust = named.trust if isinstance(named, Bundle) else named
    bundle = named if is_offline and isinstance(named, Bundle) else None
    return Demands(is_offline=is_offline, trust=trust, now=now, bundle=bundle)


def _receipts(folder: Path | None, house: House, at: str | None) -> ReceiptFolder | None:
    if folder is None:
        return None
    if at is not None:
        raise click.UsageError(
            "--receipt with --at: a receipt says what was found when it was looked at, not as of then."
        )
    if house.seal_receipt is None:
        raise click.UsageError("--receipt: this gate has no key to sign receipts with; `voltpass verify` has.")
    return ReceiptFolder(folder, house.seal_receipt)


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


def _print_words(examined: Iterable[Examination], email: str | None) -> int:
    verdicts, outcomes = [], []
    for examination in examined:
        click.echo(in_words(examination))
        recipient = recipient_of(examination, email)
        if recipient is not None:
            click.echo(recipient_in_words(recipient))
            outcomes.append(OUTCOMES[recipient])
        verdicts.append(examination.report.verdict)
        outcomes.append(examination.outcome)
    if len(verdicts) > 1:
        click.echo(tally(verdicts))
    return _exit_status(outcomes)


def _print_json(examined: Iterable[Examination], email: str | None) -> int:
    outcomes: list[Outcome] = []
    click.echo("[", nl=False)
    for examination in examined:
        click.echo(",\n " if outcomes else "", nl=False)
        recipient = recipient_of(examination, email)
        told = {"recipient": recipient.value} if recipient is not None else {}
        click.echo(json.dumps({**examination.to_json(), **told}, ensure_ascii=False), nl=False)
        outcomes += [OUTCOMES[recipient]] if recipient is not None else []
        outcomes.append(examination.outcome)
    click.echo("]")
    return _exit_status(outcomes)


def _exit_status(outcomes: list[Outcome]) -> int:
    """FAILED beats INDETERMINATE beats PASSED, and nothing at all has not passed."""
    if Outcome.FAILED in outcomes:
        return SOME_NOT_VALID
    return ALL_VALID if outcomes and set(outcomes) == {Outcome.PASSED} else SOME_NOT_CHECKED


def _moment(at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as exc:  # the first hours of the year 1 are none in UTC
        raise click.UsageError(f"--at {at}: not a time; write 2026-10-16 or 2026-10-16T12:00:00Z.") from exc
