"""What `make fuzz` once found: inputs that made something else than a verdict or an error of ours."""

from __future__ import annotations

import json
import zlib
from typing import Never

import pytest
from PIL import Image

from keys.algorithm import Algorithm
from tests.simulator import Simulator
from verifier.codes import read_codes_of
from verifier.errors import Unreadable
from verifier.examine import examine
from verifier.intake import take_in
from verifier.reasons import Reason
from verifier.report import Verdict


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_a_picture_too_tall_for_the_memory() -> None:
    """3 times 13 million pixels in 69 bytes: the reader of QR codes has no memory for a copy, and says so strangely."""
    header = chunk(b"IHDR", (3).to_bytes(4, "big") + (13_434_883).to_bytes(4, "big") + b"\x08\0\0\0\0")
    pixels = chunk(b"IDAT", bytes.fromhex("789c6360a00e000000480001"))
    with pytest.raises(Unreadable) as refused:
        take_in(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND"), "tall.png")
    assert refused.value.code == Reason.TOO_COMPLEX


def test_pixels_that_cannot_be_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same at the very place: where the memory ends, the reader of QR codes speaks of types, and we of memory."""

    def no_memory_left(image: Image.Image) -> Never:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "__array_interface__", property(no_memory_left))
    with pytest.raises(MemoryError, match="handed over"):
        read_codes_of(Image.new("L", (9, 9)))


@pytest.mark.parametrize("member", ["type", "identifier"])
def test_an_array_of_one_says_what_its_member_says(member: str) -> None:
    """No proof over statements tells them apart, so it is read, and shown as what was sealed."""
    sim = Simulator()
    award = sim.award(Algorithm.ED25519)
    document = json.loads(award.text)
    (document["credentialSubject"][member],) = document["credentialSubject"][member]
    report = examine(json.dumps(document).encode(), "bare.json", sim.policy, now=sim.now).report
    assert report.accept() == award.credential


def test_a_context_named_twice() -> None:
    """It changes no statement, so the proof holds, and yet the document is not the one that was sealed."""
    sim = Simulator()
    document = json.loads(sim.award(Algorithm.ED25519).text)
    document["@context"] *= 2
    report = examine(json.dumps(document).encode(), "twice.json", sim.policy, now=sim.now).report
    assert report.verdict is Verdict.UNREADABLE
    assert report.authentic is None
