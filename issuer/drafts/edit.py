"""Write drafts: begin one, begin a new version of what is published, save, discard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.roles import Permission
from issuer.catalogue.errors import AchievementRetired, ProgrammeClosed, UnknownAchievement
from issuer.catalogue.find import find_version
from issuer.catalogue.records import AchievementRecord, AuthorisationRecord, ProviderRecord
from issuer.drafts.errors import DraftAlreadyOpen, DraftChanged, DraftNotOpen, NotYoursToRenew
from issuer.drafts.examine import Examination, Place, examine
from issuer.drafts.records import DraftRecord
from issuer.drafts.states import OPEN, DraftState
from issuer.drafts.wording import Wording, wording_of

FRESH: Final = Wording(version="1.0", scale="pass_fail", pass_word="Pass")  # noqa: S106
"""What an empty editor begins with."""


def begin_draft(
    session: Session,
    actor: Actor,
    provider_slug: str,
    *,
    now: datetime,
    wording: Wording | None = None,
    kept: Mapping[str, Any] | None = None,
) -> DraftRecord:
    """A draft of a new achievement, empty unless a wording is given."""
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    return _add(session, actor, Place(provider, None, kept or {}), wording or FRESH, now=now)


def begin_version(
    session: Session, actor: Actor, provider_slug: str, code: str, *, now: datetime, wording: Wording | None = None
) -> DraftRecord:
    """A draft of the next version of a published achievement, beginning with its newest wording.

    Raises UnknownAchievement, NotYoursToRenew, ProgrammeClosed, AchievementRetired, and DraftAlreadyOpen.
    """
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    published = find_version(session, code)
    if published is None:
        raise UnknownAchievement(code)
    achievement = session.get_one(AchievementRecord, published.achievement_id, with_for_update=True)
    check_renewable(session, provider, achievement)
    opened = session.scalar(
        select(DraftRecord.id).where(
            DraftRecord.achievement_id == achievement.id,
            DraftRecord.provider_id == provider.id,
            DraftRecord.state.in_(OPEN),
        )
    )
    if opened is not None:
        raise DraftAlreadyOpen(achievement.code, opened)
    before = wording or wording_of(published.content)
    is_new = wording is not None and find_version(session, code, wording.version.strip()) is None
    renewed = before if is_new and before.version.strip() else replace(before, version=next_version(published.version))
    return _add(session, actor, Place(provider, achievement.id, published.content), renewed, now=now)


def save_draft(
    session: Session, actor: Actor, provider_slug: str, draft_id: int, wording: Wording, revision: int, *, now: datetime
) -> DraftRecord:
    """Keep what was typed, right or wrong. ``revision`` is the one the editor had opened.

    Raises DraftChanged when somebody else saved meanwhile, and DraftNotOpen unless it is a draft.
    """
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    draft = take_draft(session, provider, draft_id)
    if draft.state != DraftState.DRAFT:
        raise DraftNotOpen(_why_closed(draft))
    if draft.revision != revision:
        raise DraftChanged(Wording.from_json(draft.wording), draft.revision, draft.changed_at)
    if draft.wording != (said := wording.to_json()):
        _put(draft, wording, said)
        draft.revision += 1
        draft.changed_at, draft.changed_by = now, actor.label
    session.flush()
    return draft


def discard_draft(session: Session, actor: Actor, provider_slug: str, draft_id: int, *, now: datetime) -> DraftRecord:
    """Give a draft up; it is hidden, and kept as long as the office keeps drafts. Raises DraftNotOpen."""
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    draft = take_draft(session, provider, draft_id)
    if draft.state != DraftState.DRAFT:
        raise DraftNotOpen(_why_closed(draft))
    draft.state, draft.changed_at, draft.changed_by = DraftState.DISCARDED, now, actor.label
    record_act(
        session,
        actor,
        AuditAct.DRAFT_DISCARDED,
        provider=provider,
        subject=f"draft:{draft.id}",
        facts=named(draft),
        now=now,
    )
    return draft


def drafts_of(session: Session, provider: ProviderRecord) -> Sequence[DraftRecord]:
    """The open drafts of a provider, the last changed first."""
    return session.scalars(
        select(DraftRecord)
        .where(DraftRecord.provider_id == provider.id, DraftRecord.state.in_(OPEN))
        .order_by(DraftRecord.changed_at.desc(), DraftRecord.id.desc())
    ).all()


def find_draft(session: Session, provider: ProviderRecord, draft_id: int) -> DraftRecord:
    """A draft of this provider; raises NotHere."""
    draft = session.get(DraftRecord, draft_id)
    if draft is None or draft.provider_id != provider.id or draft.state == DraftState.DISCARDED:
        raise NotHere
    return draft


def take_draft(session: Session, provider: ProviderRecord, draft_id: int) -> DraftRecord:
    """The same, held against other writers until the transaction ends; raises NotHere."""
    find_draft(session, provider, draft_id)
    return session.get_one(DraftRecord, draft_id, with_for_update=True, populate_existing=True)


def may_renew(session: Session, provider: ProviderRecord, achievement: AchievementRecord) -> bool:
    """Whether a button for a new version is worth showing."""
    try:
        check_renewable(session, provider, achievement)
    except (NotYoursToRenew, ProgrammeClosed, AchievementRetired):
        return False
    return True


def check_renewable(session: Session, provider: ProviderRecord, achievement: AchievementRecord) -> None:
    """Raise NotYoursToRenew, ProgrammeClosed or AchievementRetired unless a new version may be proposed."""
    awards = session.scalar(
        select(AuthorisationRecord.id).where(
            AuthorisationRecord.achievement_id == achievement.id, AuthorisationRecord.provider_id == provider.id
        )
    )
    if awards is None and achievement.programme.owner_id != provider.id:
        raise NotYoursToRenew(achievement.code)
    if achievement.programme.is_closed:
        raise ProgrammeClosed(achievement.programme.code)
    if achievement.retired_at is not None:
        raise AchievementRetired(achievement.code)


def place_of(draft: DraftRecord) -> Place:
    """Where the draft stands."""
    return Place(draft.provider, draft.achievement_id, draft.kept)


def examine_draft(session: Session, draft: DraftRecord) -> Examination:
    """The draft as it was last saved, looked at from all sides."""
    return examine(session, Wording.from_json(draft.wording), place_of(draft))


def named(draft: DraftRecord) -> dict[str, str | int]:
    """What the audit log says of a draft."""
    return {
        "achievement": draft.code,
        "version": str(draft.wording.get("version", ""))[:32],
        "revision": draft.revision,
    }


def next_version(version: str) -> str:
    """The number after this one: 1.0, then 1.1."""
    *front, last = version.split(".")
    return ".".join([*front, str(int(last) + 1)]) if front else f"{version}.1"


def _add(session: Session, actor: Actor, place: Place, wording: Wording, *, now: datetime) -> DraftRecord:
    draft = DraftRecord(
        provider=place.provider,
        achievement_id=place.achievement_id,
        state=DraftState.DRAFT,
        kept=dict(place.kept),
        revision=1,
        note="",
        made_at=now,
        changed_at=now,
        changed_by=actor.label,
    )
    _put(draft, wording, wording.to_json())
    session.add(draft)
    session.flush()
    record_act(
        session,
        actor,
        AuditAct.DRAFT_BEGUN,
        provider=place.provider,
        subject=f"draft:{draft.id}",
        facts=named(draft),
        now=now,
    )
    return draft


def _put(draft: DraftRecord, wording: Wording, said: dict[str, Any]) -> None:
    draft.wording = said
    draft.code = wording.code.strip().upper()[:64]
    draft.programme = wording.programme.strip()[:64]
    draft.title = " ".join(wording.title.split())[:300]


def _why_closed(draft: DraftRecord) -> str:
    if draft.state == DraftState.REVIEW:
        return "This draft is in review, so its words stand still. Take it back to change it."
    return f"{draft.code} was published meanwhile. Open it in the catalogue and edit it as a new version."
