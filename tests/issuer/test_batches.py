"""A file becomes a batch: read in every dialect, judged row by row, asked about once, and nothing issued on the way."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.accounts.actor import NotHere
from issuer.accounts.audit import AuditAct
from issuer.accounts.records import AuditEntryRecord
from issuer.awards.files import AwardFileError, FileAnswers, FileLimits, Reading, RowCode, problem_file
from issuer.awards.records import IssuedCredentialRecord
from issuer.batches.answers import answer_alike, answer_row, better_address
from issuer.batches.errors import BatchMovedOn, NoQuestion, ReasonMissing
from issuer.batches.filters import RowFilter
from issuer.batches.intake import KEPT, discard, get_batch, import_file, read_again
from issuer.batches.look_through import Upload
from issuer.batches.records import BatchRecord, BatchRowRecord
from issuer.batches.shown import PAGE, date_question, page_of_rows, rows_left_behind, same_file_before, tally
from issuer.batches.states import BatchState, RowAnswer
from issuer.batches.stored import outcome_of, request_of, table_of
from issuer.database import reading, transaction
from issuer.workshop import run_work
from tests.batches import DIALECTS, GOTEBORG, OSTRAVA, batch_of, imported, importer, released, rows, rows_of, sent
from tests.console import ConsoleDesk, console_desk
from tests.demo_files import demo_bytes, demo_json

MESSY = "awards_messy.csv"
EXPECTED = {
    each["line"]: (each["outcome"], each["code"]) for each in demo_json("awards_messy.expected.json")["outcomes"]
}
NAMES_OF_DIALECTS = {
    "dialect_cs_cp1250_semicolon.csv": ("Čeněk Šťastný", "cp1250", ";"),
    "dialect_de_cp1252_semicolon_dmy.csv": ("Jürgen Weiß", "cp1252", ";"),
    "dialect_excel_sv_cp1252_semicolon.csv": ("Åsa Öberg", "cp1252", ";"),
    "dialect_excel_sv_utf8bom_semicolon.csv": ("Åsa Öberg", "utf-8-sig", ";"),
    "dialect_excel_unicode_text_utf16_tab.txt": ("Åsa Öberg", "utf-16", "\t"),
}


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    return console_desk(tmp_path)


def answered(desk: ConsoleDesk, number: int, line: int, answer: RowAnswer = RowAnswer.YES, reason: str = "") -> None:
    actor = importer(desk)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        answer_row(session, actor, batch, line, answer, now=desk.clock(), reason=reason)


def row_of(desk: ConsoleDesk, number: int, line: int) -> BatchRowRecord:
    return next(row for row in rows_of(desk, number) if row.line == line)


def credentials(desk: ConsoleDesk) -> int:
    with reading(desk.office.sessions) as session:
        return session.scalar(select(func.count()).select_from(IssuedCredentialRecord)) or 0


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_shows_the_right_names(desk: ConsoleDesk, name: str) -> None:
    """A1: no setting is needed, and what was found is on file to be shown."""
    wanted, encoding, delimiter = NAMES_OF_DIALECTS[name]
    number = imported(desk, name)
    assert wanted in {row.name for row in rows_of(desk, number)}
    read_as = batch_of(desk, number).read_as
    assert (read_as["encoding"], read_as["delimiter"]) == (encoding, delimiter)


def test_encoding_and_delimiter_can_be_changed(desk: ConsoleDesk) -> None:
    """A1: the same bytes are read in another way, and back again."""
    number = imported(desk, "dialect_excel_sv_cp1252_semicolon.csv")
    sessions = desk.office.sessions
    read_again(
        sessions, GOTEBORG, number, (Reading(encoding="iso8859-2"), FileAnswers()), by=importer(desk), now=desk.clock()
    )
    assert "Ĺsa Öberg" in {row.name for row in rows_of(desk, number)}
    assert batch_of(desk, number).read_as["encoding"] == "iso8859-2"
    read_again(sessions, GOTEBORG, number, (Reading(), FileAnswers()), by=importer(desk), now=desk.clock())
    assert "Åsa Öberg" in {row.name for row in rows_of(desk, number)}


def test_a_way_of_reading_that_does_not_fit_changes_nothing(desk: ConsoleDesk) -> None:
    """The sentence says so, and the preview stays as it was."""
    number = imported(desk, MESSY)
    before = [row.sentence for row in rows_of(desk, number)]
    told = (Reading(encoding="utf-16"), FileAnswers())
    with pytest.raises(AwardFileError):
        read_again(desk.office.sessions, GOTEBORG, number, told, by=importer(desk), now=desk.clock())
    assert [row.sentence for row in rows_of(desk, number)] == before
    assert batch_of(desk, number).state == BatchState.PREVIEW


def test_the_messy_file_has_exactly_the_expected_outcomes(desk: ConsoleDesk) -> None:
    """A2: line by line, on file; 7 ready, 5 warnings, 13 errors, 2 skipped, 1 ignored; nothing is issued."""
    number = imported(desk, MESSY)
    assert {row.line: (row.state, row.code) for row in rows_of(desk, number)} == EXPECTED
    with reading(desk.office.sessions) as session:
        counts = tally(session, get_batch(session, GOTEBORG, number))
    states = (RowFilter.READY, RowFilter.WARNING, RowFilter.ERROR, RowFilter.SKIPPED, RowFilter.IGNORED)
    assert [counts[state] for state in states] == [7, 5, 13, 2, 1]
    assert (counts[RowFilter.ALL], counts[RowFilter.CHOSEN]) == (28, 7)
    assert credentials(desk) == 0


def test_rows_are_paged_and_filtered(desk: ConsoleDesk) -> None:
    """A hundred to a page; a page that is not there is the last one."""
    number = imported(desk, rows(PAGE + 7))
    with reading(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number)
        first = page_of_rows(session, batch, RowFilter.ALL, 1)
        last = page_of_rows(session, batch, RowFilter.ALL, 99)
        none = page_of_rows(session, batch, RowFilter.ERROR, 1)
    assert (len(first.rows), first.pages, first.total) == (PAGE, 2, PAGE + 7)
    assert (len(last.rows), last.number) == (7, 2)
    assert (none.total, none.pages, list(none.rows)) == (0, 1, [])


def test_dates_are_asked_once_for_the_file(desk: ConsoleDesk) -> None:
    """A3: one question with both days; the answer settles every such row and keeps what was said to others."""
    number = imported(desk, MESSY)
    answered(desk, number, 29)
    with reading(desk.office.sessions) as session:
        asked = date_question(session, get_batch(session, GOTEBORG, number))
    assert asked is not None
    assert (asked.text, asked.line, asked.count) == ("10/11/2026", 10, 1)
    assert (asked.day_first, asked.month_first) == (date(2026, 11, 10), date(2026, 10, 11))
    told = (Reading(), FileAnswers(day_first=False))
    read_again(desk.office.sessions, GOTEBORG, number, told, by=importer(desk), now=desk.clock())
    assert request_of(row_of(desk, number, 10)).completed_on == date(2026, 10, 11)
    assert row_of(desk, number, 29).answer == RowAnswer.YES
    with reading(desk.office.sessions) as session:
        assert date_question(session, get_batch(session, GOTEBORG, number)) is None


def test_serial_days_are_proposed_and_the_future_is_refused(desk: ConsoleDesk) -> None:
    """A3: 46311 goes out as 16 October after a yes; a day that has not come is an error that no yes mends."""
    number = imported(desk, MESSY)
    answered(desk, number, 11)
    row = row_of(desk, number, 11)
    assert row.is_chosen
    assert request_of(row).completed_on == date(2026, 10, 16)
    assert row_of(desk, number, 12).code == RowCode.DATE_IN_FUTURE
    with pytest.raises(NoQuestion):
        answered(desk, number, 12)


def test_a_file_without_a_column_is_kept_until_somebody_says_it_once(desk: ConsoleDesk) -> None:
    """Badge, date and result may be chosen for the whole file; the file does not have to be uploaded again."""
    number = imported(desk, "given_name;email\nÅsa;asa@mail.example\nZoë;zoe@mail.example\n".encode())
    batch = batch_of(desk, number)
    assert batch.state == BatchState.READING
    assert "achievement_code" in batch.problem
    assert rows_of(desk, number) == []
    told = FileAnswers(achievement_code="VLT-HV1", completed_on=date(2026, 10, 16), all_passed=True)
    read_again(desk.office.sessions, GOTEBORG, number, (Reading(), told), by=importer(desk), now=desk.clock())
    assert batch_of(desk, number).state == BatchState.PREVIEW
    assert [row.is_chosen for row in rows_of(desk, number)] == [True, True]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "file_empty", id="empty"),
        pytest.param(b"%PDF-1.7 something", "file_type_unknown", id="a PDF"),
        pytest.param(b"given_name;email;achievement_code;completed_on;result\n", "no_rows", id="a heading alone"),
        pytest.param(b"PK\x03\x04" + b"\0" * 40, "file_damaged", id="a broken workbook"),
        pytest.param(b"x" * 3000, "file_too_large", id="too large"),
    ],
)
def test_what_no_answer_helps_leaves_nothing_behind(desk: ConsoleDesk, data: bytes, code: str) -> None:
    """The reading's own sentence comes back, and no batch is made."""
    upload = Upload(data=data, name="list.csv")
    with pytest.raises(AwardFileError) as refused:
        import_file(
            desk.office.sessions, importer(desk), GOTEBORG, upload, now=desk.clock(), limits=FileLimits(size=2000)
        )
    assert refused.value.code == code
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(BatchRecord)) == 0


def test_a_yes_sends_a_row_along_and_can_be_taken_back(desk: ConsoleDesk) -> None:
    """Each answer is about one row; a no leaves it behind for good reason."""
    number = imported(desk, MESSY)
    for said, chosen in ((RowAnswer.YES, True), (RowAnswer.NO, False), (RowAnswer.NONE, False)):
        answered(desk, number, 3, said)
        row = row_of(desk, number, 3)
        assert (row.answer, row.is_chosen) == (said, chosen)
    assert row_of(desk, number, 3).answered_by == ""


def test_a_missing_prerequisite_needs_a_reason_that_is_logged(desk: ConsoleDesk) -> None:
    """A6: without a reason nothing happens; with one the row goes out and the audit log has who and why."""
    number = imported(desk, MESSY)
    with pytest.raises(ReasonMissing):
        answered(desk, number, 17, reason="  ")
    assert not row_of(desk, number, 17).is_chosen
    answered(desk, number, 17, reason="Holds the national certificate; copy in the file.")
    assert row_of(desk, number, 17).is_chosen
    with reading(desk.office.sessions) as session:
        entry = session.scalars(
            select(AuditEntryRecord).where(AuditEntryRecord.act == AuditAct.PREREQUISITE_OVERRIDDEN.value)
        ).one()
    assert entry.subject == f"batch:{number}"
    assert entry.actor == importer(desk).label
    assert entry.facts["line"] == 17
    assert "national certificate" in str(entry.facts["reason"])


def test_a_better_address_is_judged_like_one_of_the_file(desk: ConsoleDesk) -> None:
    """A corrected address is held against the files and the other lines, so it cannot give a badge to another."""
    number = imported(desk, MESSY)
    better = better_address(row_of(desk, number, 5))
    assert better == "zoe.ugglas@gmail.example"
    read_again(desk.office.sessions, GOTEBORG, number, correction=(5, better), by=importer(desk), now=desk.clock())
    row = row_of(desk, number, 5)
    assert row.is_chosen
    assert request_of(row).email == better
    read_again(
        desk.office.sessions,
        GOTEBORG,
        number,
        correction=(5, "asa.oberg@mail.example"),
        by=importer(desk),
        now=desk.clock(),
    )
    row = row_of(desk, number, 5)
    assert not row.is_chosen
    assert row.code == RowCode.EMAIL_USED_BY_OTHER_NAME


def test_a_correction_outlives_another_way_of_reading(desk: ConsoleDesk) -> None:
    """What was said to a row is not lost when something is said to the file."""
    number = imported(desk, MESSY)
    read_again(
        desk.office.sessions,
        GOTEBORG,
        number,
        correction=(5, "zoe.ugglas@gmail.example"),
        by=importer(desk),
        now=desk.clock(),
    )
    told = (Reading(), FileAnswers(day_first=True))
    read_again(desk.office.sessions, GOTEBORG, number, told, by=importer(desk), now=desk.clock())
    assert row_of(desk, number, 5).is_chosen


def test_many_rows_with_one_question_are_answered_at_once(desk: ConsoleDesk) -> None:
    """Only rows that ask this and nothing else; a prerequisite always asks for its own reason."""
    lines = "".join(f"Åsa,Öberg,VLT-HV1,2026-10-16,Pass,X{number}\n" for number in range(3))
    more = "Zoë,af Ugglas,VLT-HV2,2026-10-16,Pass,X9\n"
    number = imported(
        desk, f"given_name,family_name,achievement_code,completed_on,result,trainee_ref\n{lines}{more}".encode()
    )
    actor = importer(desk)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        assert answer_alike(session, actor, batch, RowCode.EMAIL_MISSING, now=desk.clock()) == 3
        with pytest.raises(ReasonMissing):
            answer_alike(session, actor, batch, RowCode.PREREQUISITE_MISSING, now=desk.clock())
    assert [row.is_chosen for row in rows_of(desk, number)] == [True, True, True, False]


def test_errors_come_back_as_a_file_to_correct(desk: ConsoleDesk) -> None:
    """A2: the same columns and the problem, errors and unanswered warnings only; corrected, it is read again."""
    number = imported(desk, MESSY)
    answered(desk, number, 29)
    with reading(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number)
        behind = rows_left_behind(session, batch)
        written = problem_file(table_of(batch, behind), [outcome_of(row) for row in behind])
    found = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert len(found) == 13 + 5 - 1
    assert list(found[0]) == [*demo_bytes(MESSY).decode().splitlines()[0].split(","), "problem"]
    assert found[1]["problem"].startswith("Line 4: ")
    corrected = written.decode("utf-8-sig").replace("malin.sl@mail,", "malin.sl@mail.example,").encode()
    again = imported(desk, corrected)
    assert row_of(desk, again, 3).is_chosen


def test_the_same_file_again_issues_nothing_twice(desk: ConsoleDesk) -> None:
    """A4: every badge is found again before anything is asked, with the badge beside it, and none goes out."""
    first = released(desk, "awards_hv1_goteborg.csv")
    run_work(desk.office)
    issued = credentials(desk)
    assert issued == 12
    number = imported(desk, "awards_hv1_goteborg.csv")
    found = rows_of(desk, number)
    assert not any(row.is_chosen for row in found)
    assert {row.credential_record_id for row in found} == {row.credential_record_id for row in rows_of(desk, first)}
    with reading(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number)
        shown = page_of_rows(session, batch, RowFilter.ALREADY, 1)
        before = same_file_before(session, batch)
    assert len(shown.rows) == issued
    assert all(row.token for row in shown.rows)
    assert before is not None
    assert before.id == first


def test_a_neighbour_finds_no_batch(desk: ConsoleDesk) -> None:
    """A batch is found together with its owner only."""
    number = imported(desk, MESSY)
    with reading(desk.office.sessions) as session, pytest.raises(NotHere):
        get_batch(session, OSTRAVA, number)


def test_the_file_goes_when_the_batch_is_discarded(desk: ConsoleDesk) -> None:
    """Bytes and rows are dropped, and nothing can be done with the batch any more."""
    number, actor = imported(desk, MESSY), importer(desk)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        assert batch.file == demo_bytes(MESSY)
        discard(session, actor, batch, now=desk.clock())
    assert rows_of(desk, number) == []
    with reading(desk.office.sessions) as session:
        assert get_batch(session, GOTEBORG, number).file is None
    with pytest.raises(BatchMovedOn):
        read_again(desk.office.sessions, GOTEBORG, number, by=importer(desk), now=desk.clock())


def test_names_are_forgotten_a_month_after_the_end(desk: ConsoleDesk) -> None:
    """Import files are not an archive: the next import drops the names; which line became which badge stays."""
    number = released(desk, "awards_hv1_goteborg.csv")
    run_work(desk.office)
    imported(desk, rows(1))
    assert all(row.name for row in rows_of(desk, number))
    desk.clock.advance(days=KEPT / timedelta(days=1) + 1)
    imported(desk, rows(1, prefix="later"))
    assert not any(row.name or row.sentence or row.cells for row in rows_of(desk, number))
    assert all(row.credential_record_id for row in rows_of(desk, number))


def test_what_was_sent_cannot_be_answered_any_more(desk: ConsoleDesk) -> None:
    """An answer counts as a change, and after the batch was sent there are none."""
    number = imported(desk, MESSY)
    revision = batch_of(desk, number).revision
    answered(desk, number, 29)
    assert batch_of(desk, number).revision == revision + 1
    sent(desk, number)
    with pytest.raises(BatchMovedOn):
        answered(desk, number, 3)
