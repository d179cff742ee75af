"""Errors on their way out: a designed page for a browser, RFC 9457 problem details with a stable code for a machine."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, TooManyRequests

from credentials.errors import CredentialError
from keys.errors import VoltpassError
from verifier.limits import MEBIBYTE
from verifier.mistakes import traceback_of
from verifier.web.negotiation import prefers_html
from verifier.web.site import Site, page, words

PROBLEM_JSON = "application/problem+json"

CODES: Mapping[int, str] = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    410: "gone",
    411: "length_required",
    413: "too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
    503: "not_ready",
}
"""The code of an error that has no more particular one."""


_PATIENCE, _PATIENCE_SECONDS, _PIECE = 4, 20.0, 256 * 1024
"""How much more than the limit is still taken in and dropped, and for how long."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One error as the visitor gets it: `code` never changes its meaning, `title` and `detail` are for people."""

    status: int
    code: str
    title: str
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The members of RFC 9457, and our code."""
        return {
            "type": f"urn:voltpass:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.facts,
        }


def problem_of(status: int, *, code: str | None = None, **facts: object) -> Problem:
    """The problem for an HTTP status, in the visitor's language."""
    known = status if words().find(f"error.{status}.title") else (500 if status >= 500 else 400)
    return Problem(
        status=status,
        code=code or CODES.get(status, "bad_request" if status < 500 else "internal_error"),
        title=words()(f"error.{known}.title"),
        detail=words()(f"error.{known}.text", **facts),
        facts=facts,
    )


def respond(problem: Problem) -> Response:
    """The problem as a page, or as problem details where the visitor is a machine."""
    if prefers_html(request):
        return page("error.html", status=problem.status, private=True, problem=problem)
    return as_json(problem)


def as_json(problem: Problem) -> Response:
    """The problem as problem details, whoever asks."""
    body = json.dumps(problem.to_json(), ensure_ascii=False) + "\n"
    response = Response(body, status=problem.status, content_type=PROBLEM_JSON)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def let_finish(limit: int) -> None:
    """Take in and drop what is still being sent, within bounds: a browser reads no answer while it is sending."""
    left, end = request.content_length or 0, time.monotonic() + _PATIENCE_SECONDS
    if left > _PATIENCE * limit:
        return
    while left > 0 and time.monotonic() < end and (piece := request.environ["wsgi.input"].read(min(left, _PIECE))):
        left -= len(piece)


def install(app: Flask, site: Site, statuses: Mapping[str, int] | None = None) -> None:
    """Make `app` answer every error with a problem.

    A paper that cannot be read where one had to be is the caller's mistake (400). Any other error of ours that reaches
    a window is the operator's: it is logged, and answered with the status that `statuses` has for its code, else 500.
    """
    known = statuses or {}

    def from_http(error: HTTPException) -> Response:
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        if isinstance(error, RequestEntityTooLarge):
            let_finish(site.request_limit)
            return respond(problem_of(413, size=megabytes(site.request_limit)))
        if isinstance(error, TooManyRequests):
            let_finish(site.request_limit)
            response = respond(problem_of(429, seconds=error.retry_after))
        else:
            response = respond(problem_of(status))
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    def from_us(error: VoltpassError) -> Response:
        if isinstance(error, CredentialError):
            return respond(replace(problem_of(400, code=error.code), detail=str(error)))
        # only of those that are for the operator it is known that their words name nobody
        app.logger.error("%s: %s", error.code, error if error.code in known else traceback_of(error))
        return respond(problem_of(known.get(error.code, 500), code=error.code))

    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(InternalServerError, from_http)
    app.register_error_handler(VoltpassError, from_us)


def megabytes(size: int) -> str:
    """A size for people: whole megabytes."""
    return f"{size // MEBIBYTE} MB"
