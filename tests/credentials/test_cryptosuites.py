"""The other suites, and several proofs on one document: every published value, and what may not pass."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credentials.canonical import canonicalize
from credentials.contexts import SHIPPED, ContextLibrary
from credentials.cryptosuites import ED25519_SIGNATURE_2020, EDDSA_JCS_2022, EDDSA_RDFC_2022, suite_named
from credentials.data_integrity import MOST_PROOFS, Proof, create_proof, read_proofs, verify_proof
from credentials.errors import (
    ControlCharacter,
    CredentialError,
    MalformedCredential,
    SealBroken,
    TooComplex,
    UnknownContext,
    UnsignedTerm,
    UnsupportedProof,
)
from credentials.seal import seal
from credentials.unverified import open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.multibase import base58btc_decode, base58btc_encode
from keys.public_key import PublicKey
from keys.signer import MemorySigner
from tests.example_credentials import example_credential
from tests.vectors import VECTORS, needs_vectors, read_vector

FOLDER = "vectors/vc-di-eddsa"
CHAIN = f"{FOLDER}/proof-set-chain"
SIGNER = MemorySigner.generate(Algorithm.ED25519)
OTHER = MemorySigner.generate(Algorithm.ED25519)
SEALED_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SECURED = {
    suite: json.loads(seal(example_credential(), SIGNER, created=SEALED_AT, cryptosuite=suite).text)
    for suite in (EDDSA_RDFC_2022, EDDSA_JCS_2022)
}


def examples() -> ContextLibrary:
    url = "www.w3.org/ns/credentials/examples/v2"
    return SHIPPED.with_documents({f"https://{url}": read_vector(f"contexts/{url}")})


def text(name: str) -> str:
    return (VECTORS / FOLDER / name).read_text(encoding="utf-8").strip()


def unsecured(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}


def check(document: dict[str, Any], key: PublicKey = SIGNER.public_key) -> None:
    verify_seal(open_unverified(json.dumps(document)), key)


def published_signer() -> MemorySigner:
    keys = read_vector(f"{FOLDER}/keyPair.json")
    public, seed = keys["publicKeyMultibase"], base58btc_decode(keys["privateKeyMultibase"][1:])[2:34]
    return MemorySigner(Ed25519PrivateKey.from_private_bytes(seed), f"did:key:{public}#{public}")


@needs_vectors
def test_the_jcs_example_of_the_recommendation() -> None:
    """VC-DI-EdDSA 1.0, eddsa-jcs-2022: spellings, hashes, signature and proof, byte for byte."""
    signer, library = published_signer(), examples()
    document = read_vector(f"{FOLDER}/unsigned.json")
    configuration = read_vector(f"{FOLDER}/eddsa-jcs-2022/proofConfigJCS.json")
    spelled = [rfc8785.dumps(each) for each in (configuration, document)]
    assert [each.decode() for each in spelled] == [
        text(f"eddsa-jcs-2022/{name}.txt") for name in ("proofCanonJCS", "canonDocJCS")
    ]
    hashes = [hashlib.sha256(each).hexdigest() for each in spelled]
    assert hashes == [text(f"eddsa-jcs-2022/{name}.txt") for name in ("proofHashJCS", "docHashJCS")]
    assert "".join(hashes) == text("eddsa-jcs-2022/combinedHashJCS.txt")
    created = datetime.fromisoformat(configuration["created"])
    proof = create_proof(document, signer, created=created, cryptosuite=EDDSA_JCS_2022, library=library)
    assert base58btc_decode(proof["proofValue"][1:]).hex() == text("eddsa-jcs-2022/sigHexJCS.txt")
    assert proof["proofValue"] == text("eddsa-jcs-2022/sigBTC58JCS.txt")
    signed = read_vector(f"{FOLDER}/eddsa-jcs-2022/signedJCS.json")
    assert {**document, "proof": proof} == signed
    (read,) = read_proofs(signed).proofs
    verify_proof(document, read, signer.public_key, library)
    with pytest.raises(SealBroken):
        verify_proof({**document, "name": "Another"}, read, signer.public_key, library)


@needs_vectors
def test_the_example_of_the_suite_of_2020() -> None:
    """VC-DI-EdDSA 1.0, Ed25519Signature2020: statements, hashes and signature, byte for byte."""
    signer, library = published_signer(), examples()
    signed = read_vector(f"{FOLDER}/Ed25519Signature2020/signedEdSig.json")
    document = unsecured(signed)
    configuration = read_vector(f"{FOLDER}/Ed25519Signature2020/proofConfigEdSig.json")
    statements = [canonicalize(each, library) for each in (configuration, document)]
    assert [each.strip() for each in statements] == [
        text(f"Ed25519Signature2020/{name}.txt") for name in ("proofCanonEdSig", "canonDocEdSig")
    ]
    hashes = [hashlib.sha256(each.encode()).hexdigest() for each in statements]
    assert hashes == [text(f"Ed25519Signature2020/{name}.txt") for name in ("proofHashEdSig", "docHashEdSig")]
    assert "".join(hashes) == text("Ed25519Signature2020/combinedHashEdSig.txt")
    (read,) = read_proofs(signed).proofs
    assert read.signature.hex() == text("Ed25519Signature2020/sigHexEdSig.txt")
    assert read.written["proofValue"] == text("Ed25519Signature2020/sigBTC58EdSig.txt")
    verify_proof(document, read, signer.public_key, library)
    with pytest.raises(SealBroken):
        verify_proof({**document, "name": "Another"}, read, signer.public_key, library)


def key_of(proof: Proof) -> PublicKey:
    return PublicKey.from_multikey(proof.verification_method.partition("#")[2])


@needs_vectors
@pytest.mark.parametrize(("name", "count"), [("Set1", 1), ("Set2", 2), ("Chain1", 3), ("Chain2", 4)])
def test_the_sets_and_chains_of_the_recommendation(name: str, count: int) -> None:
    """VC-DI-EdDSA 1.0, appendix on proof sets and chains: each proof verifies with its own key, over what it names."""
    signed = read_vector(f"{CHAIN}/signedProof{name}.json")
    proofs = read_proofs(signed).proofs
    assert len(proofs) == count
    for proof in proofs:
        verify_proof(unsecured(signed), proof, key_of(proof), examples())


@needs_vectors
def test_a_chain_covers_the_proofs_it_rests_on() -> None:
    """Another proofValue in a previous proof breaks the later one, though the later one itself is untouched."""
    signed = read_vector(f"{CHAIN}/signedProofChain2.json")
    assert [len(proof.rests_on) for proof in read_proofs(signed).proofs] == [0, 0, 2, 1]
    signed["proof"][2]["proofValue"] = "z" + base58btc_encode(bytes(64))
    last = read_proofs(signed).proofs[3]
    with pytest.raises(SealBroken):
        verify_proof(unsecured(signed), last, key_of(last), examples())


@needs_vectors
@pytest.mark.parametrize("name", ["proofSetConfig1", "proofSetConfig2", "proofChainConfig1", "proofChainConfig2"])
def test_the_signed_configurations_of_sets_and_chains(name: str) -> None:
    """The signed configuration is the configuration and a proofValue; the chain's are those of the signed documents."""
    configuration = read_vector(f"{CHAIN}/{name}.json")
    signed = read_vector(f"{CHAIN}/{name.replace('Config', 'ConfigSigned')}.json")
    kept = {each: value for each, value in configuration.items() if each != "@context"}
    assert {each: value for each, value in signed.items() if each != "proofValue"} == kept
    written = read_vector(f"{CHAIN}/signedProofChain2.json")["proof"]
    assert signed in written


@pytest.mark.parametrize("suite", [pytest.param(suite, id=suite) for suite in SECURED])
def test_what_one_suite_seals_opens_again(suite: str) -> None:
    """Both suites can be asked for, and the paper names the one."""
    opened = open_unverified(json.dumps(SECURED[suite]))
    assert opened.mechanism == suite
    assert opened.document == example_credential().to_json()
    verify_seal(opened, SIGNER.public_key)
    with pytest.raises(SealBroken):
        verify_seal(opened, OTHER.public_key)


def test_no_other_suite_can_be_asked_for() -> None:
    """A name that is no suite is a mistake of the caller."""
    with pytest.raises(KeyError):
        suite_named("ecdsa-rdfc-2019")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(lambda d: d.update(name="Another"), SealBroken, id="text"),
        pytest.param(lambda d: d["type"].reverse(), SealBroken, id="order-of-an-array"),
        pytest.param(lambda d: d.update(ects=3), UnsignedTerm, id="undefined-term"),
        pytest.param(lambda d: d.update(name="a\u0007b"), ControlCharacter, id="control-character"),
        pytest.param(lambda d: d["proof"].update(surprise="x"), UnsignedTerm, id="undefined-term-in-the-proof"),
        pytest.param(lambda d: d["proof"].pop("@context"), SealBroken, id="contexts-of-the-proof"),
        pytest.param(lambda d: d["proof"].update({"@context": []}), MalformedCredential, id="no-contexts"),
        pytest.param(
            lambda d: d["proof"]["@context"].reverse(), MalformedCredential, id="other-order-of-contexts"
        ),
        pytest.param(
            lambda d: d["proof"]["@context"].append("https://w3id.org/security/data-integrity/v2"),
            MalformedCredential,
            id="more-contexts-than-the-document",
        ),
    ],
)  # fmt: skip
def test_a_document_sealed_as_text_is_covered_whole(
    change: Callable[[dict[str, Any]], object], error: type[CredentialError]
) -> None:
    """eddsa-jcs-2022 covers every byte; what JSON-LD would not understand is refused all the same."""
    changed = json.loads(json.dumps(SECURED[EDDSA_JCS_2022]))
    change(changed)
    with pytest.raises(error):
        check(changed)


def resealed_as_text(document: dict[str, Any], **proof: Any) -> dict[str, Any]:
    """The document with a proof over its JSON text made by hand, so that it can hold what our own sealing refuses."""
    configuration = {
        "type": "DataIntegrityProof",
        "cryptosuite": EDDSA_JCS_2022,
        "verificationMethod": SIGNER.verification_method,
        "proofPurpose": "assertionMethod",
        **proof,
    }
    covered = {**document, "@context": proof.get("@context", document["@context"])}
    digest = b"".join(hashlib.sha256(rfc8785.dumps(each)).digest() for each in (configuration, covered))
    return {**document, "proof": {**configuration, "proofValue": "z" + base58btc_encode(SIGNER.sign(digest))}}


def test_contexts_that_the_proof_leaves_out_define_nothing() -> None:
    """A proof may stop after the first contexts; the later ones were not signed, so they do not count."""
    document = example_credential().to_json()
    more = [*document["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    signed = resealed_as_text({**document, "@context": more}, **{"@context": document["@context"]})
    assert open_unverified(json.dumps(signed)).document["@context"] == document["@context"]
    check(signed)
    first = document["@context"][:1]
    with pytest.raises(UnsignedTerm):
        check(resealed_as_text(document, **{"@context": first}))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"ects": 3}, UnsignedTerm, id="undefined-term"),
        pytest.param({"name": {"en": "Badge"}}, CredentialError, id="language-map"),
        pytest.param({"@context": ["https://www.w3.org/ns/credentials/v2", "https://x.example/c"]}, UnknownContext,
                     id="unknown-context"),
    ],
)  # fmt: skip
def test_a_good_signature_over_text_is_not_enough(changes: dict[str, Any], error: type[CredentialError]) -> None:
    """The issuer signed every byte, and still nobody can say what it means."""
    with pytest.raises(error):
        check(resealed_as_text({**example_credential().to_json(), **changes}))


def secured_by(*proofs: dict[str, Any]) -> dict[str, Any]:
    return {**example_credential().to_json(), "proof": list(proofs)}


def proof_by(signer: MemorySigner, **changes: Any) -> dict[str, Any]:
    made = create_proof(example_credential().to_json(), signer, created=SEALED_AT)
    return {**made, **changes}


def test_each_proof_of_a_set_stands_for_itself() -> None:
    """Two proofs by two keys: the paper can be read under either, and each verifies with its own key only."""
    opened = open_unverified(json.dumps(secured_by(proof_by(OTHER), proof_by(SIGNER))))
    assert [paper.unverified_key_id for paper in opened.seals] == [
        OTHER.verification_method, SIGNER.verification_method,
    ]  # fmt: skip
    verify_seal(opened, OTHER.public_key)
    verify_seal(opened.others[0], SIGNER.public_key)
    with pytest.raises(SealBroken):
        verify_seal(opened, SIGNER.public_key)


def test_the_proofs_of_the_issuer_come_first() -> None:
    """The order of a set says nothing, so the paper is read first under a key that bears the issuer's name."""
    issuer_id = open_unverified(json.dumps(SECURED[EDDSA_RDFC_2022])).unverified_issuer_id
    own = MemorySigner.generate(Algorithm.ED25519, f"{issuer_id}#key")
    assert (
        open_unverified(json.dumps(secured_by(proof_by(OTHER), proof_by(own)))).unverified_key_id == f"{issuer_id}#key"
    )


def test_unknown_proofs_are_set_aside_and_said() -> None:
    """A suite or a purpose unknown here does not spoil the proofs beside it; alone it cannot be checked."""
    unknown = [proof_by(OTHER, cryptosuite="ecdsa-sd-2023"), proof_by(OTHER, proofPurpose="authentication")]
    opened = open_unverified(json.dumps(secured_by(*unknown, proof_by(SIGNER))))
    assert len(opened.seals) == 1
    assert ["ecdsa-sd-2023" in opened.set_aside[0], "authentication" in opened.set_aside[1]] == [True, True]
    verify_seal(opened, SIGNER.public_key)
    with pytest.raises(UnsupportedProof):
        open_unverified(json.dumps(secured_by(*unknown)))


FIRST, SECOND = "urn:uuid:11111111-1111-4111-8111-111111111111", "urn:uuid:22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(
    ("proofs", "error"),
    [
        pytest.param([{"previousProof": FIRST}], MalformedCredential, id="missing"),
        pytest.param([{"id": FIRST}, {"previousProof": [FIRST, SECOND]}], MalformedCredential, id="one-missing"),
        pytest.param([{"id": FIRST, "previousProof": FIRST}], MalformedCredential, id="itself"),
        pytest.param([{"id": FIRST, "previousProof": SECOND}, {"id": SECOND, "previousProof": FIRST}],
                     MalformedCredential, id="circle"),
        pytest.param([{"id": FIRST}, {"previousProof": [FIRST, FIRST]}], MalformedCredential, id="twice"),
        pytest.param([{"id": FIRST}, {"previousProof": []}], MalformedCredential, id="empty"),
        pytest.param([{"id": FIRST}, {"previousProof": 1}], MalformedCredential, id="number"),
        pytest.param([{"id": FIRST}, {"previousProof": None}], MalformedCredential, id="null"),
        pytest.param([{"id": FIRST}, {"id": FIRST}], MalformedCredential, id="same-id"),
        pytest.param([{"id": f"urn:x:{n}"} for n in range(MOST_PROOFS + 1)], TooComplex, id="too-many"),
    ],
)  # fmt: skip
def test_chains_that_lead_nowhere(proofs: list[dict[str, Any]], error: type[CredentialError]) -> None:
    """A previous proof must be there, once, and must not lead back."""
    with pytest.raises(error):
        open_unverified(json.dumps(secured_by(*(proof_by(SIGNER, **changes) for changes in proofs))))


def test_a_proof_on_an_unknown_one_cannot_be_checked() -> None:
    """Who rests on a proof that is not checked here is not checked either."""
    unknown = proof_by(OTHER, id=FIRST, cryptosuite="ecdsa-sd-2023")
    opened = open_unverified(json.dumps(secured_by(unknown, proof_by(SIGNER, previousProof=FIRST), proof_by(SIGNER))))
    assert (len(opened.seals), len(opened.set_aside)) == (1, 2)


def test_names_of_the_suites() -> None:
    """The suite of 2020 is a type of its own, not a cryptosuite."""
    assert suite_named(ED25519_SIGNATURE_2020).name == "Ed25519Signature2020"
    with pytest.raises(UnsupportedProof):
        open_unverified(json.dumps(secured_by(proof_by(SIGNER, cryptosuite=ED25519_SIGNATURE_2020))))


def test_a_number_without_one_spelling_is_not_sealed_as_text() -> None:
    """A file cannot hold it, but a document made by a program can, in an earlier proof, where no statement is made."""
    document = {**example_credential().to_json(), "proof": [{"nonce": 2**60}]}
    configuration = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}
    with pytest.raises(MalformedCredential, match="no canonical spelling"):
        suite_named("eddsa-jcs-2022").data_to_sign(document, configuration, SHIPPED)
