"""What can be earned, who may award it, and whose programme it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Connection, ForeignKey, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from issuer.catalogue.errors import PublishedVersionChanged
from issuer.database import Moment, Record


class ProviderRecord(Record):
    """An organisation that issues: a training provider, or the office that owns programmes and keeps the trust list."""

    __tablename__ = "provider"
    __table_args__ = (CheckConstraint("role IN ('provider', 'programme_owner')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    issuer_id: Mapped[str] = mapped_column(String(512), unique=True)
    """The did:web under which it signs; fixed when the provider is first loaded, because credentials repeat it."""
    legal_name: Mapped[str] = mapped_column(String(300))
    name_en: Mapped[str] = mapped_column(String(300))
    country: Mapped[str] = mapped_column(String(2))
    nuts_code: Mapped[str | None] = mapped_column(String(5))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The checked entry of the provider file: address, languages, registration, quality assurance and so on."""
    demo: Mapped[bool]


class ProgrammeRecord(Record):
    """A programme such as VOLTAGE; a closed one awards nothing new and its badges go on verifying."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    owner_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    is_closed: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    demo: Mapped[bool]

    owner: Mapped[ProviderRecord] = relationship()


class AchievementRecord(Record):
    """What can be earned, under one code for all its versions."""

    __tablename__ = "achievement"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    """From when on nothing new is awarded; what was awarded before goes on verifying."""

    programme: Mapped[ProgrammeRecord] = relationship()
    versions: Mapped[list[AchievementVersionRecord]] = relationship(
        back_populates="achievement", order_by="AchievementVersionRecord.id"
    )
    authorisations: Mapped[list[AuthorisationRecord]] = relationship(back_populates="achievement")


class AchievementVersionRecord(Record):
    """One published wording of an achievement; never changed, because credentials point at it."""

    __tablename__ = "achievement_version"
    __table_args__ = (UniqueConstraint("achievement_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    version: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The checked catalogue entry, without the list of authorised providers."""
    published_at: Mapped[datetime] = mapped_column(Moment)

    achievement: Mapped[AchievementRecord] = relationship(back_populates="versions")


class AuthorisationRecord(Record):
    """A provider may award an achievement, from a moment, until a moment or further notice.

    A provider that is authorised again gets a second period: badges of the first one go on being trusted.
    """

    __tablename__ = "authorisation"
    __table_args__ = (UniqueConstraint("achievement_id", "provider_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)
    is_decided_in_console: Mapped[bool] = mapped_column(default=False)
    """The programme's owner granted or ended it in the console: files that are loaded leave it as it is."""

    achievement: Mapped[AchievementRecord] = relationship(back_populates="authorisations")
    provider: Mapped[ProviderRecord] = relationship()

    def is_in_force(self, now: datetime) -> bool:
        """Whether the provider may award now."""
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)


@event.listens_for(AchievementVersionRecord, "before_update")
def _keep_published_versions(
    mapper: Mapper[AchievementVersionRecord], connection: Connection, target: AchievementVersionRecord
) -> None:
    del mapper, connection
    raise PublishedVersionChanged(target.achievement.code, target.version)
