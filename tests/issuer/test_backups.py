"""A backup is tried by destroying the office and putting it back."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from issuer.accounts.audit import verify_chain
from issuer.awards.records import IssuedCredentialRecord
from issuer.backups.backup import make_backup, tables_of
from issuer.backups.errors import BackupIsNewer, NotABackup, OfficeNotEmpty
from issuer.backups.restore import opened_backup
from issuer.database import Sessions, open_sessions, reading, transaction
from issuer.demo.seed import seed_demo
from issuer.migrations.run import lay_out
from issuer.office import Office, open_office
from tests.demo_files import NOW
from tests.office import KEY_SECRET, demo_office
from tests.other_database import of_a_file
from tests.shell import run_voltpass, shell_env
from verifier.examine import examine
from verifier.report import Verdict


def everything(sessions: Sessions) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with sessions.engine.connect() as connection:
        return {
            table.name: [tuple(map(str, row)) for row in connection.execute(select(table)).all()]
            for table in tables_of(connection)
        }


def backup_of(office: Office, target: Path, *, secret_file: Path | None = None) -> Path:
    """A backup of this office."""
    make_backup(
        office.sessions.engine,
        target,
        key_directory=office.settings.key_directory,
        secret_file=secret_file,
        now=office.clock(),
    )
    return target


@pytest.mark.slow
def test_an_office_comes_back_from_its_backup(tmp_path: Path) -> None:
    """Destroyed and restored at the shell: the same rows, the keys sign, badges hold, the next award is awarded."""
    office = demo_office(tmp_path)
    seed_demo(office)
    before = everything(office.sessions)
    office.sessions.engine.dispose()
    made = run_voltpass(tmp_path, "backup", tmp_path / "office.zip")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "office.zip").stat().st_mode & 0o777 == 0o600
    data = office.settings.data_dir
    shutil.rmtree(data)

    restored = run_voltpass(tmp_path, "restore", tmp_path / "office.zip")
    assert restored.returncode == 0, restored.stderr
    again = open_office(office.settings, clock=office.clock)
    assert everything(again.sessions) == before
    doctor = run_voltpass(tmp_path, "doctor")
    assert "BAD" not in doctor.stdout.replace("BAD  clock", ""), doctor.stdout
    with reading(again.sessions) as session:
        assert verify_chain(session).is_whole
        sealed = session.scalars(select(IssuedCredentialRecord.sealed_json)).first()
    assert sealed is not None
    assert examine(sealed.encode(), "badge", again.policy(), now=again.clock()).report.verdict is Verdict.VALID


def test_a_restore_never_writes_over_an_office(tmp_path: Path) -> None:
    """A database with tables, or a folder with keys, stops it, and both stay as they were."""
    office = demo_office(tmp_path)
    path = backup_of(office, tmp_path / "office.zip")
    before = everything(office.sessions)
    keys = sorted(office.settings.key_directory.rglob("*"))
    with opened_backup(path) as backup:
        with pytest.raises(OfficeNotEmpty):
            backup.put_back(office.sessions.writing_engine, office.settings.key_directory, lambda _: None)
        with pytest.raises(OfficeNotEmpty):
            backup.put_back(office.sessions.writing_engine, tmp_path / "other", lambda _: None)
    assert everything(office.sessions) == before
    assert sorted(office.settings.key_directory.rglob("*")) == keys
    assert not (tmp_path / "other").exists()


def test_a_refused_restore_leaves_nothing(tmp_path: Path) -> None:
    """When the last look says no, there are neither tables nor keys."""
    path = backup_of(demo_office(tmp_path), tmp_path / "office.zip")
    sessions = open_sessions(f"sqlite:///{tmp_path / 'new.sqlite'}")

    def refuse(_: object) -> None:
        raise RuntimeError("no")

    with opened_backup(path) as backup, pytest.raises(RuntimeError):
        backup.put_back(sessions.writing_engine, tmp_path / "keys2", refuse)
    assert inspect(sessions.engine).get_table_names() == []
    assert not (tmp_path / "keys2").exists()


@of_a_file
def test_a_wrong_key_secret_is_found_at_once(tmp_path: Path) -> None:
    """Restoring with another secret is refused in words, and nothing is left behind."""
    office = demo_office(tmp_path)
    backup_of(office, tmp_path / "office.zip")
    shutil.rmtree(office.settings.data_dir)
    env = {**shell_env(tmp_path), "VOLTPASS_KEY_SECRET": "quite another test secret"}
    answer = run_voltpass(tmp_path, "restore", tmp_path / "office.zip", env=env)
    assert answer.returncode == 1
    assert "secret" in answer.stderr
    assert not list((office.settings.data_dir / "keys").glob("*"))
    right = run_voltpass(tmp_path, "restore", tmp_path / "office.zip")
    assert right.returncode == 0, right.stderr


def changed(path: Path, name: str, *, change: bytes | None, target: Path) -> Path:
    """A copy of a backup in which one part is another (None: missing)."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for part in source.namelist():
            if part == name and change is None:
                continue
            copy.writestr(part, change if part == name and change is not None else source.read(part))
        if name not in source.namelist() and change is not None:
            copy.writestr(name, change)
    return target


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("tables/provider.jsonl", b"", id="a part is another"),
        pytest.param("tables/provider.jsonl", None, id="a part is missing"),
        pytest.param("keys/extra", b"x", id="a part was added"),
        pytest.param("manifest.json", b"{", id="the list is broken"),
        pytest.param("manifest.json", b'{"parts": {}, "revision": "0003", "format": "other"}', id="another format"),
        pytest.param("manifest.json", None, id="no list"),
    ],
)
def test_a_changed_backup_is_not_put_back(tmp_path: Path, name: str, change: bytes | None) -> None:
    """Every part is held against its digest before anything is written."""
    path = backup_of(demo_office(tmp_path), tmp_path / "office.zip")
    bad = changed(path, name, change=change, target=tmp_path / "bad.zip")
    with pytest.raises(NotABackup), opened_backup(bad):
        pass


def test_a_backup_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """A shape that this program does not know is said so."""
    path = backup_of(demo_office(tmp_path), tmp_path / "office.zip")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    newer = json.dumps({**manifest, "revision": "9999"}).encode()
    bad = changed(path, "manifest.json", change=newer, target=tmp_path / "newer.zip")
    with pytest.raises(BackupIsNewer), opened_backup(bad):
        pass


def test_no_file_of_another_kind_is_taken(tmp_path: Path) -> None:
    """A picture is no backup."""
    path = tmp_path / "x.zip"
    path.write_bytes(b"\x89PNG")
    with pytest.raises(NotABackup), opened_backup(path):
        pass


def test_an_older_backup_comes_back_in_the_shape_of_today(tmp_path: Path) -> None:
    """What an earlier migration left is loaded as it was, and then brought up to date."""
    old = open_sessions(f"sqlite:///{tmp_path / 'old.sqlite'}")
    with old.writing_engine.begin() as connection:
        lay_out(connection, "0003")
    make_backup(old.engine, tmp_path / "old.zip", key_directory=tmp_path / "none", secret_file=None, now=NOW)
    new = open_sessions(f"sqlite:///{tmp_path / 'new.sqlite'}")
    with opened_backup(tmp_path / "old.zip") as backup:
        backup.put_back(new.writing_engine, tmp_path / "keys2", lambda _: None)
    with reading(new) as session:
        assert verify_chain(session).is_whole
    with transaction(new) as session:
        assert session.scalars(select(IssuedCredentialRecord)).all() == []


@of_a_file
def test_the_key_secret_goes_along_only_when_asked(tmp_path: Path) -> None:
    """Without the flag the file alone signs nothing; with it a bare machine starts from it."""
    office = demo_office(tmp_path)
    secret = tmp_path / "key_secret"
    secret.write_text(KEY_SECRET, encoding="ascii")
    with zipfile.ZipFile(backup_of(office, tmp_path / "without.zip")) as archive:
        assert "secrets/key_secret" not in archive.namelist()
    backup_of(office, tmp_path / "with.zip", secret_file=secret)
    shutil.rmtree(office.settings.data_dir)
    env = shell_env(tmp_path)
    del env["VOLTPASS_KEY_SECRET"]
    env["VOLTPASS_BASE_URL"] = "http://127.0.0.1:8000"
    answer = run_voltpass(tmp_path, "restore", tmp_path / "with.zip", env=env)
    assert answer.returncode == 0, answer.stderr
    assert (office.settings.data_dir / "secrets" / "key_secret").read_text(encoding="ascii") == KEY_SECRET
