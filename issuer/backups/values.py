"""Values of a database row as JSON and back, alike for every kind of database."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import JSON, LargeBinary
from sqlalchemy.types import TypeEngine

_MOMENT, _DAY, _BYTES, _JSON = "$moment", "$day", "$bytes", "$json"
_PLAIN: Final = (str, int, float, bool)


def write_value(value: object, kind: TypeEngine[Any]) -> object:
    """The value as JSON; what JSON has no word for stands in an object with one member."""
    if value is None:
        return None
    if isinstance(kind, JSON):
        return {_JSON: value}
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {_MOMENT: moment.isoformat()}
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    if isinstance(kind, LargeBinary):
        return {_BYTES: base64.b64encode(bytes(value)).decode("ascii")}  # type: ignore[call-overload]
    if isinstance(value, _PLAIN):
        return value
    raise TypeError(f"no way to write down a {type(value).__name__}")


def read_value(value: object, *, is_sqlite: bool) -> object:
    """The value again; moments without a zone for SQLite, which keeps none."""
    if not isinstance(value, Mapping):
        return value
    (word, content), *_ = value.items()
    match word:
        case "$moment":
            moment = datetime.fromisoformat(content)
            return moment.replace(tzinfo=None) if is_sqlite else moment
        case "$day":
            return date.fromisoformat(content)
        case "$bytes":
            return base64.b64decode(content)
        case _:
            return content
