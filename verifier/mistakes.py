"""A mistake of the program, told without what it was working on: messages of errors may repeat names and addresses."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from keys.errors import VoltpassError


def problem_of(exc: BaseException) -> str:
    """The code of one of our errors, or the name of another's class."""
    return exc.code if isinstance(exc, VoltpassError) else type(exc).__name__


def traceback_of(exc: BaseException) -> str:
    """Where it happened and what kind it was, causes first; no message, no value, no line of data."""
    return "\n".join(_told(exc))


def _told(exc: BaseException) -> Iterator[str]:
    cause = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "and then"
    for frame in traceback.extract_tb(exc.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    yield f"{type(exc).__module__}.{type(exc).__qualname__} ({problem_of(exc)})"
