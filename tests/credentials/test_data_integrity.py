"""Embedded proofs: every value of the published examples, and what a proof may not be."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credentials.canonical import canonicalize
from credentials.contexts import SHIPPED, ContextLibrary
from credentials.cryptosuites import suite_named
from credentials.data_integrity import create_proof, read_proofs, verify_proof
from credentials.errors import CredentialError, MalformedCredential, SealBroken, UnsignedTerm, UnsupportedProof
from credentials.seal import seal
from credentials.unverified import open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.multibase import base58btc_decode, base58btc_encode
from keys.public_key import PublicKey
from keys.signer import MemorySigner
from tests.example_credentials import example_credential
from tests.vectors import VECTORS, needs_vectors, read_vector

SIGNER = MemorySigner.generate(Algorithm.ED25519)
SEALED_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SEALED = seal(example_credential(), SIGNER, created=SEALED_AT).text
VALUE: str = json.loads(SEALED)["proof"]["proofValue"]


def paper(**changes: Any) -> dict[str, Any]:
    """The sealed example with members of its proof changed; None leaves one out."""
    document: dict[str, Any] = json.loads(SEALED)
    document["proof"] = {name: value for name, value in {**document["proof"], **changes}.items() if value is not None}
    return document


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"type": "Ed25519Signature2018"}, UnsupportedProof, id="type"),
        pytest.param({"type": "RsaSignature2018"}, UnsupportedProof, id="type-of-rsa"),
        pytest.param({"cryptosuite": "Ed25519Signature2020"}, UnsupportedProof, id="type-as-suite"),
        pytest.param({"cryptosuite": "eddsa-rdf-2022"}, UnsupportedProof, id="suite-misspelt"),
        pytest.param({"cryptosuite": "ecdsa-rdfc-2019"}, UnsupportedProof, id="suite"),
        pytest.param({"proofPurpose": "authentication"}, UnsupportedProof, id="purpose"),
        pytest.param({"previousProof": "urn:uuid:1"}, MalformedCredential, id="chain"),
        pytest.param({"expires": "2030-01-01"}, MalformedCredential, id="expires-without-time"),
        pytest.param({"@context": ["https://w3id.org/security/data-integrity/v2"]}, UnsupportedProof, id="context"),
        pytest.param({"type": None}, MalformedCredential, id="type-missing"),
        pytest.param({"cryptosuite": None}, MalformedCredential, id="suite-missing"),
        pytest.param({"proofPurpose": None}, MalformedCredential, id="purpose-missing"),
        pytest.param({"verificationMethod": None}, MalformedCredential, id="method-missing"),
        pytest.param({"proofValue": None}, MalformedCredential, id="value-missing"),
        pytest.param({"proofValue": 7}, MalformedCredential, id="value-number"),
        pytest.param({"proofValue": "uAAAA"}, MalformedCredential, id="value-base64url"),
        pytest.param({"proofValue": "Z" + VALUE[1:]}, MalformedCredential, id="value-of-another-base"),
        pytest.param({"proofValue": VALUE[1:]}, MalformedCredential, id="value-without-base"),
        pytest.param({"proofValue": "z0OIl"}, MalformedCredential, id="value-alphabet"),
        pytest.param({"proofValue": "z" + base58btc_encode(b"x" * 63)}, MalformedCredential, id="value-short"),
        pytest.param({"proofValue": "z" + base58btc_encode(b"x" * 65)}, MalformedCredential, id="value-long"),
        pytest.param({"proofValue": "z" + "1" * 100_000}, MalformedCredential, id="value-huge"),
        pytest.param({"created": "2026-11-22T09:30:15"}, MalformedCredential, id="created-without-zone"),
        pytest.param({"created": 1}, MalformedCredential, id="created-number"),
    ],
)
def test_a_proof_that_is_not_understood_is_not_opened(changes: dict[str, Any], error: type[CredentialError]) -> None:
    """Type, suite, purpose and form of the proof are checked before anything is computed."""
    with pytest.raises(error):
        open_unverified(json.dumps(paper(**changes)))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"created": "2026-11-22T09:30:16Z"}, SealBroken, id="created"),
        pytest.param({"created": None}, SealBroken, id="created-missing"),
        pytest.param({"verificationMethod": "did:web:other.example#key"}, SealBroken, id="method"),
        pytest.param({"nonce": "x"}, SealBroken, id="nonce"),
        pytest.param({"expires": "2030-01-01T00:00:00Z"}, SealBroken, id="end-of-its-own"),
        pytest.param({"cryptosuite": "eddsa-jcs-2022"}, SealBroken, id="other-suite"),
        pytest.param({"type": "Ed25519Signature2020"}, UnsignedTerm, id="type-of-2020"),
        pytest.param({"id": "urn:x:proof"}, SealBroken, id="id"),
        pytest.param({"proofValue": "z" + base58btc_encode(bytes(64))}, SealBroken, id="zero-signature"),
        pytest.param({"surprise": "x"}, UnsignedTerm, id="undefined-member"),
    ],
)
def test_a_changed_proof_does_not_verify(changes: dict[str, Any], error: type[CredentialError]) -> None:
    """The signature covers the proof's own members too."""
    with pytest.raises(error):
        verify_seal(open_unverified(json.dumps(paper(**changes))), SIGNER.public_key)


@pytest.mark.parametrize(
    ("proof", "error"),
    [
        pytest.param(None, MalformedCredential, id="null"),
        pytest.param("z", MalformedCredential, id="text"),
        pytest.param([], UnsupportedProof, id="empty-set"),
        pytest.param([1], MalformedCredential, id="set-of-numbers"),
        pytest.param([{}, {}], MalformedCredential, id="set-of-nothing"),
    ],
)
def test_a_credential_has_a_proof(proof: object, error: type[CredentialError]) -> None:
    """No proof is no paper, whatever stands in its place."""
    with pytest.raises(error):
        open_unverified(json.dumps({**paper(), "proof": proof}))
    document = paper()
    del document["proof"]
    with pytest.raises(MalformedCredential) as caught:
        open_unverified(json.dumps(document))
    assert caught.value.path == "$.proof"


def test_a_set_of_one_proof_is_one_proof() -> None:
    """Writing the proof in an array changes nothing."""
    document = paper()
    verify_seal(open_unverified(json.dumps({**document, "proof": [document["proof"]]})), SIGNER.public_key)


def test_contexts_repeated_in_the_proof_change_nothing() -> None:
    """Some implementations write the contexts of the document into the proof again."""
    verify_seal(open_unverified(json.dumps(paper(**{"@context": paper()["@context"]}))), SIGNER.public_key)


def test_only_the_right_kind_of_key_makes_a_proof() -> None:
    """A P-256 key given to this suite is a mistake of the caller."""
    with pytest.raises(ValueError, match="Ed25519"):
        create_proof(example_credential().to_json(), MemorySigner.generate(Algorithm.P256), created=SEALED_AT)


def test_a_good_signature_by_another_kind_of_key_is_no_proof() -> None:
    """The suite says Ed25519; a P-256 key that signed exactly the right bytes did not make such a proof."""
    document, other = example_credential().to_json(), MemorySigner.generate(Algorithm.P256)
    configuration = {name: value for name, value in paper()["proof"].items() if name != "proofValue"}
    data = suite_named("eddsa-rdfc-2022").data_to_sign(document, configuration, SHIPPED)
    forged = paper(proofValue="z" + base58btc_encode(other.sign(data)))
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(json.dumps(forged)), other.public_key)


def published(*urls: str) -> ContextLibrary:
    return SHIPPED.with_documents({f"https://{url}": read_vector(f"contexts/{url}") for url in urls})


def signer_from(seed: bytes, method: str) -> MemorySigner:
    return MemorySigner(Ed25519PrivateKey.from_private_bytes(seed), method)


def check_example(folder: str, document: Any, key: MemorySigner, library: ContextLibrary) -> None:
    """Recompute every published value of one example from its private key and document."""

    def text(name: str) -> str:
        return (VECTORS / folder / name).read_text(encoding="utf-8").strip()

    configuration = read_vector(f"{folder}/proofConfigDataInt.json")
    document_hash = hashlib.sha256(canonicalize(document, library).encode()).hexdigest()
    proof_hash = hashlib.sha256(canonicalize(configuration, library).encode()).hexdigest()
    assert document_hash == text("docHashDataInt.txt")
    assert proof_hash == text("proofHashDataInt.txt")
    assert proof_hash + document_hash == text("combinedHashDataInt.txt")
    created = datetime.fromisoformat(configuration["created"])
    proof = create_proof(document, key, created=created, library=library)
    assert base58btc_decode(proof["proofValue"][1:]).hex() == text("sigHexDataInt.txt")
    assert proof["proofValue"] == text("sigBTC58DataInt.txt")
    signed = read_vector(f"{folder}/signedDataInt.json")
    assert {**document, "proof": proof} == signed
    (read,) = read_proofs(signed).proofs
    verify_proof(document, read, key.public_key, library)
    with pytest.raises(SealBroken):
        verify_proof({**document, "validFrom": "2099-01-01T00:00:00Z"}, read, key.public_key, library)


@needs_vectors
def test_the_alumni_credential_of_the_recommendation() -> None:
    """VC-DI-EdDSA 1.0, eddsa-rdfc-2022: hashes, signature and proof from the private key, byte for byte."""
    keys = read_vector("vectors/vc-di-eddsa/keyPair.json")
    seed = base58btc_decode(keys["privateKeyMultibase"][1:])[2:34]
    public = keys["publicKeyMultibase"]
    key = signer_from(seed, f"did:key:{public}#{public}")
    assert key.public_key == PublicKey.from_multikey(public)
    library = published("www.w3.org/ns/credentials/examples/v2")
    check_example("vectors/vc-di-eddsa/eddsa-rdfc-2022", read_vector("vectors/vc-di-eddsa/unsigned.json"), key, library)


@needs_vectors
def test_the_employment_credential_of_the_recommendation() -> None:
    """The enhanced example with the context of citizenship."""
    keys = read_vector("vectors/vc-di-eddsa/keyPair.json")
    seed = base58btc_decode(keys["privateKeyMultibase"][1:])[2:34]
    folder = "vectors/vc-di-eddsa/eddsa-rdfc-2022/employ"
    method = read_vector(f"{folder}/signedDataInt.json")["proof"]["verificationMethod"]
    document = read_vector("vectors/vc-di-eddsa/employmentAuth.json")
    check_example(folder, document, signer_from(seed, method), published("w3id.org/citizenship/v4rc1"))


@needs_vectors
def test_the_badge_of_the_implementation_guide() -> None:
    """Open Badges 3.0 Implementation Guide: the signed badge is made again and verifies through the front door."""
    folder = "vectors/ob_v3p0_impl"
    keys, hashes = read_vector(f"{folder}/keyPair.json"), read_vector(f"{folder}/hashes.json")
    key = signer_from(bytes.fromhex(keys["privateKeyHex"])[:32], keys["id"])
    document, signed = read_vector(f"{folder}/unsigned.json"), read_vector(f"{folder}/signed.json")
    assert hashlib.sha256(canonicalize(document).encode()).hexdigest() == hashes["docHash"]
    proof = create_proof(document, key, created=datetime(2010, 1, 1, 19, 23, 24, tzinfo=UTC))
    assert base58btc_decode(proof["proofValue"][1:]).hex() == hashes["signature"]
    assert proof == signed["proof"]
    verify_seal(open_unverified(json.dumps(signed)), key.public_key)


@needs_vectors
def test_the_model_of_a_micro_credential() -> None:
    """The model was signed by another implementation."""
    signed = read_vector("model/microcredential-signed-eddsa-rdfc-2022.json")
    keys = read_vector("vectors/ob_v3p0_impl/keyPair.json")
    verify_seal(open_unverified(json.dumps(signed)), PublicKey.from_multikey(keys["publicKeyMultibase"]))
