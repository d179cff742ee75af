"""Two names, one person: what an answer about who is meant does to the number of badges to come."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from issuer.awards.files import FileAnswers
from issuer.batches.answers import answer_row
from issuer.batches.filters import RowFilter
from issuer.batches.intake import get_batch, read_again
from issuer.batches.records import BatchRowRecord
from issuer.batches.shown import tally
from issuer.batches.states import RowAnswer, RowFate
from issuer.database import reading, transaction
from issuer.workshop import run_work
from tests.batches import GOTEBORG, approved, fates, imported, importer, rows_of, sent
from tests.console import ConsoleDesk, console_desk

MESSY = "awards_messy.csv"


@pytest.fixture
def desk(tmp_path: Path) -> ConsoleDesk:
    return console_desk(tmp_path)


def answered(desk: ConsoleDesk, number: int, line: int, answer: RowAnswer = RowAnswer.YES) -> None:
    actor = importer(desk)
    with transaction(desk.office.sessions) as session:
        batch = get_batch(session, GOTEBORG, number, to_change=True)
        answer_row(session, actor, batch, line, answer, now=desk.clock())


def row_of(desk: ConsoleDesk, number: int, line: int) -> BatchRowRecord:
    return next(row for row in rows_of(desk, number) if row.line == line)


def counts(desk: ConsoleDesk, number: int) -> Counter[RowFilter]:
    with reading(desk.office.sessions) as session:
        return tally(session, get_batch(session, GOTEBORG, number))


def test_a_yes_to_who_is_meant_promises_no_badge_twice(desk: ConsoleDesk) -> None:
    """A4: what is one award with another line, or with one of before, is not counted as a badge to come."""
    number = imported(desk, MESSY)
    answered(desk, number, 29)  # the same person as line 2, says the importer
    found = counts(desk, number)
    assert (found[RowFilter.CHOSEN], found[RowFilter.WARNING], found[RowFilter.SKIPPED]) == (7, 4, 3)
    assert found[RowFilter.LEFT_BEHIND] == 4 + 13
    sent(desk, number)
    approved(desk, number)
    run_work(desk.office)
    assert Counter(fates(rows_of(desk, number)))[RowFate.ISSUED] == 7
    number = imported(desk, MESSY)
    assert counts(desk, number)[RowFilter.ALREADY] == 7
    answered(desk, number, 29)
    assert row_of(desk, number, 29).credential_record_id == row_of(desk, number, 2).credential_record_id
    read_again(desk.office.sessions, GOTEBORG, number, by=importer(desk), now=desk.clock())
    found = counts(desk, number)
    assert (found[RowFilter.CHOSEN], found[RowFilter.WARNING], found[RowFilter.ALREADY]) == (0, 4, 8)
    answered(desk, number, 29, RowAnswer.NONE)
    found = counts(desk, number)
    assert (found[RowFilter.CHOSEN], found[RowFilter.WARNING], found[RowFilter.ALREADY]) == (0, 5, 7)


def test_of_two_lines_of_one_person_the_other_goes_when_the_first_does_not(desk: ConsoleDesk) -> None:
    """Leaving out the first lets the second go."""
    lines = "Åsa,Öberg,a@mail.example,T1\nJan,Berg,j@mail.example,T1\nEva,Ek,j@mail.example,T3\n"
    number = imported(
        desk,
        f"given_name,family_name,email,trainee_ref\n{lines}".encode(),
        answers=FileAnswers(achievement_code="VLT-HV1", completed_on=date(2026, 10, 16), all_passed=True),
    )
    chosen = [[row.is_chosen for row in rows_of(desk, number)]]
    for line, said in ((3, RowAnswer.YES), (4, RowAnswer.YES), (3, RowAnswer.NO)):
        answered(desk, number, line, said)
        chosen.append([row.is_chosen for row in rows_of(desk, number)])
    assert chosen == [[True, False, False], [True, True, False], [True, True, False], [True, False, True]]
