"""CONFORMANCE.md is held against the tree: each test it names exists, and each item stands in it once."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
LIST = (TESTS / "CONFORMANCE.md").read_text(encoding="utf-8")
ITEMS = range(1, 112)
MISTAKES = range(1, 23)
STATES = {"shown", "partly", "reason", "not shown"}
NAMED = sorted(set(re.findall(r"tests/[\w/]+\.py::\w+", LIST)))


def rows(prefix: str = "") -> list[list[str]]:
    """The cells of each row that begins with a number, or with two that are the ends of a range."""
    lines = re.findall(rf"^\| ({prefix}\d+(?:–{prefix}\d+)?) \|(.*)\|$", LIST, flags=re.MULTILINE)
    return [[number, *(cell.strip() for cell in rest.split(" | "))] for number, rest in lines]


def numbers(prefix: str = "") -> list[int]:
    found: list[int] = []
    for row in rows(prefix):
        first, _, last = row[0].replace(prefix, "").partition("–")
        found += range(int(first), int(last or first) + 1)
    return found


def names_in(file: str) -> set[str]:
    tree = ast.parse((TESTS.parent / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    """A test that was renamed or taken out is missed here first."""
    assert len(NAMED) > 100
    named: dict[str, set[str]] = {}
    for each in NAMED:
        file, _, name = each.partition("::")
        named.setdefault(file, set()).add(name)
    missing = {
        file: names for file, names in named.items() if not (TESTS.parent / file).is_file() or names - names_in(file)
    }
    assert not missing


def test_every_item_stands_in_the_list_once() -> None:
    """No item is left out, and none is answered in two places."""
    assert sorted(numbers()) == list(ITEMS)
    assert sorted(numbers("Z")) == list(MISTAKES)


def test_every_row_has_an_answer() -> None:
    """What is shown names its tests; everything else says why in words."""
    for number, *cells in [*rows(), *rows("Z")]:
        state, answer = cells[-2:]
        assert state in STATES, number
        words = re.sub(r"`tests/[^`]*`", "", answer).strip(" ,.;")
        if state == "shown":
            assert "tests/" in answer, number
        else:
            assert len(words) > 15, number
