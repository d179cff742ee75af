"""The figures of a period: as the demonstration expects, by region too, and without small cells in public."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from issuer.alliance.figures import Cell, Dimension, Figures, Scope, count_figures
from issuer.alliance.kpi import SMALL_CELL, count_certifications
from issuer.alliance.published import ENOUGH, FEW, as_counted, as_published
from issuer.awards.award import award
from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.demo.seed import seed_demo
from issuer.office import Office, open_office
from tests.award_requests import ASA, TESTING
from tests.demo_files import demo_json
from tests.office import Clock, demo_office, settings_for
from tests.shell import shell_env

KPI = demo_json("expected.json")["kpi"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demonstration is loaded, once for all tests."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def office(folder: Path) -> Iterator[Office]:
    """The demonstration with its four files."""
    opened = open_office(settings_for(folder), clock=Clock())
    seed_demo(opened)
    yield opened
    opened.sessions.engine.dispose()


def figures(office: Office, **scope: object) -> Figures:
    with reading(office.sessions) as session:
        return count_figures(session, Scope(**scope))  # type: ignore[arg-type]


def test_the_figures_are_those_expected(office: Office) -> None:
    """To the last cell."""
    with reading(office.sessions) as session:
        assert count_certifications(session).to_json() == KPI


def test_regions_are_counted_at_both_levels(office: Office) -> None:
    """A NUTS 2 region has everything of its NUTS 3 regions, and every table has every certification it knows of."""
    found = figures(office)
    assert found.counted(Dimension.ISSUER_NUTS3) == KPI["by_issuer_nuts"]
    assert found.counted(Dimension.ISSUER_NUTS2) == {"CZ08": 9, "PT11": 9, "SE23": 15}
    for dimension in (Dimension.PROGRAMME, Dimension.MONTH, Dimension.PROVIDER, Dimension.ISSUER_NUTS2):
        assert sum(found.counted(dimension).values()) == KPI["certifications_total"]


def test_a_learner_with_two_badges_is_one_learner(tmp_path: Path) -> None:
    """In the total and in each cell that has both."""
    opened = demo_office(tmp_path)
    with transaction(opened.sessions) as session:
        for request in (ASA, TESTING, replace(ASA, completed_on=date(2026, 11, 1))):
            award(session, request, opened.desk, now=opened.clock())
    found = figures(opened)
    assert (found.certifications, found.learners) == (3, 1)
    assert found.tables[Dimension.ACHIEVEMENT] == (Cell("VLT-HV1", 2, 1), Cell("VLT-TEST", 1, 1))
    opened.sessions.engine.dispose()


def test_a_period_has_its_first_and_its_last_day(office: Office) -> None:
    """Months of their own add up to the whole, and both ends are included."""
    october = figures(office, completed_from=date(2026, 10, 1), completed_to=date(2026, 10, 31))
    november = figures(office, completed_from=date(2026, 11, 1))
    assert {**october.counted(Dimension.MONTH), **november.counted(Dimension.MONTH)} == KPI["by_month"]
    day = date(2026, 10, 16)
    alone = figures(office, completed_from=day, completed_to=day)
    assert alone.certifications > 0
    before = figures(office, completed_to=date(2026, 10, 15)).certifications
    after = figures(office, completed_from=date(2026, 10, 17)).certifications
    assert before + alone.certifications + after == KPI["certifications_total"]


def test_a_provider_counts_its_own(office: Office) -> None:
    """And the providers add up to the whole."""
    own = {slug: figures(office, provider_slug=slug).certifications for slug in KPI["by_provider"]}
    assert own == KPI["by_provider"]
    assert figures(office, provider_slug="ota-ostalb").certifications == 0


def test_a_published_report_hides_small_cells(office: Office) -> None:
    """Countries with fewer than five learners show "<5", others their number; exact figures show all."""
    found = figures(office)
    shown = {cell.key: cell.certifications for cell in as_published(found).tables[Dimension.LEARNER_COUNTRY]}
    small = {cell.key for cell in found.tables[Dimension.LEARNER_COUNTRY] if cell.learners < SMALL_CELL}
    assert {key for key, said in shown.items() if said == FEW} == small
    assert "SE" not in small
    assert shown["SE"] == "11"
    exact = {cell.key: int(cell.certifications) for cell in as_counted(found).tables[Dimension.LEARNER_COUNTRY]}
    assert exact == KPI["by_learner_country"]


def test_a_single_small_cell_is_not_given_away_by_the_total() -> None:
    """33 in all, 12 and 9 and 9 beside it: without the second one shown roughly, the third were no secret."""
    cells = (Cell("A", 12, 12), Cell("B", 9, 9), Cell("C", 9, 9), Cell("D", 3, 3))
    shown = as_published(Figures(33, 27, {Dimension.ACHIEVEMENT: cells})).tables[Dimension.ACHIEVEMENT]
    assert [cell.certifications for cell in shown] == ["12", ENOUGH, "9", FEW]
    assert [cell.size for cell in shown] == [12, None, 9, None]


_CELLS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 10)).map(lambda pair: (pair[0] + pair[1], pair[0])), max_size=12
)


@given(_CELLS)
def test_no_small_cell_is_ever_told_or_worked_out(numbers: list[tuple[int, int]]) -> None:
    """Whatever the table: no figure of fewer than five learners, and never exactly one cell unknown beside a total."""
    cells = tuple(Cell(f"K{place}", count, people) for place, (count, people) in enumerate(numbers))
    total = sum(count for count, _ in numbers)
    shown = as_published(Figures(total, 99, {Dimension.MONTH: cells})).tables[Dimension.MONTH]
    for cell, one in zip(cells, shown, strict=True):
        if cell.learners < SMALL_CELL:
            assert (one.certifications, one.learners, one.size) == (FEW, FEW, None)
        else:
            assert one.certifications in {str(cell.certifications), ENOUGH}
    unknown = [one for one in shown if one.size is None]
    assert len(unknown) != 1 or len(cells) == 1


def test_totals_of_few_learners_are_hidden_too() -> None:
    """A provider with three learners publishes no number of them."""
    shown = as_published(Figures(4, 3, {}))
    assert (shown.certifications, shown.learners) == (FEW, FEW)
    assert as_published(Figures(0, 0, {})).certifications == "0"


def test_the_command_takes_a_period_and_a_provider(office: Office, folder: Path) -> None:
    """With the keys of always; what is no day, and who is no provider, is said."""

    def report(*arguments: str) -> tuple[int, str]:
        door = Door(shell_env(folder), Clock())
        done = CliRunner().invoke(main, ["report", "kpi", *arguments], obj=door, catch_exceptions=False)
        return done.exit_code, done.stdout or done.stderr

    assert json.loads(report("--json")[1]) == KPI
    code, text = report("--json", "--from", "2026-11-01", "--provider", "vbk-goteborg")
    found = json.loads(text)
    assert code == 0
    assert found.keys() == KPI.keys()
    assert found["by_provider"].keys() == {"vbk-goteborg"}
    assert found["by_month"].keys() == {"2026-11"}
    assert report("--from", "16.10.2026")[0] == 2
    assert report("--provider", "nobody")[0] == 1
