"""Mails to staff, as this folder sees them: somebody else writes and sends them, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session

from issuer.catalogue.records import ProviderRecord


class NoticeKind(StrEnum):
    """What a mail is about."""

    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One mail. ``facts`` fill the places of its words; "link" is an address below the office's own."""

    kind: NoticeKind
    address: str
    provider: ProviderRecord | None
    facts: Mapping[str, str] = field(default_factory=dict)


class Post(Protocol):
    """Puts a mail into the outbox of this session's transaction."""

    def __call__(self, session: Session, notice: Notice) -> None:
        """Raises what makes the address unusable."""
