"""One full conforming credential for everybody's tests: high-voltage safety awareness, earned by Åsa Öberg (demo)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from credentials.achievement import Achievement, Criteria, Related
from credentials.alignment import Alignment
from credentials.credential import AchievementCredential
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
        alignment=(
            Alignment(
                target_name="EQF level 3",
                target_url="http://data.europa.eu/snb/eqf/3",
                target_type="ext:EQFLevel",
                target_framework="European Qualifications Framework",
                target_code="3",
            ),
        ),
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
