"""Open a batch from an upload, read it again in another way, give it up; and find it again, for its owner only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere
from issuer.accounts.audit import AuditAct, record_act
from issuer.awards.files import AwardFileError, FileAnswers, FileLimits, Reading
from issuer.awards.files.errors import (
    ColumnMissing,
    DelimiterUnknown,
    EncodingUnknown,
    FileDamaged,
    HeaderMissing,
    SheetUnknown,
)
from issuer.awards.files.workbook import ZIP
from issuer.batches.errors import BatchChanged, BatchMovedOn
from issuer.batches.look_through import LookedThrough, Upload, look_through
from issuer.batches.records import BatchDecisionRecord, BatchRecord, BatchRowRecord
from issuer.batches.rows import LONGEST_NAME, written_rows
from issuer.batches.same_award import settle_one_person
from issuer.batches.states import CHANGEABLE, BatchState, DecisionAct
from issuer.batches.stored import answers_told, read_as_json, reading_told, told_to_json
from issuer.catalogue.find import get_provider
from issuer.database import Sessions, reading, transaction

KEPT: Final = timedelta(days=30)
"""How long the rows of a finished batch keep names and sentences."""

_A_QUESTION_MAY_HELP: Final = (ColumnMissing, DelimiterUnknown, EncodingUnknown, HeaderMissing, SheetUnknown)


def import_file(
    sessions: Sessions,
    actor: Actor,
    provider_slug: str,
    upload: Upload,
    *,
    now: datetime,
    limits: FileLimits | None = None,
) -> int:
    """Read an upload and keep it as a batch with an outcome for every row; gives its number. Nothing is issued.

    A file that could be read if somebody said how is kept too, in the state READING. Raises AwardFileError for any
    other, and UnknownProvider.
    """
    looked = _look(sessions, provider_slug, upload, {}, now=now, limits=limits)
    with transaction(sessions) as session:
        provider = get_provider(session, provider_slug)
        forget_old(session, now=now)
        batch = BatchRecord(
            provider_id=provider.id,
            name=upload.name[:LONGEST_NAME],
            file_digest=upload.digest,
            file=upload.data,
            opened_by=actor.label,
            opened_by_name=actor.name,
            opened_at=now,
            versions={},
        )
        session.add(batch)
        _fill(session, batch, upload, looked, {})
        record_act(session, actor, AuditAct.BATCH_OPENED, provider=provider, subject=subject_of(batch), now=now)
        return batch.id


def read_again(
    sessions: Sessions,
    provider_slug: str,
    batch_id: int,
    told: tuple[Reading, FileAnswers] | None = None,
    correction: tuple[int, str] | None = None,
    *,
    by: Actor,
    now: datetime,
    limits: FileLimits | None = None,
) -> None:
    """Judge the file of a batch anew: read as ``told``, or with another e-mail address on one line.

    What people said to rows that still ask the same is kept; whoever changes the reading has a hand in the import.
    Raises NotHere, BatchMovedOn, BatchChanged when somebody else changed the batch in the meantime, and AwardFileError
    when the file cannot be read in the way that was asked for: then the batch stays as it was, unless it could not be
    read before either.
    """
    with reading(sessions) as session:
        batch = get_batch(session, provider_slug, batch_id)
        check_changeable(batch)
        revision, carried = batch.revision, _answered(session, batch)
        told = told or (reading_told(batch.told), answers_told(batch.told))
        assert batch.file is not None, "a batch that can be changed has its file"
        upload = Upload(data=batch.file, name=batch.name, reading=told[0], answers=told[1])
        was_readable = batch.state != BatchState.READING
    corrections = {line: row.corrected_email for line, row in carried.items() if row.corrected_email}
    corrections.update(dict([correction] if correction else []))
    looked = _look(sessions, provider_slug, upload, corrections, now=now, limits=limits)
    if was_readable and isinstance(looked, AwardFileError):
        raise looked
    with transaction(sessions) as session:
        batch = get_batch(session, provider_slug, batch_id, to_change=True)
        check_changeable(batch)
        if batch.revision != revision:
            raise BatchChanged
        hands = {*batch.told.get("hands", ()), by.label}
        _fill(session, batch, upload, looked, carried, corrections)
        batch.told = {**batch.told, "hands": sorted(hands)}


def discard(session: Session, actor: Actor, batch: BatchRecord, *, now: datetime) -> None:
    """Give a batch up and drop everything it held; raises BatchMovedOn once it was sent. No commit."""
    check_changeable(batch)
    _empty(session, batch)
    batch.state = BatchState.DISCARDED
    note_decision(session, actor, batch, DecisionAct.DISCARDED, now=now, count=0)
    record_act(session, actor, AuditAct.BATCH_DISCARDED, provider=batch.provider, subject=subject_of(batch), now=now)


def get_batch(session: Session, provider_slug: str, batch_id: int, *, to_change: bool = False) -> BatchRecord:
    """The batch of this provider, locked until the commit when it is ``to_change``; raises NotHere."""
    provider = get_provider(session, provider_slug)
    query = select(BatchRecord).where(BatchRecord.id == batch_id, BatchRecord.provider_id == provider.id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    batch = session.scalar(query)
    if batch is None:
        raise NotHere
    return batch


def check_changeable(batch: BatchRecord) -> None:
    """Raise BatchMovedOn unless the importer may still change it."""
    if batch.state not in CHANGEABLE:
        raise BatchMovedOn("The batch was sent or given up in the meantime, so it cannot be changed. Look at it again.")


def note_decision(
    session: Session,
    actor: Actor,
    batch: BatchRecord,
    act: DecisionAct,
    *,
    now: datetime,
    count: int,
    reason: str = "",
) -> None:
    """Add a decision, and count the change."""
    batch.revision += 1
    session.add(
        BatchDecisionRecord(
            batch_id=batch.id,
            act=act.value,
            by=actor.label,
            by_name=actor.name,
            at=now,
            count=count,
            digest=batch.digest,
            reason=reason,
        )
    )
    session.flush()


def subject_of(batch: BatchRecord) -> str:
    """How the audit log calls it."""
    return f"batch:{batch.id}"


def forget_old(session: Session, *, now: datetime) -> int:
    """Drop names and sentences of batches that have been over for ``KEPT``; which row became which badge stays.

    Says how many rows were emptied. No commit.
    """
    long_over = select(BatchRecord.id).where(BatchRecord.finished_at < now - KEPT)
    holds_something = (
        (BatchRowRecord.name != "")
        | (BatchRowRecord.sentence != "")
        | (BatchRowRecord.suggestion != "")
        | BatchRowRecord.request.is_not(None)
        | BatchRowRecord.cells.is_not(None)
        | BatchRowRecord.corrected_email.is_not(None)
    )
    emptied = session.execute(
        update(BatchRowRecord)
        .where(BatchRowRecord.batch_id.in_(long_over), holds_something)
        .values(name="", sentence="", suggestion="", also=[], request=None, cells=None, corrected_email=None)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", emptied).rowcount


def drop_file(batch: BatchRecord) -> None:
    """The bytes have done their work."""
    batch.file = None


def _look(
    sessions: Sessions,
    provider_slug: str,
    upload: Upload,
    corrections: Mapping[int, str],
    *,
    now: datetime,
    limits: FileLimits | None,
) -> LookedThrough | AwardFileError:
    """The file with its outcomes, or why it cannot be read where saying how may help; raises any other reason."""
    try:
        with reading(sessions) as session:
            return look_through(session, provider_slug, upload, corrections, now=now, limits=limits)
    except _A_QUESTION_MAY_HELP as exc:
        return exc
    except FileDamaged as exc:
        if upload.data.startswith(ZIP):
            raise
        return exc


def _fill(
    session: Session,
    batch: BatchRecord,
    upload: Upload,
    looked: LookedThrough | AwardFileError,
    carried: Mapping[int, BatchRowRecord],
    corrections: Mapping[int, str] | None = None,
) -> None:
    """Put state and rows of a batch as they are now."""
    batch.told = told_to_json(upload.reading, upload.answers)
    batch.revision = (batch.revision or 0) + 1
    if isinstance(looked, AwardFileError):
        batch.state, batch.problem, batch.read_as = BatchState.READING, str(looked), {}
        session.flush()
        return
    if batch.state != BatchState.REFUSED:
        batch.state = BatchState.PREVIEW
    batch.problem, batch.read_as = "", read_as_json(looked.table)
    session.flush()
    session.execute(delete(BatchRowRecord).where(BatchRowRecord.batch_id == batch.id))
    session.execute(insert(BatchRowRecord), list(written_rows(batch.id, looked, carried, corrections or {})))
    settle_one_person(session, batch)


def _answered(session: Session, batch: BatchRecord) -> dict[int, BatchRowRecord]:
    """The rows to which somebody said something."""
    rows = session.scalars(
        select(BatchRowRecord).where(
            BatchRowRecord.batch_id == batch.id,
            (BatchRowRecord.answer != "") | BatchRowRecord.corrected_email.is_not(None),
        )
    )
    return {row.line: row for row in rows}


def _empty(session: Session, batch: BatchRecord) -> None:
    drop_file(batch)
    session.execute(delete(BatchRowRecord).where(BatchRowRecord.batch_id == batch.id))
