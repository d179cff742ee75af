"""The glovebox: PDF files and pictures are opened in a process of its own, with little memory, little time, no secrets.

The libraries that read these formats are large, written in C++, and made to read what a stranger sends. Here a file
that crashes one, fills the memory or never ends costs one worker process and becomes an Unreadable; the gate goes on.
A worker reads one file at a time (PDFium is not thread-safe) and answers in JSON, never in pickled objects.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from verifier.errors import Unreadable
from verifier.limits import MEBIBYTE, Limits
from verifier.reasons import Reason

Task = Literal["pdf", "picture"]

FRAME: Final = struct.Struct("!II")
"""Head of every message: length of its JSON part, length of the raw bytes that follow it."""

_LONGEST_ANSWER: Final = 24 * MEBIBYTE
_START_SECONDS: Final = 30.0
_END_SECONDS: Final = 5.0
_PYTHON_FAILED: Final = 1
_KEPT_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
_READY: Final = {"ready": True}


class GloveboxFailed(RuntimeError):
    """A worker ended with an error of ours: not a bad file but a bug. The worker's trace went to standard error."""


class Glovebox:
    """A few worker processes, started when first needed and kept; safe for several threads."""

    def __init__(self, limits: Limits, *, workers: int | None = None) -> None:
        self._limits = limits
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._places = threading.Semaphore(workers or max(2, os.cpu_count() or 2))

    def open(self, task: Task, data: bytes) -> Mapping[str, Any]:
        """What a worker read in `data`; raises Unreadable, also when it crashed, filled its memory or took too long."""
        with self._places, self._worker() as worker:
            answer = worker.ask(task, data, self._limits)
        unreadable = answer.get("unreadable")
        if unreadable is not None:
            raise Unreadable(unreadable["code"], unreadable["reason"], unreadable["remedy"])
        return answer

    def close(self) -> None:
        """End the idle workers; in a forked process nothing happens, for they are its parent's."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    @contextlib.contextmanager
    def _worker(self) -> Iterator[_Worker]:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        worker = worker or _Worker(self._limits)
        try:
            yield worker
        except BaseException:
            worker.end()
            raise
        with self._lock:
            self._idle.append(worker)


class _Worker:
    """One process and the socket to it."""

    def __init__(self, limits: Limits) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "verifier.glovebox_worker"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_environment(),
            )
        self._deadline = time.monotonic() + _START_SECONDS
        try:
            self._send(asdict(limits), b"")
            is_ready = self._receive() == _READY
        except OSError as exc:
            self.end()
            raise GloveboxFailed("a worker did not start") from exc
        if not is_ready:
            self.end()
            raise GloveboxFailed("a worker did not start; its trace is on standard error")

    def ask(self, task: Task, data: bytes, limits: Limits) -> dict[str, Any]:
        """The answer to one task; raises Unreadable when the worker did not survive it."""
        self._deadline = time.monotonic() + limits.worker_patience
        try:
            self._send({"task": task}, data)
            answer = self._receive()
        except TimeoutError as exc:
            raise _gave_up("took too long to read") from exc
        except OSError as exc:
            raise self._died() from exc
        return answer if answer is not None else self._raise_died()

    def end(self) -> None:
        """End the process and wait for its end."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _raise_died(self) -> dict[str, Any]:
        raise self._died()

    def _died(self) -> Exception:
        try:
            status = self._process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        if status == _PYTHON_FAILED:
            return GloveboxFailed("a worker failed; its trace is on standard error")
        if status == -signal.SIGPROF:
            return _gave_up("took too long to read")
        return _gave_up("needs more memory than any certificate does, or makes the reader stop")

    def _send(self, head: Mapping[str, Any], body: bytes) -> None:
        spelled = json.dumps(head).encode()
        self._wait_at_most()
        self._socket.sendall(FRAME.pack(len(spelled), len(body)) + spelled)
        self._wait_at_most()
        self._socket.sendall(body)

    def _receive(self) -> dict[str, Any] | None:
        """The next message; None when the worker closed the connection."""
        head = self._read(FRAME.size)
        if head is None:
            return None
        length, _ = FRAME.unpack(head)
        if length > _LONGEST_ANSWER:
            raise GloveboxFailed("a worker gave an answer longer than any file has")
        spelled = self._read(length)
        if spelled is None:
            return None
        answer: dict[str, Any] = json.loads(spelled)
        return answer

    def _read(self, length: int) -> bytes | None:
        content = bytearray()
        while len(content) < length:
            self._wait_at_most()
            piece = self._socket.recv(min(length - len(content), MEBIBYTE))
            if not piece:
                return None
            content += piece
        return bytes(content)

    def _wait_at_most(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


def _environment() -> dict[str, str]:
    """What the worker may know: where to find programs and this package, nothing else."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(__file__).parent.parent)}


def _gave_up(what: str) -> Unreadable:
    return Unreadable(
        Reason.TOO_COMPLEX, f"The file {what}.", "Ask for the original file, or paste the link under the QR code."
    )


@cache
def glovebox(limits: Limits) -> Glovebox:
    """The glovebox that all of this process share for the same limits."""
    shared = Glovebox(limits)
    atexit.register(shared.close)
    return shared


# a forked process must not talk to its parent's workers
os.register_at_fork(after_in_child=glovebox.cache_clear)
