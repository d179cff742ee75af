"""XLSX workbooks are looked through before they are read."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from issuer.awards.files import AwardFileError, AwardTable, Column, FileLimits, NoticeCode, Reading, read_award_file

HEADING = ["Förnamn", "Efternamn", "E-post", "Kurskod", "Slutdatum", "Resultat", "id"]
ROW = ["Åsa", "Öberg", "asa@mail.example", "VLT-HV1", date(2026, 10, 16), "Godkänd", 17]
HALF_PAST_NINE = datetime(2026, 10, 16, 9, 30)  # noqa: DTZ001  # spreadsheets know no time zones


def _workbook(fill: Callable[[Worksheet], None] | None = None, *rows: Sequence[object]) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    for row in rows or (HEADING, ROW):
        sheet.append(list(row))
    if fill is not None:
        fill(sheet)
    data = io.BytesIO()
    workbook.save(data)
    return data.getvalue()


def _read(data: bytes) -> AwardTable:
    return read_award_file(data, "test.xlsx")


def _change(data: bytes, part: str, change: Callable[[bytes], bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(copy, "w", compression) as target:
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info.filename, change(content) if info.filename == part else content)
    return copy.getvalue()


def test_typed_cells_come_as_text_and_dates() -> None:
    """Dates are dates, whole numbers have no point, truth values are words, other numbers keep their digits."""
    table = _read(_workbook(None, HEADING, ROW, ["B", "C", "b@mail.example", "VLT-TEST", HALF_PAST_NINE, 84.5, 1.0]))
    assert table.rows[0].cells[Column.COMPLETED_ON] == date(2026, 10, 16)
    assert table.rows[0].cells[Column.TRAINEE_REF] == "17"
    assert table.rows[1].cells[Column.COMPLETED_ON] == date(2026, 10, 16)
    assert (table.rows[1].cells[Column.RESULT], table.rows[1].cells[Column.TRAINEE_REF]) == ("84.5", "1")
    assert (table.encoding, table.delimiter, table.sheet) == (None, None, "Sheet")
    passed = _read(_workbook(None, HEADING, [*ROW[:5], True, 1])).rows[0].cells[Column.RESULT]
    assert passed == "TRUE"


def test_line_numbers_are_those_of_the_spreadsheet() -> None:
    """Rows keep their number, also with empty rows and columns before them."""

    def fill(sheet: Worksheet) -> None:
        sheet.insert_rows(1, 3)
        sheet.insert_cols(1, 2)

    table = _read(_workbook(fill))
    assert [row.line for row in table.rows] == [5]
    assert table.rows[0].cells[Column.GIVEN_NAME] == "Åsa"


def test_the_first_visible_sheet_with_a_heading_is_read() -> None:
    """Hidden sheets are not read, others are named; a person may choose."""

    def fill(sheet: Worksheet) -> None:
        assert sheet.parent is not None
        notes = sheet.parent.create_sheet("Notes", 0)
        notes["A1"] = "read me"
        hidden = sheet.parent.create_sheet("Old", 0)
        hidden.append(HEADING)
        hidden.append(["Hidden", *ROW[1:]])
        hidden.sheet_state = "hidden"
        other = sheet.parent.create_sheet("Other")
        other.append(HEADING)
        other.append(["Other", *ROW[1:]])

    data = _workbook(fill)
    table = _read(data)
    assert table.sheet == "Sheet"
    assert {notice.code for notice in table.notices} == {NoticeCode.SHEET_NOT_READ}
    assert len(table.notices) == 2
    chosen = read_award_file(data, "t", reading=Reading(sheet="Other"))
    assert chosen.rows[0].cells[Column.GIVEN_NAME] == "Other"
    for missing in ("Old", "Nowhere"):
        with pytest.raises(AwardFileError) as caught:
            read_award_file(data, "t", reading=Reading(sheet=missing))
        assert caught.value.code == "sheet_unknown"


def test_formatted_empty_cells_do_not_count() -> None:
    """A sheet whose formats go on to the last row of the world is as long as its values."""

    def fill(sheet: Worksheet) -> None:
        sheet["XFD1048576"].number_format = "0.00"

    assert len(_read(_workbook(fill)).rows) == 1


@pytest.mark.parametrize(("cell", "code"), [("A1048576", "too_many_rows"), ("XFD3", "too_many_columns")])
def test_a_value_at_the_end_of_the_world_is_refused(cell: str, code: str) -> None:
    """One value far out would make the library lay out billions of cells."""

    def fill(sheet: Worksheet) -> None:
        sheet[cell] = "x"

    with pytest.raises(AwardFileError) as caught:
        _read(_workbook(fill))
    assert caught.value.code == code
    # found before the library lays anything out, which only the sentence shows
    assert "has a value in" in caught.value.sentence


def test_cells_without_reference_are_counted() -> None:
    """A cell may leave its reference out; then it stands beside the one before."""
    row = b"<row>" + b"<c><v>1</v></c>" * 101 + b"</row></sheetData>"
    data = _change(_workbook(), "xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", row))
    with pytest.raises(AwardFileError) as caught:
        _read(data)
    assert caught.value.code == "too_many_columns"


def _bomb() -> bytes:
    return _change(_workbook(), "xl/styles.xml", lambda part: part + b" " * (60 * 1024 * 1024))


def _empty_cells() -> bytes:
    cells = b"<row>" + b"<c/>" * 2_000_001 + b"</row></sheetData>"
    return _change(_workbook(), "xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", cells))


def _entities() -> bytes:
    return _change(
        _workbook(),
        "xl/worksheets/sheet1.xml",
        lambda part: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + part.replace(b"Sheet", b"&a;"),
    )


def _zip(**parts: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def _encrypted() -> bytes:
    data = bytearray(_workbook())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + offset] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


def _twice() -> bytes:
    data = io.BytesIO(_workbook())
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("XL/worksheets/sheet1.xml", b"<worksheet/>")
    return data.getvalue()


def _many_parts() -> bytes:
    data = io.BytesIO(_workbook())
    with zipfile.ZipFile(data, "a") as archive:
        for number in range(1000):
            archive.writestr(f"xl/media/{number}.png", b"")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(_bomb(), "file_too_large", id="a part that unpacks to 60 MB"),
        pytest.param(_empty_cells(), "file_too_large", id="millions of empty cells"),
        pytest.param(_many_parts(), "file_too_large", id="a thousand parts"),
        pytest.param(_entities(), "file_damaged", id="entities in a part"),
        pytest.param(_workbook()[:-50], "file_damaged", id="cut off at the end"),
        pytest.param(_workbook()[:2000], "file_damaged", id="cut off in the middle"),
        pytest.param(_twice(), "file_damaged", id="a part twice, in another case"),
        pytest.param(_encrypted(), "file_encrypted", id="parts marked as encrypted"),
        pytest.param(_zip(**{"a.txt": b"x"}), "file_type_unknown", id="a zip of something else"),
        pytest.param(_zip(mimetype=b"application/vnd.oasis"), "file_type_unknown", id="an OpenDocument file"),
        pytest.param(
            _zip(**{"[Content_Types].xml": b"<a/>", "word/a.xml": b"<a/>"}), "file_type_unknown", id="a letter"
        ),
        pytest.param(
            _zip(**{"[Content_Types].xml": b"<a/>", "xl/a.xml": b"<a/>"}), "file_damaged", id="no workbook in it"
        ),
        pytest.param(
            _change(_workbook(), "xl/workbook.xml", lambda part: part[:-20]), "file_damaged", id="a part cut off"
        ),
        pytest.param(_workbook(None, [""]), "file_empty", id="no value at all"),
        pytest.param(_workbook(None, HEADING), "no_rows", id="a heading alone"),
        pytest.param(_workbook(None, ["a"], ["b"]), "header_missing", id="no heading"),
    ],
)
def test_workbooks_of_which_nothing_can_be_used(data: bytes, code: str) -> None:
    """Bombs, broken zips and other Office files are told apart."""
    with pytest.raises(AwardFileError) as caught:
        _read(data)
    assert caught.value.code == code


def test_the_budget_counts_all_parts_together() -> None:
    """Many middling parts are as heavy as one large one."""
    with pytest.raises(AwardFileError) as caught:
        read_award_file(_workbook(), "t", limits=FileLimits(unpacked=3000))
    assert caught.value.code == "file_too_large"


def test_parts_that_are_not_xml_are_not_handed_on() -> None:
    """A picture, a macro or a broken file of another kind beside the sheets changes nothing."""
    data = io.BytesIO(_workbook())
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0\1\2")
        archive.writestr("xl/media/image1.png", b"x" * 1000)
    assert len(_read(data.getvalue()).rows) == 1


@pytest.mark.parametrize(
    ("spelling", "instead"),
    [
        pytest.param(b'r="G1"', b'r="G99999999999999999999"', id="cell beyond every number"),
        pytest.param(b'r="G1"', b'r="xfd1048576"', id="cell in small letters"),
        pytest.param(b'r="G1"', b'r=""', id="cell without a name"),
        pytest.param(b'<row r="1"', b'<row r="4294967297"', id="row beyond every number"),
        pytest.param(b'<row r="1"', b'<row r="-1"', id="row below zero"),
    ],
)
def test_places_that_only_the_library_understands(spelling: bytes, instead: bytes) -> None:
    """A place spelled so that we and the library could read it differently is refused: it might claim 400 GB."""

    def respell(part: bytes) -> bytes:
        assert spelling in part
        return part.replace(spelling, instead)

    with pytest.raises(AwardFileError) as refused:
        _read(_change(_workbook(), "xl/worksheets/sheet1.xml", respell))
    assert refused.value.code == "file_damaged"
