"""Two people agree, on exactly what goes out: who may decide, what stops a decision, and who is told what."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, verify_chain
from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import Role
from issuer.batches.answers import answer_row
from issuer.batches.decide import CHUNK, approve, had_a_hand, refuse, send, take_back, who_may_approve
from issuer.batches.differences import SAMPLES, inspect
from issuer.batches.errors import (
    AlreadyDecided,
    BatchChanged,
    BatchError,
    BatchMovedOn,
    NothingToIssue,
    OwnBatch,
    ReasonMissing,
)
from issuer.batches.intake import get_batch, read_again
from issuer.batches.records import BatchRowRecord
from issuer.batches.states import BatchState, DecisionAct, RowAnswer, RowFate
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord
from issuer.database import reading, transaction
from issuer.work.outbox import WorkKind, payload_of
from issuer.work.records import WorkRecord
from issuer.workshop import run_work
from tests.batches import (
    GOTEBORG,
    OSTRAVA,
    approved,
    approver,
    batch_of,
    fates,
    imported,
    importer,
    released,
    rows,
    rows_of,
    sent,
)
from tests.console import ConsoleDesk, console_desk
from tests.demo_files import demo_bytes


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    return console_desk(tmp_path)


def refused(desk: ConsoleDesk, number: int, reason: str, by: Actor) -> None:
    with transaction(desk.office.sessions) as session:
        refuse(session, by, get_batch(session, GOTEBORG, number, to_change=True), reason, now=desk.clock())


def decisions(desk: ConsoleDesk, number: int) -> list[tuple[str, str, int]]:
    with reading(desk.office.sessions) as session:
        return [(each.act, each.by_name, each.count) for each in get_batch(session, GOTEBORG, number).decisions]


def work(desk: ConsoleDesk) -> int:
    with reading(desk.office.sessions) as session:
        issuing = select(func.count()).where(WorkRecord.kind == WorkKind.ISSUE_ROWS.value)
        return session.scalar(issuing) or 0


def publish_version(desk: ConsoleDesk, code: str) -> None:
    with transaction(desk.office.sessions) as session:
        newest = session.scalars(
            select(AchievementVersionRecord).join(AchievementRecord).where(AchievementRecord.code == code)
        ).one()
        session.add(
            AchievementVersionRecord(
                achievement_id=newest.achievement_id,
                version="1.1",
                content={**newest.content, "version": "1.1"},
                published_at=desk.clock(),
            )
        )


def test_the_second_person_releases_what_the_first_sent(desk: ConsoleDesk) -> None:
    """A5: nothing is issued, and no work is put down, before the approval; every step is on file with its count."""
    number = imported(desk, "awards_hv1_goteborg.csv")
    assert sent(desk, number) is BatchState.WAITING
    assert work(desk) == 0
    approved(desk, number)
    assert batch_of(desk, number).state == BatchState.APPROVED
    assert work(desk) == 1
    assert set(fates(rows_of(desk, number))) == {RowFate.WAITING}
    assert decisions(desk, number) == [
        (DecisionAct.SENT, f"Ylva Ström {GOTEBORG}", 12),
        (DecisionAct.APPROVED, "Håkan Bäckström", 12),
    ]


def test_the_work_is_put_down_in_chunks(desk: ConsoleDesk) -> None:
    """Each row is in exactly one chunk, and a payload holds numbers only."""
    number = released(desk, rows(2 * CHUNK + 1))
    with reading(desk.office.sessions) as session:
        query = select(WorkRecord.payload).where(WorkRecord.kind == WorkKind.ISSUE_ROWS.value)
        chunks = [payload_of(text) for text in session.scalars(query)]
    ids = [row.id for row in rows_of(desk, number)]
    covered = [each for chunk in chunks for each in ids if int(chunk["first"]) <= each <= int(chunk["last"])]
    assert len(chunks) == 3
    assert sorted(covered) == ids


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.APPROVER])
def test_nobody_approves_their_own_import(desk: ConsoleDesk, role: Role) -> None:
    """A5: whatever else they may do, and even when somebody else pressed the button that sent it."""
    both = desk.actor(role, Role.EDITOR, name="Both at once")
    number = imported(desk, "awards_hv1_goteborg.csv", by=both)
    sent(desk, number)
    with pytest.raises(OwnBatch):
        approved(desk, number, by=both)
    with pytest.raises(OwnBatch):
        refused(desk, number, "no", both)
    assert batch_of(desk, number).state == BatchState.WAITING


def test_whoever_answered_a_row_had_a_hand_in_it(desk: ConsoleDesk) -> None:
    """An exception somebody made is not approved by the same person."""
    helper = desk.actor(Role.ADMINISTRATOR, name="A helper")
    number = imported(desk, "awards_messy.csv")
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        assert not had_a_hand(session, helper, batch)
        answer_row(session, helper, batch, 29, RowAnswer.YES, now=desk.clock())
    sent(desk, number)
    with pytest.raises(OwnBatch):
        approved(desk, number, by=helper)


def test_whoever_changed_the_reading_had_a_hand_in_it(desk: ConsoleDesk) -> None:
    """Which day 10/11 was, or where a badge is sent, is a part in the import; the approver sees the new address."""
    helper = desk.actor(Role.ADMINISTRATOR, name="A helper")
    number = imported(desk, "awards_messy.csv")
    correction = (5, "zoe.ugglas@gmail.example")
    read_again(desk.office.sessions, GOTEBORG, number, correction=correction, by=helper, now=desk.clock())
    sent(desk, number)
    with reading(desk.office.sessions) as session:
        seen = inspect(session, get_batch(session, GOTEBORG, number), now=desk.clock())
    assert [row.corrected_email for row in seen.exceptions] == ["zoe.ugglas@gmail.example"]
    with pytest.raises(OwnBatch):
        approved(desk, number, by=helper)


def test_whoever_sent_it_had_a_hand_in_it(desk: ConsoleDesk) -> None:
    """Sending somebody else's import is a part in it too."""
    helper = desk.actor(Role.ADMINISTRATOR, name="A helper")
    number = imported(desk, "awards_hv1_goteborg.csv")
    sent(desk, number, by=helper)
    with pytest.raises(OwnBatch):
        approved(desk, number, by=helper)


def test_a_refusal_brings_its_reason_back(desk: ConsoleDesk) -> None:
    """A5: the importer sees who and why, changes the batch, and sends it again; an empty reason is none."""
    number = imported(desk, "awards_messy.csv")
    sent(desk, number)
    with pytest.raises(ReasonMissing):
        refused(desk, number, "  ", approver(desk))
    refused(desk, number, "Jürgen did not pass.", approver(desk))
    with reading(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number)
        assert batch.state == BatchState.REFUSED
        assert (batch.decisions[-1].by_name, batch.decisions[-1].reason) == ("Håkan Bäckström", "Jürgen did not pass.")
    assert sent(desk, number) is BatchState.WAITING
    approved(desk, number)


def test_what_was_taken_back_cannot_be_approved(desk: ConsoleDesk) -> None:
    """The approver is told who took it back."""
    number = imported(desk, "awards_hv1_goteborg.csv")
    sent(desk, number)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        digest = batch.digest or ""
        take_back(session, Actor(label="staff:1", name="Ylva Ström"), batch, now=desk.clock())
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        with pytest.raises(AlreadyDecided, match="Ylva Ström took back"):
            approve(session, Actor(label="staff:99"), batch, digest, now=desk.clock())


def test_an_approval_is_for_what_was_seen(desk: ConsoleDesk) -> None:
    """A digest of an earlier round, or rows that were changed behind everybody's back, are refused in clear words."""
    number, second = imported(desk, "awards_messy.csv"), approver(desk)
    sent(desk, number)
    first_digest = batch_of(desk, number).digest or ""
    refused(desk, number, "Add line 3.", second)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        answer_row(session, importer_label(), batch, 3, RowAnswer.YES, now=desk.clock())
    sent(desk, number)
    with transaction(desk.office.sessions) as session, pytest.raises(BatchChanged, match="changed after you opened"):
        approve(session, second, get_batch(session, GOTEBORG, number, to_change=True), first_digest, now=desk.clock())
    with transaction(desk.office.sessions) as session:
        row = session.scalars(select(BatchRowRecord).where(BatchRowRecord.batch_id == number)).first()
        assert row is not None
        row.request = {**(row.request or {}), "family_name": "Somebody Else"}
    with pytest.raises(BatchChanged):
        approved(desk, number, by=second)
    assert work(desk) == 0


def importer_label() -> Actor:
    return Actor(label="staff:1", name="Ylva Ström")


def test_a_page_that_is_older_than_the_batch_sends_nothing(desk: ConsoleDesk) -> None:
    """The button belongs to the page its reader saw."""
    number, actor = imported(desk, "awards_messy.csv"), importer(desk)
    seen = batch_of(desk, number).revision
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        answer_row(session, actor, batch, 29, RowAnswer.YES, now=desk.clock())
    with transaction(desk.office.sessions) as session, pytest.raises(BatchChanged):
        send(session, actor, get_batch(session, GOTEBORG, number, to_change=True), seen, now=desk.clock())


def test_a_new_version_of_the_achievement_stops_the_approval(desk: ConsoleDesk) -> None:
    """The approver saw the old wording; the sentence names the achievement."""
    number = imported(desk, "awards_hv1_goteborg.csv")
    sent(desk, number)
    publish_version(desk, "VLT-HV1")
    with pytest.raises(BatchChanged, match="VLT-HV1 has a new version"):
        approved(desk, number)


def test_a_new_version_after_the_approval_stops_the_issue(desk: ConsoleDesk) -> None:
    """Nothing is issued in other words than those that were approved; each row says so."""
    number = released(desk, "awards_hv1_goteborg.csv")
    publish_version(desk, "VLT-HV1")
    run_work(desk.office)
    assert set(fates(rows_of(desk, number))) == {RowFate.FAILED}
    assert {row.code for row in rows_of(desk, number)} == {"achievement_changed"}
    assert batch_of(desk, number).state == BatchState.FINISHED


def test_two_approvers_at_once(desk: ConsoleDesk) -> None:
    """One wins, the other is told who; the work is put down once."""
    number = imported(desk, "awards_hv1_goteborg.csv")
    sent(desk, number)
    people = [approver(desk, name=f"Approver {each}") for each in range(4)]
    start = threading.Barrier(len(people))

    def decide(act: Callable[[], None]) -> str:
        start.wait()
        try:
            act()
        except BatchError as exc:
            return str(exc)
        return ""

    acts: list[Callable[[], None]] = [
        lambda: approved(desk, number, by=people[0]),
        lambda: refused(desk, number, "no", people[1]),
        lambda: approved(desk, number, by=people[2]),
        lambda: refused(desk, number, "no", people[3]),
    ]
    with ThreadPoolExecutor(len(acts)) as threads:
        said = list(threads.map(decide, acts))
    assert sorted(map(bool, said)) == [False, True, True, True]
    winner = people[said.index("")].name
    assert all(winner in each for each in said if each)
    assert work(desk) == (1 if batch_of(desk, number).state == BatchState.APPROVED else 0)


def test_without_the_rule_the_importer_confirms(desk: ConsoleDesk) -> None:
    """PASS asks for no second person: what is sent is released at once, and no name of an approver is kept."""
    number = imported(desk, "awards_pass_ostrava.csv", provider=OSTRAVA)
    assert sent(desk, number, provider=OSTRAVA) is BatchState.APPROVED
    run_work(desk.office)
    found = rows_of(desk, number)
    assert set(fates(found)) == {RowFate.ISSUED}
    with reading(desk.office.sessions) as session:
        assert {session.get_one(BatchRowRecord, row.id).credential.approver for row in found} == {None}  # type: ignore[union-attr]


def test_one_award_under_the_rule_puts_the_whole_batch_under_it(desk: ConsoleDesk) -> None:
    """A list of both programmes waits for the second person."""
    both = rows(1, code="PAS-TEAM", result="Proficient") + rows(1, prefix="hv").split(b"\n", 1)[1]
    number = imported(desk, both)
    assert len([row for row in rows_of(desk, number) if row.is_chosen]) == 2
    assert sent(desk, number) is BatchState.WAITING


def test_a_list_without_a_ready_row_is_not_sent(desk: ConsoleDesk) -> None:
    """There is nothing to approve."""
    number = imported(desk, rows(1, code="VLT-HV9"))
    with pytest.raises(NothingToIssue):
        sent(desk, number)


def test_what_waits_for_nobody_cannot_be_decided(desk: ConsoleDesk) -> None:
    """A preview is nobody's to approve yet."""
    number = imported(desk, "awards_hv1_goteborg.csv")
    with pytest.raises(BatchMovedOn):
        approved(desk, number)


def test_the_approver_sees_what_matters(desk: ConsoleDesk) -> None:
    """A5: count, achievements, samples from all over, exceptions, and what is new since earlier imports."""
    released(desk, "awards_hv1_goteborg.csv")
    run_work(desk.office)
    again = demo_bytes("awards_hv1_goteborg.csv").decode().replace("2026-10-16", "2026-10-17")
    again = again.replace("Zoë,af Ugglas", "Zoë Maria,af Ugglas")
    more = again + "New,Person,new.person@mail.example,VLT-HV1,2026-10-17,Pass,Lovisa Ek,,sv,T999\n"
    number = imported(desk, more.encode())
    with reading(desk.office.sessions) as session:
        seen = inspect(session, get_batch(session, GOTEBORG, number), now=desk.clock())
    assert (seen.count, list(seen.achievements)) == (13, [("VLT-HV1", 13)])
    assert (seen.learners, seen.new_learners, seen.hold_already) == (13, 1, 12)
    assert [(each.on_file, each.now) for each in seen.name_changes] == [("Zoë af Ugglas", "Zoë Maria af Ugglas")]
    assert len(seen.samples) == SAMPLES
    assert (seen.samples[0].given_name, seen.samples[-1].given_name) == ("Åsa", "New")
    assert seen.same_file is None
    same = imported(desk, more.encode())
    with reading(desk.office.sessions) as session:
        seen = inspect(session, get_batch(session, GOTEBORG, same), now=desk.clock())
    assert seen.same_file is not None
    assert seen.same_file.id == number


def test_the_importer_learns_who_may_approve(desk: ConsoleDesk) -> None:
    """Approvers and administrators of this provider who are still here; nobody who would be refused later.

    Not who imported it, read it differently, answered in it or sent it, nor who is about to send it.
    """
    approver(desk)
    helpers = [desk.actor(Role.ADMINISTRATOR, name=f"Helper {each}") for each in range(3)]
    approver(desk, OSTRAVA, name="Somebody in Ostrava")
    actor = desk.actor(Role.ADMINISTRATOR, name="Anna Admin")
    number = imported(desk, "awards_messy.csv", by=actor)
    read_again(desk.office.sessions, GOTEBORG, number, by=helpers[0], now=desk.clock())
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        answer_row(session, helpers[1], batch, 3, RowAnswer.YES, now=desk.clock())
        assert who_may_approve(session, batch) == ["Helper 2", "Håkan Bäckström"]
        assert who_may_approve(session, batch, but=helpers[2].label) == ["Håkan Bäckström"]
    sent(desk, number, by=helpers[2])
    with reading(desk.office.sessions) as session:
        assert who_may_approve(session, get_batch(session, GOTEBORG, number)) == ["Håkan Bäckström"]


def test_every_step_is_in_the_audit_log(desk: ConsoleDesk) -> None:
    """Opened, sent, approved, issued: by whom, about how many, and the chain is whole; no name stands in it."""
    number = released(desk, "awards_hv1_goteborg.csv")
    run_work(desk.office)
    with reading(desk.office.sessions) as session:
        entries = session.scalars(
            select(AuditEntryRecord)
            .where(AuditEntryRecord.subject == f"batch:{number}")
            .order_by(AuditEntryRecord.number)
        ).all()
        assert verify_chain(session).is_whole
    assert [entry.act for entry in entries] == [
        AuditAct.BATCH_OPENED,
        AuditAct.BATCH_SENT,
        AuditAct.BATCH_APPROVED,
        AuditAct.CREDENTIALS_ISSUED,
    ]
    assert entries[-1].facts["issued"] == 12
    assert "Öberg" not in str([entry.facts for entry in entries])


def test_sending_again_needs_no_other_file(desk: ConsoleDesk) -> None:
    """A refused batch keeps its file, and its rows can still be judged anew."""
    number = imported(desk, "awards_messy.csv")
    sent(desk, number)
    refused(desk, number, "Look at line 10.", approver(desk))
    with transaction(desk.office.sessions) as session:
        assert get_batch(session, GOTEBORG, number).file
    assert sent(desk, number) is BatchState.WAITING
