"""Who works here, what they may do, and what they did; of every secret the office keeps only a hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
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
    is_demo: Mapped[bool] = mapped_column(default=False)
    """An account of the demonstration: signs in on development machines only, and there without a second factor."""
    totp_locked: Mapped[str | None] = mapped_column(String(400))
    """The secret of the authenticator app, under lock."""
    totp_step: Mapped[int | None]
    """The last half minute whose code was used; neither it nor an earlier one is good again."""
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
    device: Mapped[str] = mapped_column(String(16), default="")
    """The class of device only, such as "phone": enough to recognise one's own, too little to follow anybody."""

    staff: Mapped[StaffRecord] = relationship()


class PasskeyRecord(Record):
    """A passkey of one person; ``sign_count`` only grows, so that a copied one is noticed where devices count."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1368), unique=True)
    """In base64url."""
    public_key: Mapped[str] = mapped_column(String(2048))
    """A COSE key in base64url."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[StaffRecord] = relationship()


class RecoveryCodeRecord(Record):
    """A code for the day the telephone is lost; used once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256; the code has 80 random bits, so that a slow hash would add nothing."""
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInStepRecord(Record):
    """Somebody on the way in, or about to add a second factor; gone when the step is taken or its minutes are over."""

    __tablename__ = "sign_in_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    challenge: Mapped[str | None] = mapped_column(String(64))
    locked_secret: Mapped[str | None] = mapped_column(String(400))
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class SignInTryRecord(Record):
    """How often something was tried in vain; ``key`` is a keyed hash of an address, never the address."""

    __tablename__ = "sign_in_try"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)
    free_at: Mapped[datetime | None] = mapped_column(Moment)


class InvitationRecord(Record):
    """Somebody was asked to work at a provider; the row goes when they accept, are no longer wanted, or too late."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("provider_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    email: Mapped[str] = mapped_column(String(320))
    roles: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()


class PasswordLinkRecord(Record):
    """A link to set a new password, good once and for an hour."""

    __tablename__ = "password_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)

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
