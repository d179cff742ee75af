"""A learner at the claim link: looking, keeping the badge, asking for a new link. No account, no cookie."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuer.accounts.throttle import Counter, charge
from issuer.chance import Chance
from issuer.delivery.claim_tokens import CLAIM, claim_hash, is_claim_token
from issuer.delivery.outbox import put_claim_mail, put_mail
from issuer.delivery.records import ClaimLinkRecord, DeliveryRecord, DeliveryState, MailKind, MailRecord
from issuer.errors import IssuerError

RENEWAL_PAUSE: Final = timedelta(hours=1)
"""Between two new links for one badge, so that nobody's mailbox is filled with them."""

_NO_LIMIT: Final = 1_000_000
_NOT_OPENED: Final = frozenset({DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.BOUNCED, DeliveryState.LETTER})


class LinkLapsed(IssuerError):
    """The link is too old, was replaced, or never was; which of these is told to nobody."""

    code: ClassVar[str] = "link_lapsed"

    def __init__(self) -> None:
        super().__init__("This link is no longer good. Ask for a new one on its page.")


def find_claim(session: Session, token: str, *, now: datetime) -> DeliveryRecord | None:
    """The delivery behind a link that is still good."""
    link = _find_link(session, token)
    if link is None or link.ended_at is not None or link.expires_at <= now:
        return None
    return link.delivery


def link_end(session: Session, token: str) -> datetime:
    """Until when a link that was found is good."""
    link = _find_link(session, token)
    assert link is not None, "asked about a link that was found"
    return link.expires_at


def note_opened(session: Session, token: str, *, now: datetime) -> None:
    """Somebody, or a robot that looks into mails, has opened the link: that alone claims nothing. No commit."""
    delivery = _held(session, token, now)
    if delivery is not None and delivery.state in _NOT_OPENED:
        delivery.state, delivery.opened_at = DeliveryState.OPENED, now


def keep_badge(session: Session, token: str, *, now: datetime) -> DeliveryRecord | None:
    """The learner keeps the badge; None when that was so before. Raises LinkLapsed. No commit."""
    delivery = _held(session, token, now)
    if delivery is None:
        raise LinkLapsed
    if delivery.claimed_at is not None:
        return None
    delivery.state, delivery.claimed_at = DeliveryState.CLAIMED, now
    delivery.opened_at = delivery.opened_at or now
    return delivery


def renew_link(session: Session, token: str, *, now: datetime, chance: Chance) -> None:
    """Send a new link to where the old one went, if there was one: the caller cannot see which. No commit.

    A link that went to a wrong address or by letter renews nothing, nor does a second wish within RENEWAL_PAUSE. The
    work is the same whether a mail goes or not, so that the time it takes tells nothing either.
    """
    if not is_claim_token(token):
        return
    # something is kept in any case; of two wishes at once the second waits here, and finds the mail of the first
    charge(session, [Counter(claim_hash(token), _NO_LIMIT)], now=now)
    delivery = _may_be_renewed(session, token, now)
    if delivery is None:
        _as_much_for_nobody(session, now=now, chance=chance)
    else:
        put_claim_mail(session, delivery, MailKind.AGAIN, now=now, chance=chance)


def _may_be_renewed(session: Session, token: str, now: datetime) -> DeliveryRecord | None:
    link = _find_link(session, token)
    delivery = session.get(DeliveryRecord, link.delivery_id if link is not None else 0)
    number = delivery.id if delivery is not None else 0
    last = session.scalar(select(func.max(MailRecord.created_at)).where(MailRecord.delivery_id == number))
    if link is None or delivery is None or link.ended_at is not None or not delivery.email:
        return None
    return delivery if last is None or now - last >= RENEWAL_PAUSE else None


def _as_much_for_nobody(session: Session, *, now: datetime, chance: Chance) -> None:
    """Write what a mail would be, and take it back."""
    with session.begin_nested() as undone:
        mail = MailRecord(kind=MailKind.AGAIN, address="", facts={CLAIM: chance.token()})
        put_mail(session, mail, now=now, chance=chance)
        undone.rollback()


def _held(session: Session, token: str, now: datetime) -> DeliveryRecord | None:
    """The delivery behind a good link, as it is when nobody else writes it: one who claims is not overlooked."""
    delivery = find_claim(session, token, now=now)
    if delivery is not None:
        session.refresh(delivery, with_for_update=True)
    return delivery


def _find_link(session: Session, token: str) -> ClaimLinkRecord | None:
    if not is_claim_token(token):
        return None
    return session.scalar(select(ClaimLinkRecord).where(ClaimLinkRecord.token_hash == claim_hash(token)))
