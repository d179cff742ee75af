"""The face of a certificate: every claim as it was signed, in the right place and language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from credentials.check_words import check_words
from credentials.credential import AchievementCredential
from credentials.evidence import Evidence
from credentials.identity import name_identity
from credentials.image import Image
from credentials.result import Result, ResultDescription
from issuer.certificates.errors import MissingClaim, UndrawableText
from issuer.certificates.face import CertificateFace
from issuer.certificates.facts import Fact
from issuer.certificates.labels import Bilingual, Text
from tests.certificates import (
    BASE,
    LANGUAGES,
    PROVIDER_OF,
    achievements,
    award,
    face,
    look,
    printed,
    programmes,
    shown_text,
)


def said(fact: Fact) -> tuple[str, ...]:
    """The lines of a fact's value."""
    value = fact.value
    return (value.first.words, *([value.second.words] if value.second else []), *(note.words for note in fact.notes))


def facts(face: CertificateFace) -> dict[str, tuple[str, ...]]:
    """The facts by their English label."""
    return {(fact.label.second or fact.label.first).words: said(fact) for fact in face.facts}


def changed(credential: AchievementCredential, **changes: Any) -> AchievementCredential:
    """The credential with other members of its subject."""
    return replace(credential, credential_subject=replace(credential.credential_subject, **changes))


def test_every_claim_is_the_signed_one() -> None:
    """Name, texts, issuer, dates, id and link are taken from the credential and from nowhere else."""
    credential = award(name="Đức Nguyễn Thị")
    shown = CertificateFace.of(credential, look())
    subject = credential.credential_subject
    assert shown.name.words == "Đức Nguyễn Thị"
    assert shown.title.second == Text(subject.achievement.name, "en")
    assert (
        f"{shown.ability.words if shown.ability else ''} {shown.limit.words if shown.limit else ''}"
        == subject.narrative
    )
    assert [outcome.words for outcome in shown.outcomes] == [each.text for each in achievements()["VLT-HV1"].outcomes]
    assert (shown.issuer.id, shown.issuer.name.words) == (credential.issuer.id, credential.issuer.name)
    assert shown.issued == Bilingual(Text("16 oktober 2026", "sv"), Text("16 October 2026", "en"))
    assert shown.credential_id == credential.id
    assert shown.check_words == check_words(credential.id)
    assert f"{shown.link}.png" == (credential.image.id if credential.image else "")


def test_the_facts_of_a_bilingual_page() -> None:
    """Seven facts, Swedish with English beneath."""
    assert facts(face()) == {
        "Result": ("Godkänd", "Pass"),
        "Assessment": ("Praktiskt prov, kunskapstest", "Practical assessment, quiz"),
        "Supervision": ("Övervakat, legitimation kontrollerad", "Supervised, identity checked"),
        "Level (stated by the provider)": ("EQF-nivå 3", "EQF level 3"),
        "Workload": ("16\u00a0timmar, plats och nät", "16\u00a0hours, blended"),
        "Valid until": ("16 oktober 2028", "16 October 2028"),
        "Standard and version": ("VLT-HV1, version 1.0", "Open Badges 3.0"),
    }


def test_the_facts_of_a_page_in_one_language() -> None:
    """A rubric level with its scale, no EQF level, no end of validity; nothing is said twice."""
    assert facts(face("PAS-TEAM", "mak-ostrava", languages=("en",))) == {
        "Result": ("Proficient", "Level 2 of 3: Foundation, Proficient, Advanced"),
        "Assessment": ("Group performance, peer review",),
        "Supervision": ("Supervised, identity checked",),
        "Level": ("Not referenced to EQF",),
        "Workload": ("8\u00a0hours, on site",),
        "Valid until": ("No expiry date",),
        "Standard and version": ("PAS-TEAM, version 1.0", "Open Badges 3.0"),
    }


@pytest.mark.parametrize(
    ("code", "result", "languages", "expected"),
    [
        pytest.param("VLT-TEST", "92", ("en",), ("92\u00a0%", "Pass mark 60\u00a0%"), id="percent"),
        pytest.param(
            "VLT-TEST",
            "92",
            ("de",),
            ("92\u00a0%", "Bestanden ab 60\u00a0%", "Pass mark 60\u00a0%"),
            id="percent, German",
        ),
        pytest.param(
            "PAS-COM",
            "Advanced",
            ("pt",),
            ("Advanced, nível 3 de 3", "Level 3 of 3: Foundation, Proficient, Advanced"),
            id="a rubric level keeps its signed name",
        ),
        pytest.param("VLT-CELL", None, ("cs",), ("Splněno", "Pass"), id="pass"),
    ],
)
def test_results_of_every_scale(
    code: str, result: str | None, languages: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """A number with its pass mark, a level with its scale, or the word."""
    shown = face(code, "cfb-norte", result=result, languages=languages)
    assert facts(shown)["Result"] == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        pytest.param(Result(value="B+"), ("B+",), id="a value of no scale we know"),
        pytest.param(Result(status="Completed"), ("Genomförd", "Completed"), id="a status alone"),
        pytest.param(Result(), None, id="a result that says nothing"),
    ],
)
def test_results_of_others(result: Result, expected: tuple[str, ...] | None) -> None:
    """What others call a result is shown as it is; an empty fact is left out."""
    shown = CertificateFace.of(changed(award(), result=(result,)), look())
    assert facts(shown).get("Result") == expected


def test_further_results_stand_beneath_the_first() -> None:
    """Each by the name of its scale."""
    credential = award()
    achievement = credential.credential_subject.achievement
    quiz = ResultDescription(id=f"{achievement.id}#quiz", name="Quiz", result_type="Percent")
    credential = changed(
        credential,
        achievement=replace(achievement, result_description=(*achievement.result_description, quiz)),
        result=(*credential.credential_subject.result, Result(result_description=quiz.id, value="85.5")),
    )
    shown = CertificateFace.of(credential, look())
    assert facts(shown)["Result"] == ("Godkänd", "Pass", "Quiz: 85,5\u00a0%")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(achievements()))
def test_titles_are_translated_where_a_translation_exists(code: str, language: str) -> None:
    """The issuing language first and large, the signed English beneath; in English, or without translation, once."""
    entry = achievements()[code]
    provider = PROVIDER_OF.get(language, "vbk-goteborg")
    shown = face(code, provider, languages=(language, "en"))
    if language == "en":
        assert shown.title == Bilingual(Text(entry.title, "en"))
    else:
        assert shown.title == Bilingual(Text(entry.titles[language], language), Text(entry.title, "en"))
    assert face(code, provider, languages=(language,), titles={}).title == Bilingual(Text(entry.title, "en"))


def test_signed_texts_are_marked_as_english() -> None:
    """On a German page the sentence, the outcomes and the limit are English, and say so to a screen reader."""
    shown = face("VLT-HV1", "ota-ostalb")
    assert shown.language == "de"
    assert {text.language for text in (shown.ability, shown.limit, *shown.outcomes) if text} == {"en"}


def test_a_page_in_one_language_has_no_second_lines() -> None:
    """Where English is the first language there is nothing to put beneath."""
    shown = face(languages=("en", "sv"))
    assert shown.is_single
    assert all(fact.label.second is None for fact in shown.facts)


@pytest.mark.parametrize(
    ("narrative", "description", "ability", "limit"),
    [
        pytest.param("Can weld. Not a permit.", "Weld.", "Can weld.", "Not a permit.", id="both in the narrative"),
        pytest.param(
            "Can weld.", "Weld. Not a permit.", "Can weld.", "Not a permit.", id="the limit in the description"
        ),
        pytest.param("Can weld. Can cut.", "Weld.", "Can weld. Can cut.", None, id="no limit"),
        pytest.param(None, "Weld steel. Not a permit.", "Weld steel.", "Not a permit.", id="no narrative"),
        pytest.param(
            "Can tell wires. Nothing more.", "x", "Can tell wires. Nothing more.", None, id="Nothing is not Not"
        ),
        pytest.param("Can\n weld  well.", "x", "Can weld well.", None, id="broken lines"),
    ],
)
def test_the_limit_has_its_own_place(narrative: str | None, description: str, ability: str, limit: str | None) -> None:
    """What a badge does not allow is never lost in a paragraph."""
    credential = award()
    achievement = replace(credential.credential_subject.achievement, description=description)
    shown = CertificateFace.of(changed(credential, narrative=narrative, achievement=achievement), look())
    assert shown.ability == Text(ability, "en")
    assert shown.limit == (Text(limit, "en") if limit else None)


@pytest.mark.parametrize(
    ("names", "name", "latin"),
    [
        pytest.param(["محمد الحسيني", "Mohammed Al-Husseini"], "محمد الحسيني", "Mohammed Al-Husseini", id="Arabic"),
        pytest.param(
            ["Mohammed Al-Husseini", "محمد الحسيني"], "محمد الحسيني", "Mohammed Al-Husseini", id="order is unsigned"
        ),
        pytest.param(["محمد الحسيني"], "محمد الحسيني", None, id="no Latin form was signed"),
        pytest.param(["Åsa Öberg", "Asa Oberg"], "Åsa Öberg", None, id="a Latin name needs none"),
        pytest.param(
            ["ნინო ჯავახიშვილი", "Nino Javakhishvili"], "ნინო ჯავახიშვილი", "Nino Javakhishvili", id="Georgian"
        ),
    ],
)
def test_the_latin_form_is_a_signed_claim(names: list[str], name: str, latin: str | None) -> None:
    """A form in Latin letters is shown beneath a name in another script when it was signed, and only then."""
    credential = changed(award(), identifier=tuple(map(name_identity, names)))
    shown = CertificateFace.of(credential, look())
    assert shown.name.words == name
    assert (shown.name_latin.words if shown.name_latin else None) == latin


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Åsa Öberg", "sv"), ("محمد", "ar"), ("מרים", "he"), ("ნინო", "ka"), ("Ελένη", "el"), ("Иван", "und-Cyrl"),
    ],
)  # fmt: skip
def test_a_name_is_read_aloud_in_its_script(name: str, language: str) -> None:
    """A Latin name has the language of the page; others are marked."""
    assert face(name=name).name.language == language


def test_the_issuer_with_its_english_name_and_its_place() -> None:
    """The legal name as signed, the English one beneath when it is another, the country in both languages."""
    shown = face("VLT-CIRC", "ota-ostalb").issuer
    assert shown.name.words == "Ostalb-Akademie für Batterietechnik (Demo) gGmbH"
    assert shown.name_english == Text("Ostalb Academy for Battery Technology (demo)", "en")
    assert shown.place is not None
    assert shown.place.in_line == "Schwäbisch Gmünd, Deutschland / Germany"
    assert shown.approver == "Dr. Käthe Groß"
    assert face(name_english=shown.name.words, approver=None).issuer.approver is None
    same = face("VLT-CIRC", "ota-ostalb", name_english="Ostalb-Akademie für Batterietechnik (Demo) gGmbH")
    assert same.issuer.name_english is None


def test_an_issuer_without_address_has_no_place() -> None:
    """An empty line is left out."""
    credential = award()
    without = replace(credential, issuer=replace(credential.issuer, address=None))
    assert CertificateFace.of(without, look()).issuer.place is None


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        pytest.param(lambda c: changed(c, identifier=()), "name", id="no name at all"),
        pytest.param(lambda c: replace(c, image=None), "link", id="no link"),
        pytest.param(lambda c: replace(c, image=Image(id=f"{BASE}/v/token.jpg")), "link", id="another kind of image"),
        pytest.param(lambda c: replace(c, issuer=replace(c.issuer, name=None)), "issuer", id="a nameless issuer"),
    ],
)
def test_a_certificate_needs_some_claims(change: Any, claim: str) -> None:
    """Without a name, a link or an issuer there is nothing to certify."""
    with pytest.raises(MissingClaim, match=claim):
        CertificateFace.of(change(award()), look())


def test_a_hashed_name_is_no_name() -> None:
    """A name that only its owner can confirm cannot be printed."""
    hashed = replace(name_identity("sha256$" + "0" * 64), hashed=True, salt="test")
    with pytest.raises(MissingClaim):
        CertificateFace.of(changed(award(), identifier=(hashed,)), look())


@pytest.mark.parametrize(
    ("change", "slot"),
    [
        pytest.param({"name": "山田太郎"}, "name", id="name"),
        pytest.param({"titles": {"sv": "电池"}}, "title", id="title"),
        pytest.param({"approver": "李"}, "issuer", id="approver"),
        pytest.param({"programme": replace(look().programme, title="⚡")}, "programme", id="programme"),
        pytest.param({"link": f"{BASE}/v/李"}, "link", id="link"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, Any], slot: str) -> None:
    """An empty box on a certificate would also break PDF/A; the error names the place and the characters."""
    with pytest.raises(UndrawableText) as caught:
        face(**change)
    assert caught.value.slot == slot
    assert caught.value.characters


def test_badges_are_described_in_words() -> None:
    """The line beneath the drawing, and the words for who does not see it, in the language of the page."""
    cell, arcs = face().badge, face("PAS-TEAM", "mak-ostrava").badge
    assert cell.caption.in_line == "VLT-HV1 · EQF-nivå 3 av 8 / EQF level 3 of 8"
    assert cell.description == Text("VOLTAGE-märket VLT-HV1: battericell laddad till nivå 3 av 8", "sv")
    assert arcs.caption.in_line == "PAS-TEAM · jedna z 6 kompetencí PASS / one of 6 PASS competences"
    assert arcs.description.words == "Odznak PASS PAS-TEAM: propletené oblouky (6), výrazný je 2."
    other = face(programme=replace(look().programme, code="TRIREME"), languages=("en",)).badge
    assert other.caption.in_line == "VLT-HV1 · EQF level 3"
    assert other.description.words == "TRIREME badge VLT-HV1: two broken rings around a disc"


def test_the_programme_brings_its_notice() -> None:
    """Both demonstration programmes are Erasmus+ and show the notice they must."""
    for code in ("VLT-HV1", "PAS-TEAM"):
        notice = (programmes()[achievements()[code].programme].funding_notice or {})["en"]
        assert face(code).programme.funding_notice == notice


def test_the_assessor_named_is_the_one_who_signed_for() -> None:
    """Where nobody approved, the certificate names the assessor of the signed evidence, and nobody else."""
    report = Evidence(name="Report", narrative="Not Assessed by anyone")
    evidence = (report, Evidence(narrative="Assessed by Lovisa Ek"))
    assessed = replace(award(), evidence=evidence)
    assert CertificateFace.of(assessed, look(approver=None)).issuer.assessor == "Lovisa Ek"
    assert CertificateFace.of(award(), look(approver=None)).issuer.assessor is None
    assert "Lovisa Ek" in shown_text(printed(assessed, look(approver=None)))
