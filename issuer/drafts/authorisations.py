"""Who may award an achievement, from which day, until which day: granted and ended by the programme's owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.roles import Permission
from issuer.catalogue.errors import AchievementRetired, ProgrammeClosed
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import AchievementRecord, AuthorisationRecord, ProviderRecord
from issuer.drafts.errors import AuthorisationRefused
from issuer.drafts.review import owned_achievement


def authorisations_of(session: Session, achievement: AchievementRecord) -> Sequence[AuthorisationRecord]:
    """Every period of every provider, by provider and beginning."""
    return session.scalars(
        select(AuthorisationRecord)
        .join(ProviderRecord)
        .where(AuthorisationRecord.achievement_id == achievement.id)
        .order_by(ProviderRecord.legal_name, AuthorisationRecord.valid_from)
    ).all()


def authorise_provider(
    session: Session, actor: Actor, owner_slug: str, code: str, provider_slug: str, from_day: date, *, now: datetime
) -> AuthorisationRecord:
    """Let a provider award an achievement from the beginning of a day (UTC); it may lie in the past, for back-issues.

    Periods never overlap: one that runs or comes later is made to begin on the day and to have no end. Raises
    AuthorisationRefused when there is nothing to change, ProgrammeClosed, AchievementRetired and UnknownProvider.
    """
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    achievement = owned_achievement(session, owner, code)
    if achievement.programme.is_closed:
        raise ProgrammeClosed(achievement.programme.code)
    if achievement.retired_at is not None:
        raise AchievementRetired(achievement.code)
    provider, start = get_provider(session, provider_slug), _beginning(from_day)
    period = _merge(session, _periods(session, achievement, provider), provider, start)
    if period is None:
        period = AuthorisationRecord(achievement_id=achievement.id, provider_id=provider.id, valid_from=start)
        session.add(period)
    period.is_decided_in_console = True
    session.flush()
    _record(session, actor, AuditAct.PROVIDER_AUTHORISED, (owner, provider, achievement), from_day, now=now)
    return period


def end_authorisation(
    session: Session, actor: Actor, owner_slug: str, code: str, provider_slug: str, last_day: date, *, now: datetime
) -> AuthorisationRecord:
    """Let a provider award an achievement until the end of a day (UTC); today, or yesterday to end it at once.

    What was awarded before stays trusted, so it cannot end further in the past: AuthorisationRefused.
    """
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    achievement, provider = owned_achievement(session, owner, code), get_provider(session, provider_slug)
    running = [period for period in _periods(session, achievement, provider) if _still_counts(period, now)]
    if not running:
        raise AuthorisationRefused(f"{provider.legal_name} is not authorised for {achievement.code}; nothing to end.")
    end = datetime.fromordinal(last_day.toordinal() + 1).replace(tzinfo=UTC)
    if end < _beginning(now.date()):
        raise AuthorisationRefused(
            "An authorisation cannot end in the past, because badges awarded since would lose their trust. "
            "Choose today or later; revoke single badges if they must not hold."
        )
    for period in running:
        period.valid_until = max(end, now, period.valid_from)
        period.is_decided_in_console = True
    session.flush()
    _record(session, actor, AuditAct.AUTHORISATION_ENDED, (owner, provider, achievement), last_day, now=now)
    return running[-1]


def _merge(
    session: Session, periods: Sequence[AuthorisationRecord], provider: ProviderRecord, start: datetime
) -> AuthorisationRecord | None:
    """The first period that touches ``start`` or lies after it, now without end and covering all later ones.

    None when no period does. Raises AuthorisationRefused.
    """
    touching = [
        each for each in periods if each.valid_until is None or each.valid_until > start or each.valid_from == start
    ]
    if not touching:
        return None
    first, *covered = touching
    if first.valid_from <= start and first.valid_until is None:
        since = f"{first.valid_from.day} {first.valid_from:%B %Y}"
        raise AuthorisationRefused(f"{provider.legal_name} is authorised since {since} already.")
    for each in covered:
        session.delete(each)
    session.flush()
    first.valid_from, first.valid_until = min(first.valid_from, start), None
    return first


def _periods(
    session: Session, achievement: AchievementRecord, provider: ProviderRecord
) -> Sequence[AuthorisationRecord]:
    return session.scalars(
        select(AuthorisationRecord)
        .where(AuthorisationRecord.achievement_id == achievement.id, AuthorisationRecord.provider_id == provider.id)
        .order_by(AuthorisationRecord.valid_from)
        .with_for_update()
    ).all()


def _still_counts(period: AuthorisationRecord, now: datetime) -> bool:
    return period.valid_until is None or period.valid_until > now


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _record(
    session: Session,
    actor: Actor,
    act: AuditAct,
    about: tuple[ProviderRecord, ProviderRecord, AchievementRecord],
    day: date,
    *,
    now: datetime,
) -> None:
    owner, provider, achievement = about
    facts = {"provider": provider.slug, "day": day.isoformat()}
    record_act(session, actor, act, provider=owner, subject=f"achievement:{achievement.code}", facts=facts, now=now)
