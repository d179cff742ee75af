"""A document that has every member the standard defines, for tests that change one member at a time."""

import copy
from typing import Any

from credentials.eu_elements import EuElements, Term
from tests.example_credentials import example_achievement, example_credential, example_subject

TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
ALIGNMENTS = EuElements(isced=Term("Safety", "http://data.europa.eu/snb/isced-f/1022", "1022", "Demo")).to_alignments(
    ""
)
SMALL_PROFILE: dict[str, Any] = {"id": "https://quality.example", "type": ["Profile"]}
SMALL_ENDORSEMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:7d3b2f44-5c0e-4a5f-8f63-0d1f2a6f3c10",
    "type": ["VerifiableCredential", "EndorsementCredential"],
    "name": "In good standing",
    "issuer": "https://quality.example",
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "urn:x:1", "type": ["EndorsementSubject"]},
}


def complete_document() -> dict[str, Any]:
    """The example credential with everything added that it does not have; it conforms, and nobody would issue it."""
    subject = example_subject(achievement=example_achievement(alignment=ALIGNMENTS))
    document = example_credential(credential_subject=subject).to_json()
    _add_extension_points(document)
    document |= {"description": "Demo", "endorsementJwt": [TOKEN]}
    document["endorsement"] = [_endorsement()]
    document["evidence"][0] |= {
        "id": "https://voltpass.example/evidence/1",
        "description": "Checklist",
        "genre": "Record",
        "audience": "Assessors",
    }
    document["issuer"] = _profile() | {"parentOrg": SMALL_PROFILE}
    _add_to_subject(document["credentialSubject"])
    return copy.deepcopy(document)


def _add_extension_points(document: dict[str, Any]) -> None:
    document |= {
        "credentialSchema": [{"id": "https://voltpass.example/schema", "type": "1EdTechJsonSchemaValidator2019"}],
        "refreshService": {"id": "https://voltpass.example/refresh", "type": "1EdTechCredentialRefresh"},
        "termsOfUse": [{"id": "https://voltpass.example/terms", "type": "Terms"}],
        "proof": [
            {
                "id": "urn:uuid:0f6f1a52-3c9b-4b61-9b1f-2ab60c0f7d11",
                "type": "DataIntegrityProof",
                "created": "2026-10-17T08:00:00Z",
                "cryptosuite": "eddsa-rdfc-2022",
                "verificationMethod": "did:web:voltpass.example#key",
                "proofPurpose": "assertionMethod",
                "proofValue": "z2",
                "challenge": "1",
                "domain": "voltpass.example",
                "nonce": "2",
            }
        ],
    }


def _profile() -> dict[str, Any]:
    address = {
        "type": ["Address"],
        "addressCountry": "Sweden",
        "addressCountryCode": "SE",
        "addressRegion": "SE232",
        "addressLocality": "Göteborg",
        "streetAddress": "Provgatan 1",
        "postOfficeBoxNumber": "1",
        "postalCode": "411 00",
        "geo": {"type": "GeoCoordinates", "latitude": 57.7, "longitude": 12},
    }
    names = ("familyName", "givenName", "additionalName", "patronymicName", "honorificPrefix", "honorificSuffix")
    return {
        "id": "did:web:voltpass.example:issuers:vbk-goteborg",
        "type": ["Profile"],
        "name": "Demo",
        "url": "https://vbk.example",
        "phone": "+46 31 000",
        "description": "Demo",
        "image": {"id": "https://vbk.example/logo.png", "type": "Image", "caption": "Logo"},
        "email": "credentials@vbk.example",
        "address": address,
        "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "1", "identifierType": "ext:Demo"}],
        "official": "Ylva Ström",
        **dict.fromkeys(names, "Demo"),
        "familyNamePrefix": "af",
        "dateOfBirth": "1990-02-28",
        "endorsement": [SMALL_ENDORSEMENT],
        "endorsementJwt": [TOKEN],
    }


def _endorsement() -> dict[str, Any]:
    return SMALL_ENDORSEMENT | {
        "description": "Demo",
        "issuer": SMALL_PROFILE,
        "validUntil": "2027-01-01T00:00:00Z",
        "awardedDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:web:voltpass.example:issuers:vbk-goteborg",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Visited in 2026",
        },
        "credentialStatus": {"id": "https://quality.example/revoked", "type": "1EdTechRevocationList"},
    }


def _add_to_subject(subject: dict[str, Any]) -> None:
    page = subject["achievement"]["id"]
    alignment = {"type": ["Alignment"], "targetName": "Level", "targetUrl": f"{page}#level", "targetType": "CFItem"}
    level = {
        "id": f"{page}#pass",
        "type": ["RubricCriterionLevel"],
        "name": "Pass",
        "level": "1",
        "points": "0",
        "description": "Demo",
        "alignment": [alignment],
    }
    subject |= {"creditsEarned": 0.5, "licenseNumber": "1", "role": "Trainee", "term": "2026"}
    subject |= {"source": SMALL_PROFILE, "image": {"id": "https://voltpass.example/1.png", "type": "Image"}}
    subject["achievement"] |= {
        "fieldOfStudy": "Batteries",
        "specialization": "Safety",
        "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "1", "identifierType": "identifier"}],
        "endorsement": [SMALL_ENDORSEMENT],
        "endorsementJwt": [TOKEN],
    }
    subject["achievement"]["resultDescription"] += [
        {
            "id": f"{page}#score",
            "type": ["ResultDescription"],
            "name": "Score",
            "resultType": "RawScore",
            "valueMin": "0",
            "valueMax": "20",
            "requiredValue": "16",
            "alignment": [alignment],
        },
        {
            "id": f"{page}#grade",
            "type": ["ResultDescription"],
            "name": "Grade",
            "resultType": "RubricCriterionLevel",
            "allowedValue": ["Fail", "Pass"],
            "requiredValue": "Pass",
            "requiredLevel": f"{page}#pass",
            "rubricCriterionLevel": [level],
        },
    ]
    subject["result"] += [
        {"type": ["Result"], "resultDescription": f"{page}#score", "value": "18", "alignment": [alignment]},
        {"type": ["Result"], "resultDescription": f"{page}#grade", "achievedLevel": f"{page}#pass", "value": "Pass"},
    ]
