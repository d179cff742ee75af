"""Why a credential is taken back, suspended, given back or replaced: a closed list."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class StatusReason(StrEnum):
    """The values are public and never reused for another meaning; ``other`` needs a text."""

    NAME_ERROR = "name_error"
    WRONG_RESULT = "wrong_result"
    ISSUED_IN_ERROR = "issued_in_error"
    FRAUD = "fraud"
    SAFETY = "safety"
    HOLDER_REQUEST = "holder_request"
    OTHER = "other"


NOT_EARNED: Final = frozenset({StatusReason.WRONG_RESULT, StatusReason.ISSUED_IN_ERROR, StatusReason.FRAUD})
"""Reasons to revoke that mean the training was not successfully completed, so that no report counts it."""
