"""The audit log as people read it: newest first, page after page, and whole as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from issuer.accounts.audit import AuditAct
from issuer.accounts.records import AuditEntryRecord
from issuer.catalogue.records import ProviderRecord

_AT_ONCE: Final = 1000
_OFFICE: Final = "programme_owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSearch:
    """Which acts somebody asks for: of one kind, on one object such as ``urn:uuid:…`` or ``batch:12``, by one actor."""

    act: AuditAct | None = None
    subject: str = ""
    actor: str = ""


def read_audit(
    session: Session, provider: ProviderRecord, asked: AuditSearch, *, limit: int, before: int | None = None
) -> tuple[Sequence[AuditEntryRecord], int | None]:
    """One page, newest first, and the number before which the next one begins, None at the end.

    A provider's log has its own acts; the alliance office's has those that belong to no provider too, such as signing
    in.
    """
    query = _query(provider, asked)
    if before is not None:
        query = query.where(AuditEntryRecord.number < before)
    rows = session.scalars(query.order_by(AuditEntryRecord.number.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


def every_act(session: Session, provider: ProviderRecord, asked: AuditSearch) -> Iterator[dict[str, Any]]:
    """All of it, oldest first, with the digests that chain the entries of the whole platform."""
    entries = session.scalars(
        _query(provider, asked).order_by(AuditEntryRecord.number).execution_options(yield_per=_AT_ONCE)
    )
    for each in entries:
        yield {
            "number": each.number,
            "at": each.at.isoformat(),
            "actor": each.actor,
            "act": each.act,
            "provider": provider.slug if each.provider_id == provider.id else None,
            "subject": each.subject,
            "facts": each.facts,
            "digest": each.digest,
        }


def _query(provider: ProviderRecord, asked: AuditSearch) -> Select[AuditEntryRecord]:
    own = AuditEntryRecord.provider_id == provider.id
    if provider.role == _OFFICE:
        own = or_(own, AuditEntryRecord.provider_id.is_(None))
    query = select(AuditEntryRecord).where(own)
    if asked.act is not None:
        query = query.where(AuditEntryRecord.act == asked.act.value)
    if asked.subject:
        query = query.where(AuditEntryRecord.subject == asked.subject)
    if asked.actor:
        query = query.where(AuditEntryRecord.actor == asked.actor)
    return query
