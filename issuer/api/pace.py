"""How fast one token may call, so that a loop in somebody's program does not keep everybody else waiting."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

_TOKENS_REMEMBERED: Final = 10_000


class Pace:
    """So many calls at once, and so many a second after that; each process counts for itself.

    Safe for several threads.
    """

    def __init__(self, *, burst: int = 120, per_second: float = 10.0, ticks: Callable[[], float] = monotonic) -> None:
        self._burst, self._per_second, self._ticks = float(burst), per_second, ticks
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, token_name: str) -> int:
        """0: the call is counted and may go on; else the whole seconds after which the next one may."""
        now = self._ticks()
        with self._lock:
            left, since = self._left.pop(token_name, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._per_second)
            may_go_on = left >= 1
            self._left[token_name] = (left - 1 if may_go_on else left, now)
            if len(self._left) > _TOKENS_REMEMBERED:
                self._left.popitem(last=False)
        return 0 if may_go_on else max(1, ceil((1 - left) / self._per_second))
