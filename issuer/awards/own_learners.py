"""Whom a provider knows: that others know somebody, and how to reach them, is told to nobody."""

from __future__ import annotations

from sqlalchemy import Select, exists, or_, select

from issuer.awards.records import IssuedCredentialRecord
from issuer.learners.records import LearnerRecord, LearnerReferenceRecord


def own_learners(provider_id: int) -> Select[LearnerRecord]:
    """Those whom this provider has in its own lists, or gave a badge."""
    has_badge = exists().where(
        IssuedCredentialRecord.learner_id == LearnerRecord.id, IssuedCredentialRecord.provider_id == provider_id
    )
    has_reference = exists().where(
        LearnerReferenceRecord.learner_id == LearnerRecord.id, LearnerReferenceRecord.provider_id == provider_id
    )
    return select(LearnerRecord).where(or_(has_badge, has_reference))
