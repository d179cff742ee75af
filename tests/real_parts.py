"""A real PostgreSQL and a real RabbitMQ, from Debian's packages, started by the tests and stopped by process id.

Each server lies in a temporary folder and listens on a spare port of this machine. Servers refuse to run as root: then
they run as the users that their packages make, else as oneself. Two may run at once without meeting.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from issuer.database import open_sessions
from issuer.migrations.run import migrate

PATIENCE_S = 90
_PR_SET_PDEATHSIG = 1
_numbers = count(1)


@contextmanager
def spare_port() -> Iterator[int]:
    """A port that nobody listens on; taken at once by whom it is given to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    yield port


@dataclass
class PostgresServer:
    """A running PostgreSQL; its data are gone with it."""

    port: int
    _template: str = ""

    def url(self, database: str) -> str:
        """The address as SQLAlchemy takes it; the settings take it too."""
        return f"postgresql+psycopg://voltpass@127.0.0.1:{self.port}/{database}"

    def connect(self) -> psycopg.Connection:
        """A connection of the one who may make databases."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user="voltpass", dbname="postgres", autocommit=True)

    def new_database(self, template: str = "template1") -> str:
        """The address of a database with nothing in it."""
        name = f"test_{next(_numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def migrated_database(self) -> str:
        """The address of a database of the newest shape with nothing in it."""
        if not self._template:
            address = self.new_database()
            sessions = open_sessions(address)
            migrate(sessions.writing_engine)
            sessions.engine.dispose()
            self._template = address.rpartition("/")[2]
        return self.new_database(self._template)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start PostgreSQL until the block ends; skips the test, loudly, where it is not installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(programs[-1]) if programs else shutil.which("initdb")
    if found is None:
        pytest.skip("PostgreSQL is not installed: ./setup.sh test installs Debian's package postgresql")
    with _folder("postgres") as folder, spare_port() as port:
        home = Path(found).parent
        data = folder / "data"
        _run([found, "-D", data, "-U", "voltpass", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"], folder)
        arguments = ["-D", data, "-p", port, "-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "max_connections=60"]
        # ended at once and without tidying up: nobody will read these data again
        with _running([home / "postgres", *arguments], folder, stop=signal.SIGQUIT) as process:
            server = PostgresServer(port)
            _wait_until(lambda: _answers_sql(server), process, folder)
            yield server


@dataclass
class RabbitServer:
    """RabbitMQ, which may be stopped and started again as the same one, with its queues."""

    folder: Path
    port: int
    env: Mapping[str, str] = field(repr=False)
    program: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address as the settings take it."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self.process = _start([self.program], self.folder, self.env)
        _wait_until(lambda: _greets(self.port), self.process, self.folder)

    def stop(self) -> None:
        """Stop it in good order; queues and messages stay."""
        if self.process is not None:
            _stop(self.process, signal.SIGTERM)
        self.process = None

    def kill(self) -> None:
        """Pull the plug."""
        if self.process is not None:
            _stop(self.process, signal.SIGKILL)
        self.process = None


@contextmanager
def rabbit_server() -> Iterator[RabbitServer]:
    """Start RabbitMQ until the block ends; skips the test, loudly, where it is not installed."""
    program, names = Path("/usr/lib/rabbitmq/bin/rabbitmq-server"), shutil.which("epmd")
    if not program.exists() or names is None:
        pytest.skip("RabbitMQ is not installed: ./setup.sh test installs Debian's package rabbitmq-server")
    with _folder("rabbitmq") as folder, spare_port() as port, spare_port() as nodes, spare_port() as node:
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\nlog.file = false\nlog.console = true\n"
            "disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 512MB\n"
        )
        (folder / "enabled_plugins").write_text("[].\n")
        (folder / "env.conf").write_text("")
        env = _rabbit_env(folder, nodes=nodes, node=node)
        # Erlang's register of names: our own, because one that Erlang starts by itself would stay behind
        with _running([names, "-port", nodes, "-address", "127.0.0.1"], folder, env=env, stop=signal.SIGTERM):
            server = RabbitServer(folder, port, env, str(program))
            try:
                server.start()
                yield server
            finally:
                server.stop()


def _rabbit_env(folder: Path, *, nodes: int, node: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(nodes),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"voltpass{nodes}@localhost",
        "RABBITMQ_DIST_PORT": str(node),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        "RUNNING_UNDER_SYSTEMD": "yes",  # the script then becomes the server, whose process id is the one we know
    }


def _greets(port: int) -> bool:
    """Whether somebody answers a wrong greeting with the right one."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"AMQP\x09\x09\x09\x09")
            return connection.recv(4) == b"AMQP"
    except OSError:
        return False


def _answers_sql(server: PostgresServer) -> bool:
    try:
        with server.connect() as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _folder(user: str) -> Iterator[Path]:
    """A temporary folder that belongs to whom the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="voltpass-part-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[object], folder: Path) -> None:
    process = _start(command, folder)
    if process.wait(PATIENCE_S):
        raise AssertionError(_said(folder))


@contextmanager
def _running(
    command: Sequence[object], folder: Path, *, stop: signal.Signals, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = _start(command, folder, env)
    try:
        yield process
    finally:
        _stop(process, stop)


def _start(command: Sequence[object], folder: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start as the owner of the folder; what it says goes into a file there, and it ends when the tests are killed."""
    owner = folder.stat()
    is_other = owner.st_uid != os.geteuid()
    library = ctypes.CDLL(None)
    with (folder / "said.txt").open("ab") as said:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=dict(env) if env is not None else {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            user=owner.st_uid if is_other else None,
            group=owner.st_gid if is_other else None,
            extra_groups=[] if is_other else None,
            preexec_fn=lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
        )


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until(is_up: object, process: subprocess.Popen[bytes], folder: Path) -> None:
    assert callable(is_up)
    over = time.monotonic() + PATIENCE_S
    while not is_up():
        if process.poll() is not None or time.monotonic() > over:
            raise AssertionError(f"the server did not start: {_said(folder)}")
        time.sleep(0.1)


def _said(folder: Path) -> str:
    return (folder / "said.txt").read_text(errors="replace")[-4000:]
