"""The dispatcher: tells a broker which work is due. The table stays the truth: what the broker loses comes later."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import func, or_, select, update

from issuer.database import Sessions, reading, transaction
from issuer.errors import IssuerError
from issuer.work.leases import is_due
from issuer.work.records import WorkRecord
from issuer.work.worker import IDLE_S, keep_doing, put_back_lost

_log = logging.getLogger(__name__)

TRUST: Final = timedelta(seconds=60)
"""How long the broker may take to bring work to a worker before it is told again."""
AT_MOST: Final = 200
"""So much is with the broker at once: its queue stays short, and being told again costs little."""
_AWAY_S: Final = (1.0, 30.0)

Publish = Callable[[int], None]
"""Give the broker the number of one piece of work and wait until it has it; raises BrokerAway."""


class BrokerAway(IssuerError):
    """The message broker cannot be reached or takes nothing. ``problem`` is the kind of error, without any address."""

    code: ClassVar[str] = "broker_away"

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The message broker of VOLTPASS_BROKER_URL takes no work ({problem}). Work waits until it is back."
        )
        self.problem = problem


class Dispatcher:
    """Tells of due work; several may share a database, and each piece is told by one of them."""

    def __init__(
        self, sessions: Sessions, publish: Publish, *, clock: Callable[[], datetime], trust: timedelta = TRUST
    ) -> None:
        self._sessions = sessions
        self._publish = publish
        self._clock = clock
        self._trust = trust

    def dispatch(self) -> int:
        """Tell the broker of what is due and nobody was told of; says how many. Raises BrokerAway, DatabaseFailed."""
        put_back_lost(self._sessions, now=self._clock())
        if not self._anything_to_tell():
            return 0
        chosen = self._choose()
        for position, work_id in enumerate(chosen):
            try:
                self._publish(work_id)
            except BrokerAway:
                self._forget(chosen[position:])
                raise
        return len(chosen)

    def _anything_to_tell(self) -> bool:
        now = self._clock()
        untold = or_(WorkRecord.dispatched_until.is_(None), WorkRecord.dispatched_until <= now)
        with reading(self._sessions) as session:
            return session.scalar(select(WorkRecord.id).where(is_due(now), untold).limit(1)) is not None

    def _choose(self) -> list[int]:
        now = self._clock()
        untold = or_(WorkRecord.dispatched_until.is_(None), WorkRecord.dispatched_until <= now)
        with transaction(self._sessions) as session:
            told = select(func.count()).where(is_due(now), WorkRecord.dispatched_until > now)
            room = max(0, AT_MOST - (session.scalar(told) or 0))
            query = select(WorkRecord).where(is_due(now), untold).order_by(WorkRecord.run_at, WorkRecord.id)
            records = session.scalars(query.limit(room).with_for_update(skip_locked=True)).all()
            for record in records:
                record.dispatched_until = now + self._trust
            return [record.id for record in records]

    def _forget(self, work_ids: Sequence[int]) -> None:
        """It was not told after all; whoever told it by chance does no harm."""
        with transaction(self._sessions) as session:
            session.execute(update(WorkRecord).where(WorkRecord.id.in_(work_ids)).values(dispatched_until=None))


def keep_dispatching(dispatcher: Dispatcher, stop: threading.Event, *, idle: float = IDLE_S) -> None:
    """Dispatch until ``stop``; while the broker is away, look again after growing pauses and say so once."""
    shortest, longest = _AWAY_S
    away = 0.0

    def step() -> bool:
        nonlocal away
        try:
            found = dispatcher.dispatch() > 0
        except BrokerAway as exc:
            if not away:
                _log.warning("%s", exc)
            away = min(max(shortest, 2 * away), longest)
            stop.wait(away)
            return True
        if found and away:
            _log.warning("The message broker takes work again.")
            away = 0.0
        return found

    keep_doing(step, stop, idle=idle)
