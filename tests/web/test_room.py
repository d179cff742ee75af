"""The room for uploads: what fits comes in at once, what does not waits, and nobody waits for ever."""

from __future__ import annotations

import threading

import pytest

from verifier.web.room import RoomTaken, UploadRoom


def test_what_fits_comes_in_together() -> None:
    """Small uploads do not wait for each other."""
    room = UploadRoom(10)
    with room.space(4), room.space(6):
        pass


def test_too_much_at_once_is_refused_after_a_while() -> None:
    """The room never holds more than its size."""
    room = UploadRoom(10, patience_seconds=0.05)
    with room.space(8), pytest.raises(RoomTaken), room.space(3):
        pytest.fail("eleven bytes in a room for ten")


def test_room_is_given_back_also_after_an_error() -> None:
    """An upload that fails leaves the room as it found it."""
    room = UploadRoom(10, patience_seconds=0.05)
    with pytest.raises(ZeroDivisionError), room.space(10):
        raise ZeroDivisionError
    with room.space(10):
        pass


def test_who_waits_comes_in_when_others_leave() -> None:
    """Waiting ends as soon as there is room."""
    room, came_in = UploadRoom(10, patience_seconds=10), threading.Event()

    def come_in() -> None:
        with room.space(5):
            came_in.set()

    with room.space(8):
        waiting = threading.Thread(target=come_in)
        waiting.start()
        assert not came_in.wait(0.05)
    assert came_in.wait(5)
    waiting.join()
