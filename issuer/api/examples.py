"""One example for everything that is sent and got: the description shows them, and tests hold them against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_ID: Final = "urn:uuid:6f1d2c9e-3b0a-4d4e-9a57-0c8b2f5d7e11"
_NEW_ID: Final = "urn:uuid:0b6a7a52-0d51-4a55-8f0e-2a9c1d6f3b77"
_LEARNER: Final = "urn:uuid:2f0d6c1b-96b1-4e6f-8a35-5f3c7a1e9d20"
_BASE: Final = "https://badges.example"

_AWARD_SENT: Final = {
    "achievement": "VLT-HV1",
    "given_name": "Åsa",
    "family_name": "Öberg",
    "email": "asa.oberg@mail.example",
    "reference": "T001",
    "completed_on": "2026-10-16",
    "result": "Pass",
    "language": "sv",
}
_AWARD: Final[Mapping[str, Any]] = {
    "id": _ID,
    "url": f"{_BASE}/api/v1/awards/{_ID}",
    "link": f"{_BASE}/v/0aXk2b9QmZt4RcVn8sLw1g",
    "state": "issued",
    "achievement": "VLT-HV1",
    "achievement_version": "1.0",
    "learner": _LEARNER,
    "completed_on": "2026-10-16",
    "issued_at": "2026-11-22T09:30:00Z",
    "valid_until": "2029-10-16T23:59:59Z",
    "supersedes": None,
    "superseded_by": None,
    "changes": [],
}
_RESULTS: Final = [
    {
        "position": 0,
        "status": 201,
        "outcome": "issued",
        "code": None,
        "place": None,
        "remedy": None,
        "suggestion": None,
        "accept": [],
        "award": _ID,
        "url": f"{_BASE}/api/v1/awards/{_ID}",
    },
    {
        "position": 1,
        "status": 422,
        "outcome": "refused",
        "code": "email_invalid",
        "place": "$.email",
        "remedy": "Give an e-mail address with a domain.",
        "suggestion": None,
        "accept": [],
        "award": None,
        "url": None,
    },
]
_BATCH: Final = {
    "id": "Qm3vT8xWcZ1bN6kJ0rYp5A",
    "url": f"{_BASE}/api/v1/batches/Qm3vT8xWcZ1bN6kJ0rYp5A",
    "state": "finished",
    "total": 2,
    "waiting": 0,
    "issued": 1,
    "unchanged": 0,
    "refused": 1,
    "created_at": "2026-11-22T09:30:00Z",
    "finished_at": "2026-11-22T09:30:01Z",
    "results_url": f"{_BASE}/api/v1/batches/Qm3vT8xWcZ1bN6kJ0rYp5A/results",
    "results": _RESULTS,
}
_WEBHOOK: Final = {
    "id": "Zk7wF2dHs9LqXb4mV0tGcA",
    "url": "https://lms.example/voltpass",
    "events": ["issued", "revoked"],
    "created_at": "2026-11-22T09:30:00Z",
    "ended_at": None,
}
_ACHIEVEMENT: Final = {
    "code": "VLT-HV1",
    "version": "1.0",
    "programme": "VOLTAGE",
    "title": "High-voltage safety, level 1",
    "description": "Assessed ability to recognise high-voltage components and keep a safe distance.",
    "workload_hours": 16.0,
    "validity_months": 36,
    "prerequisites": [],
    "results": ["Pass"],
    "may_award": True,
    "url": f"{_BASE}/achievements/VLT-HV1",
}
_LEARNER_OUT: Final = {
    "id": _LEARNER,
    "references": ["T001"],
    "given_name": "Åsa",
    "family_name": "Öberg",
    "email": "asa.oberg@mail.example",
    "awards": 1,
}
_DELIVERY: Final = {
    "id": "msg_4711",
    "event": "issued",
    "award": _ID,
    "state": "waiting",
    "attempts": 2,
    "created_at": "2026-11-22T09:30:00Z",
    "last_tried_at": "2026-11-22T09:30:11Z",
    "last_status": 500,
    "last_problem": "refused_by_receiver",
    "ended_at": None,
}
_PROGRAMME: Final = {"code": "VOLTAGE", "title": "High-voltage work in battery plants", "is_closed": False}


def _page(item: Mapping[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"items": [item], "next": following}


EXAMPLES: Final[Mapping[str, Any]] = {
    "AwardRequestBody": _AWARD_SENT,
    "BatchBody": {"awards": [_AWARD_SENT, {**_AWARD_SENT, "email": "bjorn", "reference": "T002"}], "accept": []},
    "CompletionsBody": {
        "completions": [
            {
                "course": "VLT-HV1",
                "timecompleted": 1792159500,
                "firstname": "Åsa",
                "lastname": "Öberg",
                "email": "asa.oberg@mail.example",
                "idnumber": "T001",
                "lang": "sv",
            }
        ]
    },
    "StatusBody": {"reason": "issued_in_error", "note": "Entered for the wrong course."},
    "SupersedeBody": {"reason": "name_error", "family_name": "Öberg-Lind"},
    "WebhookBody": {"url": "https://lms.example/voltpass", "events": ["issued", "revoked"]},
    "ProgrammePage": _page(_PROGRAMME),
    "AchievementOut": _ACHIEVEMENT,
    "AchievementPage": _page(_ACHIEVEMENT),
    "LearnerOut": _LEARNER_OUT,
    "LearnerPage": _page(_LEARNER_OUT),
    "AwardOut": _AWARD,
    "AwardPage": _page(_AWARD, "NDE"),
    "BatchOut": _BATCH,
    "ResultPage": _page(_RESULTS[0], "MA"),
    "WebhookOut": _WEBHOOK,
    "WebhookPage": _page(_WEBHOOK),
    "NewWebhookOut": {**_WEBHOOK, "secret": "whsec_dGVzdCBzZWNyZXQgdGVzdCBzZWNyZXQgdGVzdCBrZXk="},
    "DeliveryPage": _page(_DELIVERY),
    "EventMessage": {
        "type": "award.issued",
        "timestamp": "2026-11-22T09:30:00Z",
        "data": {"award": _ID, "url": f"{_BASE}/api/v1/awards/{_ID}"},
    },
}
"""By the name of the shape."""

CSV_EXAMPLE: Final = (
    "firstname,lastname,email,idnumber,courseshortname,timecompleted,grade\n"
    "Åsa,Öberg,asa.oberg@mail.example,T001,VLT-HV1,1792159500,-\n"
    "Björn,Ångström,bjorn@mail.example,T002,VLT-TEST,2026-11-13,84.00\n"
)

PROBLEMS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed_json": (400, "The body is no JSON object in UTF-8, or names a member twice. Nothing of it was used."),
    "not_signed_in": (401, "Send a valid access token: Authorization: Bearer …"),
    "forbidden": (403, 'The token is not good for this. Use one with the scope "issue".'),
    "not_found": (404, "There is no award of this id here."),
    "idempotency_key_reused": (409, "This Idempotency-Key was used for another call before."),
    "request_in_progress": (409, "The same call is being worked on."),
    "already_revoked": (409, "The credential was revoked, and a revocation is final."),
    "already_suspended": (409, "The credential is suspended already."),
    "already_superseded": (409, "The credential was replaced; change the newer one instead."),
    "not_suspended": (409, "The credential is not suspended, so there is nothing to reinstate."),
    "suspended_cannot_be_superseded": (409, "The credential is suspended; reinstate or revoke it first."),
    "too_many_webhooks": (409, "A provider has at most 20 webhooks. Delete one that is not needed."),
    "too_large": (413, "A call has at most 8 MB. Divide it into several."),
    "unsupported_media_type": (415, "Send application/json."),
    "invalid_request": (422, "The call is not of the form that the description asks for. Nothing was done."),
    "email_invalid": (422, "Give an e-mail address with a domain."),
    "file_empty": (422, "The file cannot be read."),
    "unknown_cursor": (422, "The cursor is none of ours. Leave it out to begin with the first page."),
    "reason_needs_note": (422, 'The reason "other" needs a note that says what happened.'),
    "nothing_to_correct": (422, "Say what changes: a corrected given name, family name or result."),
    "correction_refused": (422, "The corrected name or result cannot stand in a badge."),
    "webhook_address_refused": (422, "The address cannot be called: the host is not known on the public internet."),
    "too_many_requests": (429, "Too many calls with this token. Go on in 3 seconds."),
    "internal_error": (500, "The mistake is ours; it has been noted."),
    "not_ready": (503, "The service is not ready. Try again in a minute."),
}
"""What each code means: its status and an example of its words."""
