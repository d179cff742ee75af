"""Batches in the database: the file while it is needed, a row for each of its lines, and every decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record

_NULLABLE = JSON(none_as_null=True)


class BatchRecord(Record):
    """One award file. ``revision`` counts its changes, so that nobody decides about what they have not seen."""

    __tablename__ = "award_batch"
    __table_args__ = (
        CheckConstraint(
            "state IN ('reading', 'preview', 'waiting', 'refused', 'approved', 'issuing', 'finished', 'discarded')",
            name="state",
        ),
        Index("ix_award_batch_provider_file", "provider_id", "file_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the bytes, which tells a second upload of the same file long after the bytes are gone."""
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The bytes, until the batch is finished or discarded."""
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What a person said once for the file: how to read it, and what its columns lack."""
    read_as: Mapped[dict[str, Any]] = mapped_column(JSON)
    """How it was read: encoding, delimiter, sheet, columns with their titles, notices."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why no row can be read, while the state is READING."""
    opened_by: Mapped[str] = mapped_column(String(64))
    opened_by_name: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    digest: Mapped[str | None] = mapped_column(String(64))
    """What was sent for approval: see ``digest_of``."""
    versions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """The version of each achievement that was shown to the approver."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()
    decisions: Mapped[list[BatchDecisionRecord]] = relationship(
        back_populates="batch", order_by="BatchDecisionRecord.id"
    )


class BatchRowRecord(Record):
    """One line of the file: its outcome, what a person answered, whether it goes out, and what became of it."""

    __tablename__ = "award_batch_row"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'warning', 'error', 'skipped', 'ignored')", name="state"),
        CheckConstraint("answer IN ('', 'yes', 'no')", name="answer"),
        CheckConstraint("fate IN ('', 'waiting', 'issued', 'already_issued', 'failed')", name="fate"),
        UniqueConstraint("batch_id", "line"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("award_batch.id"))
    line: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(64))
    sentence: Mapped[str] = mapped_column(Text)
    suggestion: Mapped[str] = mapped_column(Text)
    also: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What else was found, in order of precedence."""
    name: Mapped[str] = mapped_column(String(200))
    achievement_code: Mapped[str] = mapped_column(String(64))
    needs_answer: Mapped[bool]
    request: Mapped[dict[str, Any] | None] = mapped_column(_NULLABLE)
    """The award as it is going to be made; dropped when it is."""
    cells: Mapped[dict[str, str] | None] = mapped_column(_NULLABLE)
    """What stood in the file, for the file of problems; dropped when the badge is issued."""
    corrected_email: Mapped[str | None] = mapped_column(String(320))
    answer: Mapped[str] = mapped_column(String(4), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    is_chosen: Mapped[bool]
    """Goes out when the batch does."""
    fate: Mapped[str] = mapped_column(String(16), default="")
    credential_record_id: Mapped[int | None] = mapped_column(ForeignKey("issued_credential.id"), index=True)
    """The badge: issued from this row, or found to be issued before."""

    batch: Mapped[BatchRecord] = relationship()
    credential: Mapped[IssuedCredentialRecord | None] = relationship()


class BatchDecisionRecord(Record):
    """Who decided what, about exactly which content, and why. Rows are only ever added."""

    __tablename__ = "award_batch_decision"
    __table_args__ = (
        CheckConstraint("act IN ('sent', 'taken_back', 'approved', 'refused', 'confirmed', 'discarded')", name="act"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("award_batch.id"), index=True)
    act: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(64))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Moment)
    count: Mapped[int]
    """Badges it was about."""
    digest: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")

    batch: Mapped[BatchRecord] = relationship(back_populates="decisions")
