"""The shipped faces: licensed, unchanged, and enough for every name."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest

from issuer.certificates.fonts import (
    BOLD,
    FAMILIES,
    REGULAR,
    SEMIBOLD,
    WEIGHTS,
    faces_for,
    font_faces,
    is_right_to_left,
    text_width,
    uncovered,
)
from tests.certificates import achievements, providers, trainees

FONTS = Path(str(files("templates") / "fonts"))
SOURCES = json.loads((FONTS / "SOURCES.json").read_text(encoding="utf-8"))


def test_every_face_is_on_record_and_unchanged() -> None:
    """Each file is the one that its package holds, and its licence text lies beside it."""
    recorded = {entry["file"]: entry for entry in SOURCES["files"]}
    assert recorded.keys() == {path.name for path in FONTS.glob("*.ttf")} == {face.file.name for face in font_faces()}
    for name, entry in recorded.items():
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["package"].startswith("@expo-google-fonts/")
        assert entry["version"]
        assert "SIL Open Font License, Version 1.1" in (FONTS / entry["licence_text"]).read_text(encoding="utf-8")


def test_every_name_of_the_demonstration_can_be_drawn() -> None:
    """No learner, provider or achievement meets an empty box on paper."""
    for trainee in trainees():
        assert not uncovered(trainee.name + (trainee.latin or "")), trainee
    for provider in providers().values():
        assert not uncovered("".join([provider.legal_name, provider.name_en, *provider.approvers])), provider.slug
    for entry in achievements().values():
        assert not uncovered("".join(entry.titles.values())), entry.code


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        pytest.param("Ana 😀", {"😀"}, id="emoji"),
        pytest.param("山田", {"山", "田"}, id="script without a face"),
        pytest.param("A\ue123", {"\ue123"}, id="private use"),
        pytest.param("Անի", {"Ա", "ն", "ի"}, id="Armenian"),
        pytest.param("علی\u200cرضا", set(), id="a joiner draws nothing"),
        pytest.param("Đức\u00a0Nguyễn\nThị", set(), id="spaces need no glyph"),
    ],
)
def test_what_no_face_draws_is_named(text: str, missing: set[str]) -> None:
    """The characters that are missing come back one by one."""
    assert uncovered(text) == missing


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_character_counts_only_when_all_weights_draw_it(weight: int) -> None:
    """A name is set in another weight than a table, and must be drawn in both."""
    assert {face.family for face in font_faces() if face.weight == weight} == set(FAMILIES)
    assert not uncovered("Aä€ЖΩאبა")


def test_widths_are_those_of_the_face() -> None:
    """Plain letters are as wide as the font says: 572 units for a figure of Noto Sans, bold ones wider."""
    assert text_width("0") == pytest.approx(0.572)
    assert text_width("000") == pytest.approx(3 * 0.572)
    assert text_width("name", BOLD) > text_width("name", SEMIBOLD) > text_width("name", REGULAR)


def test_widths_are_shaped() -> None:
    """Kerning and joined forms count: a pair is narrower than its letters, an Arabic word than its letters alone."""
    assert text_width("AV") < text_width("A") + text_width("V")
    assert text_width("سيني") < sum(text_width(letter) for letter in "سيني")


def test_each_script_gets_its_face() -> None:
    """The face that draws most of a text comes first; spaces stay with the word before them."""
    assert [face.family.own_name for face in faces_for("سارة بن علي")] == ["Noto Sans Arabic"]
    assert [face.family.own_name for face in faces_for("Dr ნინო ჯავახიშვილი")] == ["Noto Sans Georgian", "Noto Sans"]
    assert [face.family.own_name for face in faces_for("")] == ["Noto Sans"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("מרים כהן", True), ("محمد", True), ("Åsa", False), ("123 (محمد)", True), ("12", False), ("ნინო", False)],
)
def test_direction_is_that_of_the_first_letter(text: str, expected: bool) -> None:
    """Figures and brackets have no direction of their own."""
    assert is_right_to_left(text) is expected
