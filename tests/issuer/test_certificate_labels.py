"""The fixed words: every language says everything, and none says too much."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from issuer.certificates.fonts import uncovered
from issuer.certificates.labels import Text, Tongue, find_labels, get_labels
from issuer.certificates.layout import COLUMN
from issuer.certificates.typesetting import SMALL, filled_lines
from tests.certificates import LANGUAGES

FOLDER = files("templates") / "certificate" / "labels"
WORDS: dict[str, dict[str, Any]] = {
    language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
PLURALS = {"one", "few", "other", "part"}
# To be recognised or accredited is for others to say (Council Recommendation 2022/C 243/02).
FORBIDDEN = re.compile(
    r"recogni[sz]|accredit|erkänn|ackredit|anerkannt|anerkenn|akkredit|reconhec|acredit|uznan|uznáv|akredit",
    re.IGNORECASE,
)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its place; plural forms share one place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, path if key in PLURALS else f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    """A label that is missing in one language would stop a certificate; so would a fact without its place."""
    english = dict(leaves(WORDS["en"]))
    here = dict(leaves(WORDS[language]))
    assert here.keys() == english.keys()
    for path, text in leaves(WORDS[language]):
        assert text, path
        if path != ".decimal":
            assert places(text) == places(english[path]), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_claims_recognition(language: str) -> None:
    """A micro-credential does not imply recognition, so no label says so."""
    for path, text in leaves(WORDS[language]):
        assert not FORBIDDEN.search(text), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_drawn(language: str) -> None:
    """The shipped faces draw every label."""
    for path, text in leaves(WORDS[language]):
        assert not uncovered(text), path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("month", range(1, 13))
def test_the_words_about_the_seal_fit_their_line(language: str, month: int) -> None:
    """Two lines are kept for the seal, one for each language, in every month of the year."""
    labels = get_labels(language)
    line = labels.say("sealed", date=labels.date(datetime(2028, month, 28, tzinfo=UTC)))
    assert len(filled_lines(line, SMALL, COLUMN)) == 1


@pytest.mark.parametrize(
    ("language", "spelled"),
    [
        ("en", "6 November 2026"),
        ("sv", "6 november 2026"),
        ("de", "6. November 2026"),
        ("pt", "6 de novembro de 2026"),
        ("cs", "6. listopadu 2026"),
    ],
)
def test_dates_are_spelled(language: str, spelled: str) -> None:
    """A date is written so that nobody takes the day for the month."""
    assert get_labels(language).date(datetime(2026, 11, 6, tzinfo=UTC)) == spelled


@pytest.mark.parametrize(
    ("language", "hours", "said"),
    [
        ("en", 1, "1 hour"),
        ("en", 16, "16 hours"),
        ("sv", 7.5, "7,5 timmar"),
        ("de", 1, "1 Stunde"),
        ("pt", 1, "1 hora"),
        ("cs", 1, "1 hodina"),
        ("cs", 3, "3 hodiny"),
        ("cs", 16, "16 hodin"),
        ("cs", 7.5, "7,5 hodiny"),
    ],
)
def test_numbers_agree_with_their_nouns(language: str, hours: float, said: str) -> None:
    """Czech has three forms; a fraction takes the decimal sign of the language."""
    assert get_labels(language).count("hours", hours) == said


def test_terms_are_known_by_the_name_that_was_signed() -> None:
    """A vocabulary's English name leads to the word, however it is capitalised; an unknown one to nothing."""
    german = get_labels("de")
    assert german.find_term("Supervised without ID Verification") == "beaufsichtigt, Identität nicht geprüft"
    assert german.find_term("practical assessment") == "praktische Prüfung"
    assert german.find_term("sword dance") is None


@pytest.mark.parametrize(
    ("languages", "spoken"),
    [
        pytest.param(("sv", "en"), ["sv", "en"], id="issuing language and English"),
        pytest.param(("cs",), ["cs", "en"], id="English is always there"),
        pytest.param(("en", "sv"), ["en"], id="English alone"),
        pytest.param(("fi", "sv"), ["en"], id="a language without labels"),
        pytest.param((), ["en"], id="no language at all"),
    ],
)
def test_a_page_speaks_the_first_language_and_english(languages: tuple[str, ...], spoken: list[str]) -> None:
    """The provider's first language decides."""
    assert [labels.language for labels in Tongue.of(languages).voices] == spoken


def test_the_same_words_are_said_once() -> None:
    """Braga is in Portugal in both languages."""
    assert Tongue.of(("pt",)).both(("Portugal", "Portugal")).second is None
    assert Tongue.of(("sv",)).say("kind").second == Text("Micro-credential certificate", "en")


@pytest.mark.parametrize("language", ["../en", "xx", "", "en.json", "EN"])
def test_a_language_is_not_a_path(language: str) -> None:
    """What is no language of ours has no labels; nothing outside the folder is read."""
    assert find_labels(language) is None
    with pytest.raises(KeyError):
        get_labels(language)
