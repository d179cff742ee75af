"""Who works here, what they may do, and what they did; of every secret the office keeps only a hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record


class AccessTokenRecord(Record):
    """A bearer token of a provider. ``name`` is its open part, by which it is found and revoked."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(22), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 in hexadecimal; the secret has 256 random bits, so that a slow hash would add nothing."""
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    scope: Mapped[str] = mapped_column(String(120))
    """What it may do: one word or several with a space between, as OAuth writes them."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()


class StaffRecord(Record):
    """One person who works at one provider or several."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    """Trimmed and in lower case."""
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)

    memberships: Mapped[list[MembershipRecord]] = relationship(back_populates="staff")


class MembershipRecord(Record):
    """One role of one person at one provider."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("staff_id", "provider_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))

    staff: Mapped[StaffRecord] = relationship(back_populates="memberships")
    provider: Mapped[ProviderRecord] = relationship()


class StaffSessionRecord(Record):
    """One sign-in on one device; ends when told to, when idle, and in any case after a working day."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[StaffRecord] = relationship()


class AuditEntryRecord(Record):
    """One act: when, who, what, to which object. Rows are only ever added; each carries the digest of the one before.

    ``facts`` holds ids, counts and codes, never personal data: the log outlives people's right to be forgotten.
    """

    __tablename__ = "audit_entry"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(48))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"), index=True)
    subject: Mapped[str] = mapped_column(String(128), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))


class AuditHeadRecord(Record):
    """The end of the chain: one row, locked by whoever adds to it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
