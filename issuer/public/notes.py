"""Why and when a badge was taken back: the office's own record, shown beside what the gate found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from credentials.credential import AchievementCredential
from credentials.eu_elements import EuElements
from issuer.awards.find import find_by_credential_id
from issuer.awards.records import IssuedCredentialRecord
from issuer.certificates.badge_art import BadgeDesign, badge_mark
from issuer.database import Sessions, reading
from verifier.web.gate import StatusNote

_IN_FORCE: Final = frozenset({"revoked", "suspended", "superseded"})


def status_notes(sessions: Sessions) -> Callable[[str], StatusNote | None]:
    """A finder of notes by credential id. A reinstated badge has none, nor has a badge of somebody else."""

    def find(credential_id: str) -> StatusNote | None:
        with reading(sessions) as session:
            record = find_by_credential_id(session, credential_id)
            return _last_change(record) if record is not None else None

    return find


def _last_change(record: IssuedCredentialRecord) -> StatusNote | None:
    last = record.changes[-1] if record.changes else None
    if last is None or last.act not in _IN_FORCE:
        return None
    return StatusNote(reason=last.reason, at=last.at)


def badge_drawing(credential: AchievementCredential) -> Markup | None:
    """The drawing of a badge, made anew from its signed claims; None for a programme that names no code."""
    achievement = credential.credential_subject.achievement
    if achievement.human_code is None or achievement.creator is None or achievement.creator.name is None:
        return None
    level = EuElements.of(achievement).eqf_level
    design = BadgeDesign.of(achievement.creator.name, achievement.human_code, level)
    return Markup(badge_mark(design, achievement.name))  # noqa: S704 - drawn by us, the title is escaped there
