"""From an award to the claim: the credential that is going to be sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from credentials.credential import AchievementCredential
from credentials.evidence import ASSESSED_BY, Evidence
from credentials.identity import IdentityObject, hash_email, name_identity
from credentials.image import Image
from credentials.result import Result
from credentials.status_entry import BitstringStatusListEntry
from credentials.status_list import StatusPurpose
from credentials.subject import AchievementSubject
from issuer.awards.blank import Blank
from issuer.awards.files.row import add_months
from issuer.awards.request import AwardRequest
from issuer.catalogue.profiles import level_id, result_id
from issuer.catalogue.result_scale import PassFail, Percent, ResultScale, Rubric
from issuer.status.indexes import FreeIndex

SPECIMEN: Final = Evidence(
    name="Specimen", narrative="Issued to show what a badge looks like when it no longer holds; nobody earned it."
)
_LAST_SECOND: Final = time(23, 59, 59, tzinfo=UTC)
_MIDNIGHT: Final = time(0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The learner as the credential names one."""

    subject_id: str
    name: str
    name_latin: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is drawn afresh for each credential: its id, its link, the salt of its e-mail hash, its status index."""

    credential_id: str
    token: str
    link: str
    salt: str
    index: FreeIndex


def full_name(given_name: str, family_name: str) -> str:
    """Both parts with one space between; either may be empty."""
    return f"{given_name} {family_name}".strip()


def write_credential(
    blank: Blank, request: AwardRequest, holder: Holder, numbers: Numbers, *, is_specimen: bool = False
) -> AchievementCredential:
    """Fill in a blank. Times are the day of completion, not of sealing: a back-issued badge does not look new."""
    completed = datetime.combine(request.completed_on, _MIDNIGHT)
    return AchievementCredential(
        id=numbers.credential_id,
        name=blank.achievement.name,
        image=badge_image(numbers.link, blank.achievement.name),
        issuer=blank.issuer,
        valid_from=completed,
        valid_until=valid_until(request, blank.entry.validity_months),
        awarded_date=completed,
        credential_subject=AchievementSubject(
            id=holder.subject_id,
            identifier=identities(holder, numbers.salt),
            achievement=blank.achievement,
            result=(result_of(blank.achievement.id, blank.entry.scale, request.result),),
            credits_earned=blank.achievement.credits_available,
            narrative=blank.ability,
        ),
        evidence=(*((SPECIMEN,) if is_specimen else ()), *_evidence(request)),
        credential_status=status_entry(numbers.index),
    )


def status_entry(index: FreeIndex) -> BitstringStatusListEntry:
    """Where the credential's revocation will be told; its siblings are found from the issuer."""
    return BitstringStatusListEntry(
        id=f"{index.revocation_url}#{index.position}",
        status_purpose=StatusPurpose.REVOCATION.value,
        status_list_index=index.position,
        status_list_credential=index.revocation_url,
    )


def badge_image(link: str, title: str) -> Image:
    """The badge's picture, which lies under the link: so the link is a signed claim."""
    return Image(id=f"{link}.png", caption=f"Badge: {title}")


def valid_until(request: AwardRequest, validity_months: int | None) -> datetime | None:
    """The last second the badge holds: of the day the request names, else of the day its validity ends."""
    last_day = request.valid_until
    if last_day is None and validity_months is not None:
        last_day = add_months(request.completed_on, validity_months)
    return None if last_day is None else datetime.combine(last_day, _LAST_SECOND)


def identities(holder: Holder, salt: str) -> tuple[IdentityObject, ...]:
    """The name in the open, its Latin form beside it where there is one, and the e-mail address as a salted hash."""
    names = [holder.name] + ([holder.name_latin] if holder.name_latin and holder.name_latin != holder.name else [])
    hashed = (hash_email(holder.email, salt),) if holder.email else ()
    return (*map(name_identity, names), *hashed)


def result_of(achievement: str, scale: ResultScale, result: str | None) -> Result:
    """The result on the scale of the achievement with this id."""
    match scale:
        case PassFail():
            return Result(result_description=result_id(achievement), value=result or scale.passed, status="Completed")
        case Percent():
            return Result(result_description=result_id(achievement), value=result)
        case Rubric():
            return Result(result_description=result_id(achievement), achieved_level=level_id(achievement, result or ""))


def _evidence(request: AwardRequest) -> tuple[Evidence, ...]:
    found = []
    if request.assessor:
        found.append(Evidence(name="Assessment", narrative=f"{ASSESSED_BY}{request.assessor}"))
    if request.evidence_url:
        found.append(Evidence(id=request.evidence_url, name="Evidence"))
    return tuple(found)
