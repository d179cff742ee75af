"""The office's own certificates at the gate: every name of the demonstration, in several languages."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pikepdf
import pytest

from issuer.certificates.face import CertificateFace
from issuer.certificates.look import ProgrammeLook, ProviderLook
from issuer.certificates.pdf import render_certificate
from keys.algorithm import Algorithm
from tests.papers import altered, drawn, saved
from tests.simulator import BASE, Award, Simulator, subject
from verifier.examine import examine, examine_text
from verifier.intake import Link, take_in
from verifier.reasons import Check, Reason
from verifier.report import Verdict

pytestmark = [
    # WeasyPrint leaves the colour profile of PDF/A to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored.*sRGB2014:pytest.PytestUnraisableExceptionWarning"),
]

TRAINEES = Path(__file__).parents[2] / "issuer" / "demo" / "trainees.csv"
LINK = f"{BASE}/v/k7Qm2xV9pRtA4sZc8LwNeB"
LANGUAGES = [("en",), ("sv", "en"), ("de", "en"), ("pt", "en"), ("cs", "en"), ("fi", "en")]
PROGRAMME = ProgrammeLook(
    code="VOLTAGE", title="Vocational Training", colour="#0B6E4F", funding_notice="Co-funded by the European Union."
)


def trainees() -> list[str]:
    with TRAINEES.open(encoding="utf-8", newline="") as file:
        return [f"{row['given_name']} {row['family_name']}".strip() for row in csv.DictReader(file)]


def printed(world: Simulator, name: str, languages: tuple[str, ...] = ("sv", "en")) -> tuple[Award, bytes]:
    identifier = [{"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}]
    award = world.award(
        image={"id": f"{LINK}.png", "type": "Image"},
        credentialSubject=subject(identifier=identifier, result=[{"type": ["Result"], "value": "Pass"}]),
    )
    face = CertificateFace.of(award.credential, ProviderLook(programme=PROGRAMME, languages=languages))
    return award, render_certificate(face, award.sealed, award.provider.signers[Algorithm.P256], created=world.now)


@pytest.mark.parametrize("name", ["Åsa Öberg", "محمد الحسيني", "מרים כהן", "ნინო ჯავახიშვილი"])
def test_a_certificate_is_valid(name: str) -> None:
    """What the office prints, the gate reads back whole, line by line."""
    world = Simulator()
    award, pdf = printed(world, name)
    report = examine(pdf, "certificate.pdf", world.policy, now=world.now).report
    assert report.verdict is Verdict.VALID
    facts = report.result_of(Check.APPEARANCE).evidence[0].facts
    lines = {key.partition(" ")[2] for key in facts if key.startswith("signed ")}
    assert lines == {"name", "title", "issuer", "issued", "valid_until", "credential", "link", "result"}
    assert all(facts[f"signed {line}"] == facts[f"shown {line}"] for line in lines)
    assert report.accept() == award.credential


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "languages"), [(name, LANGUAGES[number % len(LANGUAGES)]) for number, name in enumerate(trainees())]
)
def test_every_trainee_can_show_a_certificate(name: str, languages: tuple[str, ...]) -> None:
    """No name, however it is written, makes a genuine certificate look altered."""
    world = Simulator()
    _, pdf = printed(world, name, languages)
    report = examine(pdf, "certificate.pdf", world.policy, now=world.now).report
    assert (report.verdict, report.deciding.detail) == (Verdict.VALID, report.deciding.detail)


def test_the_code_on_paper_leads_to_the_record() -> None:
    """The certificate drawn at 300 dots per inch: its code is the signed link; the drawing itself is never green."""
    world = Simulator()
    award, pdf = printed(world, "Åsa Öberg")
    world.override(LINK, award.text)
    scan = saved(drawn(pdf))
    found = take_in(scan, "scan.png")
    assert isinstance(found, Link)
    assert found.url == LINK
    assert examine_text(found.url, world.policy, now=world.now).report.verdict is Verdict.VALID
    assert examine(scan, "scan.png", world.policy, now=world.now).report.verdict is Verdict.COULD_NOT_CHECK


def test_one_stroke_more_is_altered() -> None:
    """A change that no text shows is found in the office's own file too; saving it again is no change."""
    world = Simulator()
    _, pdf = printed(world, "Åsa Öberg")

    def draw(opened: pikepdf.Pdf) -> None:
        contents = opened.pages[0].Contents
        contents.write(contents.read_bytes() + b" 0 0 m 9 9 l S")

    forged = examine(altered(pdf, draw), "certificate.pdf", world.policy, now=world.now).report
    assert (forged.verdict, forged.deciding.reason) == (Verdict.ALTERED, Reason.PAGE_CHANGED)
    linearised = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(linearised, linearize=True, fix_metadata_version=False)
    again = examine(linearised.getvalue(), "certificate.pdf", world.policy, now=world.now).report
    assert again.verdict is Verdict.VALID
