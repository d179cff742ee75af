"""What a program may send, checked for its form; whether it makes sense is for the office to say."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from issuer.api.batches import MOST
from issuer.awards.files import RowCode
from issuer.awards.reasons import StatusReason
from issuer.awards.states import CredentialState
from issuer.batches.answers import LONGEST_REASON
from issuer.machines.events import EventKind

NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]*$"
URN: Final = r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MOST_PER_PAGE: Final = 200
_LATEST: Final = 9_999_999_999

_Name = Annotated[str, StringConstraints(max_length=200, pattern=NO_CONTROLS)]
_Text = Annotated[str, StringConstraints(max_length=2000, pattern=NO_CONTROLS)]
_Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
_WarningCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]
_Accept = Annotated[
    list[_WarningCode],
    Field(max_length=20, description="Codes of warnings that somebody has said yes to.", examples=[[]]),
]


def _whole(value: object) -> object:
    """To JSON 195.0 is a whole number, and there are programs that write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _possible(seconds: int) -> int:
    if not 0 <= seconds <= _LATEST:
        raise ValueError("no moment that a course can be completed at")
    return seconds


_Seconds = Annotated[
    int,
    BeforeValidator(_whole),
    AfterValidator(_possible),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _LATEST}),
]


class Sent(BaseModel):
    """Anything a program sends: members that are not known are a mistake, kinds are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AwardItem(Sent):
    """One badge for one person. At least one of the two names, and one of email and reference, must be there."""

    achievement: Annotated[_Code, Field(description="The code in the catalogue.", examples=["VLT-HV1"])]
    given_name: Annotated[_Name, Field(examples=["Åsa"])] = ""
    family_name: Annotated[_Name, Field(examples=["Öberg"])] = ""
    email: Annotated[str, StringConstraints(max_length=320, pattern=NO_CONTROLS)] | None = Field(
        None,
        description="Where the learner is told. Without it, accept `email_missing` and print the letter.",
        examples=["asa.oberg@mail.example"],
    )
    reference: Annotated[str, StringConstraints(max_length=100, pattern=NO_CONTROLS)] | None = Field(
        None, description="Your own number for the learner; never a national identity number.", examples=["T001"]
    )
    completed_on: Annotated[date, Field(description="The day of completion.", examples=["2026-10-16"])]
    result: _Name | None = Field(None, description="On the scale of the achievement.", examples=["Pass"])
    assessor: _Name | None = Field(None, examples=["Lovisa Ek"])
    evidence_url: _Text | None = Field(None, examples=["https://vbk.example/evidence/1"])
    language: Annotated[str, StringConstraints(max_length=16, pattern=NO_CONTROLS)] | None = Field(
        None, description="The learner's language, for the mail.", examples=["sv"]
    )
    valid_until: date | None = Field(None, description="Earlier than the achievement's own end.", examples=[None])


class Yes(Sent):
    """To which warnings somebody said yes, and why, where that has to be told."""

    accept: _Accept = []
    reason: Annotated[str, StringConstraints(max_length=LONGEST_REASON, pattern=NO_CONTROLS)] = Field(
        "",
        validate_default=True,
        description="Why badges go ahead without their prerequisite; the audit log keeps it. "
        "Required where `prerequisite_missing` is accepted.",
    )

    @field_validator("reason")
    @classmethod
    def _is_said(cls, reason: str, known: ValidationInfo) -> str:
        reason = " ".join(reason.split())
        if RowCode.PREREQUISITE_MISSING.value in known.data.get("accept", ()) and not reason:
            raise PydanticCustomError("reason_missing", "no reason")
        return reason


class AwardRequestBody(AwardItem, Yes):
    """One badge to award."""


class BatchBody(Yes):
    """Many badges to award; each has its own outcome."""

    awards: Annotated[list[AwardItem], Field(min_length=1, max_length=MOST)]


class Completion(Sent):
    """One completed course, with the names that Moodle uses."""

    course: Annotated[_Code, Field(description="ID number or short name: the achievement's code.")]
    timecompleted: Annotated[
        _Seconds | Annotated[str, StringConstraints(max_length=40, pattern=NO_CONTROLS)],
        Field(description="Seconds since 1970, or a date. Moments are taken in UTC.", examples=[1792159500]),
    ]
    firstname: Annotated[_Name, Field(examples=["Åsa"])] = ""
    lastname: Annotated[_Name, Field(examples=["Öberg"])] = ""
    email: Annotated[str, StringConstraints(max_length=320, pattern=NO_CONTROLS)] | None = None
    idnumber: Annotated[str, StringConstraints(max_length=100, pattern=NO_CONTROLS)] | None = None
    grade: (
        Annotated[str, StringConstraints(max_length=64, pattern=NO_CONTROLS)]
        | Annotated[float, Field(ge=-1e6, le=1e6)]
        | None
    ) = Field(
        None, description="On the scale of the achievement. Left out: completed means passed, where there is only that."
    )
    lang: Annotated[str, StringConstraints(max_length=16, pattern=NO_CONTROLS)] | None = None


class CompletionsBody(Yes):
    """Completed courses."""

    completions: Annotated[list[Completion], Field(min_length=1, max_length=MOST)]


class StatusBody(Sent):
    """Why a badge changes its state."""

    reason: Annotated[StatusReason, Field(strict=False, examples=["issued_in_error"])]
    note: Annotated[_Text, Field(description='For the office\'s own file; needed where the reason is "other".')] = ""


class SupersedeBody(StatusBody):
    """What the corrected badge says otherwise; what is left out stays as it was."""

    given_name: _Name | None = Field(None, examples=["Åsa"])
    family_name: _Name | None = Field(None, examples=["Öberg-Lind"])
    result: Annotated[str, StringConstraints(max_length=64, pattern=NO_CONTROLS)] | None = None


class WebhookBody(Sent):
    """Where to call, and about what."""

    url: Annotated[
        str,
        StringConstraints(min_length=1, max_length=2048, pattern=NO_CONTROLS),
        Field(examples=["https://lms.example/voltpass"]),
    ]
    events: Annotated[
        list[Annotated[EventKind, Field(strict=False)]],
        Field(min_length=1, max_length=len(EventKind), examples=[["issued", "revoked"]]),
    ]


class Asked(BaseModel):
    """Anything a program asks in an address: text that is converted to what is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Asked):
    """Which part of a list."""

    cursor: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")] | None = Field(
        None, description="The next of the page before."
    )
    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] = 50


class AwardOrder(StrEnum):
    """In which order awards are listed."""

    OLDEST = "oldest"
    NEWEST = "newest"


class AwardQuery(PageQuery):
    """Which awards. Filters are joined by "and"."""

    achievement: _Code | None = Field(None, description="The code of the achievement.", examples=["VLT-HV1"])
    state: CredentialState | None = None
    learner: Annotated[str, StringConstraints(pattern=URN)] | None = Field(None, description="The learner's id.")
    completed_from: date | None = Field(None, description="Completed on this day or later.")
    completed_until: date | None = Field(None, description="Completed on this day or earlier.")
    order: AwardOrder = AwardOrder.OLDEST


class LearnerQuery(PageQuery):
    """Which learners."""

    reference: Annotated[str, StringConstraints(max_length=100, pattern=NO_CONTROLS)] | None = Field(
        None, description="Your own number for the learner."
    )
