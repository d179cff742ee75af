"""What does the work: a function for each kind, which may say that the world is away and that it will try later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar, Final

from issuer.errors import IssuerError
from issuer.work.outbox import Payload, WorkKind

Handler = Callable[[Payload], None]
"""Does one piece of work. It may be called again after it succeeded, when a worker died before saying so: the same
payload again must change nothing. It opens its own transactions, holds none for longer than it needs, and raises
TryLater when the world is away; whatever else it raises is taken for a mistake of the program."""

Handlers = Mapping[WorkKind, Handler]

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class TryLater(IssuerError):
    """Something outside is away: a mail server, a receiver, a database. The work waits, however long that takes.

    ``reason`` is a stable code that people who look after the office see. ``after`` is what the other side asked for;
    without it the pauses grow.
    """

    code: ClassVar[str] = "try_later"

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        if not _CODE.fullmatch(reason):
            raise ValueError("a reason is a code in small letters, for instance mail_server_away")
        super().__init__(f"Not now ({reason}); it is tried again by itself.")
        self.reason = reason
        self.after = after
