"""Is the paper authentic? FORM, KEY, PROOF, ISSUER and APPEARANCE, each resting on the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from credentials.errors import (
    ControlCharacter,
    CredentialError,
    InlineContext,
    LanguageMap,
    MixedVersions,
    RelativeIdentifier,
    SealBroken,
    TooComplex,
    UnknownContext,
    UnsignedTerm,
    UnsupportedProof,
)
from credentials.unverified import UnverifiedCredential, verify_seal
from keys.instant import write_instant
from verifier.issuers import IssuerKey, KeyRefused, check_in_force, resolve_key
from verifier.page import PageReading, judge_page
from verifier.policy import Policy
from verifier.reasons import Check, Reason
from verifier.report import CheckResult, Evidence
from verifier.seal_register import check_sealed_before

_WHY_PROOF_IS_OPEN: Final[Mapping[type[CredentialError], Reason]] = {
    UnsignedTerm: Reason.UNDEFINED_TERM,
    UnknownContext: Reason.UNKNOWN_CONTEXT,
    RelativeIdentifier: Reason.RELATIVE_IDENTIFIER,
    ControlCharacter: Reason.CONTROL_CHARACTER,
    TooComplex: Reason.TOO_COMPLEX,
    LanguageMap: Reason.LANGUAGE_MAP,
    InlineContext: Reason.INLINE_CONTEXT,
    MixedVersions: Reason.MIXED_VERSIONS,
    UnsupportedProof: Reason.UNSUPPORTED_PROOF,
}


def check_form(unverified: UnverifiedCredential, policy: Policy, *, now: datetime) -> CheckResult:
    """FORM: the paper was read without doubt, and bears a seal of a kind that this gate accepts."""
    facts = {"form": unverified.form.value, "mechanism": unverified.mechanism, "data_model": unverified.version.value}
    if unverified.others or unverified.set_aside:
        facts["seals"] = ", ".join(paper.mechanism for paper in unverified.seals)
        facts["seals_set_aside"] = "; ".join(unverified.set_aside) or "none"
    paper = paper_evidence(unverified, now, facts)
    if not any(policy.accepts(each) for each in unverified.seals):
        detail = (
            f"The paper is secured as {unverified.form.value} ({unverified.mechanism}), which is not accepted here."
        )
        return CheckResult.because(Check.FORM, Reason.UNSUPPORTED_PROOF, detail, paper)
    return CheckResult.passed(Check.FORM, "The paper is a readable, signed credential.", paper)


def check_key(
    unverified: UnverifiedCredential, policy: Policy, *, now: datetime
) -> tuple[CheckResult, IssuerKey | None]:
    """KEY: the issuer itself lists the key named by the paper, and it could speak when the paper was sealed."""
    try:
        key = resolve_key(unverified.unverified_issuer_id, unverified.unverified_key_id, policy, now=now)
        check_in_force(key, unverified.unverified_created)
        on_record = check_sealed_before(key, unverified, policy, now=now)
    except KeyRefused as refused:
        return CheckResult.because(Check.KEY, refused.reason, refused.detail, *refused.evidence), None
    return CheckResult.passed(
        Check.KEY, "The issuer lists the key that sealed this paper.", *key.evidence, *on_record
    ), key


def check_proof(unverified: UnverifiedCredential, key: IssuerKey, *, now: datetime) -> CheckResult:
    """PROOF: the issuer's key sealed exactly this content."""
    facts = {"key": key.public_key.thumbprint, "algorithm": key.public_key.algorithm.value}
    if unverified.unverified_created is not None:
        facts["sealed_at"] = write_instant(unverified.unverified_created)
    try:
        verify_seal(unverified, key.public_key)
    except SealBroken as exc:
        detail = "The seal does not fit: the content was changed, or somebody else sealed it."
        broken = paper_evidence(unverified, now, {**facts, "problem": str(exc)})
        return CheckResult.because(Check.PROOF, Reason.SEAL_BROKEN, detail, broken)
    except CredentialError as exc:
        open_question = paper_evidence(unverified, now, {**facts, "problem": str(exc)})
        reason = _WHY_PROOF_IS_OPEN.get(type(exc), Reason.MALFORMED)
        detail = f"Whether the seal covers everything could not be found out: {exc}."
        return CheckResult.because(Check.PROOF, reason, detail, open_question)
    return CheckResult.passed(
        Check.PROOF, "Nothing was changed since the issuer sealed it.", paper_evidence(unverified, now, facts)
    )


def check_issuer(unverified: UnverifiedCredential, key: IssuerKey, policy: Policy, *, now: datetime) -> CheckResult:
    """ISSUER: the issuer that the sealed document names is the one whose key sealed it."""
    named = unverified.document.get("issuer")
    profile: Mapping[str, Any] = named if isinstance(named, Mapping) else {"id": named}
    listed = {entry.name for entry in policy.trust.find_entries(key.issuer.id)}
    facts = {
        "named_in_document": str(profile.get("id", "")),
        "holder_of_key": key.issuer.id,
        "name_in_document": str(profile.get("name", "")),
        "name_on_trust_list": ", ".join(sorted(listed)),
    }
    evidence = (paper_evidence(unverified, now, facts), key.issuer.evidence)
    holders = {listing.controller for listing in key.listings} | {key.issuer.id}
    if holders != {facts["named_in_document"]}:
        detail = "The document names another issuer than the holder of the key."
        return CheckResult.because(Check.ISSUER, Reason.ISSUER_MISMATCH, detail, *evidence)
    return CheckResult.passed(Check.ISSUER, "The issuer named in the document sealed it.", *evidence)


def check_appearance(
    page: PageReading | None, unverified: UnverifiedCredential, key: IssuerKey, *, now: datetime
) -> CheckResult:
    """APPEARANCE: what the page of a PDF shows is what was signed; other carriers show nothing that could differ."""
    if page is None:
        return CheckResult.because(
            Check.APPEARANCE,
            Reason.NO_PAGE,
            "There is no printed page to compare.",
            paper_evidence(unverified, now, {"page": "none"}),
        )
    keys = key.issuer.keys_in_force(unverified.unverified_created, now=now)
    if not page.is_sealed_by(key.issuer.disowned_keys(now)):
        return judge_page(page, unverified=unverified, keys=keys, now=now)
    # nobody can tell a page of before from one that the thief drew
    judged = judge_page(replace(page, unverified_seal=None), unverified=unverified, keys=keys, now=now)
    if judged.reason is not Reason.PAGE_NOT_SEALED:
        return judged
    return replace(judged, detail="The page was sealed with a key that the issuer no longer trusts: get it anew.")


def paper_evidence(unverified: UnverifiedCredential, now: datetime, facts: Mapping[str, str]) -> Evidence:
    """The paper itself as evidence."""
    return Evidence(looked_at="the credential", source="carrier", read_at=now, digest=unverified.digest, facts=facts)
