"""Text in columns as spreadsheets and learning platforms write it: the delimiter, and one record after the other."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import Final

from issuer.awards.files.aliases import HeaderAliases
from issuer.awards.files.errors import DelimiterUnknown, EncodingUnknown, FileDamaged, QuoteOpen

DELIMITERS: Final = (",", ";", "\t", "|")

_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_SAMPLE_CHARACTERS: Final = 32 * 1024
_SAMPLE_RECORDS: Final = 12
_WIDEST_RECORD: Final = 1000
_LONGEST_LINE: Final = 1_000_000
_END: Final = "\0the end of the file\0"

Record = tuple[int, list[str]]


def find_delimiter(data: bytes, encoding: str, aliases: HeaderAliases, wanted: str | None = None) -> str:
    """Name the delimiter: the one a person wants, the one of a "sep=" line, or the one that shows most headings."""
    if wanted is not None:
        if wanted not in DELIMITERS:
            raise DelimiterUnknown(
                f"{wanted[:10]!r} is not a delimiter we read.", "Choose a comma, a semicolon, a tab or a vertical bar."
            )
        return wanted
    with _open_text(data, encoding) as file, _readable(encoding):
        sample = file.read(_SAMPLE_CHARACTERS)
    if (named := _SEPARATOR_LINE.match(sample)) and named[1] in DELIMITERS:
        return named[1]
    return max(DELIMITERS, key=lambda delimiter: _headings(sample, delimiter, aliases))


def records(data: bytes, encoding: str, delimiter: str) -> Iterator[Record]:
    """Every record with the number of the line it starts on, blank lines included, a "sep=" line left out.

    A record is cut off after 1,000 cells, which is more than any heading may have.
    Raises QuoteOpen when the last record never ends, FileDamaged for cells without end, EncodingUnknown when the
    bytes are not of this encoding.
    """
    with _open_text(data, encoding) as file, _readable(encoding):
        first = file.readline()
        skipped = 1 if _SEPARATOR_LINE.fullmatch(first) else 0
        # the added last line stands alone unless a quotation mark is still open
        lines = _bounded(itertools.chain([] if skipped else [first], file, [_END]))
        reader = csv.reader(lines, delimiter=delimiter)
        start, previous = skipped + 1, None
        for record in _guarded(reader):
            if previous is not None:
                yield previous
            previous = (start, record[:_WIDEST_RECORD])
            start = skipped + reader.line_num + 1
        if previous is not None and previous[1] != [_END]:
            raise QuoteOpen(
                f"Line {previous[0]}: a quotation mark is opened and never closed, so all that follows is one cell.",
                "Close it, or take it out, and upload the file again.",
            )


def _open_text(data: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="strict", newline="")


class _readable:  # noqa: N801  # a context manager that reads like a word
    """Turns the codec's error into ours."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnicodeError):
            raise EncodingUnknown(
                f"The file is not written in {self._encoding}, or it is cut off in the middle of a letter.",
                "Choose another encoding, or save the list again as “CSV UTF-8” or XLSX.",
            ) from error


def _guarded(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as exc:
        raise FileDamaged(
            f"The file cannot be divided into cells: {exc}.", "Save the list again as CSV or XLSX and upload that."
        ) from exc


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if len(line) > _LONGEST_LINE:
            raise FileDamaged(
                f"The file has a line of {len(line):,} characters, so its line ends seem to be lost.",
                "Save the list again as CSV or XLSX and upload that.",
            )
        yield line


def _headings(sample: str, delimiter: str, aliases: HeaderAliases) -> tuple[int, int]:
    """How many headings the best of the first records shows, and how wide the records are at most."""
    most, widest = 0, 0
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for record in itertools.islice(reader, _SAMPLE_RECORDS):
            most = max(most, sum(1 for cell in record if aliases.find_column(cell)))
            widest = max(widest, len(record))
    except csv.Error:
        # the sample may end in the middle of a cell; what was counted so far counts
        return (most, widest)
    return (most, widest)
