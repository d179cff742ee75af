"""Where a credential's status stands, and the signed lists that tell it to the world."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record


class StatusListRecord(Record):
    """A numbered sheet of a provider: three published lists (revocation, suspension, refresh) share its indexes.

    ``revision`` grows with every change of an entry, in the transaction of the change; a published list that was made
    from a lower revision is out of date.
    """

    __tablename__ = "status_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    length: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()


class StatusEntryRecord(Record):
    """One taken index of a list with its three bits; the row is what makes an index impossible to take twice."""

    __tablename__ = "status_entry"
    __table_args__ = (UniqueConstraint("list_id", "position"), CheckConstraint("position >= 0", name="position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"))
    position: Mapped[int]
    is_revoked: Mapped[bool] = mapped_column(default=False)
    is_suspended: Mapped[bool] = mapped_column(default=False)
    is_refreshed: Mapped[bool] = mapped_column(default=False)

    list: Mapped[StatusListRecord] = relationship()


class PublishedListRecord(Record):
    """One purpose of a sheet as the world sees it: the signed texts, the revision they were made from, their end."""

    __tablename__ = "published_list"
    __table_args__ = (
        UniqueConstraint("list_id", "purpose"),
        CheckConstraint("purpose IN ('revocation', 'suspension', 'refresh')", name="purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    """The last part of its address."""
    url: Mapped[str] = mapped_column(String(512), unique=True)
    sealed_json: Mapped[str | None] = mapped_column(Text)
    sealed_jwt: Mapped[str | None] = mapped_column(Text)
    signed_revision: Mapped[int] = mapped_column(default=-1)
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)

    list: Mapped[StatusListRecord] = relationship()
