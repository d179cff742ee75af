"""Compact JSON Web Signatures (RFC 7515), read strictly: one way to write each token, nothing that is not understood.

PyJWT signs and verifies. What a token says is read here, because PyJWT lets members appear twice and padding pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt.algorithms import ECAlgorithm

from credentials.errors import DuplicateMember, MalformedCredential, SealBroken, UnsupportedProof
from credentials.strict_json import parse_json
from keys.algorithm import Algorithm
from keys.errors import KeyMaterialError, MalformedKey
from keys.multibase import base64url_decode
from keys.public_key import PublicKey
from keys.signer import Signer

JWS_ALGORITHMS: Final = frozenset({"ES256", "ES384", "EdDSA", "RS256"})
"""What tokens may be signed with. No symmetric algorithm, and never "none"; RSA with SHA-256 and PKCS #1 v1.5 only."""
_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ", "cty", "jwk"})
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_THUMBPRINT_URI: Final = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"


@dataclass(frozen=True, slots=True)
class CompactJws:
    """A token as it was read; nothing in it is verified until ``verify`` returns."""

    text: str
    type: str | None
    unverified_key_id: str | None
    algorithm: str
    payload: Mapping[str, Any]
    content_type: str | None = None

    def verify(self, public_key: PublicKey) -> None:
        """Raise SealBroken unless this key made the signature; the algorithm must be the one of the key."""
        if self.algorithm != public_key.jose_algorithm:
            raise SealBroken(f"the token says {self.algorithm}, but the key is one of {public_key.algorithm}")
        key = jwt.PyJWK.from_dict(public_key.to_jwk(), self.algorithm)
        try:
            _JWS.decode_complete(self.text, key, algorithms=[self.algorithm])
        except jwt.PyJWTError as exc:
            raise SealBroken("the signature was not made by this key over this text") from exc


def looks_like_compact_jws(text: str) -> bool:
    """Whether the text has the outer form of a token: three parts in base64url."""
    return _COMPACT.fullmatch(text) is not None


def read_compact_jws(text: str, *, types: frozenset[str | None]) -> CompactJws:
    """Read a token whose ``typ`` is one of these (lower case; None stands for a missing typ).

    Raises MalformedCredential, DuplicateMember or TooComplex for a token that is not well-formed, UnsupportedProof for
    an algorithm, type or header member that is not accepted here. The signature is not verified.
    """
    parts = _COMPACT.fullmatch(text)
    if not parts:
        raise MalformedCredential("$", "not a compact JWS")
    header = _parse_part(parts[1], "header")
    payload = _parse_part(parts[2], "$")
    _decode(parts[3], "signature")
    _check_header(header, types)
    return CompactJws(text, header.get("typ"), _key_id(header), header["alg"], payload, header.get("cty"))


def write_compact_jws(payload: Mapping[str, Any], signer: Signer, *, typ: str, cty: str | None = None) -> str:
    """Sign a payload with a P-256 key (ES256); the key is named by ``kid``."""
    if signer.public_key.algorithm is not Algorithm.P256:
        raise ValueError("tokens are signed with P-256 keys")
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    headers = {"typ": typ, "kid": signer.verification_method} | ({"cty": cty} if cty else {})
    return _SIGNING.encode(data, signer, algorithm="ES256", headers=headers)  # type: ignore[arg-type]


def _parse_part(part: str, path: str) -> dict[str, Any]:
    try:
        return parse_json(_decode(part, path))
    except DuplicateMember as exc:
        raise DuplicateMember(path + exc.path[1:], exc.member) from exc
    except MalformedCredential as exc:
        raise MalformedCredential(path + exc.path[1:], exc.reason) from exc


def _decode(part: str, path: str) -> bytes:
    try:
        return base64url_decode(part)
    except MalformedKey as exc:
        raise MalformedCredential(path, str(exc)) from exc


def _check_header(header: Mapping[str, Any], types: frozenset[str | None]) -> None:
    unknown = header.keys() - _HEADER_MEMBERS
    if unknown:
        raise UnsupportedProof(f"the header of the token has members that are not accepted: {sorted(unknown)}")
    for name in ("alg", "kid", "typ", "cty"):
        if not isinstance(header.get(name, ""), str):
            raise MalformedCredential(f"header.{name}", "expected a string")
    if header.get("alg") not in JWS_ALGORITHMS:
        raise UnsupportedProof(f"tokens signed with {header.get('alg')!r} are not accepted")
    typ = header.get("typ")
    if (typ.lower() if typ else typ) not in types:
        raise UnsupportedProof(f"a token of type {typ!r} is not accepted here")


def _key_id(header: Mapping[str, Any]) -> str | None:
    """What the token calls its key. A key inside the header only names itself, by its thumbprint (RFC 9278)."""
    jwk = header.get("jwk")
    if jwk is None:
        return header.get("kid")
    if not isinstance(jwk, dict):
        raise MalformedCredential("header.jwk", "expected an object")
    try:
        thumbprint = PublicKey.from_jwk(jwk).thumbprint
    except KeyMaterialError as exc:
        raise MalformedCredential("header.jwk", str(exc)) from exc
    return header.get("kid") or _THUMBPRINT_URI + thumbprint


class _ByOurSigner(ECAlgorithm):
    """ES256 whose private key is with a Signer, which may be a device."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        signature: bytes = key.sign(msg)
        return signature


_JWS: Final = jwt.PyJWS(algorithms=list(JWS_ALGORITHMS))
_SIGNING: Final = jwt.PyJWS(algorithms=[])
_SIGNING.register_algorithm("ES256", _ByOurSigner(ECAlgorithm.SHA256))
