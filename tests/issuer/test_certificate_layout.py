"""The layout: every text fits its zone, none is cut, and what was decided is what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pypdfium2
import pytest

from issuer.certificates.errors import TextDoesNotFit
from issuer.certificates.face import CertificateFace
from issuer.certificates.facts import Fact
from issuer.certificates.labels import Bilingual, Text
from issuer.certificates.layout import Layout, layout
from issuer.certificates.said import NAME_SIZES, WIDTH, fit_name
from issuer.certificates.typesetting import TEXT, Style, balanced_lines, filled_lines, widest
from tests.certificates import LANGUAGES, PROVIDER_OF, achievements, award, face, look, printed, trainees

SEAL = (Text("Sealed electronically 20 November 2026. The signed record is in the file.", "en"),)
LONG_LATIN = "Maria do Carmo de Albuquerque e Vasconcelos Teixeira de Sousa Coutinho"
LONG_ARABIC = "عبد الرحمن محمد عبد العزيز بن سلمان الفيصل العبد الله الحسيني"
LONG_WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch-Hubert"

Box = tuple[float, float, float, float]
ZONES: dict[str, Box] = {
    "head": (16.5, 13, 280.5, 26),
    "said": (16.5, 27, 191.2, 104),
    "badge": (195.1, 82, 280.5, 100),
    "outcomes": (16.5, 109, 101.9, 186),
    "facts": (105.8, 109, 191.2, 186),
    "check": (239.8, 108, 280.5, 150),
    "signed": (195.1, 151, 280.5, 188),
    "foot-left": (16.5, 189, 191.2, 204),
    "foot-right": (195.1, 189, 280.5, 204),
}
"""Left, top, right and bottom in millimetres, as the style sheet places them."""
TOLERANCE = 0.5
OVERHANG = 1.2
"""A large J begins a little left of where it stands."""


def laid_out(face: CertificateFace) -> Layout:
    return layout(face, SEAL)


def text_boxes(pdf: bytes) -> Iterator[tuple[str, Box]]:
    """The runs of text that are drawn, with their places in millimetres from the top left."""
    with pypdfium2.PdfDocument(pdf) as opened:
        assert len(opened) == 1
        page = opened[0]
        width, height = page.get_size()
        assert (round(width * 25.4 / 72, 1), round(height * 25.4 / 72, 1)) == (297.0, 210.0)
        text = page.get_textpage()
        for number in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(number)
            box = (left, height - top, right, height - bottom)
            yield text.get_text_bounded(left, bottom, right, top), tuple(side * 25.4 / 72 for side in box)  # type: ignore[misc]


def is_inside(box: Box, zone: Box) -> bool:
    return (
        box[0] >= zone[0] - OVERHANG
        and box[1] >= zone[1] - TOLERANCE
        and box[2] <= zone[2] + TOLERANCE
        and box[3] <= zone[3] + TOLERANCE
    )


def check_zones(pdf: bytes) -> None:
    """Every run of text lies in one zone."""
    for text, box in text_boxes(pdf):
        assert any(is_inside(box, zone) for zone in ZONES.values()), (text, [round(side, 1) for side in box])


@pytest.mark.parametrize(
    ("name", "size", "lines"),
    [
        ("Åsa Öberg", 36.0, 1),
        ("Олена Ковальчук-Дем’яненко", 32.4, 1),
        ("Friedrich Freiherr von und zu Hohenlohe-Öhringen", 21.6, 2),
        (LONG_LATIN, 21.6, 2),
        ("محمد الحسيني", 36.0, 1),
        (LONG_ARABIC, 21.6, 2),
        ("Pedro " * 24 + "Bourbon", 21.6, 4),
        ("Pedro " * 40 + "Bourbon", 21.6, 6),
    ],
)  # fmt: skip
def test_a_name_shrinks_in_steps_and_then_breaks(name: str, size: float, lines: int) -> None:
    """One line down to 60 %, then the fewest lines; the words and their order are untouched."""
    fitted = fit_name(Text(name, "en"))
    assert (fitted.style.size, len(fitted.lines)) == (size, lines)
    assert " ".join(fitted.lines) == name
    assert widest(fitted.lines, fitted.style) <= WIDTH
    if size in NAME_SIZES[1:] and lines == 1:
        larger = NAME_SIZES[NAME_SIZES.index(size) - 1]
        assert replace(fitted.style, size=larger).width(name) > WIDTH


def test_a_word_wider_than_the_page_is_set_smaller() -> None:
    """It is neither cut nor hyphenated; only then a name goes below 60 %."""
    fitted = fit_name(Text(LONG_WORD, "cy"))
    assert fitted.lines == (LONG_WORD,)
    assert fitted.style.size < NAME_SIZES[-1]
    assert WIDTH - 1 < fitted.style.width(LONG_WORD) <= WIDTH


def test_a_broken_name_has_the_most_equal_lines() -> None:
    """No other space would make the longer line shorter."""
    fitted = fit_name(Text(LONG_LATIN, "pt"))
    words = LONG_LATIN.split(" ")
    others = [
        max(fitted.style.width(" ".join(words[:at])), fitted.style.width(" ".join(words[at:])))
        for at in range(1, len(words))
    ]
    assert widest(fitted.lines, fitted.style) == pytest.approx(min(others))


def test_joined_scripts_are_never_spaced() -> None:
    """Letter-spacing would tear an Arabic word apart; Latin names are set a little closer while they are large."""
    assert fit_name(Text("محمد", "ar")).style.spacing == 0
    assert fit_name(Text("Åsa", "sv")).style.spacing < 0
    assert fit_name(Text(LONG_LATIN, "pt")).style.spacing == 0


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        pytest.param("", 40.0, (), id="nothing"),
        pytest.param("one", 40.0, ("one",), id="one word"),
        pytest.param("Trace cells to the pack.", 29.0, ("Trace cells to", "the pack."), id="filled"),
        pytest.param("Choose and check a tool for it.", 41.0, ("Choose and check a tool", "for it."), id="two kept"),
        pytest.param("An end-of-life report now", 22.0, ("An end-of-life", "report now"), id="whole before a hyphen"),
        pytest.param("Write an end-of-life report of it", 24.0, ("Write an end-of-", "life report of it"), id="hyphen"),
        pytest.param("40\u00a0hours, blended", 14.0, ("40\u00a0hours,", "blended"), id="a space that holds"),
    ],
)  # fmt: skip
def test_lines_are_filled(text: str, width: float, lines: tuple[str, ...]) -> None:
    """As many words as fit, but the last line is not one short word."""
    assert filled_lines(text, TEXT, width) == lines


def test_a_word_wider_than_a_line_is_broken_where_the_line_is_full() -> None:
    """Only in the tables, where a name in an unknown language must not run into the next column."""
    lines = filled_lines("x" * 60, TEXT, 40.0)
    assert "".join(lines) == "x" * 60
    assert widest(lines, TEXT) <= 40.0
    assert balanced_lines("x" * 60, TEXT, 40.0) == ("x" * 60,)


@pytest.mark.parametrize(
    ("length", "setting"),
    [(40, "generous"), (330, "roomy"), (480, "tight"), (700, "compact")],
)
def test_the_upper_zone_takes_the_roomiest_setting(length: int, setting: str) -> None:
    """More words, less white; the words themselves stay."""
    words = ("Can weld. " * 100)[:length].strip()
    said = laid_out(replace(face(), ability=Text(words, "en"))).said
    assert said.setting == setting
    assert said.ability is not None
    assert " ".join(said.ability.lines) == words


def test_two_lines_are_liked_better_than_large_letters() -> None:
    """A sentence that would take three lines in the largest size takes two in the next."""
    said = laid_out(face("VLT-CELL")).said
    assert said.setting == "roomy"
    assert said.ability is not None
    assert len(said.ability.lines) == 2


def test_a_sentence_that_does_not_fit_is_refused() -> None:
    """Nothing on a certificate is cut, so a novel has no place on it."""
    with pytest.raises(TextDoesNotFit, match="said") as caught:
        laid_out(replace(face(), ability=Text("Can weld. " * 300, "en")))
    assert caught.value.needed > caught.value.given


@pytest.mark.parametrize(
    ("count", "words", "shown", "setting"),
    [
        pytest.param(0, 5, 0, "large", id="none"),
        pytest.param(4, 12, 4, "large", id="a few"),
        pytest.param(6, 20, 6, "text", id="six long ones"),
        pytest.param(9, 5, 6, "large", id="more than six"),
        pytest.param(6, 40, 3, "text", id="six very long ones"),
    ],
)
def test_outcomes_that_have_no_room_are_counted(count: int, words: int, shown: int, setting: str) -> None:
    """At most six, as many as fit; the line beneath says how many there are on the page behind the code."""
    outcomes = laid_out(replace(face(), outcomes=(Text("word " * words + "end.", "en"),) * count)).outcomes
    assert (len(outcomes.shown), outcomes.left, outcomes.setting) == (shown, count - shown, setting)


def fact(words: int) -> Fact:
    return Fact(Bilingual(Text("Label", "en")), Bilingual(Text("word " * words + "end", "en")))


@pytest.mark.parametrize(
    ("long_rows", "is_single", "setting"),
    [(0, True, "airy"), (0, False, "roomy"), (4, True, "roomy"), (5, True, "dense"), (7, False, "small")],
)
def test_the_table_takes_the_airiest_setting(long_rows: int, is_single: bool, setting: str) -> None:
    """Rows move together before their letters become smaller."""
    shown = face(languages=("en",) if is_single else ("sv",))
    rows = (fact(11),) * long_rows + (fact(1),) * (7 - long_rows)
    assert laid_out(replace(shown, facts=rows)).facts.setting == setting


@pytest.mark.parametrize(
    ("change", "zone"),
    [
        pytest.param(lambda f: replace(f, facts=(fact(30),) * 7), "facts", id="facts"),
        pytest.param(lambda f: replace(f, outcomes=(Text("word " * 400, "en"),)), "outcomes", id="one endless outcome"),
        pytest.param(
            lambda f: replace(f, issuer=replace(f.issuer, name=Text("Academy " * 40, "en"))), "signed", id="issuer"
        ),
        pytest.param(lambda f: replace(f, issuer=replace(f.issuer, approver="Name " * 20)), "approver", id="approver"),
        pytest.param(
            lambda f: replace(f, programme=replace(f.programme, funding_notice="word " * 200)), "funding", id="notice"
        ),
        pytest.param(lambda f: replace(f, programme=replace(f.programme, title="word " * 80)), "programme", id="title"),
    ],
)
def test_a_zone_that_overflows_is_named(change: object, zone: str) -> None:
    """The catalogue can be told which text is too long before anything is issued."""
    with pytest.raises(TextDoesNotFit) as caught:
        laid_out(change(face()))  # type: ignore[operator]
    assert caught.value.zone == zone


@pytest.mark.parametrize(
    ("link", "lines", "in_line"),
    [
        pytest.param("https://vp.example/v/k7Qm2xV9pRtA4sZc8LwNeB", 2, False, id="short"),
        pytest.param("https://voltpass.example/v/WWWWWWWWMMMMMMMMWWWWWW", 2, False, id="a wide token is set smaller"),
        pytest.param("https://credentials.skills-alliance.example.eu/v/k7Qm2xV9pRtA4s", 3, False, id="long host"),
        pytest.param("https://a-rather-long-name.credentials.skills.example.eu/v/k7Qm2xV9", 4, True, id="longer"),
    ],
)
def test_the_link_in_words_keeps_its_token_whole(link: str, lines: int, in_line: bool) -> None:
    """Host and path break after dots and slashes; joined again the lines are the link."""
    made = laid_out(replace(face(), link=link))
    assert "https://" + "".join(made.link.lines) == link
    assert made.link.lines[-1] == link.rpartition("/")[2]
    assert (len(made.link.lines), made.words_in_line) == (lines, in_line)


@pytest.mark.parametrize(
    ("code", "provider", "name", "latin"),
    [
        pytest.param("VLT-HV1", "vbk-goteborg", "Åsa Öberg", None, id="short"),
        pytest.param("PAS-PROB", "mak-ostrava", LONG_ARABIC, "Abd al-Rahman " * 6, id="long and right to left"),
        pytest.param("VLT-HV2", "cfb-norte", LONG_LATIN, None, id="two lines of title and name"),
        pytest.param("VLT-CIRC", "ota-ostalb", LONG_WORD, None, id="one long word"),
    ],
)
def test_what_is_drawn_stays_in_its_zone(code: str, provider: str, name: str, latin: str | None) -> None:
    """Measured on the finished page, and the height that was reckoned with is the height that was taken."""
    credential, shown_in = award(code, provider, name, latin=latin and latin.strip()), look(code, provider)
    pdf = printed(credential, shown_in)
    check_zones(pdf)
    said = laid_out(CertificateFace.of(credential, shown_in)).said
    lowest = max(box[3] for _, box in text_boxes(pdf) if is_inside(box, ZONES["said"]))
    assert lowest - 0.5 <= 27 + said.height <= lowest + 3.5


@pytest.mark.slow
@pytest.mark.parametrize(("code", "language"), list(product(sorted(achievements()), LANGUAGES)))
def test_every_achievement_in_every_language_stays_in_its_zones(code: str, language: str) -> None:
    """The whole catalogue, each with another learner of the demonstration."""
    provider = PROVIDER_OF.get(language, "vbk-goteborg")
    number = sorted(achievements()).index(code) * len(LANGUAGES) + LANGUAGES.index(language)
    trainee = trainees()[number % len(trainees())]
    credential = award(code, provider, trainee.name, latin=trainee.latin)
    check_zones(printed(credential, look(code, provider, languages=(language, "en"))))


def test_styles_measure_in_millimetres() -> None:
    """A figure of Noto Sans is 0.572 em wide; ten points are 3.53 mm."""
    assert Style(10, 5).width("0") == pytest.approx(0.572 * 3.528, rel=0.006)
