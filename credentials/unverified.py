"""Opening a paper before it is believed: what it says, and the check that a given key sealed exactly that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from credentials.canonical import canonicalize
from credentials.compact_jws import JWS_ALGORITHMS, CompactJws, looks_like_compact_jws
from credentials.cryptosuites import CRYPTOSUITES
from credentials.data_integrity import Proof, read_proofs, verify_proof
from credentials.data_model import DataModel, as_version_2, read_version
from credentials.endorsement_tokens import without_endorsement_tokens
from credentials.errors import MalformedCredential, TooComplex, UnsupportedProof
from credentials.sealed import SecuringForm
from credentials.strict_json import DEFAULT_LIMITS, parse_json
from credentials.vc_jwt import check_claims, document_of, read_token, seal_period, sealed_at
from keys.multibase import base64url_decode
from keys.public_key import PublicKey

# Base64url makes a token a third longer than the JSON in it, which has a limit of its own.
LARGEST_TEXT: Final = 2 * DEFAULT_LIMITS.size

_BARE_NAME: Final = re.compile(r"[A-Za-z0-9._~-]{1,256}", re.ASCII)

MECHANISMS: Final = CRYPTOSUITES | JWS_ALGORITHMS
"""Every way of sealing that can be checked; which of them is accepted is for the reader to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCredential:
    """A paper as it was read, under one of its seals. Nothing in it is to be believed before ``verify_seal`` and a
    check of the key's owner.

    ``document`` is the credential without proof or claims, for reading: always in the names of version 2.0 of the data
    model. ``signed_document`` is the same as it stands on the paper, and ``version`` the version it follows there.
    ``digest`` is the SHA-256 of the text in hexadecimal, ``mechanism`` the cryptosuite or JOSE algorithm that the paper
    names. The seal may count only from ``unverified_seal_begins`` until ``unverified_seal_ends``.

    A paper may bear several seals, of which one good one by its issuer is enough: ``others`` is the same paper under
    each of the others, those naming a key of the issuer first; ``set_aside`` says why some cannot be checked at all.
    A seal may rest on earlier ones (a proof chain): they are ``rests_on``, and count only if all of them are good.
    """

    text: str
    form: SecuringForm
    mechanism: str
    version: DataModel
    document: Mapping[str, Any]
    signed_document: Mapping[str, Any]
    unverified_issuer_id: str
    unverified_key_id: str
    unverified_created: datetime | None
    unverified_seal_begins: datetime | None = None
    unverified_seal_ends: datetime | None = None
    unverified_id: str | None
    digest: str
    others: tuple[UnverifiedCredential, ...] = ()
    rests_on: tuple[UnverifiedCredential, ...] = ()
    set_aside: tuple[str, ...] = ()
    _seal: Proof | CompactJws = field(repr=False)

    @property
    def seals(self) -> tuple[UnverifiedCredential, ...]:
        """The paper under each of its seals, this one first."""
        return (self, *self.others)

    @property
    def seal_digest(self) -> str:
        """The SHA-256 of the signature in hexadecimal: the same however the paper is written down.

        Who has the key cannot make a second paper for a signature that is given: that takes a second preimage of the
        hash inside it. So a register of these digests is one of the papers themselves.
        """
        seal = self._seal
        signature = seal.signature if isinstance(seal, Proof) else base64url_decode(seal.text.rpartition(".")[2])
        return hashlib.sha256(signature).hexdigest()


def open_unverified(text: str | bytes) -> UnverifiedCredential:
    """Open a sealed credential: JSON with an embedded proof, or a compact token. White space around it is ignored.

    Checks the form only. Raises MalformedCredential, DuplicateMember, TooComplex or UnsupportedProof.
    """
    stripped = _stripped(text)
    if looks_like_compact_jws(stripped):
        return _open_token(stripped)
    if not stripped.startswith("{"):
        raise MalformedCredential("$", "neither a JSON object nor a compact JWT")
    return _open_json(stripped)


def verify_seal(unverified: UnverifiedCredential, public_key: PublicKey) -> None:
    """Raise unless this key made this seal over exactly the document, and every part of the document is covered.

    SealBroken: the signature, or a claim of the token, does not agree. UnsignedTerm, RelativeIdentifier,
    ControlCharacter, UnknownContext, MalformedCredential, TooComplex, UnsupportedProof: what was sealed could be read
    in two ways, or it could not be found out. Key and algorithm are never taken from the paper. Not checked: whether
    the key may speak for the issuer, the seals it rests on, dates, status, the schema.
    """
    if isinstance(unverified._seal, Proof):
        verify_proof(unverified.signed_document, unverified._seal, public_key)
        return
    unverified._seal.verify(public_key)
    check_claims(unverified._seal)
    # A token covers every byte, but a term that no context defines still means nothing that all readers agree on.
    canonicalize(without_endorsement_tokens(document_of(unverified._seal)))


def _stripped(text: str | bytes) -> str:
    if len(text) > LARGEST_TEXT:
        raise TooComplex(f"the text is longer than {LARGEST_TEXT} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as exc:
            raise MalformedCredential("$", "the bytes are not UTF-8") from exc
    return text.strip(" \t\r\n")


def _open_json(text: str) -> UnverifiedCredential:
    secured = parse_json(text)
    found = read_proofs(secured)
    document = _without_proof(secured)
    digest = _digest(text)
    papers = [_under_proof(text, digest, document, proof) for proof in found.proofs]
    own = f"{_issuer_id(document)}#"
    papers.sort(key=lambda paper: not paper.unverified_key_id.startswith(own))
    return replace(papers[0], others=tuple(papers[1:]), set_aside=found.set_aside)


def _under_proof(text: str, digest: str, document: Mapping[str, Any], proof: Proof) -> UnverifiedCredential:
    covered = proof.covered(document)
    version = read_version(covered)
    return UnverifiedCredential(
        text=text,
        form=SecuringForm.DATA_INTEGRITY,
        mechanism=proof.suite.name,
        version=version,
        document=as_version_2(covered, version),
        signed_document=covered,
        unverified_issuer_id=_issuer_id(document),
        unverified_key_id=proof.verification_method,
        unverified_created=proof.created,
        unverified_seal_ends=proof.expires,
        unverified_id=_own_id(document),
        digest=digest,
        rests_on=tuple(_under_proof(text, digest, document, earlier) for earlier in proof.rests_on),
        _seal=proof,
    )


def _open_token(text: str) -> UnverifiedCredential:
    token = read_token(text)
    document = _without_proof(document_of(token))
    if token.unverified_key_id is None:
        raise UnsupportedProof("the token does not name its key (kid)")
    version = read_version(document)
    begins, ends = seal_period(token)
    return UnverifiedCredential(
        text=text,
        form=SecuringForm.VC_JWT,
        mechanism=token.algorithm,
        version=version,
        document=as_version_2(document, version),
        signed_document=document,
        unverified_issuer_id=_issuer_id(document),
        unverified_key_id=_whole_key_id(token.unverified_key_id, document),
        unverified_created=sealed_at(token),
        unverified_seal_begins=begins,
        unverified_seal_ends=ends,
        unverified_id=_own_id(document),
        digest=_digest(text),
        _seal=token,
    )


def _whole_key_id(key_id: str, document: Mapping[str, Any]) -> str:
    """VC-JOSE-COSE lets a token name its key by a bare name, which says something only beside the issuer's."""
    return f"{_issuer_id(document)}#{key_id}" if _BARE_NAME.fullmatch(key_id) else key_id


def _without_proof(secured: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in secured.items() if name != "proof"}


def _issuer_id(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    path, issuer_id = ("$.issuer.id", issuer.get("id")) if isinstance(issuer, dict) else ("$.issuer", issuer)
    if not isinstance(issuer_id, str) or not issuer_id:
        raise MalformedCredential(path, "expected the identifier of the issuer")
    return issuer_id


def _own_id(document: Mapping[str, Any]) -> str | None:
    own_id = document.get("id")
    if own_id is not None and not isinstance(own_id, str):
        raise MalformedCredential("$.id", "expected a string")
    return own_id


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
