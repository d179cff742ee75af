"""Award files: from the bytes a spreadsheet wrote to one outcome a row, without a database."""

from issuer.awards.files.aliases import HeaderAliases, shipped_aliases
from issuer.awards.files.answers import FileAnswers
from issuer.awards.files.assessment import assess
from issuer.awards.files.errors import AwardFileError
from issuer.awards.files.limits import FileLimits
from issuer.awards.files.outcome import Finding, RowCode, RowOutcome, RowState
from issuer.awards.files.problems import problem_file
from issuer.awards.files.table import AwardTable, Column, Notice, NoticeCode, Reading, TableRow, read_award_file

__all__ = [
    "AwardFileError",
    "AwardTable",
    "Column",
    "FileAnswers",
    "FileLimits",
    "Finding",
    "HeaderAliases",
    "Notice",
    "NoticeCode",
    "Reading",
    "RowCode",
    "RowOutcome",
    "RowState",
    "TableRow",
    "assess",
    "problem_file",
    "read_award_file",
    "shipped_aliases",
]
