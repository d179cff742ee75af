"""Public keys are read strictly and verify only what they signed."""

import copy
import hashlib
import json
import pickle

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys import (
    Algorithm,
    MalformedKey,
    MemorySigner,
    PublicKey,
    SignatureMismatch,
    UnsupportedKeyType,
    base64url_encode,
)
from keys.curve25519 import _D, _P, _SMALL_ORDER_Y
from keys.multibase import base58btc_encode

RFC8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
P256_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
    "y": "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM",
}
P256_MULTIKEY = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"


@pytest.fixture(params=list(Algorithm), ids=str)
def signer(request: pytest.FixtureRequest) -> MemorySigner:
    return MemorySigner.generate(request.param)


def test_a_key_reads_back_from_both_spellings(signer: MemorySigner) -> None:
    """Multikey and JWK name the same key."""
    key = signer.public_key
    assert PublicKey.from_multikey(key.multikey) == key
    assert PublicKey.from_jwk(key.to_jwk()) == key
    assert hash(PublicKey.from_jwk(key.to_jwk())) == hash(key)


def test_the_known_keys_keep_their_names() -> None:
    """The published examples come out: RFC 8037 appendix A.3 and a did:key vector for P-256."""
    assert PublicKey.from_jwk(RFC8037_JWK).thumbprint == RFC8037_THUMBPRINT
    assert PublicKey.from_jwk(P256_JWK).multikey == P256_MULTIKEY
    assert PublicKey.from_multikey(P256_MULTIKEY).to_jwk() == {**P256_JWK, "alg": "ES256", "use": "sig"}


def test_the_thumbprint_of_p256_covers_the_required_members_only() -> None:
    """RFC 7638: crv, kty, x, y in that order, nothing else."""
    canonical = json.dumps(P256_JWK, sort_keys=True, separators=(",", ":"))
    expected = base64url_encode(hashlib.sha256(canonical.encode()).digest())
    assert PublicKey.from_jwk({**P256_JWK, "kid": "x", "alg": "ES256"}).thumbprint == expected


def test_a_signature_verifies_under_its_key_only(signer: MemorySigner) -> None:
    """The right key over the right data passes; every other combination raises."""
    signature = signer.sign(b"data")
    assert len(signature) == 64
    signer.public_key.verify_signature(signature, b"data")
    with pytest.raises(SignatureMismatch):
        signer.public_key.verify_signature(signature, b"Data")
    with pytest.raises(SignatureMismatch):
        MemorySigner.generate(Algorithm(signer.public_key.algorithm)).public_key.verify_signature(signature, b"data")


@pytest.mark.parametrize("position", [0, 31, 32, 63])
def test_a_flipped_bit_breaks_a_signature(signer: MemorySigner, position: int) -> None:
    """Each half of the signature counts."""
    signature = bytearray(signer.sign(b"data"))
    signature[position] ^= 1
    with pytest.raises(SignatureMismatch):
        signer.public_key.verify_signature(bytes(signature), b"data")


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" * 63, id="one byte short"),
        pytest.param(b"\0" * 65, id="one byte long"),
        pytest.param(b"\0" * 64, id="zeros"),
        pytest.param(b"\xff" * 64, id="larger than the order"),
    ],
)
def test_what_is_no_signature_does_not_match(signer: MemorySigner, signature: bytes) -> None:
    """Nonsense is a mismatch, never a crash."""
    with pytest.raises(SignatureMismatch):
        signer.public_key.verify_signature(signature, b"data")


def test_a_der_signature_is_not_taken_for_p256() -> None:
    """P-256 signatures are r and s, 64 bytes; the DER spelling of the same numbers is refused."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    der = private_key.sign(b"data", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(SignatureMismatch):
        MemorySigner(private_key, "test").public_key.verify_signature(der, b"data")


def test_a_private_key_of_another_curve_makes_no_signer() -> None:
    """P-384 is no algorithm of ours."""
    with pytest.raises(UnsupportedKeyType, match="secp384r1"):
        MemorySigner(ec.generate_private_key(ec.SECP384R1()), "test")


def test_p256_signs_deterministically() -> None:
    """RFC 6979: the same data gives the same signature."""
    signer = MemorySigner.generate(Algorithm.P256)
    assert signer.sign(b"data") == signer.sign(b"data")


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param({}, id="no kty"),
        pytest.param({**RFC8037_JWK, "x": "AA"}, id="short coordinate"),
        pytest.param({**RFC8037_JWK, "x": RFC8037_JWK["x"] + "="}, id="padded coordinate"),
        pytest.param({**RFC8037_JWK, "x": 5}, id="coordinate is a number"),
        pytest.param({**RFC8037_JWK, "d": "AA"}, id="private part published"),
        pytest.param({**RFC8037_JWK, "alg": "ES256"}, id="algorithm of another key type"),
        pytest.param({**P256_JWK, "alg": "HS256"}, id="symmetric algorithm"),
        pytest.param({**P256_JWK, "alg": "none"}, id="no algorithm"),
        pytest.param({**P256_JWK, "use": "enc"}, id="for encryption"),
        pytest.param({**P256_JWK, "key_ops": ["deriveKey"]}, id="not for verifying"),
        pytest.param({**P256_JWK, "key_ops": "verify"}, id="operations are not a list"),
        pytest.param({**P256_JWK, "y": P256_JWK["x"]}, id="not on the curve"),
        pytest.param({name: P256_JWK[name] for name in ("kty", "crv", "x")}, id="y missing"),
    ],
)
def test_a_jwk_that_is_no_public_signing_key_is_refused(jwk: dict[str, object]) -> None:
    """Each member is checked before the key is used, and what is broken is not called unsupported."""
    with pytest.raises(MalformedKey) as caught:
        PublicKey.from_jwk(jwk)
    assert caught.value.code == "malformed_key"


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}, id="P-521"),
        pytest.param({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}, id="secp256k1"),
        pytest.param({"kty": "OKP", "crv": "X25519", "x": "AA"}, id="X25519"),
        pytest.param({"kty": "oct", "k": "AA"}, id="symmetric"),
        pytest.param({"kty": "OKP", "crv": "P-256", "x": "AA"}, id="a curve of another family"),
    ],
)
def test_other_key_types_have_a_code_of_their_own(jwk: dict[str, object]) -> None:
    """A good key of a kind we cannot verify with is not called malformed."""
    with pytest.raises(UnsupportedKeyType) as caught:
        PublicKey.from_jwk(jwk)
    assert caught.value.code == "unsupported_key_type"


@pytest.mark.parametrize(
    ("multicodec", "name"),
    [(b"\x82\x24", "P-521"), (b"\xe7\x01", "secp256k1"), (b"\xec\x01", "X25519"), (b"\xeb\x01", "BLS12-381 G2")],
)
def test_a_multikey_of_another_type_is_named(multicodec: bytes, name: str) -> None:
    """What is a key, only of a kind that is not used here, is told from what is none."""
    with pytest.raises(UnsupportedKeyType) as caught:
        PublicKey.from_multikey("z" + base58btc_encode(multicodec + bytes(32)))
    assert caught.value.key_type == name


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("z", id="nothing after the prefix"),
        pytest.param(P256_MULTIKEY[1:], id="no multibase prefix"),
        pytest.param("x" + P256_MULTIKEY[1:], id="another multibase prefix"),
        pytest.param("u7QHXWpgBgrEKt9VL_tPJZAc6DuFy89qmIyWvAhpo9wdRGg", id="base64url"),
        pytest.param(P256_MULTIKEY[:-1], id="cut off"),
        pytest.param(P256_MULTIKEY + "1", id="one byte too many"),
    ],
)
def test_a_multikey_that_is_cut_or_in_another_base_is_refused(text: str) -> None:
    """Length and prefix are exact."""
    with pytest.raises(MalformedKey):
        PublicKey.from_multikey(text)


def test_a_point_off_the_p256_curve_is_refused() -> None:
    """Compressed bytes that no point has are no key."""
    with pytest.raises(MalformedKey):
        PublicKey(Algorithm.P256, b"\x02" + b"\xff" * 32)
    with pytest.raises(MalformedKey):
        PublicKey(Algorithm.P256, b"\x04" + b"\x01" * 32)


def _double(x: int, y: int) -> tuple[int, int]:
    product = _D * x * x * y * y % _P
    return (
        2 * x * y * pow(1 + product, -1, _P) % _P,
        (y * y + x * x) * pow(1 - product, -1, _P) % _P,
    )


def _square_root(square: int) -> int:
    root = pow(square, (_P + 3) // 8, _P)
    return root if root * root % _P == square else root * pow(2, (_P - 1) // 4, _P) % _P


@pytest.mark.parametrize("y", sorted(_SMALL_ORDER_Y))
@pytest.mark.parametrize("sign", [0, 1])
def test_points_of_small_order_are_no_keys(y: int, sign: int) -> None:
    """Eight times such a point is the neutral element, so it would accept signatures over anything."""
    x = _square_root((y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P)
    point = (x, y)
    for _ in range(3):
        point = _double(*point)
    assert point == (0, 1)
    with pytest.raises(MalformedKey):
        PublicKey(Algorithm.ED25519, (y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param((_P + 3).to_bytes(32, "little"), id="written larger than the field"),
        pytest.param((2).to_bytes(32, "little"), id="not on the curve"),
        pytest.param(b"\x01" * 31, id="too short"),
    ],
)
def test_bytes_that_are_no_point_are_no_ed25519_key(raw: bytes) -> None:
    """The library would take any 32 bytes; we do not."""
    with pytest.raises(MalformedKey):
        PublicKey(Algorithm.ED25519, raw)


def test_every_generated_key_is_a_point() -> None:
    """The point check refuses no honest key."""
    for _ in range(200):
        raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        assert PublicKey(Algorithm.ED25519, raw).raw == raw


def test_a_key_can_be_copied_and_pickled(signer: MemorySigner) -> None:
    """Keys may cross process borders."""
    key = signer.public_key
    for twin in (copy.deepcopy(key), pickle.loads(pickle.dumps(key))):
        assert twin == key
        twin.verify_signature(signer.sign(b"data"), b"data")
