"""What `make fuzz` once found: inputs that made something else than a verdict or an error of ours."""

from __future__ import annotations

import json
import zlib

import pytest

from keys.algorithm import Algorithm
from tests.simulator import Simulator
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


def test_a_context_named_twice() -> None:
    """It changes no statement, so the proof holds, and yet the document is not the one that was sealed."""
    sim = Simulator()
    document = json.loads(sim.award(Algorithm.ED25519).text)
    document["@context"] *= 2
    report = examine(json.dumps(document).encode(), "twice.json", sim.policy, now=sim.now).report
    assert report.verdict is Verdict.UNREADABLE
    assert report.authentic is None
