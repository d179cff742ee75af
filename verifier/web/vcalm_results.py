"""A report of the gate in the shape of a VCALM verification result: errors, warnings, and a result for each part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from credentials.data_model_rules import check_data_model
from credentials.errors import CredentialError
from credentials.sealed import SecuringForm
from verifier.presentations import PROOF_VERIFICATION_ERROR
from verifier.reasons import AUTHENTICITY, Check, Outcome, Reason
from verifier.report import CheckResult, VerificationReport
from verifier.web.vcalm_request import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    MALFORMED_VALUE_ERROR,
    PARSING_ERROR,
    PROOF_TRANSFORMATION_ERROR,
    VcalmProblem,
    problem_type,
)

_STATUS: Final = "https://www.w3.org/ns/credentials/status-list#"
_AWARDS: Final = frozenset({"OpenBadgeCredential", "AchievementCredential"})
_TYPES: Final[Mapping[Reason, str]] = {
    Reason.SEAL_BROKEN: PROOF_VERIFICATION_ERROR,
    Reason.EARLIER_SEAL_UNCHECKED: PROOF_VERIFICATION_ERROR,
    Reason.STATUS_UNREACHABLE: f"{_STATUS}STATUS_RETRIEVAL_ERROR",
    Reason.STATUS_STALE: f"{_STATUS}STATUS_RETRIEVAL_ERROR",
    Reason.STATUS_INVALID: f"{_STATUS}STATUS_VERIFICATION_ERROR",
    Reason.DATES_UNREADABLE: MALFORMED_VALUE_ERROR,
}
_BY_CHECK: Final[Mapping[Check, str]] = {
    Check.FORM: PARSING_ERROR,
    Check.KEY: CRYPTOGRAPHIC_SECURITY_ERROR,
    Check.PROOF: PROOF_TRANSFORMATION_ERROR,
    Check.ISSUER: CRYPTOGRAPHIC_SECURITY_ERROR,
    Check.APPEARANCE: CRYPTOGRAPHIC_SECURITY_ERROR,
    Check.SCHEMA: MALFORMED_VALUE_ERROR,
}
_WITHDRAWN: Final = frozenset({Reason.REVOKED, Reason.SUSPENDED, Reason.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Findings:
    """What stands against a credential: errors decide, warnings (status, validity, trust) do not."""

    report: VerificationReport
    errors: tuple[VcalmProblem, ...]
    warnings: tuple[VcalmProblem, ...]

    @property
    def verified(self) -> bool:
        """VCALM's word: nothing is wrong with seal and document. It does not say that the credential still holds."""
        return not self.errors

    def to_json(self, options: Mapping[str, Any], given: object) -> dict[str, Any]:
        """The verification result; problems are told unless the options decline them."""
        result: dict[str, Any] = {"verified": self.verified}
        if options.get("returnCredential"):
            result["credential"] = given
        if options.get("returnProblemDetails", True):
            result["problemDetails"] = [problem.to_json() for problem in (*self.errors, *self.warnings)]
        if options.get("returnResults"):
            result["results"] = _results(self.report)
        return result


def findings_of(report: VerificationReport) -> Findings:
    """Sort what the gate found into errors and warnings."""
    errors: list[VcalmProblem] = []
    warnings: list[VcalmProblem] = []
    for result in report.checks:
        if result.is_in_order or result.is_not_reached:
            continue
        if result.check is Check.SCHEMA:
            errors += _schema_errors(report, result)
            continue
        (errors if result.check in AUTHENTICITY else warnings).append(_problem(result))
    return Findings(report, tuple(errors), tuple(warnings))


def _schema_errors(report: VerificationReport, result: CheckResult) -> list[VcalmProblem]:
    """An award must follow Open Badges; a credential of another kind only what all credentials follow."""
    assert report.unverified is not None, "the schema is asked of a paper that was read"
    document = report.unverified.document
    types = document.get("type")
    if _AWARDS & {each for each in (types if isinstance(types, list) else [types]) if isinstance(each, str)}:
        return [_problem(result)]
    try:
        check_data_model(report.unverified.signed_document)
    except CredentialError as exc:
        return [VcalmProblem(type=problem_type(exc), code=exc.code, detail=str(exc))]
    return []


def _problem(result: CheckResult) -> VcalmProblem:
    assert result.reason is not None, "a check that did not pass has a reason"
    own = f"urn:voltpass:problem:{result.reason.value}"
    kind = _TYPES.get(result.reason) or _BY_CHECK.get(result.check, own)
    return VcalmProblem(type=kind, code=result.reason.value, detail=result.detail)


def _results(report: VerificationReport) -> dict[str, Any]:
    paper = report.unverified
    if paper is None:
        return {}
    document = paper.signed_document
    results: dict[str, Any] = {}
    lapsed = {"validFrom": Reason.NOT_YET_VALID, "validUntil": Reason.EXPIRED}
    validity = report.result_of(Check.VALIDITY)
    for name, reason in lapsed.items():
        if name in document:
            is_good = validity.outcome is Outcome.PASSED or validity.reason not in (reason, Reason.DATES_UNREADABLE)
            results[name] = {"verified": is_good and not validity.is_not_reached, "input": document[name]}
    status = report.result_of(Check.STATUS)
    results["credentialSchema"] = [{"verified": False, "input": each} for each in _each(document, "credentialSchema")]
    results["credentialStatus"] = [_status(each, status) for each in _each(document, "credentialStatus")]
    if paper.form is SecuringForm.DATA_INTEGRITY:
        proofs = _each(json.loads(paper.text), "proof")
        results["proof"] = [{"verified": _holds(each, report), "input": each} for each in proofs]
    return results


def _status(entry: object, status: CheckResult) -> dict[str, Any]:
    value = {"value": 1} if status.reason in _WITHDRAWN else {}
    if status.outcome is Outcome.PASSED:
        value = {"value": 0}
    return {**value, "verified": status.outcome is Outcome.PASSED, "input": entry}


def _holds(proof: object, report: VerificationReport) -> bool:
    """Whether this is the proof that the gate found good; others on the paper may never have been tried."""
    paper = report.unverified
    named = proof.get("verificationMethod") if isinstance(proof, Mapping) else None
    return report.is_authentic and paper is not None and named == paper.unverified_key_id


def _each(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name, [])
    return value if isinstance(value, list) else [value]
