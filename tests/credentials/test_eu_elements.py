"""The sixteen European standard elements are written into Open Badges and read back."""

from dataclasses import replace
from typing import Any

import pytest

from credentials.achievement import Criteria
from credentials.alignment import Alignment
from credentials.credential import AchievementCredential
from credentials.eu_elements import ECTS, EuElement, EuElements, LearningOutcome, Term, completeness
from tests.example_credentials import (
    ACHIEVEMENT_ID,
    example_achievement,
    example_credential,
    example_elements,
    example_issuer,
    example_subject,
)


def with_elements(**changes: Any) -> AchievementCredential:
    """The example credential with other elements."""
    alignments = example_elements(**changes).to_alignments(ACHIEVEMENT_ID)
    return example_credential(credential_subject=example_subject(achievement=example_achievement(alignment=alignments)))


def test_a_full_document_has_sixteen_of_sixteen() -> None:
    """The example says something about every element, also after it was written and read."""
    credential = AchievementCredential.from_json(example_credential().to_json())
    assert completeness(credential) == frozenset(EuElement)
    assert len(EuElement) == 16
    assert [element for element in EuElement if element.is_mandatory] == [EuElement(number) for number in range(1, 12)]


@pytest.mark.parametrize(
    ("credential", "missing"),
    [
        pytest.param(
            example_credential(credential_subject=example_subject(identifier=())), EuElement.LEARNER, id="learner"
        ),
        pytest.param(
            example_credential(issuer=example_issuer(address=None)), EuElement.COUNTRY_OF_ISSUER, id="country-of-issuer"
        ),
        pytest.param(example_credential(issuer=example_issuer(name=None)), EuElement.AWARDING_BODY, id="awarding-body"),
        pytest.param(with_elements(learning_outcomes=()), EuElement.LEARNING_OUTCOMES, id="learning-outcomes"),
        pytest.param(with_elements(workload_hours=None, ects=None), EuElement.WORKLOAD, id="workload"),
        pytest.param(with_elements(eqf_level=None), EuElement.LEVEL, id="level"),
        pytest.param(with_elements(assessment_types=()), EuElement.ASSESSMENT_TYPE, id="assessment"),
        pytest.param(with_elements(participation=None), EuElement.PARTICIPATION, id="participation"),
        pytest.param(with_elements(quality_assurance=()), EuElement.QUALITY_ASSURANCE, id="quality-assurance"),
        pytest.param(with_elements(prerequisites=()), EuElement.PREREQUISITES, id="prerequisites"),
        pytest.param(with_elements(supervision=None), EuElement.SUPERVISION, id="supervision"),
        pytest.param(example_credential(credential_subject=example_subject(result=())), EuElement.GRADE, id="grade"),
        pytest.param(with_elements(stackability=None), EuElement.STACKABILITY, id="stackability"),
    ],
)
def test_what_is_not_said_is_missing(credential: AchievementCredential, missing: EuElement) -> None:
    """Leave out one element, and exactly that one is missing."""
    assert frozenset(EuElement) - completeness(credential) == {missing}


def test_further_information_may_stand_in_several_places() -> None:
    """A page of the criteria, evidence, tags or a narrative: without all of them there is none."""
    achievement = example_achievement(criteria=Criteria(narrative="Pass the quiz."), tag=())
    silent = example_subject(achievement=achievement, narrative=None)
    credential = example_credential(credential_subject=silent, evidence=())
    assert frozenset(EuElement) - completeness(credential) == {EuElement.FURTHER_INFORMATION}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the-example"),
        pytest.param({"workload_hours": 7.5}, id="half-an-hour"),
        pytest.param({"workload_hours": None}, id="credits-without-hours"),
        pytest.param({"ects": None}, id="hours-without-credits"),
        pytest.param({"ects": 2.0, "workload_hours": 50.0}, id="whole-credits"),
        pytest.param({"eqf_level": None, "no_level_because": "No national reference"}, id="no-level-with-a-reason"),
        pytest.param({"supervision": Term("Supervised with ID Verification", "http://data.europa.eu/x")}, id="eu-uri"),
        pytest.param({"skills": (Term("lock out a battery", code="own-7"),)}, id="skill-outside-esco"),
        pytest.param({"learning_outcomes": (LearningOutcome("LO1", "Do", "https://x.example/lo"),)}, id="outcome-page"),
        pytest.param({"prerequisites": (Term("None", code="none"),)}, id="no-prerequisites"),
    ],
)
def test_elements_come_back_as_they_were(changes: dict[str, Any]) -> None:
    """Writing and reading loses nothing."""
    credential = AchievementCredential.from_json(with_elements(**changes).to_json())
    assert EuElements.of(credential.credential_subject.achievement) == example_elements(**changes)


def test_the_order_of_alignments_says_nothing() -> None:
    """An embedded proof does not cover the order of a set, so no element may depend on it."""
    alignments = example_elements().to_alignments(ACHIEVEMENT_ID)
    read = EuElements.of(example_achievement(alignment=tuple(reversed(alignments))))
    wanted = example_elements()
    assert read == replace(
        wanted,
        learning_outcomes=wanted.learning_outcomes[::-1],
        assessment_types=wanted.assessment_types[::-1],
    )


def test_terms_without_a_european_uri_point_into_our_own_page() -> None:
    """Not every value has an EU URI; the page of the achievement explains it and the code carries our key."""
    (alignment,) = EuElements(supervision=Term("Supervised online", code="supervised_online")).to_alignments("urn:x:1")
    assert alignment.to_json() == {
        "type": ["Alignment"],
        "targetName": "Supervised online",
        "targetUrl": "urn:x:1#supervision",
        "targetType": "ext:SupervisionAndIdentityVerification",
        "targetFramework": "Europass supervision and verification",
        "targetCode": "supervised_online",
    }


def test_the_alignments_are_those_of_the_vocabularies() -> None:
    """Each element has its target type; outcomes carry their text, workload its duration."""
    written = {
        (one.target_type, one.target_code, one.target_url, one.target_description)
        for one in example_elements().to_alignments(ACHIEVEMENT_ID)
    }
    page = ACHIEVEMENT_ID
    outcome = "Identify high-voltage components, labels and interlocks on a battery-electric vehicle and a rack."
    esco = "http://data.europa.eu/esco/skill/"
    assert {
        ("ext:LearningOutcome", "VLT-HV1-LO1", f"{page}#VLT-HV1-LO1", outcome),
        ("ext:ESCOSkill", None, f"{esco}3a5275f4-67e5-4371-a31e-68291aa86691", "VLT-HV1-LO1"),
        ("ext:ESCOSkill", None, f"{esco}76526bf6-bada-4ca1-8e79-6b9d4228b607", None),
        ("ext:EQFLevel", "3", "http://data.europa.eu/snb/eqf/3", None),
        ("ext:ISCEDF", "1022", "http://data.europa.eu/snb/isced-f/1022", None),
        ("ext:AssessmentType", None, "http://data.europa.eu/snb/assessment/b1b68f6735", None),
        ("ext:ParticipationForm", None, "http://data.europa.eu/snb/learning-assessment/e92d221e4d", None),
        ("ext:SupervisionAndIdentityVerification", "supervised_onsite_id", f"{page}#supervision", None),
        ("ext:Workload", "PT16H", f"{page}#workload", None),
        ("ext:Workload", "0.5", ECTS, None),
        ("ext:Stackability", "stackable", f"{page}#stackability", None),
    } <= written
    assert all(target_type and "-" not in target_type for target_type, *_ in written)


@pytest.mark.parametrize(
    "alignment",
    [
        pytest.param(("ext:EQFLevel", "http://data.europa.eu/snb/eqf/9", "9"), id="level-nine"),
        pytest.param(("ext:EQFLevel", "https://x.example/eqf/3", "3"), id="level-of-another-framework"),
        pytest.param(("ext:Workload", "urn:x:1", "16 hours"), id="hours-in-words"),
        pytest.param(("ext:Workload", "urn:x:1", "PT"), id="empty-duration"),
        pytest.param(("ext:Workload", ECTS, "two"), id="credits-in-words"),
        pytest.param(("CFItem", "urn:x:1", "1"), id="another-kind"),
    ],
)
def test_foreign_alignments_are_passed_over(alignment: tuple[str, str, str]) -> None:
    """What others write in their own way is not guessed at."""
    target_type, url, code = alignment
    foreign = Alignment(target_name="x", target_url=url, target_type=target_type, target_code=code)
    read = EuElements.of(example_achievement(alignment=(foreign,)))
    assert (read.eqf_level, read.workload_hours, read.ects) == (None, None, None)
