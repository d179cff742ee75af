"""A public key, read strictly from Multikey or JWK, and the check of a signature with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from keys.algorithm import Algorithm, KeyAlgorithm
from keys.errors import MalformedKey, UnsupportedKeyType
from keys.key_kinds import KINDS, KeyKind
from keys.multibase import base58btc_decode, base58btc_encode, base64url_encode

SIGNATURE_LENGTH: Final = 64
"""Bytes of a signature by a key of ours, in both kinds."""

_FOREIGN_MULTICODEC: Final = {
    b"\xec\x01": "X25519",
    b"\xe7\x01": "secp256k1",
    b"\x82\x24": "P-521",
    b"\xea\x01": "BLS12-381 G1",
    b"\xeb\x01": "BLS12-381 G2",
    b"\xee\x01": "BLS12-381 G1+G2",
}


@dataclass(frozen=True)
class PublicKey:
    """A public key; raw is the 32 bytes of Ed25519, the compressed point of P-256 or P-384, or RSA's PKCS #1 DER."""

    algorithm: KeyAlgorithm
    raw: bytes

    def __post_init__(self) -> None:
        self._kind.check(self.raw)

    def __reduce__(self) -> tuple[type[PublicKey], tuple[KeyAlgorithm, bytes]]:
        return (PublicKey, (self.algorithm, self.raw))

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read a publicKeyMultibase value (Controlled Identifiers 1.0, section 2.2.2)."""
        if not text.startswith("z"):
            raise MalformedKey("a Multikey begins with z (base58btc)")
        data = base58btc_decode(text[1:])
        prefix, raw = data[:2], data[2:]
        for algorithm, kind in KINDS.items():
            if prefix == kind.multicodec:
                return cls(algorithm, raw)
        if prefix in _FOREIGN_MULTICODEC:
            raise UnsupportedKeyType(_FOREIGN_MULTICODEC[prefix])
        raise MalformedKey(f"no key type begins with the bytes {prefix.hex()}")

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PublicKey:
        """Read a public JWK (RFC 7517); a JWK with a private part, or for another use, is refused."""
        algorithm = _jwk_algorithm(jwk)
        _check_jwk_use(jwk, algorithm)
        return cls(algorithm, KINDS[algorithm].read_jwk(jwk))

    @cached_property
    def multikey(self) -> str:
        """The key as a publicKeyMultibase value, "z…"."""
        return "z" + base58btc_encode(self._kind.multicodec + self.raw)

    @cached_property
    def thumbprint(self) -> str:
        """The JWK thumbprint with SHA-256 in base64url (RFC 7638)."""
        canonical = json.dumps(self._kind.write_jwk(self.raw), sort_keys=True, separators=(",", ":"))
        return base64url_encode(hashlib.sha256(canonical.encode("ascii")).digest())

    @property
    def jose_algorithm(self) -> str:
        """The one value of ``alg`` that a token signed with this key may have."""
        return self._kind.jose_names[0]

    def to_jwk(self) -> dict[str, str]:
        """Write the key as a JWK without kid; alg is left out for Ed25519, for which two spellings are registered."""
        named = {} if self.algorithm is Algorithm.ED25519 else {"alg": self.jose_algorithm}
        return {**self._kind.write_jwk(self.raw), **named, "use": "sig"}

    def verify_signature(self, signature: bytes, data: bytes) -> None:
        """Raise SignatureMismatch unless this key made the signature over data.

        64 bytes for Ed25519 and P-256 (r and s, SHA-256), 96 for P-384 (r and s, SHA-384), for RSA as many as the
        modulus has (PKCS #1 v1.5, SHA-256).
        """
        self._kind.verify(self.raw, signature, data)

    @property
    def _kind(self) -> KeyKind:
        return KINDS[self.algorithm]


def _jwk_algorithm(jwk: Mapping[str, object]) -> KeyAlgorithm:
    family, curve = jwk.get("kty"), jwk.get("crv")
    for algorithm, kind in KINDS.items():
        if (family, curve) == kind.jwk_type:
            return algorithm
    if not isinstance(family, str):
        raise MalformedKey("the JWK has no kty")
    raise UnsupportedKeyType(f"{family} {curve}" if isinstance(curve, str) else family)


def _check_jwk_use(jwk: Mapping[str, object], algorithm: KeyAlgorithm) -> None:
    if "d" in jwk:
        raise MalformedKey("the JWK publishes its private part (d)")
    if "alg" in jwk and jwk["alg"] not in KINDS[algorithm].jose_names:
        raise MalformedKey(f"the JWK names the algorithm {jwk['alg']!r}, which is none of {algorithm}")
    if jwk.get("use", "sig") != "sig":
        raise MalformedKey("the JWK is not meant for signatures (use)")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise MalformedKey("the JWK is not meant to verify (key_ops)")
