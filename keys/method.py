"""A verification method: one public key under a name, in the hands of a controller, for a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from keys.errors import MalformedControllerDocument, MalformedKey, UnsupportedKeyType
from keys.instant import read_instant, write_instant
from keys.public_key import PublicKey

_OLDER_NAMES: Final = {"JsonWebKey2020": "JsonWebKey"}
_PRIVATE_MEMBERS: Final = ("secretKeyMultibase", "privateKeyMultibase", "secretKeyJwk", "privateKeyJwk")


class MethodType(StrEnum):
    """The two spellings of a key in a document: proofs look for the one, tokens for the other."""

    MULTIKEY = "Multikey"
    JSON_WEB_KEY = "JsonWebKey"


@dataclass(frozen=True)
class VerificationMethod:
    """A verification method of Controlled Identifiers 1.0; expires and revoked end what may be proven with it.

    begins is when that may begin: key sets can say it, controller documents have no member for it.
    """

    id: str
    controller: str
    public_key: PublicKey
    expires: datetime | None = None
    revoked: datetime | None = None
    type: MethodType = MethodType.MULTIKEY
    begins: datetime | None = None

    def to_json(self) -> dict[str, object]:
        """Write the method in the spelling of its type."""
        written: dict[str, object] = {"id": self.id, "type": self.type.value, "controller": self.controller}
        if self.type is MethodType.MULTIKEY:
            written["publicKeyMultibase"] = self.public_key.multikey
        else:
            written["publicKeyJwk"] = self.public_key.to_jwk()
        if self.expires is not None:
            written["expires"] = write_instant(self.expires)
        if self.revoked is not None:
            written["revoked"] = write_instant(self.revoked)
        return written

    @classmethod
    def from_json(cls, obj: Mapping[str, object], *, path: str = "$") -> VerificationMethod:
        """Read a Multikey or JsonWebKey; raises MalformedControllerDocument with the place, or UnsupportedKeyType."""
        method_id = _text(obj, "id", path)
        controller = _text(obj, "controller", path)
        leaked = next((name for name in _PRIVATE_MEMBERS if name in obj), None)
        if leaked is not None:
            raise MalformedControllerDocument(f"{path}.{leaked}", "the document publishes a private key")
        kind = _method_type(obj, path)
        return cls(
            id=method_id,
            controller=controller,
            public_key=_public_key(obj, kind, path),
            expires=_moment(obj, "expires", path),
            revoked=_moment(obj, "revoked", path),
            type=kind,
        )


def _method_type(obj: Mapping[str, object], path: str) -> MethodType:
    named = _text(obj, "type", path)
    try:
        return MethodType(_OLDER_NAMES.get(named, named))
    except ValueError:
        raise UnsupportedKeyType(named) from None


def _public_key(obj: Mapping[str, object], kind: MethodType, path: str) -> PublicKey:
    member = "publicKeyMultibase" if kind is MethodType.MULTIKEY else "publicKeyJwk"
    value = obj.get(member)
    try:
        if isinstance(value, str) and kind is MethodType.MULTIKEY:
            return PublicKey.from_multikey(value)
        if isinstance(value, Mapping) and kind is MethodType.JSON_WEB_KEY:
            return PublicKey.from_jwk(value)
    except UnsupportedKeyType:
        raise
    except MalformedKey as exc:
        raise MalformedControllerDocument(f"{path}.{member}", str(exc)) from exc
    raise MalformedControllerDocument(f"{path}.{member}", f"a {kind} needs this member")


def _text(obj: Mapping[str, object], name: str, path: str) -> str:
    value = obj.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedControllerDocument(f"{path}.{name}", "expected a non-empty string")
    return value


def _moment(obj: Mapping[str, object], name: str, path: str) -> datetime | None:
    if name not in obj:
        return None
    try:
        return read_instant(obj[name])
    except ValueError as exc:
        raise MalformedControllerDocument(f"{path}.{name}", str(exc)) from exc
