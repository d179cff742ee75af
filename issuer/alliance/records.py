"""The signed trust list as it was last published."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuer.catalogue.records import ProviderRecord
from issuer.database import Moment, Record


class PublishedTrustListRecord(Record):
    """The list a keeper signed, and the digest of what it was made from: another digest means it is out of date."""

    __tablename__ = "published_trust_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    keeper_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), unique=True)
    content_digest: Mapped[str] = mapped_column(String(64))
    key_thumbprint: Mapped[str] = mapped_column(String(43))
    signed_at: Mapped[datetime] = mapped_column(Moment)
    jws: Mapped[str] = mapped_column(Text)

    keeper: Mapped[ProviderRecord] = relationship()
