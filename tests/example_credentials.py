"""One full conforming credential for everybody's tests: high-voltage safety awareness, earned by Åsa Öberg (demo)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from credentials.achievement import Achievement, Criteria, Related
from credentials.credential import AchievementCredential
from credentials.eu_elements import ESCO_SKILL, EuElements, LearningOutcome, Term
from credentials.evidence import Evidence
from credentials.identity import hash_email, name_identity
from credentials.image import Image
from credentials.profile import Address, IdentifierEntry, Profile
from credentials.result import Result, ResultDescription
from credentials.status_entry import BitstringStatusListEntry
from credentials.subject import AchievementSubject

BASE_URL = "https://voltpass.example"
ISSUER_ID = "did:web:voltpass.example:issuers:vbk-goteborg"
ACHIEVEMENT_ID = f"{BASE_URL}/achievements/VLT-HV1/1.0"
CREDENTIAL_ID = "urn:uuid:ff7bd328-ecb0-4aab-92a1-6a419fd44966"
SUBJECT_ID = "urn:uuid:4d8c262d-9367-4f2b-97f6-3ff03d122be0"
STATUS_LIST_ID = f"{BASE_URL}/status/3"
STATUS_INDEX = 94567
LEARNER_NAME = "Åsa Öberg"
LEARNER_EMAIL = "asa.oberg@mail.example"
EMAIL_SALT = "test-salt-9f1c2b7e0d3a4f58"
LINK = f"{BASE_URL}/v/test-token-Yk3vQ8"
COMPLETED = datetime(2026, 10, 16, tzinfo=UTC)


def example_issuer(**changes: Any) -> Profile:
    """The provider of the example, with country and region."""
    issuer = Profile(
        id=ISSUER_ID,
        name="Västsvenskt Batterikompetenscentrum (demo) AB",
        url="https://vbk.example",
        email="credentials@vbk.example",
        address=Address(
            address_country="Sweden",
            address_country_code="SE",
            address_region="SE232",
            address_locality="Göteborg",
        ),
        other_identifier=(IdentifierEntry(identifier_type="ext:DemoRegistration", identifier="DEMO-SE-0001"),),
    )
    return replace(issuer, **changes)


def example_elements(**changes: Any) -> EuElements:
    """What the European standard elements add to the example."""
    elements = EuElements(
        learning_outcomes=(
            LearningOutcome(
                "VLT-HV1-LO1",
                "Identify high-voltage components, labels and interlocks on a battery-electric vehicle and a rack.",
                skills=(Term("vehicle electrical systems", f"{ESCO_SKILL}3a5275f4-67e5-4371-a31e-68291aa86691"),),
            ),
            LearningOutcome(
                "VLT-HV1-LO2",
                "Apply the rules for approaching, isolating the area around, and reporting a damaged or hot battery.",
            ),
        ),
        skills=(Term("electrical safety regulations", f"{ESCO_SKILL}76526bf6-bada-4ca1-8e79-6b9d4228b607"),),
        workload_hours=16,
        ects=0.5,
        eqf_level=3,
        isced=Term("Occupational health and safety", "http://data.europa.eu/snb/isced-f/1022", "1022"),
        assessment_types=(
            Term("practical assessment", "http://data.europa.eu/snb/assessment/6a4db9f11d"),
            Term("quiz", "http://data.europa.eu/snb/assessment/b1b68f6735"),
        ),
        participation=Term("Blended", "http://data.europa.eu/snb/learning-assessment/e92d221e4d"),
        supervision=Term("Supervised on site, identity checked", code="supervised_onsite_id"),
        quality_assurance=(
            Term(
                "Institutional Quality Assurance",
                "http://data.europa.eu/snb/accreditation/bb4618238e",
                description="Internal QA cycle aligned with EQAVET indicators (demo) - Demo VET quality body SE",
            ),
        ),
        stackability=Term("Stackable towards another credential", code="stackable"),
        prerequisites=(Term("Battery basics", f"{BASE_URL}/achievements/VLT-BASE/1.0", "VLT-BASE"),),
    )
    return replace(elements, **changes)


def example_achievement(**changes: Any) -> Achievement:
    """The achievement of the example; pass/fail, EQF level 3, 16 hours."""
    achievement = Achievement(
        id=ACHIEVEMENT_ID,
        achievement_type="MicroCredential",
        name="High-voltage safety awareness",
        description="Recognise high-voltage hazards on vehicle and stationary battery systems and act safely around"
        " them. Not an authorisation to work on live systems.",
        criteria=Criteria(
            id=f"{ACHIEVEMENT_ID}#criteria",
            narrative="Attend the practical session, pass the 20-question quiz (80 %) and the observed practical"
            " checklist with no safety-critical error.",
        ),
        human_code="VLT-HV1",
        version="1.0",
        in_language="en",
        image=Image(id=f"{BASE_URL}/badges/vlt-hv1.svg", caption="Badge: high-voltage safety awareness"),
        creator=Profile(id=f"{BASE_URL}/programmes/VOLTAGE", name="VOLTAGE"),
        credits_available=0.5,
        tag=("VOLTAGE", "high voltage"),
        alignment=example_elements().to_alignments(ACHIEVEMENT_ID),
        result_description=(
            ResultDescription(id=f"{ACHIEVEMENT_ID}#result", name="Final result", result_type="Status"),
        ),
        related=(Related(id=f"{BASE_URL}/achievements/VLT-BASE/1.0", version="1.0", in_language="en"),),
    )
    return replace(achievement, **changes)


def example_subject(**changes: Any) -> AchievementSubject:
    """The learner of the example with name, hashed e-mail address and a passed result."""
    subject = AchievementSubject(
        id=SUBJECT_ID,
        identifier=(name_identity(LEARNER_NAME), hash_email(LEARNER_EMAIL, EMAIL_SALT)),
        achievement=example_achievement(),
        result=(Result(result_description=f"{ACHIEVEMENT_ID}#result", status="Completed"),),
        activity_start_date=datetime(2026, 10, 12, 7, tzinfo=UTC),
        activity_end_date=datetime(2026, 10, 16, 14, tzinfo=UTC),
        narrative="Can recognise high-voltage hazards on battery systems and act safely around them.",
    )
    return replace(subject, **changes)


def example_credential(**changes: Any) -> AchievementCredential:
    """A full conforming credential, not sealed; give attributes to change as keywords."""
    credential = AchievementCredential(
        id=CREDENTIAL_ID,
        name="High-voltage safety awareness",
        image=Image(id=f"{LINK}.png", caption="Badge: high-voltage safety awareness"),
        issuer=example_issuer(),
        valid_from=COMPLETED,
        awarded_date=COMPLETED,
        valid_until=datetime(2028, 10, 16, 23, 59, 59, tzinfo=UTC),
        credential_subject=example_subject(),
        evidence=(Evidence(name="Assessment", narrative="Assessed by Lovisa Ek"),),
        credential_status=BitstringStatusListEntry(
            id=f"{STATUS_LIST_ID}#{STATUS_INDEX}",
            status_purpose="revocation",
            status_list_index=STATUS_INDEX,
            status_list_credential=STATUS_LIST_ID,
        ),
    )
    return replace(credential, **changes)
