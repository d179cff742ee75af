"""What the office has issued, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import AchievementVersionRecord, ProviderRecord
from issuer.database import Moment, Record
from issuer.learners.folding import LONGEST, fold
from issuer.learners.records import LearnerRecord
from issuer.status.records import StatusEntryRecord


def _folded_name(context: Any) -> str:
    written = context.get_current_parameters()
    return folded_name(written["given_name"], written["family_name"])


def folded_name(given_name: str, family_name: str) -> str:
    """What a search for a name looks through, and the order of names from A to Z."""
    return fold(f"{family_name} {given_name}")


class IssuedCredentialRecord(Record):
    """One credential: its two sealed texts verbatim, and beside them an index to find it by.

    ``award_key`` is what makes an award happen once; a superseded record has given its key to its successor.
    """

    __tablename__ = "issued_credential"
    __table_args__ = (
        CheckConstraint("state IN ('issued', 'suspended', 'revoked', 'superseded')", name="state"),
        Index(
            "ix_issued_credential_search",
            "provider_id",
            "completed_on",
            "id",
            "state",
            "valid_until",
            "is_specimen",
            "achievement_version_id",
            "learner_id",
            "name_folded",
        ),
        Index("ix_issued_credential_name", "provider_id", "name_folded", "id"),
        Index("ix_issued_credential_expiry", "provider_id", "valid_until", "id"),
    )
    # the first index holds all that a search or a report asks for, so that neither reads the rows with the long texts

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[str] = mapped_column(String(45), unique=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    award_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    achievement_version_id: Mapped[int] = mapped_column(ForeignKey("achievement_version.id"), index=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    status_entry_id: Mapped[int] = mapped_column(ForeignKey("status_entry.id"), unique=True)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("issued_credential.id"), unique=True)
    completed_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    given_name: Mapped[str] = mapped_column(String(200))
    family_name: Mapped[str] = mapped_column(String(200))
    result: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="issued")
    is_specimen: Mapped[bool] = mapped_column(default=False)
    """Made to be looked at (a lapsed badge for the demonstration); no report counts it."""
    approver: Mapped[str | None] = mapped_column(String(200))
    """Who approved the award, by name as the certificate shows it; None where nobody but the importer was asked."""
    name_folded: Mapped[str] = mapped_column(String(LONGEST), default=_folded_name)
    """The family name, then the given name, as a search compares them; filled in when the row is written."""
    sealed_json: Mapped[str] = mapped_column(Text)
    sealed_jwt: Mapped[str] = mapped_column(Text)

    provider: Mapped[ProviderRecord] = relationship()
    achievement_version: Mapped[AchievementVersionRecord] = relationship()
    learner: Mapped[LearnerRecord] = relationship()
    status_entry: Mapped[StatusEntryRecord] = relationship()
    supersedes: Mapped[IssuedCredentialRecord | None] = relationship(remote_side=[id], back_populates="superseded_by")
    superseded_by: Mapped[IssuedCredentialRecord | None] = relationship(back_populates="supersedes")
    changes: Mapped[list[StatusChangeRecord]] = relationship(
        back_populates="credential", order_by="StatusChangeRecord.id"
    )

    @property
    def holder_name(self) -> str:
        """The learner's name as the credential has it."""
        return f"{self.given_name} {self.family_name}".strip()


class SealRecord(Record):
    """One seal on an issued credential: by which key, the SHA-256 of the signature, when it was filed.

    Rows are only ever added. When a key is stolen they tell what it had sealed before.
    """

    __tablename__ = "seal"
    __table_args__ = (
        UniqueConstraint("credential_record_id", "key_thumbprint"),
        Index("ix_seal_key_digest", "key_thumbprint", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_record_id: Mapped[int] = mapped_column(ForeignKey("issued_credential.id"))
    key_thumbprint: Mapped[str] = mapped_column(ForeignKey("signing_key.thumbprint"))
    digest: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime] = mapped_column(Moment)


class StatusChangeRecord(Record):
    """One act on an issued credential: what, why, when, by whom. Rows are only ever added."""

    __tablename__ = "status_change"
    __table_args__ = (
        CheckConstraint("act IN ('revoked', 'suspended', 'reinstated', 'superseded')", name="act"),
        CheckConstraint("reason <> 'other' OR note <> ''", name="other_has_a_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_record_id: Mapped[int] = mapped_column(ForeignKey("issued_credential.id"), index=True)
    act: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(200))

    credential: Mapped[IssuedCredentialRecord] = relationship(back_populates="changes")
