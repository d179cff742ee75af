"""Workers as processes: killed at any moment, with and without a broker, and nothing is lost or done twice."""

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kombu import Connection

from issuer.database import Sessions, open_sessions
from issuer.work.celery_door import QUEUE
from issuer.work.dispatch import Dispatcher
from tests.office import migrated_database
from tests.real_parts import PostgresServer, RabbitServer
from tests.work import VERY_LONG, begun, counts, done, effects, publisher_at, put, start_worker, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

THREADS = 2


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def sqlite(tmp_path: Path) -> Sessions:
    """The office's own database, with nothing in it."""
    (tmp_path / "var").mkdir(mode=0o700)
    return migrated_database(tmp_path / "var")


@pytest.fixture
def postgresql(tmp_path: Path, postgres: PostgresServer) -> Iterator[Sessions]:
    """One on PostgreSQL."""
    sessions = open_sessions(postgres.migrated_database())
    yield sessions
    sessions.engine.dispose()


@contextmanager
def workers(folder: Path, sessions: Sessions, number: int, **env: str) -> Iterator[list[subprocess.Popen[str]]]:
    """So many worker processes; whoever is left is killed at the end."""
    running = [start(folder, sessions, **env) for _ in range(number)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def start(folder: Path, sessions: Sessions, **env: str) -> subprocess.Popen[str]:
    address = sessions.engine.url.render_as_string(hide_password=False)
    return start_worker(folder, address, f"--threads={THREADS}", "--lease=5", **env)


def kill_again_and_again(folder: Path, sessions: Sessions, pieces: int, kills: int, **env: str) -> None:
    """Two workers, of which one is killed at random moments and started again, until all is done."""
    chance = random.Random()
    put(sessions, *range(pieces), now=now())
    killed = 0
    with workers(folder, sessions, 2, **env) as running:
        for number in range(kills):
            target = min(pieces, pieces * (number + 1) // (kills + 1))
            wait_until(lambda target=target: done(sessions) >= target, *running)  # type: ignore[misc]
            time.sleep(chance.random() * 0.05)
            victim = chance.randrange(2)
            running[victim].kill()
            running[victim].wait()
            running[victim] = start(folder, sessions, **env)
            killed += 1
        wait_until(lambda: done(sessions) == pieces, *running)
    assert effects(sessions) == set(range(pieces))
    tried = begun(folder / "begun")
    assert set(tried) == set(range(pieces))
    assert sum(tried.values()) <= pieces + killed * THREADS
    standing = counts(sessions, now())
    assert (standing.waiting, standing.running, standing.given_up) == (0, 0, 0)


def test_workers_that_share_a_database_do_each_piece_once(tmp_path: Path, sqlite: Sessions) -> None:
    """With nobody killed, every piece is begun exactly once; told to end, a worker ends in good order."""
    put(sqlite, *range(150), now=now())
    with workers(tmp_path, sqlite, 2) as running:
        wait_until(lambda: done(sqlite) == 150, *running)
        for process in running:
            process.terminate()
        assert [process.wait(30) for process in running] == [0, 0]
    assert begun(tmp_path / "begun") == dict.fromkeys(range(150), 1)


def test_a_worker_that_is_told_to_end_waits_a_while_and_leaves_the_rest(tmp_path: Path, sqlite: Sessions) -> None:
    """What takes longer than its patience is put back, so that another has it at once."""
    put(sqlite, VERY_LONG, now=now())
    with workers(tmp_path, sqlite, 1) as running:
        wait_until(lambda: VERY_LONG in begun(tmp_path / "begun"), *running)
        running[0].terminate()
        assert running[0].wait(30) == 0
    standing = counts(sqlite, now())
    assert (standing.waiting, standing.held_up, standing.running) == (1, 0, 0)


def test_workers_are_killed_many_times_on_sqlite(tmp_path: Path, sqlite: Sessions) -> None:
    """Every piece has its effect once, and no more was begun again than was in hand when a worker died."""
    kill_again_and_again(tmp_path, sqlite, pieces=400, kills=25)


def test_workers_are_killed_on_postgresql(tmp_path: Path, postgresql: Sessions) -> None:
    """The same, where workers do not wait for each other's transactions."""
    kill_again_and_again(tmp_path, postgresql, pieces=300, kills=10)


def test_workers_are_killed_with_a_broker(tmp_path: Path, postgresql: Sessions, rabbit: RabbitServer) -> None:
    """What the broker brings again is done once."""
    kill_again_and_again(tmp_path, postgresql, pieces=200, kills=6, VOLTPASS_BROKER_URL=rabbit.url)


def test_a_broker_that_goes_away_and_comes_back(tmp_path: Path, sqlite: Sessions, rabbit: RabbitServer) -> None:
    """Work waits and is seen waiting; once the broker is back it is done, without anybody doing anything."""
    with workers(tmp_path, sqlite, 1, VOLTPASS_BROKER_URL=rabbit.url) as running:
        put(sqlite, *range(20), now=now())
        wait_until(lambda: done(sqlite) == 20, *running)
        rabbit.kill()
        try:
            put(sqlite, *range(20, 40), now=now())
            time.sleep(2)
            standing = counts(sqlite, now())
            assert (standing.waiting, done(sqlite)) == (20, 20)
            assert standing.due_since is not None
        finally:
            rabbit.start()
        wait_until(lambda: done(sqlite) == 40, *running)
    assert effects(sqlite) == set(range(40))


def test_a_worker_starts_while_the_broker_is_away(tmp_path: Path, sqlite: Sessions, rabbit: RabbitServer) -> None:
    """It waits for the broker as for everything else."""
    put(sqlite, *range(5), now=now())
    rabbit.stop()
    try:
        with workers(tmp_path, sqlite, 1, VOLTPASS_BROKER_URL=rabbit.url) as running:
            time.sleep(3)
            assert done(sqlite) == 0
            assert running[0].poll() is None
            rabbit.start()
            wait_until(lambda: done(sqlite) == 5, *running)
            running[0].terminate()
            assert running[0].wait(30) == 0
    finally:
        if rabbit.process is None:
            rabbit.start()


def test_a_broker_that_lost_everything_only_delays(tmp_path: Path, sqlite: Sessions, rabbit: RabbitServer) -> None:
    """The table is the truth: what was told and got lost is told again."""
    put(sqlite, *range(10), now=now())
    with publisher_at(rabbit.url) as publish:
        dispatcher = Dispatcher(sqlite, publish, clock=now, trust=timedelta(seconds=2))
        assert dispatcher.dispatch() == 10
    with Connection(rabbit.url) as connection:
        assert connection.default_channel.queue_purge(QUEUE) >= 10
    with workers(tmp_path, sqlite, 1, VOLTPASS_BROKER_URL=rabbit.url) as running:
        wait_until(lambda: done(sqlite) == 10, *running)
    assert begun(tmp_path / "begun") == dict.fromkeys(range(10), 1)
