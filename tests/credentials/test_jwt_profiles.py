"""Tokens of every profile: both that we write, those of version 1.1, and the algorithms that others sign with."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from credentials.contexts import CREDENTIALS_V1
from credentials.data_model import DataModel
from credentials.errors import CredentialError, MalformedCredential, SealBroken, UnsignedTerm
from credentials.seal import seal
from credentials.unverified import UnverifiedCredential, open_unverified, verify_seal
from credentials.vc_jwt import JwtProfile
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode
from keys.public_key import PublicKey
from keys.signer import MemorySigner
from tests.example_credentials import CREDENTIAL_ID, ISSUER_ID, SUBJECT_ID, example_credential

KEY_URL = "https://voltpass.example/issuers/vbk/keys/test"
SIGNER = MemorySigner.generate(Algorithm.P256, KEY_URL)
SEALED_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def public(algorithm: str) -> PublicKey:
    made: Any = jwt.get_algorithm_by_name(algorithm)
    return PublicKey.from_jwk(made.to_jwk(PRIVATE[algorithm].public_key(), as_dict=True))


def token(payload: dict[str, Any], algorithm: str = "ES256", **header: Any) -> str:
    """A token signed by another library."""
    return jwt.encode(payload, PRIVATE[algorithm], algorithm=algorithm, headers={"kid": KEY_URL, **header})


def check(text: str, algorithm: str = "ES256") -> UnverifiedCredential:
    opened = open_unverified(text)
    verify_seal(opened, public(algorithm))
    return opened


def parts_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(base64url_decode(part)) for part in text.split(".")[:2]]


def claims(**changes: Any) -> dict[str, Any]:
    """The payload of ob3-jwt with members changed; None leaves one out."""
    _, payload = parts_of(seal(example_credential(), SIGNER, created=SEALED_AT).text)
    return {name: value for name, value in {**payload, **changes}.items() if value is not None}


def test_the_profile_of_vc_jose_cose() -> None:
    """typ vc+jwt, cty vc, an absolute kid; of the claims only iss and iat, since the others would mean other things."""
    sealed = seal(example_credential(), SIGNER, created=SEALED_AT, profile=JwtProfile.VC_JOSE_COSE)
    header, payload = parts_of(sealed.text)
    assert header == {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": KEY_URL}
    document = example_credential().to_json()
    assert payload == {**document, "iss": ISSUER_ID, "iat": int(SEALED_AT.timestamp())}
    assert sealed.media_type == "application/vc+jwt"
    opened = open_unverified(sealed.text)
    verify_seal(opened, SIGNER.public_key)
    assert (opened.document, opened.unverified_created) == (document, SEALED_AT)


def test_vc_jose_cose_asks_for_less() -> None:
    """A credential without id and with fractions of seconds can be written in this profile only."""
    document = {**example_credential().to_json(), "validFrom": "2026-10-16T00:00:00.5Z"}
    del document["id"]

    class Raw:
        def to_json(self) -> dict[str, Any]:
            return document

    with pytest.raises(MalformedCredential):
        seal(Raw(), SIGNER, created=SEALED_AT)
    opened = open_unverified(seal(Raw(), SIGNER, created=SEALED_AT, profile=JwtProfile.VC_JOSE_COSE).text)
    verify_seal(opened, SIGNER.public_key)


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_algorithms_of_others_are_read(algorithm: str) -> None:
    """RS256, ES256, ES384 and EdDSA by another library; the paper names the mechanism, the key decides."""
    text = token(claims(), algorithm)
    assert check(text, algorithm).mechanism == algorithm
    for other in PRIVATE.keys() - {algorithm}:
        with pytest.raises(SealBroken):
            verify_seal(open_unverified(text), public(other))


def test_a_public_key_is_never_a_shared_secret() -> None:
    """The oldest trick: HS256 with the text of the public key as the secret."""
    forged = jwt.encode(claims(), public("RS256").multikey, algorithm="HS256", headers={"kid": KEY_URL})
    with pytest.raises(CredentialError):
        open_unverified(forged)


@pytest.mark.parametrize("said", ["RS256", "ES384", "EdDSA"])
def test_the_algorithm_is_that_of_the_key(said: str) -> None:
    """A token that calls itself by another name than its key's is no token of that key."""
    signed = token(claims(), "ES256").split(".")
    named = token(claims(), said).split(".")
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(".".join((named[0], signed[1], signed[2]))), public("ES256"))


def test_vc_jose_cose_limits_the_signature_in_time() -> None:
    """exp and nbf are not the credential's dates there, but when the seal counts; in ob3-jwt they repeat the dates."""
    begins, ends = SEALED_AT - timedelta(days=1), SEALED_AT + timedelta(days=1)
    payload = claims(nbf=int(begins.timestamp()), exp=int(ends.timestamp()))
    opened = check(token(payload, typ="vc+jwt", cty="vc"))
    assert (opened.unverified_seal_begins, opened.unverified_seal_ends) == (begins, ends)
    plain = check(token(claims(), typ="JWT"))
    assert (plain.unverified_seal_begins, plain.unverified_seal_ends) == (None, None)


def test_a_bare_kid_is_a_name_within_the_issuers_document() -> None:
    """VC-JOSE-COSE, kid: what is no address can only be a fragment beside the issuer's identifier."""
    assert open_unverified(token(claims(), kid="key-1")).unverified_key_id == f"{ISSUER_ID}#key-1"
    assert open_unverified(token(claims())).unverified_key_id == KEY_URL


def version_1(**changes: Any) -> dict[str, Any]:
    """The example as version 1.1 would put it."""
    document = example_credential().to_json()
    document["@context"] = [CREDENTIALS_V1, *document["@context"][1:]]
    document["issuanceDate"], document["expirationDate"] = document.pop("validFrom"), document.pop("validUntil")
    del document["credentialStatus"]
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def claims_1(vc: object, **changes: Any) -> dict[str, Any]:
    registered = {name: claims()[name] for name in ("iss", "sub", "jti", "nbf", "exp", "iat")}
    return {name: value for name, value in {**registered, "vc": vc, **changes}.items() if value is not None}


def test_a_version_1_token_holds_its_credential_under_vc() -> None:
    """Read under the names of version 2.0, while what was signed stays as it is."""
    opened = check(token(claims_1(version_1())))
    assert opened.version is DataModel.V1
    assert opened.signed_document == version_1()
    assert opened.document["validFrom"] == version_1()["issuanceDate"]
    assert opened.unverified_created == SEALED_AT


def test_claims_stand_in_for_what_a_version_1_token_leaves_out() -> None:
    """VC Data Model 1.1, section 6.3.1: issuer, ids and dates may be in the claims alone."""
    short = version_1(id=None, issuanceDate=None, expirationDate=None)
    short["issuer"] = {name: value for name, value in short["issuer"].items() if name != "id"}
    short["credentialSubject"] = {name: value for name, value in short["credentialSubject"].items() if name != "id"}
    opened = check(token(claims_1(short)))
    assert opened.signed_document == version_1()
    assert (opened.unverified_id, opened.unverified_issuer_id) == (CREDENTIAL_ID, ISSUER_ID)
    assert opened.document["credentialSubject"]["id"] == SUBJECT_ID


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        pytest.param(claims_1(version_1(), iss="did:web:other.example"), SealBroken, id="iss"),
        pytest.param(claims_1(version_1(), sub="urn:uuid:other"), SealBroken, id="sub"),
        pytest.param(claims_1(version_1(), jti="urn:uuid:other"), SealBroken, id="jti"),
        pytest.param(claims_1(version_1(), nbf=1), SealBroken, id="nbf"),
        pytest.param(claims_1(version_1(), exp=None), SealBroken, id="exp-missing"),
        pytest.param(claims_1(version_1(), iss=None), MalformedCredential, id="iss-missing"),
        pytest.param(claims_1(version_1(), nbf=None), MalformedCredential, id="nbf-missing"),
        pytest.param(claims_1(version_1(), sub=None), MalformedCredential, id="sub-missing"),
        pytest.param(claims_1(version_1(), jti=None), MalformedCredential, id="jti-missing"),
        pytest.param(claims_1(version_1(issuanceDate=None), nbf=10**15), MalformedCredential, id="nbf-far"),
        pytest.param(claims_1(version_1(ects=3)), UnsignedTerm, id="undefined-term"),
        pytest.param(claims_1(version_1(), name="Beside"), MalformedCredential, id="something-beside-vc"),
        pytest.param(claims_1("text"), MalformedCredential, id="vc-text"),
        pytest.param(claims_1(example_credential().to_json()), MalformedCredential, id="version-2-under-vc"),
        pytest.param({**claims(), **version_1()}, MalformedCredential, id="version-1-with-dates-of-2"),
        pytest.param({**claims(validFrom=None, validUntil=None, credentialStatus=None), **version_1()},
                     MalformedCredential, id="version-1-at-the-top"),
    ],
)  # fmt: skip
def test_versions_and_their_places_are_never_mixed(payload: dict[str, Any], error: type[CredentialError]) -> None:
    """A claim that disagrees, a version in the place of the other, and anything beside the credential are refused."""
    with pytest.raises(error):
        check(token(payload))


def test_a_version_1_credential_is_not_written_as_a_token() -> None:
    """Our tokens are of version 2.0; an embedded proof can be made over version 1.1."""

    class Raw:
        def to_json(self) -> dict[str, Any]:
            return version_1()

    with pytest.raises(MalformedCredential):
        seal(Raw(), SIGNER, created=SEALED_AT)
