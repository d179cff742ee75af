"""Embedded proofs: VC Data Integrity 1.0 with the cryptosuites of VC-DI-EdDSA 1.0; proof sets and proof chains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from credentials.contexts import SHIPPED, ContextLibrary
from credentials.cryptosuites import (
    DATA_INTEGRITY_PROOF,
    EDDSA_RDFC_2022,
    Cryptosuite,
    Document,
    suite_named,
    suite_of,
)
from credentials.errors import MalformedCredential, SealBroken, TooComplex, UnsupportedProof
from keys.errors import MalformedKey, SignatureMismatch
from keys.instant import read_instant, write_instant
from keys.multibase import base58btc_decode, base58btc_encode
from keys.public_key import SIGNATURE_LENGTH, PublicKey
from keys.signer import Signer

ASSERTION_METHOD: Final = "assertionMethod"
AUTHENTICATION: Final = "authentication"
MOST_PROOFS: Final = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it was read. ``written`` is the whole of it, ``rests_on`` the proofs that it names and covers."""

    written: Document
    suite: Cryptosuite
    signature: bytes
    created: datetime | None
    expires: datetime | None
    rests_on: tuple[Proof, ...] = ()

    @property
    def configuration(self) -> Document:
        """The proof without proofValue, which the signature covers."""
        return {name: value for name, value in self.written.items() if name != "proofValue"}

    @property
    def verification_method(self) -> str:
        return str(self.written["verificationMethod"])

    def covered(self, document: Document) -> Document:
        """The document (without proof) as this proof signs it: under the contexts that the proof repeats, if any."""
        if self.suite.repeats_contexts and "@context" in self.written:
            return {**document, "@context": self.written["@context"]}
        return document


@dataclass(frozen=True, slots=True)
class ProofSet:
    """The proofs of a document that can be checked here, and why the others cannot."""

    proofs: tuple[Proof, ...]
    set_aside: tuple[str, ...]


def create_proof(
    document: Document,
    signer: Signer,
    *,
    created: datetime,
    cryptosuite: str = EDDSA_RDFC_2022,
    library: ContextLibrary = SHIPPED,
    said: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A proof by an Ed25519 key over a document without proof; raises as canonicalize when data would not be signed.

    ``said`` are further members that the proof covers, such as another purpose, a challenge and a domain.
    """
    suite = suite_named(cryptosuite)
    if signer.public_key.algorithm is not suite.algorithm:
        raise ValueError(f"{suite.name} signs with {suite.algorithm} keys")
    configuration: dict[str, Any] = {
        "type": DATA_INTEGRITY_PROOF,
        "cryptosuite": suite.name,
        "created": write_instant(created),
        "verificationMethod": signer.verification_method,
        "proofPurpose": ASSERTION_METHOD,
        **(said or {}),
    }
    if suite.repeats_contexts:
        configuration["@context"] = document.get("@context")
    signature = signer.sign(suite.data_to_sign(document, configuration, library))
    return {**configuration, "proofValue": "z" + base58btc_encode(signature)}


def read_proofs(document: Document, *, purpose: str = ASSERTION_METHOD) -> ProofSet:
    """Read the proofs of a document that were made for a purpose; nothing is verified.

    Proofs of unknown types and suites and for other purposes are set aside; UnsupportedProof when none is left.
    MalformedCredential: a proof is not formed as the standard says, or names a previous proof that is not there.
    TooComplex: more than MOST_PROOFS.
    """
    found: Any = document.get("proof")
    written: list[Any] = found if isinstance(found, list) else [found]
    if len(written) > MOST_PROOFS:
        raise TooComplex(f"the document has more than {MOST_PROOFS} proofs")
    reader = _ChainReader(document, written, purpose)
    proofs, set_aside = [], []
    for index in range(len(written)):
        try:
            proofs.append(reader.read(index))
        except UnsupportedProof as exc:
            set_aside.append(exc.reason)
    if not proofs:
        raise UnsupportedProof(set_aside[0] if set_aside else "the document has an empty set of proofs")
    return ProofSet(tuple(proofs), tuple(set_aside))


def verify_proof(document: Document, proof: Proof, public_key: PublicKey, library: ContextLibrary = SHIPPED) -> None:
    """Raise SealBroken unless the key made the proof over the document (without proof), or as canonicalize.

    The proofs it rests on are part of what was signed (VC-DI 1.0, section 4.5) and have to be verified by themselves,
    each with its own key. Purpose and suite were checked by read_proofs. Whether the key may speak for the issuer, and
    whether the proof has expired, is not checked here.
    """
    if public_key.algorithm is not proof.suite.algorithm:
        raise SealBroken(f"the proof says {proof.suite.name}, but the key is one of {public_key.algorithm}")
    covered = proof.covered(document)
    if proof.rests_on:
        covered = {**covered, "proof": [previous.written for previous in proof.rests_on]}
    try:
        public_key.verify_signature(proof.signature, proof.suite.data_to_sign(covered, proof.configuration, library))
    except SignatureMismatch as exc:
        raise SealBroken("the proof was not made by this key over this document") from exc


class _ChainReader:
    """Reads the proofs of one document, each after those it rests on."""

    def __init__(self, document: Document, written: list[Any], purpose: str) -> None:
        self._document = document
        self._purpose = purpose
        self._written = written
        self._paths = ["$.proof"] if len(written) == 1 else [f"$.proof[{index}]" for index in range(len(written))]
        self._by_id: dict[str, int] = {}
        for index, proof in enumerate(written):
            if not isinstance(proof, dict):
                raise MalformedCredential(self._paths[index], "is missing" if proof is None else "expected an object")
            if isinstance(proof_id := proof.get("id"), str):
                if proof_id in self._by_id:
                    raise MalformedCredential(f"{self._paths[index]}.id", "another proof has the same id")
                self._by_id[proof_id] = index

    def read(self, index: int, above: tuple[int, ...] = ()) -> Proof:
        """One proof; ``above`` are the proofs that rest on it."""
        proof, path = self._written[index], self._paths[index]
        for name in ("type", "verificationMethod", "proofPurpose", "proofValue"):
            if not isinstance(proof.get(name), str):
                raise MalformedCredential(f"{path}.{name}", "expected a string")
        rests_on = tuple(self._previous(index, (*above, index)))
        suite = _supported_suite(proof, path, self._purpose)
        _check_contexts(proof, self._document, suite, path)
        signature = _read_signature(proof["proofValue"], f"{path}.proofValue")
        created, expires = (_read_moment(proof, name, path) for name in ("created", "expires"))
        return Proof(proof, suite, signature, created, expires, rests_on)

    def _previous(self, index: int, above: tuple[int, ...]) -> list[Proof]:
        path = f"{self._paths[index]}.previousProof"
        named = self._written[index].get("previousProof", [])
        names = named if isinstance(named, list) else [named]
        if "previousProof" in self._written[index] and not names:
            raise MalformedCredential(path, "expected the id of a proof")
        if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
            raise MalformedCredential(path, "expected ids of proofs, each once")
        missing = [name for name in names if name not in self._by_id]
        if missing:
            raise MalformedCredential(path, f"no proof here has the id {missing[0][:100]!r}")
        found = [self._by_id[name] for name in names]
        if set(found) & set(above):
            raise MalformedCredential(path, "the proof would rest on itself")
        return [self.read(each, above) for each in found]


def _supported_suite(proof: Document, path: str, purpose: str) -> Cryptosuite:
    if proof["type"] == DATA_INTEGRITY_PROOF and not isinstance(proof.get("cryptosuite"), str):
        raise MalformedCredential(f"{path}.cryptosuite", "expected a string")
    suite = suite_of(proof)
    if suite is None:
        named = f"{proof['type']}, suite {proof.get('cryptosuite')}"
        raise UnsupportedProof(f"proofs of type {named[:200]} are not supported")
    if proof["proofPurpose"] != purpose:
        raise UnsupportedProof(f"the proof was made for another purpose ({proof['proofPurpose'][:100]})")
    return suite


def _check_contexts(proof: Document, document: Document, suite: Cryptosuite, path: str) -> None:
    """A proof may repeat the contexts of the document; over the JSON text it may stop after the first ones."""
    if "@context" not in proof:
        return
    own, whole = proof["@context"], document.get("@context")
    if own == whole:
        return
    if not suite.repeats_contexts:
        raise UnsupportedProof("the proof has contexts of its own")
    own, whole = (each if isinstance(each, list) else [each] for each in (own, whole))
    if not own or whole[: len(own)] != own:
        raise MalformedCredential(f"{path}['@context']", "the contexts of the document begin otherwise")


def _read_signature(text: str, path: str) -> bytes:
    if not text.startswith("z"):
        raise MalformedCredential(path, "expected base58btc in multibase (z…)")
    try:
        signature = base58btc_decode(text[1:])
    except MalformedKey as exc:
        raise MalformedCredential(path, str(exc)) from exc
    if len(signature) != SIGNATURE_LENGTH:
        raise MalformedCredential(path, f"expected {SIGNATURE_LENGTH} bytes, found {len(signature)}")
    return signature


def _read_moment(proof: Mapping[str, Any], name: str, path: str) -> datetime | None:
    if name not in proof:
        return None
    try:
        return read_instant(proof[name])
    except ValueError as exc:
        raise MalformedCredential(f"{path}.{name}", str(exc)) from exc
