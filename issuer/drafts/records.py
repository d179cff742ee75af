"""Drafts of achievements, and course files on their way to becoming drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import AchievementRecord, ProviderRecord
from issuer.database import Moment, Record


class DraftRecord(Record):
    """What somebody wants to publish: the words as typed, whole or not, right or not."""

    __tablename__ = "achievement_draft"
    __table_args__ = (CheckConstraint("state IN ('draft', 'review', 'published', 'discarded')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"))
    """The achievement this is to be a new version of; none for a new one, until it is published."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    code: Mapped[str] = mapped_column(String(64))
    programme: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    """Code, programme and title repeat the wording, cut to length, for lists."""
    wording: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The form of the editor, text for text."""
    kept: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The catalogue entry the draft began with: what the editor does not touch stays as it was to the letter."""
    revision: Mapped[int]
    """Counts every change of the wording, so that of two editors the second is told."""
    note: Mapped[str] = mapped_column(String(2000))
    """Why it came back from review; empty otherwise."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    submitted_by: Mapped[str | None] = mapped_column(String(64))
    """The label of who sent it for review: that person cannot publish it."""

    provider: Mapped[ProviderRecord] = relationship()
    achievement: Mapped[AchievementRecord | None] = relationship()


class CourseFileRecord(Record):
    """A course file between its preview and the choice of what becomes a draft; deleted with that choice."""

    __tablename__ = "catalogue_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    courses: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Each course of the file: its line, its wording, what it began with, what is wrong with it."""
    opened_at: Mapped[datetime] = mapped_column(Moment)
