"""Signed texts found again in what a text extractor makes of a page."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from tests.papers import lay_out
from verifier.glovebox import glovebox
from verifier.limits import Limits
from verifier.page_lines import signed_lines
from verifier.page_text import ShownText, fold

TRAINEES = Path(__file__).parents[2] / "issuer" / "demo" / "trainees.csv"


def trainees() -> list[str]:
    with TRAINEES.open(encoding="utf-8", newline="") as file:
        return [f"{row['given_name']} {row['family_name']}".strip() for row in csv.DictReader(file)]


def test_every_trainee_is_read_back_from_a_page() -> None:
    """A name in any script, however long and however it breaks, is found as it was signed."""
    names = trainees()
    assert len(names) == 60
    body = "".join(f"<p class=name dir=auto style='width: 120mm'>{name}</p>" for name in names)
    answer = glovebox(Limits()).open("pdf", lay_out(body))
    shown = ShownText.of(answer["page"]["text"])
    assert [name for name in names if not shown.shows(name)] == []


@pytest.mark.parametrize(
    ("page", "signed"),
    [
        pytest.param("Maria do\nCarmo", "Maria do Carmo", id="broken at a space"),
        pytest.param("Hohenlohe\ufffe\nÖhringen", "Hohenlohe-Öhringen", id="broken after a hyphen"),
        pytest.param("Ångström", "A\u030angstro\u0308m", id="decomposed accents"),
        pytest.param("certi\ufb01cate of o\ufb03ce", "certificate of office", id="ligatures"),
        pytest.param("safe\u00adty", "safety", id="soft hyphen"),
        pytest.param("\u202bمحمد\u202c الحسيني", "محمد الحسيني", id="direction marks"),
        pytest.param("ﻣﺤﻤﺪ ﺍﻟﺤﺴﻴﻨﻲ", "محمد الحسيني", id="Arabic presentation forms"),
        pytest.param("ןהכ םירמ", "מרים כהן", id="right to left in drawing order"),
        pytest.param("O’Brien", "O'Brien", id="apostrophes"),
        pytest.param("voltpass.example/v/\nk7Qm2x", "voltpass.example/v/k7Qm2x", id="link on two lines"),
        pytest.param("Name: Li O.", "Li O", id="between punctuation"),
    ],
)
def test_typesetting_does_not_hide_a_text(page: str, signed: str) -> None:
    """What typesetters and extractors do to a text does not make it another text."""
    assert ShownText.of(page).shows(signed)


@pytest.mark.parametrize(
    ("page", "signed"),
    [
        pytest.param("Anna Kowak", "Anna Nowak", id="one letter"),
        pytest.param("Anna Nowaková", "Anna Nowak", id="longer word"),
        pytest.param("Joanna Nowak", "Anna Nowak", id="prefix"),
        pytest.param("Åsa Öberg-Smith", "Åsa Öberg", id="second half of a double name"),
        pytest.param("16 October 2028", "6 October 2028", id="one digit more"),
        pytest.param("Asa Oberg", "Åsa Öberg", id="accents left out"),
        pytest.param("rebmA", "Amber", id="left to right reversed"),
        pytest.param("", "Anna", id="empty page"),
    ],
)
def test_another_text_is_not_taken_for_it(page: str, signed: str) -> None:
    """A changed word does not pass."""
    assert not ShownText.of(page).shows(signed)


def test_the_changed_words_are_named() -> None:
    """Where a line is missing, what looks most like it is shown, but not what stands there for another line."""
    shown = ShownText.of("Certificate for\nErik Öberg\nIssued 16 October 2026\nValid until 16 October 2038")
    assert shown.nearest("Åsa Öberg", other_than=[]) == "Erik Öberg"
    assert shown.nearest("16 October 2028", other_than=["16 October 2026"]) == "16 October 2038"
    assert shown.nearest("Something else entirely", other_than=[]) is None


def test_a_page_of_accents_takes_no_time() -> None:
    """Accents piled on one letter are put in order piece by piece, not all at once."""
    start = time.perf_counter()
    ShownText.of("a" + "\u0301\u0323" * 100_000)
    assert signed_lines({"id": "a" + "\u0301\u0323" * 100_000})[0].text.startswith("a")
    assert time.perf_counter() - start < 2


def test_fold_is_stable() -> None:
    """Folding what was folded changes nothing, so both sides of a comparison meet."""
    for name in trainees():
        assert fold(fold(name)) == fold(name)


DOCUMENT = {
    "id": "urn:uuid:1",
    "issuer": {"id": "did:web:x", "name": "Batterikompetens AB"},
    "validFrom": "2026-10-16T00:00:00Z",
    "validUntil": "2028-10-16T23:59:59Z",
    "image": {"id": "https://voltpass.example/v/abc.png", "type": "Image"},
    "credentialSubject": {
        "identifier": [
            {"identityType": "emailAddress", "hashed": True, "identityHash": "sha256$x"},
            {"identityType": "name", "hashed": False, "identityHash": "Åsa Öberg"},
        ],
        "achievement": {
            "name": "Battery safety",
            "resultDescription": [{"id": "urn:r", "resultType": "Percent"}],
        },
        "result": [{"resultDescription": "urn:r", "value": "87.5"}],
    },
}


def test_lines_are_spelled_as_on_the_certificate() -> None:
    """Dates in English words, the link without its scheme, a percentage with its sign."""
    assert {line.key: line.text for line in signed_lines(DOCUMENT)} == {
        "name": "Åsa Öberg",
        "title": "Battery safety",
        "issuer": "Batterikompetens AB",
        "issued": "16 October 2026",
        "valid_until": "16 October 2028",
        "credential": "urn:uuid:1",
        "link": "voltpass.example/v/abc",
        "result": "87.5 %",
    }


def test_a_level_is_shown_by_its_name() -> None:
    """A result on a rubric is the name of the level reached."""
    subject = {
        "achievement": {
            "resultDescription": {"id": "r", "rubricCriterionLevel": [{"id": "r#2", "name": "Proficient"}]}
        },
        "result": {"resultDescription": "r", "achievedLevel": "r#2"},
    }
    assert [line.text for line in signed_lines({"credentialSubject": subject})] == ["Proficient"]


@pytest.mark.parametrize("document", [{}, {"credentialSubject": []}, {"credentialSubject": {"identifier": [1, "x"]}},
                                      {"issuer": "did:web:x", "validFrom": "soon", "image": "x"}])  # fmt: skip
def test_other_shapes_give_fewer_lines(document: dict[str, object]) -> None:
    """A document of another make is compared as far as it has lines; it never breaks the comparison."""
    assert signed_lines(document) == ()
