"""What people at the desk do about a delivery: send it again, correct its address, remind, each on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.roles import Permission
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.delivery.addresses import read_address
from issuer.delivery.board import Asked, get_delivery, remindable, resendable, sent_again_just_now
from issuer.delivery.errors import AlreadyClaimed, BadgeNotInForce, NoAddress, SameAddress
from issuer.delivery.outbox import put_claim_mail
from issuer.delivery.records import ClaimLinkRecord, DeliveryRecord, DeliveryState, MailKind, MailRecord, MailState
from issuer.delivery.reminders import remind
from issuer.learners.matching import normal_email
from issuer.learners.records import LearnerRecord

AT_ONCE: Final = 250
"""In one transaction, so that others who write get a turn."""

_GONE: Final = frozenset({CredentialState.REVOKED, CredentialState.SUPERSEDED})


def resend(
    session: Session, actor: Actor, provider_slug: str, number: int, *, now: datetime, chance: Chance
) -> DeliveryRecord:
    """One mail once more, with a new link; earlier links stay good until their day. No commit.

    A new link that is on its way already is this one: two clicks make one mail. Raises NotHere, NotAllowed, NoAddress
    and BadgeNotInForce.
    """
    provider = authorise(session, actor, provider_slug, Permission.DELIVER)
    delivery = get_delivery(session, provider.id, number)
    session.refresh(delivery, with_for_update=True)
    _check_in_force(delivery)
    if not delivery.email:
        raise NoAddress
    if _goes_again(session, delivery):
        return delivery
    put_claim_mail(session, delivery, MailKind.AGAIN, now=now, chance=chance)
    record_act(
        session, actor, AuditAct.MAIL_RESENT, provider=provider, subject=delivery.credential.credential_id, now=now
    )
    return delivery


def resend_some(
    session: Session, actor: Actor, provider_slug: str, asked: Asked, after: int, *, now: datetime, chance: Chance
) -> tuple[int, int | None]:
    """The mails of some of what is asked for once more, of those with a number above ``after``.

    Gives how many, and the last number; call it with that until it is None. Whoever asks the same at the same time
    sends what is left. No commit.
    """
    provider = authorise(session, actor, provider_slug, Permission.DELIVER)
    some = _locked(session, resendable(DeliveryRecord, provider.id, asked, now=now).where(DeliveryRecord.id > after))
    # the question above was answered before the lock was got, and a mail that was made meanwhile is not in it
    just_now = sent_again_just_now(session, [each.id for each in some], now=now)
    due = [each for each in some if each.id not in just_now]
    for delivery in due:
        put_claim_mail(session, delivery, MailKind.AGAIN, now=now, chance=chance)
    _record_many(session, actor, provider, len(due), now)
    return len(due), some[-1].id if some else None


def remind_some(session: Session, actor: Actor, provider_slug: str, *, now: datetime, chance: Chance) -> int:
    """Remind some of those who have not opened their mail; says how many. Call it until there are none. No commit."""
    provider = authorise(session, actor, provider_slug, Permission.DELIVER)
    some = _locked(session, remindable(DeliveryRecord, provider.id, now=now))
    for delivery in some:
        remind(session, delivery, now=now, chance=chance)
    _record_many(session, actor, provider, len(some), now)
    return len(some)


def correct_address(
    session: Session, actor: Actor, provider_slug: str, number: int, text: str, *, now: datetime, chance: Chance
) -> int:
    """Another address for a badge that was not claimed yet; says for how many badges. No commit.

    Every unclaimed badge of the learner from this provider that was under way to the same wrong address goes to the new
    one: the links sent to the wrong one end, new mails go. The badge itself is not signed anew. The address by which
    the learner is known moves along when no other provider and nobody else has to do with it. Raises NotHere,
    NotAllowed, AddressUnusable, AlreadyClaimed, SameAddress and BadgeNotInForce.
    """
    provider = authorise(session, actor, provider_slug, Permission.DELIVER)
    delivery = get_delivery(session, provider.id, number)
    read_address(text)
    address = normal_email(text)
    if delivery.claimed_at is not None:
        raise AlreadyClaimed
    if delivery.email == address:
        raise SameAddress
    _check_in_force(delivery)
    wrong, learner = delivery.email, delivery.credential.learner
    affected = _under_way_to(session, delivery)
    for each in affected:
        _redirect(session, each, address, now=now, chance=chance)
        subject = each.credential.credential_id
        record_act(session, actor, AuditAct.ADDRESS_CORRECTED, provider=provider, subject=subject, now=now)
    if learner.email == wrong and _is_ours_alone(session, learner, provider) and _is_free(session, address):
        learner.email = address
    return len(affected)


def _goes_again(session: Session, delivery: DeliveryRecord) -> bool:
    """Whether a mail with a new link is on its way there already."""
    mail = select(MailRecord.id).where(
        MailRecord.delivery_id == delivery.id,
        MailRecord.kind == MailKind.AGAIN,
        MailRecord.state.in_((MailState.WAITING, MailState.SENDING)),
        MailRecord.address == delivery.email,
    )
    return session.scalar(mail.limit(1)) is not None


def _locked(session: Session, query: Select[Any]) -> Sequence[DeliveryRecord]:
    """Some of these deliveries, as they are once nobody else writes them; in one order, so that two can only wait."""
    some = query.order_by(DeliveryRecord.id).limit(AT_ONCE).with_for_update(of=DeliveryRecord)
    return session.scalars(some.execution_options(populate_existing=True)).all()


def _redirect(session: Session, delivery: DeliveryRecord, address: str, *, now: datetime, chance: Chance) -> None:
    session.execute(
        update(ClaimLinkRecord)
        .where(ClaimLinkRecord.delivery_id == delivery.id, ClaimLinkRecord.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    delivery.email, delivery.state = address, DeliveryState.WAITING
    delivery.smtp_code = delivery.smtp_status = delivery.opened_at = delivery.reminded_at = None
    put_claim_mail(session, delivery, MailKind.AWARD, now=now, chance=chance)


def _under_way_to(session: Session, delivery: DeliveryRecord) -> list[DeliveryRecord]:
    """The delivery and those like it: same learner, same provider, same address, not claimed, badge in force."""
    if delivery.email is None:
        return [delivery]
    like_it = session.scalars(
        select(DeliveryRecord)
        .join(IssuedCredentialRecord)
        .where(
            IssuedCredentialRecord.learner_id == delivery.credential.learner_id,
            IssuedCredentialRecord.state.notin_(_GONE),
            DeliveryRecord.provider_id == delivery.provider_id,
            DeliveryRecord.email == delivery.email,
            DeliveryRecord.claimed_at.is_(None),
        )
        .order_by(DeliveryRecord.id)
        .with_for_update(of=DeliveryRecord)
    )
    return list(like_it)


def _is_ours_alone(session: Session, learner: LearnerRecord, provider: ProviderRecord) -> bool:
    others = select(IssuedCredentialRecord.id).where(
        IssuedCredentialRecord.learner_id == learner.id, IssuedCredentialRecord.provider_id != provider.id
    )
    return session.scalar(others.limit(1)) is None


def _is_free(session: Session, address: str) -> bool:
    return session.scalar(select(LearnerRecord.id).where(LearnerRecord.email == address)) is None


def _check_in_force(delivery: DeliveryRecord) -> None:
    if delivery.credential.state in _GONE:
        raise BadgeNotInForce


def _record_many(session: Session, actor: Actor, provider: ProviderRecord, count: int, now: datetime) -> None:
    if count:
        subject, facts = f"provider:{provider.slug}", {"mails": count}
        record_act(session, actor, AuditAct.MAIL_RESENT, provider=provider, subject=subject, now=now, facts=facts)
