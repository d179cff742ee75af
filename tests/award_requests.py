"""Awards to make in tests: one for each kind of result scale, all to the same learner."""

from dataclasses import replace
from datetime import date

from issuer.awards.request import AwardRequest

ASA = AwardRequest(
    provider_slug="vbk-goteborg",
    achievement_code="VLT-HV1",
    given_name="Åsa",
    family_name="Öberg",
    completed_on=date(2026, 10, 16),
    email="asa.oberg@mail.example",
    trainee_ref="T001",
    result="Pass",
    assessor="Lovisa Ek",
    language="sv",
)
TEAMWORK = replace(ASA, provider_slug="mak-ostrava", achievement_code="PAS-TEAM", result="Proficient")
TESTING = replace(ASA, achievement_code="VLT-TEST", result="84", evidence_url="https://vbk.example/e/1")
