"""Kinds of key that only others sign with: read as strictly as our own, and verifying only what they signed."""

import copy
import json
import pickle
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import ForeignAlgorithm, MalformedKey, PublicKey, SignatureMismatch, UnsupportedKeyType, base64url_encode

RSA_KEY = rsa.generate_private_key(65537, 2048)
P384_KEY = ec.generate_private_key(ec.SECP384R1())
RSA_JWK: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True)
P384_JWK: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(P384_KEY.public_key(), as_dict=True)
JWKS = {ForeignAlgorithm.RSA: RSA_JWK, ForeignAlgorithm.P384: P384_JWK}
EACH = pytest.mark.parametrize("algorithm", list(ForeignAlgorithm))


def sign(algorithm: ForeignAlgorithm, data: bytes) -> bytes:
    if algorithm is ForeignAlgorithm.RSA:
        return RSA_KEY.sign(data, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(P384_KEY.sign(data, ec.ECDSA(hashes.SHA384())))
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def rsa_jwk(bits: int, exponent: int = 65537) -> dict[str, str]:
    """The JWK of some odd number of that many bits; nobody has its private half."""
    modulus = (1 << (bits - 1)) | 1
    n, e = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (modulus, exponent))
    return {"kty": "RSA", "n": base64url_encode(n), "e": base64url_encode(e)}


@EACH
def test_a_key_reads_back_from_both_spellings(algorithm: ForeignAlgorithm) -> None:
    """Multikey and JWK name the same key, which may cross process borders."""
    key = PublicKey.from_jwk(JWKS[algorithm])
    assert key.algorithm is algorithm
    assert PublicKey.from_multikey(key.multikey) == key
    assert PublicKey.from_jwk(key.to_jwk()) == key
    assert copy.deepcopy(key) == pickle.loads(pickle.dumps(key)) == key


@EACH
def test_a_signature_verifies_under_its_key_only(algorithm: ForeignAlgorithm) -> None:
    """The right key over the right data passes; other data, a flipped bit and another length raise."""
    key = PublicKey.from_jwk(JWKS[algorithm])
    signature = sign(algorithm, b"data")
    key.verify_signature(signature, b"data")
    flipped = bytes([*signature[:-1], signature[-1] ^ 1])
    for wrong, data in ((signature, b"Data"), (flipped, b"data"), (signature[:-1], b"data"), (b"", b"data")):
        with pytest.raises(SignatureMismatch):
            key.verify_signature(wrong, data)


def test_an_rsa_signature_needs_the_hash_of_rs256() -> None:
    """A key published for RS256 verifies neither SHA-512 nor PSS."""
    key = PublicKey.from_jwk(RSA_JWK)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    for signature in (
        RSA_KEY.sign(b"data", padding.PKCS1v15(), hashes.SHA512()),
        RSA_KEY.sign(b"data", pss, hashes.SHA256()),
    ):
        with pytest.raises(SignatureMismatch):
            key.verify_signature(signature, b"data")


@EACH
def test_the_name_for_jose_comes_from_the_key(algorithm: ForeignAlgorithm) -> None:
    """One kind of key, one algorithm."""
    assert PublicKey.from_jwk(JWKS[algorithm]).jose_algorithm == {"RSA": "RS256", "P-384": "ES384"}[algorithm]


def test_the_thumbprint_of_rfc_7638() -> None:
    """Section 3.1 prints an RSA key and its thumbprint."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    key = PublicKey.from_jwk({"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param(rsa_jwk(2047), id="too short"),
        pytest.param(rsa_jwk(1024), id="1024 bits"),
        pytest.param(rsa_jwk(8193), id="too long"),
        pytest.param(rsa_jwk(2048, 3), id="exponent 3"),
        pytest.param(rsa_jwk(2048, 2**32 + 1), id="huge exponent"),
        pytest.param({**RSA_JWK, "n": ""}, id="empty modulus"),
        pytest.param({**RSA_JWK, "n": RSA_JWK["n"] + "="}, id="padded modulus"),
        pytest.param({"kty": "RSA", "n": RSA_JWK["n"]}, id="e missing"),
        pytest.param({**RSA_JWK, "d": "AA"}, id="private part published"),
        pytest.param({**RSA_JWK, "alg": "PS256"}, id="published for another algorithm"),
        pytest.param({**RSA_JWK, "alg": "HS256"}, id="symmetric algorithm"),
        pytest.param({**RSA_JWK, "use": "enc"}, id="for encryption"),
        pytest.param({**P384_JWK, "alg": "ES256"}, id="algorithm of another curve"),
        pytest.param({**P384_JWK, "x": P384_JWK["y"]}, id="not on the curve"),
        pytest.param({**P384_JWK, "x": "AA"}, id="short coordinate"),
    ],
)
def test_a_jwk_that_is_no_public_signing_key_is_refused(jwk: dict[str, object]) -> None:
    """Size, exponent, point and purpose are checked before the key is used."""
    with pytest.raises(MalformedKey) as caught:
        PublicKey.from_jwk(jwk)
    assert not isinstance(caught.value, UnsupportedKeyType)


def _der(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, spelling: PublicFormat) -> bytes:
    return key.public_bytes(Encoding.DER, spelling)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30\x03\x02\x01\x01", id="cut off"),
        pytest.param(_der(RSA_KEY.public_key(), PublicFormat.SubjectPublicKeyInfo), id="another spelling"),
        pytest.param(_der(P384_KEY.public_key(), PublicFormat.SubjectPublicKeyInfo), id="another kind"),
        pytest.param(_der(RSA_KEY.public_key(), PublicFormat.PKCS1) + b"\x00", id="bytes after it"),
    ],
)
def test_bytes_that_do_not_spell_an_rsa_key(raw: bytes) -> None:
    """One key has one spelling, so that two names never mean one key."""
    with pytest.raises(MalformedKey):
        PublicKey(ForeignAlgorithm.RSA, raw)


def test_the_private_half_never_shows() -> None:
    """What is written down again is the public half."""
    assert set(json.loads(json.dumps(PublicKey.from_jwk(RSA_JWK).to_jwk()))) == {"kty", "n", "e", "alg", "use"}
