"""No file that leaves the house is computed by the spreadsheet that opens it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.awards.files import RowOutcome, problem_file
from issuer.awards.files.outcome import RowCode, RowState
from issuer.awards.files.table import AwardTable, Column, TableRow
from issuer.awards.issue import IssuedRow, IssueState
from issuer.badges.lines import BadgeLine, lines_as_csv
from issuer.badges.renewals import Renewal, renewals_as_csv
from issuer.badges.search import BadgeState
from issuer.commands.outputs import Written, write_manifest
from issuer.delivery import pack
from issuer.drafts.course_files import write_csv
from tests.demo_files import NOW
from tests.drafts import WORDING
from verifier.spreadsheet import as_meant, csv_text

ROOT = Path(__file__).parents[2]
RISKY = ["=1+1", "+46 31", "-2", "@SUM(A1)", "\t=1", "\r=1"]


def cells_of(text: str | bytes, delimiter: str = ",") -> list[str]:
    """Every cell of a file, headings and all."""
    said = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    return [cell for row in csv.reader(io.StringIO(said, newline=""), delimiter=delimiter) for cell in row]


def _line(name: str) -> BadgeLine:
    return BadgeLine(
        record_id=1,
        provider_slug="p",
        credential_id="urn:uuid:1",
        link="https://link.example",
        state=BadgeState.VALID,
        given_name=name,
        family_name="Öberg",
        email=None,
        code="VLT-HV1",
        programme="VOLTAGE",
        title="Safety",
        result="Pass",
        completed_on=NOW.date(),
        valid_until=None,
        is_specimen=False,
    )


def assert_harmless(text: str | bytes, risky: str, delimiter: str = ",") -> None:
    cells = cells_of(text, delimiter)
    assert f"'{risky}" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@pytest.mark.parametrize("risky", RISKY)
def test_every_file_of_ours_is_harmless(risky: str, tmp_path: Path) -> None:
    """Badges, renewals, certificates, what a command made, rows to correct and their headings, courses."""
    line = _line(risky)
    assert_harmless(lines_as_csv([line]), risky)
    assert_harmless(renewals_as_csv([Renewal(line, "https://course.example")]), risky)
    assert_harmless(pack.write_manifest([[risky] * 8]), risky)
    row = IssuedRow(line=2, state=IssueState.ISSUED, code="issued", sentence="", name=risky)
    write_manifest(tmp_path, [Written(row, ("a.pdf",))])
    assert_harmless((tmp_path / "manifest.csv").read_bytes(), risky)
    assert_harmless(write_csv([replace(WORDING, description=risky)]), risky)
    columns = {Column.GIVEN_NAME: risky, Column.EMAIL: "E-mail"}
    table = AwardTable(
        name="a.csv", columns=tuple(columns), titles=columns, rows=(TableRow(2, {Column.EMAIL: risky}),), delimiter=";"
    )
    problem = RowOutcome(line=2, outcome=RowState.ERROR, code=RowCode.NAME_MISSING, sentence="Line 2", name="")
    written = problem_file(table, [problem])
    assert_harmless(written, risky, ";")
    assert cells_of(written, ";").count(f"'{risky}") == 2, "the heading and the cell"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6))
def test_what_was_meant_comes_back(text: str) -> None:
    """The apostrophe is taken off again, and no other one."""
    (heading,) = cells_of(csv_text([text], [])) or [""]
    assert as_meant(heading) == text


def test_numbers_are_numbers() -> None:
    """A negative number is no formula; a text that looks like one may be."""
    assert csv_text(("n",), [[-3, 2.5, "-3"]]).splitlines() == ["n", "-3,2.5,'-3"]


def test_nobody_writes_a_table_of_their_own() -> None:
    """One place writes CSV; whoever writes another has to think of formulas again."""
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("issuer", "verifier", "credentials", "keys")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)|xlsxwriter|openpyxl", path.read_text(encoding="utf-8"))
    }
    assert found == {"verifier/spreadsheet.py"}
