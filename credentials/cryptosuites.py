"""The ways to make the 64 bytes that an embedded proof signs: first the hash of the proof, then that of the document.

Whatever the suite, the document must also read the same to everybody: it is put into its RDF statements, which refuses
undefined terms and all else that two readers could take for two things. A suite over the JSON text covers every byte,
but a term that no context defines would still mean nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from credentials.canonical import canonicalize
from credentials.contexts import ContextLibrary
from credentials.errors import MalformedCredential
from keys.algorithm import Algorithm

EDDSA_RDFC_2022: Final = "eddsa-rdfc-2022"
EDDSA_JCS_2022: Final = "eddsa-jcs-2022"
ED25519_SIGNATURE_2020: Final = "Ed25519Signature2020"
DATA_INTEGRITY_PROOF: Final = "DataIntegrityProof"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """A suite by its name; ``repeats_contexts`` says that its proofs carry the contexts of the document."""

    name: str
    algorithm: Algorithm
    data_to_sign: Callable[[Document, Document, ContextLibrary], bytes]
    repeats_contexts: bool = False


def _rdfc_data(document: Document, configuration: Document, library: ContextLibrary) -> bytes:
    """Hashes of the statements (VC-DI-EdDSA 1.0, sections 3.2.3 to 3.2.5 and, for the type of 2020, 4.2)."""
    in_context = {"@context": document.get("@context"), **configuration}
    texts = (canonicalize(in_context, library), canonicalize(document, library))
    return b"".join(hashlib.sha256(text.encode()).digest() for text in texts)


def _jcs_data(document: Document, configuration: Document, library: ContextLibrary) -> bytes:
    """Hashes of the JSON in the one spelling of RFC 8785 (section 3.3); the statements are made only to be checked.

    Earlier proofs in a chain carry contexts of their own and were checked each by itself.
    """
    canonicalize({"@context": document.get("@context"), **configuration}, library)
    canonicalize({name: value for name, value in document.items() if name != "proof"}, library)
    try:
        texts = (rfc8785.dumps(dict(configuration)), rfc8785.dumps(dict(document)))
    except rfc8785.CanonicalizationError as exc:
        raise MalformedCredential("$", f"the document has no canonical spelling: {exc}") from exc
    return b"".join(hashlib.sha256(text).digest() for text in texts)


_BY_NAME: Final = {
    suite.name: suite
    for suite in (
        Cryptosuite(EDDSA_RDFC_2022, Algorithm.ED25519, _rdfc_data),
        Cryptosuite(EDDSA_JCS_2022, Algorithm.ED25519, _jcs_data, repeats_contexts=True),
        Cryptosuite(ED25519_SIGNATURE_2020, Algorithm.ED25519, _rdfc_data),
    )
}
CRYPTOSUITES: Final = frozenset(_BY_NAME)


def suite_of(proof: Document) -> Cryptosuite | None:
    """The suite of a proof by its own word; None when it is not known here.

    Ed25519Signature2020 is a type of its own, which older badges have; the others are suites of DataIntegrityProof.
    """
    kind, name = proof.get("type"), proof.get("cryptosuite")
    if kind == ED25519_SIGNATURE_2020:
        return _BY_NAME[ED25519_SIGNATURE_2020]
    if kind != DATA_INTEGRITY_PROOF or name == ED25519_SIGNATURE_2020 or not isinstance(name, str):
        return None
    return _BY_NAME.get(name)


def suite_named(name: str) -> Cryptosuite:
    """The suite of a name from CRYPTOSUITES."""
    return _BY_NAME[name]
