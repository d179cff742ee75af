"""The places where Verifiable Credentials 2.0 lets others add machinery: schema, refreshing, terms of use, proof."""

from __future__ import annotations

from dataclasses import dataclass

from credentials.json_object import OpenObject
from credentials.json_values import DateTime, NonEmptyText, Text, Uri


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSchema(OpenObject):
    """A schema the document says it follows. It is never fetched."""

    id: Uri
    type: NonEmptyText


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshService(OpenObject):
    """Where a newer issue of the credential may be had. Only the gate asks it, if its policy says so."""

    id: Uri
    type: NonEmptyText


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsOfUse(OpenObject):
    """Under which terms the issuer gave the credential."""

    id: Uri | None = None
    type: NonEmptyText


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(OpenObject):
    """An embedded proof as it stands in the document: a claim about who signed, nothing that was checked."""

    id: Uri | None = None
    type: NonEmptyText
    created: DateTime | None = None
    verification_method: Text | None = None
    cryptosuite: Text | None = None
    proof_purpose: Text | None = None
    proof_value: Text | None = None
    challenge: Text | None = None
    domain: Text | None = None
    nonce: Text | None = None
