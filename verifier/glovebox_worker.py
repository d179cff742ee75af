"""The hands inside the glovebox: reads files that it is handed through its standard input, one after the other.

Runs as `python -m verifier.glovebox_worker` and imports as little as it can. It cannot write files, holds no secret,
and ends when the gate does.
"""

from __future__ import annotations

import json
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pikepdf import settings

from verifier.errors import Unreadable
from verifier.glovebox import FRAME
from verifier.intake_pdf import read_pdf
from verifier.intake_picture import read_picture
from verifier.limits import Limits
from verifier.reasons import Reason

TASKS: Mapping[str, Callable[[bytes, Limits], Mapping[str, Any]]] = {"pdf": read_pdf, "picture": read_picture}


def main() -> None:
    """Serve until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=0)
    first = _receive(channel)
    if first is None:
        return
    limits = Limits(**first[0])
    _bind_hands(limits)
    _send(channel, {"ready": True})
    while (message := _receive(channel)) is not None:
        head, data = message
        with _seconds_of_the_processor(limits.worker_seconds):
            answer = _answer(TASKS[head["task"]], data, limits)
        _send(channel, answer)


def _answer(task: Callable[[bytes, Limits], Mapping[str, Any]], data: bytes, limits: Limits) -> Mapping[str, Any]:
    try:
        return task(data, limits)
    except Unreadable as found:
        unreadable = {"code": found.code, "reason": found.reason, "remedy": found.remedy}
    except (MemoryError, RecursionError):
        unreadable = {
            "code": Reason.TOO_COMPLEX,
            "reason": "The file needs more memory than any certificate does.",
            "remedy": "Ask for the original file, or paste the link under the QR code.",
        }
    return {"unreadable": unreadable}


def _bind_hands(limits: Limits) -> None:
    """Limit this process for good: memory on top of what it has now, no files, and what qpdf may expand."""
    with open("/proc/self/statm", "rb") as file:
        pages = int(file.read().split()[0])
    budget = pages * resource.getpagesize() + limits.worker_bytes
    resource.setrlimit(resource.RLIMIT_AS, (budget, budget))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    settings.set_qpdf_limits(
        flate_max_memory=limits.stream_bytes,
        run_length_max_memory=limits.stream_bytes,
        png_max_memory=limits.stream_bytes,
        tiff_max_memory=limits.stream_bytes,
        dct_max_memory=limits.stream_bytes,
        doc_max_warnings=100,
        max_stream_filters=4,
    )


@contextmanager
def _seconds_of_the_processor(seconds: float) -> Iterator[None]:
    """End this process when the file takes more: an abandoned worker must not run on for ever either."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)


def _receive(channel: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    head = channel.recv(FRAME.size, socket.MSG_WAITALL)
    if len(head) < FRAME.size:
        return None
    length, size = FRAME.unpack(head)
    spelled = channel.recv(length, socket.MSG_WAITALL)
    data = channel.recv(size, socket.MSG_WAITALL) if size else b""
    return (json.loads(spelled), data) if len(data) == size else None


def _send(channel: socket.socket, answer: Mapping[str, Any]) -> None:
    spelled = json.dumps(answer).encode()
    channel.sendall(FRAME.pack(len(spelled), 0) + spelled)


if __name__ == "__main__":
    main()
    sys.exit(0)
