"""Calls about many awards at once: batches, and completions of courses."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from issuer.api.award_calls import cells_of
from issuer.api.awarding import Cells
from issuer.api.batches import (
    AT_ONCE,
    DONE,
    NEW,
    REFUSED,
    BatchIssuer,
    BatchSource,
    NewBatch,
    counts_of,
    find_batch,
    items_of,
    open_batch,
)
from issuer.api.call import Answer, Call, read_cursor, write_cursor
from issuer.api.completions import completion_day, grade_of, read_completions
from issuer.api.errors import not_found
from issuer.api.idempotency import keep_batch
from issuer.api.records import ApiBatchItemRecord, ApiBatchRecord
from issuer.api.shapes_in import Completion, PageQuery, Yes
from issuer.api.shapes_out import BatchOut, ResultOut, ResultPage
from issuer.api.words import WARNINGS, flaw_of
from issuer.awards.files.aliases import Column
from issuer.database import reading, transaction


def create_batch(call: Call) -> Answer:
    """Award many badges: 207 with the results, or 202 when the batch is so large that it goes to work."""
    items = [cells_of(each) for each in call.body.awards]
    return _hand_in(call, items, BatchSource.BATCH, call.body)


def create_completions(call: Call) -> Answer:
    """Award what a course management system says was completed; the body is JSON, or bytes of CSV."""
    if isinstance(call.body, bytes):
        return _hand_in(call, read_completions(call.body), BatchSource.COMPLETIONS, Yes.model_validate({}))
    items = [_completion_cells(each) for each in call.body.completions]
    return _hand_in(call, items, BatchSource.COMPLETIONS, call.body)


def get_batch(call: Call) -> Answer:
    """How far a batch has come; raises ApiRefused."""
    with reading(call.office.sessions) as session:
        return Answer(body=_batch_out(session, call, _own(session, call), results=()))


def list_results(call: Call) -> Answer:
    """What became of the items, in the order in which they were sent; raises ApiRefused."""
    asked: PageQuery = call.query
    after = read_cursor(asked.cursor)
    with reading(call.office.sessions) as session:
        batch = _own(session, call)
        found = items_of(session, batch.id, after=-1 if after is None else after, limit=asked.limit + 1)
        shown = found[: asked.limit]
        following = write_cursor(shown[-1].position) if len(found) > len(shown) else None
        return Answer(body=ResultPage(items=[_result_out(call, each) for each in shown], next=following))


def _hand_in(call: Call, items: Sequence[Cells], source: BatchSource, yes: Yes) -> Answer:
    new = NewBatch(
        provider_id=call.caller.provider_id,
        source=source,
        items=items,
        accepted=frozenset(yes.accept),
        reason=yes.reason,
        by=call.caller.actor.label,
    )
    if not new.is_small:
        with transaction(call.office.sessions) as session:
            batch = _open(session, call, new)
            return call.keep(session, _accepted(session, call, batch, 202))
    batch_id = call.hand.batch_id if call.hand else None
    if batch_id is None:
        with transaction(call.office.sessions) as session:
            batch_id = _open(session, call, new).id
    office = call.office
    issuer = BatchIssuer(sessions=office.sessions, desk=office.desk, clock=office.clock)
    issuer({"batch": batch_id, "first": 0, "last": AT_ONCE})
    with transaction(office.sessions) as session:
        return call.keep(session, _accepted(session, call, session.get_one(ApiBatchRecord, batch_id), 207))


def _open(session: Session, call: Call, new: NewBatch) -> ApiBatchRecord:
    """Put the batch on file, if the provider can sign at all."""
    call.office.desk.signers.of(session, call.provider(session))
    batch = open_batch(session, new, call.office.desk, now=call.now)
    if call.hand is not None:
        keep_batch(session, call.hand, batch.id)
    return batch


def _accepted(session: Session, call: Call, batch: ApiBatchRecord, status: int) -> Answer:
    results = items_of(session, batch.id, after=-1, limit=AT_ONCE) if status == 207 else ()
    body = _batch_out(session, call, batch, results)
    return Answer(status=status, body=body, location=f"/api/v1/batches/{batch.name}")


def _own(session: Session, call: Call) -> ApiBatchRecord:
    batch = find_batch(session, call.caller.provider_id, call.path["batch_id"])
    if batch is None:
        raise not_found("batch")
    return batch


def _batch_out(session: Session, call: Call, batch: ApiBatchRecord, results: Sequence[ApiBatchItemRecord]) -> BatchOut:
    counts = counts_of(session, batch.id)
    waiting = counts.get(None, 0)
    url = call.url(f"/batches/{batch.name}")
    return BatchOut(
        id=batch.name,
        url=url,
        state="working" if waiting else "finished",
        total=batch.total,
        waiting=waiting,
        issued=counts.get(NEW, 0),
        unchanged=counts.get(DONE, 0),
        refused=counts.get(REFUSED, 0),
        created_at=batch.created_at,
        finished_at=batch.finished_at,
        results_url=f"{url}/results",
        results=[_result_out(call, each) for each in results],
    )


def _result_out(call: Call, item: ApiBatchItemRecord) -> ResultOut:
    flaw = flaw_of(item.code) if item.code else None
    return ResultOut(
        position=item.position,
        status=item.status,
        outcome=_outcome(item),
        code=item.code,
        place=flaw.place if flaw else None,
        remedy=flaw.remedy if flaw else None,
        suggestion=item.suggestion,
        accept=item.asks.split() if item.asks else [],
        award=item.credential_id,
        url=call.url(f"/awards/{item.credential_id}") if item.credential_id else None,
    )


def _outcome(item: ApiBatchItemRecord) -> str:
    if item.status is None:
        return "waiting"
    if item.status == REFUSED:
        return "needs_answer" if item.asks and item.code in WARNINGS else "refused"
    if item.credential_id is None:
        return "skipped"
    return "issued" if item.status == NEW else "already_issued"


def _completion_cells(said: Completion) -> Cells:
    grade = said.grade if isinstance(said.grade, str) else "" if said.grade is None else f"{said.grade:g}"
    cells = {
        Column.ACHIEVEMENT_CODE: said.course,
        Column.COMPLETED_ON: completion_day(said.timecompleted),
        Column.GIVEN_NAME: said.firstname,
        Column.FAMILY_NAME: said.lastname,
        Column.EMAIL: said.email or "",
        Column.TRAINEE_REF: said.idnumber or "",
        Column.RESULT: grade_of(grade),
        Column.LANGUAGE: said.lang or "",
    }
    return {column.value: value for column, value in cells.items() if value}
