"""Private keys lie in encrypted files that nobody else can reach."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from keys import (
    Algorithm,
    KeyFileExists,
    KeyNotFound,
    LooseKeyPermissions,
    MalformedKey,
    MemorySigner,
    UnknownKeyScheme,
    UnsupportedKeyType,
    WrongKeySecret,
    check_key_directory,
    create_key,
    open_signer,
)
from keys.signer import generate_private_key
from keys.store import StoredKey, _write_new

SECRET = "test secret of the key store"
METHOD = "did:web:voltpass.example:issuers:test#key"


def _path(stored: StoredKey) -> Path:
    return Path(stored.uri.removeprefix("file://").replace("%20", " "))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "test keys"


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_stored_key_signs(directory: Path, algorithm: Algorithm) -> None:
    """A key opens with its URI and secret and signs under the given name."""
    stored = create_key(directory, algorithm, SECRET)
    signer = open_signer(stored.uri, secret=SECRET, verification_method=METHOD)
    assert (signer.public_key, signer.verification_method) == (stored.public_key, METHOD)
    stored.public_key.verify_signature(signer.sign(b"data"), b"data")


def test_files_are_for_their_owner_alone(directory: Path) -> None:
    """The folder has mode 0700, the file 0600, nothing else is left behind, and the key is encrypted."""
    path = _path(create_key(directory, Algorithm.P256, SECRET))
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(directory.iterdir()) == [path]
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize("secret", ["", "test another secret"])
def test_a_wrong_secret_opens_nothing(directory: Path, secret: str) -> None:
    """The error says which file, never the secret."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    with pytest.raises(WrongKeySecret) as caught:
        open_signer(stored.uri, secret=secret, verification_method=METHOD)
    assert SECRET not in str(caught.value)


def test_an_empty_secret_makes_no_key(directory: Path) -> None:
    """A key that anybody can open is not made."""
    with pytest.raises(WrongKeySecret):
        create_key(directory, Algorithm.ED25519, "")
    assert not directory.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o644])
def test_a_file_others_can_reach_is_refused(directory: Path, mode: int) -> None:
    """The error names the path, the mode and the command that mends it."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    _path(stored).chmod(mode)
    with pytest.raises(LooseKeyPermissions) as caught:
        open_signer(stored.uri, secret=SECRET, verification_method=METHOD)
    assert (caught.value.path, caught.value.mode) == (str(_path(stored)), mode)
    assert caught.value.command == f"chmod 600 {_path(stored)}"
    with pytest.raises(LooseKeyPermissions):
        check_key_directory(directory)


def test_a_folder_others_can_reach_is_refused(directory: Path) -> None:
    """A loose folder lets others swap the file, so opening, creating and checking all refuse it."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    check_key_directory(directory)
    directory.chmod(0o750)
    with pytest.raises(LooseKeyPermissions) as caught:
        check_key_directory(directory)
    assert caught.value.command == f"chmod 700 {directory}"
    with pytest.raises(LooseKeyPermissions):
        open_signer(stored.uri, secret=SECRET, verification_method=METHOD)
    with pytest.raises(LooseKeyPermissions):
        create_key(directory, Algorithm.ED25519, SECRET)


def test_a_link_is_not_followed(directory: Path, tmp_path: Path) -> None:
    """A link could lead out of the guarded folder."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    (directory / "link.pem").symlink_to(_path(stored))
    with pytest.raises(KeyNotFound):
        open_signer((directory / "link.pem").as_uri(), secret=SECRET, verification_method=METHOD)


def test_what_is_no_file_is_no_key(directory: Path) -> None:
    """A pipe does not make the opener wait, a folder does not make it crash."""
    create_key(directory, Algorithm.ED25519, SECRET)
    os.mkfifo(directory / "pipe.pem", 0o600)
    for path in (directory / "pipe.pem", directory, directory / "missing.pem"):
        with pytest.raises((KeyNotFound, LooseKeyPermissions)):
            open_signer(path.as_uri(), secret=SECRET, verification_method=METHOD)


@pytest.mark.parametrize("uri", ["file:relative.pem", "file://host/key.pem", "file:"])
def test_uris_that_name_no_file_here(uri: str) -> None:
    """Only an absolute path on this machine is a key file."""
    with pytest.raises(KeyNotFound):
        open_signer(uri, secret=SECRET, verification_method=METHOD)


@pytest.mark.parametrize("uri", ["pkcs12:a", "https://x.example/key", "/var/key.pem", ""])
def test_a_scheme_without_store_is_refused(uri: str) -> None:
    """Keys are opened by stores we know, never fetched."""
    with pytest.raises(UnknownKeyScheme):
        open_signer(uri, secret=SECRET, verification_method=METHOD)


def test_an_unencrypted_key_is_refused(directory: Path) -> None:
    """A key that lay open on the disk is not used."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    private_key = generate_private_key(Algorithm.ED25519)
    _path(stored).write_bytes(private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(MalformedKey):
        open_signer(stored.uri, secret=SECRET, verification_method=METHOD)


def test_a_key_of_another_type_is_refused(directory: Path) -> None:
    """An RSA key in the folder is named as what it is."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    private_key = rsa.generate_private_key(65537, 2048)
    encryption = BestAvailableEncryption(SECRET.encode())
    _path(stored).write_bytes(private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    with pytest.raises(UnsupportedKeyType):
        open_signer(stored.uri, secret=SECRET, verification_method=METHOD)


def test_a_damaged_file_is_refused(directory: Path) -> None:
    """Half a key is a refusal, not a crash."""
    stored = create_key(directory, Algorithm.ED25519, SECRET)
    _path(stored).write_bytes(_path(stored).read_bytes()[:80])
    with pytest.raises(WrongKeySecret, match="damaged"):
        open_signer(stored.uri, secret=SECRET, verification_method=METHOD)


def test_a_file_is_never_overwritten(directory: Path) -> None:
    """A second write to the same name is refused and leaves no remains."""
    path = _path(create_key(directory, Algorithm.ED25519, SECRET))
    before = path.read_bytes()
    with pytest.raises(KeyFileExists):
        _write_new(path, b"other")
    assert path.read_bytes() == before
    assert list(directory.iterdir()) == [path]


def test_a_signer_does_not_show_its_key() -> None:
    """Neither repr nor str of a signer leads to the private key."""
    signer = MemorySigner.generate(Algorithm.ED25519, METHOD)
    assert repr(signer) == f"MemorySigner({METHOD!r})"
