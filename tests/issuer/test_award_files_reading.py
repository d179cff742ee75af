"""Award files are read in any dialect a spreadsheet writes, and what cannot be read is said plainly."""

from datetime import date

import pytest

from issuer.awards.files import AwardFileError, AwardTable, Column, FileAnswers, FileLimits, NoticeCode, Reading
from issuer.awards.files import read_award_file as read
from tests.award_office import CLEAN_ROW, as_csv, demo

SWEDISH = (
    "Förnamn;Efternamn;E-post;Kurskod;Slutdatum;Resultat\r\nÅsa;Öberg;asa@mail.example;VLT-HV1;2026-10-16;Godkänd\r\n"
)
CZECH = (
    "Jméno;Příjmení;E-mail;Kód;Datum;Výsledek\r\nŽofie;Dvořáková;zofie@mail.example;PAS-TEAM;6. 11. 2026;splněno\r\n"
)
PLAIN = "given_name;family_name;email;course;date;result\r\n{};x@mail.example;VLT-HV1;2026-10-16;Pass\r\n"


def _names(table: AwardTable) -> list[str]:
    return [f"{row.cells.get(Column.GIVEN_NAME, '')} {row.cells.get(Column.FAMILY_NAME, '')}" for row in table.rows]


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "names"),
    [
        ("dialect_cs_cp1250_semicolon.csv", "cp1250", ";", ["Čeněk Šťastný"]),
        ("dialect_de_cp1252_semicolon_dmy.csv", "cp1252", ";", ["Jürgen Weiß"]),
        (
            "dialect_excel_sv_cp1252_semicolon.csv",
            "cp1252",
            ";",
            ["Åsa Öberg", "Björn Ångström", "Malin Sjöström-Lindqvist"],
        ),
        (
            "dialect_excel_sv_utf8bom_semicolon.csv",
            "utf-8-sig",
            ";",
            ["Åsa Öberg", "Björn Ångström", "Malin Sjöström-Lindqvist"],
        ),
        (
            "dialect_excel_unicode_text_utf16_tab.txt",
            "utf-16",
            "\t",
            ["Åsa Öberg", "Björn Ångström", "Malin Sjöström-Lindqvist"],
        ),
    ],
)
def test_demonstration_dialects(name: str, encoding: str, delimiter: str, names: list[str]) -> None:
    """Each dialect shows the right names without any setting, and says how it was read."""
    table = read(demo(name), name)
    assert (table.encoding, table.delimiter, _names(table)) == (encoding, delimiter, names)
    assert table.notices == ()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *[
            (SWEDISH, name)
            for name in ("cp1252", "iso8859-15", "mac-roman", "cp850", "utf-16-be", "utf-16-le", "utf-32")
        ],
        *[(CZECH, name) for name in ("cp1250", "iso8859-2", "mac-latin2", "cp852")],
        *[(PLAIN.format("Čeněk;Šťastný"), name) for name in ("cp1250", "iso8859-2", "cp852")],
        *[(PLAIN.format("Łukasz;Dąbrowski"), name) for name in ("cp1250", "iso8859-2")],
        *[(PLAIN.format("Ayşe;Yıldırım"), name) for name in ("cp1254", "iso8859-9")],
        *[(PLAIN.format("Jānis;Bērziņš"), name) for name in ("cp1257", "iso8859-13")],
        *[(PLAIN.format("Иван;Петров"), name) for name in ("cp1251", "iso8859-5", "koi8-r")],
        *[(PLAIN.format("Ελένη;Παπαδοπούλου"), name) for name in ("cp1253", "iso8859-7")],
        *[(PLAIN.format("דוד;כהן"), name) for name in ("cp1255",)],
        *[(PLAIN.format("محمد;الحسيني"), name) for name in ("cp1256",)],
        *[(PLAIN.format("João;Gonçalves"), name) for name in ("cp1252", "mac-roman", "cp850")],
        *[(PLAIN.format("Jürgen;Müller"), name) for name in ("cp1252", "cp850")],
        *[(PLAIN.format("Þórdís;Guðmundsdóttir"), name) for name in ("cp1252",)],
    ],
)
def test_letters_tell_the_encoding(text: str, encoding: str) -> None:
    """Whatever office program wrote the file, the names come out as they were."""
    table = read(text.encode(encoding), "test.csv")
    wanted = read(text.encode("utf-8"), "test.csv")
    assert _names(table) == _names(wanted)


def test_a_doubtful_encoding_is_said() -> None:
    """One umlaut fits several encodings, so the person is asked to look."""
    for text, encoding in ((PLAIN.format("Jo;Łuk"), "cp1250"), (PLAIN.format("Jürgen;Müller"), "mac-roman")):
        table = read(text.encode(encoding), "test.csv")
        assert [notice.code for notice in table.notices] == [NoticeCode.ENCODING_DOUBTFUL]


def test_a_person_may_name_the_encoding() -> None:
    """An encoding that is given is used, and one that does not fit is refused."""
    data = PLAIN.format("Иван;Петров").encode("koi8-r")
    assert _names(read(data, "t", reading=Reading(encoding="KOI8-R"))) == ["Иван Петров"]
    assert read(demo("awards_messy.csv"), "t", reading=Reading(encoding="utf-8")).encoding == "utf-8"
    assert read(b"\xef\xbb\xbf" + as_csv(CLEAN_ROW), "t", reading=Reading(encoding="utf-8")).encoding == "utf-8-sig"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "ascii", "rot13", "zip", "unicode-escape", "idna", "no such", "a\0b", ""]
)
def test_an_encoding_that_does_not_fit_is_refused(encoding: str) -> None:
    """Neither a foreign codec nor a wrong guess of a person ruins the names."""
    with pytest.raises(AwardFileError) as caught:
        read(SWEDISH.encode("cp1252"), "t", reading=Reading(encoding=encoding))
    assert caught.value.code == "encoding_unknown"


def test_utf16_without_mark_is_read() -> None:
    """Two bytes a letter are recognised without a byte order mark."""
    for encoding in ("utf-16-le", "utf-16-be"):
        table = read(SWEDISH.encode(encoding), "t")
        assert (table.encoding, _names(table)) == (encoding, ["Åsa Öberg"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, line_end: str) -> None:
    """Every delimiter with every line end gives the same table, with the same line numbers."""
    data = as_csv(CLEAN_ROW, CLEAN_ROW, delimiter=delimiter).replace(b"\r\n", line_end.encode())
    table = read(data, "t")
    assert (table.delimiter, _names(table)) == (delimiter, ["Åsa Öberg"] * 2)
    assert [row.line for row in table.rows] == [2, 3]


def test_a_delimiter_may_be_named() -> None:
    """A person's choice counts, as does the first line that Excel understands; other characters are refused."""
    assert read(as_csv(CLEAN_ROW), "t", reading=Reading(delimiter=",")).delimiter == ","
    table = read(b"sep=|\r\n" + as_csv(CLEAN_ROW, delimiter="|"), "t")
    assert (table.delimiter, [row.line for row in table.rows]) == ("|", [3])
    with pytest.raises(AwardFileError) as caught:
        read(as_csv(CLEAN_ROW), "t", reading=Reading(delimiter="::"))
    assert caught.value.code == "delimiter_unknown"


def test_quoted_cells_may_hold_anything() -> None:
    """Delimiters, quotation marks and line breaks inside quotation marks belong to the cell; line numbers follow."""
    data = (
        b"given_name,family_name,email,course,date,result,assessor\n"
        b'"A, ""B""",C,a@mail.example,VLT-HV1,2026-10-16,Pass,"two\nlines"\n'
        b"D,E,d@mail.example,VLT-HV1,2026-10-16,Pass,\n"
    )
    table = read(data, "t")
    assert table.rows[0].cells[Column.GIVEN_NAME] == 'A, "B"'
    assert [row.line for row in table.rows] == [2, 4]


def test_headings_are_found_as_programs_write_them() -> None:
    """An underscore or a hyphen is a space: exports say first_name where people say First name."""
    heading = "first_name;Last-Name;email_address;course_code;completion_date;result;student_id"
    table = read(f"{heading}\nÅsa;Öberg;a@mail.example;VLT-HV1;2026-10-16;G;T1\n".encode(), "t")
    assert [column.value for column in table.columns] == [
        "given_name", "family_name", "email", "achievement_code", "completed_on", "result", "trainee_ref",
    ]  # fmt: skip
    assert table.notices == ()


def test_headings_are_found_in_any_spelling() -> None:
    """Case, no-break spaces, decomposed letters, a star or a colon do not hide a heading."""
    heading = "F\u004f\u0308RNAMN\u00a0*; Efternamn ;e-post:;Kurskod;SLUTDATUM;Resultat"
    table = read(f"{heading}\nÅsa;Öberg;a@mail.example;VLT-HV1;2026-10-16;G\n".encode(), "t")
    assert set(table.columns) == {
        Column.GIVEN_NAME,
        Column.FAMILY_NAME,
        Column.EMAIL,
        Column.ACHIEVEMENT_CODE,
        Column.COMPLETED_ON,
        Column.RESULT,
    }


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        pytest.param("Name;Vorname", {Column.FAMILY_NAME, Column.GIVEN_NAME}, id="German: Name beside Vorname"),
        pytest.param("Namn;Efternamn", {Column.FAMILY_NAME, Column.GIVEN_NAME}, id="Swedish: Namn beside Efternamn"),
        pytest.param("Namn;x", {Column.FULL_NAME}, id="the name in one column"),
        pytest.param("Celé jméno;Jméno", {Column.FULL_NAME, Column.GIVEN_NAME}, id="full name said in so many words"),
    ],
)
def test_a_column_called_name(heading: str, columns: set[Column]) -> None:
    """Beside a given or family name, "Name" is the other part; alone it is the whole name."""
    table = read(f"{heading};E-mail;Kurs;Datum;Result\na;b;a@mail.example;VLT-HV1;2026-10-16;Pass\n".encode(), "t")
    assert set(table.columns) & {Column.GIVEN_NAME, Column.FAMILY_NAME, Column.FULL_NAME} == columns


@pytest.mark.parametrize(
    "heading",
    [
        "date_of_birth",
        "Personnummer",
        "personnummer (YYYYMMDD-XXXX)",
        "Födelsedatum",
        "Rodné číslo",
        "T.C. Kimlik No",
        "DNI/NIE",
        "Date of birth",
        "Kön",
        "ΑΜΚΑ",
    ],
)
def test_identity_numbers_and_birth_dates_are_dropped(heading: str) -> None:
    """A column we must not have leaves no trace but a notice with its heading."""
    table = read(as_csv({**CLEAN_ROW, heading: "19850709-9805"}), "t")
    (notice,) = table.notices
    assert notice.code is NoticeCode.COLUMN_REFUSED
    assert heading in notice.sentence
    assert "19850709" not in repr(table)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("198507099805", id="Sweden"),
        pytest.param("850709-9805", id="Sweden, short"),
        pytest.param("131052-308T", id="Finland"),
        pytest.param("736028/5163", id="Czechia"),
        pytest.param("44051401359", id="Poland"),
        pytest.param("10000000146", id="Türkiye"),
        pytest.param("12345678Z", id="Spain"),
        pytest.param("X1234567L", id="Spain, foreigner"),
        pytest.param("7523169263", id="Bulgaria"),
        pytest.param("01010750160", id="Norway"),
        pytest.param("070761-4285", id="Denmark"),
    ],
)
def test_identity_numbers_under_another_heading_are_dropped(number: str) -> None:
    """A column called "id" that holds national numbers is dropped as well; the rows go on by e-mail."""
    table = read(as_csv({**CLEAN_ROW, "id": number}, {**CLEAN_ROW, "id": number}), "t")
    assert [notice.code for notice in table.notices] == [NoticeCode.COLUMN_REFUSED]
    assert Column.TRAINEE_REF not in table.columns
    assert number not in repr(table)


@pytest.mark.parametrize(
    "number", ["T001", "198507099804", "850799-9805", "12345678A", "12345678901", "4711", "2026-1"]
)
def test_a_provider_s_own_references_are_kept(number: str) -> None:
    """What fails a check digit or a date is the provider's own number."""
    table = read(as_csv({**CLEAN_ROW, "id": number}), "t")
    assert table.rows[0].cells[Column.TRAINEE_REF] == number


def test_one_likely_number_among_others_is_kept() -> None:
    """A reference that happens to pass a check does not cost the whole column."""
    rows = [{**CLEAN_ROW, "id": number} for number in ("198507099805", "1", "2", "3")]
    assert Column.TRAINEE_REF in read(as_csv(*rows), "t").columns


def test_unknown_columns_are_named_and_not_kept() -> None:
    """What we do not know is not read, and the person hears of it."""
    table = read(as_csv({**CLEAN_ROW, "Favourite colour": "green"}), "t")
    assert [notice.code for notice in table.notices] == [NoticeCode.COLUMN_UNKNOWN]
    assert "Favourite colour" in table.notices[0].sentence
    assert "green" not in repr(table)


def test_lines_above_the_heading_are_passed_over() -> None:
    """A title line and a blank line above the heading are common in exports."""
    table = read(b"Course list;\r\n\r\n" + as_csv(CLEAN_ROW, delimiter=";"), "t")
    assert [row.line for row in table.rows] == [4]
    assert [notice.code for notice in table.notices] == [NoticeCode.LINES_ABOVE_HEADING]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "file_empty", id="no bytes"),
        pytest.param(b"\xef\xbb\xbf\r\n \r\n", "file_empty", id="nothing but a mark and line ends"),
        pytest.param(b"\0" * 100, "file_empty", id="zeros"),
        pytest.param(b"%PDF-1.7\n...", "file_type_unknown", id="a PDF"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "file_type_unknown", id="a picture"),
        pytest.param(b"<html><table><tr><td>name</td>", "file_type_unknown", id="a web page named .xls"),
        pytest.param(b'{"name": "x"}', "file_type_unknown", id="JSON"),
        pytest.param(b"\x1f\x8b\x08\0", "file_type_unknown", id="compressed"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, "file_type_unknown", id="an empty zip"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_too_old", id="an old workbook"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "file_encrypted",
            id="a workbook with a password",
        ),
        pytest.param(b"a\0b\0\0c" * 50, "file_type_unknown", id="binary"),
        pytest.param(b"hello\nworld\n", "header_missing", id="text without columns"),
        pytest.param(b"Anna,Nowak,a@mail.example,VLT-HV1\n", "header_missing", id="rows without heading"),
        pytest.param(as_csv({**CLEAN_ROW, "Mail": "b"}), "column_twice", id="two e-mail columns"),
        pytest.param(as_csv(CLEAN_ROW).split(b"\r\n")[0], "no_rows", id="a heading alone"),
        pytest.param(as_csv(CLEAN_ROW).split(b"\r\n")[0] + b"\n,,,\n,,,\n", "no_rows", id="a heading and blank rows"),
        pytest.param(as_csv(CLEAN_ROW) + b'"Anna,Nowak\nB,C\n', "quote_open", id="a quotation mark never closed"),
        pytest.param(as_csv(CLEAN_ROW) + b'"' + b"x" * 200_000 + b'"\n', "file_damaged", id="a cell without end"),
        pytest.param(as_csv(CLEAN_ROW) + b"," * 1_000_001, "file_damaged", id="a line without end"),
        pytest.param(("name,email\n" + "å,ä\n" * 9).encode() + b"\xc3", "file_damaged", id="cut off inside a letter"),
        pytest.param(b"\xff\xfe" + SWEDISH.encode("utf-16-le")[:-1], "encoding_unknown", id="UTF-16 cut off"),
        pytest.param(b"x" * (2 * 1024 * 1024 + 1), "file_too_large", id="too many bytes"),
        pytest.param(as_csv(*[CLEAN_ROW] * 51), "too_many_rows", id="too many rows"),
        pytest.param(
            as_csv({**CLEAN_ROW, **{f"x{i}": "" for i in range(20)}}), "too_many_columns", id="too many columns"
        ),
    ],
)
def test_files_of_which_nothing_can_be_used(data: bytes, code: str) -> None:
    """One error for the whole file, with a code, a sentence and what to do."""
    with pytest.raises(AwardFileError) as caught:
        read(data, "test.csv", limits=FileLimits(size=2 * 1024 * 1024, rows=50, columns=20))
    assert caught.value.code == code
    assert caught.value.sentence.endswith(".")
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("column", "answers"),
    [
        pytest.param("given_name family_name", None, id="names"),
        pytest.param("email", None, id="identity"),
        pytest.param("achievement_code", FileAnswers(achievement_code="VLT-HV1"), id="badge"),
        pytest.param("completed_on", FileAnswers(completed_on=date(2026, 10, 16)), id="date"),
        pytest.param("result", FileAnswers(all_passed=True), id="result"),
    ],
)
def test_columns_every_award_needs(column: str, answers: FileAnswers | None) -> None:
    """A missing column is an error of the file, unless it was answered once for all rows."""
    row = {name: value for name, value in CLEAN_ROW.items() if name not in column.split()}
    with pytest.raises(AwardFileError) as caught:
        read(as_csv(row), "t")
    assert caught.value.code == "column_missing"
    if answers is not None:
        assert len(read(as_csv(row), "t", answers=answers).rows) == 1


def test_a_broken_letter_in_utf8_names_its_line() -> None:
    """A file that is UTF-8 but for one letter is not read in another encoding, which would ruin all the others."""
    rows = [{**CLEAN_ROW, "family_name": "Ångström"} for _ in range(6)]
    data = as_csv(*rows).replace("Ångström".encode(), b"\xc5ngstr\xf6m", 1)
    with pytest.raises(AwardFileError, match="Line 2") as caught:
        read(data, "t")
    assert caught.value.code == "file_damaged"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_the_character_that_no_database_keeps_names_its_cell(encoding: str) -> None:
    """PostgreSQL takes NUL in no text, so a file that has one is refused wherever it is read, heading or row."""
    for row, place in (({"trainee_ref": "T0\0 1"}, "Line 2, cell"), ({"a\0b": "1"}, "Line 1, cell")):
        with pytest.raises(AwardFileError, match=place) as caught:
            read(as_csv({**CLEAN_ROW, **row}).decode().encode(encoding), "t", reading=Reading(encoding=encoding))
        assert caught.value.code == "file_damaged"
        assert place.split(",")[0].lower() in caught.value.remedy
