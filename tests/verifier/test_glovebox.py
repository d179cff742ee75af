"""Files that attack their reader cost one worker process, not the gate."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.hostile import HOSTILE_PDFS, page_bomb, png_of, thousand_laughs
from tests.papers import lay_out
from verifier.errors import Unreadable
from verifier.glovebox import Glovebox, glovebox
from verifier.limits import MEBIBYTE, Limits

ROOT = Path(__file__).parents[2]


def peak_of(box: Glovebox) -> int:
    """The most memory that any idle worker ever held, in bytes."""
    peaks = []
    for worker in box._idle:
        status = Path(f"/proc/{worker._process.pid}/status").read_text(encoding="ascii")
        peaks.append(int(status.split("VmHWM:")[1].split()[0]) * 1024)
    return max(peaks, default=0)


@pytest.mark.timeout(60)
@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE_PDFS)
def test_a_hostile_file_is_survived_within_memory(name: str) -> None:
    """Whatever a file tries, the answer comes in time, no worker holds 300 MiB, and the next file is read."""
    box = Glovebox(Limits(), workers=1)
    hostile = HOSTILE_PDFS[name]()
    with contextlib.suppress(Unreadable):
        box.open("pdf", hostile)
    assert box.open("pdf", lay_out("<p>Still here</p>"))["page"]["text"].strip() == "Still here"
    assert peak_of(box) < 300 * MEBIBYTE
    box.close()


@pytest.mark.parametrize(
    "name", ["page bomb", "lzw bomb", "thousand laughs", pytest.param("bomb in a bomb", marks=pytest.mark.slow)]
)
def test_a_bomb_is_called_by_its_name(name: str) -> None:
    """What cannot be a certificate because of its size or work is refused as such."""
    with pytest.raises(Unreadable) as caught:
        glovebox(Limits()).open("pdf", HOSTILE_PDFS[name]())
    assert caught.value.code == "too_complex"
    assert caught.value.remedy


def test_a_bomb_is_measured_before_it_is_opened() -> None:
    """What expands too far is found by measuring piece by piece: the worker lives on and never held it."""
    box = Glovebox(Limits(), workers=1)
    with pytest.raises(Unreadable) as caught:
        box.open("pdf", page_bomb())
    assert "expands" in caught.value.reason
    assert len(box._idle) == 1
    assert peak_of(box) < 100 * MEBIBYTE
    box.close()


@pytest.mark.parametrize(
    ("limits", "pdf"),
    [
        pytest.param(Limits(page_text_characters=50), lay_out("<p>" + "word " * 20 + "</p>"), id="letters"),
        pytest.param(Limits(pdf_pages=2), lay_out("<p style='break-after: page'>a</p>" * 3), id="pages"),
        pytest.param(Limits(pdf_objects=20), lay_out("<p>a</p>"), id="objects"),
    ],
)
def test_more_than_a_certificate_has_is_refused(limits: Limits, pdf: bytes) -> None:
    """Letters, pages and objects are counted while they are read."""
    with pytest.raises(Unreadable) as caught:
        glovebox(limits).open("pdf", pdf)
    assert caught.value.code == "too_complex"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(worker_patience=0.3, worker_bytes=1024 * MEBIBYTE), id="patience"),
        pytest.param(Limits(worker_seconds=0.3, worker_bytes=1024 * MEBIBYTE), id="processor"),
    ],
)
def test_a_file_that_never_ends_is_given_up(limits: Limits) -> None:
    """A worker that does not answer in time, or uses the processor for longer than it may, is ended."""
    box = Glovebox(limits, workers=1)
    with pytest.raises(Unreadable) as caught:
        box.open("pdf", thousand_laughs())
    assert caught.value.code == "too_complex"
    assert "too long" in caught.value.reason
    assert box._idle == []


def test_one_bad_file_does_not_stop_others() -> None:
    """While one worker is busy with a bomb, another reads."""
    box = Glovebox(Limits(), workers=2)
    texts: list[str] = []

    def read() -> None:
        texts.append(box.open("pdf", lay_out("<p>Beside it</p>"))["page"]["text"].strip())

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with pytest.raises(Unreadable):
        box.open("pdf", page_bomb())
    for reader in readers:
        reader.join()
    assert texts == ["Beside it"] * 3
    box.close()


def test_the_worker_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gate's environment holds does not reach the process that opens strangers' files."""
    monkeypatch.setenv("VOLTPASS_KEY_SECRET", "test-secret")
    box = Glovebox(Limits(), workers=1)
    box.open("pdf", lay_out("<p>a</p>"))
    environment = Path(f"/proc/{box._idle[0]._process.pid}/environ").read_bytes()
    assert b"test-secret" not in environment
    box.close()


def test_the_worker_writes_no_file() -> None:
    """The worker's limit for files it writes is zero bytes."""
    box = Glovebox(Limits(), workers=1)
    box.open("pdf", lay_out("<p>a</p>"))
    limits = Path(f"/proc/{box._idle[0]._process.pid}/limits").read_text(encoding="ascii")
    line = next(line for line in limits.splitlines() if line.startswith("Max file size"))
    assert line.split()[3] == "0"
    box.close()


def test_workers_end_with_their_gate() -> None:
    """A gate that ends, however it ends, leaves no worker behind."""
    script = (
        "import os, sys\nfrom verifier.glovebox import glovebox\nfrom verifier.limits import Limits\n"
        "box = glovebox(Limits())\n"
        "try:\n    box.open('pdf', b'%PDF-1.7')\nexcept Exception: pass\n"
        "print(box._idle[0]._process.pid, flush=True)\nos._exit(3) if sys.argv[1] == 'hard' else None\n"
    )
    for end in ("soft", "hard"):
        done = subprocess.run(
            [sys.executable, "-c", script, end], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        worker = Path(f"/proc/{done.stdout.strip()}")
        deadline = time.monotonic() + 5
        while worker.exists() and time.monotonic() < deadline and "Z" not in _state(worker):
            time.sleep(0.05)
        assert not worker.exists() or "Z" in _state(worker)


def _state(process: Path) -> str:
    with contextlib.suppress(OSError):
        return (process / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    return "Z"


def test_a_forked_process_starts_its_own_workers() -> None:
    """Two processes never talk to one worker."""
    shared = glovebox(Limits())
    pdf = lay_out("<p>a</p>")
    shared.open("pdf", pdf)
    child = os.fork()
    if child == 0:
        shared.close()
        os._exit(0 if glovebox(Limits()) is not shared else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert glovebox(Limits()) is shared
    assert shared.open("pdf", pdf)["page"]["pages"] == 1


def cut_png() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 300), 90).save(out, "PNG")
    return out.getvalue()[:20_000]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(png_of(20_000, 20_000), "too_large", id="400 million pixels"),
        pytest.param(png_of(8_000, 8_000), "too_large", id="64 million pixels"),
        pytest.param(cut_png(), "malformed", id="cut short"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "malformed", id="only a signature"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(50), "malformed", id="broken JPEG"),
        pytest.param(b"RIFF\x10\0\0\0WAVE" + bytes(50), "malformed", id="sound"),
    ],
)
def test_a_bad_picture_is_unreadable(data: bytes, code: str) -> None:
    """A picture that is broken or too large is refused before it is decoded."""
    with pytest.raises(Unreadable) as caught:
        glovebox(Limits()).open("picture", data)
    assert caught.value.code == code


def test_a_large_photo_is_read_within_memory() -> None:
    """A photo of 48 million pixels, larger than any phone's usual one, is read."""
    out = io.BytesIO()
    Image.new("RGB", (8_000, 6_000), "white").save(out, "JPEG")
    box = Glovebox(Limits(), workers=1)
    assert box.open("picture", out.getvalue())["codes"] == []
    assert peak_of(box) < 300 * MEBIBYTE
    box.close()
