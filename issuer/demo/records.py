"""What was loaded for demonstration, so that a second start need not load it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Moment, Record


class SeedingRecord(Record):
    """A set of data and the digest of the files it was loaded from; other files mean loading again."""

    __tablename__ = "seeding"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[datetime] = mapped_column(Moment)
