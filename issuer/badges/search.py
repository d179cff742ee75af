"""Find issued badges of one provider: by what somebody types, by filters, page after page, also among very many.

Everything asked for stands in one index, so that no search reads the rows, which carry the long sealed texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import UnaryExpression

from issuer.awards.find import UnknownCredential, get_credential
from issuer.awards.records import IssuedCredentialRecord, SealRecord
from issuer.awards.states import CredentialState
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord, ProgrammeRecord
from issuer.learners.folding import fold
from issuer.learners.matching import normal_email
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord

COUNTED_TO: Final = 10_000
"""A longer list is said to hold more than this: nobody reads the exact number, and counting takes time."""
_UUID: Final = re.compile(r"(urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.I)
_WORDS_LIMIT: Final = 8

_B = IssuedCredentialRecord


class BadgeState(StrEnum):
    """How a badge stands today, as people ask for it; the values stand in addresses."""

    VALID = "valid"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"


class BadgeOrder(StrEnum):
    """In which order badges are listed; the values stand in addresses."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeSearch:
    """What somebody asks for. ``text`` is a name, an address, a reference, or the id or link of a badge.

    ``completed_from`` and ``completed_to`` are both included; of ``expires_from`` and ``expires_before`` the second is
    not. ``key`` is the thumbprint of a key that sealed it.
    """

    text: str = ""
    achievement: str = ""
    programme: str = ""
    state: BadgeState | None = None
    completed_from: date | None = None
    completed_to: date | None = None
    expires_from: datetime | None = None
    expires_before: datetime | None = None
    batch: int | None = None
    key: str = ""
    order: BadgeOrder = BadgeOrder.NEWEST

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for at all."""
        return replace(self, order=BadgeOrder.NEWEST) != BadgeSearch()


@dataclass(frozen=True, slots=True)
class FoundBadges:
    """One page of record ids in order; ``after`` names the last when there are more."""

    record_ids: Sequence[int]
    after: int | None


def state_today(state: str, valid_until: datetime | None, *, now: datetime) -> BadgeState:
    """The state on file together with the calendar."""
    if state == CredentialState.ISSUED:
        return BadgeState.LAPSED if valid_until is not None and valid_until < now else BadgeState.VALID
    return BadgeState.REPLACED if state == CredentialState.SUPERSEDED else BadgeState(state)


def find_badges(
    session: Session,
    provider_id: int,
    asked: BadgeSearch,
    *,
    now: datetime,
    limit: int,
    after: int | None = None,
) -> FoundBadges:
    """One page of what was asked for. ``after`` is the last record id of the page before; a foreign one is ignored."""
    columns = _columns(asked.order)
    query = select(_B.id).where(*_conditions(session, provider_id, asked, now))
    last = None
    if after is not None:
        last = session.execute(select(*columns).where(_B.id == after, _B.provider_id == provider_id)).one_or_none()
    if last is not None:
        query = query.where(_beyond(asked.order, columns, tuple(last)))
    rows = session.scalars(query.order_by(*_sorted(asked.order, columns)).limit(limit + 1)).all()
    return FoundBadges(rows[:limit], rows[limit - 1] if len(rows) > limit else None)


def count_badges(session: Session, provider_id: int, asked: BadgeSearch, *, now: datetime) -> int:
    """How many badges were asked for, counted no further than ``COUNTED_TO`` and one."""
    found = select(_B.id).where(*_conditions(session, provider_id, asked, now)).limit(COUNTED_TO + 1)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def keep_own(session: Session, provider_id: int, record_ids: Collection[int]) -> list[int]:
    """Those of the badges that the provider issued, in the order of their names."""
    return list(
        session.scalars(
            select(_B.id).where(_B.provider_id == provider_id, _B.id.in_(record_ids)).order_by(_B.name_folded, _B.id)
        )
    )


def _conditions(session: Session, provider_id: int, asked: BadgeSearch, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_B.provider_id == provider_id]
    if asked.text.strip():
        conditions.append(_said(session, provider_id, asked.text.strip()))
    if asked.achievement or asked.programme:
        # the sum keeps the database from walking another index, which would lead it to the rows
        conditions.append((_B.achievement_version_id + 0).in_(_versions(session, asked)))
    if asked.state is not None:
        conditions.append(_in_state(asked.state, now))
    if asked.completed_from is not None:
        conditions.append(_B.completed_on >= asked.completed_from)
    if asked.completed_to is not None:
        conditions.append(_B.completed_on <= asked.completed_to)
    if asked.expires_from is not None:
        conditions.append(_B.valid_until >= asked.expires_from)
    if asked.expires_before is not None:
        conditions.append(_B.valid_until < asked.expires_before)
    if asked.batch is not None:
        conditions.append(_B.id.in_(_of_batch(provider_id, asked.batch)))
    if asked.key:
        sealed = select(SealRecord.credential_record_id).where(SealRecord.key_thumbprint == asked.key)
        conditions.append(_B.id.in_(sealed))
    return conditions


def _said(session: Session, provider_id: int, text: str) -> ColumnElement[bool]:
    """What the one field means: an id or a link leads to one badge, an address to one person, words to names."""
    if match := _UUID.fullmatch(text):
        return _B.credential_id == f"urn:uuid:{match[2].lower()}"
    try:
        return _B.id == get_credential(session, text).id
    except UnknownCredential:
        pass
    if "@" in text:
        return _with_address(session, normal_email(text))
    words = fold(text).split()[:_WORDS_LIMIT]
    named = and_(*(_B.name_folded.contains(word, autoescape=True) for word in words))
    references = {text, text.upper(), text.lower()}
    called = select(LearnerReferenceRecord.learner_id).where(
        LearnerReferenceRecord.provider_id == provider_id, LearnerReferenceRecord.reference.in_(references)
    )
    known = session.scalars(called).all()
    return or_(named, _B.learner_id.in_(known)) if known else named


def _with_address(session: Session, email: str) -> ColumnElement[bool]:
    exact = session.scalar(select(LearnerRecord.id).where(LearnerRecord.email == email))
    if exact is not None:
        return _B.learner_id == exact
    return (_B.learner_id + 0).in_(select(LearnerRecord.id).where(LearnerRecord.email.contains(email, autoescape=True)))


def _versions(session: Session, asked: BadgeSearch) -> Sequence[int]:
    query = select(AchievementVersionRecord.id).join(AchievementRecord)
    if asked.achievement:
        query = query.where(AchievementRecord.code == asked.achievement)
    if asked.programme:
        query = query.join(ProgrammeRecord).where(ProgrammeRecord.code == asked.programme)
    return session.scalars(query).all()


def _of_batch(provider_id: int, batch: int) -> Any:
    return (
        select(BatchRowRecord.credential_record_id)
        .join(BatchRecord, BatchRowRecord.batch_id == BatchRecord.id)
        .where(
            BatchRecord.id == batch,
            BatchRecord.provider_id == provider_id,
            BatchRowRecord.credential_record_id.is_not(None),
        )
    )


def _in_state(state: BadgeState, now: datetime) -> ColumnElement[bool]:
    match state:
        case BadgeState.VALID:
            return and_(_B.state == CredentialState.ISSUED, or_(_B.valid_until.is_(None), _B.valid_until >= now))
        case BadgeState.LAPSED:
            return and_(_B.state == CredentialState.ISSUED, _B.valid_until < now)
        case BadgeState.REPLACED:
            return _B.state == CredentialState.SUPERSEDED
    return _B.state == CredentialState(state.value)


def _columns(order: BadgeOrder) -> tuple[Any, ...]:
    """What a page is sorted by; the id decides where two are alike. No end of validity comes last."""
    match order:
        case BadgeOrder.NAME:
            return _B.name_folded, _B.id
        case BadgeOrder.EXPIRY:
            return _B.valid_until, _B.id
    return _B.completed_on, _B.id


def _sorted(order: BadgeOrder, columns: tuple[Any, ...]) -> list[UnaryExpression[Any]]:
    first, second = columns
    if order is BadgeOrder.NEWEST:
        return [first.desc(), second.desc()]
    return [first.asc().nulls_last() if order is BadgeOrder.EXPIRY else first.asc(), second.asc()]


def _beyond(order: BadgeOrder, columns: tuple[Any, ...], last: tuple[Any, ...]) -> ColumnElement[bool]:
    (first, second), (value, number) = columns, last
    if order is BadgeOrder.NEWEST:
        return or_(first < value, and_(first == value, second < number))
    if value is None:
        return and_(first.is_(None), second > number)
    further = or_(first > value, and_(first == value, second > number))
    return or_(further, first.is_(None)) if order is BadgeOrder.EXPIRY else further
