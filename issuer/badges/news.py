"""What happened to a badge is told in the transaction in which it happens: programs, the audit log, the learner.

Every way of awarding and changing badges ends here, so that none of them forgets anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.awards.records import IssuedCredentialRecord
from issuer.chance import Chance
from issuer.delivery.outbox import ChangeAct, announce_change
from issuer.machines.events import EventKind, announce_event


def note_award(
    session: Session,
    record: IssuedCredentialRecord,
    actor: Actor,
    *,
    now: datetime,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Tell programs and the audit log of a new badge. No commit.

    The learner is told by ``announce_award``, whose caller knows the address; who issues for a program that brings the
    badge to its learner by itself tells nobody else.
    """
    tell_programs(session, EventKind.ISSUED, record, now=now)
    record_act(
        session,
        actor,
        AuditAct.CREDENTIALS_ISSUED,
        provider=record.provider,
        subject=record.credential_id,
        facts={"count": 1, **(facts or {})},
        now=now,
    )


def note_change(
    session: Session,
    record: IssuedCredentialRecord,
    verb: ChangeAct,
    actor: Actor,
    facts: Mapping[str, str | int],
    *,
    chance: Chance,
    now: datetime,
) -> None:
    """Tell the learner, programs and the audit log of a badge that changed. No commit."""
    announce_change(session, record, verb, now=now, chance=chance)
    tell_programs(session, EventKind(verb), record, now=now)
    record_act(
        session,
        actor,
        AuditAct(f"credential_{verb}"),
        provider=record.provider,
        subject=record.credential_id,
        facts=facts,
        now=now,
    )


def tell_programs(session: Session, kind: EventKind, record: IssuedCredentialRecord, *, now: datetime) -> None:
    """Have every webhook called that wants to know this of the provider's badges. No commit."""
    announce_event(session, kind, record.provider_id, record.credential_id, now=now)
