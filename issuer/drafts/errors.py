"""What can stand in the way of a draft, an authorisation, a programme or a course file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from issuer.drafts.wording import Wording
from issuer.errors import IssuerError


class DraftError(IssuerError):
    """Root of what this folder refuses."""

    code: ClassVar[str] = "draft_error"


class DraftChanged(DraftError):
    """Somebody saved the draft after this editor had opened it; both wordings are there to be compared."""

    code: ClassVar[str] = "draft_changed"

    def __init__(self, saved: Wording, revision: int, at: datetime) -> None:
        super().__init__(
            f"Somebody else saved this draft at {at:%H:%M} UTC, after you had opened it. Nothing of yours is lost: "
            "compare the two below, and save again to put yours in its place."
        )
        self.saved = saved
        self.revision = revision


class DraftNotOpen(DraftError):
    """The draft is in a state in which this cannot be done."""

    code: ClassVar[str] = "draft_not_open"

    def __init__(self, says: str) -> None:
        super().__init__(says)


class DraftIncomplete(DraftError):
    """The draft lacks something that publication needs, or holds a mistake."""

    code: ClassVar[str] = "draft_incomplete"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"This is not ready yet. Still to do: {'; '.join(problems)}.")
        self.problems = tuple(problems)


class NothingChanged(DraftError):
    """A new version in the very words of the published one would tell nobody anything."""

    code: ClassVar[str] = "nothing_changed"

    def __init__(self, achievement: str, version: str) -> None:
        super().__init__(
            f"Nothing differs from {achievement} {version} but the number of the version. Change what is to be "
            "different, or discard this draft."
        )


class OwnSubmission(DraftError):
    """Whoever sent a draft for review cannot publish it."""

    code: ClassVar[str] = "own_submission"

    def __init__(self) -> None:
        super().__init__(
            "You sent this draft for review yourself, so somebody else has to publish it or send it back. "
            "Ask a colleague of the programme's office; you can still take it back."
        )


class DraftAlreadyOpen(DraftError):
    """The provider has an open draft of the same achievement."""

    code: ClassVar[str] = "draft_already_open"

    def __init__(self, achievement: str, draft_id: int) -> None:
        super().__init__(f"There is an open draft of {achievement} already. Go on with that one, or discard it first.")
        self.draft_id = draft_id


class NotYoursToRenew(DraftError):
    """A new version may be proposed by who awards the achievement and by the programme's owner."""

    code: ClassVar[str] = "not_yours_to_renew"

    def __init__(self, achievement: str) -> None:
        super().__init__(
            f"Only providers that award {achievement}, and the office of its programme, can propose a new version."
        )


class AuthorisationRefused(DraftError):
    """An authorisation cannot begin or end as asked."""

    code: ClassVar[str] = "authorisation_refused"

    def __init__(self, says: str) -> None:
        super().__init__(says)


class ProgrammeRefused(DraftError):
    """A programme form holds mistakes; ``slips`` are by field."""

    code: ClassVar[str] = "programme_refused"

    def __init__(self, slips: dict[str, str]) -> None:
        super().__init__("The programme was not saved. " + " ".join(slips.values()))
        self.slips = slips


class CourseFileUnreadable(DraftError):
    """A file of courses that cannot be read at all."""

    code: ClassVar[str] = "course_file_unreadable"

    def __init__(self, says: str) -> None:
        super().__init__(says)
