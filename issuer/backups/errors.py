"""Why a backup cannot be made or put back."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class BackupError(IssuerError):
    """The root of what can be wrong with a backup."""

    code: ClassVar[str] = "backup_failed"


class NotABackup(BackupError):
    """The file is none of ours, is damaged, or was changed; ``problem`` says where."""

    code: ClassVar[str] = "not_a_backup"

    def __init__(self, problem: str) -> None:
        super().__init__(f"This is no whole backup: {problem}. Take another copy of it; nothing was changed here.")
        self.problem = problem


class OfficeNotEmpty(BackupError):
    """There is an office here already; a restore never writes over one."""

    code: ClassVar[str] = "office_not_empty"

    def __init__(self, found: str) -> None:
        super().__init__(
            f"There is an office here already ({found}). Restore into an empty data directory and an empty database: "
            "set VOLTPASS_DATA and VOLTPASS_DATABASE_URL to new places, or move the old ones away."
        )
        self.found = found


class BackupIsNewer(BackupError):
    """The backup was made by a newer program."""

    code: ClassVar[str] = "backup_is_newer"

    def __init__(self, revision: str) -> None:
        super().__init__(f"The backup has the shape {revision}, which this program does not know. Use the newer one.")
        self.revision = revision
