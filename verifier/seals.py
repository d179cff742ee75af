"""KEY and PROOF for each seal on a paper: one good seal of its issuer is enough, and a chain holds as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from credentials.errors import CredentialError, SealBroken
from credentials.unverified import UnverifiedCredential, verify_seal
from verifier.authenticity import check_key, check_proof, paper_evidence
from verifier.issuers import IssuerKey, KeyRefused, check_in_force, resolve_key
from verifier.policy import Policy
from verifier.reasons import Check, Outcome, Reason
from verifier.report import CheckResult, Evidence
from verifier.seal_register import check_sealed_before


@dataclass(frozen=True, slots=True)
class TriedSeal:
    """The paper under one of its seals, and how KEY and PROOF came out; without a key there was nothing to prove."""

    paper: UnverifiedCredential
    key_listed: CheckResult
    key: IssuerKey | None
    proof: CheckResult | None

    @property
    def holds(self) -> bool:
        """Whether the issuer's key made this seal, and everything it rests on is good too."""
        return self.proof is not None and self.proof.is_in_order

    @property
    def _leaves_open(self) -> tuple[bool, bool]:
        """How much this attempt has to say where none holds: what could not be found out, then how far it came."""
        last = self.proof or self.key_listed
        return last.outcome is Outcome.INDETERMINATE, self.proof is not None


def try_seals(unverified: UnverifiedCredential, policy: Policy, *, now: datetime) -> TriedSeal:
    """Try the accepted seals one after the other until one holds (Open Badges 3.0: any one suffices).

    Where none holds, the one that says most comes out. The paper must bear an accepted seal: ask FORM first.
    """
    tried = []
    for paper in filter(policy.accepts, unverified.seals):
        key_listed, key = check_key(paper, policy, now=now)
        proof = None if key is None else check_proof(paper, key, now=now)
        if proof is not None and proof.is_in_order:
            proof = check_chain(paper, proof, policy, now=now)
        tried.append(TriedSeal(paper, key_listed, key, proof))
        if tried[-1].holds:
            return tried[-1]
    return max(tried, key=lambda each: each._leaves_open)


def all_earlier(paper: UnverifiedCredential) -> tuple[UnverifiedCredential, ...]:
    """The seals that this one rests on, and those that they rest on, each once."""
    found: list[UnverifiedCredential] = []
    waiting = list(paper.rests_on)
    while waiting:
        earlier = waiting.pop()
        if earlier not in found:
            found.append(earlier)
            waiting += earlier.rests_on
    return tuple(found)


def check_chain(paper: UnverifiedCredential, proof: CheckResult, policy: Policy, *, now: datetime) -> CheckResult:
    """PROOF, for the seals that a good seal rests on (VC Data Integrity 1.0, section 4.5); without any, as it was.

    They may be other people's, whose keys are looked up only now, when the issuer's own seal vouches for the names.
    """
    evidence: tuple[Evidence, ...] = proof.evidence
    for earlier in all_earlier(paper):
        facts = {"key": earlier.unverified_key_id, "mechanism": earlier.mechanism}
        try:
            owner = earlier.unverified_key_id.partition("#")[0]
            key = resolve_key(owner, earlier.unverified_key_id, policy, now=now)
            check_in_force(key, earlier.unverified_created)
            on_record = check_sealed_before(key, earlier, policy, now=now)
            verify_seal(earlier, key.public_key)
        except KeyRefused as refused:
            seen = (*evidence, *refused.evidence)
            return _open(refused.detail, *seen) if _may_pass_later(refused) else _broken(refused.detail, *seen)
        except SealBroken as exc:
            return _broken(str(exc), *evidence, paper_evidence(earlier, now, facts))
        except CredentialError as exc:
            return _open(str(exc), *evidence, paper_evidence(earlier, now, facts))
        evidence = (*evidence, paper_evidence(earlier, now, facts), *key.evidence, *on_record)
    return CheckResult.passed(proof.check, proof.detail, *evidence)


def _may_pass_later(refused: KeyRefused) -> bool:
    return CheckResult.because(Check.KEY, refused.reason, refused.detail).outcome is Outcome.INDETERMINATE


def _broken(why: str, *evidence: Evidence) -> CheckResult:
    detail = f"An earlier seal, on which the issuer's rests, does not hold: {why.rstrip('.')}."
    return CheckResult.because(Check.PROOF, Reason.SEAL_BROKEN, detail, *evidence)


def _open(why: str, *evidence: Evidence) -> CheckResult:
    detail = f"An earlier seal, on which the issuer's rests, could not be checked: {why.rstrip('.')}."
    return CheckResult.because(Check.PROOF, Reason.EARLIER_SEAL_UNCHECKED, detail, *evidence)
