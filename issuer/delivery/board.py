"""The delivery board: how far each badge has come, by state and by name, page after page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from issuer.accounts.actor import NotHere
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.catalogue.records import AchievementVersionRecord
from issuer.delivery.records import DeliveryRecord, DeliveryState, MailKind, MailRecord
from issuer.learners.folding import fold

PAGE: Final = 50
REMIND_PAUSE: Final = timedelta(days=3)
"""Nobody is written to twice within it by a button for all."""

RESEND_PAUSE: Final = timedelta(minutes=10)
"""Nobody gets two mails with a new link within it because two people, or one hand twice, pressed the same button."""

_IN_FORCE: Final = (CredentialState.ISSUED, CredentialState.SUSPENDED)
_MOST_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see; ``state`` None is every state."""

    state: DeliveryState | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One page of the board. ``counts`` has every state, whatever is asked for."""

    rows: Sequence[DeliveryRecord]
    counts: Mapping[DeliveryState, int]
    found: int
    page: int
    remindable: int
    resendable: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // PAGE))


def read_board(session: Session, provider_id: int, asked: Asked, page: int, *, now: datetime) -> Board:
    """One page of what is asked for, newest first; a page beyond the last gives the last."""
    found = session.scalar(_select(func.count(), provider_id, asked)) or 0
    page = min(max(1, page), max(1, -(-found // PAGE)))
    query = _select(DeliveryRecord, provider_id, asked).order_by(DeliveryRecord.id.desc())
    version = joinedload(DeliveryRecord.credential).joinedload(IssuedCredentialRecord.achievement_version)
    rows = session.scalars(
        query.options(version.joinedload(AchievementVersionRecord.achievement)).limit(PAGE).offset(PAGE * (page - 1))
    ).all()
    return Board(
        rows=rows,
        counts=count_states(session, provider_id),
        found=found,
        page=page,
        remindable=session.scalar(remindable(func.count(), provider_id, now=now)) or 0,
        resendable=session.scalar(resendable(func.count(), provider_id, asked, now=now)) or 0,
    )


def count_states(session: Session, provider_id: int) -> Mapping[DeliveryState, int]:
    """How many deliveries of a provider are in each state."""
    counted = session.execute(
        select(DeliveryRecord.state, func.count())
        .where(DeliveryRecord.provider_id == provider_id)
        .group_by(DeliveryRecord.state)
    )
    found = {DeliveryState(state): int(count) for state, count in counted}
    return {state: found.get(state, 0) for state in DeliveryState}


def get_delivery(session: Session, provider_id: int, number: int) -> DeliveryRecord:
    """A delivery of this provider; raises NotHere, for another's as for none."""
    found = session.get(DeliveryRecord, number)
    if found is None or found.provider_id != provider_id:
        raise NotHere
    return found


def mails_of(session: Session, delivery: DeliveryRecord) -> Sequence[MailRecord]:
    """Every mail about a badge, the newest first."""
    return session.scalars(
        select(MailRecord)
        .where(MailRecord.credential_record_id == delivery.credential_record_id)
        .order_by(MailRecord.id.desc())
    ).all()


def resendable(what: Any, provider_id: int, asked: Asked, *, now: datetime) -> Select[Any]:
    """Those of the asked for that a mail may be sent to once more.

    With an address, not claimed, badge in force, and not sent again just now.
    """
    return _select(what, provider_id, asked).where(
        DeliveryRecord.email.is_not(None),
        DeliveryRecord.state.notin_((DeliveryState.CLAIMED, DeliveryState.WAITING)),
        IssuedCredentialRecord.state.in_(_IN_FORCE),
        DeliveryRecord.id.not_in(_sent_again(now)),
    )


def sent_again_just_now(session: Session, numbers: Collection[int], *, now: datetime) -> Collection[int]:
    """Those of these deliveries for which a mail was made once more within RESEND_PAUSE; ask when they are locked."""
    return set(session.scalars(_sent_again(now).where(MailRecord.delivery_id.in_(numbers))))


def remindable(what: Any, provider_id: int, *, now: datetime) -> Select[Any]:
    """Those who got a mail and have not opened it, and were not written to in the last days."""
    return _select(what, provider_id, Asked(DeliveryState.SENT)).where(
        func.coalesce(DeliveryRecord.reminded_at, DeliveryRecord.sent_at) <= now - REMIND_PAUSE,
        IssuedCredentialRecord.state.in_(_IN_FORCE),
    )


def letters(session: Session, provider_id: int, asked: Asked) -> Iterator[int]:
    """The numbers of those without an address among the asked for, in the order of names."""
    query = _select(DeliveryRecord.id, provider_id, asked).where(
        DeliveryRecord.email.is_(None),
        DeliveryRecord.state != DeliveryState.CLAIMED,
        IssuedCredentialRecord.state.in_(_IN_FORCE),
    )
    yield from session.scalars(query.order_by(IssuedCredentialRecord.name_folded, DeliveryRecord.id))


def credentials_of(session: Session, provider_id: int, asked: Asked) -> Sequence[int]:
    """The numbers of the credentials of what is asked for, in the order of names."""
    query = _select(DeliveryRecord.credential_record_id, provider_id, asked)
    return session.scalars(query.order_by(IssuedCredentialRecord.name_folded, DeliveryRecord.id)).all()


def _sent_again(now: datetime) -> Select[Any]:
    return select(MailRecord.delivery_id).where(
        MailRecord.delivery_id.is_not(None),
        MailRecord.kind == MailKind.AGAIN,
        MailRecord.created_at > now - RESEND_PAUSE,
    )


def _select(what: Any, provider_id: int, asked: Asked) -> Select[Any]:
    query = (
        select(what)
        .select_from(DeliveryRecord)
        .join(IssuedCredentialRecord, IssuedCredentialRecord.id == DeliveryRecord.credential_record_id)
        .where(DeliveryRecord.provider_id == provider_id)
    )
    if asked.state is not None:
        query = query.where(DeliveryRecord.state == asked.state)
    for word in asked.text.split()[:_MOST_WORDS]:
        is_address = "@" in word
        column = func.lower(DeliveryRecord.email) if is_address else IssuedCredentialRecord.name_folded
        query = query.where(column.contains(word.lower() if is_address else fold(word), autoescape=True))
    return query
