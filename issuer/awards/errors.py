"""Why a badge is not awarded, or not taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from issuer.errors import IssuerError

if TYPE_CHECKING:
    from verifier.report import VerificationReport


class AwardError(IssuerError):
    """Root of what this folder refuses."""

    code: ClassVar[str] = "award_error"


class GateRefused(AwardError):
    """Our own gate would not accept the new credential, so it was not filed; ``report`` says why."""

    code: ClassVar[str] = "gate_refused"

    def __init__(self, report: VerificationReport) -> None:
        super().__init__(f"The gate refuses the new credential ({report.verdict.value}): {report.deciding.detail}")
        self.report = report


class AlreadyExpired(AwardError):
    """The badge would have run out before it was issued."""

    code: ClassVar[str] = "already_expired"

    def __init__(self, valid_until: datetime) -> None:
        super().__init__(
            f"The badge would have run out on {valid_until:%d %B %Y} already; correct the date or leave it."
        )
        self.valid_until = valid_until


class CompletedInFuture(AwardError):
    """The day of completion has not come yet."""

    code: ClassVar[str] = "date_in_future"

    def __init__(self, completed_on: date) -> None:
        super().__init__(f"The day of completion, {completed_on:%d %B %Y}, lies in the future.")
        self.completed_on = completed_on


class StaleDraft(AwardError):
    """Between preparing and filing somebody else changed what the draft rests on; prepare it again."""

    code: ClassVar[str] = "stale_draft"


class NoFreeIndex(AwardError):
    """The provider's newest status list is well filled, or there is none: begin another list."""

    code: ClassVar[str] = "no_free_index"


class StatusChangeRefused(AwardError):
    """The credential's state does not allow this step."""

    code: ClassVar[str] = "status_change_refused"


class AlreadyRevoked(StatusChangeRefused):
    """Revocation is final."""

    code: ClassVar[str] = "already_revoked"

    def __init__(self) -> None:
        super().__init__(
            "The credential was revoked, and a revocation is final. "
            "If that was a mistake, have a new one issued in its place (supersede)."
        )


class AlreadySuspended(StatusChangeRefused):
    """It is suspended already."""

    code: ClassVar[str] = "already_suspended"

    def __init__(self) -> None:
        super().__init__("The credential is suspended already.")


class NotSuspended(StatusChangeRefused):
    """Only a suspended credential can be reinstated."""

    code: ClassVar[str] = "not_suspended"

    def __init__(self) -> None:
        super().__init__("The credential is not suspended, so there is nothing to reinstate.")


class AlreadySuperseded(StatusChangeRefused):
    """A newer credential stands in its place."""

    code: ClassVar[str] = "already_superseded"

    def __init__(self, successor_id: str) -> None:
        super().__init__(f"The credential was replaced by {successor_id}; change that one instead.")
        self.successor_id = successor_id


class SuspendedCannotBeSuperseded(StatusChangeRefused):
    """A replacement would undo the suspension."""

    code: ClassVar[str] = "suspended_cannot_be_superseded"

    def __init__(self) -> None:
        super().__init__("The credential is suspended; a new one would undo that. Reinstate or revoke it first.")


class NothingToCorrect(StatusChangeRefused):
    """The replacement would say exactly what the old credential says."""

    code: ClassVar[str] = "nothing_to_correct"

    def __init__(self) -> None:
        super().__init__("Say what changes: a corrected given name, family name or result.")


class ReasonNeedsNote(AwardError):
    """The reason "other" says nothing without a text."""

    code: ClassVar[str] = "reason_needs_note"

    def __init__(self) -> None:
        super().__init__('The reason "other" needs a text that says what happened (--note).')
