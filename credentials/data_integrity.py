"""Embedded proofs: VC Data Integrity 1.0 with the cryptosuite eddsa-rdfc-2022 (VC-DI-EdDSA 1.0, section 3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credentials.canonical import canonicalize
from credentials.contexts import SHIPPED, ContextLibrary
from credentials.errors import MalformedCredential, SealBroken, UnsupportedProof
from keys.algorithm import Algorithm
from keys.errors import MalformedKey, SignatureMismatch
from keys.instant import read_instant, write_instant
from keys.multibase import base58btc_decode, base58btc_encode
from keys.public_key import SIGNATURE_LENGTH, PublicKey
from keys.signer import Signer

EDDSA_RDFC_2022: Final = "eddsa-rdfc-2022"
ASSERTION_METHOD: Final = "assertionMethod"
_PROOF_TYPE: Final = "DataIntegrityProof"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it was read: its configuration (the proof without proofValue) and the signature."""

    configuration: Document
    signature: bytes
    created: datetime | None

    @property
    def cryptosuite(self) -> str:
        return str(self.configuration["cryptosuite"])

    @property
    def verification_method(self) -> str:
        return str(self.configuration["verificationMethod"])


def create_proof(
    document: Document, signer: Signer, *, created: datetime, library: ContextLibrary = SHIPPED
) -> dict[str, Any]:
    """A proof by an Ed25519 key over a document without proof; raises as canonicalize when data would not be signed."""
    suite = _SUITES[EDDSA_RDFC_2022]
    if signer.public_key.algorithm is not suite.algorithm:
        raise ValueError(f"{EDDSA_RDFC_2022} signs with {suite.algorithm} keys")
    configuration = {
        "type": _PROOF_TYPE,
        "cryptosuite": EDDSA_RDFC_2022,
        "created": write_instant(created),
        "verificationMethod": signer.verification_method,
        "proofPurpose": ASSERTION_METHOD,
    }
    signature = signer.sign(suite.data_to_sign(document, configuration, library))
    return {**configuration, "proofValue": "z" + base58btc_encode(signature)}


def read_proof(document: Document) -> Proof:
    """Read the one proof of a document; raises MalformedCredential or UnsupportedProof. Nothing is verified.

    Not supported are proof sets and chains, other purposes than assertionMethod, and proofs with an end of their own.
    """
    found: Any = document.get("proof")
    proofs: list[Any] = found if isinstance(found, list) else [found]
    if len(proofs) != 1:
        raise UnsupportedProof(f"the credential has {len(proofs)} proofs; exactly one is supported")
    proof = proofs[0]
    if not isinstance(proof, dict):
        raise MalformedCredential("$.proof", "is missing" if found is None else "expected an object")
    for name in ("type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str):
            raise MalformedCredential(f"$.proof.{name}", "expected a string")
    _check_supported(proof, document)
    configuration = {name: value for name, value in proof.items() if name != "proofValue"}
    return Proof(configuration, _read_signature(proof["proofValue"]), _read_created(proof))


def verify_proof(document: Document, proof: Proof, public_key: PublicKey, library: ContextLibrary = SHIPPED) -> None:
    """Raise SealBroken unless the key made the proof over the document (without proof), or as canonicalize.

    Purpose and suite were checked by read_proof; whether the key may speak for the issuer is not checked here.
    """
    suite = _SUITES[proof.cryptosuite]
    if public_key.algorithm is not suite.algorithm:
        raise SealBroken(f"the proof says {proof.cryptosuite}, but the key is one of {public_key.algorithm}")
    try:
        public_key.verify_signature(proof.signature, suite.data_to_sign(document, proof.configuration, library))
    except SignatureMismatch as exc:
        raise SealBroken("the proof was not made by this key over this document") from exc


def _rdfc_data(document: Document, configuration: Document, library: ContextLibrary) -> bytes:
    """The 64 bytes that are signed: first the hash of the proof configuration, then that of the document."""
    in_context = {"@context": document.get("@context"), **configuration}
    texts = (canonicalize(in_context, library), canonicalize(document, library))
    return b"".join(hashlib.sha256(text.encode()).digest() for text in texts)


@dataclass(frozen=True, slots=True)
class _Cryptosuite:
    algorithm: Algorithm
    data_to_sign: Callable[[Document, Document, ContextLibrary], bytes]


# A further suite (eddsa-jcs-2022) is one more line.
_SUITES: Final = {EDDSA_RDFC_2022: _Cryptosuite(Algorithm.ED25519, _rdfc_data)}


def _check_supported(proof: Document, document: Document) -> None:
    if proof["type"] != _PROOF_TYPE or proof["cryptosuite"] not in _SUITES:
        raise UnsupportedProof(f"proofs of type {proof['type']}, suite {proof['cryptosuite']} are not supported")
    if proof["proofPurpose"] != ASSERTION_METHOD:
        raise UnsupportedProof(f"the proof was made for another purpose ({proof['proofPurpose']})")
    for name in ("previousProof", "expires"):
        if name in proof:
            raise UnsupportedProof(f"proofs with {name} are not supported")
    if proof.get("@context", document.get("@context")) != document.get("@context"):
        raise UnsupportedProof("the proof has contexts of its own")


def _read_signature(text: str) -> bytes:
    if not text.startswith("z"):
        raise MalformedCredential("$.proof.proofValue", "expected base58btc in multibase (z…)")
    try:
        signature = base58btc_decode(text[1:])
    except MalformedKey as exc:
        raise MalformedCredential("$.proof.proofValue", str(exc)) from exc
    if len(signature) != SIGNATURE_LENGTH:
        raise MalformedCredential("$.proof.proofValue", f"expected {SIGNATURE_LENGTH} bytes, found {len(signature)}")
    return signature


def _read_created(proof: Document) -> datetime | None:
    if "created" not in proof:
        return None
    try:
        return read_instant(proof["created"])
    except ValueError as exc:
        raise MalformedCredential("$.proof.created", str(exc)) from exc
