"""Whatever is uploaded, the reader answers with a table or with one error of its own."""

import io
import zipfile

import openpyxl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from issuer.awards.files import AwardFileError, RowState, assess, problem_file, read_award_file
from tests.award_office import HEADING, PROVIDER, TODAY, Office, demo

OFFICE = Office()
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "Åsa",
            "a@mail.example",
            "VLT-HV1",
            "2026-10-16",
            "10/11/2026",
            "31.02.2026",
            "46311",
            "99999",
            "Pass",
            "59,5",
            "1e400",
            "=1+1",
            "\u202e",
            "T001",
            "https://x.example",
            "https://[",
            "9999-12-31",
            "0000-00-00",
        ]
    ),
)


def _take_in(data: bytes) -> None:
    """Read and assess; every row has exactly one outcome, in order, with a sentence of its own."""
    try:
        table = read_award_file(data, "test")
    except AwardFileError as error:
        _is_complete(error)
        return
    outcomes = assess(table, PROVIDER, OFFICE, today=TODAY)
    assert [outcome.line for outcome in outcomes] == [row.line for row in table.rows]
    for outcome in outcomes:
        assert outcome.sentence.startswith(f"Line {outcome.line}: ")
        assert outcome.sentence.isprintable()
        assert outcome.name.isprintable()
        assert (outcome.request is not None) == (outcome.outcome in (RowState.READY, RowState.WARNING))
    assert problem_file(table, outcomes)


def _is_complete(error: AwardFileError) -> None:
    assert error.code != AwardFileError.code
    assert error.sentence.endswith(".")
    assert error.remedy.endswith(".")


@given(st.binary(max_size=400))
@example(b"sep=")
@example(b"\xff\xfe\x00")
@example(b"name,email\r\x00")
def test_any_bytes(data: bytes) -> None:
    """Bytes of any kind are a table or an AwardFileError."""
    _take_in(data)


@given(st.lists(st.lists(CELLS, max_size=13), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_any_cells_under_a_heading(rows: list[list[str]], delimiter: str) -> None:
    """Rows of any content below a good heading are assessed, each to one outcome."""
    heading = HEADING.replace(",", delimiter)
    body = "\n".join(delimiter.join(row) for row in rows)
    _take_in(f"{heading}\n{body}".encode("utf-8", "replace"))


@given(st.data())
@settings(max_examples=60)
def test_any_damage_to_a_demonstration_file(data: st.DataObject) -> None:
    """A file with a piece cut out, overwritten or doubled is a table or an AwardFileError."""
    name = data.draw(st.sampled_from(["awards_messy.csv", "dialect_excel_unicode_text_utf16_tab.txt"]))
    content = demo(name)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    _take_in(content[:start] + data.draw(st.binary(max_size=10)) + content[end:])


WORKBOOK_VALUES = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=8),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.none(),
)


@given(st.lists(st.lists(WORKBOOK_VALUES, max_size=10), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_values_in_a_workbook(rows: list[list[object]]) -> None:
    """Typed cells of any value are assessed like text."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.append(HEADING.split(","))
    for row in rows:
        try:
            sheet.append(row)
        except ValueError:
            # openpyxl writes no dates before 1900
            continue
    data = io.BytesIO()
    workbook.save(data)
    _take_in(data.getvalue())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_damage_inside_a_workbook(data: st.DataObject) -> None:
    """A part that is cut, overwritten or exchanged in a well-formed zip is a table or an AwardFileError."""
    parts = dict(_parts())
    name = data.draw(st.sampled_from(sorted(parts)))
    content = parts[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    piece = data.draw(st.one_of(st.binary(max_size=5), st.sampled_from([b"9" * 30, b"", b"-1", b"XFD1", b"s", b"<v>"])))
    parts[name] = content[:start] + piece + content[end:]
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as archive:
        for part, inside in parts.items():
            archive.writestr(part, inside)
    _take_in(copy.getvalue())


def _parts() -> list[tuple[str, bytes]]:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.append(HEADING.split(","))
    sheet.append(["Åsa", "Öberg", "asa@mail.example", "VLT-HV1", TODAY, True, None, None, "sv", 17.5])
    data = io.BytesIO()
    workbook.save(data)
    with zipfile.ZipFile(data) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]
