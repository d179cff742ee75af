"""Which process a worker is, so that another one on the same machine can tell at once that it has died.

Where that cannot be told (another machine, another system), leases run out by themselves.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_DEAD_STATES: Final = frozenset("ZXx")


def name_of_this_process() -> str:
    """Never the same twice: where and when this process was started, or a mere number where nobody can say."""
    try:
        return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"
    except (OSError, ValueError, IndexError):
        return f"unknown/{secrets.token_hex(16)}"


def is_certainly_dead(name: str) -> bool:
    """True only for a process of this very start of this machine that is gone; False whenever that is not certain."""
    machine, _, process = name.partition("/")
    number, _, started = process.partition("/")
    try:
        if machine != _machine() or not number.isdigit():
            return False
        return _started(int(number)) != started
    except FileNotFoundError:
        return _is_free(int(number))
    except (OSError, ValueError, IndexError):
        return False


def _is_free(number: int) -> bool:
    """Whether no process has this number; /proc may hide those of other users."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _machine() -> str:
    """This start of this machine, and within it this container: process numbers mean something only there."""
    start = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")
    return f"{start[:16]}.{os.stat(_PROC / 'self/ns/pid').st_ino}"


def _started(number: int) -> str:
    """When a process was started, in ticks since the machine was; "dead" when only its number is left."""
    text = (_PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    fields = text.rpartition(")")[2].split()
    return "dead" if fields[0] in _DEAD_STATES else fields[19]
