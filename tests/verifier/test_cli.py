"""The command line of the gate: verdict per item, why, and an exit status that scripts can trust."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from credentials.baking import bake_png
from keys.algorithm import Algorithm
from tests.papers import certificate, lay_out, qr_picture, saved
from tests.simulator import BASE, Simulator
from verifier.archive import read_archive
from verifier.cli import Demands, verify_command
from verifier.errors import Unreadable
from verifier.fetcher import Fetcher
from verifier.limits import Limits
from verifier.policy import Policy

PNG = saved(Image.new("L", (40, 40)))
ROOT = Path(__file__).parents[2]


class Shell:
    """The command with a simulator behind it; `demands` are those of the last run."""

    def __init__(self) -> None:
        self.world = Simulator()
        self.demands: Demands | None = None

    def policy(self, demands: Demands) -> Policy:
        self.demands = demands
        policy = self.world.policy
        documents = Fetcher() if demands.is_offline else policy.documents
        return Policy(documents=documents, trust=demands.trust or policy.trust)

    def run(self, *arguments: str | Path, given: bytes = b"", limits: Limits | None = None) -> Result:
        when = [] if "--at" in arguments else ["--at", self.world.now.isoformat()]
        command = verify_command(self.policy, limits=limits)
        return CliRunner().invoke(command, [*when, *map(str, arguments)], input=given, catch_exceptions=False)

    def verdicts(self, *arguments: str | Path, given: bytes = b"") -> dict[str, str]:
        return {
            each["item"]: each["verdict"] for each in json.loads(self.run("--json", *arguments, given=given).stdout)
        }


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def folder(shell: Shell, tmp_path: Path) -> Path:
    """The output of an issuing run: one certificate, its other forms, and the table beside them."""
    award = shell.world.award()
    (tmp_path / "a.pdf").write_bytes(certificate(award))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.json").write_text(award.text, encoding="utf-8")
    (tmp_path / "b" / "a.png").write_bytes(bake_png(PNG, award.text))
    (tmp_path / "a.jwt").write_text(shell.world.award(Algorithm.P256).text, encoding="utf-8")
    (tmp_path / "manifest.csv").write_text("row;name\n1;Åsa\n", encoding="utf-8")
    (tmp_path / ".hidden").write_text("x", encoding="utf-8")
    return tmp_path


def test_a_folder_of_valid_certificates(shell: Shell, folder: Path) -> None:
    """Every file in order, who and what in plain words; what is no certificate is passed over and named."""
    result = shell.run(folder)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("✓ VALID")] == [
        str(folder / name) for name in ("a.jwt", "a.pdf", "b/a.json", "b/a.png")
    ]
    assert lines[-1] == "4 items: 4 VALID"
    assert (
        "Åsa Lindström · High-Voltage Awareness · Battery Skills Centre vbk · valid until 16 October 2028" in lines[1]
    )
    assert f"{folder}/manifest.csv: not a certificate, passed over" in result.stderr
    assert "\x1b" not in result.output


def test_json_output_is_a_list_of_reports(shell: Shell, folder: Path) -> None:
    """`--json` prints one list, an object per item, and nothing else on standard output."""
    reports = json.loads(shell.run("--json", folder).stdout)
    assert [Path(report["item"]).name for report in reports] == ["a.jwt", "a.pdf", "a.json", "a.png"]
    assert {report["verdict"] for report in reports} == {"VALID"}
    assert all(report["credential"]["credentialSubject"] for report in reports)
    assert [check["check"] for check in reports[0]["checks"]][:2] == ["form", "key"]


def revoke(shell: Shell, folder: Path) -> None:
    award = shell.world.award()
    shell.world.revoke(award)
    (folder / "a.pdf").write_bytes(certificate(award))


def forge(shell: Shell, folder: Path) -> None:
    (folder / "a.pdf").write_bytes(certificate(shell.world.award(), shown={"name": "Erik Lindström"}))


def spoil(shell: Shell, folder: Path) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.7 nothing")


def add_stranger(shell: Shell, folder: Path) -> None:
    stranger = shell.world.award(provider=shell.world.stranger())
    (folder / "a.json").write_text(stranger.text, encoding="utf-8")


def spoil_and_forge(shell: Shell, folder: Path) -> None:
    forge(shell, folder)
    (folder / "c.pdf").write_bytes(b"%PDF-1.7 nothing")


@pytest.mark.parametrize(
    ("change", "status", "word", "why"),
    [
        pytest.param(revoke, 1, "✗ REVOKED", "withdrawn", id="revoked"),
        pytest.param(forge, 1, "✗ ALTERED", "The page shows “Erik Lindström”", id="altered"),
        pytest.param(spoil, 3, "? UNREADABLE", "The PDF is damaged", id="unreadable"),
        pytest.param(add_stranger, 3, "? UNKNOWN ISSUER", "list", id="unknown issuer"),
        pytest.param(spoil_and_forge, 1, "✗ ALTERED", "The page shows", id="failed beats indeterminate"),
    ],
)
def test_one_bad_item_decides_the_exit_status(
    shell: Shell, folder: Path, change: Callable[[Shell, Path], None], status: int, word: str, why: str
) -> None:
    """0 all valid, 1 some not valid, 3 some could not be checked; the reason stands beneath the word."""
    change(shell, folder)
    result = shell.run(folder)
    assert result.exit_code == status
    assert word in result.stdout
    assert why in result.stdout


def test_an_archive_is_opened(shell: Shell, folder: Path) -> None:
    """A ZIP is gone through like a folder, from a file and from standard input; one inside another is not opened."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(folder / "a.pdf", "one/a.pdf")
        archive.write(folder / "manifest.csv", "manifest.csv")
    inner = packed.getvalue()
    assert shell.verdicts("-", given=inner) == {"-/one/a.pdf": "VALID"}
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("again.zip", inner)
    path = folder / "all.zip"
    path.write_bytes(packed.getvalue())
    assert shell.verdicts(path) == {f"{path}/one/a.pdf": "VALID"}
    assert "again.zip: not a certificate" in shell.run(path).stderr


def test_standard_input_and_links(shell: Shell) -> None:
    """`-` is what is piped in; a link is followed."""
    award = shell.world.award()
    shell.world.override(f"{BASE}/v/abc", award.text)
    assert shell.verdicts("-", f"{BASE}/v/abc", given=award.text.encode()) == {"-": "VALID", f"{BASE}/v/abc": "VALID"}


def test_a_named_file_is_never_passed_over(shell: Shell, folder: Path) -> None:
    """Who names a file wants to know about it, whatever it is; an empty folder has not passed."""
    assert shell.verdicts(folder / "manifest.csv") == {str(folder / "manifest.csv"): "UNREADABLE"}
    (folder / "empty").mkdir()
    assert shell.run(folder / "empty").exit_code == 3


def test_offline_asks_nothing(shell: Shell, folder: Path) -> None:
    """Without documents nothing can be checked, and nothing is green."""
    result = shell.run("--offline", folder / "a.jwt")
    assert result.exit_code == 3
    assert "? COULD NOT CHECK" in result.stdout
    assert shell.demands is not None
    assert shell.demands.is_offline


def test_another_time_can_be_asked_for(shell: Shell, folder: Path) -> None:
    """`--at` verifies as of that time; a day without an hour begins in UTC."""
    assert shell.run("--at", "2027-05-01", folder / "a.jwt").exit_code == 3  # the lists of that day do not exist yet
    assert shell.demands is not None
    assert shell.demands.now.isoformat() == "2027-05-01T00:00:00+00:00"
    shell.world.now += timedelta(days=800)
    assert "✗ EXPIRED" in shell.run("--at", shell.world.now.isoformat(), folder / "a.jwt").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param([], "Missing argument", id="nothing named"),
        pytest.param(["nowhere.pdf"], "nowhere.pdf: there is no such file or folder.", id="no such file"),
        pytest.param(["--at", "soon", "."], "not a time", id="no time"),
        pytest.param(["--at", "0001-01-01T00:00:00+14:00", "."], "not a time", id="before all years"),
        pytest.param(["--trust", "nowhere", "."], "nowhere", id="no trust list"),
        pytest.param(["--keeper-key", "z6Mk", "."], "belongs to a --trust FILE", id="key without list"),
    ],
)
def test_wrong_usage_is_told(shell: Shell, arguments: list[str], sentence: str) -> None:
    """Exit status 2, and nothing on standard output."""
    result = shell.run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


def test_whom_to_trust_can_be_given(shell: Shell, folder: Path) -> None:
    """A plain list that the user vouches for, or a signed one with its keeper's key; a signed one needs the key."""
    claims = shell.world.trust.to_json()
    plain, signed, keeper = folder / "trust.json", folder / "trust.jws", shell.world.keeper.public_key
    plain.write_text(json.dumps(claims), encoding="utf-8")
    signed.write_text(shell.world.sign_as_keeper(claims), encoding="utf-8")
    bare = folder / "issuers.json"
    bare.write_text(json.dumps(claims["issuers"]), encoding="utf-8")
    shell.world.entries.clear()
    key_file = folder / "keeper.jwk"
    key_file.write_text(json.dumps(keeper.to_jwk()), encoding="utf-8")
    item = folder / "a.jwt"
    assert shell.run(item).exit_code == 3
    assert shell.run("--trust", plain, item).exit_code == 0
    assert shell.run("--trust", bare, item).exit_code == 0
    for key in (keeper.multikey, json.dumps(keeper.to_jwk()), str(key_file)):
        assert shell.run("--trust", signed, "--keeper-key", key, item).exit_code == 0
    stranger = shell.world.stranger().signers[Algorithm.P256].public_key.multikey
    for arguments in (["--trust", signed], ["--trust", signed, "--keeper-key", stranger], ["--trust", item]):
        assert shell.run(*arguments, item).exit_code == 2


def test_a_file_cannot_speak_to_the_terminal(shell: Shell, tmp_path: Path) -> None:
    """Names of files and signed texts are shown without control characters."""
    award = shell.world.award(name="x")
    path = tmp_path / "a\x1b[31m\u202egnp.json"
    path.write_text(award.text, encoding="utf-8")
    output = shell.run(path).stdout
    assert "\x1b" not in output
    assert "\u202e" not in output
    assert "a�[31m�gnp.json" in output


def test_large_and_locked_files_are_told(shell: Shell, tmp_path: Path) -> None:
    """A file beyond the limit is not even read; one that cannot be opened does not stop the others."""
    (tmp_path / "large.pdf").write_bytes(bytes(2_000))
    (tmp_path / "locked.pdf").write_bytes(lay_out("<p>a</p>"))
    result = shell.run(tmp_path / "large.pdf", limits=Limits(file_bytes=1_000))
    assert "It is larger than" in result.stdout
    if os.geteuid() != 0:
        (tmp_path / "locked.pdf").chmod(0)
        assert "cannot be opened" in shell.run(tmp_path).stdout


def test_the_gate_runs_alone(tmp_path: Path) -> None:
    """`python -m verifier` needs no office; without a trust list nobody is trusted."""
    did_key_award = Simulator().award()
    path = tmp_path / "a.json"
    path.write_text(did_key_award.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "verifier", "--offline", "--json", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 3
    assert json.loads(done.stdout)[0]["verdict"] == "COULD_NOT_CHECK"


def archive_of(*sizes: int, **options: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for number, size in enumerate(sizes):
            archive.writestr(f"{number}.pdf", bytes(size))
    return out.getvalue()


def test_archives_are_bounded() -> None:
    """Too many members refuse the archive; a member that unpacks too far is refused and the next one is read."""
    with pytest.raises(Unreadable) as caught:
        list(read_archive(io.BytesIO(archive_of(*[1] * 6)), Limits(archive_members=5)))
    assert caught.value.code == "too_large"
    bomb = archive_of(3_000_000, 10, compression=zipfile.ZIP_DEFLATED)
    first, second = (content for _, content in read_archive(io.BytesIO(bomb), Limits(file_bytes=1_000_000)))
    assert isinstance(first, Unreadable)
    assert first.code == "too_large"
    assert second == bytes(10)
    crowd = archive_of(*[900_000] * 3)
    members = [content for _, content in read_archive(io.BytesIO(crowd), Limits(archive_bytes=2_000_000))]
    assert [isinstance(content, bytes) for content in members] == [True, True, False]


def test_an_office_document_is_not_an_archive_of_certificates() -> None:
    """A spreadsheet is a ZIP too; it is told as what it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(Unreadable) as caught:
        list(read_archive(io.BytesIO(out.getvalue()), Limits()))
    assert caught.value.code == "unsupported_format"


@settings(max_examples=100, deadline=None)
@given(place=st.floats(0, 1), inserted=st.binary(max_size=8), kind=st.sampled_from([0, 8, 12, 14]))
def test_broken_archives_never_break_the_gate(place: float, inserted: bytes, kind: int) -> None:
    """Bytes changed anywhere: contents, or Unreadable."""
    data = archive_of(300, 20, compression=kind)
    cut = int(place * len(data))
    try:
        members = list(read_archive(io.BytesIO(data[:cut] + inserted + data[cut + len(inserted) :]), Limits()))
    except Unreadable:
        return
    assert all(isinstance(content, bytes | Unreadable) for _, content in members)


def test_pictures_of_codes_are_read_from_a_folder(shell: Shell, tmp_path: Path) -> None:
    """A phone's photo among the files is looked at too."""
    award = shell.world.award()
    shell.world.override(f"{BASE}/v/abc", award.text)
    (tmp_path / "photo.jpg").write_bytes(saved(qr_picture(f"{BASE}/v/abc"), "JPEG"))
    assert shell.verdicts(tmp_path) == {str(tmp_path / "photo.jpg"): "COULD_NOT_CHECK"}
