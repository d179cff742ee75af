"""``voltpass worker``: do the work that the pages write down, here or on another machine."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click
from sqlalchemy.exc import OperationalError

from issuer.chance import Chance
from issuer.commands.door import DONE, NOT_DONE, Door
from issuer.database import DatabaseFailed, transaction
from issuer.work.leases import LEASE
from issuer.work.outbox import WorkKind, put_daily
from issuer.work.worker import Worker, keep_doing
from keys.errors import VoltpassError
from verifier.mistakes import traceback_of

if TYPE_CHECKING:
    from issuer.work.handlers import Handlers

THREADS: Final = 2
_GRACE_S: Final = 10.0
_CLEANING_S: Final = 3600.0


@click.command("worker")
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True, help="So much at once.")
@click.option("--lease", type=click.IntRange(1, 3600), default=int(LEASE.total_seconds()), hidden=True)
@click.pass_obj
def worker_command(door: Door, threads: int, lease: int) -> None:
    """Do what there is to do until interrupted: mails, webhooks, long runs.

    Any number of workers may run, also beside `voltpass serve`, which brings one along unless VOLTPASS_WORKER=none.
    With VOLTPASS_BROKER_URL work is brought by the broker, without it a worker looks for it in the database.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="voltpass worker: %(message)s")
    opened = Opened(door)
    try:
        sessions = door.sessions
    except OperationalError as exc:
        raise DatabaseFailed(str(exc.orig)) from exc
    worker = Worker(sessions, opened.handlers, clock=door.clock, chance=Chance(), lease=timedelta(seconds=lease))
    broker_url = door.settings.broker_url
    if broker_url is not None:
        sys.exit(_work_with_broker(door, worker, broker_url, threads))
    sys.exit(_work_alone(door, worker, threads))


class Opened:
    """The office, opened when there is something to do: a worker that only waits is a small process."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._handlers: Handlers | None = None
        self._lock = threading.Lock()

    def handlers(self) -> Handlers:
        """What does the work."""
        with self._lock:
            if self._handlers is None:
                found: Handlers = import_module("issuer.workshop").handlers_of(self._door.office)
                self._handlers = found
            return self._handlers


def _work_alone(door: Door, worker: Worker, threads: int) -> int:
    """Look for work in the database, in several threads; stop between two pieces, or after a while within one."""
    stop, mistakes = threading.Event(), list[BaseException]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    at_work = [_start(lambda: keep_doing(worker.work_next, stop), stop.set, mistakes) for _ in range(threads)]
    _start(lambda: _keep_tidy(door, stop), stop.set, mistakes)
    stop.wait()
    _end(worker, at_work)
    return _status(mistakes)


def _work_with_broker(door: Door, worker: Worker, broker_url: str, threads: int) -> int:
    """Take what the broker brings, and tell it beside that of what is due."""
    # loaded when needed: without a broker nothing of it is
    celery_door = import_module("issuer.work.celery_door")
    dispatch = import_module("issuer.work.dispatch")
    publish = celery_door.Publisher(celery_door.create_celery(broker_url))
    dispatcher = dispatch.Dispatcher(door.sessions, publish, clock=door.clock)
    stop, mistakes = threading.Event(), list[BaseException]()

    def end() -> None:
        if not stop.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    _start(lambda: dispatch.keep_dispatching(dispatcher, stop), end, mistakes)
    _start(lambda: _keep_tidy(door, stop), end, mistakes)
    status: int = celery_door.run_celery(celery_door.create_celery(broker_url, lambda: worker), threads)
    stop.set()
    return _status(mistakes) or status


def _start(job: Callable[[], None], end: Callable[[], None], mistakes: list[BaseException]) -> threading.Thread:
    """Run beside; what ends one of the threads ends the worker."""

    def run() -> None:
        try:
            job()
        except BaseException as exc:  # noqa: BLE001 - said and counted in the exit status by whoever waits
            mistakes.append(exc)
        finally:
            end()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _status(mistakes: Sequence[BaseException]) -> int:
    for mistake in mistakes[:1]:
        said = str(mistake) if isinstance(mistake, VoltpassError) else traceback_of(mistake)
        click.echo(f"voltpass: {said}", err=True)
    return NOT_DONE if mistakes else DONE


def _keep_tidy(door: Door, stop: threading.Event) -> None:
    """See once an hour that the sweep of the day is on record."""

    def tidy() -> bool:
        with transaction(door.sessions) as session:
            put_daily(session, WorkKind.SWEEP, now=door.clock())
        return False

    keep_doing(tidy, stop, idle=_CLEANING_S)


def _end(worker: Worker, at_work: Sequence[threading.Thread]) -> None:
    """Wait a while for what is in hand; what takes longer is left to others, and done by them from the beginning."""
    over = time.monotonic() + _GRACE_S
    for thread in at_work:
        thread.join(max(0.0, over - time.monotonic()))
    if any(thread.is_alive() for thread in at_work):
        with suppress(VoltpassError):
            worker.put_back_all()
        sys.stderr.flush()
        os._exit(DONE)
