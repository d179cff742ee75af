"""A credential inside a PNG: written as the standard says, read strictly."""

import zlib
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credentials.baking import LARGEST_IMAGE, LARGEST_TEXT, bake_png, unbake_png
from credentials.errors import CredentialError, MalformedImage, NoBakedCredential, TwoBakedCredentials

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


HEADER = chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0")
PIXELS = chunk(b"IDAT", zlib.compress(b"\0\0"))
END = chunk(b"IEND")
PICTURE = SIGNATURE + HEADER + PIXELS + END


def credential_chunk(text: bytes, *, keyword: bytes = b"openbadgecredential", flags: bytes = b"\0\0") -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + flags + b"\0\0" + text)


def test_the_chunk_is_written_to_the_byte_as_the_standard_says() -> None:
    """Uncompressed iTXt, no language, no translated keyword, between the header and the picture."""
    wanted = chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0" + TOKEN.encode())
    assert bake_png(PICTURE, TOKEN) == SIGNATURE + HEADER + wanted + PIXELS + END


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300))
@example(TOKEN)
@example('{"name": "Åsa Öberg"}')
@example("")
def test_what_was_baked_in_comes_out(text: str) -> None:
    """Every text that a chunk can hold comes back to the letter."""
    assert unbake_png(bake_png(PICTURE, text)) == text


def test_baking_again_replaces_the_credential() -> None:
    """A picture shows one credential: the last one baked in. Nothing else in the file changes."""
    other = chunk(b"tEXt", b"Author\0Demo")
    picture = SIGNATURE + HEADER + credential_chunk(b"old") + other + PIXELS + credential_chunk(b"older") + END
    baked = bake_png(picture, TOKEN)
    assert baked == SIGNATURE + HEADER + credential_chunk(TOKEN.encode()) + other + PIXELS + END
    assert bake_png(baked, TOKEN) == baked


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(SIGNATURE + HEADER + PIXELS + credential_chunk(b"x") + END, id="behind-the-picture"),
        pytest.param(SIGNATURE + HEADER + credential_chunk(b"x") + PIXELS + END + b"more", id="bytes-behind-the-end"),
        pytest.param(
            SIGNATURE + HEADER + chunk(b"iTXt", b"openbadgecredential\0\0\0en\0Ausweis\0x") + PIXELS + END,
            id="with-language-and-translated-keyword",
        ),
        pytest.param(
            SIGNATURE + HEADER + credential_chunk(b"y", keyword=b"openbadges") + credential_chunk(b"x") + PIXELS + END,
            id="beside-open-badges-2",
        ),
        pytest.param(
            SIGNATURE + HEADER + chunk(b"tEXt", b"openbadgecredential\0y") + credential_chunk(b"x") + PIXELS + END,
            id="beside-a-latin-1-text",
        ),
    ],
)
def test_the_credential_is_found_where_others_put_it(picture: bytes) -> None:
    """Its place in the file is free, other texts are not credentials."""
    assert unbake_png(picture) == "x"


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(PICTURE, id="plain-picture"),
        pytest.param(SIGNATURE + HEADER + chunk(b"tEXt", b"openbadgecredential\0x") + PIXELS + END, id="tEXt"),
        pytest.param(
            SIGNATURE + HEADER + chunk(b"zTXt", b"openbadgecredential\0\0" + zlib.compress(b"x")) + PIXELS + END,
            id="zTXt",
        ),
        pytest.param(SIGNATURE + HEADER + credential_chunk(b"x", keyword=b"openbadges") + PIXELS + END, id="version-2"),
        pytest.param(
            SIGNATURE + HEADER + credential_chunk(b"x", keyword=b"openbadgecredentials") + PIXELS + END, id="s"
        ),
        pytest.param(SIGNATURE + HEADER + PIXELS + END + credential_chunk(b"x"), id="behind-the-end"),
    ],
)
def test_a_picture_without_a_credential_has_none(picture: bytes) -> None:
    """Only iTXt with the keyword of Open Badges 3.0 counts."""
    with pytest.raises(NoBakedCredential):
        unbake_png(picture)


def test_two_credentials_are_no_credential() -> None:
    """A reader that took the first and one that took the last would see different badges."""
    with pytest.raises(TwoBakedCredentials):
        unbake_png(SIGNATURE + HEADER + credential_chunk(b"x") + PIXELS + credential_chunk(b"x") + END)


DAMAGED = bytearray(SIGNATURE + HEADER + credential_chunk(b"x") + PIXELS + END)
DAMAGED[65] ^= 1


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        pytest.param(b"", "not a PNG", id="nothing"),
        pytest.param(b"GIF89a" + PICTURE, "not a PNG", id="another-format"),
        pytest.param(SIGNATURE, "breaks off", id="signature-alone"),
        pytest.param(PICTURE[:-1], "breaks off", id="one-byte-short"),
        pytest.param(SIGNATURE + b"\xff\xff\xff\xff" + HEADER[4:], "breaks off", id="length-beyond-the-file"),
        pytest.param(bytes(DAMAGED), "damaged", id="wrong-checksum"),
        pytest.param(SIGNATURE + HEADER + chunk(b"i1Xt") + PIXELS + END, "damaged", id="chunk-type-not-letters"),
        pytest.param(SIGNATURE + PIXELS + END, "header", id="no-header"),
        pytest.param(SIGNATURE + HEADER + HEADER + PIXELS + END, "header", id="two-headers"),
        pytest.param(SIGNATURE + chunk(b"IHDR", b"\0" * 12) + PIXELS + END, "header", id="header-too-short"),
        pytest.param(SIGNATURE + HEADER + credential_chunk(b"x") + END, "no picture", id="no-picture"),
        pytest.param(
            SIGNATURE + HEADER + credential_chunk(zlib.compress(b"x"), flags=b"\1\0") + PIXELS + END,
            "compressed",
            id="compressed",
        ),
        pytest.param(SIGNATURE + HEADER + credential_chunk(b"\xff") + PIXELS + END, "not UTF-8", id="not-utf-8"),
        pytest.param(
            SIGNATURE + HEADER + chunk(b"iTXt", b"openbadgecredential\0\0\0x") + PIXELS + END,
            "incomplete",
            id="no-text-field",
        ),
        pytest.param(
            SIGNATURE + HEADER + credential_chunk(b"x" * (LARGEST_TEXT + 1)) + PIXELS + END,
            "longer",
            id="text-too-long",
        ),
        pytest.param(SIGNATURE + HEADER + chunk(b"tEXt") * 10_000 + PIXELS + END, "chunks", id="too-many-chunks"),
        pytest.param(PICTURE + bytes(LARGEST_IMAGE), "larger", id="too-large"),
    ],
)
def test_a_broken_picture_is_refused(picture: bytes, reason: str) -> None:
    """Every byte up to the end is accounted for, and everything is bounded."""
    with pytest.raises(MalformedImage, match=reason):
        unbake_png(picture)


def test_nothing_is_baked_into_a_broken_picture() -> None:
    """What would not be read is not written."""
    with pytest.raises(MalformedImage):
        bake_png(bytes(DAMAGED), TOKEN)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a\0b", "U\\+0000", id="zero-character"),
        pytest.param("\ud800", "surrogate", id="lone-surrogate"),
        pytest.param("x" * (LARGEST_TEXT + 1), "longer", id="too-long"),
    ],
)
def test_a_text_that_no_chunk_can_hold_is_not_baked(text: str, reason: str) -> None:
    """It would come out as another text, or not at all."""
    with pytest.raises(MalformedImage, match=reason):
        bake_png(PICTURE, text)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda junk: SIGNATURE + HEADER + junk + PIXELS + END))
def test_junk_raises_only_our_errors(junk: bytes) -> None:
    """Whatever file a stranger drops, nothing foreign comes out."""
    with suppress(CredentialError):
        unbake_png(junk)
