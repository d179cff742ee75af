"""Opening a paper before it is believed: what it says, and the check that a given key sealed exactly that."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from credentials.canonical import canonicalize
from credentials.compact_jws import CompactJws, looks_like_compact_jws
from credentials.data_integrity import Proof, read_proof, verify_proof
from credentials.errors import MalformedCredential, TooComplex, UnsupportedProof
from credentials.sealed import SecuringForm
from credentials.strict_json import DEFAULT_LIMITS, parse_json
from credentials.vc_jwt import check_claims, document_of, read_token, sealed_at
from keys.public_key import PublicKey

# Base64url makes a token a third longer than the JSON in it, which has a limit of its own.
LARGEST_TEXT: Final = 2 * DEFAULT_LIMITS.size


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCredential:
    """A paper as it was read. Nothing in it is to be believed before ``verify_seal`` and a check of the key's owner.

    ``document`` is the credential without proof or claims, ``digest`` the SHA-256 of the text in hexadecimal,
    ``mechanism`` the cryptosuite or JOSE algorithm that the paper names.
    """

    text: str
    form: SecuringForm
    mechanism: str
    document: Mapping[str, Any]
    unverified_issuer_id: str
    unverified_key_id: str
    unverified_created: datetime | None
    unverified_id: str | None
    digest: str
    _seal: Proof | CompactJws = field(repr=False)


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
    """Raise unless this key sealed exactly the document, and every part of the document is covered.

    SealBroken: the signature, or a claim of the token, does not agree. UnsignedTerm, RelativeIdentifier,
    ControlCharacter, UnknownContext, MalformedCredential, TooComplex, UnsupportedProof: what was sealed could be read
    in two ways, or it could not be found out. Key and algorithm are never taken from the paper. Not checked: whether
    the key may speak for the issuer, dates, status, the schema.
    """
    if isinstance(unverified._seal, Proof):
        verify_proof(unverified.document, unverified._seal, public_key)
        return
    unverified._seal.verify(public_key)
    check_claims(unverified._seal)
    # A token covers every byte, but a term that no context defines still means nothing that all readers agree on.
    canonicalize(document_of(unverified._seal))


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
    proof = read_proof(secured)
    document = _without_proof(secured)
    return UnverifiedCredential(
        text=text,
        form=SecuringForm.DATA_INTEGRITY,
        mechanism=proof.cryptosuite,
        document=document,
        unverified_issuer_id=_issuer_id(document),
        unverified_key_id=proof.verification_method,
        unverified_created=proof.created,
        unverified_id=_own_id(document),
        digest=_digest(text),
        _seal=proof,
    )


def _open_token(text: str) -> UnverifiedCredential:
    token = read_token(text)
    document = _without_proof(document_of(token))
    if token.unverified_key_id is None:
        raise UnsupportedProof("the token does not name its key (kid)")
    return UnverifiedCredential(
        text=text,
        form=SecuringForm.VC_JWT,
        mechanism=token.algorithm,
        document=document,
        unverified_issuer_id=_issuer_id(document),
        unverified_key_id=token.unverified_key_id,
        unverified_created=sealed_at(token),
        unverified_id=_own_id(document),
        digest=_digest(text),
        _seal=token,
    )


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
