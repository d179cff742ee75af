"""Who can sign: a private key that never leaves its holder, and the name under which its public key is found."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.algorithm import Algorithm
from keys.did import did_key_method_id
from keys.errors import UnsupportedKeyType
from keys.public_key import PublicKey

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class Signer(Protocol):
    """Something that signs; where the private key lies is its own affair."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what this signer signs."""
        ...

    @property
    def verification_method(self) -> str:
        """The identifier of the key that goes into a proof (a DID URL) or a kid (a DID URL or an https link)."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign data: 64 bytes in both algorithms (P-256: r and s, SHA-256)."""
        ...


class MemorySigner:
    """A signer whose private key lies in this process."""

    def __init__(self, private_key: PrivateKey, verification_method: str | None = None) -> None:
        """Take a private key; without a verification method the signer goes by the did:key of the key itself."""
        self._private_key = private_key
        self.public_key = public_key_of(private_key)
        self.verification_method = verification_method or did_key_method_id(self.public_key)

    @classmethod
    def generate(cls, algorithm: Algorithm, verification_method: str | None = None) -> MemorySigner:
        """Make a fresh key that is kept nowhere else."""
        return cls(generate_private_key(algorithm), verification_method)

    @classmethod
    def from_seed(cls, seed: bytes) -> MemorySigner:
        """The Ed25519 key that 32 secret bytes make, the same each time; it goes by its did:key."""
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, data: bytes) -> bytes:
        """Sign data: 64 bytes; P-256 deterministically (RFC 6979), so that no bad randomness can leak the key."""
        if isinstance(self._private_key, ed25519.Ed25519PrivateKey):
            return self._private_key.sign(data)
        r, s = decode_dss_signature(
            self._private_key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)),
        )
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"MemorySigner({self.verification_method!r})"


def generate_private_key(algorithm: Algorithm) -> PrivateKey:
    """Make a fresh private key."""
    if algorithm is Algorithm.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def public_key_of(private_key: PrivateKey) -> PublicKey:
    """The public half of a private key; raises UnsupportedKeyType for other curves."""
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return PublicKey(Algorithm.ED25519, private_key.public_key().public_bytes_raw())
    if not isinstance(private_key.curve, ec.SECP256R1):
        raise UnsupportedKeyType(private_key.curve.name)
    point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return PublicKey(Algorithm.P256, point)
