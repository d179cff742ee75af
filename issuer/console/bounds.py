"""What addresses and forms can hold: numbers that a table may have, and no character that no database keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import abort, request
from werkzeug.routing import IntegerConverter

MOST_DIGITS: Final = 9
"""So many every database takes for a number; no table here gets as long."""
_NUL: Final = "\0"
_DESKS: Final = "/console"


class RowNumber(IntegerConverter):
    """A number in a path; a longer one is the number of nothing, and its address leads nowhere."""

    regex = rf"\d{{1,{MOST_DIGITS}}}"


def read_number(text: str) -> int:
    """A number that was asked for; raises ValueError, which the reader of an address takes for nothing said."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ValueError("no number of ours")
    return int(text)


def refuse_nul() -> None:
    """Answer 400 to what holds the character NUL: no page of ours sends it, and PostgreSQL takes it in no text.

    Of forms only those of the console are looked at: what is handed in for verification may hold anything.
    """
    if any(_NUL in text for text in _texts()):
        abort(400)


def _texts() -> Iterator[str]:
    yield request.path
    yield from (value for _, value in request.args.items(multi=True))
    if request.path.startswith(_DESKS):
        yield from (value for _, value in request.form.items(multi=True))
        yield from (file.filename or "" for file in request.files.values())
