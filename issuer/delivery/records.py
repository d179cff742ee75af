"""What is under way to learners: one delivery for each credential, the links that claim it, the mails about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record


class DeliveryState(StrEnum):
    """How far a badge has come; the values are public and stand in addresses."""

    WAITING = "waiting"
    SENT = "sent"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLAIMED = "claimed"
    LETTER = "letter"
    """No e-mail is known: a printed letter carries the link."""


class MailKind(StrEnum):
    """What a mail tells; each has its texts in templates/mail/words."""

    AWARD = "award"
    AGAIN = "again"
    """The award once more: a new link was asked for, by the learner or by the provider."""
    REMINDER = "reminder"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    SUPERSEDED = "superseded"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - a kind of mail


class MailState(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    SENDING = "sending"
    """Noted just before the server is told that the mail is complete: whoever finds this later cannot know."""
    SENT = "sent"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    """Nobody needs it any more: the address was corrected, the badge claimed or withdrawn meanwhile."""


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class DeliveryRecord(Record):
    """The way of one credential to its holder; the times say when each thing happened last."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(_one_of("state", DeliveryState), name="state"),
        Index("ix_delivery_provider_state", "provider_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_record_id: Mapped[int] = mapped_column(ForeignKey("issued_credential.id"), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    state: Mapped[str] = mapped_column(String(8))
    email: Mapped[str | None] = mapped_column(String(320))
    """Where its mails go; may differ from the address the badge was made out to, after a correction."""
    language: Mapped[str | None] = mapped_column(String(16))
    """What the learner reads, as far as the provider said."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    bounced_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    printed_at: Mapped[datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a mail for it was brought to a mail server."""
    smtp_code: Mapped[int | None]
    smtp_status: Mapped[str | None] = mapped_column(String(16))
    """The enhanced status such as 5.1.1 (RFC 3463); the words of a server may repeat the address and are not kept."""

    credential: Mapped[IssuedCredentialRecord] = relationship()
    provider: Mapped[ProviderRecord] = relationship()
    links: Mapped[list[ClaimLinkRecord]] = relationship(back_populates="delivery", order_by="ClaimLinkRecord.id")


class ClaimLinkRecord(Record):
    """A link by which one badge is claimed; only the hash of its token is kept.

    A link that ended was replaced because it went to a wrong address: it leads nowhere, and renews nothing.
    """

    __tablename__ = "claim_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    delivery: Mapped[DeliveryRecord] = relationship(back_populates="links")


class MailRecord(Record):
    """One mail, written in the transaction of what it tells; its bytes are the same at every attempt.

    ``facts`` holds what only the mail may know, such as the token of its link; it is emptied when the mail has gone.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint(_one_of("kind", MailKind), name="kind"),
        CheckConstraint(_one_of("state", MailState), name="state"),
        Index("ix_mail_delivery_id_kind", "delivery_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    credential_record_id: Mapped[int | None] = mapped_column(ForeignKey("issued_credential.id"), index=True)
    address: Mapped[str] = mapped_column(String(320))
    language: Mapped[str | None] = mapped_column(String(16))
    message_token: Mapped[str] = mapped_column(String(22), unique=True)
    """What its Message-ID and its envelope id are made of, by which a bounce or a second copy is recognised."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)
    handed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was handed over; more than once when nobody could know whether the server had taken it."""
    smtp_code: Mapped[int | None]
    smtp_status: Mapped[str | None] = mapped_column(String(16))

    delivery: Mapped[DeliveryRecord | None] = relationship()
    credential: Mapped[IssuedCredentialRecord | None] = relationship()
    provider: Mapped[ProviderRecord | None] = relationship()
