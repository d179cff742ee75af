"""Why a whole award file cannot be read: each error says what is wrong and what to do about it."""

from __future__ import annotations

from typing import ClassVar

from issuer.errors import IssuerError


class AwardFileError(IssuerError):
    """A file of which no row can be used; sentence says what is wrong, remedy what to do."""

    code: ClassVar[str] = "award_file_error"

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")
        self.sentence = sentence
        self.remedy = remedy


class FileEmpty(AwardFileError):
    """A file without a single character."""

    code: ClassVar[str] = "file_empty"


class FileTooLarge(AwardFileError):
    """A file, or what it unpacks to, beyond the limit."""

    code: ClassVar[str] = "file_too_large"


class FileTypeUnknown(AwardFileError):
    """A file that is neither text in columns nor an XLSX workbook."""

    code: ClassVar[str] = "file_type_unknown"


class FileTooOld(AwardFileError):
    """A workbook of Excel 97 to 2003."""

    code: ClassVar[str] = "file_too_old"


class FileEncrypted(AwardFileError):
    """A workbook that needs a password."""

    code: ClassVar[str] = "file_encrypted"


class FileDamaged(AwardFileError):
    """A file that is cut off or broken."""

    code: ClassVar[str] = "file_damaged"


class EncodingUnknown(AwardFileError):
    """An encoding we do not read, or one that does not fit the file."""

    code: ClassVar[str] = "encoding_unknown"


class DelimiterUnknown(AwardFileError):
    """A delimiter no spreadsheet writes."""

    code: ClassVar[str] = "delimiter_unknown"


class SheetUnknown(AwardFileError):
    """A sheet the workbook does not have."""

    code: ClassVar[str] = "sheet_unknown"


class HeaderMissing(AwardFileError):
    """A file whose first lines hold no known heading."""

    code: ClassVar[str] = "header_missing"


class ColumnMissing(AwardFileError):
    """A heading without a column that every award needs."""

    code: ClassVar[str] = "column_missing"


class ColumnTwice(AwardFileError):
    """Two columns that mean the same."""

    code: ClassVar[str] = "column_twice"


class TooManyColumns(AwardFileError):
    """More columns than the limit."""

    code: ClassVar[str] = "too_many_columns"


class TooManyRows(AwardFileError):
    """More rows than the limit."""

    code: ClassVar[str] = "too_many_rows"


class NoRows(AwardFileError):
    """A heading and nothing under it."""

    code: ClassVar[str] = "no_rows"


class QuoteOpen(AwardFileError):
    """A quotation mark that is opened and never closed, so that the rest of the file became one cell."""

    code: ClassVar[str] = "quote_open"
