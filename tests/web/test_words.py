"""The words of the pages: English is complete, no language says less than it must or asks for other values."""

import json
import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.datastructures import LanguageAccept

from verifier.reasons import REASONS, Check
from verifier.report import Outcome, Verdict
from verifier.web.advice import REASONS_OF_WITHDRAWAL
from verifier.web.words import ENGLISH, LANGUAGES, catalogue, choose

ROOT = Path(__file__).parent.parent.parent
WORDS = ROOT / "templates" / "pages" / "words"
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
MUST_SPEAK = ("verdict.", "check.", "advice.", "label.", "section.", "verify.", "many.", "error.", "gone.", "outcome.")
"""What a visitor meets on the way to a verdict is there in every language."""


def texts(language: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_what_leads_to_a_verdict(language: str) -> None:
    """Verdicts, checks, advice, labels and errors are translated, not left in English."""
    missing = {key for key in texts(ENGLISH) if key.startswith(MUST_SPEAK)} - texts(language).keys()
    assert missing <= {"label.validity", "label.validity.value.one", "label.validity.value.other", "label.assessment",
                       "label.supervision", "section.learned.able"}  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_the_same_values(language: str) -> None:
    """A place that English does not have would raise on the page; one that is missing would hide a fact."""
    english = texts(ENGLISH)
    for key, text in texts(language).items():
        model = english.get(key) or english.get(re.sub(r"\.few$", ".other", key))
        if model is None:
            assert key.startswith("term."), f"{language}: {key} is in no page"
        elif not key.startswith("date."):
            assert places(text) == places(model), f"{language}: {key}"


def test_every_word_is_used() -> None:
    """A key that no page asks for is dead weight and hides what is missing."""
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("verifier/web", "issuer", "templates/pages")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html"}
    ).replace("'", '"')
    built = ("fact.", "country.", "term.", "check.", "advice.", "verdict.", "reason.", "outcome.", "error.",
             "compare.line.", "evidence.", "many.", "proof.", "files.", "section.person.")  # fmt: skip
    for key in texts(ENGLISH):
        stem = re.sub(r"\.(one|other|text|title)$", "", key)
        assert key.startswith(built) or f'"{key}"' in sources or f'"{stem}"' in sources, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_of_every_check_has_a_sentence(language: str) -> None:
    """Whatever the gate can answer, the page has words for it, without falling back to a code."""
    words = catalogue(language)
    for check, outcomes in REASONS.items():
        assert check is Check.FORM or words.find(f"check.{check.value}.skipped")
        assert words.find(f"check.{check.value}.passed")
        for outcome, reasons in outcomes.items():
            for reason in reasons:
                assert words.first([f"check.{check.value}.{reason.value}", f"check.{check.value}.{outcome.value}"])
                if outcome is not Outcome.SKIPPED and outcome is not Outcome.FAILED:
                    assert words.find(f"advice.{reason.value}.lead") or check in {Check.FORM, Check.PROOF}
    for verdict in Verdict:
        assert words(f"verdict.{verdict.value}")
    for reason_code in REASONS_OF_WITHDRAWAL:
        assert words(f"reason.{reason_code}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_verdicts_share_a_word(language: str) -> None:
    """The word alone tells the verdict."""
    words = catalogue(language)
    assert len({words(f"verdict.{verdict.value}").casefold() for verdict in Verdict}) == len(Verdict)


@pytest.mark.parametrize(
    ("language", "spelled"),
    [
        ("en", "16 October 2026"),
        ("sv", "16 oktober 2026"),
        ("de", "16. Oktober 2026"),
        ("pt", "16 de outubro de 2026"),
        ("cs", "16. října 2026"),
        ("fi", "16. lokakuuta 2026"),
        ("tr", "16 Ekim 2026"),
    ],
)
def test_dates_are_spelled_out(language: str, spelled: str) -> None:
    """A day is written as people of the language write it, in UTC."""
    assert catalogue(language).date(datetime(2026, 10, 16, 23, 59, 59, tzinfo=UTC)) == spelled


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(0, "0 seconds old"), (1, "1 second old"), (119, "119 seconds old"), (120, "2 minutes old"),
     (7200, "2 hours old"), (172_800, "2 days old")],
)  # fmt: skip
def test_an_age_is_told_in_the_largest_fitting_unit(seconds: int, spelled: str) -> None:
    """Nobody has to divide by sixty."""
    assert catalogue("en").age(seconds) == spelled


def test_czech_counts_in_three_forms() -> None:
    """One, two to four, and more take different words."""
    words = catalogue("cs")
    assert [words.count("label.hours.value", n) for n in (1, 3, 5)] == ["1 hodina", "3 hodiny", "5 hodin"]


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        pytest.param(None, [("sv-SE", 1.0), ("en", 0.8)], "sv", id="the browser's region"),
        pytest.param("fi", [("sv", 1.0)], "fi", id="the address is stronger"),
        pytest.param("xx", [("de", 1.0)], "de", id="an unknown language in the address"),
        pytest.param(None, [("ja", 1.0)], "en", id="none of ours"),
        pytest.param(None, [], "en", id="no wish"),
    ],
)
def test_the_visitor_chooses_the_language(asked: str | None, accepted: list[tuple[str, float]], chosen: str) -> None:
    """The address first, then the browser, then English."""
    assert choose(asked, LanguageAccept(accepted)).language == chosen


def test_values_are_escaped_and_markup_is_kept() -> None:
    """A value that a stranger chose never becomes mark-up."""
    html = catalogue("en").html("section.signed.text", name="<b>")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
