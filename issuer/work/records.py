"""Work on record: what is to be done, who has it in hand, and how often it did not work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Moment, Record


class WorkRecord(Record):
    """One thing to do. ``payload`` is JSON and holds ids only, never a name or an address."""

    __tablename__ = "work"
    __table_args__ = (Index("ix_work_due", "done_at", "given_up_at", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[str] = mapped_column(Text)
    work_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    """What would be the same work has the same key, and is on record once."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    run_at: Mapped[datetime] = mapped_column(Moment)
    """Not before this moment; a pause moves it."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was taken in hand: the number by which a worker knows that the lease is still its own."""
    waits: Mapped[int] = mapped_column(default=0)
    """How often the world was away."""
    failures: Mapped[int] = mapped_column(default=0)
    """How often it ended in a mistake of the program."""
    losses: Mapped[int] = mapped_column(default=0)
    """How often the worker died over it."""
    leased_by: Mapped[str | None] = mapped_column(String(80))
    leased_until: Mapped[datetime | None] = mapped_column(Moment, index=True)
    dispatched_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until when the broker is trusted to hand it to a worker; only with a broker."""
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    given_up_at: Mapped[datetime | None] = mapped_column(Moment)
    last_problem: Mapped[str | None] = mapped_column(String(64))
    """A stable code, for instance ``mail_server_away``."""
