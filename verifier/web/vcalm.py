"""VCALM's verifier: /vc/credentials/verify, /vc/presentations/verify and /vc/challenges, plain and for each instance.

VCALM 1.0 wants 200 with `verified: false` for a check that fails; the test suites of W3C want 400 for the same. An
instance does the latter unless it is told otherwise.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, request

from credentials.presentation import UnverifiedPresentation, credential_text, open_presentation
from verifier.examine import examine_text
from verifier.presentations import (
    PROOF_VERIFICATION_ERROR,
    Asked,
    HolderRefused,
    PresentationReport,
    answers,
    verify_presentation,
)
from verifier.web.gate import Gate
from verifier.web.vcalm_request import (
    Readers,
    VcalmProblem,
    VcalmRefused,
    answer,
    is_flag,
    is_text,
    problem_answer,
    read_body,
    read_object,
    read_options,
    refuse,
)
from verifier.web.vcalm_results import findings_of
from verifier.web.visitors import Visitors

PLAIN: Final = "default"
"""The name of the instance that has no name in its address."""

_CHALLENGE_BYTES: Final = 24

_CREDENTIAL_OPTIONS: Final[Readers] = {
    "returnResults": is_flag,
    "returnProblemDetails": is_flag,
    "returnCredential": is_flag,
}
_PRESENTATION_OPTIONS: Final[Readers] = {
    "challenge": is_text,
    "domain": is_text,
    "returnPresentation": is_flag,
    "returnResults": is_flag,
    "returnProblemDetails": is_flag,
}


@dataclass(frozen=True)
class Instances:
    """Which instances there are, and which of them answer 200 for a check that fails."""

    exists: Callable[[str], bool]
    answer_200: frozenset[str] = frozenset()


@dataclass(frozen=True)
class VcalmVerifier:
    """The endpoints of every instance."""

    gate: Gate
    instances: Instances
    visitors: Visitors

    def credential(self, instance: str = PLAIN) -> Response:
        """One credential: embedded proof or enveloped, VC 1.1 or 2.0."""
        self._enter(instance)
        body = read_body(("verifiableCredential", "options"))
        options = read_options(body, _CREDENTIAL_OPTIONS)
        given = read_object(body, "verifiableCredential")
        text = credential_text(given, "$.verifiableCredential")
        findings = findings_of(examine_text(text, self.gate.policy(), now=self.gate.clock()).report)
        return self._answer(instance, findings.to_json(options, given), findings.errors)

    def presentation(self, instance: str = PLAIN) -> Response:
        """One presentation with its holder's proof; without one under the name `presentation`."""
        self._enter(instance)
        body = read_body(("verifiablePresentation", "presentation", "options"))
        options = read_options(body, _PRESENTATION_OPTIONS)
        given, opened = _read_presentation(body)
        asked = Asked(challenge=options.get("challenge"), domain=options.get("domain"))
        report = verify_presentation(opened, self.gate.policy(), asked, now=self.gate.clock())
        self.visitors.count(len(report.credentials))
        findings = [findings_of(each.report) for each in report.credentials]
        errors = _holder_errors(opened, report)
        result: dict[str, Any] = {"verified": not errors and all(each.verified for each in findings)}
        if options.get("returnPresentation"):
            result["verifiablePresentation"] = given
        if options.get("returnProblemDetails", True):
            result["problemDetails"] = [problem.to_json() for problem in errors]
        if options.get("returnResults", True):
            details = {**options, "returnResults": True}
            result["results"] = {
                "presentation": _results(opened, report, asked),
                "credentials": [each.to_json(details, None) for each in findings],
            }
        return self._answer(instance, result, (*errors, *(error for each in findings for error in each.errors)))

    def challenge(self, instance: str = PLAIN) -> Response:
        """A challenge that nobody can guess. Not kept: whoever asked repeats it when the answer is verified."""
        self._enter(instance)
        if request.content_length:
            read_body(())
        return answer({"challenge": secrets.token_urlsafe(_CHALLENGE_BYTES)})

    def _enter(self, instance: str) -> None:
        if instance != PLAIN and not self.instances.exists(instance):
            abort(404)

    def _answer(self, instance: str, result: dict[str, Any], errors: tuple[VcalmProblem, ...]) -> Response:
        if not errors or instance in self.instances.answer_200:
            return answer(result)
        first = errors[0]
        told = VcalmProblem(type=first.type, code=first.code, detail=first.detail, more=result)
        return problem_answer(told, 400)


def create_vcalm_blueprint(gate: Gate, instances: Instances, visitors: Visitors | None = None) -> Blueprint:
    """The verifier of a gate as a blueprint."""
    visitors = visitors or Visitors()
    views, blueprint = VcalmVerifier(gate, instances, visitors), Blueprint("vcalm", __name__)
    blueprint.before_request(visitors.let_in_with_papers)
    for path, name, view in (
        ("credentials/verify", "credential", views.credential),
        ("presentations/verify", "presentation", views.presentation),
        ("challenges", "challenge", views.challenge),
    ):
        blueprint.add_url_rule(f"/vc/{path}", name, view, methods=["POST"])
        blueprint.add_url_rule(f"/vc/<instance>/{path}", f"{name}_of", view, methods=["POST"])
    refuse(blueprint)
    return blueprint


def _read_presentation(body: dict[str, Any]) -> tuple[dict[str, Any], UnverifiedPresentation]:
    """The presentation, and whether a proof is where one must be and only there."""
    if "presentation" in body and "verifiablePresentation" in body:
        raise VcalmRefused("two_presentations", "Give verifiablePresentation, or presentation without a proof.")
    name = "presentation" if "presentation" in body else "verifiablePresentation"
    given = read_object(body, name)
    opened = open_presentation(given)
    if (opened.proofs is None) is (name == "verifiablePresentation"):
        is_missing = "is missing" if opened.proofs is None else "belongs into verifiablePresentation"
        raise VcalmRefused("holder_proof", f"$.{name}.proof: {is_missing}")
    return given, opened


def _holder_errors(opened: UnverifiedPresentation, report: PresentationReport) -> tuple[VcalmProblem, ...]:
    refused = [proof.refused for proof in report.proofs if proof.refused is not None]
    errors = [VcalmProblem(type=each.problem, code=each.code, detail=each.reason) for each in refused]
    errors += [
        VcalmProblem(type=PROOF_VERIFICATION_ERROR, code="unsupported_proof", detail=f"A proof was not checked: {why}.")
        for why in report.set_aside
    ]
    return tuple(errors)


def _results(opened: UnverifiedPresentation, report: PresentationReport, asked: Asked) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name, wanted in (("challenge", asked.challenge), ("domain", asked.domain)):
        if wanted is not None:
            is_answered = bool(report.proofs) and all(answers(proof.written, name, wanted) for proof in report.proofs)
            results[name] = {"verified": is_answered, "input": wanted}
    if opened.holder is not None:
        results["holder"] = {"verified": report.holder_is_proven, "input": opened.holder}
    results["proof"] = [
        {"verified": proof.refused is None, "input": dict(proof.written), "problemDetails": _why(proof.refused)}
        for proof in report.proofs
    ]
    return results


def _why(refused: HolderRefused | None) -> list[dict[str, object]]:
    if refused is None:
        return []
    return [VcalmProblem(type=refused.problem, code=refused.code, detail=refused.reason).to_json()]
