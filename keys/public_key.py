"""A public key, read strictly from Multikey or JWK, and the check of a signature with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.algorithm import Algorithm
from keys.curve25519 import check_point
from keys.errors import MalformedKey, SignatureMismatch, UnsupportedKeyType
from keys.multibase import base58btc_decode, base58btc_encode, base64url_decode, base64url_encode

SIGNATURE_LENGTH: Final = 64

_MULTICODEC: Final = {Algorithm.ED25519: b"\xed\x01", Algorithm.P256: b"\x80\x24"}
_RAW_LENGTH: Final = {Algorithm.ED25519: 32, Algorithm.P256: 33}
_FOREIGN_MULTICODEC: Final = {
    b"\xec\x01": "X25519",
    b"\xe7\x01": "secp256k1",
    b"\x81\x24": "P-384",
    b"\x82\x24": "P-521",
    b"\x85\x24": "RSA",
    b"\xea\x01": "BLS12-381 G1",
    b"\xeb\x01": "BLS12-381 G2",
    b"\xee\x01": "BLS12-381 G1+G2",
}
_JWK_ALGORITHMS: Final = {
    Algorithm.ED25519: frozenset({"EdDSA", "Ed25519"}),
    Algorithm.P256: frozenset({"ES256"}),
}

_ParsedKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True)
class PublicKey:
    """A public key; raw is the 32 bytes of Ed25519 or the 33 bytes of the compressed P-256 point."""

    algorithm: Algorithm
    raw: bytes
    _parsed: _ParsedKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parsed", _parse(self.algorithm, self.raw))

    def __reduce__(self) -> tuple[type[PublicKey], tuple[Algorithm, bytes]]:
        return (PublicKey, (self.algorithm, self.raw))

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read a publicKeyMultibase value (Controlled Identifiers 1.0, section 2.2.2)."""
        if not text.startswith("z"):
            raise MalformedKey("a Multikey begins with z (base58btc)")
        data = base58btc_decode(text[1:])
        prefix, raw = data[:2], data[2:]
        for algorithm, known in _MULTICODEC.items():
            if prefix == known:
                return cls(algorithm, raw)
        if prefix in _FOREIGN_MULTICODEC:
            raise UnsupportedKeyType(_FOREIGN_MULTICODEC[prefix])
        raise MalformedKey(f"no key type begins with the bytes {prefix.hex()}")

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PublicKey:
        """Read a public JWK (RFC 7517); a JWK with a private part, or for another use, is refused."""
        algorithm = _jwk_algorithm(jwk)
        _check_jwk_use(jwk, algorithm)
        x = _jwk_coordinate(jwk, "x")
        if algorithm is Algorithm.ED25519:
            return cls(algorithm, x)
        y = _jwk_coordinate(jwk, "y")
        try:
            numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
            point = numbers.public_key()
        except ValueError as exc:
            raise MalformedKey("x and y are no point of P-256") from exc
        return cls(algorithm, point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))

    @cached_property
    def multikey(self) -> str:
        """The key as a publicKeyMultibase value, "z…"."""
        return "z" + base58btc_encode(_MULTICODEC[self.algorithm] + self.raw)

    @cached_property
    def thumbprint(self) -> str:
        """The JWK thumbprint with SHA-256 in base64url (RFC 7638)."""
        members = {name: value for name, value in self.to_jwk().items() if name in {"crv", "kty", "x", "y"}}
        canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
        return base64url_encode(hashlib.sha256(canonical.encode("ascii")).digest())

    def to_jwk(self) -> dict[str, str]:
        """Write the key as a JWK without kid; alg is left out for Ed25519, for which two spellings are registered."""
        if self.algorithm is Algorithm.ED25519:
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(self.raw), "use": "sig"}
        assert isinstance(self._parsed, ec.EllipticCurvePublicKey)
        point = self._parsed.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        x, y = base64url_encode(point[1:33]), base64url_encode(point[33:])
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig"}

    def verify_signature(self, signature: bytes, data: bytes) -> None:
        """Raise SignatureMismatch unless this key made the 64-byte signature over data (P-256: r and s, SHA-256)."""
        if len(signature) != SIGNATURE_LENGTH:
            raise SignatureMismatch(f"a signature has {SIGNATURE_LENGTH} bytes, this one {len(signature)}")
        try:
            if isinstance(self._parsed, ed25519.Ed25519PublicKey):
                self._parsed.verify(signature, data)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                self._parsed.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as exc:
            raise SignatureMismatch("the signature was not made by this key over this data") from exc


def _parse(algorithm: Algorithm, raw: bytes) -> _ParsedKey:
    if len(raw) != _RAW_LENGTH[algorithm]:
        raise MalformedKey(f"a key of {algorithm} has {_RAW_LENGTH[algorithm]} bytes, this one {len(raw)}")
    if algorithm is Algorithm.ED25519:
        check_point(raw)
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as exc:
        raise MalformedKey("the bytes are no compressed point of P-256") from exc


def _jwk_algorithm(jwk: Mapping[str, object]) -> Algorithm:
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind == ("OKP", "Ed25519"):
        return Algorithm.ED25519
    if kind == ("EC", "P-256"):
        return Algorithm.P256
    if not isinstance(kind[0], str):
        raise MalformedKey("the JWK has no kty")
    raise UnsupportedKeyType(f"{kind[0]} {kind[1]}" if isinstance(kind[1], str) else kind[0])


def _check_jwk_use(jwk: Mapping[str, object], algorithm: Algorithm) -> None:
    if "d" in jwk:
        raise MalformedKey("the JWK publishes its private part (d)")
    if "alg" in jwk and jwk["alg"] not in _JWK_ALGORITHMS[algorithm]:
        raise MalformedKey(f"the JWK names the algorithm {jwk['alg']!r}, which is none of {algorithm}")
    if jwk.get("use", "sig") != "sig":
        raise MalformedKey("the JWK is not meant for signatures (use)")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise MalformedKey("the JWK is not meant to verify (key_ops)")


def _jwk_coordinate(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise MalformedKey(f"the JWK has no {name}")
    data = base64url_decode(text)
    if len(data) != 32:
        raise MalformedKey(f"{name} of the JWK has {len(data)} bytes, not 32")
    return data
