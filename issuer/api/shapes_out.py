"""What a program gets. No learner is named but in ``LearnerOut``, which needs a scope of its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from issuer.awards.reasons import StatusReason
from issuer.awards.states import CredentialState
from issuer.machines.events import DeliveryState, EventKind
from keys.instant import write_instant

_T = TypeVar("_T")

Instant = Annotated[
    datetime, PlainSerializer(write_instant, return_type=str), Field(json_schema_extra={"format": "date-time"})
]


class Given(BaseModel):
    """Anything a program gets."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Given, Generic[_T]):
    """A part of a list. ``next`` is the cursor of the part behind it; null: this is the last."""

    items: list[_T]
    next: str | None


class ProgrammeOut(Given):
    """A programme that achievements belong to."""

    code: Annotated[str, Field(examples=["VOLTAGE"])]
    title: str
    is_closed: Annotated[bool, Field(description="Nothing new is awarded; badges go on verifying.")]


class AchievementOut(Given):
    """What can be earned, in its newest version."""

    code: Annotated[str, Field(examples=["VLT-HV1"])]
    version: str
    programme: str
    title: str
    description: str
    workload_hours: float
    validity_months: int | None
    prerequisites: list[str]
    results: Annotated[list[str], Field(description="What can be said as a result; a percentage where it is empty.")]
    may_award: Annotated[bool, Field(description="Whether this provider may award it now.")]
    url: Annotated[str, Field(description="The whole of it, for people and as JSON-LD.")]


class LearnerOut(Given):
    """One of the provider's own learners, under the name on the newest badge it gave."""

    id: Annotated[str, Field(description="The pseudonym in credentials.")]
    references: list[str]
    given_name: str
    family_name: str
    email: str | None
    awards: int


class ChangeOut(Given):
    """What became of a badge, and why."""

    act: EventKind
    reason: StatusReason
    at: Instant


class AwardOut(Given):
    """One badge. It names nobody: the badge itself does, at ``link``."""

    id: Annotated[str, Field(examples=["urn:uuid:6f1d2c9e-3b0a-4d4e-9a57-0c8b2f5d7e11"])]
    url: str
    link: Annotated[
        str | None,
        Field(description="The address behind the QR code, a secret of its holder: only with scope issue or learners."),
    ]
    state: CredentialState
    achievement: str
    achievement_version: str
    learner: Annotated[str, Field(description="The pseudonym of the learner.")]
    completed_on: date
    issued_at: Instant
    valid_until: Instant | None
    supersedes: str | None
    superseded_by: str | None
    changes: list[ChangeOut]


class ResultOut(Given):
    """What became of one item of a batch."""

    position: Annotated[int, Field(description="From 0, in the order in which they were sent.")]
    status: Annotated[int | None, Field(description="As if it had been sent alone: 200, 201 or 422. null: it waits.")]
    outcome: Annotated[str, Field(examples=["issued"])]
    code: str | None
    place: str | None
    remedy: str | None
    suggestion: str | None
    accept: Annotated[list[str], Field(description="Codes to accept before it is issued.")]
    award: Annotated[str | None, Field(description="The id of the badge.")]
    url: str | None


class BatchOut(Given):
    """How far a batch has come. ``results`` are there when it was done at once; else ask for them."""

    id: str
    url: str
    state: Annotated[str, Field(examples=["finished"])]
    total: int
    waiting: int
    issued: int
    unchanged: Annotated[int, Field(description="Issued before, or no badge was earned.")]
    refused: int
    created_at: Instant
    finished_at: Instant | None
    results_url: str
    results: list[ResultOut]


class WebhookOut(Given):
    """A webhook. ``ended_at``: the receiver said that it is gone, and nothing is sent any more."""

    id: str
    url: str
    events: list[EventKind]
    created_at: Instant
    ended_at: Instant | None


class NewWebhookOut(WebhookOut):
    """A webhook with its secret, which is shown now and never again."""

    secret: Annotated[str, Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])]


class DeliveryOut(Given):
    """What became of one call."""

    id: str
    event: EventKind
    award: str
    state: DeliveryState
    attempts: int
    created_at: Instant
    last_tried_at: Instant | None
    last_status: Annotated[int | None, Field(description="The HTTP status of the last answer.")]
    last_problem: Annotated[str | None, Field(examples=["no_answer"])]
    ended_at: Instant | None


class ProgrammePage(Page[ProgrammeOut]):
    """A part of a list."""


class AchievementPage(Page[AchievementOut]):
    """A part of a list."""


class LearnerPage(Page[LearnerOut]):
    """A part of a list."""


class AwardPage(Page[AwardOut]):
    """A part of a list."""


class ResultPage(Page[ResultOut]):
    """A part of a list."""


class WebhookPage(Page[WebhookOut]):
    """A part of a list."""


class DeliveryPage(Page[DeliveryOut]):
    """A part of a list."""


class EventData(Given):
    """Which badge, and where to ask for it with a token."""

    award: str
    url: str


class EventMessage(Given):
    """What a webhook is sent: ids and addresses, nothing about a person."""

    type: Annotated[str, Field(examples=["award.issued"])]
    timestamp: Instant
    data: EventData


class FlawOut(Given):
    """Something wrong at one place; what stood there is not repeated."""

    place: Annotated[str, Field(examples=["$.completed_on"])]
    remedy: str


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457). ``code`` never changes its meaning."""

    model_config = ConfigDict(frozen=True)

    type: Annotated[str, Field(examples=["urn:voltpass:problem:invalid_request"])]
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(examples=["invalid_request"])]
    errors: list[FlawOut] | None = None
    suggestion: Annotated[str | None, Field(description="What to put instead.")] = None
    accept: Annotated[list[str] | None, Field(description="Codes to accept before it is issued.")] = None
