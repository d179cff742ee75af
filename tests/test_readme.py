"""What the README tells a newcomer to type works, word for word, in a fresh clone."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]
PATIENCE = 180  # seconds for a first start on a slow machine; not a promise


def spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("newcomer") / "voltpass"
    subprocess.run(["git", "clone", "--quiet", "--local", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    passed_on = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "HTTP"))}
    return {**kept, **passed_on, "PORT": str(spare_port())}


@pytest.fixture(scope="module")
def running(clone: Path, environment: dict[str, str]) -> Iterator[str]:
    """`make run` in the fresh clone, on a spare port, stopped by its own process group at the end."""
    log = clone.parent / "run.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        address = f"http://127.0.0.1:{environment['PORT']}/"
        try:
            deadline = time.monotonic() + PATIENCE
            while not _answers(address):
                assert server.poll() is None, log.read_text(errors="replace")[-4000:]
                assert time.monotonic() < deadline, log.read_text(errors="replace")[-4000:]
                time.sleep(0.5)
            yield log.read_text(errors="replace")
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_the_two_commands_are_there() -> None:
    """The README promises two commands for all set-up."""
    assert "make run" in COMMANDS
    assert "make test" in COMMANDS


@pytest.mark.slow
def test_make_run_in_a_fresh_clone_serves_the_landing_page(running: str) -> None:
    """From nothing to the first page with one command, and it prints where to go next."""
    assert "/v/" in running, running


@pytest.mark.slow
def test_every_other_command_of_the_readme_works(running: str, clone: Path, environment: dict[str, str]) -> None:
    """The commands run one after the other, as typed, beside the running server."""
    assert running
    typed = [command for command in COMMANDS if not command.startswith("make ")]
    assert typed
    for command in typed:
        done = subprocess.run(
            ["bash", "-c", command], cwd=clone, env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
