"""Room for what is handed in: so many bytes at once in one process, whoever they come from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RoomTaken(Exception):
    """Others are handing in so much that there was no room in time."""


class UploadRoom:
    """Lets uploads in while they fit, and keeps the others waiting; safe for several threads.

    Nothing larger than the room is ever let in; whoever makes the room sees to it that one visit fits.
    """

    def __init__(self, size: float, *, patience_seconds: float = 20.0) -> None:
        self._free = size
        self._patience = patience_seconds
        self._changed = threading.Condition()

    @contextmanager
    def space(self, length: int) -> Iterator[None]:
        """Hold `length` bytes of the room for the block; raises RoomTaken after a while."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._free >= length, timeout=self._patience):
                raise RoomTaken
            self._free -= length
        try:
            yield
        finally:
            with self._changed:
                self._free += length
                self._changed.notify_all()
