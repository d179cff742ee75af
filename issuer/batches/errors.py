"""Why a step with a batch is refused; each message says what happened and what to do."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from issuer.errors import IssuerError


class BatchError(IssuerError):
    """Root of what this folder refuses."""

    code: ClassVar[str] = "batch_error"


class BatchMovedOn(BatchError):
    """Somebody else took a step in the meantime."""

    code: ClassVar[str] = "batch_moved_on"


class BatchChanged(BatchError):
    """What was looked at is not what would be issued now."""

    code: ClassVar[str] = "batch_changed"

    def __init__(self, what: str = "The batch was changed after you opened this page.") -> None:
        super().__init__(f"{what} Look at it again and decide then; nothing was done.")


class AlreadyDecided(BatchMovedOn):
    """Another approver was faster."""

    code: ClassVar[str] = "already_decided"

    def __init__(self, name: str, done: str, at: datetime) -> None:
        super().__init__(
            f"{name} {done} this batch at {at:%H:%M} UTC on {at.day} {at:%B %Y}; your answer changed nothing."
        )
        self.name = name


class OwnBatch(BatchError):
    """The programme wants a second pair of eyes."""

    code: ClassVar[str] = "own_batch"

    def __init__(self) -> None:
        super().__init__(
            "You had a hand in this import, so somebody else has to decide about it: the programme asks for two people."
        )


class NothingToIssue(BatchError):
    """No row may go out."""

    code: ClassVar[str] = "nothing_to_issue"

    def __init__(self) -> None:
        super().__init__("No row is ready. Answer the warnings, or correct the errors and upload the corrected file.")


class ReasonMissing(BatchError):
    """This step needs a sentence that says why."""

    code: ClassVar[str] = "reason_missing"

    def __init__(self, what: str) -> None:
        super().__init__(f"Write a reason: {what}.")


class NoQuestion(BatchError):
    """The row has no question that this would answer."""

    code: ClassVar[str] = "no_question"

    def __init__(self, line: int) -> None:
        super().__init__(f"Line {line} asks nothing that this would answer.")


class AchievementChanged(BatchError):
    """A new version came out between approval and issue."""

    code: ClassVar[str] = "achievement_changed"

    def __init__(self, code: str) -> None:
        super().__init__(
            f"{code} has a new version since the batch was approved, and the approver saw the old one. Upload the row "
            "again and have it approved anew."
        )
