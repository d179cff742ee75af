"""The audit log: who did what to which object, in rows that only grow and of which each seals the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.records import AuditEntryRecord, AuditHeadRecord
from issuer.catalogue.records import ProviderRecord

START: Final = "0" * 64
"""What the first entry has before it."""

_HEAD: Final = 1
_AT_ONCE: Final = 1000


class AuditAct(StrEnum):
    """What can be done. Values are public and never reused for another meaning."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an act
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of an act
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    STAFF_INVITED = "staff_invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    STAFF_JOINED = "staff_joined"
    ROLES_CHANGED = "roles_changed"
    STAFF_REMOVED = "staff_removed"
    TOKEN_CREATED = "token_created"  # noqa: S105 - the name of an act
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an act
    BATCH_OPENED = "batch_opened"
    BATCH_SENT = "batch_sent_for_approval"
    BATCH_APPROVED = "batch_approved"
    BATCH_REFUSED = "batch_refused"
    BATCH_DISCARDED = "batch_discarded"
    PREREQUISITE_OVERRIDDEN = "prerequisite_overridden"
    CREDENTIALS_ISSUED = "credentials_issued"
    CREDENTIAL_REVOKED = "credential_revoked"
    CREDENTIAL_SUSPENDED = "credential_suspended"
    CREDENTIAL_REINSTATED = "credential_reinstated"
    CREDENTIAL_SUPERSEDED = "credential_superseded"
    ADDRESS_CORRECTED = "address_corrected"
    MAIL_RESENT = "mail_resent"
    LETTER_PRINTED = "letter_printed"
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_RENEWED = "webhook_renewed"
    WEBHOOK_DELETED = "webhook_deleted"
    KEY_CREATED = "key_created"
    KEY_ROTATED = "key_rotated"
    KEY_RETIRED = "key_retired"
    KEY_DISTRUSTED = "key_distrusted"
    DRAFT_BEGUN = "draft_begun"
    DRAFT_DISCARDED = "draft_discarded"
    DRAFT_SUBMITTED = "draft_submitted"
    DRAFT_TAKEN_BACK = "draft_taken_back"
    DRAFT_RETURNED = "draft_returned"
    ACHIEVEMENT_PUBLISHED = "achievement_published"
    ACHIEVEMENT_RETIRED = "achievement_retired"
    PROVIDER_AUTHORISED = "provider_authorised"
    AUTHORISATION_ENDED = "authorisation_ended"
    PROGRAMME_ADDED = "programme_added"
    PROGRAMME_CHANGED = "programme_changed"
    PROGRAMME_CLOSED = "programme_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What reading the whole chain found: its length, its last digest, and the first number that does not fit."""

    entries: int
    digest: str
    broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every entry fits the one before it and the last one is the end on file."""
        return self.broken_at is None


def record_act(
    session: Session,
    actor: Actor,
    act: AuditAct,
    *,
    provider: ProviderRecord | None,
    subject: str,
    now: datetime,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Add an entry in the transaction of the act itself; ``facts`` must hold no personal data."""
    head = session.get(AuditHeadRecord, _HEAD, with_for_update=True, populate_existing=True)
    assert head is not None  # the migration lays it
    entry = AuditEntryRecord(
        number=head.number + 1,
        at=now,
        actor=actor.label,
        act=act.value,
        provider_id=provider.id if provider else None,
        subject=subject,
        facts=dict(facts or {}),
    )
    head.number, head.digest = entry.number, _digest(head.digest, entry)
    entry.digest = head.digest
    session.add(entry)
    session.flush()


def verify_chain(session: Session) -> ChainReport:
    """Read every entry; says where the chain breaks, not who broke it.

    Whoever can write the database can write a whole new chain: only a digest kept elsewhere would show that.
    """
    digest, number = START, 0
    entries = session.scalars(
        select(AuditEntryRecord).order_by(AuditEntryRecord.number).execution_options(yield_per=_AT_ONCE)
    )
    with closing(entries):
        for entry in entries:
            number += 1
            digest = _digest(digest, entry)
            if entry.number != number or entry.digest != digest:
                return ChainReport(entries=number, digest=digest, broken_at=number)
    head = session.get(AuditHeadRecord, _HEAD, populate_existing=True)
    is_end = head is not None and (head.number, head.digest) == (number, digest)
    return ChainReport(entries=number, digest=digest, broken_at=None if is_end else number + 1)


def _digest(before: str, entry: AuditEntryRecord) -> str:
    said: dict[str, Any] = {
        "before": before,
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor,
        "act": entry.act,
        "provider": entry.provider_id,
        "subject": entry.subject,
        "facts": entry.facts,
    }
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()
