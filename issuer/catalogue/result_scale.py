"""How an achievement is graded, and which results earn it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from issuer.errors import IssuerError


class MalformedResultScale(IssuerError):
    """A catalogue entry whose result scale is of no known kind."""

    code: ClassVar[str] = "malformed_result_scale"


@dataclass(frozen=True)
class PassFail:
    """Passed or not; passed is the word that goes into the credential."""

    passed: str = "Pass"


@dataclass(frozen=True)
class Percent:
    """A number from lowest to highest, of which threshold is the least that earns the badge."""

    lowest: float = 0
    highest: float = 100
    threshold: float = 50


@dataclass(frozen=True)
class Rubric:
    """Named levels in rising order, of which threshold is the least that earns the badge."""

    levels: tuple[str, ...]
    threshold: str


ResultScale = PassFail | Percent | Rubric


def read_result_scale(obj: Mapping[str, object]) -> ResultScale:
    """Read the result_scale member of a catalogue entry; raises MalformedResultScale."""
    match obj:
        case {"type": "pass_fail"}:
            return PassFail(passed=str(obj.get("pass", "Pass")))
        case {"type": "percent", "min": int() | float() as low, "max": int() | float() as high, "pass": threshold}:
            if isinstance(threshold, int | float) and low <= threshold <= high:
                return Percent(lowest=low, highest=high, threshold=threshold)
        case {"type": "rubric", "levels": [*entries], "pass": str() as threshold}:
            levels = tuple(entry for entry in entries if isinstance(entry, str) and entry)
            if threshold in levels and len(levels) == len(entries):
                return Rubric(levels=levels, threshold=threshold)
    raise MalformedResultScale(f"{obj.get('type')!r} is no result scale with all its members")
