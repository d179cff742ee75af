"""What runs out soon, or has run out, and was not renewed: who needs to come again, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.badges.lines import BadgeLine, read_lines
from issuer.catalogue.find import achievement_entry
from issuer.catalogue.records import AchievementVersionRecord
from issuer.desk import Desk
from verifier.spreadsheet import csv_text

LAPSED_SINCE: Final = timedelta(days=365)
"""Somebody whose badge ran out longer ago has most likely left the field."""

_B = IssuedCredentialRecord
_COLUMNS: Final = (
    "valid_until", "family_name", "given_name", "email", "achievement", "title", "credential_id", "link", "renew_at",
)  # fmt: skip


class Horizon(StrEnum):
    """How far somebody looks; the values stand in addresses."""

    IN_30 = "30"
    IN_60 = "60"
    IN_90 = "90"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Renewal:
    """A badge to renew, and the address of the course or else of the achievement."""

    badge: BadgeLine
    renew_at: str


def renewals_due(session: Session, provider_id: int, horizon: Horizon, *, now: datetime) -> Sequence[int]:
    """The record ids of what runs out within the horizon, soonest first; lapsed ones of the last year, latest first.

    Left out: what does not hold for another reason, and whoever has a later badge of the same achievement from this
    provider already.
    """
    query = select(_B.id).where(
        _B.provider_id == provider_id,
        _B.state == CredentialState.ISSUED,
        _B.is_specimen.is_(False),
        *_within(horizon, now),
        ~_renewed(),
    )
    latest_first = horizon is Horizon.LAPSED
    order = (_B.valid_until.desc(), _B.id.desc()) if latest_first else (_B.valid_until, _B.id)
    return session.scalars(query.order_by(*order)).all()


def read_renewals(session: Session, record_ids: Sequence[int], desk: Desk, *, now: datetime) -> list[Renewal]:
    """The badges with the place where each is renewed."""
    places: dict[str, str] = {}
    renewals = []
    for badge in read_lines(session, record_ids, desk, now=now):
        if badge.code not in places:
            places[badge.code] = _place(session, badge, desk)
        renewals.append(Renewal(badge, places[badge.code]))
    return renewals


def renewals_as_csv(renewals: Sequence[Renewal]) -> str:
    """The list for a spreadsheet or a mail merge."""
    return csv_text(_COLUMNS, [_cells(each) for each in renewals])


def _cells(renewal: Renewal) -> tuple[object, ...]:
    badge = renewal.badge
    until = f"{badge.valid_until:%Y-%m-%d}" if badge.valid_until else ""
    return (
        until, badge.family_name, badge.given_name, badge.email or "", badge.code, badge.title, badge.credential_id,
        badge.link, renewal.renew_at,
    )  # fmt: skip


def _within(horizon: Horizon, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    if horizon is Horizon.LAPSED:
        return _B.valid_until >= now - LAPSED_SINCE, _B.valid_until < now
    return _B.valid_until >= now, _B.valid_until < now + timedelta(days=int(horizon))


def _renewed() -> ColumnElement[bool]:
    later, own, other = aliased(_B), aliased(AchievementVersionRecord), aliased(AchievementVersionRecord)
    return exists(
        select(later.id)
        .join(other, later.achievement_version_id == other.id)
        .join(own, own.achievement_id == other.achievement_id)
        .where(
            own.id == _B.achievement_version_id,
            later.learner_id == _B.learner_id,
            later.provider_id + 0 == _B.provider_id,  # a sum, so that the learner's few badges are looked through first
            later.state == CredentialState.ISSUED,
            or_(later.valid_until.is_(None), later.valid_until > _B.valid_until),
        )
    )


def _place(session: Session, badge: BadgeLine, desk: Desk) -> str:
    """The course on the Skills Hub when the catalogue knows it, else the page of the achievement."""
    version = session.scalars(
        select(AchievementVersionRecord)
        .join(_B, _B.achievement_version_id == AchievementVersionRecord.id)
        .where(_B.id == badge.record_id)
    ).one()
    course = achievement_entry(version).course
    return course.url if course is not None else f"{desk.base_url}/achievements/{badge.code}"
