"""The program as a process of its own, for tests that kill it, starve it or run it several times at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.demo_files import BASE_URL
from tests.office import KEY_SECRET
from tests.other_database import address_env


def shell_env(folder: Path) -> dict[str, str]:
    """The environment of an office whose data lie in ``folder/var``."""
    return {
        **os.environ,
        "VOLTPASS_DATA": str(folder / "var"),
        "VOLTPASS_KEY_SECRET": KEY_SECRET,
        "VOLTPASS_BASE_URL": BASE_URL,
        **address_env(folder),
    }


def start_voltpass(folder: Path, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """Start a command; whoever starts it waits for it or kills it. ``env`` may be another environment."""
    options.setdefault("env", shell_env(folder))
    return subprocess.Popen(
        [sys.executable, "-m", "issuer", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def run_voltpass(folder: Path, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    with start_voltpass(folder, *arguments, **options) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
