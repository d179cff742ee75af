"""The values of an award row: dates, results and the columns a row can do without."""

from dataclasses import replace
from datetime import date

import pytest

from issuer.awards.files import FileAnswers, RowCode, RowState
from issuer.awards.files.dates import DateFlaw, read_date
from issuer.awards.files.row import add_months
from issuer.catalogue.result_scale import MalformedResultScale, read_result_scale
from tests.award_office import Office, outcome_of

DAY = date(2026, 10, 16)


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-16",
        "2026/10/16",
        "2026.10.16",
        "20261016",
        "2026-10-16 00:00:00",
        "2026-10-16T09:30",
        "2026-10-16T09:30:00Z",
        "16.10.2026",
        "16. 10. 2026",
        "16.10.2026.",
        "16/10/2026",
        "10/16/2026",
        "10/16/2026 9:30 AM",
        "16-10-2026",
        "16 October 2026",
        "16-Oct-2026",
        "16. Oktober 2026",
        "16 oktober 2026",
        "16 de outubro de 2026",
        "16. října 2026",
        "October 16, 2026",
        " 2026-10-16\u00a0",
    ],
)
def test_dates_that_can_mean_one_day_only(text: str) -> None:
    """Everything an office writes for 16 October 2026 is that day."""
    assert read_date(text, None).day == DAY


@pytest.mark.parametrize("text", ["10/11/2026", "10-11-2026", "1/2/2026"])
def test_dates_that_can_mean_two_days_are_asked(text: str) -> None:
    """Without an answer nothing is chosen; with one the whole file follows it."""
    first, second = (int(part) for part in text.replace("-", "/").split("/")[:2])
    reading = read_date(text, None)
    assert (reading.day, reading.flaw) == (None, DateFlaw.AMBIGUOUS)
    assert set(reading.proposals) == {date(2026, second, first), date(2026, first, second)}
    assert read_date(text, True).day == date(2026, second, first)
    assert read_date(text, False).day == date(2026, first, second)


def test_what_needs_no_answer_ignores_it() -> None:
    """Dots are day first, equal parts are equal, and a part above twelve is the day, whatever the answer was."""
    assert read_date("10.11.2026", False).day == date(2026, 11, 10)
    assert read_date("10/10/2026", None).day == date(2026, 10, 10)
    assert read_date("16/10/2026", False).day == DAY
    assert read_date("10/16/2026", True).day == DAY


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "31.04.2026",
        "32/13/2026",
        "13/13/2026",
        "soon",
        "2026",
        "16 Nonember 2026",
        "١٦/١٠/٢٠٢٦",
        "2026-1O-16",
    ],
)
def test_what_is_no_date(text: str) -> None:
    """A day that does not exist, or a word, is no date; other digits than ours neither."""
    assert read_date(text, True).day is None


def test_serials_and_short_years_are_told_apart() -> None:
    """A five-digit number is proposed as Excel counts; a year of two digits is never guessed."""
    assert read_date("46311", None).proposals == (DAY,)
    assert read_date("46311.5", None).flaw is DateFlaw.EXCEL_SERIAL
    assert read_date("16.10.26", None).flaw is DateFlaw.SHORT_YEAR


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", RowCode.DATE_MISSING),
        ("\u00a0", RowCode.DATE_MISSING),
        ("tomorrow", RowCode.DATE_UNREADABLE),
        ("16.10.26", RowCode.DATE_UNREADABLE),
        ("10/11/2026", RowCode.DATE_AMBIGUOUS),
        ("2026-11-23", RowCode.DATE_IN_FUTURE),
        ("1999-12-31", RowCode.DATE_TOO_EARLY),
        ("46311", RowCode.DATE_EXCEL_SERIAL),
        ("46349", RowCode.DATE_IN_FUTURE),
        ("2026-11-22", RowCode.CLEAN),
    ],
)
def test_completion_dates(text: str, code: RowCode) -> None:
    """Today is the last day a course can have been completed on."""
    assert outcome_of(completed_on=text).code is code


def test_answers_for_the_whole_file() -> None:
    """Day first, one date, one badge and all passed stand in where the row says nothing."""
    assert outcome_of(None, FileAnswers(day_first=True), completed_on="10/11/2026").outcome is RowState.READY
    answers = FileAnswers(achievement_code="vlt-hv1", completed_on=DAY, all_passed=True)
    outcome = outcome_of(None, answers, achievement_code="", completed_on="", result="")
    assert outcome.request is not None
    assert (outcome.request.achievement_code, outcome.request.completed_on) == ("VLT-HV1", DAY)
    assert outcome.request.result == "Pass"
    assert outcome_of(None, answers, result="Fail").outcome is RowState.SKIPPED
    assert outcome_of(None, answers, achievement_code="PAS-TEAM", result="").code is RowCode.RESULT_MISSING


@pytest.mark.parametrize(
    ("achievement", "text", "code", "result"),
    [
        ("VLT-HV1", "Pass", RowCode.CLEAN, "Pass"),
        ("VLT-HV1", " GODKÄND ", RowCode.CLEAN, "Pass"),
        ("VLT-HV1", "bestanden", RowCode.CLEAN, "Pass"),
        ("VLT-HV1", "prospěla", RowCode.CLEAN, "Pass"),
        ("VLT-HV1", "1", RowCode.CLEAN, "Pass"),
        ("VLT-HV1", "TRUE", RowCode.CLEAN, "Pass"),
        ("VLT-HV1", "nicht bestanden", RowCode.RESULT_NOT_PASSED, None),
        ("VLT-HV1", "u", RowCode.RESULT_NOT_PASSED, None),
        ("VLT-HV1", "0", RowCode.RESULT_NOT_PASSED, None),
        ("VLT-HV1", "", RowCode.RESULT_MISSING, None),
        ("VLT-HV1", "85", RowCode.RESULT_UNREADABLE, None),
        ("VLT-HV1", "Advanced", RowCode.RESULT_UNREADABLE, None),
        ("VLT-TEST", "60", RowCode.PREREQUISITE_MISSING, "60"),
        ("VLT-TEST", "84,50", RowCode.PREREQUISITE_MISSING, "84.5"),
        ("VLT-TEST", "100 %", RowCode.PREREQUISITE_MISSING, "100"),
        ("VLT-TEST", "59.99", RowCode.RESULT_BELOW_THRESHOLD, None),
        ("VLT-TEST", "0", RowCode.RESULT_BELOW_THRESHOLD, None),
        ("VLT-TEST", "100.1", RowCode.RESULT_OUT_OF_RANGE, None),
        ("VLT-TEST", "-1", RowCode.RESULT_OUT_OF_RANGE, None),
        ("VLT-TEST", "0.84", RowCode.RESULT_UNREADABLE, None),
        ("VLT-TEST", "1", RowCode.RESULT_UNREADABLE, None),
        ("VLT-TEST", "1 %", RowCode.RESULT_BELOW_THRESHOLD, None),
        ("VLT-TEST", "Pass", RowCode.RESULT_UNREADABLE, None),
        ("VLT-TEST", "Fail", RowCode.RESULT_NOT_PASSED, None),
        ("VLT-TEST", "84 of 100", RowCode.RESULT_UNREADABLE, None),
        ("PAS-TEAM", "proficient", RowCode.CLEAN, "Proficient"),
        ("PAS-TEAM", "ADVANCED", RowCode.CLEAN, "Advanced"),
        ("PAS-TEAM", "splněno", RowCode.RESULT_LEVEL_ASSUMED, "Foundation"),
        ("PAS-TEAM", "Expert", RowCode.RESULT_UNREADABLE, None),
        ("PAS-TEAM", "Fail", RowCode.RESULT_NOT_PASSED, None),
    ],
)
def test_results(achievement: str, text: str, code: RowCode, result: str | None) -> None:
    """Words of many languages, points with comma or dot, levels in any case; what did not pass earns nothing."""
    outcome = outcome_of(achievement_code=achievement, result=text)
    assert outcome.code is code
    assert (outcome.request.result if outcome.request else None) == result


def test_a_level_below_the_threshold_earns_nothing() -> None:
    """Where the scale demands a higher level than the lowest, the lower ones are skipped."""
    scale = read_result_scale({"type": "rubric", "levels": ["A", "B"], "pass": "B"})
    office = Office()
    office.achievements["PAS-TEAM"] = replace(office.achievements["PAS-TEAM"], result_scale=scale)
    assert outcome_of(office, achievement_code="PAS-TEAM", result="a").code is RowCode.RESULT_BELOW_THRESHOLD
    assert outcome_of(office, achievement_code="PAS-TEAM", result="b").code is RowCode.CLEAN


@pytest.mark.parametrize(
    "scale",
    [
        {},
        {"type": "stars"},
        {"type": "percent", "min": 0, "max": 100},
        {"type": "percent", "min": 0, "max": 100, "pass": 101},
        {"type": "percent", "min": 0, "max": 100, "pass": "60"},
        {"type": "rubric", "levels": ["A", "B"], "pass": "C"},
        {"type": "rubric", "levels": ["A", 5], "pass": "A"},
    ],
)
def test_a_scale_that_cannot_be_used_is_refused(scale: dict[str, object]) -> None:
    """A catalogue entry without a usable scale is a mistake of the catalogue, not of the row."""
    with pytest.raises(MalformedResultScale):
        read_result_scale(scale)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("assessor", "Lovisa Ek", RowCode.CLEAN),
        ("assessor", "=cmd()", RowCode.ASSESSOR_NOT_ALLOWED),
        ("assessor", "<b>Ek</b>", RowCode.ASSESSOR_NOT_ALLOWED),
        ("assessor", "Ek\u202e", RowCode.ASSESSOR_NOT_ALLOWED),
        ("assessor", "E" * 201, RowCode.ASSESSOR_NOT_ALLOWED),
        ("evidence_url", "https://vbk.example/e/1?a=b#c", RowCode.CLEAN),
        ("evidence_url", "HTTPS://vbk.example", RowCode.CLEAN),
        ("evidence_url", "http://vbk.example/e/1", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "vbk.example/e/1", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://localhost/e", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://user:pw@vbk.example", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://vbk.example/a b", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://vbk.example/<b>", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://vbk.example\u202e", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://[::1", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "https://vbk.example:99999", RowCode.EVIDENCE_URL_INVALID),
        ("evidence_url", "data:text/html,x", RowCode.EVIDENCE_URL_INVALID),
        ("language", "sv", RowCode.CLEAN),
        ("language", "pt_br", RowCode.CLEAN),
        ("language", "Svenska", RowCode.CLEAN),
        ("language", "klingon", RowCode.LANGUAGE_UNKNOWN),
        ("language", "qq", RowCode.LANGUAGE_UNKNOWN),
        ("trainee_ref", "T-001/7", RowCode.CLEAN),
        ("trainee_ref", "T" * 101, RowCode.TRAINEE_REF_NOT_ALLOWED),
        ("trainee_ref", "=1", RowCode.TRAINEE_REF_NOT_ALLOWED),
        ("trainee_ref", "<T1>", RowCode.TRAINEE_REF_NOT_ALLOWED),
        ("trainee_ref", "T\u202e1", RowCode.TRAINEE_REF_NOT_ALLOWED),
        ("valid_until", "2027-10-16", RowCode.CLEAN),
        ("valid_until", "2026-10-16", RowCode.CLEAN),
        ("valid_until", "2028-10-16", RowCode.CLEAN),
        ("valid_until", "2028-10-17", RowCode.VALID_UNTIL_TOO_LATE),
        ("valid_until", "2026-10-15", RowCode.VALID_UNTIL_TOO_EARLY),
        ("valid_until", "10/11/2027", RowCode.VALID_UNTIL_UNREADABLE),
        ("valid_until", "46311", RowCode.VALID_UNTIL_UNREADABLE),
        ("valid_until", "for ever", RowCode.VALID_UNTIL_UNREADABLE),
        ("achievement_code", "", RowCode.ACHIEVEMENT_MISSING),
        ("achievement_code", "vlt-hv1 ", RowCode.CLEAN),
        ("achievement_code", "=VLT-HV1", RowCode.UNKNOWN_ACHIEVEMENT),
        ("achievement_code", "VLT-CIRC", RowCode.PROVIDER_NOT_AUTHORISED),
        ("assessor", "x" * 2001, RowCode.CELL_TOO_LONG),
    ],
)
def test_other_columns(column: str, value: str, code: RowCode) -> None:
    """Each column has its own rule and its own code."""
    assert outcome_of(**{column: value}).code is code


@pytest.mark.parametrize(
    ("typed", "tag"), [("SV", "sv"), ("pt_br", "pt-BR"), ("sr-latn", "sr-Latn"), ("čeština", "cs")]
)
def test_languages_are_written_as_tags(typed: str, tag: str) -> None:
    """BCP 47 spelling, whatever was typed."""
    request = outcome_of(language=typed).request
    assert request is not None
    assert request.language == tag


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 10, 16), 24, date(2028, 10, 16)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_later(day: date, months: int, later: date) -> None:
    """The same day of the month, or its last one."""
    assert add_months(day, months) == later
