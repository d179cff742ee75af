"""What is it, and where in it is the credential? One answer per file, or one sentence and a remedy."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from credentials.baking import bake_png
from credentials.baking_svg import bake_svg
from keys.algorithm import Algorithm
from tests.hostile import CATALOG, PAGE, PAGES, deflated_zeros, stream
from tests.papers import altered, certificate, lay_out, qr_picture, saved, write_pdf
from tests.simulator import BASE, Simulator
from verifier.errors import Unreadable
from verifier.intake import Carrier, Link, Submission, take_in, take_in_text
from verifier.limits import Limits

WORLD = Simulator()
JSON = WORLD.award().text
TOKEN = WORLD.award(Algorithm.P256).text
SPEAKS_OF_PDF = WORLD.award(name="How to read %PDF-1.7").text
LINK = f"{BASE}/v/k7Qm2xV9pRtA4sZc8LwNeB"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'


PNG = saved(Image.new("L", (40, 40)))


def locked(pdf: bytes, user: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, encryption=pikepdf.Encryption(owner="test-owner", user=user))
    return out.getvalue()


def attach(pdf: bytes, name: str, content: bytes, media_type: str = "application/octet-stream") -> bytes:
    def change(opened: pikepdf.Pdf) -> None:
        opened.attachments[name] = pikepdf.AttachedFileSpec(opened, content, filename=name, mime_type=media_type)

    return altered(pdf, change)


def codes(*texts: str) -> bytes:
    images = [qr_picture(text) for text in texts]
    sheet = Image.new("L", (sum(image.width for image in images), max(image.height for image in images)), 255)
    for number, image in enumerate(images):
        sheet.paste(image, (sum(other.width for other in images[:number]), 0))
    return saved(sheet)


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "carrier", "text"),
    [
        pytest.param(lambda: JSON.encode(), Carrier.JSON, JSON, id="JSON"),
        pytest.param(lambda: b"\xef\xbb\xbf" + JSON.encode(), Carrier.JSON, JSON, id="JSON with byte order mark"),
        pytest.param(lambda: SPEAKS_OF_PDF.encode(), Carrier.JSON, SPEAKS_OF_PDF, id="JSON that speaks of PDF"),
        pytest.param(lambda: b"\n " + TOKEN.encode() + b"\r\n", Carrier.JWT, TOKEN, id="token"),
        pytest.param(lambda: bake_png(PNG, JSON), Carrier.PNG, JSON, id="PNG with JSON"),
        pytest.param(lambda: bake_png(PNG, TOKEN), Carrier.PNG, TOKEN, id="PNG with token"),
        pytest.param(lambda: bake_svg(SVG, JSON), Carrier.SVG, JSON, id="SVG with JSON"),
        pytest.param(lambda: bake_svg(SVG, TOKEN), Carrier.SVG, TOKEN, id="SVG with token"),
        pytest.param(lambda: lay_out("<p>a</p>", JSON), Carrier.PDF, JSON, id="PDF with JSON"),
        pytest.param(lambda: lay_out("<p>a</p>", TOKEN), Carrier.PDF, TOKEN, id="PDF with token"),
        pytest.param(lambda: b"junk\n" + lay_out("<p>a</p>", JSON), Carrier.PDF, JSON, id="PDF after junk"),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>"), "x.bin", JSON.encode()), Carrier.PDF, JSON, id="attachment by any name"
        ),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>", JSON), "terms.json", b'{"a": 1}'),
            Carrier.PDF,
            JSON,
            id="beside other JSON",
        ),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>", JSON), "copy.json", JSON.encode()),
            Carrier.PDF,
            JSON,
            id="the same twice",
        ),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>", JSON), "film.mp4", bytes(3_000_000)),
            Carrier.PDF,
            JSON,
            id="beside a large file",
        ),
    ],
)
def test_the_credential_is_found(made: Callable[[], bytes], carrier: Carrier, text: str) -> None:
    """The content decides what it is, and the sealed text comes out as it went in."""
    data = made()
    found = take_in(data, "file")
    assert isinstance(found, Submission)
    assert (found.carrier, found.unverified.text) == (carrier, text)
    assert (found.page is not None) is (carrier is Carrier.PDF)
    assert found.size == len(data)


@pytest.mark.parametrize(
    ("made", "carrier"),
    [
        pytest.param(lambda: LINK.encode() + b"\n", Carrier.LINK, id="text file"),
        pytest.param(lambda: saved(qr_picture(LINK)), Carrier.QR, id="PNG of a QR code"),
        pytest.param(lambda: saved(qr_picture(LINK).rotate(90), "JPEG"), Carrier.QR, id="rotated JPEG"),
        pytest.param(lambda: codes(LINK, LINK), Carrier.QR, id="the same code twice"),
        pytest.param(lambda: codes(LINK, "Gate 4"), Carrier.QR, id="beside another code"),
        pytest.param(
            lambda: certificate(WORLD.award(image={"id": f"{LINK}.png", "type": "Image"}), attached=None),
            Carrier.QR,
            id="PDF that lost its record",
        ),
    ],
)
def test_a_link_is_found(made: Callable[[], bytes], carrier: Carrier) -> None:
    """A link is handed on to be followed; what shows a QR code is a paper that was not compared."""
    found = take_in(made(), "file")
    assert isinstance(found, Link)
    assert (found.url, found.carrier) == (LINK, carrier)
    if carrier is Carrier.QR:
        assert found.page is not None
        assert not found.page.carries_record


def test_a_small_credential_is_read_from_a_code() -> None:
    """A QR code can hold the whole token."""
    found = take_in(saved(qr_picture(TOKEN)), "photo.png")
    assert isinstance(found, Submission)
    assert (found.carrier, found.unverified.text) == (Carrier.QR, TOKEN)


def test_pasted_text_is_taken_in() -> None:
    """JSON, a token broken by a mail program, and a link can be pasted."""
    broken = "\n".join(TOKEN[start : start + 76] for start in range(0, len(TOKEN), 76))
    for text, carrier in ((JSON, Carrier.JSON), (broken, Carrier.JWT), (f"  {LINK} ", Carrier.LINK)):
        found = take_in_text(text)
        assert found.carrier is carrier
        assert found.name == (LINK if carrier is Carrier.LINK else "pasted text")


@pytest.mark.parametrize(
    ("name", "made", "note"),
    [
        pytest.param(
            "badge.png", lambda: JSON.encode(), "Its name ends in .png, but it is JSON.", id="JSON as picture"
        ),
        pytest.param(
            "badge.pdf", lambda: bake_png(PNG, JSON), "Its name ends in .pdf, but it is a picture.", id="PNG as PDF"
        ),
        pytest.param(
            "x.json", lambda: lay_out("<p>a</p>", JSON), "Its name ends in .json, but it is a PDF file.", id="PDF"
        ),
        pytest.param("x.JSON", lambda: TOKEN.encode(), "Its name ends in .json, but it is a signed token.", id="token"),
        pytest.param("x.json", lambda: JSON.encode(), None, id="right name"),
        pytest.param("x.PDF", lambda: lay_out("<p>a</p>", JSON), None, id="right name in capitals"),
        pytest.param("Dr. Åsa", lambda: JSON.encode(), None, id="no ending"),
    ],
)
def test_a_misleading_name_is_noted(name: str, made: Callable[[], bytes], note: str | None) -> None:
    """A file whose name says something else is examined all the same, and the remark is kept."""
    assert take_in(made(), name).notes == ((note,) if note else ())


def two_records() -> bytes:
    return attach(lay_out("<p>a</p>", JSON), "b.jwt", TOKEN.encode())


def lost_table() -> bytes:
    head = lay_out("<p>a</p>", JSON).rpartition(b"startxref")[0]
    return head + b"startxref\n7\n%%EOF\n"


NOT_A_CREDENTIAL = json.dumps({"type": ["VerifiableCredential"]})


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(lambda: b"", "no_credential", id="empty"),
        pytest.param(lambda: b" \n\t ", "no_credential", id="only spaces"),
        pytest.param(lambda: b"%PDF-1.7" + bytes(21 * 1024 * 1024), "too_large", id="too large"),
        pytest.param(lambda: b"{" + b" " * (2 * 1024 * 1024) + b"}", "too_large", id="text too large"),
        pytest.param(lambda: b'{"a":' * 500 + b"1" + b"}" * 500, "too_complex", id="nested too deeply"),
        pytest.param(lambda: b'{"a": 1, "a": 2}', "duplicate_member", id="member twice"),
        pytest.param(lambda: b"[1, 2]", "malformed", id="JSON array"),
        pytest.param(lambda: b'{"a": 1}', "malformed", id="JSON without proof"),
        pytest.param(lambda: JSON[:-40].encode(), "malformed", id="JSON cut short"),
        pytest.param(lambda: TOKEN[:-90].encode() + b".x", "unsupported_format", id="token cut short"),
        pytest.param(
            lambda: TOKEN.replace(TOKEN[:8], "eyJhbGci!", 1).encode(), "unsupported_format", id="token with junk"
        ),
        pytest.param(lambda: b"hello", "unsupported_format", id="some text"),
        pytest.param(lambda: "héllo".encode("utf-16"), "unsupported_format", id="UTF-16"),
        pytest.param(lambda: bytes(range(256)) * 4, "unsupported_format", id="some bytes"),
        pytest.param(lambda: gzip.compress(JSON.encode()), "unsupported_format", id="gzip"),
        pytest.param(lambda: archive(a=JSON.encode()), "unsupported_format", id="archive"),
        pytest.param(lambda: archive(a=lay_out("<p>a</p>", JSON)), "unsupported_format", id="archive of a PDF"),
        pytest.param(lambda: b"<!DOCTYPE html><html></html>", "unsupported_format", id="web page"),
        pytest.param(lambda: b"<?xml version='1.0'?><a/>", "unsupported_format", id="other XML"),
        pytest.param(lambda: b"ftp://files.example/x.json", "unsupported_format", id="other link"),
        pytest.param(lambda: b"GIF89a" + bytes(50), "unsupported_format", id="GIF"),
        pytest.param(lambda: SVG, "no_credential", id="SVG without credential"),
        pytest.param(lambda: bake_svg(SVG, JSON).replace(b"</svg>", b""), "malformed", id="SVG cut short"),
        pytest.param(lambda: bake_png(PNG, JSON)[:-30], "malformed", id="PNG cut short"),
        pytest.param(lambda: bake_png(PNG, NOT_A_CREDENTIAL), "malformed", id="PNG with something else"),
        pytest.param(lambda: PNG, "no_credential", id="PNG without credential and code"),
        pytest.param(lambda: saved(Image.new("RGB", (90, 90)), "JPEG"), "no_credential", id="JPEG without code"),
        pytest.param(lambda: saved(qr_picture("just text")), "no_credential", id="code with other text"),
        pytest.param(lambda: codes(LINK, LINK + "x"), "several_credentials", id="two codes"),
        pytest.param(lambda: lay_out("<p>a</p>", JSON)[:-900], "malformed", id="PDF cut short"),
        pytest.param(lost_table, "malformed", id="PDF that must be put together again"),
        pytest.param(lambda: b"%PDF-1.7\n%%EOF", "malformed", id="PDF without objects"),
        pytest.param(lambda: locked(lay_out("<p>a</p>", JSON), "test-user"), "encrypted", id="PDF with password"),
        pytest.param(lambda: locked(lay_out("<p>a</p>", JSON), ""), "encrypted", id="PDF encrypted without password"),
        pytest.param(lambda: lay_out("<p>a</p>"), "no_credential", id="PDF without credential"),
        pytest.param(lambda: lay_out("<p>a</p>", '{"a": 1}'), "malformed", id="PDF with other JSON"),
        pytest.param(two_records, "several_credentials", id="PDF with two"),
        pytest.param(lambda: lay_out("<p>a</p>", NOT_A_CREDENTIAL), "malformed", id="PDF with broken credential"),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>"), "c.json", b" " * 2_200_000 + JSON.encode()),
            "too_large",
            id="large attachment",
        ),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>"), "c.json", bytes(30_000_000)), "too_complex", id="bomb attached"
        ),
        pytest.param(
            lambda: attach(lay_out("<p>a</p>"), "c.json", b'{"\xff'), "malformed", id="attachment in no encoding"
        ),
    ],
)
def test_a_bad_input_is_told_plainly(made: Callable[[], bytes], code: str) -> None:
    """Each way to be unreadable has its code, a sentence and a remedy."""
    with pytest.raises(Unreadable) as caught:
        take_in(made(), "file")
    assert caught.value.code == code
    assert caught.value.reason.endswith(".")
    assert caught.value.remedy.endswith(".")
    assert str(caught.value) == f"{caught.value.reason} {caught.value.remedy}"


def test_too_many_attachments_are_refused() -> None:
    """A PDF is searched for its record, not for ever."""
    pdf = lay_out("<p>a</p>")
    for number in range(4):
        pdf = attach(pdf, f"{number}.txt", b"text %d" % number)
    with pytest.raises(Unreadable) as caught:
        take_in(pdf, "file", limits=Limits(pdf_attachments=3))
    assert caught.value.code == "too_complex"


def test_a_damaged_attachment_is_named() -> None:
    """The sentence names the attached file that is damaged; its name cannot smuggle control characters."""
    pdf = attach(lay_out("<p>a</p>"), "credential.json", JSON.encode())

    def change(opened: pikepdf.Pdf) -> None:
        described = opened.Root.Names.EmbeddedFiles.Names[1]
        described.UF = pikepdf.String("cred\x1b[31mential.json")
        file = described.EF.F
        file.write(deflated_zeros(1_000_000)[:-20], filter=pikepdf.Name.FlateDecode)

    with pytest.raises(Unreadable) as caught:
        take_in(altered(pdf, change), "file")
    assert caught.value.code == "malformed"
    assert "“cred�[31mential.json”" in caught.value.reason


def test_a_repaired_file_is_told_from_a_sound_one() -> None:
    """A dictionary that says one thing twice is read, and remembered as not sound."""
    page = PAGE % b"<< >>"
    for entry, is_sound in ((b"/A 1", True), (b"/A 1 /A 2", False)):
        attached = stream(b"/Type /EmbeddedFile", JSON.encode())
        described = b"<< /Type /Filespec /F (c.json) /EF << /F 6 0 R >> %b >>" % entry
        catalog = CATALOG[:-2] + b"/AF [5 0 R] >>"
        found = take_in(write_pdf([catalog, PAGES, page, stream(b"", b"0 0 m"), described, attached]), "file")
        assert isinstance(found, Submission)
        assert found.page is not None
        assert found.page.is_sound is is_sound


@pytest.mark.parametrize(
    ("change", "is_sound"),
    [
        pytest.param(lambda pdf: pdf, True, id="as it is"),
        pytest.param(lambda pdf: b"\n" + pdf, False, id="something before the head"),
        pytest.param(
            lambda pdf: pdf + b"\n% /XRefStm 9\n" + pdf[pdf.rindex(b"startxref") :], False, id="hidden objects"
        ),
    ],
)
def test_a_file_with_two_meanings_is_not_sound(change: Callable[[bytes], bytes], is_sound: bool) -> None:
    """Where readers could find different objects in one file, the issuer's seal of one of them says nothing."""
    found = take_in(change(lay_out("<p>a</p>", JSON)), "file")
    assert isinstance(found, Submission)
    assert found.page is not None
    assert found.page.is_sound is is_sound


SEEDS: list[Callable[[], bytes]] = [
    lambda: JSON.encode(),
    lambda: TOKEN.encode(),
    lambda: bake_png(PNG, JSON),
    lambda: bake_svg(SVG, JSON),
    lambda: lay_out("<p>a</p>", JSON),
    lambda: saved(qr_picture(LINK)),
    lambda: saved(qr_picture(LINK), "JPEG"),
    lambda: saved(qr_picture(LINK), "WEBP"),
    lambda: b"%PDF-1.7 nothing",
]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.sampled_from(SEEDS),
    places=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 9)), max_size=4),
    end=st.none() | st.floats(0, 1),
)
def test_mutated_files_never_break_the_intake(
    seed: Callable[[], bytes], places: list[tuple[float, bytes, int]], end: float | None
) -> None:
    """Bytes changed, put in, left out or cut off anywhere: a submission, a link, or Unreadable."""
    data = seed()
    for share, inserted, left_out in places:
        place = int(share * len(data))
        data = data[:place] + inserted + data[place + left_out :]
    with contextlib.suppress(Unreadable):
        assert isinstance(take_in(data[: int(end * len(data))] if end is not None else data, "file"), Submission | Link)


HEADS = [
    b"",
    b"%PDF-1.7\n",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"RIFF",
    b"{",
    b"<svg ",
    b"eyJ",
    b"PK\x03\x04",
]


@settings(max_examples=100, deadline=None)
@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=300))
def test_arbitrary_bytes_never_break_the_intake(head: bytes, rest: bytes) -> None:
    """Whatever starts like a known format and goes on anyhow."""
    with contextlib.suppress(Unreadable):
        assert isinstance(take_in(head + rest, "file"), Submission | Link)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300) | st.from_regex(r"[\[{\"<a-z:/.]{0,40}"))
def test_arbitrary_text_never_breaks_the_intake(text: str) -> None:
    """Pasted text may be anything, half a surrogate pair included."""
    with contextlib.suppress(Unreadable):
        assert isinstance(take_in_text(text), Submission | Link)
