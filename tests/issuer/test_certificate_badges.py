"""The badge: one generator, programmes as data, words that fit, credentials baked in."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
import resvg_py
from PIL import Image, ImageChops

from credentials.baking import unbake_png
from credentials.baking_svg import unbake_svg
from credentials.credential import AchievementCredential
from issuer.certificates.badge_art import LEVELS, BadgeDesign, Family, badge_mark, drawing, ink_left
from issuer.certificates.badge_image import (
    LARGEST_DRAWING,
    SIDE,
    TEXT_WIDTH,
    BadgeWords,
    badge_png,
    badge_png_baked,
    badge_svg,
    badge_svg_baked,
)
from issuer.certificates.errors import MissingClaim, UndrawableText
from issuer.certificates.fonts import font_faces
from tests.certificates import Trainee, achievements, award, look, sealed, trainees

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Maria do Carmo de Albuquerque e Vasconcelos Teixeira de Sousa Coutinho"
PASS_CODES = ("PAS-COM", "PAS-TEAM", "PAS-LEAD", "PAS-CRE", "PAS-PROB", "PAS-ADA")
NEW_CODES = ("PIE-1", "PIE-2", "PIE-3", "DPP-PILOT", "DPP-TRAINER", "X")


def mark(programme: str, code: str, level: int | None = None, **options: Any) -> str:
    return badge_mark(BadgeDesign.of(programme, code, level), "Badge", **options)


def drawn(svg: str, side: int) -> Image.Image:
    """An SVG on white, in grey."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, background="white")
    with Image.open(io.BytesIO(bytes(png))) as image:
        return image.convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that clearly differ."""
    histogram = ImageChops.difference(one, other).histogram()
    return sum(histogram[96:]) / (one.width * one.height)


def texts(svg: bytes) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg.decode()).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("programme", "code", "level", "family", "place"),
    [
        ("VOLTAGE", "VLT-HV1", 3, Family.CELL, None),
        ("PASS", "PAS-COM", None, Family.ARCS, 0),
        ("PASS", "PAS-ADA", None, Family.ARCS, 5),
        ("PASS", "PAS-NEW", None, Family.ARCS, None),
        ("PIECE", "PIE-1", 4, Family.RINGS, None),
    ],
)
def test_the_programme_decides_the_family(
    programme: str, code: str, level: int | None, family: Family, place: int | None
) -> None:
    """Known programmes come from the data file; any other gets the third family, without code."""
    design = BadgeDesign.of(programme, code, level)
    assert (design.family, design.place, design.level) == (family, place, level)


@pytest.mark.parametrize("level", range(1, LEVELS + 1))
def test_the_cell_is_charged_to_its_level(level: int) -> None:
    """One slab for each EQF level, under the rim and the terminal."""
    shapes = drawing(BadgeDesign.of("VOLTAGE", "VLT-X", level), "#000")
    assert len(shapes) == 2 + level


def test_a_cell_without_level_is_not_empty() -> None:
    """No EQF level is not level nought: the cell has a core instead of slabs."""
    shapes = drawing(BadgeDesign.of("VOLTAGE", "VLT-X", None), "#000")
    assert len(shapes) == 3
    assert difference(drawn(mark("VOLTAGE", "VLT-X"), 96), drawn(mark("VOLTAGE", "VLT-X", 1), 96)) > 0.01


@pytest.mark.parametrize("code", PASS_CODES)
def test_one_arc_is_heavy(code: str) -> None:
    """The achievement's own, in one piece, over both its neighbours."""
    heavy = [shape for shape in drawing(BadgeDesign.of("PASS", code, None), "#000") if 'stroke-width="24"' in shape]
    assert len(heavy) == 1


@pytest.mark.parametrize("side", [24, 48, 96])
@pytest.mark.parametrize(
    "badges",
    [
        pytest.param([("VOLTAGE", "VLT", level) for level in range(1, 9)], id="cells"),
        pytest.param([("PASS", code, None) for code in PASS_CODES], id="arcs"),
        pytest.param([("PIECE", code, None) for code in NEW_CODES], id="rings"),
        pytest.param([("VOLTAGE", "A", 4), ("PASS", "PAS-COM", None), ("PIECE", "A", 4), ("TWO", "A", 4)], id="all"),
    ],
)  # fmt: skip
def test_badges_are_told_apart_when_small(badges: list[tuple[str, str, int | None]], side: int) -> None:
    """Any two of a family differ in what the eye can see, down to 24 pixels and in one colour."""
    pictures = [drawn(mark(*badge, colour="#000"), side) for badge in badges]
    assert min(difference(one, other) for one, other in combinations(pictures, 2)) > 0.01


@pytest.mark.parametrize("programme", ["VOLTAGE", "PASS", "PIECE"])
def test_a_mark_takes_the_colour_of_its_surroundings(programme: str) -> None:
    """Drawing only, in currentColor, with nothing painted behind: it works on white, on dark and in one colour."""
    svg = mark(programme, "PAS-COM", 5)
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
    assert colours == {"currentColor", "none"} or colours == {"currentColor"}
    root = ElementTree.fromstring(svg)
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}text") is None


def test_the_title_of_a_mark_is_text() -> None:
    """Whatever stands in it."""
    svg = badge_mark(BadgeDesign.of("PASS", "PAS-COM", None), "<script> & 'co'")
    assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == "<script> & 'co'"


@pytest.mark.parametrize(
    ("programme", "code"), [("VOLTAGE", "V"), ("PIECE", "P"), *(("PASS", code) for code in PASS_CODES)]
)
def test_the_ink_begins_where_it_is_said_to(programme: str, code: str) -> None:
    """On the certificate the drawing's ink stands on the column, whichever arc is heavy; a point may stand out."""
    design = BadgeDesign.of(programme, code, 4)
    box = drawn(badge_mark(design, "x", colour="#000"), 960).point(lambda value: 255 - value).getbbox()
    assert box is not None
    assert ink_left(design) == pytest.approx(box[0] / 4, abs=2.1)


def test_a_badge_says_what_was_signed() -> None:
    """Code, title, name and issuer as real text, and all of it again as title for who does not see it."""
    credential = award("VLT-TEST", name="Þórdís Guðmundsdóttir")
    svg = badge_svg(credential, look("VLT-TEST"))
    assert texts(svg) == [
        "VLT-TEST", "Battery testing", "and quality control", "Þórdís Guðmundsdóttir",
        "Västsvenskt Batterikompetenscentrum (demo) AB",
    ]  # fmt: skip
    title = ElementTree.fromstring(svg.decode()).findtext(f"{SVG}title")
    assert title == (
        "Battery testing and quality control, Þórdís Guðmundsdóttir, VLT-TEST,"
        " Västsvenskt Batterikompetenscentrum (demo) AB"
    )


@pytest.mark.parametrize("name", ["Åsa", LONG, "Pedro " * 30 + "Bourbon", "Llanfairpwllgwyngyll" * 4, "سارة بن علي"])
@pytest.mark.parametrize("code", ["PAS-COM", "VLT-DPP"])
def test_everything_stays_on_the_badge(code: str, name: str) -> None:
    """A short name leaves white, a long one is set smaller and broken; the drawing gives way, the edge is never met."""
    png = badge_png(award(code, name=name), look(code), side=512)
    with Image.open(io.BytesIO(png)) as image:
        on_white = Image.new("RGB", image.size, "white")
        on_white.paste(image, mask=image.getchannel("A"))
    ink = on_white.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()
    assert ink is not None
    left, top, right, bottom = ink
    assert left >= (SIDE - TEXT_WIDTH) / 2 - 6
    assert right <= SIDE - (SIDE - TEXT_WIDTH) / 2 + 6
    assert top >= 12
    assert bottom <= SIDE - 12


def test_the_drawing_is_as_large_as_the_words_allow() -> None:
    """Few words, the largest drawing; many words, a smaller one."""

    def scale(name: str) -> float:
        found = re.search(r"scale\(([\d.]+)\)", badge_svg(award("VLT-DPP", name=name), look("VLT-DPP")).decode())
        assert found
        return float(found[1]) * 240

    assert scale("Åsa") > scale(LONG)
    assert LARGEST_DRAWING >= scale("Åsa") > 250
    assert scale(LONG) > 180


@pytest.mark.parametrize(
    ("name", "family", "direction"),
    [
        ("سارة بن علي", "Noto Sans Arabic", "rtl"),
        ("מרים כהן", "Noto Sans Hebrew", "rtl"),
        ("ნინო ჯავახიშვილი", "Noto Sans Georgian", None),
        ("Åsa Öberg", "Noto Sans", None),
    ],
)
def test_a_name_has_the_face_of_its_script(name: str, family: str, direction: str | None) -> None:
    """The right face comes first, so that it has the weight it should; the direction is said."""
    svg = ElementTree.fromstring(badge_svg(award(name=name), look()).decode())
    (text,) = (one for one in svg.iter(f"{SVG}text") if one.text == name)
    assert text.get("font-family", "").startswith(f"'{family}'")
    assert text.get("direction") == direction


def test_no_name_is_drawn_as_boxes() -> None:
    """A name in another script is drawn with other glyphs than the box for what is missing."""
    boxes = badge_svg(award(name="xxxxxx"), look()).decode().replace("xxxxxx", "\U0010fffd" * 6)
    faces = [str(face.file) for face in font_faces()]
    for name in ("محمد", "מרים", "ნინო", "Đức"):
        svg = badge_svg(award(name=name), look()).decode()
        pictures = [
            Image.open(
                io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=one, skip_system_fonts=True, font_files=faces)))
            )
            for one in (svg, boxes)
        ]
        assert difference(*(picture.convert("L") for picture in pictures)) > 0.001


@pytest.mark.slow
@pytest.mark.parametrize("trainee", trainees(), ids=lambda trainee: trainee.reference)
def test_every_learner_gets_a_badge(trainee: Trainee) -> None:
    """All sixty names, over the whole catalogue, stay on their badge."""
    codes = sorted(achievements())
    test_everything_stays_on_the_badge(codes[trainees().index(trainee) % len(codes)], trainee.name)


def test_a_badge_is_the_same_every_time() -> None:
    """Drawn on demand it must not change."""
    assert badge_png(award(), look(), side=256) == badge_png(award(), look(), side=256)
    assert badge_svg(award(), look()) == badge_svg(award(), look())


def test_the_sealed_credential_is_baked_in() -> None:
    """What comes out of the picture is the sealed text, and the picture is still one."""
    credential = award(name="Anna </svg><script>")
    text = sealed(credential).text
    png, svg = badge_png_baked(credential, look(), text, side=128), badge_svg_baked(credential, look(), text)
    assert unbake_png(png) == text
    assert unbake_svg(svg) == text
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.size) == ("PNG", (128, 128))
    assert texts(svg) == texts(badge_svg(credential, look()))


def nameless(credential: AchievementCredential) -> AchievementCredential:
    return replace(credential, credential_subject=replace(credential.credential_subject, identifier=()))


def issued_by(credential: AchievementCredential, name: str | None) -> AchievementCredential:
    return replace(credential, issuer=replace(credential.issuer, name=name))


@pytest.mark.parametrize(
    ("credential", "error"),
    [
        pytest.param(issued_by(award(), None), MissingClaim, id="a nameless issuer"),
        pytest.param(nameless(award()), MissingClaim, id="a nameless learner"),
        pytest.param(issued_by(award(), "学院"), UndrawableText, id="an issuer that cannot be drawn"),
    ],
)
def test_a_badge_needs_its_words(credential: AchievementCredential, error: type[Exception]) -> None:
    """The same claims as on the certificate, in letters that can be drawn."""
    with pytest.raises(error):
        BadgeWords.of(credential)
