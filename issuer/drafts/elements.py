"""The completeness meter: the 16 European elements of a draft, in plain words, and what else publication needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from credentials.eu_elements import EuElement
from issuer.catalogue.provider_entry import ProviderEntry
from issuer.drafts.slips import LABELS
from issuer.drafts.wording import NO_LEVEL, Wording

WITH_EACH_BADGE: Final = "Filled in with each badge."
FROM_PROVIDER: Final = "Taken from the provider's own entry."


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing: the field of the editor where it belongs, and its name."""

    field: str
    name: str


@dataclass(frozen=True, slots=True)
class ElementState:
    """One European element of a draft: its name, the field it is written in, whether it is there."""

    element: EuElement
    name: str
    field: str
    is_there: bool
    note: str = ""

    @property
    def is_mandatory(self) -> bool:
        """Whether the Recommendation asks for it in every micro-credential."""
        return self.element.is_mandatory


@dataclass(frozen=True, slots=True)
class Meter:
    """How complete a draft is; ``also_needed`` is what a badge needs though no European element asks for it."""

    elements: tuple[ElementState, ...]
    also_needed: tuple[Gap, ...]

    @property
    def filled(self) -> int:
        """How many elements are there."""
        return sum(each.is_there for each in self.elements)

    @property
    def missing(self) -> tuple[ElementState, ...]:
        """The mandatory elements that are not there."""
        return tuple(each for each in self.elements if each.is_mandatory and not each.is_there)

    @property
    def optional_missing(self) -> tuple[ElementState, ...]:
        """The optional elements that are not there."""
        return tuple(each for each in self.elements if not each.is_mandatory and not each.is_there)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing that publication needs."""
        return not self.missing and not self.also_needed

    @property
    def sentence(self) -> str:
        """The meter in words: "14 of 16; 1 mandatory missing: type of assessment"."""
        said = f"{self.filled} of {len(self.elements)}"
        if not self.missing:
            return said if self.filled == len(self.elements) else f"{said}; nothing mandatory is missing"
        names = ", ".join(each.name[:1].lower() + each.name[1:] for each in self.missing)
        return f"{said}; {len(self.missing)} mandatory missing: {names}"


_NAMES: Final[Mapping[EuElement, tuple[str, str]]] = {
    EuElement.LEARNER: ("Learner", "learner"),
    EuElement.TITLE: ("Title", "titles"),
    EuElement.COUNTRY_OF_ISSUER: ("Country of the issuer", "issuer"),
    EuElement.AWARDING_BODY: ("Awarding body", "issuer"),
    EuElement.DATE_OF_ISSUING: ("Date of issuing", "learner"),
    EuElement.LEARNING_OUTCOMES: ("Learning outcomes", "outcomes"),
    EuElement.WORKLOAD: ("Workload", "hours"),
    EuElement.LEVEL: ("Level, or why there is none", "eqf_level"),
    EuElement.ASSESSMENT_TYPE: ("Type of assessment", "assessment_types"),
    EuElement.PARTICIPATION: ("Form of participation", "participation"),
    EuElement.QUALITY_ASSURANCE: ("Quality assurance", "quality"),
    EuElement.PREREQUISITES: ("What is needed before", "prerequisites"),
    EuElement.SUPERVISION: ("Supervision and identity check", "supervision"),
    EuElement.GRADE: ("Result", "scale"),
    EuElement.STACKABILITY: ("Stacking", "stackability"),
    EuElement.FURTHER_INFORMATION: ("Further information", "criteria"),
}
_FIRST_NEEDED: Final = ("code", "version", "programme", "description", "criteria", "scale")
_BY_OTHERS: Final = {
    EuElement.LEARNER: WITH_EACH_BADGE,
    EuElement.DATE_OF_ISSUING: WITH_EACH_BADGE,
    EuElement.COUNTRY_OF_ISSUER: FROM_PROVIDER,
    EuElement.AWARDING_BODY: FROM_PROVIDER,
    EuElement.QUALITY_ASSURANCE: FROM_PROVIDER,
}


def measure(wording: Wording, provider: ProviderEntry, *, at_office: bool) -> Meter:
    """Which elements are there. ``at_office``: each provider that awards will state its own quality assurance."""
    there = _said(wording) | {
        EuElement.LEARNER: True,
        EuElement.DATE_OF_ISSUING: True,
        EuElement.COUNTRY_OF_ISSUER: provider.country,
        EuElement.AWARDING_BODY: provider.legal_name,
        EuElement.QUALITY_ASSURANCE: provider.quality_assurance or at_office,
    }
    elements = tuple(
        ElementState(element, *_NAMES[element], bool(there[element]), _BY_OTHERS.get(element, ""))
        for element in EuElement
    )
    needed = (name for name in _FIRST_NEEDED if not str(getattr(wording, name)).strip())
    return Meter(elements, tuple(Gap(name, LABELS[name]) for name in needed))


def _said(wording: Wording) -> dict[EuElement, Any]:
    no_level = wording.eqf_level == NO_LEVEL
    return {
        EuElement.TITLE: wording.titles.get("en", "").strip(),
        EuElement.LEARNING_OUTCOMES: any(row.text.strip() for row in wording.outcomes),
        EuElement.WORKLOAD: wording.hours.strip(),
        EuElement.LEVEL: wording.no_level_because.strip() if no_level else wording.eqf_level.strip(),
        EuElement.ASSESSMENT_TYPE: any(each.strip() for each in wording.assessment_types),
        EuElement.PARTICIPATION: wording.participation.strip(),
        EuElement.PREREQUISITES: True,  # nothing written means: nothing is needed, and the badge says so
        EuElement.SUPERVISION: wording.supervision.strip(),
        EuElement.GRADE: wording.scale.strip(),
        EuElement.STACKABILITY: wording.stackability.strip(),
        EuElement.FURTHER_INFORMATION: wording.criteria.strip() and wording.description.strip(),
    }
