"""Access tokens, of which the office keeps only a hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
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
    scope: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()
