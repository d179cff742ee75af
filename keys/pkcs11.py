"""Keys in a hardware security module, reached through PKCS #11: they sign there and never come out.

The URI (RFC 7512) names token and key, and the maker's library:
``pkcs11:token=office;object=vbk-p256?module-path=/usr/lib/softhsm/libsofthsm2.so``. The pin is the secret that every
signer is opened with, and never stands in the URI.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, unquote_to_bytes

from keys.algorithm import Algorithm
from keys.did import did_key_method_id
from keys.errors import (
    KeyNotFound,
    MalformedKey,
    TokenFailed,
    TokenNotFound,
    UnknownKeyScheme,
    UnsupportedKeyType,
    WrongKeySecret,
)
from keys.public_key import PublicKey

if TYPE_CHECKING:
    import pkcs11

_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_ED25519: Final = (bytes.fromhex("06032b6570"), b"\x13\x0cedwards25519")
_ATTRIBUTES: Final = frozenset({"token", "object", "id", "module-path"})


@dataclass(frozen=True)
class TokenKeyUri:
    """Where a key lies: the maker's library, the label of the token, label or id of the key."""

    text: str
    module: str
    token: str
    label: str | None
    key_id: bytes | None

    @classmethod
    def parse(cls, uri: str) -> TokenKeyUri:
        """Read a URI; raises MalformedKey, also when it holds a pin."""
        path, _, query = uri.removeprefix("pkcs11:").partition("?")
        given = dict(part.partition("=")[::2] for part in [*path.split(";"), *query.split("&")] if part)
        if given.keys() & {"pin-value", "pin-source"}:
            raise MalformedKey("a key URI holds no pin; it is the secret that opens the keys")
        unknown = given.keys() - _ATTRIBUTES
        if unknown:
            raise MalformedKey(f"the key URI has attributes that are not known here: {', '.join(sorted(unknown))}")
        if not given.get("token") or not given.get("module-path") or not (given.get("object") or given.get("id")):
            raise MalformedKey("a key URI names token, object or id, and module-path")
        return cls(
            text=uri,
            module=unquote(given["module-path"]),
            token=unquote(given["token"]),
            label=unquote(given["object"]) if given.get("object") else None,
            key_id=unquote_to_bytes(given["id"]) if given.get("id") else None,
        )


class TokenSigner:
    """A signer whose private key stays in its token."""

    def __init__(self, login: _Login, uri: TokenKeyUri, verification_method: str | None) -> None:
        from pkcs11 import Mechanism, ObjectClass

        with login.lock:
            self._private_key: Any = login.find(uri, ObjectClass.PRIVATE_KEY)
            self.public_key = _public_key(login.find(uri, ObjectClass.PUBLIC_KEY))
        self.verification_method = verification_method or did_key_method_id(self.public_key)
        self._login = login
        self._is_ed25519 = self.public_key.algorithm is Algorithm.ED25519
        self._mechanism = Mechanism.EDDSA if self._is_ed25519 else Mechanism.ECDSA

    def sign(self, data: bytes) -> bytes:
        """Sign data: 64 bytes; raises TokenFailed, and SignatureMismatch when the token signed wrongly."""
        from pkcs11.exceptions import PKCS11Error

        message = data if self._is_ed25519 else hashlib.sha256(data).digest()
        try:
            with self._login.lock:
                signature = bytes(self._private_key.sign(message, mechanism=self._mechanism))
        except PKCS11Error as exc:
            raise TokenFailed(_said(exc)) from exc
        # a faulty signature can give an Ed25519 key away, and a public half of another key would go unnoticed
        self.public_key.verify_signature(signature, data)
        return signature

    def __repr__(self) -> str:
        return f"TokenSigner({self.verification_method!r})"


def open_token_signer(uri: str, secret: str, verification_method: str) -> TokenSigner:
    """Open a key in a token for signing, in the process that signs.

    Raises UnknownKeyScheme without the package python-pkcs11, TokenNotFound, WrongKeySecret, KeyNotFound,
    UnsupportedKeyType, TokenFailed or MalformedKey.
    """
    try:
        from pkcs11.exceptions import PKCS11Error
    except ImportError as exc:
        raise UnknownKeyScheme("pkcs11") from exc
    where = TokenKeyUri.parse(uri)
    if not secret:
        raise WrongKeySecret("a key needs a secret that is not empty")
    try:
        return TokenSigner(_log_in(where, secret), where, verification_method)
    except PKCS11Error as exc:
        raise TokenFailed(_said(exc)) from exc


class _Login:
    """A session on a token; a process logs in once, and calls on a session go one after the other."""

    def __init__(self, session: pkcs11.Session, pin: str) -> None:
        self._session = session
        self._salt = secrets.token_bytes(16)
        self._pin = self._digest(pin)
        self.lock = threading.Lock()

    def knows(self, pin: str) -> bool:
        """Whether this is the pin that the token was opened with."""
        return hmac.compare_digest(self._pin, self._digest(pin))

    def find(self, uri: TokenKeyUri, object_class: Any) -> Any:
        """The one object of this class that the URI names; raises KeyNotFound, also when there are several."""
        from pkcs11 import Attribute

        wanted = {Attribute.CLASS: object_class, Attribute.LABEL: uri.label, Attribute.ID: uri.key_id}
        given = {name: value for name, value in wanted.items() if value is not None}
        found = list(self._session.get_objects(given))
        if len(found) != 1:
            raise KeyNotFound(uri.text)
        return found[0]

    def _digest(self, pin: str) -> bytes:
        return hashlib.sha256(self._salt + pin.encode()).digest()


_logins: dict[tuple[str, str], _Login] = {}
_logging_in = threading.Lock()


def _log_in(where: TokenKeyUri, pin: str) -> _Login:
    from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PinLocked

    with _logging_in:
        login = _logins.get((where.module, where.token))
        if login is None:
            try:
                login = _Login(_token(where).open(user_pin=pin), pin)
            except PinLocked as exc:
                raise WrongKeySecret(f"the token {where.token!r} is locked after too many wrong pins") from exc
            except (PinIncorrect, PinInvalid, PinLenRange) as exc:
                raise WrongKeySecret(f"the secret is not the pin of the token {where.token!r}") from exc
            _logins[where.module, where.token] = login
        elif not login.knows(pin):
            raise WrongKeySecret(f"the secret is not the pin of the token {where.token!r}")
        return login


def _token(where: TokenKeyUri) -> pkcs11.Token:
    import pkcs11
    from pkcs11.exceptions import MultipleTokensReturned, NoSuchToken, PKCS11Error, TokenNotPresent

    try:
        library = pkcs11.lib(where.module)
    except (PKCS11Error, RuntimeError, OSError) as exc:
        raise TokenNotFound(where.token, f"the library {where.module} cannot be loaded: {_said(exc)}") from exc
    try:
        return library.get_token(token_label=where.token)
    except (NoSuchToken, TokenNotPresent) as exc:
        raise TokenNotFound(where.token, "it is not present") from exc
    except MultipleTokensReturned as exc:
        raise TokenNotFound(where.token, "several tokens bear this label") from exc


def _public_key(key: Any) -> PublicKey:
    from pkcs11 import Attribute

    curve, point = bytes(key[Attribute.EC_PARAMS]), bytes(key[Attribute.EC_POINT])
    if curve == _P256:
        # a DER octet string, as the standard has it, or the bare point, as some makers have it
        point = point[2:] if len(point) == 67 else point
        return PublicKey(Algorithm.P256, bytes([2 + (point[-1] & 1)]) + point[1:33])
    if curve in _ED25519:
        return PublicKey(Algorithm.ED25519, point[2:] if len(point) == 34 else point)
    raise UnsupportedKeyType(f"PKCS #11 {curve.hex()}")


def _said(exc: Exception) -> str:
    return str(exc) or type(exc).__name__
