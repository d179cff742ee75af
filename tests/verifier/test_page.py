"""A certificate is green only when it shows what was signed and is still the file that its issuer made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pikepdf
import pytest

from credentials.page_seal import PAGE_SEAL_TYPE, seal_page
from keys.algorithm import Algorithm
from keys.multibase import base64url_encode
from keys.signer import MemorySigner
from tests.papers import altered, certificate, drawn, lay_out, picture, qr_picture, saved
from tests.simulator import BASE, Award, Simulator, subject
from verifier.examine import examine
from verifier.intake import Submission, take_in
from verifier.pdf_digest import drawing_digest, embed_page_seal, read_page_seal
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Verdict, VerificationReport
from verifier.verify import verify

LINK = f"{BASE}/v/k7Qm2xV9pRtA4sZc8LwNeB"
RESULT = [{"type": ["Result"], "value": "Pass"}]


@pytest.fixture
def world() -> Simulator:
    return Simulator()


def award_in(world: Simulator, algorithm: Algorithm = Algorithm.ED25519, name: str = "Åsa Lindström") -> Award:
    identifier = [{"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}]
    return world.award(
        algorithm,
        image={"id": f"{LINK}.png", "type": "Image"},
        credentialSubject=subject(identifier=identifier, result=RESULT),
    )


def examined(world: Simulator, pdf: bytes) -> VerificationReport:
    return examine(pdf, "certificate.pdf", world.policy, now=world.now).report


def appearance(world: Simulator, pdf: bytes) -> CheckResult:
    return examined(world, pdf).result_of(Check.APPEARANCE)


def facts_of(result: CheckResult) -> Mapping[str, str]:
    return result.evidence[0].facts


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("name", ["Åsa Lindström", "محمد الحسيني", "ნინო ჯავახიშვილი", "Li O"])
def test_an_untouched_certificate_is_valid(world: Simulator, algorithm: Algorithm, name: str) -> None:
    """Both securing forms, any script: the seal fits, every line is found, and the evidence lists them all."""
    award = award_in(world, algorithm, name)
    report = examined(world, certificate(award))
    assert report.verdict is Verdict.VALID
    facts = report.result_of(Check.APPEARANCE).evidence[0].facts
    assert facts["signed name"] == facts["shown name"] == name
    assert set(facts) == {"pages"} | {
        f"{side} {line}"
        for side in ("signed", "shown")
        for line in ("name", "title", "issuer", "issued", "valid_until", "credential", "link", "result")
    }
    assert report.accept() == award.credential


LINES = {
    "name": "Erik Lindström",
    "title": "High-Voltage Mastery",
    "issuer": "Battery Skills Centre vbx",
    "issued": "17 October 2026",
    "valid_until": "16 October 2038",
    "link": "voltpass.example/v/k7Qm2xV9pRtA4sZc8LwNeC",
}


@pytest.mark.parametrize("line", LINES)
def test_a_changed_word_is_named(world: Simulator, line: str) -> None:
    """Whoever edits a line of an issued certificate: ALTERED, with what was signed beside what is shown."""
    forged = certificate(award_in(world), shown={line: LINES[line]}, signer=MemorySigner.generate(Algorithm.P256))
    report = examined(world, forged)
    assert report.verdict is Verdict.ALTERED
    assert report.authentic is None
    result = report.result_of(Check.APPEARANCE)
    assert result.reason is Reason.PAGE_DIFFERS
    assert facts_of(result)[f"shown {line}"] == LINES[line]
    assert facts_of(result)[f"signed {line}"] != LINES[line]


def test_an_issuer_that_prints_another_name_is_found_out(world: Simulator) -> None:
    """A fitting seal does not help a page whose words are not those that were signed."""
    result = appearance(world, certificate(award_in(world), shown={"name": "Erik Lindström"}))
    assert result.reason is Reason.PAGE_DIFFERS
    missing = appearance(world, certificate(award_in(world), shown={"valid_until": None}))
    assert missing.reason is Reason.PAGE_DIFFERS
    assert "shown valid_until" not in facts_of(missing)


def test_the_result_may_be_worded_otherwise(world: Simulator) -> None:
    """A result is printed in the words of its scale, so that line alone may be missing."""
    assert examined(world, certificate(award_in(world), shown={"result": None})).verdict is Verdict.VALID


def test_taking_the_seal_off_does_not_help(world: Simulator) -> None:
    """A page of ours without its seal is never green; with a changed word it is ALTERED."""
    award = award_in(world)
    assert appearance(world, certificate(award, is_sealed=False)).reason is Reason.PAGE_NOT_SEALED
    assert examined(world, certificate(award, is_sealed=False)).verdict is Verdict.COULD_NOT_CHECK
    for line, text in LINES.items():
        result = appearance(world, certificate(award, shown={line: text}, is_sealed=False))
        assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.PAGE_DIFFERS), line


def draw_over(pdf: pikepdf.Pdf) -> None:
    contents = pdf.pages[0].Contents
    contents.write(contents.read_bytes() + b" q 1 g 0 0 600 900 re f Q")


def lay_note_over(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 300, 300])
    note.Contents = pikepdf.String("Master of everything")
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(draw_over, id="a white sheet over the page"),
        pytest.param(lay_note_over, id="a note over the page"),
        pytest.param(lambda pdf: pdf.docinfo.__setitem__("/Title", "Other"), id="the title of the file"),
        pytest.param(lambda pdf: pdf.pages.append(pdf.pages[0]), id="a second page"),
        pytest.param(lambda pdf: pdf.attachments.__setitem__("more.txt", b"more"), id="another attachment"),
    ],
)
def test_a_change_that_leaves_the_words_alone_is_found(
    world: Simulator, change: Callable[[pikepdf.Pdf], object]
) -> None:
    """What no text extractor sees, the seal sees."""
    report = examined(world, altered(certificate(award_in(world)), change))
    assert report.verdict is Verdict.ALTERED
    assert report.result_of(Check.APPEARANCE).reason is Reason.PAGE_CHANGED


def test_a_seal_of_another_certificate_does_not_fit(world: Simulator) -> None:
    """The seal of one learner's page does not cover another's, nor another badge of the same learner."""
    other = read_page_seal(certificate(award_in(world)))
    assert other is not None
    mine = embed_page_seal(certificate(award_in(world), is_sealed=False), other)
    assert appearance(world, mine).reason is Reason.PAGE_CHANGED


@pytest.mark.parametrize(
    "seal",
    [
        pytest.param("a.b.c", id="no token"),
        pytest.param("", id="empty"),
        pytest.param("eyJhbGciOiJub25lIn0.e30.", id="algorithm none"),
    ],
)
def test_a_broken_seal_counts_as_changed(world: Simulator, seal: str) -> None:
    """A seal that cannot be read is not the issuer's."""
    pdf = embed_page_seal(certificate(award_in(world), is_sealed=False), seal)
    assert appearance(world, pdf).reason is Reason.PAGE_CHANGED


def test_a_stranger_cannot_seal_for_the_issuer(world: Simulator) -> None:
    """The page seal must be made with a key of the issuer, and with the one for pages."""
    award = award_in(world)
    for signer in (MemorySigner.generate(Algorithm.P256), world.stranger().signers[Algorithm.P256]):
        assert appearance(world, certificate(award, signer=signer)).reason is Reason.PAGE_CHANGED


def test_pages_are_sealed_with_the_key_for_pages(world: Simulator) -> None:
    """The issuer's other key, the one for embedded proofs, does not seal pages."""
    award = award_in(world)
    pdf = certificate(award, is_sealed=False)
    claims = {
        "iss": award.provider.issuer_id,
        "sub": award.credential.id,
        "cred": award.sealed.digest,
        "page": drawing_digest(pdf),
        "iat": int(world.now.timestamp()),
    }
    parts = ({"alg": "EdDSA", "typ": PAGE_SEAL_TYPE}, claims)
    text = ".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
    signature = award.provider.signers[Algorithm.ED25519].sign(text.encode())
    sealed = embed_page_seal(pdf, f"{text}.{base64url_encode(signature)}")
    assert appearance(world, sealed).reason is Reason.PAGE_CHANGED


def test_a_page_sealed_before_a_key_change_stays_valid(world: Simulator) -> None:
    """After the issuer took new keys, certificates printed before still hold."""
    award = award_in(world)
    pdf = certificate(award)
    world.provider.take_new_keys()
    assert examined(world, pdf).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({"credential_id": "urn:uuid:another"}, id="another credential"),
        pytest.param({"issuer_id": "did:web:another.example"}, id="another issuer"),
        pytest.param({"sealed_digest": "0" * 64}, id="other signed bytes"),
    ],
)
def test_a_seal_names_its_credential(world: Simulator, claim: Mapping[str, str]) -> None:
    """The issuer's own seal over this very drawing does not help when it was made for another credential."""
    award = award_in(world)
    pdf = certificate(award, is_sealed=False)
    claims = {
        "credential_id": award.credential.id,
        "issuer_id": award.provider.issuer_id,
        "sealed_digest": award.sealed.digest,
        "drawing_digest": drawing_digest(pdf),
    }
    signer = award.provider.signers[Algorithm.P256]
    fitting = embed_page_seal(pdf, seal_page(**claims, signer=signer, created=world.now))
    assert examined(world, fitting).verdict is Verdict.VALID
    other = embed_page_seal(pdf, seal_page(**{**claims, **claim}, signer=signer, created=world.now))
    result = appearance(world, other)
    assert result.reason is Reason.PAGE_CHANGED
    assert "another badge" in result.detail


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({}, None, id="as it is"),
        pytest.param({"text": None}, Reason.PAGE_UNREADABLE, id="no text to compare"),
        pytest.param({"carries_record": False}, Reason.PAGE_NOT_SEALED, id="record from elsewhere"),
        pytest.param({"is_sound": False}, Reason.PAGE_CHANGED, id="repaired"),
        pytest.param({"drawing_digest": "0" * 64}, Reason.PAGE_CHANGED, id="other drawing"),
        pytest.param({"unverified_seal": None}, Reason.PAGE_NOT_SEALED, id="no seal"),
    ],
)
def test_each_part_of_a_page_counts(world: Simulator, change: Mapping[str, Any], reason: Reason | None) -> None:
    """A fitting seal, a sound file, text, and a record of its own: without any one of them the page is not green."""
    submission = take_in(certificate(award_in(world)), "certificate.pdf")
    assert isinstance(submission, Submission)
    assert submission.page is not None
    page = replace(submission.page, **change)
    report = verify(submission.unverified, world.policy, now=world.now, page=page)
    assert report.result_of(Check.APPEARANCE).reason is reason
    assert (report.verdict is Verdict.VALID) is (reason is None)


def test_a_repaired_file_is_not_the_issuers_file(world: Simulator) -> None:
    """A file that one reader must repair may look different in another, whatever its digest says."""
    submission = take_in(certificate(award_in(world)), "certificate.pdf")
    assert isinstance(submission, Submission)
    assert submission.page is not None
    assert submission.page.is_sound
    page = replace(submission.page, is_sound=False)
    report = verify(submission.unverified, world.policy, now=world.now, page=page)
    assert report.deciding.reason is Reason.PAGE_CHANGED
    assert "repairing" in report.deciding.detail


def test_a_foreign_layout_is_compared_as_far_as_it_goes(world: Simulator) -> None:
    """A page of another make need not show our lines; without name or title it is not this certificate."""
    award = world.award()
    plain = "<p>This certifies that Åsa Lindström completed High-Voltage Awareness on 2026-10-12.</p>"
    assert appearance(world, lay_out(plain, award.text)).reason is Reason.PAGE_NOT_SEALED
    wrong = plain.replace("Åsa", "Erik")
    result = appearance(world, lay_out(wrong, award.text))
    assert result.reason is Reason.PAGE_DIFFERS
    assert facts_of(result)["shown name"] == "Erik Lindström"
    assert "Erik Lindström" in result.detail


def test_a_page_without_text_is_not_compared(world: Simulator) -> None:
    """A page that is only a picture says nothing that could be compared."""
    award = world.award()
    assert appearance(world, lay_out("<p> </p>", award.text)).reason is Reason.PAGE_NOT_SEALED


def test_a_printed_copy_is_never_green(world: Simulator) -> None:
    """A PDF that lost its record but shows the QR code: the code leads to a valid record, the paper stays open."""
    award = award_in(world)
    world.override(LINK, award.text)
    copy = certificate(award, attached=None, is_sealed=False)
    found = examine(copy, "copy.pdf", world.policy, now=world.now)
    assert (found.carrier, found.link) == ("qr", LINK)
    assert found.report.verdict is Verdict.COULD_NOT_CHECK
    assert found.report.deciding.reason is Reason.PAGE_NOT_SEALED
    assert facts_of(found.report.deciding)["signed name"] == "Åsa Lindström"
    forged = certificate(award, attached=None, is_sealed=False, shown={"name": "Erik Lindström"})
    assert examined(world, forged).verdict is Verdict.ALTERED


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param("Dear Sir or Madam, my badge is behind this code.", Reason.PAGE_NOT_SEALED, id="letter"),
        pytest.param("High-Voltage Awareness: Erik Lindström", Reason.PAGE_DIFFERS, id="badge for another name"),
        pytest.param("High-Voltage Awareness: Åsa Lindström", Reason.PAGE_NOT_SEALED, id="badge for this name"),
    ],
)
def test_a_page_with_a_code_is_judged_when_it_names_the_badge(world: Simulator, words: str, reason: Reason) -> None:
    """A letter that shows a code need not name its holder; a page that names the badge must name the right one."""
    world.override(LINK, award_in(world).text)
    pdf = lay_out(f'<p>{words}</p><img alt="code" src="{picture(qr_picture(LINK))}">')
    assert appearance(world, pdf).reason is reason


def test_a_scan_is_never_green(world: Simulator) -> None:
    """A picture of a certificate: its code leads to the record, and nobody compared the picture."""
    award = award_in(world)
    world.override(LINK, award.text)
    scan = saved(drawn(certificate(award)), "JPEG")
    found = examine(scan, "scan.jpg", world.policy, now=world.now)
    assert (found.carrier, found.link) == ("qr", LINK)
    assert found.report.verdict is Verdict.COULD_NOT_CHECK
    assert found.report.deciding.reason is Reason.PAGE_NOT_SEALED
