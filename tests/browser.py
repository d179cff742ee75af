"""A real browser and a real server for journeys: headless Chromium, gunicorn on a spare loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.other_database import address_env

ROOT = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 900}
KEY_SECRET = "a test secret for test keys"
_PATIENCE_SECONDS = 60


def spare_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def environment(folder: Path, port: int) -> dict[str, str]:
    """What the command line and the server are told: a data folder, an address, a secret for tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "VOLTPASS_DATA": str(folder / "var"),
        **address_env(folder),
        "VOLTPASS_BASE_URL": f"http://127.0.0.1:{port}",
        "VOLTPASS_KEY_SECRET": KEY_SECRET,
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


def voltpass(env: dict[str, str], *arguments: str) -> str:
    """Run the command line and give back what it printed."""
    program = [sys.executable, "-c", "from issuer.cli import main; main()", *arguments]
    done = subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(env: dict[str, str]) -> Iterator[str]:
    """The office behind gunicorn, as `voltpass serve` starts it, until the block ends."""
    program = [sys.executable, "-c", "from issuer.cli import main; main()", "serve"]
    server = subprocess.Popen(program, cwd=ROOT, env=env)
    try:
        _wait_for(f"{env['VOLTPASS_BASE_URL']}/readyz", server)
        yield env["VOLTPASS_BASE_URL"]
    finally:
        server.terminate()
        server.wait(timeout=_PATIENCE_SECONDS)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{address} does not answer")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def axe_source() -> str:
    """The accessibility checker from the npm registry, fetched by package.json when it is not there yet."""
    script = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, so axe-core cannot be fetched")
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return script.read_text(encoding="utf-8")
