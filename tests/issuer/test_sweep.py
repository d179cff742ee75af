"""The sweep: what was kept of people for a time is dropped when it is over, once a day, and nothing else is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.accounts.records import AuditEntryRecord, SignInTryRecord
from issuer.accounts.roles import Role
from issuer.batches.decide import refuse
from issuer.batches.intake import KEPT as ROWS_KEPT
from issuer.batches.intake import get_batch
from issuer.batches.records import BatchRowRecord
from issuer.batches.states import BatchState
from issuer.batches.tidy import ABANDONED
from issuer.database import reading, transaction
from issuer.delivery.records import DeliveryRecord, MailRecord, MailState
from issuer.delivery.tidy import KEPT as MAILS_KEPT
from issuer.office import Office
from issuer.work.outbox import WorkKind, put_daily
from issuer.work.records import WorkRecord
from issuer.work.standing import KEPT as WORK_KEPT
from issuer.workshop import run_work
from tests.batches import GOTEBORG, approver, batch_of, imported, released, rows, rows_of, sent
from tests.console import ConsoleDesk, console_desk
from tests.deliveries import announced
from tests.office import reopened
from tests.shell import start_voltpass

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ConsoleDesk]:
    opened = console_desk(tmp_path)
    yield opened
    opened.office.sessions.engine.dispose()


def swept(desk: ConsoleDesk, after: timedelta) -> None:
    """Let time pass, and have the sweep of that day done."""
    desk.clock.now += after
    with transaction(desk.office.sessions) as session:
        put_daily(session, WorkKind.SWEEP, now=desk.clock())
    run_work(desk.office)


def test_a_batch_that_nobody_sent_is_given_up_with_its_people(desk: ConsoleDesk) -> None:
    """Not a day early; then file and rows are gone, and the audit log says that nobody in particular did it."""
    number = imported(desk, rows(3))
    swept(desk, ABANDONED)
    assert (batch_of(desk, number).state, len(rows_of(desk, number))) == (BatchState.PREVIEW, 3)
    swept(desk, DAY)
    assert (batch_of(desk, number).state, rows_of(desk, number)) == (BatchState.DISCARDED, [])
    with reading(desk.office.sessions) as session:
        assert get_batch(session, GOTEBORG, number).file is None
        query = select(AuditEntryRecord).where(AuditEntryRecord.act == "batch_discarded")
        entry = session.scalars(query).one()
        assert (entry.actor, entry.subject) == ("worker", f"batch:{number}")


def test_a_batch_that_somebody_cares_about_stays(desk: ConsoleDesk) -> None:
    """One that waits for approval, and one that was refused less than the time ago."""
    waiting, refused = imported(desk, rows(1)), imported(desk, rows(1, prefix="b"))
    for number in (waiting, refused):
        assert sent(desk, number) is BatchState.WAITING
    desk.clock.now += ABANDONED
    second = approver(desk)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, refused, to_change=True)
        refuse(session, second, batch, "Wrong course.", now=desk.clock())
    swept(desk, DAY)
    assert batch_of(desk, waiting).state == BatchState.WAITING
    assert batch_of(desk, refused).state == BatchState.REFUSED


def test_rows_of_a_finished_batch_lose_their_people(desk: ConsoleDesk) -> None:
    """Names, sentences and cells, also on a line without a name; which row became which badge stays."""
    number = released(desk, rows(2) + b",,nobody@mail.example,VLT-HV1,2026-10-16,Pass,x9\n")
    run_work(desk.office)
    assert batch_of(desk, number).state == BatchState.FINISHED
    kept = [(row.line, row.fate, row.credential_record_id) for row in rows_of(desk, number)]
    with transaction(desk.office.sessions) as session:
        nameless = session.scalars(select(BatchRowRecord).where(BatchRowRecord.batch_id == number)).all()[-1]
        assert nameless.cells is not None
        nameless.name = ""
    swept(desk, ROWS_KEPT + DAY)
    found = rows_of(desk, number)
    assert [(row.line, row.fate, row.credential_record_id) for row in found] == kept
    assert {(row.name, row.sentence, row.suggestion, row.request, row.cells) for row in found} == {
        ("", "", "", None, None)
    }


def test_the_log_of_mails_keeps_no_address_for_ever(desk: ConsoleDesk) -> None:
    """A mail that went loses its address; the delivery keeps its own, and what still waits keeps everything."""
    announced(desk.office)
    run_work(desk.office)
    swept(desk, MAILS_KEPT)
    assert [each.address for each in mails(desk.office)][:1] == ["asa.oberg@mail.example"]
    with transaction(desk.office.sessions) as session:
        old = session.scalars(select(MailRecord)).first()
        assert old is not None
        waiting = MailRecord(
            kind="invitation",
            state=MailState.WAITING,
            address="new@staff.example",
            message_token="B" * 22,
            facts={"link": "x"},
            created_at=old.created_at,
        )
        session.add(waiting)
    swept(desk, DAY)
    found = {each.state: (each.address, each.facts) for each in mails(desk.office) if each.kind != "reminder"}
    assert found == {"sent": ("", {}), "waiting": ("new@staff.example", {"link": "x"})}
    with reading(desk.office.sessions) as session:
        delivery = session.scalars(select(DeliveryRecord)).one()
        assert delivery.email == "asa.oberg@mail.example"
    page = desk.client(Role.EDITOR).get(f"/console/{GOTEBORG}/deliveries/{delivery.id}")
    assert (page.status_code, "no longer kept" in page.text) == (200, True)


def test_tries_and_done_work_are_forgotten(desk: ConsoleDesk) -> None:
    """Also where nobody signs in any more; work that is not done stays."""
    announced(desk.office)
    run_work(desk.office)
    with transaction(desk.office.sessions) as session:
        session.add(SignInTryRecord(key="k", failures=1, last_at=desk.clock()))
        done = session.scalar(select(func.count()).where(WorkRecord.done_at.is_not(None)))
        assert done
    swept(desk, WORK_KEPT + DAY)
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(SignInTryRecord)).all() == []
        kept = session.scalars(select(WorkRecord.done_at).where(WorkRecord.done_at.is_not(None))).all()
        assert min(each for each in kept if each) == desk.clock()


def test_a_day_has_one_sweep(desk: ConsoleDesk) -> None:
    """However many workers ask for it; the next day has its own."""
    for _ in range(3):
        with transaction(desk.office.sessions) as session:
            put_daily(session, WorkKind.SWEEP, now=desk.clock())
    assert len(sweeps(desk.office)) == 1
    desk.clock.advance(days=1)
    with transaction(desk.office.sessions) as session:
        put_daily(session, WorkKind.SWEEP, now=desk.clock())
    assert len(sweeps(desk.office)) == 2


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_worker_puts_the_sweep_on_record(desk: ConsoleDesk, tmp_path: Path) -> None:
    """Without anybody saying so; and it does it."""
    worker = start_voltpass(tmp_path, "worker", stdin=subprocess.DEVNULL)
    try:
        again = reopened(tmp_path)
        while not [each for each in sweeps(again) if each.done_at is not None]:
            assert worker.poll() is None
            time.sleep(0.1)
        again.sessions.engine.dispose()
    finally:
        worker.terminate()
        worker.communicate(timeout=60)


def mails(office: Office) -> list[MailRecord]:
    with reading(office.sessions) as session:
        return list(session.scalars(select(MailRecord).order_by(MailRecord.id)))


def sweeps(office: Office) -> list[WorkRecord]:
    with reading(office.sessions) as session:
        return list(session.scalars(select(WorkRecord).where(WorkRecord.kind == WorkKind.SWEEP.value)))
