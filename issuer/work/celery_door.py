"""The door to Celery: tasks that carry the number of a piece of work and nothing else, and a worker that takes them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any, Final

from celery import Celery
from celery.exceptions import SecurityWarning
from kombu.exceptions import KombuError
from sqlalchemy.exc import SQLAlchemyError

from issuer.database import DatabaseFailed
from issuer.work.dispatch import BrokerAway
from issuer.work.worker import Worker
from verifier.mistakes import problem_of

_log = logging.getLogger(__name__)

QUEUE: Final = "voltpass.work"
_TASK: Final = "voltpass.work"
_CONFIRM_S: Final = 10
_PUBLISHING: Final = {"confirm_publish": True, "read_timeout": _CONFIRM_S, "write_timeout": _CONFIRM_S}
"""A broker that takes a connection and then says nothing is as good as away; who waits for work waits longer."""
_CONNECT_S: Final = 5


def create_celery(broker_url: str, worker: Callable[[], Worker] | None = None) -> Celery:
    """A Celery application with one task. Without ``worker`` it only publishes; no connection is made yet."""
    app = Celery("voltpass", broker=broker_url, set_as_current=False, fixups=[])
    app.conf.update(
        # a message is given back when its worker dies; and nobody hoards what others could do
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_timeout=_CONNECT_S,
        broker_heartbeat=20,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_PUBLISHING if worker is None else {},
        # a leased piece goes on when the connection is lost; being brought again it does nothing
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # nothing is asked of workers from outside, and they tell each other nothing
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )

    def work(work_id: int) -> None:
        if worker is not None:
            _work_on(worker(), work_id)

    app.task(name=_TASK, shared=False)(work)  # shared: the first application in this process would have it for all
    return app


class Publisher:
    """Tells the broker of one piece of work and waits for its receipt; for one thread.

    It keeps a connection of its own: Celery's pool is shared by the whole process, and waits when it is empty.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._connection: Any = None
        self._producer: Any = None

    def __call__(self, work_id: int) -> None:
        """Publish; an old connection may have died unnoticed, so a new one is tried too. Raises BrokerAway."""
        was_open = self._connection is not None
        try:
            self._publish(work_id)
        except BrokerAway:
            if not was_open:
                raise
            self._publish(work_id)

    def close(self) -> None:
        """Drop the connection, without asking whether the other side still listens."""
        if self._connection is not None:
            self._connection.collect()
        self._connection = self._producer = None

    def _publish(self, work_id: int) -> None:
        if self._connection is None:
            self._connection = self._app.connection_for_write()
            self._producer = self._app.amqp.Producer(self._connection, auto_declare=False)
        away = (OSError, KombuError, *self._connection.connection_errors, *self._connection.channel_errors)
        sending = {"queue": QUEUE, "producer": self._producer, "retry": False, "confirm_timeout": _CONFIRM_S}
        try:
            self._app.send_task(_TASK, args=(work_id,), **sending)
        except away as exc:
            self.close()
            raise BrokerAway(type(exc).__name__) from exc


def run_celery(app: Celery, threads: int) -> int:
    """Take tasks until the process is told to end; what is in hand then is done first. Gives the exit status."""
    # its advice names an option that this program does not have
    warnings.filterwarnings("ignore", category=SecurityWarning)
    taker: Any = app.Worker(
        pool="threads",  # the work waits for database, mail and network; more processors: more processes
        concurrency=threads,
        quiet=True,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    taker.start()
    return int(taker.exitcode or 0)


def _work_on(worker: Worker, work_id: int) -> None:
    try:
        worker.work_on(work_id)
    except (DatabaseFailed, SQLAlchemyError) as exc:
        # the piece is on record as it was, and its number is told again
        _log.warning("work %d could not be taken: %s", work_id, problem_of(exc))
