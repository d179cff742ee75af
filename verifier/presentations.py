"""Presentations: did the holder show these credentials here, and what is each of them worth?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from credentials.data_integrity import Proof, verify_proof
from credentials.errors import CredentialError
from credentials.presentation import UnverifiedPresentation
from credentials.strict_json import parse_json
from keys.controller_document import ControllerDocument
from keys.did import did_web_location, resolve_did_key
from keys.errors import KeyMaterialError
from keys.public_key import PublicKey
from verifier.errand import Errand
from verifier.errors import Unreachable, VerifierError
from verifier.examine import Examination, examine_text
from verifier.issuers import ACCEPT_DOCUMENT
from verifier.policy import Policy

_DI: Final = "https://w3id.org/security#"
PROOF_VERIFICATION_ERROR: Final = f"{_DI}PROOF_VERIFICATION_ERROR"
INVALID_CHALLENGE_ERROR: Final = f"{_DI}INVALID_CHALLENGE_ERROR"
INVALID_DOMAIN_ERROR: Final = f"{_DI}INVALID_DOMAIN_ERROR"


MOST_DOCUMENTS: Final = 40
"""What one presentation is worth in look-ups, however many credentials it shows."""


class HolderRefused(VerifierError):
    """A proof does not show that the holder made this presentation; `problem` is the name the standard has for it."""

    code: ClassVar[str] = "holder_proof_refused"

    def __init__(self, reason: str, problem: str = PROOF_VERIFICATION_ERROR) -> None:
        super().__init__(reason)
        self.reason = reason
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the asking party demanded of the holder's proof; None where it demanded nothing."""

    challenge: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class HolderProof:
    """One proof of a presentation and why it does not hold, if so."""

    written: Mapping[str, Any]
    refused: HolderRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationReport:
    """What was found out about a presentation: its proofs, what was left aside, and each credential's examination."""

    proofs: tuple[HolderProof, ...]
    set_aside: tuple[str, ...]
    credentials: tuple[Examination, ...]

    @property
    def holder_is_proven(self) -> bool:
        """Whether the holder made every proof; never without one."""
        return bool(self.proofs) and not self.set_aside and all(proof.refused is None for proof in self.proofs)


def verify_presentation(
    presentation: UnverifiedPresentation, policy: Policy, asked: Asked, *, now: datetime
) -> PresentationReport:
    """Check the holder's proofs, then each credential as if it had been handed in by itself.

    Not checked: whether the holder is the subject of the credentials; that is for whoever asked to say.
    """
    policy = replace(policy, documents=Errand(policy.documents, most=MOST_DOCUMENTS))
    found = presentation.proofs
    return PresentationReport(
        proofs=tuple(_judge(presentation, proof, policy, asked, now) for proof in (found.proofs if found else ())),
        set_aside=found.set_aside if found else (),
        credentials=tuple(examine_text(text, policy, now=now) for text in presentation.credentials),
    )


def answers(written: Mapping[str, Any], name: str, wanted: str | None) -> bool:
    """Whether a proof repeats the challenge or the domain that was asked for, if any was."""
    return wanted is None or written.get(name) in (wanted, [wanted])


def _judge(
    presentation: UnverifiedPresentation, proof: Proof, policy: Policy, asked: Asked, now: datetime
) -> HolderProof:
    try:
        _check_demands(proof, asked)
        _check_moment(proof, policy, now)
        holder, key = _key_of(proof, policy, now)
        if presentation.holder is not None and presentation.holder != holder:
            raise HolderRefused("The presentation names another holder than the owner of the key.")
        verify_proof(presentation.document, proof, key)
    except CredentialError as exc:
        return HolderProof(proof.written, HolderRefused(f"The proof does not hold: {exc}."))
    except HolderRefused as refused:
        return HolderProof(proof.written, refused)
    return HolderProof(proof.written, None)


def _check_demands(proof: Proof, asked: Asked) -> None:
    """The proof was made for this occasion (VC Data Integrity 1.0, section 4.4)."""
    if not answers(proof.written, "challenge", asked.challenge):
        raise HolderRefused("The proof answers another challenge, or none.", INVALID_CHALLENGE_ERROR)
    if not answers(proof.written, "domain", asked.domain):
        raise HolderRefused("The proof was made for another domain, or none.", INVALID_DOMAIN_ERROR)


def _check_moment(proof: Proof, policy: Policy, now: datetime) -> None:
    if proof.suite.name not in policy.accepted_mechanisms:
        raise HolderRefused(f"Proofs of the kind {proof.suite.name} are not accepted here.")
    if proof.rests_on:
        raise HolderRefused("The proof rests on another one, which is not accepted in a presentation.")
    if proof.created is not None and now + policy.clock_skew < proof.created:
        raise HolderRefused("The proof was made at a moment that is still ahead.")
    if proof.expires is not None and now - policy.clock_skew > proof.expires:
        raise HolderRefused("The proof has expired.")


def _key_of(proof: Proof, policy: Policy, now: datetime) -> tuple[str, PublicKey]:
    """Whose key it is, and the key, from the owner's own document: one that it lists for authentication."""
    owner, _, fragment = proof.verification_method.partition("#")
    try:
        document = _document_of(owner, policy, now) if fragment else None
        if document is None:
            raise HolderRefused("The proof does not name a key in a document of its owner (did:key or did:web).")
        method = document.get_assertion_method(proof.verification_method)
    except (KeyMaterialError, CredentialError) as exc:
        raise HolderRefused(f"The key of the proof cannot be used: {exc}.") from exc
    except Unreachable as exc:
        raise HolderRefused(f"The holder's keys could not be had: {exc.reason}.") from exc
    ends = [moment for moment in (method.expires, method.revoked) if moment is not None]
    if any(moment <= now for moment in ends):
        raise HolderRefused("The key of the proof is no longer in force.")
    return owner, method.public_key


def _document_of(owner: str, policy: Policy, now: datetime) -> ControllerDocument | None:
    """The owner's document, with the keys for authentication where those for assertions usually stand."""
    if owner.startswith("did:key:"):
        return resolve_did_key(owner)
    if not owner.startswith("did:web:"):
        return None
    location = did_web_location(owner, allow_loopback=policy.allow_loopback)
    found = parse_json(policy.documents.fetch(location, accept=ACCEPT_DOCUMENT, now=now).body)
    return ControllerDocument.from_json({**found, "assertionMethod": found.get("authentication", [])}, owner)
