"""Bring one mail away, and note what became of it. At least once: see ``send_mail`` for when that is twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from issuer.awards.states import CredentialState
from issuer.database import reading, transaction
from issuer.delivery.addresses import AddressUnusable
from issuer.delivery.compose import Envelope, compose
from issuer.delivery.postman import MailRefused, Postman
from issuer.delivery.records import DeliveryRecord, DeliveryState, MailKind, MailRecord, MailState
from issuer.office import Office
from issuer.work.handlers import TryLater
from issuer.work.outbox import Payload, WorkKind, put_work

REMIND_AFTER: Final = timedelta(days=14)
PATIENCE: Final = timedelta(days=5)
"""How long a server may put a recipient off before the mail counts as bounced, as mail servers do among themselves."""

NO_SUCH_FORM: Final = (553, "5.1.3")
"""What a server would say of an address that is none."""

_OPEN: Final = frozenset({MailState.WAITING, MailState.SENDING})
_BRINGS_A_BADGE: Final = frozenset({MailKind.AWARD, MailKind.AGAIN, MailKind.REMINDER, MailKind.SUPERSEDED})
_ON_ITS_WAY: Final = frozenset({DeliveryState.WAITING, DeliveryState.SENT})


def send_mail(office: Office, postman: Postman, payload: Payload) -> None:
    """Bring a mail away, unless that is done or needless; raises TryLater.

    Just before the server is told that the message is complete, "sending" is committed. Whoever dies before leaves
    nothing behind; whoever dies between that moment and the commit of "sent" leaves a mail of which nobody can know,
    and it is sent again, with the same Message-ID and the same bytes. Nothing is ever lost; a copy can be told as one.
    """
    mail_id, now = int(payload["mail"]), office.clock()
    with reading(office.sessions) as session:
        mail = session.get(MailRecord, mail_id)
        if mail is None or mail.state not in _OPEN:
            return
        attempts, created = mail.attempts, mail.created_at
        envelope = None if is_needless(mail) else _composed(mail, office)
    if envelope is None:
        note_end(office, mail_id, MailState.DROPPED)
        return
    if isinstance(envelope, tuple):
        note_end(office, mail_id, MailState.BOUNCED, *envelope)
        return
    try:
        code = postman.hand_over(envelope, partial(_note_sending, office, mail_id, attempts))
    except MailRefused as refusal:
        if refusal.is_for_now and now - created < PATIENCE:
            _note_refusal(office, mail_id, refusal)
            raise TryLater("recipient_put_off") from refusal
        note_end(office, mail_id, MailState.BOUNCED, refusal.smtp_code, refusal.status)
        return
    note_end(office, mail_id, MailState.SENT, code)


def is_needless(mail: MailRecord) -> bool:
    """Whether nobody needs it any more: another address is right now, or the badge is claimed or no more to be had."""
    delivery, credential = mail.delivery, mail.credential
    if delivery is None or credential is None or mail.kind not in _BRINGS_A_BADGE:
        return False
    if delivery.email != mail.address:
        return True
    if mail.kind == MailKind.REMINDER and delivery.state in {DeliveryState.OPENED, DeliveryState.CLAIMED}:
        return True
    return credential.state in {CredentialState.REVOKED, CredentialState.SUPERSEDED}


def note_bounce(session: Session, mail: MailRecord, code: int | None, status: str | None, *, now: datetime) -> None:
    """The mail did not arrive. A badge that was opened meanwhile has arrived some way, and stays so. No commit."""
    mail.state, mail.smtp_code, mail.smtp_status, mail.facts = MailState.BOUNCED, code, status, {}
    delivery = mail.delivery
    if delivery is None or mail.kind not in _BRINGS_A_BADGE or delivery.email != mail.address:
        return
    delivery.smtp_code, delivery.smtp_status = code, status
    if delivery.state in _ON_ITS_WAY:
        delivery.state, delivery.bounced_at = DeliveryState.BOUNCED, now


def _composed(mail: MailRecord, office: Office) -> Envelope | tuple[int, str]:
    try:
        return compose(mail, office.settings.mail.sender, office.settings.base_url)
    except AddressUnusable:
        return NO_SUCH_FORM


def _note_sending(office: Office, mail_id: int, attempts: int) -> bool:
    """Claim the end of the message for this attempt; the count of attempts is the fence against a second worker."""
    with transaction(office.sessions) as session:
        changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(MailRecord)
            .where(MailRecord.id == mail_id, MailRecord.attempts == attempts, MailRecord.state.in_(_OPEN))
            .values(state=MailState.SENDING, attempts=attempts + 1, handed_at=office.clock())
            .execution_options(synchronize_session=False)
        )
        return changed.rowcount == 1


def _note_refusal(office: Office, mail_id: int, refusal: MailRefused) -> None:
    """The server answered that it did not take it: whatever was noted before, it is only waiting now."""
    with transaction(office.sessions) as session:
        mail = session.get_one(MailRecord, mail_id, with_for_update=True)
        if mail.state in _OPEN:
            mail.state, mail.smtp_code, mail.smtp_status = MailState.WAITING, refusal.smtp_code, refusal.status
            if mail.delivery is not None:
                mail.delivery.smtp_code, mail.delivery.smtp_status = refusal.smtp_code, refusal.status


def note_end(
    office: Office, mail_id: int, state: MailState, code: int | None = None, status: str | None = None
) -> None:
    """Note what became of a mail, and on its delivery what that means; whoever opened it meanwhile has opened it."""
    now = office.clock()
    with transaction(office.sessions) as session:
        mail = session.get_one(MailRecord, mail_id, with_for_update=True)
        if mail.delivery is not None:
            session.refresh(mail.delivery, with_for_update=True)
        if mail.delivery is not None and state is not MailState.DROPPED:
            mail.delivery.attempts += 1
        if state is MailState.BOUNCED:
            note_bounce(session, mail, code, status, now=now)
            return
        mail.state, mail.facts = state, {}
        if state is MailState.SENT:
            mail.sent_at, mail.smtp_code, mail.smtp_status = now, code, None
            _note_sent(session, mail, now=now)


def _note_sent(session: Session, mail: MailRecord, *, now: datetime) -> None:
    delivery = mail.delivery
    if delivery is None or mail.kind not in _BRINGS_A_BADGE:
        return
    delivery.smtp_code, delivery.smtp_status, delivery.sent_at = mail.smtp_code, None, now
    if delivery.state == DeliveryState.WAITING:
        delivery.state = DeliveryState.SENT
    if mail.kind != MailKind.REMINDER:
        _plan_reminder(session, delivery, now=now)


def _plan_reminder(session: Session, delivery: DeliveryRecord, *, now: datetime) -> None:
    """One piece of work for all that a provider sent on one day."""
    day = (now + REMIND_AFTER).astimezone(UTC).date() + timedelta(days=1)
    put_work(
        session,
        WorkKind.SEND_REMINDERS,
        {"provider": delivery.provider_id},
        now=now,
        key=f"remind:{delivery.provider_id}:{day.isoformat()}",
        run_at=datetime.combine(day, time(6), tzinfo=UTC),
    )
