"""Moments as the standards write them: XML Schema dateTimeStamp, here always in UTC and whole seconds when written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_INSTANT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})",
    re.ASCII,
)


def write_instant(moment: datetime) -> str:
    """Write an aware moment as "2026-10-16T00:00:00Z"; fractions of a second are cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_instant(text: object) -> datetime:
    """Read a dateTimeStamp into UTC; raises ValueError, also when the time zone is missing."""
    if not isinstance(text, str) or not (match := _INSTANT.fullmatch(text)):
        raise ValueError("not a date and time with time zone, such as 2026-10-16T00:00:00Z")
    seconds, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(seconds + (fraction or "")[:7] + zone)
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("the moment lies outside the calendar") from exc


def round_up(moment: datetime) -> datetime:
    """The moment, or the next whole second when it has a fraction."""
    return moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1)
