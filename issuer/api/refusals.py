"""From what the office refuses to an HTTP problem whose words name nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from issuer.api.errors import ApiRefused
from issuer.api.idempotency import KeptAnswer
from keys.errors import VoltpassError
from verifier.web.problems import PROBLEM_JSON, Problem

STATUSES: Final[Mapping[str, int]] = {
    "not_found": 404,
    "idempotency_key_reused": 409,
    "request_in_progress": 409,
    "stale_draft": 409,
    "already_revoked": 409,
    "already_suspended": 409,
    "already_superseded": 409,
    "not_suspended": 409,
    "suspended_cannot_be_superseded": 409,
    "too_many_webhooks": 409,
    "nothing_to_correct": 422,
    "reason_needs_note": 422,
    "correction_refused": 422,
    "gate_refused": 422,
    "webhook_address_refused": 422,
}
"""What else the office raises is the operator's, and the outer handler answers 500 or 503."""

_NAMING_NOBODY: Final[Mapping[str, str]] = {
    "correction_refused": "The corrected name or result cannot stand in a badge. Check its letters and the scale.",
    "gate_refused": "Our own gate would not accept the corrected badge. Check every value.",
    "reason_needs_note": 'The reason "other" needs a note that says what happened.',
}
"""Said instead of sentences that repeat what was sent, or that are meant for another door."""

TITLES: Final[Mapping[int, str]] = {
    400: "This cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not here",
    409: "This does not fit the present state",
    413: "Too large",
    415: "Of another kind",
    422: "Something has to be corrected",
    429: "Too many calls",
}


def as_refusal(error: VoltpassError) -> ApiRefused | None:
    """The problem that a caller is told, or None when it is not the caller's affair."""
    if isinstance(error, ApiRefused):
        return error
    status = STATUSES.get(error.code)
    if status is None:
        return None
    headers = {"Retry-After": "2"} if error.code == "request_in_progress" else {}
    return ApiRefused(status, error.code, _NAMING_NOBODY.get(error.code, str(error)), headers=headers)


def problem_answer(refused: ApiRefused) -> KeptAnswer:
    """As it goes out."""
    facts: dict[str, object] = dict(refused.facts)
    if refused.flaws:
        facts["errors"] = [flaw.to_json() for flaw in refused.flaws]
    title = TITLES.get(refused.status) or HTTPStatus(refused.status).phrase
    problem = Problem(status=refused.status, code=refused.code, title=title, detail=refused.detail, facts=facts)
    text = json.dumps(problem.to_json(), ensure_ascii=False) + "\n"
    return KeptAnswer(status=refused.status, text=text, headers={**refused.headers, "Content-Type": PROBLEM_JSON})
