"""The outbox: what has to be told to people, written in the same transaction as what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.delivery.claim_tokens import CLAIM, make_claim_link
from issuer.delivery.records import DeliveryRecord, DeliveryState, MailKind, MailRecord, MailState
from issuer.work.outbox import WorkKind, put_works

ChangeAct = Literal["revoked", "suspended", "reinstated", "superseded"]

_STILL_ON_ITS_WAY: Final = frozenset({DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.BOUNCED})


@dataclass(frozen=True, slots=True)
class News:
    """A badge that its learner is to be told of, where, and in which language."""

    record: IssuedCredentialRecord
    email: str | None
    language: str | None


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

    What ``announce_awards`` does with one.
    """
    news = [News(record, email or record.learner.email, language)]
    (delivery,) = _announce(session, MailKind.AWARD, news, now=now, chance=chance)
    return delivery


def announce_awards(session: Session, news: Iterable[News], *, now: datetime, chance: Chance) -> None:
    """Have the learners told of their badges, once for each credential. No commit; the records must be flushed.

    The address of the news goes before the one on file. Without either the delivery waits for somebody to print a
    letter.
    """
    complete = [replace(each, email=each.email or each.record.learner.email) for each in news]
    _announce(session, MailKind.AWARD, complete, now=now, chance=chance)


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
        (made,) = _announce(session, MailKind.SUPERSEDED, [News(new, email, language)], now=now, chance=chance)
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
    mail = _claim_mail(session, delivery, kind, now=now, chance=chance)
    return put_mail(session, mail, now=now, chance=chance)


def _claim_mail(
    session: Session, delivery: DeliveryRecord, kind: MailKind, *, now: datetime, chance: Chance
) -> MailRecord:
    assert delivery.email, "a delivery without an address has a letter"
    if delivery.state in _STILL_ON_ITS_WAY and kind is not MailKind.REMINDER:
        delivery.state = DeliveryState.WAITING
    token = make_claim_link(session, delivery, now=now, chance=chance)
    return MailRecord(
        kind=kind,
        provider_id=delivery.provider_id,
        delivery_id=delivery.id,
        credential_record_id=delivery.credential_record_id,
        address=delivery.email,
        language=delivery.language,
        facts={CLAIM: token},
    )


def put_mail(session: Session, mail: MailRecord, *, now: datetime, chance: Chance) -> MailRecord:
    """Give a mail its identity and put it into the outbox, with the work that brings it away."""
    _put_mails(session, [mail], now=now, chance=chance)
    return mail


def _put_mails(session: Session, mails: Sequence[MailRecord], *, now: datetime, chance: Chance) -> None:
    for mail in mails:
        mail.state, mail.created_at, mail.message_token = MailState.WAITING, now, chance.token()
    session.add_all(mails)
    session.flush()
    put_works(session, WorkKind.SEND_MAIL, {f"mail:{mail.id}": {"mail": mail.id} for mail in mails}, now=now)


def find_delivery(session: Session, record: IssuedCredentialRecord) -> DeliveryRecord | None:
    """The delivery of a credential, if it was ever announced."""
    return session.scalar(select(DeliveryRecord).where(DeliveryRecord.credential_record_id == record.id))


def _announce(
    session: Session, kind: MailKind, news: Sequence[News], *, now: datetime, chance: Chance
) -> list[DeliveryRecord]:
    """The deliveries in the order of the news; those that were announced before are left as they are."""
    earlier = _deliveries(session, [each.record.id for each in news])
    new = [_delivery(each, now=now) for each in news if each.record.id not in earlier]
    session.add_all(new)
    session.flush()
    with_address = [each for each in new if each.email]
    mails = [_claim_mail(session, each, kind, now=now, chance=chance) for each in with_address]
    _put_mails(session, mails, now=now, chance=chance)
    known = earlier | {each.credential_record_id: each for each in new}
    return [known[each.record.id] for each in news]


def _deliveries(session: Session, record_ids: Sequence[int]) -> dict[int, DeliveryRecord]:
    found = session.scalars(select(DeliveryRecord).where(DeliveryRecord.credential_record_id.in_(record_ids)))
    return {each.credential_record_id: each for each in found}


def _delivery(news: News, *, now: datetime) -> DeliveryRecord:
    return DeliveryRecord(
        credential_record_id=news.record.id,
        provider_id=news.record.provider_id,
        state=DeliveryState.WAITING if news.email else DeliveryState.LETTER,
        email=news.email,
        language=news.language or news.record.learner.language,
        created_at=now,
    )
