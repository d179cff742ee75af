"""Issuing a released batch: once each, whoever dies or interferes; one bad row stops no other; the approver signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from credentials.unverified import open_unverified
from issuer.accounts.audit import AuditAct
from issuer.accounts.records import AuditEntryRecord
from issuer.awards import files
from issuer.awards.prepare import Draft, Prepared
from issuer.awards.records import IssuedCredentialRecord
from issuer.batches import issue
from issuer.batches.answers import answer_row
from issuer.batches.intake import get_batch
from issuer.batches.issue import Issuing, issue_chunk
from issuer.batches.progress import progress_of
from issuer.batches.records import BatchRowRecord
from issuer.batches.states import BatchState, RowAnswer, RowFate
from issuer.catalogue.records import AuthorisationRecord, ProviderRecord
from issuer.database import reading, transaction
from issuer.delivery.records import DeliveryRecord
from issuer.learners.errors import LearnerConflict
from issuer.learners.records import LearnerRecord
from issuer.office import Office
from issuer.signing.records import SigningKeyRecord
from issuer.status.records import StatusEntryRecord
from issuer.work.handlers import TryLater
from issuer.work.outbox import Payload, WorkKind, payload_of
from issuer.work.records import WorkRecord
from issuer.workshop import run_work
from tests.batches import GOTEBORG, approved, batch_of, fates, imported, importer, released, rows, rows_of, sent
from tests.certificates import shown_text
from tests.console import ConsoleDesk, console_desk
from tests.windows import upload, verdict_shown
from verifier.report import Verdict
from verifier.verify import verify

HV1 = "awards_hv1_goteborg.csv"


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    return console_desk(tmp_path)


def parts(office: Office) -> Issuing:
    return Issuing(sessions=office.sessions, desk=office.desk, clock=office.clock)


def chunks(desk: ConsoleDesk) -> list[Payload]:
    with reading(desk.office.sessions) as session:
        query = select(WorkRecord.payload).where(WorkRecord.kind == WorkKind.ISSUE_ROWS.value).order_by(WorkRecord.id)
        return [payload_of(text) for text in session.scalars(query)]


def count(desk: ConsoleDesk, record: type) -> int:
    with reading(desk.office.sessions) as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def check_whole(desk: ConsoleDesk, number: int, badges: int) -> None:
    """So many badges, each VALID, each with a learner, a status index, a row and a delivery of its own."""
    for record in (IssuedCredentialRecord, LearnerRecord, StatusEntryRecord, DeliveryRecord):
        assert count(desk, record) == badges
    found = [row for row in rows_of(desk, number) if row.fate == RowFate.ISSUED]
    assert len({row.credential_record_id for row in found}) == badges
    policy = desk.office.policy()
    with reading(desk.office.sessions) as session:
        for record in session.scalars(select(IssuedCredentialRecord)):
            report = verify(open_unverified(record.sealed_json), policy, now=desk.clock())
            assert report.verdict is Verdict.VALID


def test_a_released_batch_is_issued_and_closed(desk: ConsoleDesk) -> None:
    """Every row has its badge and its delivery; the file and what the badges were made from are dropped."""
    number = released(desk, HV1)
    run_work(desk.office)
    check_whole(desk, number, 12)
    with reading(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number)
        progress = progress_of(session, batch)
        assert (batch.state, batch.file) == (BatchState.FINISHED, None)
    assert (progress.total, progress.issued, progress.waiting, progress.is_over) == (12, 12, 0, True)
    assert not any(row.request or row.cells for row in rows_of(desk, number))


def test_the_same_chunk_twice_changes_nothing(desk: ConsoleDesk) -> None:
    """Work is handed out at least once: after the batch is finished, and before the rest of it is."""
    number = released(desk, rows(60))
    first, second = chunks(desk)
    for chunk in (first, first, second, first, second):
        issue_chunk(parts(desk.office), chunk)
    check_whole(desk, number, 60)
    assert batch_of(desk, number).state == BatchState.FINISHED


def test_two_workers_on_the_same_chunk(desk: ConsoleDesk) -> None:
    """Both are given the same rows at the same moment; each badge is issued once and nobody fails."""
    number = released(desk, HV1)
    (chunk,) = chunks(desk)
    with ThreadPoolExecutor(3) as threads:
        done = [threads.submit(issue_chunk, parts(desk.office), chunk) for _ in range(3)]
    assert [each.result() for each in done] == [None] * 3
    check_whole(desk, number, 12)
    assert set(fates(rows_of(desk, number))) == {RowFate.ISSUED}


class Killed(BaseException):
    """Ends a worker in the middle, past every handler of errors."""


@pytest.mark.parametrize("step", ["file_awards", "announce_awards", "_mark", "finish_if_done", "prepare_lists"])
@pytest.mark.parametrize("after", [1, 4])
def test_a_worker_that_dies_leaves_whole_rows_only(
    desk: ConsoleDesk, monkeypatch: pytest.MonkeyPatch, step: str, after: int
) -> None:
    """Killed at any step of any row: what was committed stays, the rest is done by the next worker, nothing twice."""
    number = released(desk, HV1)
    (chunk,) = chunks(desk)
    real: Callable[..., object] = getattr(issue, step)
    left = [after if step not in {"finish_if_done", "prepare_lists"} else 1]

    def deadly(*args: object, **named: object) -> object:
        left[0] -= 1
        done = real(*args, **named) if after % 2 else None
        if left[0] == 0:
            raise Killed
        return done if after % 2 else real(*args, **named)

    with monkeypatch.context() as patch:
        patch.setattr(issue, step, deadly)
        patch.setattr(issue, "GROUP", 3)
        with pytest.raises(Killed):
            issue_chunk(parts(desk.office), chunk)
    issued = count(desk, IssuedCredentialRecord)
    assert issued == count(desk, DeliveryRecord) == fates(rows_of(desk, number)).count(RowFate.ISSUED)
    issue_chunk(parts(desk.office), chunk)
    check_whole(desk, number, 12)
    assert batch_of(desk, number).state == BatchState.FINISHED


def test_a_row_that_cannot_be_issued_stops_no_other(desk: ConsoleDesk) -> None:
    """A6: an authorisation that ended after the approval gives its rows an error outcome; the others go out."""
    both = rows(2) + rows(2, code="VLT-CELL", prefix="cell").split(b"\n", 1)[1]
    number = imported(desk, both)
    sent(desk, number)
    approved(desk, number)
    with transaction(desk.office.sessions) as session:
        provider = session.scalars(select(ProviderRecord).where(ProviderRecord.slug == GOTEBORG)).one()
        for record in session.scalars(
            select(AuthorisationRecord).where(AuthorisationRecord.provider_id == provider.id)
        ):
            if any(version.content["code"] == "VLT-CELL" for version in record.achievement.versions):
                record.valid_until = desk.clock()
    run_work(desk.office)
    found = rows_of(desk, number)
    assert fates(found) == [RowFate.ISSUED, RowFate.ISSUED, RowFate.FAILED, RowFate.FAILED]
    failed = found[2]
    assert (failed.state, failed.code) == ("error", "provider_not_authorised")
    assert failed.sentence.startswith(f"Line {failed.line}: ")
    assert failed.cells is not None
    assert batch_of(desk, number).state == BatchState.FINISHED


def test_an_award_made_meanwhile_is_found_again(desk: ConsoleDesk) -> None:
    """Two imports of one list wait at the same time: the second finds the badges of the first and issues none."""
    first, second = released(desk, HV1), released(desk, HV1)
    run_work(desk.office)
    assert count(desk, IssuedCredentialRecord) == count(desk, DeliveryRecord) == 12
    assert set(fates(rows_of(desk, first))) == {RowFate.ISSUED}
    assert set(fates(rows_of(desk, second))) == {RowFate.ALREADY}
    linked = [{row.credential_record_id for row in rows_of(desk, number)} for number in (first, second)]
    assert linked[0] == linked[1]


def test_several_badges_for_one_new_learner(desk: ConsoleDesk) -> None:
    """Rows of one transaction that make the same person known do not disturb each other."""
    one = rows(1)
    number = released(desk, one + rows(1, code="VLT-CELL").split(b"\n", 1)[1])
    run_work(desk.office)
    assert fates(rows_of(desk, number)) == [RowFate.ISSUED] * 2
    assert count(desk, LearnerRecord) == 1


def test_rows_of_one_transaction_that_disagree_stop_no_other(desk: ConsoleDesk) -> None:
    """Three rows of a group make two people known and then mix them up: the third fails alone, with its reason."""
    number = released(desk, rows(5))
    with transaction(desk.office.sessions) as session:
        first, second, third = session.scalars(
            select(BatchRowRecord).where(BatchRowRecord.fate != "").order_by(BatchRowRecord.id).limit(3)
        ).all()
        mixed = {"trainee_ref": (first.request or {})["trainee_ref"], "email": (second.request or {})["email"]}
        third.request = {**(third.request or {}), **mixed}
    run_work(desk.office)
    found = rows_of(desk, number)
    assert fates(found) == [RowFate.ISSUED, RowFate.ISSUED, RowFate.FAILED, RowFate.ISSUED, RowFate.ISSUED]
    assert found[2].code == LearnerConflict.code
    assert count(desk, IssuedCredentialRecord) == count(desk, DeliveryRecord) == 4


def test_a_group_that_was_disturbed_is_issued_row_by_row(desk: ConsoleDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes the index of one row while its group is prepared: all are issued, and each of them once."""
    number = released(desk, HV1)
    real = issue.prepare_awards

    def overtaken(session: Session, *args: Any, **named: Any) -> list[Prepared]:
        prepared = real(session, *args, **named)
        if len(prepared) > 1 and isinstance(prepared[1], Draft):
            index = prepared[1].numbers.index
            with transaction(desk.office.sessions) as other:
                other.add(StatusEntryRecord(list_id=index.list_id, position=index.position))
        return prepared

    monkeypatch.setattr(issue, "prepare_awards", overtaken)
    run_work(desk.office)
    assert set(fates(rows_of(desk, number))) == {RowFate.ISSUED}
    assert count(desk, IssuedCredentialRecord) == count(desk, DeliveryRecord) == 12


def test_without_a_key_the_work_waits(desk: ConsoleDesk) -> None:
    """No key in use concerns every row, so none fails: the batch waits until there is one."""
    number = released(desk, HV1)
    with transaction(desk.office.sessions) as session:
        provider = session.scalars(select(ProviderRecord).where(ProviderRecord.slug == GOTEBORG)).one()
        for key in session.scalars(select(SigningKeyRecord).where(SigningKeyRecord.provider_id == provider.id)):
            key.used_until = desk.clock()
    (chunk,) = chunks(desk)
    with pytest.raises(TryLater) as waiting:
        issue_chunk(parts(desk.office), chunk)
    assert waiting.value.reason == "no_signing_key"
    assert set(fates(rows_of(desk, number))) == {RowFate.WAITING}


def test_machines_are_told_in_the_same_transaction(desk: ConsoleDesk) -> None:
    """Whoever is also told hears of each new badge once, with the award; an error there keeps the row back."""
    number = released(desk, HV1)
    heard: list[str] = []

    def tell(session: object, records: Sequence[IssuedCredentialRecord], now: object) -> None:
        del session, now
        heard.extend(record.credential_id for record in records)

    telling = Issuing(sessions=desk.office.sessions, desk=desk.office.desk, clock=desk.office.clock, also_tell=(tell,))
    for _ in range(2):
        issue_chunk(telling, chunks(desk)[0])
    assert len(set(heard)) == len(heard) == 12
    assert batch_of(desk, number).state == BatchState.FINISHED


def test_an_exception_is_logged_with_its_badge(desk: ConsoleDesk) -> None:
    """A6: the audit log names the badge that went ahead without its prerequisite, whose answer it was, and why."""
    number, actor = imported(desk, rows(1, code="VLT-HV2")), importer(desk)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        answer_row(session, actor, batch, 2, RowAnswer.YES, now=desk.clock(), reason="National certificate seen.")
    sent(desk, number)
    approved(desk, number)
    run_work(desk.office)
    with reading(desk.office.sessions) as session:
        record = session.scalars(select(IssuedCredentialRecord)).one()
        entry = session.scalars(
            select(AuditEntryRecord).where(
                AuditEntryRecord.act == AuditAct.PREREQUISITE_OVERRIDDEN.value,
                AuditEntryRecord.subject == record.credential_id,
            )
        ).one()
    assert (entry.actor, entry.facts["reason"]) == (actor.label, "National certificate seen.")


def test_the_approver_signs_the_certificate(desk: ConsoleDesk) -> None:
    """The name stands on the page, the page is the same every time, and the gate finds page and badge in order."""
    released(desk, HV1)
    run_work(desk.office)
    with reading(desk.office.sessions) as session:
        record = session.scalars(select(IssuedCredentialRecord)).first()
    assert record is not None
    assert record.approver == "Håkan Bäckström"
    client = desk.app.test_client()
    pdf = client.get(f"/v/{record.token}.pdf").data
    assert "Håkan Bäckström" in shown_text(pdf)
    assert client.get(f"/v/{record.token}.pdf").data == pdf
    assert verdict_shown(upload(client, ("certificate.pdf", pdf)))[0] == "VALID"


def test_without_an_approval_no_name_stands_there(desk: ConsoleDesk) -> None:
    """Nobody signs what nobody approved."""
    number = released(desk, "awards_pass_ostrava.csv", provider="mak-ostrava")
    run_work(desk.office)
    with reading(desk.office.sessions) as session:
        record = session.get_one(IssuedCredentialRecord, rows_of(desk, number)[0].credential_record_id)
        assert record.approver is None
    assert files.RowState.READY in {row.state for row in rows_of(desk, number)}


def test_work_on_a_batch_that_nobody_released_does_nothing(desk: ConsoleDesk) -> None:
    """A payload alone issues nothing."""
    number = imported(desk, HV1)
    ids = [row.id for row in rows_of(desk, number)]
    issue_chunk(parts(desk.office), {"batch": number, "first": ids[0], "last": ids[-1]})
    issue_chunk(parts(desk.office), {"batch": number + 1, "first": 1, "last": 2})
    assert count(desk, IssuedCredentialRecord) == 0
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).where(BatchRowRecord.fate != "")) == 0
