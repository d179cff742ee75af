"""The table of `make mutants` names files and tests that are there, and every step of the algorithm is in it."""

from __future__ import annotations

from tests.mutants import EQUIVALENT, ROOT, TABLE, mutants_of


def test_the_table_names_what_is_there() -> None:
    """A file that was renamed, or tests that moved, would leave checks without a guard."""
    named = {*TABLE, *(f"tests/{test}.py" for tests in TABLE.values() for test in tests)}
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_each_file_holds_something_to_take_out() -> None:
    """Every file of the table has mutants, each with a name of its own; exceptions exist and have a reason."""
    mutants = {file: list(mutants_of(file, (ROOT / file).read_text(encoding="utf-8"))) for file in TABLE}
    assert [file for file, found in mutants.items() if not found] == []
    names = [mutant.name for found in mutants.values() for mutant in found]
    assert len(set(names)) == len(names)
    assert set(EQUIVALENT) <= set(names)
    assert all(EQUIVALENT.values())


def test_a_mutant_is_still_a_program() -> None:
    """What is left after blanking compiles, so that a test and not the compiler notices."""
    for file in TABLE:
        source = (ROOT / file).read_text(encoding="utf-8")
        for mutant in mutants_of(file, source):
            compile(mutant.applied_to(source), mutant.name, "exec")
