"""Achievement: what can be earned, and how (OB 3.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from credentials.alignment import Alignment
from credentials.image import Image
from credentials.json_object import OpenObject
from credentials.json_values import (
    CompactJws,
    Language,
    Misfit,
    NonEmptyText,
    Number,
    Text,
    Uri,
    extensible,
    types,
)
from credentials.profile import EndorsementCredential, IdentifierEntry, Profile
from credentials.result import ResultDescription

MICRO_CREDENTIAL: Final = "MicroCredential"

AchievementType = Annotated[
    str,
    extensible(
        "Achievement", "ApprenticeshipCertificate", "Assessment", "Assignment", "AssociateDegree", "Award", "Badge",
        "BachelorDegree", "Certificate", "CertificateOfCompletion", "Certification", "CommunityService", "Competency",
        "Course", "CoCurricular", "Degree", "Diploma", "DoctoralDegree", "Fieldwork", "GeneralEducationDevelopment",
        "JourneymanCertificate", "LearningProgram", "License", "Membership", "ProfessionalDoctorate",
        "QualityAssuranceCredential", "MasterCertificate", "MasterDegree", MICRO_CREDENTIAL, "ResearchDoctorate",
        "SecondarySchoolDiploma",
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria(OpenObject):
    """How the achievement is earned: in words (Markdown), on a page, or both."""

    id: Uri | None = None
    narrative: Text | None = None

    def _check(self) -> None:
        if self.id is None and not (self.narrative or "").strip():
            raise Misfit("expected an id or a narrative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Related(OpenObject):
    """Another achievement: an earlier version, another language, a prerequisite."""

    id: Uri
    type: Annotated[tuple[str, ...], types(("Related",))] = ("Related",)
    in_language: Language | None = None
    version: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement(OpenObject):
    """What can be earned."""

    id: Uri
    type: Annotated[tuple[str, ...], types(("Achievement",))] = ("Achievement",)
    achievement_type: AchievementType | None = None
    name: NonEmptyText
    description: NonEmptyText
    criteria: Criteria
    human_code: Text | None = None
    version: Text | None = None
    in_language: Language | None = None
    image: Image | None = None
    creator: Profile | None = None
    credits_available: Number | None = None
    field_of_study: Text | None = None
    specialization: Text | None = None
    tag: tuple[Text, ...] = ()
    alignment: tuple[Alignment, ...] = ()
    result_description: tuple[ResultDescription, ...] = ()
    other_identifier: tuple[IdentifierEntry, ...] = ()
    related: tuple[Related, ...] = ()
    endorsement: tuple[EndorsementCredential, ...] = ()
    endorsement_jwt: tuple[CompactJws, ...] = ()
