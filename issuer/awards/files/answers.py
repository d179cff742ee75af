"""What a person says once for the whole file, because the file does not say it in each row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class FileAnswers:
    """Answers that hold for every row.

    day_first settles dates such as 10/11/2026 (None: ask). achievement_code, completed_on and all_passed stand in where
    the file has no such column, or the cell is empty; all_passed speaks only for achievements graded pass or fail.
    """

    day_first: bool | None = None
    achievement_code: str | None = None
    completed_on: date | None = None
    all_passed: bool = False
