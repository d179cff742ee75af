"""Who wants to be called, and what became of each call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record


class WebhookRecord(Record):
    """An address of a provider that is called when something happens. ``name`` is its public id."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(22), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    url: Mapped[str] = mapped_column(String(2048))
    events: Mapped[str] = mapped_column(String(120))
    """The kinds of events it wants, with a space between."""
    secret: Mapped[str] = mapped_column(Text)
    """Under lock."""
    old_secret: Mapped[str | None] = mapped_column(Text)
    """The one before, under lock; calls are signed with both until ``old_secret_until``."""
    old_secret_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the receiver said that it is gone (410); nothing is sent any more."""

    provider: Mapped[ProviderRecord] = relationship()


class WebhookDeliveryRecord(Record):
    """One event on its way to one webhook; what was sent can be built again from it, byte by byte."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
        Index("ix_webhook_delivery_webhook", "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    event: Mapped[str] = mapped_column(String(16))
    credential_id: Mapped[str] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    last_tried_at: Mapped[datetime | None] = mapped_column(Moment)
    last_status: Mapped[int | None]
    """The HTTP status of the last answer; None when there was none."""
    last_problem: Mapped[str | None] = mapped_column(String(64))
    """A stable code, for instance ``no_answer``."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    webhook: Mapped[WebhookRecord] = relationship()
