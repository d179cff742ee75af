"""What `make fuzz` once found: inputs that made something else than a verdict or an error of ours."""

from __future__ import annotations

import zlib

import pytest

from verifier.errors import Unreadable
from verifier.intake import take_in
from verifier.reasons import Reason


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_a_picture_too_tall_for_the_memory() -> None:
    """3 times 13 million pixels in 69 bytes: the reader of QR codes has no memory for a copy, and says so strangely."""
    header = chunk(b"IHDR", (3).to_bytes(4, "big") + (13_434_883).to_bytes(4, "big") + b"\x08\0\0\0\0")
    pixels = chunk(b"IDAT", bytes.fromhex("789c6360a00e000000480001"))
    with pytest.raises(Unreadable) as refused:
        take_in(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND"), "tall.png")
    assert refused.value.code == Reason.TOO_COMPLEX
