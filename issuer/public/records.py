"""Under which addresses this platform has ever published."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Moment, Record


class OriginRecord(Record):
    """Scheme, host and port that documents were published under; old credentials go on naming old ones."""

    __tablename__ = "origin"

    origin: Mapped[str] = mapped_column(String(300), primary_key=True)
    first_used_at: Mapped[datetime] = mapped_column(Moment)
