"""Which receivers keep us waiting: they are left alone for a while, so that what else there is to do goes on.

One that never answers costs ten seconds a call, and a large batch makes thousands of calls. Each process remembers for
itself; whoever starts anew asks once and knows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 6
_SLOW: Final = timedelta(seconds=1)
_REST_OF_SLOW: Final = 4
"""Who is slow gets so many times what a call took as a rest: a fifth of one worker at most."""


@dataclass(frozen=True, slots=True)
class _Silence:
    """How often in a row there was no answer, and when the next call may be made."""

    times: int
    until: datetime


class Silences:
    """What is known of the receivers of webhooks, by their number. Safe for several threads."""

    def __init__(self) -> None:
        self._known: dict[int, _Silence] = {}
        self._lock = threading.Lock()

    def rest(self, webhook_id: int, now: datetime) -> timedelta | None:
        """How long it is still left alone; None: it may be called."""
        with self._lock:
            known = self._known.get(webhook_id)
        return known.until - now if known is not None and known.until > now else None

    def note(self, webhook_id: int, *, took: timedelta, has_answered: bool, now: datetime) -> None:
        """Remember how a call that is over now went."""
        with self._lock:
            before = self._known.pop(webhook_id, None)
            if not has_answered:
                times = before.times + 1 if before else 1
                pause = min(_SHORTEST * 2 ** min(times - 1, _MOST_DOUBLINGS), _LONGEST)
                self._known[webhook_id] = _Silence(times, now + pause)
            elif took > _SLOW:
                self._known[webhook_id] = _Silence(0, now + _REST_OF_SLOW * took)
