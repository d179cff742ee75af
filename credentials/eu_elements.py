"""The European standard elements of a micro-credential, written into and read from an Open Badges achievement.

Council Recommendation 2022/C 243/02, Annex I, names 11 mandatory and 5 optional elements. Most have a field of their
own in Open Badges 3.0; what has none is written as ``alignment``, which every viewer shows and every signature covers.
The order of alignments is not covered by ``eddsa-rdfc-2022`` (JSON-LD sets have none), so nothing here depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from credentials.achievement import Achievement
from credentials.alignment import Alignment
from credentials.credential import AchievementCredential

ESCO_SKILL: Final = "http://data.europa.eu/esco/skill/"
EQF_LEVEL: Final = "http://data.europa.eu/snb/eqf/"
ECTS: Final = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
_NO_LEVEL: Final = "not-applicable"


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of a vocabulary; without URL it is explained on the achievement's own page and known by our ``code``."""

    name: str
    url: str | None = None
    code: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class LearningOutcome:
    """What the learner knows, understands and can do; without URL it stands on the achievement's own page."""

    code: str
    text: str
    url: str | None = None
    skills: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one element is written: target type, framework and where the achievement's own page explains it."""

    target_type: str
    fragment: str
    framework: str | None = None

    def write(self, term: Term, page: str) -> Alignment:
        return Alignment(
            target_name=term.name,
            target_url=term.url or f"{page}#{self.fragment}",
            target_type=self.target_type,
            target_framework=self.framework,
            target_code=term.code,
            target_description=term.description,
        )

    def read(self, alignments: Iterable[Alignment], page: str) -> tuple[Term, ...]:
        return tuple(_term(one, page) for one in alignments if one.target_type == self.target_type)

    def find(self, alignments: Iterable[Alignment], page: str) -> Term | None:
        return next(iter(self.read(alignments, page)), None)


_OUTCOME: Final = _Kind("ext:LearningOutcome", "outcomes")
_SKILL: Final = _Kind("ext:ESCOSkill", "skills", "ESCO")
_OTHER_SKILL: Final = _Kind("ext:Skill", "skills")
_LEVEL: Final = _Kind("ext:EQFLevel", "level", "European Qualifications Framework")
_FIELD: Final = _Kind("ext:ISCEDF", "field", "ISCED-F 2013")
_ASSESSMENT: Final = _Kind("ext:AssessmentType", "assessment", "Europass assessment types")
_PARTICIPATION: Final = _Kind("ext:ParticipationForm", "participation", "Europass modes of learning and assessment")
_SUPERVISION: Final = _Kind(
    "ext:SupervisionAndIdentityVerification", "supervision", "Europass supervision and verification"
)
_QUALITY: Final = _Kind("ext:QualityAssurance", "quality", "Europass accreditation types")
_WORKLOAD: Final = _Kind("ext:Workload", "workload")
_STACKABILITY: Final = _Kind("ext:Stackability", "stackability")
_PREREQUISITE: Final = _Kind("ext:Prerequisite", "prerequisites")


@dataclass(frozen=True, slots=True, kw_only=True)
class EuElements:
    """The elements that Open Badges has no field for. Hours and credits are one element: notional workload."""

    learning_outcomes: tuple[LearningOutcome, ...] = ()
    skills: tuple[Term, ...] = ()
    workload_hours: float | None = None
    ects: float | None = None
    eqf_level: int | None = None
    no_level_because: str | None = None
    isced: Term | None = None
    assessment_types: tuple[Term, ...] = ()
    participation: Term | None = None
    supervision: Term | None = None
    quality_assurance: tuple[Term, ...] = ()
    stackability: Term | None = None
    prerequisites: tuple[Term, ...] = ()

    def to_alignments(self, achievement_id: str) -> tuple[Alignment, ...]:
        """Write the elements; what no EU vocabulary names points into the achievement's own page."""
        return tuple(self._write(achievement_id))

    def _write(self, page: str) -> Iterator[Alignment]:
        for outcome in self.learning_outcomes:
            yield _write_outcome(outcome, page)
        for skill in self.skills:
            yield _write_skill(skill, page)
        for outcome in self.learning_outcomes:
            for skill in outcome.skills:
                yield _write_skill(replace(skill, description=outcome.code), page)
        yield from self._write_level_and_workload(page)
        for kind, terms in (
            (_FIELD, (self.isced,)),
            (_ASSESSMENT, self.assessment_types),
            (_PARTICIPATION, (self.participation,)),
            (_SUPERVISION, (self.supervision,)),
            (_QUALITY, self.quality_assurance),
            (_STACKABILITY, (self.stackability,)),
            (_PREREQUISITE, self.prerequisites),
        ):
            yield from (kind.write(term, page) for term in terms if term is not None)

    def _write_level_and_workload(self, page: str) -> Iterator[Alignment]:
        if self.eqf_level is not None:
            level = str(self.eqf_level)
            yield _LEVEL.write(Term(f"EQF level {level}", EQF_LEVEL + level, level), page)
        elif self.no_level_because is not None:
            yield _LEVEL.write(Term("No EQF level", None, _NO_LEVEL, self.no_level_because), page)
        if self.workload_hours is not None:
            yield _WORKLOAD.write(Term(f"{self.workload_hours:g} hours", None, _duration(self.workload_hours)), page)
        if self.ects is not None:
            yield _WORKLOAD.write(Term(f"{self.ects:g} ECTS", ECTS, f"{self.ects:g}"), page)

    @classmethod
    def of(cls, achievement: Achievement) -> EuElements:
        """Read the elements back; alignments of other kinds are passed over."""
        alignments, page = achievement.alignment, achievement.id
        outcomes, skills = _read_outcomes(alignments, page)
        level = _LEVEL.find(alignments, page)
        workload = _WORKLOAD.read(alignments, page)
        return cls(
            learning_outcomes=outcomes,
            skills=skills,
            workload_hours=next(filter(None, (_hours(term.code) for term in workload)), None),
            ects=next((_credits(term.code) for term in workload if term.url == ECTS), None),
            eqf_level=_level(level),
            no_level_because=level.description if level is not None and level.code == _NO_LEVEL else None,
            isced=_FIELD.find(alignments, page),
            assessment_types=_ASSESSMENT.read(alignments, page),
            participation=_PARTICIPATION.find(alignments, page),
            supervision=_SUPERVISION.find(alignments, page),
            quality_assurance=_QUALITY.read(alignments, page),
            stackability=_STACKABILITY.find(alignments, page),
            prerequisites=_PREREQUISITE.read(alignments, page),
        )


class EuElement(IntEnum):
    """The elements by their number in Annex I; 1 to 11 are mandatory."""

    LEARNER = 1
    TITLE = 2
    COUNTRY_OF_ISSUER = 3
    AWARDING_BODY = 4
    DATE_OF_ISSUING = 5
    LEARNING_OUTCOMES = 6
    WORKLOAD = 7
    LEVEL = 8
    ASSESSMENT_TYPE = 9
    PARTICIPATION = 10
    QUALITY_ASSURANCE = 11
    PREREQUISITES = 12
    SUPERVISION = 13
    GRADE = 14
    STACKABILITY = 15
    FURTHER_INFORMATION = 16

    @property
    def is_mandatory(self) -> bool:
        return self <= EuElement.QUALITY_ASSURANCE


def completeness(credential: AchievementCredential) -> frozenset[EuElement]:
    """The elements that the credential says something about; whether it is true or enough is not judged."""
    subject, issuer = credential.credential_subject, credential.issuer
    achievement = subject.achievement
    elements = EuElements.of(achievement)
    said = {
        EuElement.LEARNER: subject.identifier,
        EuElement.TITLE: achievement.name,
        EuElement.COUNTRY_OF_ISSUER: issuer.address
        and (issuer.address.address_country_code or issuer.address.address_country),
        EuElement.AWARDING_BODY: issuer.name,
        EuElement.DATE_OF_ISSUING: credential.awarded_date or credential.valid_from,
        EuElement.LEARNING_OUTCOMES: elements.learning_outcomes,
        EuElement.WORKLOAD: elements.workload_hours or elements.ects,
        EuElement.LEVEL: elements.eqf_level or elements.no_level_because,
        EuElement.ASSESSMENT_TYPE: elements.assessment_types,
        EuElement.PARTICIPATION: elements.participation,
        EuElement.QUALITY_ASSURANCE: elements.quality_assurance,
        EuElement.PREREQUISITES: elements.prerequisites,
        EuElement.SUPERVISION: elements.supervision,
        EuElement.GRADE: subject.result,
        EuElement.STACKABILITY: elements.stackability,
        EuElement.FURTHER_INFORMATION: achievement.criteria.id
        or credential.evidence
        or achievement.tag
        or subject.narrative,
    }
    return frozenset(element for element, value in said.items() if value)


def _term(alignment: Alignment, page: str) -> Term:
    url = alignment.target_url
    return Term(
        alignment.target_name,
        None if url.startswith(f"{page}#") else url,
        alignment.target_code,
        alignment.target_description,
    )


def _write_outcome(outcome: LearningOutcome, page: str) -> Alignment:
    url = outcome.url or f"{page}#{outcome.code}"
    return _OUTCOME.write(Term(outcome.code, url, outcome.code, outcome.text), page)


def _write_skill(skill: Term, page: str) -> Alignment:
    kind = _SKILL if skill.url is not None and skill.url.startswith(ESCO_SKILL) else _OTHER_SKILL
    return kind.write(skill, page)


def _read_outcomes(
    alignments: tuple[Alignment, ...], page: str
) -> tuple[tuple[LearningOutcome, ...], tuple[Term, ...]]:
    """The outcomes with their skills, and the skills of no outcome. A skill names the outcome in its description."""
    written = _OUTCOME.read(alignments, page)
    codes = {term.code or term.name for term in written}
    skills = (*_SKILL.read(alignments, page), *_OTHER_SKILL.read(alignments, page))
    outcomes = []
    for term in written:
        code = term.code or term.name
        own = tuple(replace(skill, description=None) for skill in skills if skill.description == code)
        outcomes.append(LearningOutcome(code, term.description or term.name, term.url, own))
    return tuple(outcomes), tuple(skill for skill in skills if skill.description not in codes)


def _duration(hours: float) -> str:
    """Hours as an xsd:duration, such as PT16H or PT7H30M."""
    whole, minutes = divmod(round(hours * 60), 60)
    return f"PT{whole}H{minutes}M" if minutes else f"PT{whole}H"


def _hours(duration: str | None) -> float | None:
    found = re.fullmatch(r"PT(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?", duration or "", re.ASCII)
    return int(found[1] or 0) + int(found[2] or 0) / 60 if found else None


def _credits(number: str | None) -> float | None:
    return float(number) if number and re.fullmatch(r"\d{1,4}(\.\d{1,4})?", number, re.ASCII) else None


def _level(term: Term | None) -> int | None:
    found = re.fullmatch(re.escape(EQF_LEVEL) + "([1-8])", term.url) if term is not None and term.url else None
    return int(found[1]) if found else None
