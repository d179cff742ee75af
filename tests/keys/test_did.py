"""did:web names a place on the web, did:key is its own key."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keys import (
    Algorithm,
    KeyMaterialError,
    MalformedDid,
    MemorySigner,
    PublicKey,
    UnsupportedKeyType,
    did_key,
    did_web,
    did_web_location,
    resolve_did_key,
)
from keys.multibase import base58btc_decode
from tests.vectors import needs_vectors, read_vector


def _vectors(name: str) -> dict[str, dict[str, object]]:
    vectors: dict[str, dict[str, object]] = read_vector(f"vectors/did-method-key/{name}")
    return vectors


@pytest.mark.parametrize(
    ("base_url", "segments", "did", "location"),
    [
        pytest.param(
            "https://voltpass.example",
            ("issuers", "vbk"),
            "did:web:voltpass.example:issuers:vbk",
            "https://voltpass.example/issuers/vbk/did.json",
            id="path",
        ),
        pytest.param(
            "https://voltpass.example/",
            (),
            "did:web:voltpass.example",
            "https://voltpass.example/.well-known/did.json",
            id="host alone",
        ),
        pytest.param(
            "https://voltpass.example:8443/badges/",
            ("issuers", "vbk"),
            "did:web:voltpass.example%3A8443:badges:issuers:vbk",
            "https://voltpass.example:8443/badges/issuers/vbk/did.json",
            id="port and base path",
        ),
        pytest.param(
            "https://VoltPass.example:443",
            ("a",),
            "did:web:voltpass.example:a",
            "https://voltpass.example/a/did.json",
            id="capitals and the usual port",
        ),
        pytest.param(
            "http://127.0.0.1:8000",
            ("issuers", "vbk"),
            "did:web:localhost%3A8000:issuers:vbk",
            "http://localhost:8000/issuers/vbk/did.json",
            id="loopback address becomes localhost",
        ),
        pytest.param(
            "https://voltpass.example",
            ("é~",),
            "did:web:voltpass.example:%C3%A9%7E",
            "https://voltpass.example/%C3%A9~/did.json",
            id="characters a DID may not have",
        ),
    ],
)
def test_did_web_and_its_location(base_url: str, segments: tuple[str, ...], did: str, location: str) -> None:
    """A did:web leads back to the place it was made from."""
    assert did_web(base_url, *segments) == did
    assert did_web_location(did, allow_loopback=True) == location


@pytest.mark.parametrize(
    "base_url",
    [
        pytest.param("http://voltpass.example", id="no encryption"),
        pytest.param("ftp://voltpass.example", id="not the web"),
        pytest.param("https://10.0.0.1", id="IPv4 address"),
        pytest.param("https://[2001:db8::1]", id="IPv6 address"),
        pytest.param("https://user:pw@voltpass.example", id="user in the address"),
        pytest.param("https://voltpass.example/?a=b", id="query"),
        pytest.param("https://voltpass.example/#a", id="fragment"),
        pytest.param("https://voltpass.example:99999", id="no such port"),
        pytest.param("https://", id="no host"),
        pytest.param("https://bücher.example", id="host not in ASCII"),
    ],
)
def test_places_did_web_cannot_name(base_url: str) -> None:
    """did:web is https and a domain name."""
    with pytest.raises(MalformedDid):
        did_web(base_url)


@pytest.mark.parametrize("segment", ["", ".", "..", "a/b", "a b", "a\\b", "a?b", "a#b", "a%2Fb", "a\nb"])
def test_segments_did_web_cannot_name(segment: str) -> None:
    """A part of the path stays one part."""
    with pytest.raises(MalformedDid):
        did_web("https://voltpass.example", segment)


@pytest.mark.parametrize(
    "did",
    [
        pytest.param("did:key:z6Mk", id="another method"),
        pytest.param("DID:web:voltpass.example", id="capitals in the scheme"),
        pytest.param("did:web:", id="no host"),
        pytest.param("did:web:10.0.0.1", id="IPv4 address"),
        pytest.param("did:web:2130706433", id="IPv4 address as one number"),
        pytest.param("did:web:0x7f.1", id="IPv4 address in hexadecimal"),
        pytest.param("did:web:127.0.0.0x1", id="IPv4 address, last part hexadecimal"),
        pytest.param("did:web:[::1]", id="IPv6 address"),
        pytest.param("did:web:%5B%3A%3A1%5D", id="IPv6 address, escaped"),
        pytest.param("did:web:a.localhost", id="below localhost"),
        pytest.param("did:web:voltpass.example%3A", id="empty port"),
        pytest.param("did:web:voltpass.example%3A0", id="port zero"),
        pytest.param("did:web:voltpass.example%3A65536", id="port too large"),
        pytest.param("did:web:voltpass.example%3A80%3A80", id="two ports"),
        pytest.param("did:web:voltpass.example%2Fpath", id="slash in the host"),
        pytest.param("did:web:user%40voltpass.example", id="user in the host"),
        pytest.param("did:web:voltpass.example:", id="empty part"),
        pytest.param("did:web:voltpass.example::a", id="empty part in the middle"),
        pytest.param("did:web:voltpass.example:..", id="parent folder"),
        pytest.param("did:web:voltpass.example:%2e%2e", id="parent folder, escaped"),
        pytest.param("did:web:voltpass.example:a%2F..", id="slash, escaped"),
        pytest.param("did:web:voltpass.example:a%5Cb", id="backslash, escaped"),
        pytest.param("did:web:voltpass.example:a%252Fb", id="escaped twice"),
        pytest.param("did:web:voltpass.example:a%3Fb", id="query, escaped"),
        pytest.param("did:web:voltpass.example:a%00", id="zero byte"),
        pytest.param("did:web:voltpass.example:%ff", id="not UTF-8"),
        pytest.param("did:web:voltpass.example#key", id="fragment"),
        pytest.param("did:web:voltpass.example?a=b", id="query"),
        pytest.param("did:web:voltpass.example/path", id="path of a DID URL"),
        pytest.param("did:web:-a.example", id="label begins with a hyphen"),
        pytest.param("did:web:a..example", id="empty label"),
        pytest.param("did:web:b\u00fccher.example", id="host not in ASCII"),
        pytest.param("did:web:" + "a." * 600 + "example", id="endless"),
    ],
)
def test_dids_that_lead_nowhere_good(did: str) -> None:
    """Nothing but a domain name, a port and clean path parts becomes an address."""
    with pytest.raises(MalformedDid):
        did_web_location(did, allow_loopback=True)


def test_localhost_needs_leave() -> None:
    """A stranger's paper cannot make the gate call the machine it runs on."""
    with pytest.raises(MalformedDid):
        did_web_location("did:web:localhost%3A8000:issuers:vbk")
    with pytest.raises(MalformedDid):
        did_web_location("did:web:LOCALHOST")


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """Whatever follows did:web:, the answer is a clean https address or MalformedDid."""
    try:
        location = did_web_location("did:web:" + text)
    except MalformedDid:
        return
    assert location.startswith("https://")
    assert location.endswith("/did.json")
    assert "/../" not in location


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_did_key_resolves_to_its_key(algorithm: Algorithm) -> None:
    """The document of a did:key has one method, did:key:X#X, which may assert."""
    signer = MemorySigner.generate(algorithm)
    document = resolve_did_key(did_key(signer.public_key))
    method = document.get_assertion_method(signer.verification_method)
    assert method.public_key == signer.public_key
    assert method.id == f"{document.id}#{signer.public_key.multikey}"


@needs_vectors
def test_published_ed25519_vectors_resolve() -> None:
    """The did:key vectors for Ed25519 give the published public keys, and the seeds give the DIDs."""
    for did, vector in _vectors("ed25519-x25519.json").items():
        published = vector["verificationKeyPair"]
        assert isinstance(published, dict)
        key = resolve_did_key(did).verification_methods[0].public_key
        if "publicKeyJwk" in published:
            assert key == PublicKey.from_jwk(published["publicKeyJwk"])
        else:
            assert key.raw == base58btc_decode(published["publicKeyBase58"])
        private_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(str(vector["seed"])))
        assert did_key(MemorySigner(private_key).public_key) == did


@needs_vectors
def test_published_vectors_of_the_curves_of_nist_resolve() -> None:
    """The vectors for P-256 and P-384 give the published points; P-521 is named as not supported."""
    resolved = 0
    for did, vector in _vectors("nist-curves.json").items():
        if did.startswith("did:key:z2J9"):
            with pytest.raises(UnsupportedKeyType):
                resolve_did_key(did)
            continue
        published = vector["verificationMethod"]
        assert isinstance(published, dict)
        key = resolve_did_key(did).verification_methods[0].public_key
        if "publicKeyJwk" in published:
            assert key == PublicKey.from_jwk(published["publicKeyJwk"])
        else:
            assert key.raw == base58btc_decode(published["publicKeyBase58"])
        resolved += 1
    assert resolved == 5


@needs_vectors
def test_published_rsa_vectors_resolve() -> None:
    """The vectors for RSA of 2,048 and 4,096 bits give the published keys, and the keys give the DIDs."""
    vectors = _vectors("rsa.json")
    assert len(vectors) == 2
    for did, vector in vectors.items():
        published = vector["publicKeyJwk"]
        assert isinstance(published, dict)
        key = PublicKey.from_jwk(published)
        assert resolve_did_key(did).verification_methods[0].public_key == key
        assert did_key(key) == did


@needs_vectors
@pytest.mark.parametrize("name", ["bls12381.json", "secp256k1.json"])
def test_published_vectors_of_other_key_types_are_refused(name: str) -> None:
    """A key we cannot verify with is named as such."""
    for did in _vectors(name):
        with pytest.raises(UnsupportedKeyType) as caught:
            resolve_did_key(did)
        assert caught.value.code == "unsupported_key_type"


@needs_vectors
def test_the_published_x25519_vectors_are_refused() -> None:
    """A key agreement key cannot sign."""
    for did in _vectors("x25519.json")["didDocument"]:
        with pytest.raises(UnsupportedKeyType):
            resolve_did_key(did)


@pytest.mark.parametrize(
    "did",
    [
        pytest.param("did:web:voltpass.example", id="another method"),
        pytest.param("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv#a", id="with a fragment"),
        pytest.param("did:key:z1Dnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", id="a leading zero byte"),
        pytest.param("did:key:z" + "2" * 5000, id="endless"),
    ],
)
def test_did_keys_that_are_none(did: str) -> None:
    """A did:key is exactly one key, and another method is not taken for one."""
    with pytest.raises(KeyMaterialError) as caught:
        resolve_did_key(did)
    assert isinstance(caught.value, MalformedDid) is (not did.startswith("did:key:z") or len(did) > 1024)
