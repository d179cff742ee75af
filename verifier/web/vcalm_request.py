"""What VCALM's endpoints are asked, and how they refuse: strict JSON in, problem details (RFC 9457) out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, Response, request

from credentials.errors import (
    CredentialError,
    DuplicateMember,
    MalformedCredential,
    TooComplex,
    UnsignedTerm,
)
from credentials.strict_json import JsonLimits, parse_json
from verifier.errors import VerifierError
from verifier.limits import MEBIBYTE
from verifier.web.problems import PROBLEM_JSON

LARGEST_REQUEST: Final = 10 * MEBIBYTE

_VC: Final = "https://www.w3.org/TR/vc-data-model#"
PARSING_ERROR: Final = f"{_VC}PARSING_ERROR"
CRYPTOGRAPHIC_SECURITY_ERROR: Final = f"{_VC}CRYPTOGRAPHIC_SECURITY_ERROR"
MALFORMED_VALUE_ERROR: Final = f"{_VC}MALFORMED_VALUE_ERROR"
PROOF_TRANSFORMATION_ERROR: Final = "https://w3id.org/security#PROOF_TRANSFORMATION_ERROR"
UNKNOWN_OPTION_PROVIDED: Final = "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"

Readers = Mapping[str, Callable[[object], bool]]


class VcalmRefused(VerifierError):
    """The request is answered with a problem: a type from a standard, our stable code, and an HTTP status."""

    code: str = "vcalm_refused"  # type: ignore[misc]  # each instance carries its own

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        problem: str = MALFORMED_VALUE_ERROR,
        status: int = 400,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.problem = problem
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class VcalmProblem:
    """One problem as VCALM writes it; `more` are further members of the answer."""

    type: str
    code: str
    detail: str
    more: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The members of RFC 9457 but the status, and our code."""
        name = self.type.rpartition("#")[2].rpartition(":")[2]
        return {"type": self.type, "title": name, "detail": self.detail, "code": self.code, **self.more}


def read_body(known: tuple[str, ...]) -> dict[str, Any]:
    """The JSON object of the request, which has members of these names only.

    Raises VcalmRefused, or as parse_json.
    """
    if request.mimetype != "application/json":
        raise VcalmRefused("unsupported_media_type", "Send application/json.", problem=PARSING_ERROR, status=415)
    if (request.content_length or 0) > LARGEST_REQUEST:
        raise _too_large()
    body = parse_json(request.stream.read(LARGEST_REQUEST + 1), limits=JsonLimits(size=LARGEST_REQUEST))
    unknown = sorted(body.keys() - set(known))
    if unknown:
        raise VcalmRefused("unknown_member", f"The request has a member {unknown[0][:100]!r}, which says nothing here.")
    return body


def read_options(body: Mapping[str, Any], readers: Readers) -> Mapping[str, Any]:
    """The options of the request; each must be known, and of its kind."""
    options = body.get("options", {})
    if not isinstance(options, Mapping):
        raise VcalmRefused("malformed_options", "$.options: expected an object")
    for name, value in options.items():
        if name not in readers:
            detail = f"The option {name[:100]!r} is not known to this instance."
            raise VcalmRefused("unknown_option", detail, problem=UNKNOWN_OPTION_PROVIDED)
        if not readers[name](value):
            raise VcalmRefused("malformed_options", f"$.options.{name}: the value is of the wrong kind")
    return options


def read_object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member of the request that must be an object."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise VcalmRefused(f"no_{_words(name)}", f"$.{name}: expected an object")
    return value


def is_text(value: object) -> bool:
    """Whether an option is a text that says something; PostgreSQL takes NUL in none."""
    return isinstance(value, str) and bool(value) and "\0" not in value


def is_flag(value: object) -> bool:
    """Whether an option is true or false."""
    return isinstance(value, bool)


def answer(body: object, status: int = 200, media_type: str = "application/json") -> Response:
    """A JSON answer that nobody keeps."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    response = Response(text + "\n", status=status, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def problem_answer(problem: VcalmProblem, status: int) -> Response:
    """A problem with its HTTP status."""
    return answer({**problem.to_json(), "status": status}, status, PROBLEM_JSON)


def refuse(blueprint: Blueprint) -> None:
    """Let the endpoints of a blueprint answer what they refuse with problem details, whatever the visitor accepts."""
    blueprint.register_error_handler(VcalmRefused, _from_refusal)
    blueprint.register_error_handler(CredentialError, _from_credential)


def problem_type(error: CredentialError) -> str:
    """The name that the standards have for what is wrong with a document."""
    if isinstance(error, DuplicateMember) or (isinstance(error, MalformedCredential) and error.path == "$"):
        return PARSING_ERROR
    if isinstance(error, UnsignedTerm):
        return PROOF_TRANSFORMATION_ERROR
    return MALFORMED_VALUE_ERROR


def _from_refusal(error: VcalmRefused) -> Response:
    problem = VcalmProblem(type=error.problem, code=error.code, detail=error.detail)
    response = problem_answer(problem, error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _from_credential(error: CredentialError) -> Response:
    status = 413 if isinstance(error, TooComplex) else 400
    return problem_answer(VcalmProblem(type=problem_type(error), code=error.code, detail=str(error)), status)


def _too_large() -> VcalmRefused:
    return VcalmRefused(
        "too_large", f"A request has at most {LARGEST_REQUEST} bytes.", problem=PARSING_ERROR, status=413
    )


def _words(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
