"""How fast one caller may go on, so that a loop in somebody's program does not keep everybody else waiting."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final, Self

CHECKS_A_MINUTE: Final = 300
"""What one visitor of the public gate may have checked, unless its operator says otherwise."""
REMEMBERED: Final = 10_000
"""So many callers; who has not called for longest is forgotten first."""


class Pace:
    """So many calls at once, and so many a second after that; each process counts for itself, in memory only.

    Safe for several threads.
    """

    def __init__(self, *, burst: int = 120, per_second: float = 10.0, ticks: Callable[[], float] = monotonic) -> None:
        self._burst, self._per_second, self._ticks = float(burst), per_second, ticks
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def remembered(self) -> int:
        """How many callers are told apart."""
        return len(self._left)

    @classmethod
    def a_minute(cls, calls: int, *, saved_seconds: int) -> Self:
        """So many calls a minute; who pauses may save up what so many seconds give, and use it at once."""
        return cls(burst=max(1, calls * saved_seconds // 60), per_second=calls / 60)

    def seconds_to_wait(self, caller: str) -> int:
        """0: the call is counted and may go on; else the whole seconds after which the next one may."""
        with self._lock:
            left = self._left_of(caller)
            may_go_on = left >= 1
            self._keep(caller, left - 1 if may_go_on else left)
        return 0 if may_go_on else max(1, ceil((1 - left) / self._per_second))

    def count_more(self, caller: str, calls: int) -> None:
        """Count so many calls more, of which one knew only afterwards; who had none left waits for them later."""
        with self._lock:
            self._keep(caller, max(-self._burst, self._left_of(caller) - calls))

    def _left_of(self, caller: str) -> float:
        left, since = self._left.get(caller, (self._burst, self._ticks()))
        return min(self._burst, left + (self._ticks() - since) * self._per_second)

    def _keep(self, caller: str, left: float) -> None:
        self._left[caller] = (left, self._ticks())
        self._left.move_to_end(caller)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
