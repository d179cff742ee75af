"""The sweep: once a day everything that was kept of people for a time, and whose time is over, is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from issuer.accounts.throttle import forget_tries
from issuer.batches.intake import forget_old
from issuer.batches.tidy import discard_abandoned
from issuer.database import transaction
from issuer.delivery.tidy import forget_addresses
from issuer.office import Office
from issuer.work.outbox import Payload
from issuer.work.standing import forget_done

_STEPS: Final[tuple[Callable[..., int], ...]] = (
    discard_abandoned,
    forget_old,
    forget_addresses,
    forget_tries,
    forget_done,
)
"""Each drops some of what is over and says how much; 0 when nothing is left."""


def sweep(office: Office, payload: Payload) -> None:
    """Do every step until it finds nothing more, in short transactions, so that other writers get their turn."""
    del payload
    for step in _STEPS:
        while _once(office, step):
            pass


def _once(office: Office, step: Callable[..., int]) -> int:
    with transaction(office.sessions) as session:
        return step(session, now=office.clock())
