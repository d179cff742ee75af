"""Tables for spreadsheets. A cell that one would compute is given an apostrophe, wherever our files are opened.

Every CSV file that leaves the house is written here, so that none can forget it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet may compute; also with apostrophes before it, so that ours can be taken off again."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> str:
    """A table as CSV, every cell and every heading harmless; what is no text is written as it is."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([_harmless(column) for column in columns])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def as_meant(cell: str) -> str:
    """What a cell of such a file says, when the file comes back."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
