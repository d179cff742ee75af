"""AchievementSubject: who earned what (OB 3.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from credentials.achievement import Achievement
from credentials.identity import IdentityObject
from credentials.image import Image
from credentials.json_object import OpenObject
from credentials.json_values import DateTime, Misfit, Number, Text, Uri, types
from credentials.profile import Profile
from credentials.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementSubject(OpenObject):
    """The learner, known by an id, by identities, or both, with the achievement and its results."""

    id: Uri | None = None
    type: Annotated[tuple[str, ...], types(("AchievementSubject",))] = ("AchievementSubject",)
    identifier: tuple[IdentityObject, ...] = ()
    achievement: Achievement
    result: tuple[Result, ...] = ()
    activity_start_date: DateTime | None = None
    activity_end_date: DateTime | None = None
    credits_earned: Number | None = None
    license_number: Text | None = None
    role: Text | None = None
    term: Text | None = None
    narrative: Text | None = None
    source: Profile | None = None
    image: Image | None = None

    def _check(self) -> None:
        if self.id is None and not self.identifier:
            raise Misfit("expected an id or at least one identifier")
        for index, result in enumerate(self.result):
            try:
                result.check_against(self.achievement.result_description)
            except Misfit as misfit:
                misfit.came_by(f"[{index}]")
                misfit.came_by(".result")
                raise
