"""Which keys sign for which provider, and from when to when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record

_IN_USE = text("used_until IS NULL")


class SigningKeyRecord(Record):
    """The public half of a key and where its private half lies; rows stay for ever, so that old badges verify."""

    __tablename__ = "signing_key"
    __table_args__ = (
        Index(
            "uq_signing_key_in_use",
            "provider_id",
            "algorithm",
            unique=True,
            sqlite_where=_IN_USE,
            postgresql_where=_IN_USE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"))
    algorithm: Mapped[str] = mapped_column(String(16))
    public_key: Mapped[str] = mapped_column(String(100), unique=True)
    """The Multikey, unique over all issuers: no two of them ever share a key."""
    thumbprint: Mapped[str] = mapped_column(String(43), unique=True)
    uri: Mapped[str] = mapped_column(String(512))
    """What opens the private key; a file is named without its folder, so that the data directory may move."""
    method_id: Mapped[str] = mapped_column(String(700))
    key_url: Mapped[str] = mapped_column(String(700))
    used_from: Mapped[datetime] = mapped_column(Moment)
    used_until: Mapped[datetime | None] = mapped_column(Moment)
    distrusted_since: Mapped[datetime | None] = mapped_column(Moment)

    provider: Mapped[ProviderRecord] = relationship()
