"""What a page weighs, and that its typefaces draw every name and say where they come from."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tests.demo_files import demo_bytes
from tests.simulator import Simulator
from tests.windows import gate_client, paste

FONTS = Path(__file__).parent.parent.parent / "templates" / "static" / "fonts"
SOURCES = json.loads((FONTS / "SOURCES.json").read_text(encoding="utf-8"))
BUDGET = 100_000


@pytest.mark.parametrize("entry", SOURCES["files"], ids=lambda entry: entry["file"])
def test_each_font_is_what_its_source_says(entry: dict[str, str]) -> None:
    """Package, version and digest of every file that is served."""
    assert hashlib.sha256((FONTS / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["package"].startswith("@fontsource/noto-sans")
    assert entry["version"]


def test_no_font_without_a_source() -> None:
    """A file that nobody knows the licence of is not shipped."""
    assert {path.name for path in FONTS.glob("*.woff2")} == {entry["file"] for entry in SOURCES["files"]}
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8").upper()


@cache
def drawn(weight: int) -> frozenset[int]:
    """Every character that the fonts of one weight draw."""
    found: set[int] = set()
    for path in FONTS.glob(f"*-{weight}.woff2"):
        with TTFont(path) as font:
            found |= set(font.getBestCmap() or {})
    return frozenset(found)


def names() -> list[str]:
    rows = csv.DictReader(io.StringIO(demo_bytes("trainees.csv").decode("utf-8")))
    return [f"{row['given_name']} {row['family_name']} {row['name_latin']}".strip() for row in rows]


@pytest.mark.parametrize("weight", [400, 700])
@pytest.mark.parametrize("name", names())
def test_every_name_is_drawn_with_our_fonts(name: str, weight: int) -> None:
    """No letter of any learner's name falls back to whatever the device has."""
    missing = {letter for letter in unicodedata.normalize("NFC", name) if ord(letter) not in drawn(weight)}
    assert not missing, missing


def test_a_page_stays_within_its_weight() -> None:
    """Verdict page and stylesheet together are under 100 kB; fonts come on top and are kept."""
    world = Simulator()
    page = paste(gate_client(world), world.award().text)
    css = gate_client(world).get("/static/voltpass.css")
    assert len(page.data) + len(css.data) < BUDGET
