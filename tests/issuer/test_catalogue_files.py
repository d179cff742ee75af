"""Courses as CSV and JSON: what was exported is imported equal, mistakes have a line, a column and a remedy."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from issuer.accounts.actor import NotHere
from issuer.catalogue.find import get_provider
from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.drafts.course_files import Course, read_courses, write_csv, write_json
from issuer.drafts.course_import import (
    CourseState,
    assess_courses,
    courses_of,
    find_course_file,
    import_courses,
    open_course_file,
)
from issuer.drafts.edit import drafts_of, examine_draft
from issuer.drafts.errors import CourseFileUnreadable
from issuer.drafts.export import CourseFormat, export_drafts, export_published
from issuer.drafts.reading import read_wording
from issuer.drafts.records import DraftRecord
from issuer.drafts.review import publish_draft, submit_draft
from issuer.drafts.wording import OutcomeRow, Wording, wording_of
from issuer.office import Office
from tests.demo_files import NOW, demo_bytes, demo_json
from tests.drafts import EDITOR, NEIGHBOUR, OFFICE, PROVIDER, REVIEWER, WORDING
from tests.office import demo_office, settings_for
from tests.other_database import address_env


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The demonstration's office."""
    return demo_office(tmp_path)


def states(office: Office, courses: list[Course], provider: str = PROVIDER) -> dict[str, CourseState]:
    """What each course would become."""
    with reading(office.sessions) as session:
        found = assess_courses(session, get_provider(session, provider), courses)
        return {each.course.wording.code: each.state for each in found}


def problems(office: Office, data: bytes, name: str = "courses.csv") -> list[str]:
    """Every problem of a file, in order."""
    with reading(office.sessions) as session:
        found = assess_courses(session, get_provider(session, PROVIDER), read_courses(data, name))
        return [problem for each in found for problem in each.problems]


def many(count: int) -> list[Wording]:
    """As many different courses."""
    return [
        replace(
            WORDING,
            code=f"HUB-{number:04}",
            titles={"en": f"Course {number}", "fr": f"Cours {number}"},
            course_url=f"https://skills-hub.example/courses/{number}",
            course_number=str(number),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("form", list(CourseFormat))
def test_the_published_catalogue_comes_back_as_it_went(office: Office, form: CourseFormat) -> None:
    """Nothing is new and nothing has changed, in either form."""
    with reading(office.sessions) as session:
        data = export_published(session, form)
    courses = read_courses(data, f"catalogue.{form}")
    assert set(states(office, courses).values()) == {CourseState.UNCHANGED}
    assert [each.wording for each in courses] == [wording_of(each) for each in sorted_entries()]


def sorted_entries() -> list[dict[str, object]]:
    """The demonstration's catalogue by code."""
    return sorted(demo_json("catalogue.json")["achievements"], key=lambda entry: entry["code"])


def test_the_shipped_catalogue_file_can_be_imported_as_it_is(office: Office) -> None:
    """It has the same shape; who is authorised is left to the office."""
    courses = read_courses(demo_bytes("catalogue.json"), "catalogue.json")
    assert set(states(office, courses).values()) == {CourseState.UNCHANGED}
    assert {course.left_out for course in courses} == {()}


@pytest.mark.parametrize("form", list(CourseFormat))
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_five_hundred_courses_in_and_out(office: Office, form: CourseFormat) -> None:
    """All become drafts in one go, with their Skills Hub links, and come out as they went in."""
    wordings = many(500)
    data = (
        write_csv(wordings)
        if form is CourseFormat.CSV
        else write_json(read_wording(each, {}).members for each in wordings)
    )
    courses = read_courses(data, f"hub.{form}")
    with transaction(office.sessions) as session:
        assert len(import_courses(session, EDITOR, PROVIDER, courses, None, now=NOW)) == 500
    with reading(office.sessions) as session:
        provider = get_provider(session, PROVIDER)
        drafts = drafts_of(session, provider)
        assert {each.wording["course_number"] for each in drafts} == {str(number) for number in range(500)}
        assert examine_draft(session, drafts[0]).is_ready
        again = read_courses(export_drafts(session, form, provider), f"drafts.{form}")
    by_code = {each.wording.code: each.wording for each in again}
    assert by_code == {each.wording.code: each.wording for each in courses}
    assert set(states(office, again).values()) == {CourseState.IN_DRAFT}, "twice makes nothing double"


def test_chosen_courses_become_drafts_and_the_others_do_not(office: Office) -> None:
    """A course of a code that is published becomes a new version; one that is wrong becomes nothing."""
    renewed = replace(wording_of(demo_json("catalogue.json")["achievements"][0]), hours="20")
    wrong = replace(WORDING, code="VLT-WRONG", hours="many")
    foreign = replace(wording_of(demo_json("catalogue.json")["achievements"][-1]), hours="20")
    courses = read_courses(write_csv([*many(3), renewed, wrong, foreign]), "courses.csv")
    found = states(office, courses)
    assert [found["HUB-0001"], found["VLT-HV1"]] == [CourseState.NEW, CourseState.NEW_VERSION]
    assert [found["VLT-WRONG"], found["PAS-ADA"]] == [CourseState.ERROR, CourseState.ERROR]
    with transaction(office.sessions) as session:
        made = import_courses(session, EDITOR, PROVIDER, courses, {1, 3, 4, 5}, now=NOW)
        assert [(each.code, each.wording["version"]) for each in made] == [("HUB-0001", "1.0"), ("VLT-HV1", "1.1")]


def test_an_imported_course_can_be_published(office: Office) -> None:
    """What comes from a file takes the same way as what was typed."""
    (course,) = read_courses(write_csv([WORDING]), "one.csv")
    with transaction(office.sessions) as session:
        (draft,) = import_courses(session, EDITOR, PROVIDER, [course], None, now=NOW)
        submit_draft(session, EDITOR, PROVIDER, draft.id, 1, now=NOW)
        publish_draft(session, REVIEWER, OFFICE, draft.id, 1, now=NOW)
    with reading(office.sessions) as session:
        assert b"skills-hub.example/courses/4711" in export_published(session, CourseFormat.CSV)
        assert session.scalar(select(func.count()).select_from(DraftRecord)) == 1


HEAD = "code;programme;title_en;hours;participation;outcome_1;eqf_level"
MISTAKES = [
    pytest.param("VLT-NEW;VOLTAGE;New;many;Online;Do it.;4", "Line 2, column hours:", "write a number", id="hours"),
    pytest.param("VLT NEW;VOLTAGE;New;4;Online;Do it.;4", "Line 2, column code:", "capital letters", id="code"),
    pytest.param(";VOLTAGE;New;4;Online;Do it.;4", "Line 2, column code:", "missing", id="no code"),
    pytest.param("VLT-NEW;TRIREME;New;4;Online;Do it.;4", "column programme:", "one of: PASS, VOLTAGE", id="programme"),
    pytest.param("VLT-NEW;VOLTAGE;New;4;By mail;Do it.;4", "column participation:", "Blended", id="participation"),
    pytest.param("VLT-NEW;VOLTAGE;日本;4;Online;Do it.;4", "column title_en (Title (en)):", "letters", id="letters"),
    pytest.param("VLT-NEW;VOLTAGE;New;4;Online;Do it.;9", "column eqf_level:", "at most 8", id="level"),
    pytest.param("A1;PASS;New;4;;;4\nA1;PASS;New;4;;;4", "Line 3, column code:", "twice", id="code twice"),
]


@pytest.mark.parametrize(("rows", "place", "remedy"), MISTAKES)
def test_a_mistake_in_a_row_names_line_column_and_remedy(office: Office, rows: str, place: str, remedy: str) -> None:
    """So that somebody with the file open in a spreadsheet finds the cell."""
    found = problems(office, f"{HEAD}\n{rows}\n".encode())
    assert any(place in problem and remedy in problem for problem in found), found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_dialects_of_spreadsheets(encoding: str, delimiter: str) -> None:
    """The same titles come out, whichever program wrote the file."""
    text = f"{HEAD}\nVLT-NEW;VOLTAGE;Säkerhet på fältet;4;Online;Läsa av ett värde, två gånger.;4\n"
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(csv.reader(io.StringIO(text), delimiter=";"))
    (course,) = read_courses(file.getvalue().encode(encoding), "courses.csv")
    assert course.wording.titles == {"en": "Säkerhet på fältet"}
    assert course.wording.outcomes[0].text == "Läsa av ett värde, två gånger."


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        pytest.param(b"", "a.csv", "empty", id="empty"),
        pytest.param(b"titel;timmar\nA;4\n", "a.csv", "no column “code”", id="no code column"),
        pytest.param(b"code;code\nA;B\n", "a.csv", "twice", id="column twice"),
        pytest.param(b"code\n", "a.csv", "no course", id="heading only"),
        pytest.param(b"code\n" + b"\n".join(b"A%d" % n for n in range(2001)), "a.csv", "2,000", id="too many"),
        pytest.param(b"x" * (5 * 1024 * 1024 + 1), "a.csv", "5 MB", id="too large"),
        pytest.param(b'code\n"A', "a.csv", "never closed", id="open quote"),
        pytest.param(b"{", "a.json", "line 1", id="cut off"),
        pytest.param(b'[{"ects": 1e999}]', "a.json", "not JSON", id="a number without end"),
        pytest.param(b'[{"ects": NaN}]', "a.json", "not JSON", id="no number"),
        pytest.param(b"[" * 100_000, "a.json", "not JSON", id="deep"),
        pytest.param(b'[{"title": ' + b"[" * 900 + b"]" * 900 + b"}]", "a.json", "brackets|JSON", id="deeper"),
        pytest.param(b'{"courses": []}', "a.json", "achievements", id="no list"),
        pytest.param(b"[1]", "a.json", "Entry 1", id="no object"),
        pytest.param(b'[{"description": {"en": "' + b"x" * 70_000 + b'"}}]', "a.json", "64 kB", id="huge entry"),
        pytest.param(b"\xff\xfe{", "a.json", "not JSON", id="not UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_remedy(data: bytes, name: str, says: str) -> None:
    """The whole file is refused in a sentence."""
    with pytest.raises(CourseFileUnreadable, match=says):
        read_courses(data, name)


def test_columns_and_members_we_do_not_know_are_named(office: Office) -> None:
    """They are left out, and said to be."""
    (course,) = read_courses(b"code;price\nA1;100\n", "a.csv")
    assert course.left_out == ("price",)
    (course,) = read_courses(b'[{"code": "A1", "price": 100, "eqf_level": 4}]', "a.json")
    assert (course.left_out, course.wording.eqf_level) == (("price",), "4")


@pytest.mark.parametrize("member", ["title", "learning_outcomes", "workload", "result_scale", "skills", "eqf_level"])
def test_any_json_at_any_member_is_read_without_a_crash(office: Office, member: str) -> None:
    """What makes no sense becomes a text that somebody can mend, or a problem with a place."""
    odd = [None, True, 4, 1e300, "text", [], {}, [[]], [{"uri": 5}], {"en": {"en": 1}}, "\x00\ud800"]
    data = json.dumps([{"code": f"ODD-{number}", member: value} for number, value in enumerate(odd)]).encode()
    courses = read_courses(data, "odd.json")
    with transaction(office.sessions) as session:
        import_courses(session, EDITOR, PROVIDER, courses, None, now=NOW)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20).map(str.strip)
SKILLS = st.lists(TEXT.filter(lambda text: text and "\n" not in text), max_size=3).map(tuple)


@given(st.builds(OutcomeRow, TEXT.filter(bool), TEXT, SKILLS), TEXT, SKILLS)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_a_csv_file(outcome: OutcomeRow, text: str, skills: tuple[str, ...]) -> None:
    """Formulas, quotation marks, semicolons, line ends, every script."""
    wording = replace(WORDING, code="A1", titles={"en": text} if text else {}, description=text, outcomes=(outcome,))
    wording = replace(wording, skills=skills)
    (course,) = read_courses(write_csv([wording]), "any.csv")
    assert course.wording == wording


def test_formulas_are_disarmed_in_the_file() -> None:
    """A spreadsheet would run them; the apostrophe is taken off again when the file comes back."""
    data = write_csv([replace(WORDING, description='=HYPERLINK("https://evil.example")')])
    assert b"'=HYPERLINK" in data
    (course,) = read_courses(data, "a.csv")
    assert course.wording.description.startswith("=HYPERLINK")


def test_a_kept_file_is_its_providers_business(office: Office) -> None:
    """A neighbour is not told that it exists."""
    courses = read_courses(write_csv(many(2)), "courses.csv")
    with transaction(office.sessions) as session:
        record = open_course_file(session, EDITOR, PROVIDER, "courses.csv", courses, now=NOW)
        assert courses_of(record) == courses
        with pytest.raises(NotHere):
            find_course_file(session, get_provider(session, "cfb-norte"), record.id)
        with pytest.raises(NotHere):
            open_course_file(session, NEIGHBOUR, PROVIDER, "courses.csv", courses, now=NOW)


def test_the_command_line_takes_courses_out_and_in(tmp_path: Path) -> None:
    """Errors go to standard error and make the command fail; the good courses become drafts all the same."""
    office = demo_office(tmp_path)
    given = settings_for(tmp_path)
    env = {
        "VOLTPASS_DATA": str(given.data_dir),
        "VOLTPASS_KEY_SECRET": given.key_secret,
        "VOLTPASS_BASE_URL": given.base_url,
        **address_env(tmp_path),
    }
    door, file = Door(env, clock=lambda: NOW), tmp_path / "courses.csv"

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["catalogue", *arguments], obj=door)
        return done.exit_code, done.output

    assert run("export", str(file))[0] == 0
    assert len(read_courses(file.read_bytes(), file.name)) == 13
    file.write_bytes(write_csv([*many(2), replace(WORDING, code="VLT-WRONG", hours="many")]))
    assert run("import", PROVIDER, str(file), "--try")[0] == 1
    code, said = run("import", PROVIDER, str(file))
    assert (code, "column hours" in said, "2 drafts made" in said) == (1, True, True)
    assert run("export", str(tmp_path / "drafts.json"), "--drafts-of", PROVIDER)[0] == 0
    assert len(read_courses((tmp_path / "drafts.json").read_bytes(), "drafts.json")) == 2
    assert run("export", str(tmp_path / "catalogue.xml"))[0] == 2
    with reading(office.sessions) as session:
        assert len(drafts_of(session, get_provider(session, PROVIDER))) == 2
