"""A credential inside a PNG (OB 3.0, Baked Badge): one iTXt chunk with the keyword ``openbadgecredential``.

The picture is not signed. A baked picture proves nothing about what it shows.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from credentials.errors import MalformedImage, NoBakedCredential, TwoBakedCredentials

LARGEST_IMAGE: Final = 20 * 1024 * 1024
LARGEST_TEXT: Final = 2 * 1024 * 1024
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORD: Final = b"openbadgecredential"
_MOST_CHUNKS: Final = 10_000
_HEADER_SIZE: Final = 13


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    data: bytes

    @property
    def is_credential(self) -> bool:
        return self.kind == b"iTXt" and self.data.startswith(_KEYWORD + b"\0")

    def to_bytes(self) -> bytes:
        checksum = zlib.crc32(self.kind + self.data)
        return len(self.data).to_bytes(4, "big") + self.kind + self.data + checksum.to_bytes(4, "big")


def bake_png(png: bytes, text: str) -> bytes:
    """Write the sealed text into the PNG, before the picture itself; a credential that is already there is replaced.

    Raises MalformedImage: the bytes are no PNG or are too large, the text is too long or holds U+0000.
    """
    data = encode_text(text)
    chunks = [chunk for chunk in _read_chunks(png) if not chunk.is_credential]
    # Uncompressed (two zero bytes), without language and translated keyword (two more).
    chunks.insert(1, _Chunk(b"iTXt", _KEYWORD + b"\0\0\0\0\0" + data))
    return _SIGNATURE + b"".join(chunk.to_bytes() for chunk in chunks)


def unbake_png(png: bytes) -> str:
    """Read the sealed text; nothing is verified.

    Raises MalformedImage, NoBakedCredential or TwoBakedCredentials. Other text chunks (tEXt, zTXt) and the keyword of
    Open Badges 2.0 are passed over.
    """
    texts = [_read_text(chunk.data) for chunk in _read_chunks(png) if chunk.is_credential]
    if not texts:
        raise NoBakedCredential
    if len(texts) > 1:
        raise TwoBakedCredentials
    return texts[0]


def encode_text(text: str) -> bytes:
    """The text as UTF-8, within the limit; raises MalformedImage."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise MalformedImage("the text holds half of a surrogate pair") from exc
    if b"\0" in data:
        raise MalformedImage("the text holds U+0000, which no image can carry")
    if len(data) > LARGEST_TEXT:
        raise MalformedImage(f"the text is longer than {LARGEST_TEXT} bytes")
    return data


def _read_chunks(png: bytes) -> list[_Chunk]:
    """The chunks from IHDR to IEND, each with a right checksum; what follows IEND is not part of the picture."""
    if len(png) > LARGEST_IMAGE:
        raise MalformedImage(f"the image is larger than {LARGEST_IMAGE} bytes")
    if not png.startswith(_SIGNATURE):
        raise MalformedImage("not a PNG")
    position = len(_SIGNATURE)
    chunks: list[_Chunk] = []
    while not chunks or chunks[-1].kind != b"IEND":
        if len(chunks) == _MOST_CHUNKS:
            raise MalformedImage(f"the PNG has more than {_MOST_CHUNKS} chunks")
        chunk = _read_chunk(png, position)
        chunks.append(chunk)
        position += 12 + len(chunk.data)
    kinds = [chunk.kind for chunk in chunks]
    if kinds[0] != b"IHDR" or kinds.count(b"IHDR") != 1 or len(chunks[0].data) != _HEADER_SIZE:
        raise MalformedImage("the PNG does not start with one header chunk")
    if b"IDAT" not in kinds:
        raise MalformedImage("the PNG holds no picture")
    return chunks


def _read_chunk(png: bytes, position: int) -> _Chunk:
    length = int.from_bytes(png[position : position + 4], "big")
    end = position + 12 + length
    if position + 12 > len(png) or end > len(png):
        raise MalformedImage("the PNG breaks off")
    chunk = _Chunk(png[position + 4 : position + 8], png[position + 8 : end - 4])
    if not chunk.kind.isalpha() or zlib.crc32(png[position + 4 : end - 4]) != int.from_bytes(png[end - 4 : end], "big"):
        raise MalformedImage("a chunk of the PNG is damaged")
    return chunk


def _read_text(data: bytes) -> str:
    """The text of an iTXt chunk: keyword, compression, language and translated keyword stand before it."""
    flags_and_rest = data[len(_KEYWORD) + 1 :]
    if flags_and_rest[:2] != b"\0\0":
        raise MalformedImage("the credential is compressed, which Open Badges forbids")
    parts = flags_and_rest[2:].split(b"\0", 2)
    if len(parts) != 3:
        raise MalformedImage("the text chunk of the credential is incomplete")
    if len(parts[2]) > LARGEST_TEXT:
        raise MalformedImage(f"the text is longer than {LARGEST_TEXT} bytes")
    try:
        return parts[2].decode("utf-8")
    except UnicodeDecodeError as exc:
        raise MalformedImage("the text of the credential is not UTF-8") from exc
