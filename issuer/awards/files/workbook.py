"""XLSX workbooks: looked through for bombs and broken parts first, then read.

An XLSX file is a zip of XML parts. Only parts that we have read ourselves, whole and within the limits, are handed on
to the library, in a fresh zip: so there is no part that it sees and we did not.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from xml.etree.ElementTree import ParseError  # the exception only

import python_calamine
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from issuer.awards.files.errors import (
    FileDamaged,
    FileEncrypted,
    FileTooLarge,
    FileTooOld,
    FileTypeUnknown,
    SheetUnknown,
    TooManyColumns,
    TooManyRows,
)
from issuer.awards.files.limits import FileLimits

ZIP: Final = b"PK\x03\x04"
COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ENCRYPTED_PART: Final = "EncryptedPackage".encode("utf-16-le")
_CONTENT_TYPES: Final = "[content_types].xml"
_XML_PARTS: Final = (".xml", ".rels")
_ENTRY: Final = b"PK\x01\x02"
_MOST_PARTS: Final = 1000
_MOST_ELEMENTS: Final = 2_000_000
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_ROW: Final = re.compile(r"[0-9]{1,7}", re.ASCII)
_ROWS_ABOVE_HEADING: Final = 50
_SAVE_AGAIN: Final = "Open it in your spreadsheet, save it again as XLSX or CSV, and upload that."

CellValue = str | date
SheetRow = tuple[int, list[CellValue]]


@dataclass(frozen=True)
class Sheet:
    """One visible sheet: its name, and its rows with the numbers the spreadsheet shows."""

    name: str
    rows: tuple[SheetRow, ...]


def refuse_compound_file(data: bytes) -> None:
    """Raise FileEncrypted or FileTooOld for the container that Excel uses for both."""
    if _ENCRYPTED_PART in data:
        raise FileEncrypted("The workbook is protected by a password.", "Take the password off and upload it again.")
    raise FileTooOld("The file is a workbook of Excel 97 to 2003 (.xls), which we do not read.", _SAVE_AGAIN)


def read_workbook(data: bytes, limits: FileLimits, wanted: str | None = None) -> tuple[Sheet, ...]:
    """Every visible sheet that holds something, or the one a person wants, in the order of the workbook.

    Dates come as date, all else as text: whole numbers without a point, other numbers as Python writes them.
    Raises FileDamaged, FileTypeUnknown, FileTooLarge, TooManyRows, TooManyColumns or SheetUnknown.
    """
    clean = _clean_copy(data, limits)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(clean))
        visible = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible is python_calamine.SheetVisibleEnum.Visible
            and sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
        ]
        if wanted is not None and wanted not in visible:
            names = ", ".join(visible)
            raise SheetUnknown(f"The workbook has no sheet {wanted[:40]!r}.", f"Its sheets are: {names[:200]}.")
        sheets = [_read_sheet(workbook, name) for name in visible if wanted in (None, name)]
    except python_calamine.CalamineError as exc:
        raise FileDamaged("The workbook cannot be read.", _SAVE_AGAIN) from exc
    except BaseException as exc:
        # a panic in the library arrives as a BaseException of a class that cannot be imported
        if type(exc).__name__ != "PanicException":
            raise
        raise FileDamaged("The workbook cannot be read.", _SAVE_AGAIN) from exc
    return tuple(sheet for sheet in sheets if sheet.rows or sheet.name == wanted)


def _read_sheet(workbook: python_calamine.CalamineWorkbook, name: str) -> Sheet:
    sheet = workbook.get_sheet_by_name(name)
    first_row, first_column = sheet.start or (0, 0)
    margin: list[CellValue] = [""] * first_column
    rows = tuple(
        (first_row + index + 1, margin + [_value(cell) for cell in row])
        for index, row in enumerate(sheet.to_python(skip_empty_area=True))
    )
    return Sheet(name, rows)


def _value(cell: float | str | bool | time | date | datetime | timedelta) -> CellValue:
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return cell.date()
        case date():
            return cell
    return str(cell)


def _clean_copy(data: bytes, limits: FileLimits) -> bytes:
    if data.count(_ENTRY) > _MOST_PARTS:
        raise FileTooLarge(f"The file holds more than {_MOST_PARTS} parts.", _SAVE_AGAIN)
    copy, area = io.BytesIO(), _CellArea(limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as target:
            names = _part_names(source)
            for name, part in _parts(source, names, limits.unpacked):
                _look_through(part, area)
                target.writestr(name, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as exc:
        raise FileDamaged("The workbook is cut off or damaged.", _SAVE_AGAIN) from exc
    return copy.getvalue()


def _part_names(source: zipfile.ZipFile) -> list[str]:
    infos = source.infolist()
    names = [info.filename for info in infos]
    folded = {name.casefold() for name in names}
    if any(info.flag_bits & 0x1 for info in infos):
        raise FileEncrypted("The file is protected by a password.", "Take the password off and upload it again.")
    if len(folded) != len(names):
        raise FileDamaged("The workbook holds a part twice.", _SAVE_AGAIN)
    if _CONTENT_TYPES not in folded or not any(name.startswith("xl/") for name in folded):
        kind = "an OpenDocument file" if "mimetype" in folded else "a zip file, but no XLSX workbook"
        raise FileTypeUnknown(f"The file is {kind}.", "Save the list as XLSX or CSV and upload that.")
    return [name for name in names if name.casefold().endswith(_XML_PARTS)]


def _parts(source: zipfile.ZipFile, names: list[str], budget: int) -> Iterator[tuple[str, bytes]]:
    """The parts, unpacked as long as the budget lasts; the sizes written in the zip are not believed."""
    for name in names:
        with source.open(name) as file:
            part = file.read(budget + 1)
        budget -= len(part)
        if budget < 0:
            raise FileTooLarge(
                "The workbook unpacks to far more than its size promises.",
                "Delete pictures and unused sheets, or save the list as CSV, and upload that.",
            )
        yield name, part


def _look_through(part: bytes, area: _CellArea) -> None:
    """Parse one part, without entities or a DTD, and measure the area its filled cells take."""
    area.begin_part()
    parser = DefusedXMLParser(target=area, forbid_dtd=True)
    try:
        parser.feed(part)
        parser.close()
    except (ParseError, DefusedXmlException, LookupError) as exc:
        raise FileDamaged("A part of the workbook is broken.", _SAVE_AGAIN) from exc


class _CellArea:
    """Counts rows and columns up to the last cell with a value; empty formatted cells may go on for ever."""

    def __init__(self, limits: FileLimits) -> None:
        self._limits = limits
        self._elements = 0
        self._row = 0
        self._column = 0

    def begin_part(self) -> None:
        """Cells are counted anew in each part, elements in all of them together."""
        self._row = self._column = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Follow rows and cells; a cell without a reference stands beside the one before."""
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise FileTooLarge(
                f"The workbook has more than {_MOST_ELEMENTS:,} elements, most of them probably formatted empty cells.",
                "Copy the list into a new workbook, or save it as CSV, and upload that.",
            )
        match tag.rpartition("}")[2]:
            case "row":
                self._row = self._row + 1 if "r" not in attributes else _row_number(attributes["r"])
                self._column = 0
            case "c":
                self._column += 1
                if "r" in attributes:
                    self._column, self._row = _place_of(attributes["r"])
            case "v" | "is":
                self._check()

    def end(self, tag: str) -> None:
        """Nothing happens at the end of an element."""

    def data(self, text: str) -> None:
        """Text is left to the library."""

    def close(self) -> None:
        """Nothing is kept."""

    def _check(self) -> None:
        if self._row > self._limits.rows + _ROWS_ABOVE_HEADING:
            raise TooManyRows(
                f"The workbook has a value in row {self._row}; {self._limits.rows:,} rows are the most.",
                "Divide the list into several files.",
            )
        if self._column > self._limits.columns:
            raise TooManyColumns(
                f"The workbook has a value in column {self._column} (row {self._row}); "
                f"{self._limits.columns} columns are the most.",
                "Delete what stands far to the right and upload the workbook again.",
            )


def _row_number(text: str) -> int:
    if not _ROW.fullmatch(text):
        raise FileDamaged("The workbook numbers a row in a way that no spreadsheet does.", _SAVE_AGAIN)
    return int(text)


def _place_of(reference: str) -> tuple[int, int]:
    """Column and row of a cell. The library reads other spellings in its own way, so there must be none."""
    found = _CELL.fullmatch(reference)
    if found is None:
        raise FileDamaged("The workbook names a cell in a way that no spreadsheet does.", _SAVE_AGAIN)
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number, int(found[2])
