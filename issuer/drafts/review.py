"""From draft to catalogue: send for review, take back, send back with a note, publish, retire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.roles import Permission
from issuer.catalogue.achievement_entry import stored_content
from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import AchievementRetired, UnknownAchievement
from issuer.catalogue.find import find_version
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord, ProgrammeRecord, ProviderRecord
from issuer.drafts.edit import examine_draft, named, take_draft
from issuer.drafts.errors import DraftIncomplete, DraftNotOpen, NothingChanged, OwnSubmission
from issuer.drafts.examine import Examination
from issuer.drafts.records import DraftRecord
from issuer.drafts.states import DraftState

LONGEST_NOTE = 2_000
_NO_WORDS: Final = frozenset({"version", "demo"})
"""What may differ without a word being another."""


def submit_draft(
    session: Session, actor: Actor, provider_slug: str, draft_id: int, revision: int, *, now: datetime
) -> DraftRecord:
    """Send a draft to the office of its programme; its words stand still from then on.

    Raises DraftNotOpen, also when the wording is another than ``revision``, DraftIncomplete and NothingChanged.
    """
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    draft = take_draft(session, provider, draft_id)
    if draft.state != DraftState.DRAFT:
        raise DraftNotOpen("This is in review or published already.")
    if draft.revision != revision:
        raise DraftNotOpen("Somebody changed this draft after you had opened it. Look at it again, then send it.")
    found = examine_draft(session, draft)
    require_ready(found)
    _require_change(session, draft, _content(draft, found))
    draft.state, draft.note = DraftState.REVIEW, ""
    draft.submitted_at, draft.submitted_by = now, actor.label
    _record(session, actor, AuditAct.DRAFT_SUBMITTED, draft, now=now)
    return draft


def take_back(session: Session, actor: Actor, provider_slug: str, draft_id: int, *, now: datetime) -> DraftRecord:
    """The provider takes its draft out of review; raises DraftNotOpen."""
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    draft = take_draft(session, provider, draft_id)
    _require_review(draft)
    draft.state = DraftState.DRAFT
    _record(session, actor, AuditAct.DRAFT_TAKEN_BACK, draft, now=now)
    return draft


def reviews_of(session: Session, owner: ProviderRecord) -> Sequence[DraftRecord]:
    """What waits for this owner of programmes, the oldest first."""
    codes = select(ProgrammeRecord.code).where(ProgrammeRecord.owner_id == owner.id)
    return session.scalars(
        select(DraftRecord)
        .where(DraftRecord.state == DraftState.REVIEW, DraftRecord.programme.in_(codes))
        .order_by(DraftRecord.submitted_at, DraftRecord.id)
    ).all()


def find_review(session: Session, owner: ProviderRecord, draft_id: int) -> DraftRecord:
    """A draft that waits for this owner; raises NotHere."""
    draft = session.get(DraftRecord, draft_id)
    if draft is None or draft.state != DraftState.REVIEW or _owner_id(session, draft) != owner.id:
        raise NotHere
    return draft


def return_draft(
    session: Session, actor: Actor, owner_slug: str, draft_id: int, note: str, *, now: datetime
) -> DraftRecord:
    """Send a draft back to its provider with a note; raises DraftNotOpen without one, OwnSubmission."""
    draft = _take_review(session, actor, owner_slug, draft_id)
    text = " ".join(note.split())[:LONGEST_NOTE]
    if not text:
        raise DraftNotOpen("Write what has to change; the provider sees your note above the draft.")
    draft.state, draft.note = DraftState.DRAFT, text
    _record(session, actor, AuditAct.DRAFT_RETURNED, draft, now=now)
    return draft


def publish_draft(
    session: Session, actor: Actor, owner_slug: str, draft_id: int, revision: int, *, now: datetime
) -> AchievementVersionRecord:
    """Put a draft into the catalogue as a version that never changes again.

    Raises OwnSubmission, DraftIncomplete, NothingChanged, and DraftNotOpen, also when it is not the ``revision`` that
    was looked at.
    """
    draft = _take_review(session, actor, owner_slug, draft_id)
    if draft.revision != revision:
        raise DraftNotOpen("This draft was taken back and changed after you had opened it. Look at it again.")
    _hold_programme(session, draft)
    found = examine_draft(session, draft)
    require_ready(found)
    content = _content(draft, found)
    _require_change(session, draft, content)
    achievement = _achievement(session, draft, str(content["code"]))
    version = AchievementVersionRecord(
        achievement_id=achievement.id,
        version=str(content["version"]),
        content=content,
        published_at=now,
    )
    session.add(version)
    draft.state, draft.achievement_id = DraftState.PUBLISHED, achievement.id
    session.flush()
    _record(session, actor, AuditAct.ACHIEVEMENT_PUBLISHED, draft, now=now)
    return version


def retire(session: Session, actor: Actor, owner_slug: str, code: str, *, now: datetime) -> AchievementRecord:
    """End new awards of an achievement; its badges go on verifying. Raises NotHere and AchievementRetired."""
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    achievement = owned_achievement(session, owner, code)
    if achievement.retired_at is not None:
        raise AchievementRetired(achievement.code)
    achievement.retired_at = now
    record_act(
        session,
        actor,
        AuditAct.ACHIEVEMENT_RETIRED,
        provider=owner,
        subject=f"achievement:{achievement.code}",
        now=now,
    )
    return achievement


def owned_achievement(session: Session, owner: ProviderRecord, code: str) -> AchievementRecord:
    """An achievement of a programme of this owner, held for writing; raises UnknownAchievement or NotHere."""
    achievement = session.scalar(
        select(AchievementRecord).where(AchievementRecord.code == code.upper()).with_for_update()
    )
    if achievement is None:
        raise UnknownAchievement(code)
    if achievement.programme.owner_id != owner.id:
        raise NotHere
    return achievement


def require_ready(found: Examination) -> None:
    """Raise DraftIncomplete unless the draft could be published as it is."""
    if found.is_ready:
        return
    missing = [f"{each.name} is missing" for each in found.meter.missing]
    missing += [f"{each.name} is missing" for each in found.meter.also_needed]
    raise DraftIncomplete([*missing, *(f"{slip.label}: {slip.says.rstrip('.')}" for slip in found.slips)])


def _content(draft: DraftRecord, found: Examination) -> dict[str, Any]:
    """The draft as the catalogue keeps it; it must be ready."""
    return stored_content(Entry.of("draft", "$", {**found.members, "demo": draft.provider.demo}))


def _require_change(session: Session, draft: DraftRecord, content: Mapping[str, Any]) -> None:
    """Raise NothingChanged for a new version that says what the newest published one says."""
    if draft.achievement_id is None:
        return
    newest = find_version(session, draft.code)
    if newest is not None and _words(newest.content) == _words(content):
        raise NothingChanged(draft.code, newest.version)


def _words(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in _NO_WORDS}


def _take_review(session: Session, actor: Actor, owner_slug: str, draft_id: int) -> DraftRecord:
    owner = authorise(session, actor, owner_slug, Permission.REVIEW_CATALOGUE)
    draft = session.get(DraftRecord, draft_id, with_for_update=True, populate_existing=True)
    if draft is None or _owner_id(session, draft) != owner.id or draft.state == DraftState.DISCARDED:
        raise NotHere
    _require_review(draft)
    if draft.submitted_by == actor.label:
        raise OwnSubmission
    return draft


def _require_review(draft: DraftRecord) -> None:
    if draft.state == DraftState.PUBLISHED:
        raise DraftNotOpen(f"{draft.code} was published meanwhile.")
    if draft.state != DraftState.REVIEW:
        raise DraftNotOpen("This draft is not in review: it was taken back or sent back meanwhile.")


def _owner_id(session: Session, draft: DraftRecord) -> int | None:
    return session.scalar(select(ProgrammeRecord.owner_id).where(ProgrammeRecord.code == draft.programme))


def _hold_programme(session: Session, draft: DraftRecord) -> None:
    """Others wait here, so that no two drafts are found ready with the same code."""
    session.scalars(select(ProgrammeRecord).where(ProgrammeRecord.code == draft.programme).with_for_update()).one()


def _achievement(session: Session, draft: DraftRecord, code: str) -> AchievementRecord:
    """The achievement the draft renews, or a new one."""
    if draft.achievement_id is not None:
        return session.get_one(AchievementRecord, draft.achievement_id, with_for_update=True)
    programme = session.scalars(select(ProgrammeRecord).where(ProgrammeRecord.code == draft.programme)).one()
    achievement = AchievementRecord(code=code, programme_id=programme.id)
    session.add(achievement)
    session.flush()
    return achievement


def _record(session: Session, actor: Actor, act: AuditAct, draft: DraftRecord, *, now: datetime) -> None:
    subject = f"draft:{draft.id}"
    record_act(session, actor, act, provider=draft.provider, subject=subject, facts=named(draft), now=now)
