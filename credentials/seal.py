"""Sealing: the one way a credential gets its signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from credentials.canonical import canonicalize
from credentials.cryptosuites import EDDSA_RDFC_2022
from credentials.data_integrity import create_proof
from credentials.endorsement_tokens import without_endorsement_tokens
from credentials.errors import MalformedCredential
from credentials.sealed import Sealed, SecuringForm
from credentials.unverified import open_unverified
from credentials.vc_jwt import JwtProfile, write_token
from keys.algorithm import Algorithm
from keys.signer import Signer


class Sealable(Protocol):
    """A credential of any kind."""

    def to_json(self) -> dict[str, Any]: ...


def seal(
    credential: Sealable,
    signer: Signer,
    *,
    created: datetime,
    profile: JwtProfile = JwtProfile.OB3_JWT,
    cryptosuite: str = EDDSA_RDFC_2022,
) -> Sealed:
    """Seal a credential at a moment (aware): an Ed25519 key makes an embedded proof, a P-256 key a token.

    ``profile`` is that of a token, ``cryptosuite`` that of a proof (EDDSA_RDFC_2022 or EDDSA_JCS_2022).
    Refuses in both forms what a verifier would not see whole or could read in two ways; raises as canonicalize and
    open_unverified. Whether the document is a good credential is not checked here.
    """
    if created.tzinfo is None:
        raise ValueError("the moment of sealing needs a time zone")
    document = credential.to_json()
    if "proof" in document:
        raise MalformedCredential("$.proof", "the document is sealed already")
    if signer.public_key.algorithm is Algorithm.ED25519:
        sealed = _with_proof(document, create_proof(document, signer, created=created, cryptosuite=cryptosuite))
    else:
        canonicalize(without_endorsement_tokens(document))
        sealed = Sealed(write_token(document, signer, created=created, profile=profile), SecuringForm.VC_JWT)
    open_unverified(sealed.text)
    return sealed


def _with_proof(document: Mapping[str, Any], proof: Mapping[str, Any]) -> Sealed:
    text = json.dumps({**document, "proof": proof}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Sealed(text, SecuringForm.DATA_INTEGRITY)
