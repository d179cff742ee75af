"""The outbox: what has to be told to people, written in the same transaction as what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.delivery.claim_tokens import CLAIM, make_claim_link
from issuer.delivery.records import DeliveryRecord, DeliveryState, MailKind, MailRecord, MailState
from issuer.work.outbox import WorkKind, put_work

ChangeAct = Literal["revoked", "suspended", "reinstated", "superseded"]

_STILL_ON_ITS_WAY: Final = frozenset({DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.BOUNCED})


def announce_award(
    session: Session,
    record: IssuedCredentialRecord,
    *,
    email: str | None,
    language: str | None,
    now: datetime,
    chance: Chance,
) -> DeliveryRecord:
    """Have the learner told of a badge, once for each credential; gives the delivery of then the next time.

    ``email`` goes before the address on file. Without either the delivery waits for somebody to print a letter.
    No commit; the record must have been flushed.
    """
    address = email or record.learner.email
    return _announce(session, record, MailKind.AWARD, address, language=language, now=now, chance=chance)


def announce_change(
    session: Session, record: IssuedCredentialRecord, act: ChangeAct, *, now: datetime, chance: Chance
) -> MailRecord | None:
    """Have the learner told what became of a badge; None when no address is known. No commit.

    A superseded badge brings its successor with it: the mail holds the link to claim that one, and no other mail is
    sent for it. ``record`` is the badge that changed, so for ``superseded`` the old one.
    """
    delivery = find_delivery(session, record)
    email = delivery.email if delivery else record.learner.email
    language = (delivery.language if delivery else None) or record.learner.language
    if act == "superseded" and record.superseded_by is not None:
        new = record.superseded_by
        made = _announce(session, new, MailKind.SUPERSEDED, email, language=language, now=now, chance=chance)
        return session.scalar(select(MailRecord).where(MailRecord.delivery_id == made.id).limit(1))
    if not email:
        return None
    mail = MailRecord(
        kind=MailKind(act),
        provider_id=record.provider_id,
        delivery_id=delivery.id if delivery else None,
        credential_record_id=record.id,
        address=email,
        language=language,
        facts={},
    )
    return put_mail(session, mail, now=now, chance=chance)


def put_notice(
    session: Session,
    kind: MailKind,
    *,
    address: str,
    language: str | None,
    facts: Mapping[str, str],
    provider: ProviderRecord | None,
    now: datetime,
    chance: Chance,
) -> MailRecord:
    """A mail that concerns no badge, such as an invitation. No commit.

    ``facts`` fill the places of its words; "link" is the one link of the mail. They are forgotten when it has gone.
    """
    mail = MailRecord(
        kind=kind,
        provider_id=provider.id if provider else None,
        address=address,
        language=language,
        facts=dict(facts),
    )
    return put_mail(session, mail, now=now, chance=chance)


def put_claim_mail(
    session: Session, delivery: DeliveryRecord, kind: MailKind, *, now: datetime, chance: Chance
) -> MailRecord:
    """A mail with a new link to claim a badge; the delivery has an address. No commit."""
    assert delivery.email, "a delivery without an address has a letter"
    if delivery.state in _STILL_ON_ITS_WAY and kind is not MailKind.REMINDER:
        delivery.state = DeliveryState.WAITING
    token = make_claim_link(session, delivery, now=now, chance=chance)
    mail = MailRecord(
        kind=kind,
        provider_id=delivery.provider_id,
        delivery_id=delivery.id,
        credential_record_id=delivery.credential_record_id,
        address=delivery.email,
        language=delivery.language,
        facts={CLAIM: token},
    )
    return put_mail(session, mail, now=now, chance=chance)


def put_mail(session: Session, mail: MailRecord, *, now: datetime, chance: Chance) -> MailRecord:
    """Give a mail its identity and put it into the outbox, with the work that brings it away."""
    mail.state, mail.created_at, mail.message_token = MailState.WAITING, now, chance.token()
    session.add(mail)
    session.flush()
    put_work(session, WorkKind.SEND_MAIL, {"mail": mail.id}, now=now, key=f"mail:{mail.id}")
    return mail


def find_delivery(session: Session, record: IssuedCredentialRecord) -> DeliveryRecord | None:
    """The delivery of a credential, if it was ever announced."""
    return session.scalar(select(DeliveryRecord).where(DeliveryRecord.credential_record_id == record.id))


def _announce(
    session: Session,
    record: IssuedCredentialRecord,
    kind: MailKind,
    email: str | None,
    *,
    language: str | None,
    now: datetime,
    chance: Chance,
) -> DeliveryRecord:
    earlier = find_delivery(session, record)
    if earlier is not None:
        return earlier
    delivery = DeliveryRecord(
        credential_record_id=record.id,
        provider_id=record.provider_id,
        state=DeliveryState.WAITING if email else DeliveryState.LETTER,
        email=email,
        language=language or record.learner.language,
        created_at=now,
    )
    session.add(delivery)
    session.flush()
    if email:
        put_claim_mail(session, delivery, kind, now=now, chance=chance)
    return delivery
