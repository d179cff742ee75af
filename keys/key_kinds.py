"""What differs between kinds of key: how their bytes, JWKs and signatures look. PublicKey is the way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from keys.algorithm import Algorithm, ForeignAlgorithm, KeyAlgorithm
from keys.curve25519 import check_point
from keys.errors import MalformedKey, SignatureMismatch
from keys.multibase import base64url_decode, base64url_encode

SHORTEST_RSA: Final = 2048
LONGEST_RSA: Final = 8192
"""Bits of an RSA modulus; the work of a verification grows with its square."""

_USUAL_EXPONENT: Final = 65537
_NO_MATCH: Final = "the signature was not made by this key over this data"


class KeyKind(Protocol):
    """One kind of key. ``raw`` is the text-free spelling of a key that PublicKey carries and Multikey wraps."""

    @property
    def multicodec(self) -> bytes:
        """The prefix of a Multikey."""
        ...

    @property
    def jwk_type(self) -> tuple[str, str | None]:
        """kty and crv."""
        ...

    @property
    def jose_names(self) -> tuple[str, ...]:
        """What JOSE calls the signatures of such keys, the usual name first."""
        ...

    def check(self, raw: bytes) -> None:
        """Raise MalformedKey unless the bytes are the one spelling of a key."""
        ...

    def read_jwk(self, jwk: Mapping[str, object]) -> bytes:
        """The raw bytes of a JWK of this kind; raises MalformedKey."""
        ...

    def write_jwk(self, raw: bytes) -> dict[str, str]:
        """The members of RFC 7638's thumbprint."""
        ...

    def verify(self, raw: bytes, signature: bytes, data: bytes) -> None:
        """Raise SignatureMismatch unless the key made the signature over the data."""
        ...


@dataclass(frozen=True, slots=True)
class Ed25519Kind:
    """RFC 8032; 32 bytes."""

    multicodec: bytes = b"\xed\x01"
    jwk_type: tuple[str, str | None] = ("OKP", "Ed25519")
    jose_names: tuple[str, ...] = ("EdDSA", "Ed25519")

    def check(self, raw: bytes) -> None:
        """The 32 bytes of a point that is none of small order."""
        _check_length(raw, 32, "Ed25519")
        check_point(raw)

    def read_jwk(self, jwk: Mapping[str, object]) -> bytes:
        """Member x."""
        return read_bytes(jwk, "x", 32)

    def write_jwk(self, raw: bytes) -> dict[str, str]:
        """Members crv, kty and x."""
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(raw)}

    def verify(self, raw: bytes, signature: bytes, data: bytes) -> None:
        """64 bytes."""
        check_signature_length(signature, 64)
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(signature, data)
        except InvalidSignature as exc:
            raise SignatureMismatch(_NO_MATCH) from exc


@dataclass(frozen=True, slots=True)
class CurveKind:
    """ECDSA on a curve of NIST; the compressed point. Signatures are r and s, each as long as a coordinate."""

    multicodec: bytes
    jwk_type: tuple[str, str | None]
    jose_names: tuple[str, ...]
    curve: ec.EllipticCurve
    digest: hashes.HashAlgorithm

    @property
    def _length(self) -> int:
        return self.curve.key_size // 8

    def check(self, raw: bytes) -> None:
        """A compressed point of the curve."""
        _check_length(raw, self._length + 1, str(self.jwk_type[1]))
        self._point(raw)

    def read_jwk(self, jwk: Mapping[str, object]) -> bytes:
        """Members x and y, in full length."""
        x, y = (int.from_bytes(read_bytes(jwk, name, self._length), "big") for name in ("x", "y"))
        try:
            point = ec.EllipticCurvePublicNumbers(x, y, self.curve).public_key()
        except ValueError as exc:
            raise MalformedKey(f"x and y are no point of {self.jwk_type[1]}") from exc
        return point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def write_jwk(self, raw: bytes) -> dict[str, str]:
        """Members crv, kty, x and y."""
        point = self._point(raw).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        x, y = point[1 : 1 + self._length], point[1 + self._length :]
        return {"kty": "EC", "crv": str(self.jwk_type[1]), "x": base64url_encode(x), "y": base64url_encode(y)}

    def verify(self, raw: bytes, signature: bytes, data: bytes) -> None:
        """r and s; the DER spelling of the same numbers is no signature here."""
        check_signature_length(signature, 2 * self._length)
        r, s = (int.from_bytes(half, "big") for half in (signature[: self._length], signature[self._length :]))
        try:
            self._point(raw).verify(encode_dss_signature(r, s), data, ec.ECDSA(self.digest))
        except InvalidSignature as exc:
            raise SignatureMismatch(_NO_MATCH) from exc

    def _point(self, raw: bytes) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(self.curve, raw)
        except ValueError as exc:
            raise MalformedKey(f"the bytes are no compressed point of {self.jwk_type[1]}") from exc


@dataclass(frozen=True, slots=True)
class RsaKind:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RS256); the RSAPublicKey of RFC 8017 in DER."""

    multicodec: bytes = b"\x85\x24"
    jwk_type: tuple[str, str | None] = ("RSA", None)
    jose_names: tuple[str, ...] = ("RS256",)

    def check(self, raw: bytes) -> None:
        """A modulus of 2,048 to 8,192 bits, and the DER that everybody writes for it."""
        numbers = _rsa_key(raw).public_numbers()
        if _write_rsa(numbers.n, numbers.e) != raw:
            raise MalformedKey("the RSA key is not spelled in DER")

    def read_jwk(self, jwk: Mapping[str, object]) -> bytes:
        """Members n and e."""
        n, e = (int.from_bytes(read_bytes(jwk, name), "big") for name in ("n", "e"))
        return _write_rsa(n, e)

    def write_jwk(self, raw: bytes) -> dict[str, str]:
        """Members e, kty and n."""
        numbers = _rsa_key(raw).public_numbers()
        n, e = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.n, numbers.e))
        return {"kty": "RSA", "n": base64url_encode(n), "e": base64url_encode(e)}

    def verify(self, raw: bytes, signature: bytes, data: bytes) -> None:
        """As long as the modulus."""
        key = _rsa_key(raw)
        check_signature_length(signature, (key.key_size + 7) // 8)
        try:
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as exc:
            raise SignatureMismatch(_NO_MATCH) from exc


KINDS: Final[Mapping[KeyAlgorithm, KeyKind]] = {
    Algorithm.ED25519: Ed25519Kind(),
    Algorithm.P256: CurveKind(b"\x80\x24", ("EC", "P-256"), ("ES256",), ec.SECP256R1(), hashes.SHA256()),
    ForeignAlgorithm.P384: CurveKind(b"\x81\x24", ("EC", "P-384"), ("ES384",), ec.SECP384R1(), hashes.SHA384()),
    ForeignAlgorithm.RSA: RsaKind(),
}


def read_bytes(jwk: Mapping[str, object], name: str, length: int | None = None) -> bytes:
    """A member of a JWK in base64url; raises MalformedKey when it is missing or has another length."""
    text = jwk.get(name)
    if not isinstance(text, str):
        raise MalformedKey(f"the JWK has no {name}")
    data = base64url_decode(text)
    if length is not None and len(data) != length:
        raise MalformedKey(f"{name} of the JWK has {len(data)} bytes, not {length}")
    return data


def check_signature_length(signature: bytes, length: int) -> None:
    """Raise SignatureMismatch unless the signature is so many bytes long."""
    if len(signature) != length:
        raise SignatureMismatch(f"a signature has {length} bytes, this one {len(signature)}")


def _check_length(raw: bytes, length: int, name: str) -> None:
    if len(raw) != length:
        raise MalformedKey(f"a key of {name} has {length} bytes, this one {len(raw)}")


def _write_rsa(n: int, e: int) -> bytes:
    """The DER of a key whose size and exponent are in bounds; raises MalformedKey."""
    if not SHORTEST_RSA <= n.bit_length() <= LONGEST_RSA:
        raise MalformedKey(f"an RSA key has {SHORTEST_RSA} to {LONGEST_RSA} bits, this one {n.bit_length()}")
    # FIPS 186-5 asks for an odd exponent above 2^16; larger ones than the usual are in nobody's use and cost time
    if e != _USUAL_EXPONENT:
        raise MalformedKey(f"the exponent of the RSA key is not {_USUAL_EXPONENT}")
    try:
        return rsa.RSAPublicNumbers(e, n).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    except ValueError as exc:
        raise MalformedKey("n and e are no RSA key") from exc


def _rsa_key(raw: bytes) -> rsa.RSAPublicKey:
    try:
        key: PublicKeyTypes = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise MalformedKey("the bytes are no RSA key in DER") from exc
    if not isinstance(key, rsa.RSAPublicKey):
        raise MalformedKey("the bytes are a key of another kind than RSA")
    return key
