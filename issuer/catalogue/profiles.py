"""The catalogue in the words of Open Badges: who issues, whose programme it is, what can be earned."""

from __future__ import annotations

from typing import Final

from credentials.achievement import MICRO_CREDENTIAL, Achievement, Criteria, Related
from credentials.profile import Address, IdentifierEntry, Profile
from credentials.result import STATUS, ResultDescription, RubricCriterionLevel
from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.provider_entry import ProgrammeEntry, ProviderEntry
from issuer.catalogue.result_scale import PassFail, Percent, ResultScale, Rubric

REGISTRATION: Final = "ext:Registration"
SKILLS_HUB_COURSE: Final = "ext:SkillsHubCourse"


def issuer_profile(issuer_id: str, provider: ProviderEntry) -> Profile:
    """The provider as the issuer of a credential."""
    registration: tuple[IdentifierEntry, ...] = ()
    if provider.registration is not None:
        scheme, number = provider.registration
        registration = (IdentifierEntry(identifier=f"{scheme}:{number}", identifier_type=REGISTRATION),)
    return Profile(
        id=issuer_id,
        name=provider.legal_name,
        description=provider.name_en,
        url=provider.url,
        email=provider.email,
        address=_address(provider),
        other_identifier=registration,
    )


def programme_id(base_url: str, code: str) -> str:
    """The address of a programme."""
    return f"{base_url}/programmes/{code}"


def programme_profile(base_url: str, programme: ProgrammeEntry, owner: Profile) -> Profile:
    """The programme an achievement belongs to; its description ends with the notice its funding asks for."""
    notice = (programme.funding_notice or {}).get("en")
    title = f"{programme.title} ({programme.kind})."
    return Profile(
        id=programme_id(base_url, programme.code),
        name=programme.code,
        description=f"{title} {notice}" if notice else title,
        parent_org=Profile(id=owner.id, name=owner.name, url=owner.url),
    )


def achievement_id(base_url: str, entry: AchievementEntry) -> str:
    """The address of one version of an achievement, which credentials point at."""
    return f"{base_url}/achievements/{entry.code}/{entry.version}"


def achievement_of(base_url: str, entry: AchievementEntry, programme: Profile) -> Achievement:
    """The achievement as everybody sees it, without its EU elements: those name the quality assurance of a provider."""
    identifier = achievement_id(base_url, entry)
    return Achievement(
        id=identifier,
        achievement_type=MICRO_CREDENTIAL,
        name=entry.title,
        description=entry.description,
        criteria=Criteria(id=f"{base_url}/achievements/{entry.code}", narrative=entry.criteria),
        human_code=entry.code,
        version=entry.version,
        in_language="en",
        creator=programme,
        credits_available=_plain(entry.ects) if entry.ects is not None else None,
        field_of_study=entry.isced[1].label if entry.isced else None,
        tag=(entry.programme,),
        result_description=(_result_description(identifier, entry.scale),),
        other_identifier=_course(entry),
        related=tuple(Related(id=f"{base_url}/achievements/{code}") for code in entry.prerequisites),
    )


def result_id(achievement: str) -> str:
    """The one result every achievement describes."""
    return f"{achievement}#result"


def level_id(achievement: str, level: str) -> str:
    """One level of a rubric."""
    return f"{achievement}#result-{'-'.join(level.casefold().split())}"


def _course(entry: AchievementEntry) -> tuple[IdentifierEntry, ...]:
    """Where the Skills Hub lists the course; its number there, when known, is a second identifier."""
    if entry.course is None:
        return ()
    named = (entry.course.url, entry.course.number)
    return tuple(IdentifierEntry(identifier=each, identifier_type=SKILLS_HUB_COURSE) for each in named if each)


def _result_description(achievement: str, scale: ResultScale) -> ResultDescription:
    name = "Final result"
    match scale:
        case PassFail():
            return ResultDescription(id=result_id(achievement), name=name, result_type=STATUS)
        case Percent():
            return ResultDescription(
                id=result_id(achievement),
                name=name,
                result_type="Percent",
                value_min=f"{scale.lowest:g}",
                value_max=f"{scale.highest:g}",
                required_value=f"{scale.threshold:g}",
            )
        case Rubric():
            return ResultDescription(
                id=result_id(achievement),
                name=name,
                result_type="RubricCriterionLevel",
                rubric_criterion_level=tuple(
                    RubricCriterionLevel(id=level_id(achievement, level), name=level, level=str(number))
                    for number, level in enumerate(scale.levels, start=1)
                ),
                required_level=level_id(achievement, scale.threshold),
            )


def _address(provider: ProviderEntry) -> Address:
    place = provider.address
    return Address(
        address_country_code=provider.country,
        address_region=provider.nuts[0] if provider.nuts else None,
        address_locality=place.city if place else None,
        street_address=place.street if place else None,
        postal_code=place.postal_code if place else None,
    )


def _plain(number: float) -> float:
    """2 rather than 2.0, so that people and canonical forms read the same digits."""
    return int(number) if number.is_integer() else number
