"""Keys of a provider: two in use, never shared, replaced without breaking what they sealed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from issuer.awards.award import award
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import ProviderRecord
from issuer.database import reading, transaction
from issuer.office import Office
from issuer.signing.errors import NoSigningKey, SharedSigningKey, SigningKeyExists
from issuer.signing.provider_keys import KeyRoom, create_keys, file_key, keys_of, open_signers, rotate_keys
from issuer.signing.records import SigningKeyRecord
from keys.algorithm import Algorithm
from keys.errors import LooseKeyPermissions, WrongKeySecret
from keys.public_key import PublicKey
from keys.store import StoredKey
from tests.award_requests import ASA
from tests.demo_files import NOW
from tests.office import Clock, demo_office, reopened
from tests.other_database import of_a_file
from verifier.examine import examine_text
from verifier.report import Verdict


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with catalogue and keys."""
    opened = demo_office(tmp_path)
    yield opened
    opened.sessions.engine.dispose()


def test_each_provider_has_a_pair_of_its_own(office: Office) -> None:
    """Ed25519 for embedded proofs, P-256 for tokens, in closed, encrypted files, named as in the DID document."""
    with reading(office.sessions) as session:
        records = session.scalars(select(SigningKeyRecord)).all()
        issuer_ids = {record.id: record.issuer_id for record in session.scalars(select(ProviderRecord))}
    assert len(records) == len({record.public_key for record in records}) == 10
    for record in records:
        assert record.method_id == f"{issuer_ids[record.provider_id]}#{record.public_key}"
        assert record.key_url.startswith("http://localhost:8000/issuers/")
        path = office.settings.key_directory / record.uri.removeprefix("file:")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_no_two_issuers_share_a_key(office: Office) -> None:
    """Whoever had another's key could speak for the other; the database itself says no."""
    with reading(office.sessions) as session:
        first, second = session.scalars(
            select(SigningKeyRecord).where(SigningKeyRecord.algorithm == Algorithm.ED25519.value).limit(2)
        ).all()
    with pytest.raises(IntegrityError), transaction(office.sessions) as session:
        session.execute(
            update(SigningKeyRecord)
            .where(SigningKeyRecord.id == second.id)
            .values(public_key=first.public_key, thumbprint="another")
        )


def test_a_key_that_is_known_is_refused_in_words(office: Office) -> None:
    """Should a key store ever give the same key twice, the office says so."""
    with reading(office.sessions) as session:
        known = session.scalars(select(SigningKeyRecord).limit(1)).one()
    stored = StoredKey(uri="file:///test", public_key=PublicKey.from_multikey(known.public_key))
    with pytest.raises(SharedSigningKey), transaction(office.sessions) as session:
        file_key(session, get_provider(session, "ota-ostalb"), stored, NOW)


def test_a_second_pair_needs_a_rotation(office: Office) -> None:
    """Two pairs in force would be a question nobody asked."""
    with pytest.raises(SigningKeyExists, match="rotate"), transaction(office.sessions) as session:
        create_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=NOW)


def test_the_database_allows_one_key_in_use_of_each_kind(office: Office) -> None:
    """Even when two operators rotate at the same moment."""
    with transaction(office.sessions) as session:
        rotate_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=NOW)
    with pytest.raises(IntegrityError), transaction(office.sessions) as session:
        session.execute(update(SigningKeyRecord).values(used_until=None))


def test_a_rotation_changes_the_keys_and_keeps_the_old_ones_published(office: Office) -> None:
    """The old pair ends where the new one begins, and stays in the list."""
    with reading(office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        before = open_signers(session, provider, office.desk.keys)
    with transaction(office.sessions) as session:
        rotate_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=NOW)
    with reading(office.sessions) as session:
        provider = get_provider(session, "vbk-goteborg")
        after = open_signers(session, provider, office.desk.keys)
        assert office.desk.signers.of(session, provider).thumbprints == after.thumbprints
        ends = [(record.algorithm, record.used_until) for record in keys_of(session, provider)]
    assert not before.thumbprints & after.thumbprints
    assert ends == [("Ed25519", NOW), ("P-256", NOW), ("Ed25519", None), ("P-256", None)]


def test_what_an_old_key_sealed_goes_on_verifying(tmp_path: Path) -> None:
    """And a new badge is sealed with the new key, and holds as well."""
    clock = Clock()
    office = demo_office(tmp_path, clock=clock)
    with transaction(office.sessions) as session:
        old = award(session, ASA, office.desk, now=clock())
    clock.advance(days=30)
    with transaction(office.sessions) as session:
        rotate_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=clock())
    clock.advance(days=30)
    with transaction(office.sessions) as session:
        new = award(session, replace(ASA, achievement_code="VLT-CELL"), office.desk, now=clock())
    for text in (old.sealed_json, old.sealed_jwt, new.sealed_json, new.sealed_jwt):
        assert examine_text(text, office.policy(), now=clock()).report.verdict is Verdict.VALID


def test_without_keys_nothing_can_be_sealed(tmp_path: Path, office: Office) -> None:
    """The message says what to type."""
    with transaction(office.sessions) as session:
        session.execute(update(SigningKeyRecord).values(used_until=NOW - timedelta(hours=1)))
    with pytest.raises(NoSigningKey, match="keys create vbk-goteborg"), transaction(office.sessions) as session:
        award(session, ASA, office.desk, now=NOW)
    with pytest.raises(NoSigningKey), transaction(office.sessions) as session:
        rotate_keys(session, get_provider(session, "vbk-goteborg"), office.desk.keys, now=NOW)


def test_the_secret_must_fit_and_does_not_show(office: Office) -> None:
    """Another secret opens nothing, and none appears where logs would catch it."""
    wrong = KeyRoom(directory=office.settings.key_directory, secret="not the test secret")
    with pytest.raises(WrongKeySecret), reading(office.sessions) as session:
        open_signers(session, get_provider(session, "vbk-goteborg"), wrong)
    assert "test secret" not in repr(office.desk)


def test_the_office_does_not_open_when_others_can_read_a_key(tmp_path: Path, office: Office) -> None:
    """One file with a looser mode is enough."""
    next(office.settings.key_directory.iterdir()).chmod(0o644)
    with pytest.raises(LooseKeyPermissions, match="chmod"):
        reopened(tmp_path)


@of_a_file
def test_the_data_directory_may_move(tmp_path: Path, office: Office) -> None:
    """Key files are found by their name in the folder of keys, wherever that is."""
    office.sessions.engine.dispose()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "var").rename(tmp_path / "elsewhere" / "var")
    moved = reopened(tmp_path / "elsewhere")
    with transaction(moved.sessions) as session:
        assert award(session, ASA, moved.desk, now=NOW).state == "issued"
