"""How long to wait before the next try: a little more each time, and never all at the same moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from issuer.chance import Chance

SHORTEST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(hours=4)
FAILURES_ENOUGH: Final = 5
"""A mistake of the program does not go away by waiting; somebody has to look."""
LOSSES_ENOUGH: Final = 250
"""Workers may be killed often without any fault of the work; a machine that is switched off does so too."""

_STEPS: Final = 1000


def pause_after(waits: int, chance: Chance, asked: timedelta | None = None) -> timedelta:
    """The pause after this many vain tries (1 or more), up to a quarter longer by chance.

    Doubles from SHORTEST to LONGEST. ``asked`` is what the other side wants: at least SHORTEST, at most LONGEST.
    """
    grown = SHORTEST * 2 ** min(waits - 1, 20)
    pause = min(max(asked if asked is not None else grown, SHORTEST), LONGEST)
    return pause + pause * chance.below(_STEPS) / (4 * _STEPS)
