"""The ways of an achievement: draft, review, published, retired."""

from __future__ import annotations

from enum import StrEnum


class DraftState(StrEnum):
    """Where a draft is. A published one is done; its version lives on in the catalogue."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN = (DraftState.DRAFT, DraftState.REVIEW)
"""States in which a draft is still somebody's work."""
