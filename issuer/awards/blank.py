"""A blank: the credential of an achievement with everything in it that does not depend on the learner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from credentials.achievement import Achievement
from credentials.eu_elements import EuElements, LearningOutcome, Term
from credentials.profile import Profile
from issuer.catalogue import entry as catalogue
from issuer.catalogue.achievement_entry import AchievementEntry, Stackability
from issuer.catalogue.find import Offer, provider_entry
from issuer.catalogue.profiles import achievement_of, issuer_profile, programme_profile
from issuer.catalogue.provider_entry import ProviderEntry
from issuer.catalogue.records import ProgrammeRecord, ProviderRecord

NO_LEVEL_STATED: Final = "The provider states no EQF level for this achievement."
_ASSESSED: Final = "Assessed ability to "
_STACKABILITY: Final = {
    Stackability.STACKABLE: "Stackable: counts towards a larger credential",
    Stackability.STAND_ALONE: "Stands alone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """What all credentials of one provider for one version of an achievement have in common."""

    provider_id: int
    version_id: int
    entry: AchievementEntry
    issuer: Profile
    achievement: Achievement
    ability: str


def make_blank(session: Session, provider: ProviderRecord, offer: Offer, base_url: str) -> Blank:
    """Put together what the catalogue says of the provider, the programme and the achievement."""
    described = provider_entry(provider)
    owner = session.get_one(ProgrammeRecord, offer.programme_id).owner
    programme = programme_profile(base_url, offer.programme, issuer_profile(owner.issuer_id, provider_entry(owner)))
    achievement = achievement_of(base_url, offer.entry, programme)
    elements = eu_elements(base_url, offer.entry, described)
    return Blank(
        provider_id=provider.id,
        version_id=offer.version_id,
        entry=offer.entry,
        issuer=issuer_profile(provider.issuer_id, described),
        achievement=replace(achievement, alignment=elements.to_alignments(achievement.id)),
        ability=ability(offer.entry.description),
    )


def ability(description: str) -> str:
    """What the learner can do, as a sentence: "Recognise hazards." becomes "Can recognise hazards."."""
    verb_first = description.removeprefix(_ASSESSED)
    return f"Can {verb_first[:1].lower()}{verb_first[1:]}"


def eu_elements(base_url: str, entry: AchievementEntry, provider: ProviderEntry) -> EuElements:
    """The European elements of an achievement as this provider awards it; nothing is claimed that is not recorded."""
    return EuElements(
        learning_outcomes=tuple(
            LearningOutcome(code=each.code, text=each.text, skills=tuple(map(_term, each.skills)))
            for each in entry.outcomes
        ),
        skills=tuple(map(_term, entry.skills)),
        workload_hours=entry.workload_hours,
        ects=entry.ects,
        eqf_level=entry.eqf_level,
        no_level_because=None if entry.eqf_level else entry.no_level_because or NO_LEVEL_STATED,
        isced=_coded_term(entry.isced),
        assessment_types=tuple(map(_term, entry.assessment_types)),
        participation=_term(entry.participation),
        supervision=_coded_term(entry.supervision),
        quality_assurance=tuple(
            Term(each.type.label, each.type.uri, description=f"{each.statement} - {each.agent}")
            for each in provider.quality_assurance
        ),
        stackability=_stackability(entry.stackability),
        prerequisites=_prerequisites(base_url, entry),
    )


def _prerequisites(base_url: str, entry: AchievementEntry) -> tuple[Term, ...]:
    if not entry.prerequisites:
        return (Term("No prerequisites", code="none"),)
    return tuple(Term(code, f"{base_url}/achievements/{code}", code) for code in entry.prerequisites)


def _stackability(said: Stackability | None) -> Term | None:
    return None if said is None else Term(_STACKABILITY[said], code=said.value)


def _coded_term(coded: tuple[str, catalogue.Term] | None) -> Term | None:
    if coded is None:
        return None
    code, word = coded
    return Term(word.label, word.uri, code)


def _term(word: catalogue.Term) -> Term:
    return Term(word.label, word.uri)
