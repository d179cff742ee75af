"""The page seal: the issuer's word for one drawing of one sealed credential."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from credentials.compact_jws import write_compact_jws
from credentials.errors import CredentialError, MalformedCredential, SealBroken, UnsupportedProof
from credentials.page_seal import PAGE_SEAL_TYPE, PageSeal, open_page_seal, seal_page
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode
from keys.signer import MemorySigner

SIGNER = MemorySigner.generate(Algorithm.P256)
OTHER = MemorySigner.generate(Algorithm.P256)
MADE_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SEAL = PageSeal(
    credential_id="urn:uuid:1",
    issuer_id="did:web:voltpass.example:issuers:vbk",
    credential_digest="0a" * 32,
    drawing_digest="f9" * 32,
    created=MADE_AT,
)
TEXT = seal_page(SEAL.credential_id, SEAL.issuer_id, SEAL.credential_digest, SEAL.drawing_digest, SIGNER, MADE_AT)
CLAIMS: dict[str, Any] = json.loads(base64url_decode(TEXT.split(".")[1]))


def test_what_was_sealed_comes_out() -> None:
    """Both digests, both identifiers and the moment come back, under whichever of the issuer's keys made the seal."""
    assert open_page_seal(TEXT, [SIGNER.public_key]) == SEAL
    assert open_page_seal(TEXT, [OTHER.public_key, SIGNER.public_key]) == SEAL


def test_the_form_of_a_page_seal() -> None:
    """A compact JWS of a type of its own, so that it cannot pass for a credential, nor a credential for it."""
    assert json.loads(base64url_decode(TEXT.split(".")[0])) == {
        "alg": "ES256",
        "kid": SIGNER.verification_method,
        "typ": PAGE_SEAL_TYPE,
    }
    assert dict(CLAIMS) == {
        "iss": SEAL.issuer_id,
        "sub": SEAL.credential_id,
        "cred": SEAL.credential_digest,
        "page": SEAL.drawing_digest,
        "iat": int(MADE_AT.timestamp()),
    }


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="no-key"),
        pytest.param([OTHER.public_key], id="another-key"),
        pytest.param([MemorySigner.generate(Algorithm.ED25519).public_key], id="another-kind"),
    ],
)
def test_another_key_did_not_seal_it(keys: Any) -> None:
    """Without the issuer's key there is no page seal."""
    with pytest.raises(SealBroken):
        open_page_seal(TEXT, keys)


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        pytest.param({**CLAIMS, "page": "F9" * 32}, MalformedCredential, id="digest-upper-case"),
        pytest.param({**CLAIMS, "cred": "0a" * 31}, MalformedCredential, id="digest-short"),
        pytest.param({**CLAIMS, "cred": 1}, MalformedCredential, id="digest-number"),
        pytest.param({**CLAIMS, "sub": ""}, MalformedCredential, id="subject-empty"),
        pytest.param({**CLAIMS, "iat": "1"}, MalformedCredential, id="moment-text"),
        pytest.param({**CLAIMS, "iat": True}, MalformedCredential, id="moment-flag"),
        pytest.param({**CLAIMS, "iat": 10**15}, MalformedCredential, id="moment-beyond-the-calendar"),
        pytest.param({**CLAIMS, "also": 1}, MalformedCredential, id="further-claim"),
        pytest.param({k: v for k, v in CLAIMS.items() if k != "page"}, MalformedCredential, id="claim-missing"),
    ],
)
def test_claims_are_exact(claims: dict[str, Any], error: type[CredentialError]) -> None:
    """A well-signed token with other claims is no page seal."""
    with pytest.raises(error):
        open_page_seal(write_compact_jws(claims, SIGNER, typ=PAGE_SEAL_TYPE), [SIGNER.public_key])


def test_a_token_of_another_type_is_no_page_seal() -> None:
    """The type keeps the issuer's tokens apart."""
    with pytest.raises(UnsupportedProof):
        open_page_seal(write_compact_jws(CLAIMS, SIGNER, typ="JWT"), [SIGNER.public_key])


@pytest.mark.parametrize("text", ["", "x", "a.b.c", TEXT[:-2], TEXT + "A", f" {TEXT}", TEXT.replace(".", "..")])
def test_junk_is_refused_by_our_own_errors(text: str) -> None:
    """Whatever stands in the file, nothing but our own errors comes out."""
    with pytest.raises(CredentialError):
        open_page_seal(text, [SIGNER.public_key])


def test_digests_and_moments_are_given_in_the_right_form() -> None:
    """A digest in another form, or a moment without zone, is a mistake of the caller."""
    with pytest.raises(ValueError, match="digest"):
        seal_page("urn:x", "urn:y", "0A" * 32, "0a" * 32, SIGNER, MADE_AT)
    with pytest.raises(ValueError, match="zone"):
        seal_page("urn:x", "urn:y", "0a" * 32, "0a" * 32, SIGNER, MADE_AT.replace(tzinfo=None))
