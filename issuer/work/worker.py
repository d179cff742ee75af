"""The worker: takes what is due, does it outside any transaction, and notes that it is done if it still has it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from issuer.chance import Chance
from issuer.database import DatabaseFailed, Sessions, reading, transaction
from issuer.work.handlers import Handlers, TryLater
from issuer.work.leases import (
    LEASE,
    Lease,
    anything_to_do,
    extend,
    fail,
    find_lost,
    finish,
    postpone,
    put_back,
    reclaim,
    take,
)
from issuer.work.outbox import WorkKind
from issuer.work.pauses import pause_after
from issuer.work.vital_signs import is_certainly_dead, name_of_this_process
from verifier.mistakes import problem_of, traceback_of

_log = logging.getLogger(__name__)

LOOK_FOR_LOST: Final = timedelta(seconds=1)
IDLE_S: Final = 0.5
DATABASE_AWAY_S: Final = 30.0

Ending = Callable[[Session, datetime], bool]
"""What is written down about work that was tried; False when it is not this worker's any more."""


class Worker:
    """Does work of one database; several threads may use it, and any number of workers may share the database.

    ``handlers`` is called when there is work for the first time. What it raises, and DatabaseFailed, is not caught.
    """

    def __init__(
        self,
        sessions: Sessions,
        handlers: Callable[[], Handlers],
        *,
        clock: Callable[[], datetime],
        chance: Chance,
        lease: timedelta = LEASE,
    ) -> None:
        self._sessions = sessions
        self._handlers = handlers
        self._clock = clock
        self._chance = chance
        self._lease = lease
        self._name = name_of_this_process()
        self._in_hand: dict[int, Lease] = {}
        self._looked_for_lost: datetime | None = None

    def work_next(self) -> bool:
        """Do what is due for longest; False when nothing is."""
        self._find_lost()
        with reading(self._sessions) as session:
            if not anything_to_do(session, now=self._clock()):
                return False
        return self._take_and_do(None)

    def work_on(self, work_id: int) -> bool:
        """Do this one; False, and nothing changed, when it is done, not due, or in the hand of another."""
        return self._take_and_do(work_id)

    def put_back_all(self) -> None:
        """Leave what is in hand to others, because this process ends in the middle of it."""
        with transaction(self._sessions) as session:
            for held in list(self._in_hand.values()):
                put_back(session, held, now=self._clock())

    def _find_lost(self) -> None:
        now = self._clock()
        if self._looked_for_lost is None or abs(now - self._looked_for_lost) >= LOOK_FOR_LOST:
            self._looked_for_lost = now
            put_back_lost(self._sessions, now=now)

    def _take_and_do(self, work_id: int | None) -> bool:
        handlers = self._handlers()
        with transaction(self._sessions) as session:
            held = take(session, self._name, now=self._clock(), work_id=work_id, lease=self._lease)
        if held is None:
            return False
        self._in_hand[held.work_id] = held
        try:
            with self._kept(held):
                end = self._do(held, handlers)
            with transaction(self._sessions) as session:
                is_ours = end(session, self._clock())
        finally:
            del self._in_hand[held.work_id]
        if not is_ours:
            _log.warning("work %d took longer than its lease, and another worker has it now", held.work_id)
        return True

    def _do(self, held: Lease, handlers: Handlers) -> Ending:
        try:
            handler = handlers.get(WorkKind(held.kind)) if held.kind in set(WorkKind) else None
            if handler is None:
                raise TryLater("no_handler")  # a newer program wrote it down, and a newer worker will do it
            handler(held.payload)
        except (TryLater, DatabaseFailed) as exc:
            return self._wait(held, exc)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # noqa: BLE001 - whatever it is, it concerns this work only; some errors are no Exception
            problem = problem_of(exc)
            _log.error("%s work %d failed: %s\n%s", held.kind, held.work_id, problem, traceback_of(exc))
            return lambda session, now: fail(session, held, problem, now=now, chance=self._chance)
        return lambda session, now: finish(session, held, now=now)

    def _wait(self, held: Lease, exc: TryLater | DatabaseFailed) -> Ending:
        reason, asked = (exc.reason, exc.after) if isinstance(exc, TryLater) else (exc.code, None)
        pause = pause_after(held.waits + 1, self._chance, asked)
        _log.info("%s work %d waits: %s", held.kind, held.work_id, reason)
        return lambda session, now: postpone(session, held, reason, now=now, pause=pause)

    @contextmanager
    def _kept(self, held: Lease) -> Iterator[None]:
        """Extend the lease beside the work, for as long as that lasts."""
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(held, over), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _keep(self, held: Lease, over: threading.Event) -> None:
        is_ours = True
        while is_ours and not over.wait(self._lease.total_seconds() / 3):
            try:
                with transaction(self._sessions) as session:
                    is_ours = extend(session, held, now=self._clock(), lease=self._lease)
            except (DatabaseFailed, SQLAlchemyError) as exc:
                _log.warning("the lease of work %d could not be extended: %s", held.work_id, problem_of(exc))


def put_back_lost(sessions: Sessions, *, now: datetime) -> int:
    """Put back what dead or silent workers had in hand; says how many pieces."""
    with reading(sessions) as session:
        lost = find_lost(session, now=now, is_dead=is_certainly_dead)
    if not lost:
        return 0
    with transaction(sessions) as session:
        return reclaim(session, lost, now=now)


def keep_doing(step: Callable[[], bool], stop: threading.Event, *, idle: float = IDLE_S) -> None:
    """Repeat ``step`` until ``stop``; rest when it finds nothing, and longer and longer while the database is away."""
    away = 0.0
    while not stop.is_set():
        try:
            found = step()
        except (DatabaseFailed, SQLAlchemyError) as exc:
            away = min(max(1.0, 2 * away), DATABASE_AWAY_S)
            _log.warning("the database cannot be used (%s); next look in %d s", problem_of(exc), away)
            stop.wait(away)
            continue
        away = 0.0
        if not found:
            stop.wait(idle)
