"""The command line: what it prints, what it writes, and its exit status; errors are one sentence, never a traceback."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from issuer.accounts.records import AuditEntryRecord
from issuer.awards.issue import IssuedRow, IssueState
from issuer.cli import COMMANDS, main
from issuer.commands.door import Door
from issuer.commands.outputs import Written, plain_letters, write_manifest, write_whole
from issuer.database import reading
from tests.demo_files import BASE_URL, NOW, demo_bytes
from tests.office import KEY_SECRET, Clock, demo_office, reopened
from tests.other_database import address_env

AT = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
HEADER = "given_name,family_name,email,achievement_code,completed_on,result,trainee_ref\n"
ONE_ROW = HEADER + "Åsa,Öberg,asa@mail.example,VLT-HV1,2026-10-16,Pass,T1\n"

Voltpass = Callable[..., Result]


@pytest.fixture
def voltpass(tmp_path: Path) -> Voltpass:
    """The command in an office with catalogue and keys; each call opens the office anew, as a process would."""
    demo_office(tmp_path)
    return runner(tmp_path)


def runner(folder: Path) -> Voltpass:
    env = {
        "VOLTPASS_DATA": str(folder / "var"),
        **address_env(folder),
        "VOLTPASS_KEY_SECRET": KEY_SECRET,
        "VOLTPASS_BASE_URL": BASE_URL,
    }

    def run(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, list(map(str, arguments)), obj=Door(env, Clock()), catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def award_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes an award file."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "awards.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def issued_link(result: Result) -> str:
    return next(word for word in result.output.split() if word.startswith(f"{BASE_URL}/v/"))


def test_a_file_is_issued_once_and_written_twice(
    tmp_path: Path, voltpass: Voltpass, award_file: Callable[[str], Path]
) -> None:
    """PDF, JSON, JWT and PNG per credential with a manifest; a second run issues nothing and writes the same."""
    file, out = award_file(ONE_ROW), tmp_path / "out"
    first = voltpass("issue", "vbk-goteborg", file, "--out", out)
    assert first.exit_code == 0
    assert "awards.csv: 1 issued" in first.output
    names = sorted(path.name for path in out.iterdir())
    stem = names[0].removesuffix(".json")
    assert names == [f"{stem}.json", f"{stem}.jwt", f"{stem}.pdf", f"{stem}.png", "manifest.csv"]
    assert stem.startswith("VLT-HV1_asa-oberg_")
    contents = {path.name: path.read_bytes() for path in out.iterdir()}
    (row,) = csv.DictReader((out / "manifest.csv").read_text(encoding="utf-8").splitlines())
    assert (row["row"], row["name"], row["link"]) == ("2", "Åsa Öberg", issued_link(first))
    assert row["files"].split(";") == names[:-1]
    assert stem.endswith(row["credential_id"].removeprefix("urn:uuid:")[:8])
    second = voltpass("issue", "vbk-goteborg", file, "--out", out)
    assert second.exit_code == 0
    assert "awards.csv: 1 already issued" in second.output
    assert {path.name: path.read_bytes() for path in out.iterdir()} == contents
    checked = voltpass("verify", out, "--at", AT, "--json")
    assert checked.exit_code == 0
    assert [(entry["verdict"], Path(entry["item"]).suffix) for entry in json.loads(checked.stdout)] == [
        ("VALID", suffix) for suffix in (".json", ".jwt", ".pdf", ".png")
    ]


def test_refused_rows_are_said_and_counted_in_the_exit_status(
    voltpass: Voltpass, award_file: Callable[[bytes], Path]
) -> None:
    """1 when somebody has to do something; the table and the JSON say the same of every row."""
    result = voltpass("issue", "vbk-goteborg", award_file(demo_bytes("awards_messy.csv")), "--json")
    assert result.exit_code == 1
    (file,) = json.loads(result.stdout)["files"]
    by_row = {row["row"]: row for row in file["rows"]}
    assert (by_row[2]["outcome"], by_row[2]["files"]) == ("issued", [])
    assert by_row[8]["suggestion"] == "VLT-HV1, VLT-HV2"
    assert by_row[8]["sentence"].startswith("Line 8:")
    table = voltpass("issue", "vbk-goteborg", award_file(demo_bytes("awards_messy.csv")))
    assert table.exit_code == 1
    assert "7 already issued, 5 please answer, 13 refused, 2 skipped, 1 blank" in table.output


def test_a_result_that_did_not_pass_is_nobody_s_task(voltpass: Voltpass, award_file: Callable[[str], Path]) -> None:
    """A failed learner gets no badge, and the run is complete all the same."""
    result = voltpass("issue", "vbk-goteborg", award_file(ONE_ROW.replace("Pass", "Fail")))
    assert result.exit_code == 0
    assert "1 skipped" in result.output


def test_questions_of_a_file_are_answered_by_options(
    tmp_path: Path, voltpass: Voltpass, award_file: Callable[[str], Path]
) -> None:
    """An ambiguous date, a warning to accept with the reason that the log keeps (A6), what the file leaves out."""
    ambiguous = award_file(ONE_ROW.replace("2026-10-16", "10/11/2026"))
    assert voltpass("issue", "vbk-goteborg", ambiguous).exit_code == 1
    assert voltpass("issue", "vbk-goteborg", ambiguous, "--day-first").exit_code == 0
    doubtful = award_file(ONE_ROW.replace("VLT-HV1", "VLT-HV2").replace("asa@", "asa.two@").replace("T1", "T2"))
    assert voltpass("issue", "vbk-goteborg", doubtful).exit_code == 1
    accepting = ("issue", "vbk-goteborg", doubtful, "--accept", "prerequisite_missing")
    assert "needs --reason" in voltpass(*accepting).output
    assert voltpass(*accepting, "--reason", "Seen on paper.").exit_code == 0
    with reading(reopened(tmp_path).sessions) as session:
        facts = session.scalars(select(AuditEntryRecord.facts).order_by(AuditEntryRecord.number)).all()
    assert [(each.get("accepted"), each.get("reason")) for each in facts] == [
        (None, None),
        ("prerequisite_missing", "Seen on paper."),
    ]
    bare = award_file("given_name,email\nBjörn,bjorn@mail.example\n")
    options = ("--achievement", "VLT-CELL", "--completed-on", "2026-10-20", "--all-passed")
    assert voltpass("issue", "vbk-goteborg", bare, *options).exit_code == 0


UNUSABLE = [
    pytest.param(b"", "is empty", id="empty"),
    pytest.param(b"%PDF-1.7", "PDF", id="another type than its name says"),
    pytest.param(b"one,two\n1,2\n", "heading", id="no header"),
    pytest.param(HEADER.encode() + b"x" * (21 * 1024 * 1024), "21 MB|22 MB|20.*MB", id="too large"),
]


@pytest.mark.parametrize(("data", "said"), UNUSABLE)
def test_a_file_that_cannot_be_used_leaves_the_others_alone(
    tmp_path: Path, voltpass: Voltpass, award_file: Callable[[str], Path], data: bytes, said: str
) -> None:
    """One sentence with a remedy on standard error, exit status 1, and the good file is issued."""
    bad = tmp_path / "bad.csv"
    bad.write_bytes(data)
    result = voltpass("issue", "vbk-goteborg", bad, award_file(ONE_ROW))
    assert result.exit_code == 1
    assert re.search(said, result.stderr)
    assert "awards.csv: 1 issued" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(("issue", "vbk-goteborg", "nowhere.csv"), 2, "no such file", id="file missing"),
        pytest.param(("issue", "vbk-goteborg"), 2, "FILE", id="no file named"),
        pytest.param(("revoke", "urn:uuid:nothing"), 2, "--reason", id="no reason"),
        pytest.param(("revoke", "x", "--reason", "mood"), 2, "mood", id="reason not on the list"),
        pytest.param(("revoke", "x", "--reason", "fraud"), 1, "No credential was issued", id="unknown credential"),
        pytest.param(("suspend", "x", "--reason", "other"), 1, "--note", id="other without a text"),
        pytest.param(("keys", "list", "nobody"), 1, "no provider 'nobody'", id="unknown provider"),
        pytest.param(("keys", "create", "vbk-goteborg"), 1, "keys rotate vbk-goteborg", id="keys exist"),
        pytest.param(("demo",), 1, "voltpass seed demo", id="demonstration not loaded"),
        pytest.param(("dance",), 2, "dance", id="unknown command"),
    ],
)
def test_mistakes_are_one_sentence(voltpass: Voltpass, arguments: tuple[str, ...], status: int, said: str) -> None:
    """2 for wrong usage, 1 for what could not be done; always with what to do."""
    result = voltpass(*arguments)
    assert result.exit_code == status
    assert said in result.stderr


def test_an_unknown_provider_is_told_who_there_is(voltpass: Voltpass, award_file: Callable[[str], Path]) -> None:
    """Before any file is read."""
    result = voltpass("issue", "gothenburg", award_file(ONE_ROW))
    assert result.exit_code == 1
    assert "vbk-goteborg" in result.stderr


def test_missing_settings_are_all_named(tmp_path: Path) -> None:
    """Wrong usage, with every problem on a line of its own."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var"), "VOLTPASS_BASE_URL": "https://badges.example", "PORT": "x"}
    result = CliRunner().invoke(main, ["report", "kpi"], obj=Door(env, Clock()), catch_exceptions=False)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 2


def test_the_life_of_a_credential_at_the_shell(voltpass: Voltpass, award_file: Callable[[str], Path]) -> None:
    """Issued, suspended, reinstated, superseded, revoked; the gate's command sees each at once, by its exit status."""
    link = issued_link(voltpass("issue", "vbk-goteborg", award_file(ONE_ROW)))

    def verdict(of: str) -> tuple[int, str]:
        result = voltpass("verify", of, "--at", AT, "--json", "--offline")
        return result.exit_code, json.loads(result.stdout)[0]["verdict"]

    assert verdict(link) == (0, "VALID")
    assert voltpass("suspend", link, "--reason", "safety").exit_code == 0
    assert verdict(link) == (1, "SUSPENDED")
    assert voltpass("reinstate", link, "--reason", "safety").exit_code == 0
    assert verdict(link) == (0, "VALID")
    replaced = voltpass("supersede", link, "--reason", "name_error", "--family-name", "Öberg-Lind")
    new = issued_link(replaced)
    assert verdict(link) == (1, "SUPERSEDED")
    assert verdict(new) == (0, "VALID")
    assert voltpass("revoke", new, "--reason", "other", "--note", "A test").exit_code == 0
    assert verdict(new) == (1, "REVOKED")


def test_a_mere_look_makes_no_office(tmp_path: Path) -> None:
    """Where nothing was ever issued, `verify` is a gate that stands alone: it trusts nobody and writes nothing."""
    result = runner(tmp_path)("verify", "nothing that anybody sealed", "--json")
    assert result.exit_code in {2, 3}
    assert not (tmp_path / "var").exists()


def test_keys_are_made_listed_and_rotated(voltpass: Voltpass) -> None:
    """The list shows every key with its time."""
    assert voltpass("keys", "list", "ota-ostalb").stdout.count("in use") == 2
    assert voltpass("keys", "rotate", "ota-ostalb").exit_code == 0
    listed = voltpass("keys", "list", "ota-ostalb").stdout
    assert (listed.count("in use"), listed.count("until")) == (2, 2)


def test_the_doctor_finds_what_is_wrong(tmp_path: Path, voltpass: Voltpass) -> None:
    """All well in a fresh office; a key that does not open, or modes that are loose, are found and said."""
    healthy = voltpass("doctor")
    assert healthy.exit_code == 0
    assert "BAD" not in healthy.output
    assert "keys vbk-goteborg" in healthy.output
    next((tmp_path / "var" / "keys").iterdir()).unlink()
    ill = voltpass("doctor")
    assert ill.exit_code == 1
    assert ill.output.count("BAD  keys") == 1
    (tmp_path / "var").chmod(0o755)
    assert "chmod 700" in voltpass("doctor").output


def test_files_are_written_whole_and_spreadsheets_run_nothing(tmp_path: Path) -> None:
    """No draft stays behind, an old file is replaced in one step, and a name is never a formula."""
    write_whole(tmp_path / "a.txt", b"old")
    write_whole(tmp_path / "a.txt", b"new")
    with pytest.raises(OSError, match=r"a\.txt"):
        write_whole(tmp_path / "missing" / "a.txt", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.txt", b"new")]
    row = IssuedRow(line=2, state=IssueState.ISSUED, code="issued", sentence="Line 2: issued.", name="=1+1")
    write_manifest(tmp_path, [Written(row, ("a.pdf", "a.png"))])
    assert (tmp_path / "manifest.csv").read_text().splitlines()[1] == "2,'=1+1,,,a.pdf;a.png"


def test_every_command_explains_itself(voltpass: Voltpass) -> None:
    """The table of commands leads to commands, and each has a first sentence."""
    overview = voltpass("--help").output
    for name in COMMANDS:
        assert f"  {name} " in overview
        assert voltpass(name, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Åsa Öberg", "asa-oberg"),
        ("Øyvind Ødegård", "oyvind-odegard"),
        ("Þórdís Guðmundsdóttir", "thordis-gudmundsdottir"),
        ("Käthe Müller-Größ", "kathe-muller-gross"),
        ("Işıl Çağlayan", "isil-caglayan"),
        ("Ĳsbrand Ĳzerman", "ijsbrand-ijzerman"),
        ("Seán Ó Súilleabháin", "sean-o-suilleabhain"),
        ("Núria Col·lell i Puig", "nuria-col-lell-i-puig"),
        ("../../etc/passwd", "etc-passwd"),
        ("Иван Петров", ""),
        ("محمد الحسيني", ""),
        ("ნინო", ""),
    ],
)
def test_names_of_files_are_in_plain_letters(name: str, plain: str) -> None:
    """Every file system takes them; a name in another script is left out, or stands in its Latin form."""
    assert plain_letters(name) == plain


def test_the_catalogue_alone_is_enough_to_issue(tmp_path: Path, award_file: Callable[[str], Path]) -> None:
    """After the set-up nothing is issued yet, and the first award file issues every row that is ready."""
    voltpass = runner(tmp_path / "new")
    (tmp_path / "new").mkdir()
    for _ in range(2):
        assert voltpass("seed", "catalogue").exit_code == 0
    assert '"certifications_total": 0' in voltpass("report", "kpi", "--json").output
    result = voltpass("issue", "vbk-goteborg", award_file(demo_bytes("awards_hv1_goteborg.csv").decode()))
    assert "12 issued" in result.output
