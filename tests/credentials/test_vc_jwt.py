"""Credentials as tokens: claims that agree, headers that are understood, nothing that only a lenient reader takes."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from credentials.compact_jws import write_compact_jws
from credentials.errors import (
    CredentialError,
    DuplicateMember,
    MalformedCredential,
    SealBroken,
    UnsignedTerm,
    UnsupportedProof,
)
from credentials.seal import seal
from credentials.unverified import UnverifiedCredential, open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode, base64url_encode
from keys.signer import MemorySigner
from tests.example_credentials import CREDENTIAL_ID, ISSUER_ID, SUBJECT_ID, example_credential

KEY_URL = "https://voltpass.example/issuers/vbk/keys/test"
SIGNER = MemorySigner.generate(Algorithm.P256, KEY_URL)
SEALED_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SEALED = seal(example_credential(), SIGNER, created=SEALED_AT).text
HEADER = {"alg": "ES256", "kid": KEY_URL, "typ": "JWT"}
PAYLOAD: dict[str, Any] = json.loads(base64url_decode(SEALED.split(".")[1]))


def token(header: object = HEADER, payload: object = PAYLOAD, signer: MemorySigner = SIGNER) -> str:
    """A token with a good signature over any header and payload."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    text = ".".join(base64url_encode(part) for part in parts)
    return f"{text}.{base64url_encode(signer.sign(text.encode()))}"


def check(text: str) -> UnverifiedCredential:
    unverified = open_unverified(text)
    verify_seal(unverified, SIGNER.public_key)
    return unverified


def claims(**changes: Any) -> dict[str, Any]:
    """The payload with members changed; None leaves one out."""
    return {name: value for name, value in {**PAYLOAD, **changes}.items() if value is not None}


def header(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**HEADER, **changes}.items() if value is not None}


def test_the_profile_of_open_badges() -> None:
    """Header alg, kid and typ JWT; iss, sub, jti, nbf, exp repeat the credential, iat is the moment of sealing."""
    head = json.loads(base64url_decode(SEALED.split(".")[0]))
    assert head == HEADER
    registered = {name: PAYLOAD[name] for name in ("iss", "sub", "jti", "nbf", "exp", "iat")}
    assert registered == {
        "iss": ISSUER_ID,
        "sub": SUBJECT_ID,
        "jti": CREDENTIAL_ID,
        "nbf": int(datetime(2026, 10, 16, tzinfo=UTC).timestamp()),
        "exp": int(datetime(2028, 10, 16, 23, 59, 59, tzinfo=UTC).timestamp()),
        "iat": int(SEALED_AT.timestamp()),
    }
    assert {name: value for name, value in PAYLOAD.items() if name not in registered} == example_credential().to_json()
    assert "Åsa Öberg".encode() in base64url_decode(SEALED.split(".")[1])


def test_a_credential_without_end_has_no_exp() -> None:
    """exp repeats validUntil and does not exist without it."""
    text = seal(example_credential(valid_until=None), SIGNER, created=SEALED_AT).text
    assert "exp" not in json.loads(base64url_decode(text.split(".")[1]))
    check(text)


def test_another_library_verifies_the_token() -> None:
    """PyJWT with the published JWK reads the same claims."""
    key = jwt.PyJWK.from_dict(SIGNER.public_key.to_jwk())
    undated: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    assert jwt.decode(SEALED, key, algorithms=["ES256"], options=undated) == PAYLOAD


def test_the_same_token_can_be_written_by_others() -> None:
    """Order of members and spacing inside the parts are free; the text decides."""
    assert check(token()).document == example_credential().to_json()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"alg": "none"}, UnsupportedProof, id="none"),
        pytest.param({"alg": "HS256"}, UnsupportedProof, id="symmetric"),
        pytest.param({"alg": "HS512"}, UnsupportedProof, id="symmetric-long"),
        pytest.param({"alg": "PS256"}, UnsupportedProof, id="rsa-pss"),
        pytest.param({"alg": "RS512"}, UnsupportedProof, id="rsa-other-hash"),
        pytest.param({"alg": "ES256K"}, UnsupportedProof, id="another-curve"),
        pytest.param({"cty": "vp"}, UnsupportedProof, id="cty-presentation"),
        pytest.param({"cty": "JWT"}, UnsupportedProof, id="cty-nested"),
        pytest.param({"cty": 1}, MalformedCredential, id="cty-number"),
        pytest.param({"alg": "es256"}, UnsupportedProof, id="alg-lower-case"),
        pytest.param({"alg": None}, UnsupportedProof, id="alg-missing"),
        pytest.param({"alg": 7}, MalformedCredential, id="alg-number"),
        pytest.param({"alg": ["ES256"]}, MalformedCredential, id="alg-array"),
        pytest.param({"jku": "https://evil.example/keys"}, UnsupportedProof, id="jku"),
        pytest.param({"x5u": "https://evil.example/cert"}, UnsupportedProof, id="x5u"),
        pytest.param({"x5c": []}, UnsupportedProof, id="x5c"),
        pytest.param({"crit": ["exp"]}, UnsupportedProof, id="crit"),
        pytest.param({"b64": False}, UnsupportedProof, id="b64"),
        pytest.param({"zip": "DEF"}, UnsupportedProof, id="zip"),
        pytest.param({"typ": "at+jwt"}, UnsupportedProof, id="typ-access-token"),
        pytest.param({"typ": "vp+jwt"}, UnsupportedProof, id="typ-presentation"),
        pytest.param({"typ": "voltpass-page+jwt"}, UnsupportedProof, id="typ-page-seal"),
        pytest.param({"typ": ""}, UnsupportedProof, id="typ-empty"),
        pytest.param({"typ": 1}, MalformedCredential, id="typ-number"),
        pytest.param({"kid": None}, UnsupportedProof, id="no-key-named"),
        pytest.param({"kid": 1}, MalformedCredential, id="kid-number"),
        pytest.param({"jwk": "x"}, MalformedCredential, id="jwk-text"),
        pytest.param({"jwk": {"kty": "oct", "k": "AAAA"}}, MalformedCredential, id="jwk-symmetric"),
        pytest.param({"jwk": {**SIGNER.public_key.to_jwk(), "d": "AAAA"}}, MalformedCredential, id="jwk-private"),
    ],
)
def test_a_header_that_is_not_understood_is_not_opened(changes: dict[str, Any], error: type[CredentialError]) -> None:
    """The allow-list of header members and algorithms is ours; links to keys are never followed."""
    with pytest.raises(error):
        open_unverified(token(header(**changes)))


@pytest.mark.parametrize("typ", [pytest.param(typ, id=str(typ)) for typ in (None, "JWT", "jwt")])
def test_types_of_open_badges_tokens(typ: str | None) -> None:
    """typ is JWT or absent."""
    check(token(header(typ=typ)))


def test_a_key_in_the_header_only_names_itself() -> None:
    """A jwk is a name (its thumbprint), never the key that is used."""
    mallory = MemorySigner.generate(Algorithm.P256)
    forged = token(header(kid=None, jwk=mallory.public_key.to_jwk()), signer=mallory)
    unverified = open_unverified(forged)
    thumbprint = mallory.public_key.thumbprint
    assert unverified.unverified_key_id == f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}"
    with pytest.raises(SealBroken):
        verify_seal(unverified, SIGNER.public_key)


def test_the_algorithm_must_be_that_of_the_key() -> None:
    """EdDSA in the header and a P-256 key, or the reverse, is no signature, whatever the bytes are."""
    ed25519 = MemorySigner.generate(Algorithm.ED25519, KEY_URL)
    signed = token(header(alg="EdDSA"), signer=ed25519)
    verify_seal(open_unverified(signed), ed25519.public_key)
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(signed), SIGNER.public_key)
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(SEALED), ed25519.public_key)


def parts_changed(change: Callable[[list[str]], object]) -> str:
    parts = SEALED.split(".")
    change(parts)
    return ".".join(parts)


NOT_COMPACT = [
    pytest.param(parts_changed(lambda p: p.pop()), id="two-parts"),
    pytest.param(parts_changed(lambda p: p.append("AAAA")), id="four-parts"),
    pytest.param(parts_changed(lambda p: p.__setitem__(2, "")), id="no-signature"),
    pytest.param(parts_changed(lambda p: p.__setitem__(0, p[0] + "=")), id="padding"),
    pytest.param(parts_changed(lambda p: p.__setitem__(0, p[0] + " ")), id="white-space-inside"),
    pytest.param(parts_changed(lambda p: p.__setitem__(2, p[2].replace("-", "+") + "+")), id="base64-not-url"),
    pytest.param(parts_changed(lambda p: p.__setitem__(2, p[2][:-1] + "B")), id="spare-bits"),
    pytest.param(parts_changed(lambda p: p.__setitem__(1, p[1] + "A")), id="length-of-base64"),
    pytest.param(parts_changed(lambda p: p.__setitem__(0, base64url_encode(b"[]"))), id="header-array"),
    pytest.param(parts_changed(lambda p: p.__setitem__(0, base64url_encode(b"{"))), id="header-no-json"),
    pytest.param(parts_changed(lambda p: p.__setitem__(1, base64url_encode(b'"x"'))), id="payload-text"),
    pytest.param(parts_changed(lambda p: p.__setitem__(1, base64url_encode(b"\xff{}"))), id="payload-not-utf-8"),
    pytest.param(base64.b64encode(SEALED.encode()).decode(), id="encoded-again"),
    pytest.param("", id="empty"),
    pytest.param("...", id="dots"),
]


@pytest.mark.parametrize("text", NOT_COMPACT)
def test_only_the_one_compact_form_is_read(text: str) -> None:
    """Padding, spare bits, other alphabets and other numbers of parts are refused."""
    with pytest.raises(CredentialError):
        check(text)


def test_the_last_bits_of_a_signature_are_not_free() -> None:
    """64 bytes in base64url leave four spare bits; only zero is accepted, though PyJWT reads all sixteen."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(SEALED[-1])
    assert last % 16 == 0
    for spare in range(1, 16):
        with pytest.raises(MalformedCredential):
            open_unverified(SEALED[:-1] + alphabet[last + spare])


@pytest.mark.parametrize(
    ("part", "path"),
    [
        pytest.param("header", "header", id="header"),
        pytest.param("payload", "$", id="payload"),
    ],
)
def test_members_said_twice_are_refused(part: str, path: str) -> None:
    """Two readers would see two tokens; PyJWT takes the last."""
    head = b'{"alg":"ES256","typ":"JWT","kid":"x","kid":"y"}' if part == "header" else HEADER
    body = json.dumps(PAYLOAD).encode()[:-1] + b',"iss":"did:web:x"}' if part == "payload" else PAYLOAD
    with pytest.raises(DuplicateMember) as caught:
        open_unverified(token(head, body))
    assert caught.value.path.startswith(path)


@pytest.mark.parametrize(
    ("changes", "error", "place"),
    [
        pytest.param({"iss": "did:web:other.example"}, SealBroken, "iss", id="iss"),
        pytest.param({"sub": "urn:uuid:other"}, SealBroken, "sub", id="sub"),
        pytest.param({"jti": "urn:uuid:other"}, SealBroken, "jti", id="jti"),
        pytest.param({"nbf": PAYLOAD["nbf"] + 1}, SealBroken, "nbf", id="nbf"),
        pytest.param({"exp": PAYLOAD["exp"] - 1}, SealBroken, "exp", id="exp"),
        pytest.param({"exp": None}, SealBroken, "exp", id="exp-missing"),
        pytest.param({"validUntil": None}, SealBroken, "exp", id="exp-without-validUntil"),
        pytest.param({"iss": None}, MalformedCredential, "iss", id="iss-missing"),
        pytest.param({"sub": None}, MalformedCredential, "sub", id="sub-missing"),
        pytest.param({"jti": None}, MalformedCredential, "jti", id="jti-missing"),
        pytest.param({"nbf": None}, MalformedCredential, "nbf", id="nbf-missing"),
        pytest.param({"nbf": str(PAYLOAD["nbf"])}, MalformedCredential, "nbf", id="nbf-text"),
        pytest.param({"nbf": True}, MalformedCredential, "nbf", id="nbf-flag"),
        pytest.param({"exp": "2028"}, MalformedCredential, "exp", id="exp-text"),
        pytest.param({"validFrom": "2026-10-16"}, MalformedCredential, "validFrom", id="validFrom-date"),
        pytest.param({"vc": {"type": ["VerifiableCredential"]}}, MalformedCredential, "vc", id="vc"),
        pytest.param({"vp": {}}, MalformedCredential, "vp", id="vp"),
        pytest.param({"ects": 2}, UnsignedTerm, "ects", id="undefined-member"),
        pytest.param({"issuer": None}, MalformedCredential, "issuer", id="no-issuer"),
        pytest.param({"issuer": {"type": ["Profile"]}}, MalformedCredential, "issuer.id", id="issuer-without-id"),
        pytest.param({"id": 5, "jti": 5}, MalformedCredential, "id", id="id-number"),
        pytest.param({"credentialSubject": {"id": 5}}, MalformedCredential, "credentialSubject.id", id="sub-number"),
    ],
)  # fmt: skip
def test_claims_agree_with_the_credential(changes: dict[str, Any], error: type[CredentialError], place: str) -> None:
    """A token with a good signature is refused when a claim is missing, of the wrong kind, or says something else."""
    with pytest.raises(error) as caught:
        check(token(payload=claims(**changes)))
    assert place in str(caught.value)


def test_fractions_of_seconds_agree_in_whole_seconds() -> None:
    """Others write fractions into validFrom or nbf; the second counts."""
    check(token(payload=claims(validFrom="2026-10-16T00:00:00.25Z")))
    check(token(payload=claims(nbf=PAYLOAD["nbf"] + 0.5)))


def test_an_audience_is_no_part_of_the_credential() -> None:
    """Samples of 1EdTech carry aud; it is a registered claim and is left out of the document."""
    assert "aud" not in check(token(payload=claims(aud="https://x.example"))).document


@pytest.mark.parametrize(
    "iat",
    [pytest.param(iat, id=repr(iat)) for iat in (None, "1700000000", True, -1, 1e18, {})],
)
def test_a_strange_moment_of_sealing_is_no_moment(iat: object) -> None:
    """iat decides nothing here; what is not a number of seconds is read as not said."""
    payload = {**PAYLOAD, "iat": iat} if iat is not None else claims(iat=None)
    assert check(token(payload=payload)).unverified_created is None


def test_a_proof_inside_a_token_is_no_part_of_the_credential() -> None:
    """Open Badges allows an embedded proof under the token's signature; the token's is the one that is checked."""
    ed25519 = MemorySigner.generate(Algorithm.ED25519)
    proof = json.loads(seal(example_credential(), ed25519, created=SEALED_AT).text)["proof"]
    assert check(token(payload=claims(proof=proof))).document == example_credential().to_json()


COSE = header(typ="vc+jwt", cty="vc")


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "nbf", "exp", "iat"])
def test_vc_jose_cose_needs_no_claims(name: str) -> None:
    """Under typ vc+jwt every claim may be missing; those that are there agree."""
    check(token(COSE, claims(**{name: None})))
    check(token(COSE, example_credential().to_json()))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"iss": "did:web:other.example"}, SealBroken, id="iss"),
        pytest.param({"jti": "urn:uuid:other"}, SealBroken, id="jti"),
        pytest.param({"sub": "urn:uuid:other"}, SealBroken, id="sub"),
        pytest.param({"exp": 10**15}, MalformedCredential, id="end-outside-the-calendar"),
        pytest.param({"nbf": -1}, MalformedCredential, id="beginning-outside-the-calendar"),
        pytest.param({"vc": {}}, MalformedCredential, id="vc"),
        pytest.param({"vp": {}}, MalformedCredential, id="vp"),
    ],
)
def test_vc_jose_cose_claims_agree_when_they_are_there(changes: dict[str, Any], error: type[CredentialError]) -> None:
    """Who repeats the credential in a claim repeats it right; nested credentials belong to version 1.1."""
    with pytest.raises(error):
        check(token(COSE, claims(**changes)))


def test_only_p256_keys_sign_tokens() -> None:
    """An Ed25519 key given to the writer of tokens is a mistake of the caller."""
    with pytest.raises(ValueError, match="P-256"):
        write_compact_jws({}, MemorySigner.generate(Algorithm.ED25519), typ="JWT")
