"""The messy demonstration file: every row comes out as the list of expected outcomes says."""

import csv
import io
import json

import pytest

from issuer.awards.files import RowCode, RowState, assess, problem_file, read_award_file
from tests.award_office import PROVIDER, TODAY, Office, demo

EXPECTED = {entry["line"]: entry for entry in json.loads(demo("awards_messy.expected.json"))["outcomes"]}


def _trainees_on_file() -> Office:
    office = Office()
    for trainee in csv.DictReader(io.StringIO(demo("trainees.csv").decode("utf-8"))):
        office.put_on_file(
            trainee["given_name"], trainee["family_name"], trainee["email"].lower() or None, trainee["trainee_ref"]
        )
    return office


@pytest.mark.parametrize(
    "office", [pytest.param(Office(), id="nobody on file"), pytest.param(_trainees_on_file(), id="everybody on file")]
)
def test_every_row_has_the_expected_outcome(office: Office) -> None:
    """Outcome and code agree line by line, whether or not the people are known already."""
    table = read_award_file(demo("awards_messy.csv"), "awards_messy.csv")
    outcomes = assess(table, PROVIDER, office, today=TODAY)
    got = {outcome.line: (outcome.outcome.value, outcome.code.value) for outcome in outcomes}
    assert got == {line: (entry["outcome"], entry["code"]) for line, entry in EXPECTED.items()}


def _outcomes() -> dict[int, object]:
    table = read_award_file(demo("awards_messy.csv"), "awards_messy.csv")
    return {outcome.line: outcome for outcome in assess(table, PROVIDER, Office(), today=TODAY)}


def test_every_sentence_names_its_line() -> None:
    """A sentence can be read alone: it begins with the line and ends with a full stop."""
    table = read_award_file(demo("awards_messy.csv"), "awards_messy.csv")
    for outcome in assess(table, PROVIDER, Office(), today=TODAY):
        assert outcome.sentence.startswith(f"Line {outcome.line}: ")
        assert outcome.sentence.endswith(".")
        assert "\u202e" not in outcome.sentence + outcome.name


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        pytest.param(4, "", id="an address nobody can guess"),
        pytest.param(5, "zoe.ugglas@gmail.example", id="mistyped domain"),
        pytest.param(8, "VLT-HV1, VLT-HV2", id="codes that are close"),
        pytest.param(10, "2026-11-10, 2026-10-11", id="both dates"),
        pytest.param(11, "2026-10-16", id="the day of the serial number"),
        pytest.param(17, "VLT-HV1", id="what must come first"),
        pytest.param(19, "Anna Nowak", id="the name without markup"),
        pytest.param(20, "Gergő Szőke", id="the name without the control character"),
    ],
)
def test_suggestions_are_values_to_put(line: int, suggestion: str) -> None:
    """What can be proposed is proposed, ready to be copied."""
    outcome = _outcomes()[line]
    assert outcome.suggestion == suggestion  # type: ignore[attr-defined]


def test_ready_rows_carry_a_finished_request() -> None:
    """Values are in their final form: code in the catalogue's spelling, NFC, no-break space gone, German pass read."""
    requests = {line: outcome.request for line, outcome in _outcomes().items()}  # type: ignore[attr-defined]
    assert requests[7].achievement_code == "VLT-HV1"
    assert (requests[9].completed_on.isoformat(), requests[9].result) == ("2026-10-16", "Pass")
    assert (requests[21].given_name, requests[21].family_name) == ("", "Ravshanbek")
    assert requests[25].email == "ivan.petrov@mail.example"
    assert requests[25].evidence_url == "https://vbk.example/e/1"
    assert (requests[26].given_name, requests[26].family_name) == ("Bego\u00f1a", "Ib\u00e1\u00f1ez")
    assert requests[2].line == 2
    assert requests[2].trainee_ref == "T001"


def test_only_ready_rows_and_harmless_warnings_are_issuable() -> None:
    """On a fresh office nothing but the seven ready rows goes out unasked; errors have no request at all."""
    issuable = {line for line, outcome in _outcomes().items() if outcome.is_issuable}  # type: ignore[attr-defined]
    assert issuable == {line for line, entry in EXPECTED.items() if entry["outcome"] == "ready"}
    for outcome in _outcomes().values():
        blocked = outcome.outcome in (RowState.ERROR, RowState.SKIPPED, RowState.IGNORED)  # type: ignore[attr-defined]
        assert (outcome.request is None) is blocked  # type: ignore[attr-defined]


def test_a_known_reference_without_address_is_issuable() -> None:
    """Line 3 has no e-mail; with the person on file it goes out with the address on file."""
    table = read_award_file(demo("awards_messy.csv"), "awards_messy.csv")
    outcome = assess(table, PROVIDER, _trainees_on_file(), today=TODAY)[1]
    assert outcome.code is RowCode.EMAIL_MISSING
    assert outcome.is_issuable
    assert outcome.request is not None
    assert outcome.request.email == "bjorn@mail.example"


def test_the_clean_files_are_clean() -> None:
    """Three of the demonstration files are ready throughout; the fourth has one result below the threshold."""
    for name, provider in (
        ("awards_hv1_goteborg.csv", "vbk-goteborg"),
        ("awards_cell_braga.csv", "cfb-norte"),
        ("awards_pass_ostrava.csv", "mak-ostrava"),
    ):
        outcomes = assess(read_award_file(demo(name), name), provider, Office(), today=TODAY)
        assert {outcome.outcome for outcome in outcomes} == {RowState.READY}, name
    office = _trainees_on_file()
    office.held = {(learner.id, "VLT-HV1") for learner in office.by_email.values()}
    outcomes = assess(read_award_file(demo("awards_test_goteborg.csv"), "x"), PROVIDER, office, today=TODAY)
    assert [outcome.outcome.value for outcome in outcomes] == ["ready", "ready", "skipped", "ready"]


def test_what_needs_a_person_comes_back_as_a_file() -> None:
    """The problem file holds errors and open warnings under the file's own headings, harmless, and reads again."""
    table = read_award_file(demo("awards_messy.csv"), "awards_messy.csv")
    outcomes = assess(table, PROVIDER, Office(), today=TODAY)
    written = problem_file(table, outcomes)
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    wanted = [entry for entry in EXPECTED.values() if entry["outcome"] in ("error", "warning")]
    assert len(rows) == len(wanted)
    assert list(rows[0])[:-1] == demo("awards_messy.csv").decode().splitlines()[0].split(",")
    assert all(row["problem"].startswith("Line ") for row in rows)
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    again = read_award_file(written, "problems.csv")
    assert again.notices == ()
    codes = {outcome.code for outcome in assess(again, PROVIDER, Office(), today=TODAY)}
    assert RowCode.NAME_NOT_ALLOWED in codes
