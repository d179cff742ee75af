"""What the interface remembers: calls that count once, and batches that are on their way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record


class ApiBatchRecord(Record):
    """Many awards that were handed in with one call. ``name`` is its public id."""

    __tablename__ = "api_batch"
    __table_args__ = (CheckConstraint("source IN ('batch', 'completions')", name="source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(22), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    source: Mapped[str] = mapped_column(String(16))
    accepted: Mapped[list[str]] = mapped_column(JSON)
    """The codes of warnings somebody said yes to."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why badges go ahead without their prerequisite, where that is accepted."""
    total: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(64))
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()


class ApiBatchItemRecord(Record):
    """One award of a batch. ``cells`` are what was handed in, as an award file would have it, until it is done."""

    __tablename__ = "api_batch_item"

    batch_id: Mapped[int] = mapped_column(ForeignKey("api_batch.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    status: Mapped[int | None]
    """The HTTP status of this item; None while it waits."""
    code: Mapped[str | None] = mapped_column(String(64))
    suggestion: Mapped[str | None] = mapped_column(String(200))
    asks: Mapped[str | None] = mapped_column(String(400))
    """The codes to accept before it is issued, with a space between."""
    credential_id: Mapped[str | None] = mapped_column(String(45))


class IdempotencyKeyRecord(Record):
    """A key that a program sent with a call, and the answer it got. Key and call are kept as hashes.

    Without an answer the call is in somebody's hand until ``leased_until``; ``attempt`` is the fence: somebody who
    takes it later has a higher one.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("provider_id", "key_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    key_hash: Mapped[str] = mapped_column(String(64))
    call_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    attempt: Mapped[int]
    leased_until: Mapped[datetime] = mapped_column(Moment)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("api_batch.id"))
    """The batch that this call has handed in, so that a second try goes on with it."""
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
    """Under lock: body and address of the answer."""
