"""What exactly is going to be issued, in one digest: what the approver saw is what goes out, or nothing does."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.catalogue.find import newest_versions

_SEPARATOR: Final = b"\n"


def chosen_rows(session: Session, batch: BatchRecord) -> Sequence[BatchRowRecord]:
    """The rows that go out when the batch does, in the order of the file."""
    return session.scalars(
        select(BatchRowRecord)
        .where(BatchRowRecord.batch_id == batch.id, BatchRowRecord.is_chosen)
        .order_by(BatchRowRecord.line)
    ).all()


def versions_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """The version of each achievement that would be awarded now."""
    return {
        record.achievement.code: record.version
        for record in newest_versions(session)
        if record.achievement.code in codes
    }


def digest_of(batch: BatchRecord, rows: Sequence[BatchRowRecord], versions: Mapping[str, str]) -> str:
    """SHA-256 over every award with its line and the reason for an exception, and over the achievements' versions."""
    total = hashlib.sha256(rfc8785.dumps({"batch": batch.id, "versions": dict(versions)}))
    for row in rows:
        total.update(_SEPARATOR + rfc8785.dumps({"line": row.line, "award": row.request, "reason": row.reason}))
    return total.hexdigest()
