"""Where private keys lie: encrypted files that nobody else on the machine can reach, opened by a URI."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from keys.algorithm import Algorithm
from keys.errors import (
    KeyFileExists,
    KeyNotFound,
    LooseKeyPermissions,
    MalformedKey,
    UnknownKeyScheme,
    UnsupportedKeyType,
    WrongKeySecret,
)
from keys.pkcs11 import open_token_signer
from keys.public_key import PublicKey
from keys.signer import MemorySigner, PrivateKey, Signer, generate_private_key, public_key_of

_DIRECTORY_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_LARGEST_FILE: Final = 64 * 1024
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"

Opener = Callable[[str, str, str], Signer]


@dataclass(frozen=True)
class StoredKey:
    """A key in the store: the URI that opens it, and its public half."""

    uri: str
    public_key: PublicKey


def create_key(directory: Path, algorithm: Algorithm, secret: str) -> StoredKey:
    """Make a key and file it, encrypted with secret (PKCS#8); the folder is made when missing."""
    if not secret:
        raise WrongKeySecret("a key needs a secret that is not empty")
    directory = directory.absolute()
    directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
    check_key_directory(directory)
    private_key = generate_private_key(algorithm)
    public_key = public_key_of(private_key)
    path = directory / f"{algorithm.lower()}-{public_key.thumbprint}.pem"
    encryption = BestAvailableEncryption(secret.encode("utf-8"))
    _write_new(path, private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return StoredKey(uri=path.as_uri(), public_key=public_key)


def open_signer(uri: str, *, secret: str, verification_method: str) -> Signer:
    """Open the key behind a URI for signing.

    Raises UnknownKeyScheme, KeyNotFound, LooseKeyPermissions, WrongKeySecret, MalformedKey, UnsupportedKeyType,
    TokenNotFound or TokenFailed.
    """
    scheme, separator, _ = uri.partition(":")
    opener = OPENERS.get(scheme) if separator else None
    if opener is None:
        raise UnknownKeyScheme(scheme if separator else "")
    return opener(uri, secret, verification_method)


def check_key_directory(directory: Path) -> None:
    """Raise LooseKeyPermissions when others can reach the folder or one of the files in it."""
    _check_mode(directory, directory.stat(), _DIRECTORY_MODE)
    for path in sorted(directory.iterdir()):
        _check_mode(path, path.lstat(), _FILE_MODE)


def _open_file(uri: str, secret: str, verification_method: str) -> Signer:
    parts = urlsplit(uri)
    path = Path(unquote(parts.path))
    if parts.netloc or not path.is_absolute():
        raise KeyNotFound(uri)
    private_key = _read_private_key(path, _read_guarded(path, uri), secret)
    return MemorySigner(private_key, verification_method)


OPENERS: Final[dict[str, Opener]] = {"file": _open_file, "pkcs11": open_token_signer}
"""Who opens which scheme; an opener takes the URI, the secret and the verification method."""


def _read_guarded(path: Path, uri: str) -> bytes:
    try:
        _check_mode(path.parent, path.parent.stat(), _DIRECTORY_MODE)
        # a link could lead to a file whose folder was never checked
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as exc:
        raise KeyNotFound(uri) from exc
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeyNotFound(uri)
        _check_mode(path, status, _FILE_MODE)
        return os.read(descriptor, _LARGEST_FILE)
    finally:
        os.close(descriptor)


def _read_private_key(path: Path, pem: bytes, secret: str) -> PrivateKey:
    if not pem.lstrip().startswith(_ENCRYPTED):
        raise MalformedKey(f"{path} holds no encrypted private key")
    if not secret:
        raise WrongKeySecret("a key needs a secret that is not empty")
    try:
        private_key = load_pem_private_key(pem, secret.encode("utf-8"))
    except UnsupportedAlgorithm as exc:
        raise UnsupportedKeyType(str(exc)) from exc
    except ValueError as exc:
        raise WrongKeySecret(f"the secret does not open {path}; it is another one, or the file is damaged") from exc
    if isinstance(private_key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        return private_key
    raise UnsupportedKeyType(type(private_key).__name__)


def _check_mode(path: Path, status: os.stat_result, widest: int) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return
    if mode & ~widest:
        raise LooseKeyPermissions(str(path), mode, widest)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and never over another one."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # rename would replace an existing file; link refuses to
        os.link(temporary, path)
    except FileExistsError as exc:
        raise KeyFileExists(str(path)) from exc
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
