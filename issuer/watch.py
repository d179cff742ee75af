"""The watch over web and workers: processes of their own, a dead worker is started again, all end together.

Run as ``python -m issuer.watch NUMBER WORKER… -- WEB…``; a small process, which loads nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

SOON_S: Final = 0.5
"""Until a worker that was killed is started again."""
LATER_S: Final = (1.0, 30.0)
"""The first and the longest pause before one that ended by itself, for a reason it said, is started again."""
GRACE_S: Final = 45.0
"""How long both may take to end; the web server lets a page that is being made be finished."""
_PR_SET_PDEATHSIG: Final = 1
_ENDING: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_NICE: Final = 5


class Kept:
    """One worker that is started again whenever it ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._vain = 0
        self.start_at: float | None = None
        self.process: subprocess.Popen[bytes] | None = _start(command, nice=_NICE)

    def look_after(self) -> None:
        """Note its end, and start it again when the pause after it is over."""
        if self.process is not None and self.process.poll() is not None:
            self.start_at = time.monotonic() + self._pause(self.process.returncode)
            self.process = None
        if self.start_at is not None and self.start_at <= time.monotonic():
            self.start_at, self.process = None, _start(self._command, nice=_NICE)

    def _pause(self, status: int) -> float:
        if status <= 0:
            self._vain = 0
            return SOON_S
        self._vain += 1
        first, longest = LATER_S
        return float(min(first * 2 ** min(self._vain - 1, 10), longest))


class Watch:
    """The web server and its workers, and when to do what about them."""

    def __init__(self, workers: int, worker: Sequence[str], web: Sequence[str]) -> None:
        self._told: list[int] = []
        self._wakes = _wakes_on_signals(self._told)
        self._web = _start(web)
        self._workers = [Kept(worker) for _ in range(workers)]

    def run(self) -> int:
        """Watch until the web server ends or somebody says so; gives the exit status."""
        while not self._told and self._web.poll() is None:
            for worker in self._workers:
                worker.look_after()
            starts = [worker.start_at for worker in self._workers if worker.start_at is not None]
            self._wait(min(starts) - time.monotonic() if starts else None)
        said = bool(self._told)
        status = self._end()
        return 0 if said else status

    def _end(self) -> int:
        """Ask all to end, and end them when they do not, or when somebody asks again."""
        told, over = len(self._told), time.monotonic() + GRACE_S
        running = [self._web, *(worker.process for worker in self._workers if worker.process is not None)]
        for each in running:
            if each.poll() is None:
                each.terminate()
        while any(each.poll() is None for each in running):
            if len(self._told) > told or time.monotonic() > over:
                for each in running:
                    each.kill()
            self._wait(over - time.monotonic())
        status = self._web.returncode
        return status if status >= 0 else 128 - status

    def _wait(self, seconds: float | None) -> None:
        """Until a process ends or a signal comes, or so many seconds."""
        readable, _, _ = select.select([self._wakes], [], [], None if seconds is None else max(seconds, 0.05))
        if readable:
            os.read(self._wakes, 4096)


def _wakes_on_signals(told: list[int]) -> int:
    """A file that can be read whenever a signal came; ``told`` collects those that mean the end."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in _ENDING:
        signal.signal(number, lambda number, _: told.append(number))
    return reading


def _start(command: Sequence[str], *, nice: int = 0) -> subprocess.Popen[bytes]:
    """A process with a group of its own, so that Ctrl-C reaches it once, through us; it ends when we are killed."""
    parent = os.getpid()
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        os.nice(nice)

    # nothing but this thread runs here, so that preparing after the fork is safe
    return subprocess.Popen(command, process_group=0, preexec_fn=prepare)


def main(arguments: Sequence[str]) -> int:
    """Watch over so many workers and the web server; ``--`` divides the two commands."""
    middle = arguments.index("--")
    return Watch(int(arguments[0]), arguments[1:middle], arguments[middle + 1 :]).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
