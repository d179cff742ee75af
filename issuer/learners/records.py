"""The people who earn badges, as little of them as the work needs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.database import Moment, Record


class LearnerRecord(Record):
    """One person, known by an e-mail address or by a provider's own reference, never by a name.

    Names are not kept here: each award has the name its provider gave, and no provider sees another's.
    """

    __tablename__ = "learner"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(45), unique=True)
    """The pseudonymous ``urn:uuid:…`` that credentials carry."""
    name_latin: Mapped[str | None] = mapped_column(String(400))
    """The name in Latin letters, where it is written in others and the learner gave it."""
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    """Trimmed and in lower case; several providers may know the same person by it."""
    country: Mapped[str | None] = mapped_column(String(2))
    nuts_code: Mapped[str | None] = mapped_column(String(5))
    language: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)

    references: Mapped[list[LearnerReferenceRecord]] = relationship(back_populates="learner")


class LearnerReferenceRecord(Record):
    """How one provider calls a learner in its own lists."""

    __tablename__ = "learner_reference"
    __table_args__ = (UniqueConstraint("provider_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    reference: Mapped[str] = mapped_column(String(100))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)

    learner: Mapped[LearnerRecord] = relationship(back_populates="references")
