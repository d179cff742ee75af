"""Who is meant by a row, what was awarded before, and what a whole row looks like."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import pytest

from issuer.awards.files import RowCode, RowState, assess, read_award_file
from tests.award_office import CLEAN_ROW, PROVIDER, TODAY, Office, as_csv, outcome_of, outcomes_of


def _codes(*rows: dict[str, str], office: Office | None = None) -> list[RowCode]:
    return [outcome.code for outcome in outcomes_of(*rows, office=office)]


def test_the_office_is_asked_in_one_go() -> None:
    """All references and addresses of the file are announced before the first question."""
    office = Office()
    rows = [
        {**CLEAN_ROW, "trainee_ref": " T1 ", "email": "A@mail.example"},
        {**CLEAN_ROW, "trainee_ref": "", "email": "nobody"},
    ]
    outcomes_of(*rows, office=office)
    assert office.prefetched == [(PROVIDER, frozenset({"T1"}), frozenset({"a@mail.example"}))]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({}, RowCode.DUPLICATE_ROW, id="the same row"),
        pytest.param({"email": "ASA@mail.example "}, RowCode.DUPLICATE_ROW, id="the address in another case"),
        pytest.param({"given_name": "Asa", "family_name": "Oberg"}, RowCode.DUPLICATE_ROW, id="without accents"),
        pytest.param({"trainee_ref": ""}, RowCode.DUPLICATE_ROW, id="by address alone"),
        pytest.param({"email": "", "trainee_ref": "T1"}, RowCode.DUPLICATE_ROW, id="by reference alone"),
        pytest.param(
            {"given_name": "Bo", "family_name": "Ek"}, RowCode.DUPLICATE_ROW, id="both agree, the name does not"
        ),
        pytest.param({"completed_on": "2026-10-17"}, RowCode.CLEAN, id="another day"),
        pytest.param({"achievement_code": "VLT-CELL"}, RowCode.CLEAN, id="another badge"),
        pytest.param({"email": "b@mail.example", "trainee_ref": "T2"}, RowCode.CLEAN, id="a namesake"),
        pytest.param(
            {"given_name": "Bo", "trainee_ref": "T2"},
            RowCode.EMAIL_USED_BY_OTHER_NAME,
            id="the address under another name",
        ),
        pytest.param(
            {"given_name": "Bo", "email": "b@mail.example"},
            RowCode.TRAINEE_REF_USED_BY_OTHER_NAME,
            id="the reference under another name",
        ),
    ],
)
def test_the_same_person_twice(changes: dict[str, str], code: RowCode) -> None:
    """E-mail and trainee_ref tell who is meant; a name alone never makes two rows one."""
    first = {**CLEAN_ROW, "email": "asa@mail.example", "trainee_ref": "T1"}
    assert _codes(first, {**first, **changes}) == [RowCode.CLEAN, code]


def test_an_error_is_no_first_award() -> None:
    """A row that cannot be issued does not make the next one a duplicate."""
    assert _codes({**CLEAN_ROW, "given_name": "=1"}, CLEAN_ROW) == [RowCode.NAME_NOT_ALLOWED, RowCode.CLEAN]


def test_a_person_on_file_is_found() -> None:
    """By reference or by address; the request says who it is."""
    office = Office()
    learner = office.put_on_file("Åsa", "Öberg", "asa.oberg@mail.example", "T1")
    for row in ({"trainee_ref": "T1"}, {"trainee_ref": ""}, {"trainee_ref": "T1", "email": ""}):
        request = outcome_of(office, **row).request
        assert request is not None
        assert (request.learner_id, request.email) == (learner.id, "asa.oberg@mail.example")


@pytest.mark.parametrize(
    ("row", "code", "needs_answer"),
    [
        pytest.param({"trainee_ref": "T9", "email": ""}, RowCode.EMAIL_MISSING, True, id="a new reference, no address"),
        pytest.param(
            {"trainee_ref": "T1", "email": ""}, RowCode.EMAIL_MISSING, False, id="the address on file is used"
        ),
        pytest.param(
            {"trainee_ref": "T2", "email": "", "given_name": "Bo", "family_name": "Ek"},
            RowCode.EMAIL_MISSING,
            False,
            id="known, no address on file: a letter",
        ),
        pytest.param(
            {"trainee_ref": "", "email": ""}, RowCode.IDENTITY_MISSING, False, id="neither address nor reference"
        ),
        pytest.param(
            {"given_name": "Eva"}, RowCode.EMAIL_USED_BY_OTHER_NAME, True, id="the address is somebody else's"
        ),
        pytest.param(
            {"trainee_ref": "T2", "email": "new@mail.example"},
            RowCode.TRAINEE_REF_USED_BY_OTHER_NAME,
            True,
            id="the reference is somebody else's",
        ),
        pytest.param(
            {"trainee_ref": "T1", "email": "new@mail.example"},
            RowCode.EMAIL_OTHER_THAN_ON_FILE,
            True,
            id="another address than on file",
        ),
        pytest.param({"given_name": "Asa Maria"}, RowCode.CLEAN, False, id="a middle name more"),
        pytest.param({"email": "new@mail.example"}, RowCode.CLEAN, False, id="a new person"),
    ],
)
def test_doubts_about_the_person(row: dict[str, str], code: RowCode, needs_answer: bool) -> None:
    """What could give a badge to the wrong person waits for an answer; a known reference without address does not."""
    office = Office()
    office.put_on_file("Åsa", "Öberg", "asa.oberg@mail.example", "T1")
    office.put_on_file("Bo", "Ek", None, "T2")
    outcome = outcome_of(office, **row)
    assert (outcome.code, outcome.needs_answer) == (code, needs_answer)
    assert outcome.is_issuable is (outcome.outcome in (RowState.READY, RowState.WARNING) and not needs_answer)


def test_two_namesakes_on_file_are_not_mixed() -> None:
    """The reference of one Anna Nowak with the address of the other is asked."""
    office = Office()
    office.put_on_file("Anna", "Nowak", "anna1@mail.example", None)
    office.put_on_file("Anna", "Nowak", None, "T2")
    outcome = outcome_of(office, given_name="Anna", family_name="Nowak", email="anna1@mail.example", trainee_ref="T2")
    assert outcome.code is RowCode.EMAIL_OTHER_THAN_ON_FILE


def test_one_reference_with_two_addresses_is_asked() -> None:
    """Only one of the two can be its learner's, and the second line would fail at issuing."""
    first = {**CLEAN_ROW, "trainee_ref": "T1", "email": "asa@mail.example"}
    second = {**first, "achievement_code": "VLT-CELL", "email": "asa.oberg@mail.example"}
    _, outcome = outcomes_of(first, second)
    assert (outcome.code, outcome.needs_answer) == (RowCode.EMAIL_OTHER_THAN_ON_FILE, True)
    assert (outcome.suggestion, "line 2" in outcome.sentence) == ("asa@mail.example", True)


def test_the_address_of_an_earlier_line_is_used() -> None:
    """A second badge for a reference that came with an address above needs no answer."""
    first = {**CLEAN_ROW, "trainee_ref": "T1"}
    second = {**first, "email": "", "achievement_code": "VLT-CELL"}
    _, outcome = outcomes_of(first, second)
    assert (outcome.code, outcome.needs_answer) == (RowCode.EMAIL_MISSING, False)
    _, outcome = outcomes_of({**first, "email": "a@gmial.example"}, second)
    assert outcome.needs_answer


def test_prerequisites() -> None:
    """A valid badge on file fulfils a prerequisite, and so does an earlier line that needs no answer."""
    second = {**CLEAN_ROW, "achievement_code": "VLT-HV2"}
    assert _codes(second) == [RowCode.PREREQUISITE_MISSING]
    assert _codes(CLEAN_ROW, second) == [RowCode.CLEAN, RowCode.CLEAN]
    assert _codes(second, CLEAN_ROW) == [RowCode.PREREQUISITE_MISSING, RowCode.CLEAN]
    doubtful = {**CLEAN_ROW, "completed_on": "46311"}
    assert _codes(doubtful, second)[1] is RowCode.PREREQUISITE_MISSING
    other = {**CLEAN_ROW, "email": "other@mail.example"}
    assert _codes(other, second)[1] is RowCode.PREREQUISITE_MISSING
    office = Office()
    learner = office.put_on_file("Åsa", "Öberg", "asa.oberg@mail.example")
    assert _codes(second, office=office) == [RowCode.PREREQUISITE_MISSING]
    office.held.add((learner.id, "VLT-HV1"))
    assert _codes(second, office=office) == [RowCode.CLEAN]


def test_an_achievement_has_a_first_day() -> None:
    """A course completed before the badge existed earns none."""
    office = Office()
    office.achievements["VLT-HV1"] = replace(office.achievements["VLT-HV1"], awarded_from=date(2026, 10, 17))
    assert outcome_of(office).code is RowCode.DATE_TOO_EARLY
    assert outcome_of(office, completed_on="2026-10-17").code is RowCode.CLEAN


def test_letters_no_font_can_draw() -> None:
    """A name with a letter that would be an empty box is refused, and the letter is named; so is an assessor's."""

    def undrawable(text: str) -> Collection[str]:
        return {letter for letter in text if letter > "\u07ff"}

    rows = [{**CLEAN_ROW, "given_name": "ᚨsa"}, {**CLEAN_ROW, "assessor": "ᚨ Ek"}, CLEAN_ROW]
    table = read_award_file(as_csv(*rows), "t")
    first, second, third = assess(table, PROVIDER, Office(), today=TODAY, undrawable=undrawable)
    assert first.code is RowCode.NAME_NOT_DRAWABLE
    assert "U+16A8" in first.sentence
    assert second.code is RowCode.ASSESSOR_NOT_ALLOWED
    assert third.outcome is RowState.READY


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    """The first in precedence decides; the rest stands beside it, so that a person mends the row once."""
    outcome = outcome_of(
        given_name="=1", email="nobody", achievement_code="VLT-HV9", completed_on="soon", language="qq"
    )
    assert outcome.code is RowCode.NAME_NOT_ALLOWED
    assert [finding.code for finding in outcome.also] == [
        RowCode.EMAIL_INVALID,
        RowCode.UNKNOWN_ACHIEVEMENT,
        RowCode.DATE_UNREADABLE,
        RowCode.LANGUAGE_UNKNOWN,
    ]


def test_who_did_not_pass_is_not_to_be_corrected() -> None:
    """A failed result is skipped, whatever else is wrong with the row, and gives no request."""
    outcome = outcome_of(result="Fail", email="nobody", completed_on="soon")
    assert (outcome.outcome, outcome.request) == (RowState.SKIPPED, None)


def test_cells_beside_the_heading() -> None:
    """A row with more cells than the heading is shifted and not to be trusted; empty ones do no harm."""
    heading = "given_name,family_name,email,course,date,result"
    good = "Åsa,Öberg,a@mail.example,VLT-HV1,2026-10-16,Pass,,"
    shifted = "Öberg, Åsa,,a@mail.example,VLT-HV1,2026-10-16,Fail,Fail"
    table = read_award_file(f"{heading}\n{good}\n{shifted}\n,,,,,,,,x\n".encode(), "t")
    codes = [outcome.code for outcome in assess(table, PROVIDER, Office(), today=TODAY)]
    assert codes == [RowCode.CLEAN, RowCode.ROW_TOO_LONG, RowCode.ROW_TOO_LONG]


def test_blank_lines_are_ignored() -> None:
    """Lines without a value, or with spaces only, are left out and counted as such."""
    data = as_csv(CLEAN_ROW) + "\r\n,,,\r\n \u00a0,,\r\n".encode()
    states = [outcome.outcome for outcome in assess(read_award_file(data, "t"), PROVIDER, Office(), today=TODAY)]
    assert states == [RowState.READY] + [RowState.IGNORED] * 3


def test_codes_and_states_are_closed() -> None:
    """Every code has a state, in an order in which the gravest comes first."""
    from issuer.awards.files import Finding

    states = [Finding(code, "x").state for code in RowCode]
    assert states[0] is RowState.IGNORED
    assert states[-1] is RowState.READY
    first_warning = states.index(RowState.WARNING)
    assert RowState.ERROR not in states[first_warning:]
    assert set(states) == set(RowState)
