"""The certificate as a file: archivable, accessible, carrying its record, sealed as a whole, the same every time."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFont

from credentials.page_seal import open_page_seal
from credentials.sealed import Sealed, SecuringForm
from issuer.certificates.errors import ForeignResource
from issuer.certificates.face import CertificateFace
from issuer.certificates.fonts import SEMIBOLD, faces_for
from issuer.certificates.pdf import render_certificate
from issuer.certificates.press import print_page
from issuer.certificates.sheet import AttachedFile, Page
from tests.certificates import (
    SEALED_AT,
    Trainee,
    achievements,
    award,
    letters,
    look,
    page_signer,
    picture,
    printed,
    sealed,
    shown_text,
    specimen,
    trainees,
)
from tests.pdf_structure import elements, glyphs, problems
from verifier.pdf_digest import drawing_digest, read_page_seal

ARABIC = "محمد الحسيني"
SCRIPTS = [
    "Åsa Öberg", ARABIC, "سارة بن علي", "מרים כהן", "ნინო ჯავახიშვილი", "Đức Nguyễn Thị", "Ελένη Παπαδοπούλου",
    "Олена Ковальчук-Дем’яненко", "Noor Al-Ṣāliḥī", "علاء الدين الأمير", "مرتضى بختیاری", "עִבְרִית",
]  # fmt: skip


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def languages(pdf: bytes) -> dict[str, list[str]]:
    """The texts that are marked with a language of their own, by that language (from what is spelled out or drawn)."""
    with opened(pdf) as read:
        marked: dict[str, list[str]] = {}
        for element in elements(read):
            if "/Lang" in element:
                marked.setdefault(str(element.Lang), []).append(
                    str(element.get("/ActualText", element.get("/Alt", "")))
                )
        return marked


@pytest.mark.parametrize(
    ("code", "provider", "name"),
    [
        pytest.param("VLT-HV1", "vbk-goteborg", "Åsa Öberg", id="two languages"),
        pytest.param("PAS-TEAM", "mak-ostrava", ARABIC, id="right to left, no level"),
        pytest.param("VLT-TEST", "cfb-norte", "Đức Nguyễn Thị", id="letters of two glyphs"),
    ],
)
def test_the_file_is_archivable_and_accessible(code: str, provider: str, name: str) -> None:
    """PDF/A-3a and PDF/UA-1 in one file, after the seal was put in."""
    assert problems(printed(award(code, provider, name), look(code, provider))) == []


def test_the_checks_find_what_is_broken() -> None:
    """The check above is worth something: each thing it looks for is found when it is missing."""
    breakages: dict[str, Any] = {
        "no language": lambda pdf: pdf.Root.__delitem__("/Lang"),
        "no output intent": lambda pdf: pdf.Root.__delitem__("/OutputIntents"),
        "not marked": lambda pdf: pdf.Root.__delitem__("/MarkInfo"),
        "no structure tree": lambda pdf: pdf.Root.__delitem__("/StructTreeRoot"),
        "is not associated": lambda pdf: pdf.Root.__delitem__("/AF"),
        "PDF/A": lambda pdf: pdf.Root.__delitem__("/Metadata"),
        "outside of marked content": lambda pdf: pdf.pages[0].contents_add(b"0 0 9 9 re f"),
    }
    for expected, breakage in breakages.items():
        with opened(specimen()) as pdf:
            breakage(pdf)
            out = io.BytesIO()
            pdf.save(out, fix_metadata_version=False)
        assert any(expected in problem for problem in problems(out.getvalue())), expected


def test_another_reader_finds_no_fault(tmp_path: Path) -> None:
    """qpdf reads the file without a warning."""
    path = tmp_path / "certificate.pdf"
    path.write_bytes(specimen())
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_signed_record_lies_inside_byte_for_byte() -> None:
    """The attachment is exactly the sealed text, as source of the page, with its media type and its time."""
    text = sealed(award()).text
    with opened(specimen()) as pdf:
        assert list(pdf.attachments) == ["credential.json"]
        described: Any = pdf.Root.AF[0]
        assert described.AFRelationship == "/Source"
        assert described.EF.F.Subtype == "/application/vc"
        assert str(described.EF.F.Params.CreationDate) == "D:20261120094100Z"
        assert described.EF.F.read_bytes() == text.encode()


def test_a_token_can_be_attached_as_well() -> None:
    """The other securing form has another name and media type."""
    face = CertificateFace.of(award(), look())
    token = Sealed("eyJh.eyJi.c2ln", SecuringForm.VC_JWT)
    with opened(render_certificate(face, token, page_signer(), created=SEALED_AT)) as pdf:
        assert list(pdf.attachments) == ["credential.jwt"]
        described: Any = pdf.Root.AF[0]
        assert described.EF.F.Subtype == "/application/vc+jwt"
        assert problems(specimen()) == []


def test_the_seal_covers_page_and_record() -> None:
    """The issuer's key says for which credential, in which exact text, this drawing was made, and when."""
    credential = award()
    seal = open_page_seal(read_page_seal(specimen()) or "", [page_signer().public_key])
    assert (seal.credential_id, seal.issuer_id) == (credential.id, credential.issuer.id)
    assert seal.credential_digest == sealed(credential).digest
    assert seal.drawing_digest == drawing_digest(specimen())
    assert seal.created == SEALED_AT


def test_the_same_credential_gives_the_same_file() -> None:
    """No clock and no chance: printed again tomorrow, after other certificates, the bytes are the same."""
    first = printed(award(), look())
    printed(award("PAS-TEAM", "mak-ostrava", ARABIC), look("PAS-TEAM", "mak-ostrava"))
    assert printed(award(), look()) == first == specimen()


@pytest.mark.slow
def test_another_process_gives_the_same_file() -> None:
    """Neither hash seeds nor temporary paths get into the file."""
    code = "import hashlib, tests.certificates as c; print(hashlib.sha256(c.specimen()).hexdigest())"
    here = Path(__file__).parents[2]
    digests = set()
    for seed in ("1", "2"):
        settings = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(here)}
        run = subprocess.run(
            [sys.executable, "-c", code], env=settings, cwd=here, capture_output=True, text=True, check=True
        )
        digests.add(run.stdout)
    assert len(digests) == 1


def test_times_are_those_of_the_seal() -> None:
    """Created and modified when the credential was sealed, and the page says that day."""
    face = CertificateFace.of(award(), look())
    later = render_certificate(face, sealed(award()), page_signer(), created=SEALED_AT + timedelta(days=1))
    with opened(later) as pdf:
        assert str(pdf.docinfo["/CreationDate"]) == str(pdf.docinfo["/ModDate"]) == "D:20261121094100Z"
    assert "Sealed electronically 21 November 2026." in shown_text(later)
    assert later != specimen()


def test_the_title_names_award_and_person() -> None:
    """A window shows whose certificate it is; a specimen says so."""
    with opened(specimen()) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Grundläggande högspänningssäkerhet – Åsa Öberg (DEMO)"
        assert str(pdf.docinfo["/Author"]) == "Västsvenskt Batterikompetenscentrum (demo) AB"
        assert str(pdf.Root.Lang) == "sv"
    with opened(printed(award(), look(is_demo=False))) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Grundläggande högspänningssäkerhet – Åsa Öberg"
        assert str(pdf.docinfo["/Subject"]) == f"High-voltage safety awareness, {award().id}"


def test_demonstration_data_is_marked_on_the_page() -> None:
    """Nobody takes a specimen for an award."""
    assert "DEMO specimen. Invented person and provider, not an award." in shown_text(specimen())
    assert "DEMO" not in shown_text(printed(award(), look(is_demo=False)))


def test_the_page_claims_no_recognition() -> None:
    """What is not on record is not printed: the words do not occur."""
    text = shown_text(specimen()).lower()
    assert not any(word in text for word in ("recognised by", "accredit", "ackredit", "erkänd"))
    assert "level (stated by the provider)" in text


def test_the_funding_notice_is_on_every_certificate_of_the_programme() -> None:
    """Word for word, whatever the language of the page."""
    for code, provider in (("VLT-HV1", "ota-ostalb"), ("PAS-TEAM", "mak-ostrava")):
        notice = look(code, provider).programme.funding_notice or ""
        assert letters(notice) in letters(shown_text(printed(award(code, provider), look(code, provider))))


@pytest.mark.parametrize("dots_per_inch", [300, 150])
@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_the_code_reads_from_paper(dots_per_inch: int, mode: str) -> None:
    """Printed at 300 dpi or looked at on a screen, in colour, grey or black alone: the code is the signed link."""
    drawn = picture(specimen(), dots_per_inch).convert(mode).convert("L")
    (read,) = zxingcpp.read_barcodes(drawn)
    assert f"{read.text}.png" == (award().image.id if award().image else "")  # type: ignore[union-attr]


def test_nothing_stands_in_the_quiet_zone() -> None:
    """Four modules of white around the code, as every reader may expect."""
    scale = 10
    drawn = picture(specimen(), 254).convert("L")
    left, top, right, bottom = (round(side * scale) for side in (191.3, 105.3, 236.0, 149.8))
    frame = drawn.crop((left, top, right, bottom))
    frame.paste(255, (round(3.6 * scale), round(3.4 * scale), round(41.3 * scale), round(41.1 * scale)))
    assert frame.getextrema() == (255, 255)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_name_reads_back_in_every_script(name: str) -> None:
    """What PDFium finds on the page is the name that was signed, also where letters join, melt or come apart."""
    text = shown_text(printed(award(name=name), look()))
    assert letters(name) in letters(text)


@pytest.mark.slow
@pytest.mark.parametrize("trainee", trainees(), ids=lambda trainee: trainee.reference)
def test_every_learner_reads_back(trainee: Trainee, tmp_path: Path) -> None:
    """All sixty, in two engines, with their Latin forms; every file keeps its standards."""
    codes = sorted(achievements())
    code = codes[trainees().index(trainee) % len(codes)]
    pdf = printed(award(code, "cfb-norte", trainee.name, latin=trainee.latin), look(code, "cfb-norte"))
    assert problems(pdf) == []
    path = tmp_path / "certificate.pdf"
    path.write_bytes(pdf)
    other = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    for text in (shown_text(pdf), other.replace("\u202b", "").replace("\u202c", "")):
        assert letters(trainee.name) in letters(text)
        assert letters(trainee.latin or "") in letters(text)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_glyph_is_missing(name: str) -> None:
    """Glyph 0 is the empty box; PDF/A and PDF/UA forbid it, and so do we."""
    assert all(number != 0 for _, number in glyphs(printed(award(name=name), look())))


def test_words_that_run_from_right_to_left_are_drawn_as_outlines() -> None:
    """The eye sees shaped letters; the text over them is invisible and plain, and read aloud as the word."""
    with opened(printed(award(name=ARABIC), look())) as pdf:
        modes = [
            int(one.operands[0]) for one in pikepdf.parse_content_stream(pdf.pages[0]) if str(one.operator) == "Tr"
        ]
        spoken = [str(one.ActualText) for one in elements(pdf) if "/ActualText" in one]
    assert modes == [3, 0]
    assert spoken == [ARABIC]


def test_the_outlines_are_the_glyphs() -> None:
    """Drawn as paths the name looks as another renderer shapes it from the same face."""
    page = picture(printed(award(name=ARABIC), look()), 300).convert("L")
    left, top, right, bottom = (round(side / 25.4 * 300) for side in (14, 48, 190, 71))
    ours = page.crop((left, top, right, bottom)).point(lambda value: 255 if value < 128 else 0)
    (face,) = faces_for(ARABIC, SEMIBOLD)
    theirs = Image.new("L", (1600, 600))
    font = ImageFont.truetype(str(face.file), 36 * 300 / 72)
    ImageDraw.Draw(theirs).text((100, 100), ARABIC, 255, font=font, direction="rtl", language="ar")
    shapes = [image.crop(image.getbbox()) for image in (ours, theirs)]
    assert shapes[0].size == pytest.approx(shapes[1].size, abs=4)
    both = [image.resize(shapes[1].size).point(lambda value: 255 if value > 127 else 0) for image in shapes]
    different = ImageChops.difference(*both).histogram()[255]
    assert different / both[1].histogram()[255] < 0.15  # edges, where the two renderers round differently


def test_texts_are_marked_with_their_language() -> None:
    """A screen reader changes its voice for the English lines and for the name."""
    marked = languages(printed(award(name=ARABIC), look()))
    assert marked["ar"] == [ARABIC]
    assert len(marked["en"]) > 20
    assert set(marked) == {"ar", "en"}
    assert set(languages(printed(award(), look(languages=("en",))))) == set()


def test_pictures_are_described() -> None:
    """Badge, logo and code have words of their own, in the language of the page."""
    logo = io.BytesIO()
    Image.new("RGB", (80, 30), "#203040").save(logo, "PNG")
    pdf = printed(award(), look(logo=logo.getvalue()))
    assert problems(pdf) == []
    with opened(pdf) as read:
        described = [str(one.Alt) for one in elements(read) if one.get("/S") == "/Figure"]
        boxes = [[float(side) for side in one.A.BBox] for one in elements(read) if one.get("/S") == "/Figure"]
    link = award().image.id.removesuffix(".png") if award().image else ""  # type: ignore[union-attr]
    assert described == [
        "VOLTAGE-märket VLT-HV1: battericell laddad till nivå 3 av 8",
        "Logotyp: Västsvenskt Batterikompetenscentrum (demo) AB",
        f"QR-kod: {link}",
    ]
    assert all(0 < left < right < 842 and 0 < bottom < top < 596 for left, bottom, right, top in boxes)


def test_the_tree_reads_from_top_to_bottom() -> None:
    """One title, one heading, a list, a table with headings of rows, a link, in the order of the eye."""
    with opened(specimen()) as pdf:
        kinds = [str(one.S) for one in elements(pdf)]
    assert kinds.count("/H1") == kinds.count("/H2") == kinds.count("/Table") == kinds.count("/L") == 1
    assert kinds.count("/TR") == kinds.count("/TH") == kinds.count("/TD") == 7
    order = [kinds.index(kind) for kind in ("/H1", "/H2", "/L", "/Table", "/Figure", "/Link")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x.png",
        "https://example.com/x.png",
        "data:image/png;base64,AA",
        "x.png",
    ],
)
def test_nothing_is_loaded_from_elsewhere(address: str) -> None:
    """The press answers from its own table; a page that names another address is not printed at all."""
    page = Page(f'<html lang="en"><title>x</title><p><img src="{address}" alt="x"></p></html>', ())
    attached = AttachedFile("credential.json", "application/vc", "x", b"{}")
    with pytest.raises(ForeignResource):
        print_page(page, attached, created=SEALED_AT)


def test_markup_in_a_claim_is_text() -> None:
    """A name is shown as it was signed, whatever it looks like."""
    name = "<b>Åsa</b> & <img src=x>"
    pdf = printed(replace(award(name=name)), look())
    assert letters(name) in letters(shown_text(pdf))
    assert problems(pdf) == []


@pytest.mark.slow
def test_memory_does_not_grow() -> None:
    """A hundred and twenty certificates in one process take no more room than the first forty."""

    def resident() -> float:
        gc.collect()
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6

    shown, base = look(), 0.0
    for number in range(120):
        if number == 40:
            base = resident()
        printed(award(name=f"{trainees()[number % 60].name} {number}"), shown)
    assert resident() - base < 12


def test_the_press_is_not_loaded_with_the_program() -> None:
    """The layout engine takes longer to load than all the rest; a start, and every small command, goes without."""
    told = "import sys, issuer.app; sys.exit('weasyprint' in sys.modules)"
    subprocess.run([sys.executable, "-c", told], check=True)
