"""What the drawing digest notices, and what it must not notice."""

from __future__ import annotations

import contextlib
import io
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.papers import PICTURE, altered, lay_out, write_pdf
from verifier.errors import Unreadable
from verifier.limits import Limits
from verifier.pdf_digest import drawing_digest, embed_page_seal, inflated_length, read_page_seal

BODY = (
    f'<h1>Battery safety</h1><p class=name>Åsa Öberg</p><img alt=seal src="{PICTURE}"><a href="https://a.example">a</a>'
)


def paper() -> bytes:
    return lay_out(BODY, '{"type": "AchievementCredential"}')


def saved_by_qpdf(pdf: bytes, folder: Path, *options: str) -> bytes:
    source, target = folder / "in.pdf", folder / "out.pdf"
    source.write_bytes(pdf)
    subprocess.run(["qpdf", *options, str(source), str(target)], check=True)
    return target.read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="renumbered"),
        pytest.param(["--linearize"], id="linearised"),
        pytest.param(["--object-streams=disable", "--stream-data=uncompress"], id="uncompressed"),
        pytest.param(["--object-streams=generate", "--recompress-flate"], id="recompressed"),
        pytest.param(["--deterministic-id"], id="other file identifier"),
    ],
)
def test_saving_again_keeps_the_digest(tmp_path: Path, options: list[str]) -> None:
    """A file that says the same has the same digest, however it is stored."""
    assert drawing_digest(saved_by_qpdf(paper(), tmp_path, *options)) == drawing_digest(paper())


def test_inherited_page_attributes_count_where_they_apply(tmp_path: Path) -> None:
    """Linearising moves what the page tree holds for its pages into the pages; the digest does not see it."""
    page = b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>"
    shared = b"/MediaBox [0 0 100 100.50] /Rotate 90 /Resources << /A << >> >>"
    pages = b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 %b >>" % shared
    content = b"<< /Length 6 >>\nstream\n0 0 m \nendstream"
    pdf = write_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, page, content])
    digest = drawing_digest(pdf)
    assert drawing_digest(saved_by_qpdf(pdf, tmp_path, "--linearize")) == digest
    assert drawing_digest(pdf.replace(b"/Rotate 90", b"/Rotate 00")) != digest


def change_content(pdf: pikepdf.Pdf) -> None:
    contents = pdf.pages[0].Contents
    contents.write(contents.read_bytes() + b" ")


def change_font(pdf: pikepdf.Pdf) -> None:
    font = next(item for item in pdf.objects if isinstance(item, pikepdf.Stream) and "/Length1" in item)
    font.write(font.read_bytes()[:-1] + b"\x01")


def change_image(pdf: pikepdf.Pdf) -> None:
    image = next(item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image")
    image.write(bytes(reversed(image.read_bytes())))


def change_alternative_text(pdf: pikepdf.Pdf) -> None:
    figure = next(item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/Alt" in item)
    figure.Alt = pikepdf.String("another text for a screen reader")


def add_annotation(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 100, 100])
    pdf.pages[0].Annots.append(pdf.make_indirect(note))


def move_link(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Annots[0].A.URI = pikepdf.String("https://b.example")


def change_attachment(pdf: pikepdf.Pdf) -> None:
    file = pdf.Root.Names.EmbeddedFiles.Names[1].EF.F
    file.write(file.read_bytes() + b" ")


def hide_by_layer(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array(), D=pikepdf.Dictionary(BaseState=pikepdf.Name.OFF))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change_content, id="content stream"),
        pytest.param(change_font, id="font program"),
        pytest.param(change_image, id="image"),
        pytest.param(add_annotation, id="annotation laid over the page"),
        pytest.param(move_link, id="target of a link"),
        pytest.param(change_alternative_text, id="alternative text"),
        pytest.param(change_attachment, id="attachment"),
        pytest.param(hide_by_layer, id="optional content"),
        pytest.param(lambda pdf: pdf.pages[0].__setitem__("/CropBox", [0, 0, 50, 50]), id="page box"),
        pytest.param(lambda pdf: pdf.Root.Metadata.write(b"<x/>"), id="metadata"),
        pytest.param(lambda pdf: pdf.docinfo.__setitem__("/Title", "Another"), id="document information"),
        pytest.param(lambda pdf: pdf.Root.__setitem__("/Lang", pikepdf.String("sv")), id="language"),
        pytest.param(lambda pdf: pdf.pages.append(pdf.pages[0]), id="one more page"),
        pytest.param(
            lambda pdf: pdf.Root.__setitem__("/PieceInfo", pikepdf.Dictionary(X=1)), id="foreign piece of data"
        ),
    ],
)
def test_any_change_changes_the_digest(change: Callable[[pikepdf.Pdf], object]) -> None:
    """Whatever a reader, a screen reader or a program can get from the file is covered."""
    assert drawing_digest(altered(paper(), change)) != drawing_digest(paper())


def test_the_seal_lies_outside_what_it_seals() -> None:
    """Embedding the seal keeps the digest, and the seal is read back as it was given, after saving again too."""
    sealed = embed_page_seal(paper(), "head.claims.signature")
    assert drawing_digest(sealed) == drawing_digest(paper())
    assert read_page_seal(sealed) == read_page_seal(altered(sealed, lambda pdf: None)) == "head.claims.signature"
    assert read_page_seal(paper()) is None


def test_embedding_is_deterministic_and_keeps_the_metadata() -> None:
    """The same document and seal give the same bytes; the metadata that declares PDF/A is not rewritten."""
    sealed = embed_page_seal(paper(), "a.b.c")
    assert sealed == embed_page_seal(paper(), "a.b.c")
    with pikepdf.open(io.BytesIO(sealed)) as after, pikepdf.open(io.BytesIO(paper())) as before:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()


def test_a_seal_beside_foreign_data_leaves_that_data_covered() -> None:
    """Only our own entry is left out of PieceInfo; another program's entry still counts."""
    with_foreign = altered(
        paper(), lambda pdf: pdf.Root.__setitem__("/PieceInfo", pikepdf.Dictionary(Other=pikepdf.Dictionary(Private=1)))
    )
    assert drawing_digest(embed_page_seal(with_foreign, "a.b.c")) == drawing_digest(with_foreign)


def test_lossy_images_count_as_stored() -> None:
    """A JPEG is not decoded for the digest: its stored bytes and the names of its filters are what counts."""
    image = b"<< /Subtype /Image /Filter %b /Length 4 >>\nstream\nJFIF\nendstream"
    catalog, pages = b"<< /Type /Catalog /Pages 2 0 R /X 3 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"
    first, second = (write_pdf([catalog, pages, image % name]) for name in (b"/DCTDecode", b"/JPXDecode"))
    assert drawing_digest(first) != drawing_digest(second)


def test_shared_and_circular_objects_are_walked_once() -> None:
    """A graph with circles ends, and tells sharing one object from holding two equal ones."""
    pages = b"<< /Type /Pages /Kids [] /Count 0 >>"
    circle = [b"<< /Type /Catalog /Pages 2 0 R /A 3 0 R >>", pages, b"<< /B 4 0 R >>", b"<< /B 3 0 R >>"]
    assert len(drawing_digest(write_pdf(circle))) == 64
    shared = [b"<< /Type /Catalog /Pages 2 0 R /A 3 0 R /B 3 0 R >>", pages, b"<< /C 1 >>", b"<< /C 1 >>"]
    twice = [shared[0].replace(b"/B 3", b"/B 4"), *shared[1:]]
    assert drawing_digest(write_pdf(shared)) != drawing_digest(write_pdf(twice))


def test_numbers_count_by_value() -> None:
    """1, 1.0 and 01 are one number; another number is another digest."""
    body = [b"<< /Type /Catalog /Pages 2 0 R /N [%b] /M %b >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]

    def digest(number: bytes) -> str:
        return drawing_digest(write_pdf([body[0] % (number, number), body[1]]))

    assert digest(b"1") == digest(b"1.0") == digest(b"01")
    assert digest(b"1") != digest(b"1.01")


def test_a_bomb_is_refused_before_it_expands() -> None:
    """A stream that would expand beyond the limit is refused; nothing larger than a piece is ever held."""
    bomb = altered(paper(), lambda pdf: pdf.pages[0].Contents.write(b" " * 3_000_000))
    with pytest.raises(Unreadable) as caught:
        drawing_digest(bomb, limits=Limits(stream_bytes=1_000_000))
    assert caught.value.code == "too_complex"
    with pytest.raises(Unreadable) as caught:
        drawing_digest(paper(), limits=Limits(pdf_objects=10))
    assert caught.value.code == "too_complex"


def test_inflated_length_stops_at_the_limit() -> None:
    """The length of deflated data is known without holding it; broken data ends where it breaks."""
    packed = zlib.compress(bytes(5_000_000))
    assert inflated_length(packed, 5_000_000) == 5_000_000
    assert inflated_length(packed, 4_999_999) is None
    assert inflated_length(b"not deflated", 10) == 0


def test_locked_and_broken_files_are_unreadable() -> None:
    """A password or damage is told apart, with a remedy."""
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper())) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="test", user="test"))
    with pytest.raises(Unreadable) as caught:
        drawing_digest(locked.getvalue())
    assert caught.value.code == "encrypted"
    with pytest.raises(Unreadable) as caught:
        drawing_digest(b"%PDF-1.7 nothing")
    assert caught.value.code == "malformed"


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=1_000_000), st.binary(min_size=1, max_size=12))
def test_mutated_files_give_a_digest_or_are_unreadable(place: int, inserted: bytes) -> None:
    """Nothing but our own error comes out of a file with arbitrary bytes in arbitrary places."""
    pdf = paper()
    cut = place % len(pdf)
    with contextlib.suppress(Unreadable):
        assert len(drawing_digest(pdf[:cut] + inserted + pdf[cut + len(inserted) :])) == 64


@pytest.mark.timeout(60)
def test_a_large_document_is_digested() -> None:
    """The digest of about a thousand objects is cheap enough to be taken for every certificate."""
    pdf = lay_out("".join(f"<p>Line <em>{number}</em></p>" for number in range(240)))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.objects) > 900
    drawing_digest(pdf)
