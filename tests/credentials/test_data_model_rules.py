"""The rules that every verifiable credential follows, of whatever type: each broken one is named by its path."""

from __future__ import annotations

from typing import Any

import pytest

from credentials.data_model_rules import check_data_model
from credentials.errors import MalformedCredential, MixedVersions

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"


def credential(**changes: Any) -> dict[str, Any]:
    """A plain credential; ``...`` leaves a member out."""
    document = {
        "@context": [V2],
        "id": "urn:x:1",
        "type": ["VerifiableCredential"],
        "issuer": {"id": "did:key:z6Mk", "name": "Somebody"},
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00Z",
        "credentialSubject": [{"id": "urn:x:2"}, {"name": "Eva"}],
        "credentialStatus": {"type": "BitstringStatusListEntry"},
        "evidence": [{"type": ["Evidence"]}],
        **{name.replace("context", "@context"): value for name, value in changes.items()},
    }
    return {name: value for name, value in document.items() if value is not ...}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(credential(), id="all-members"),
        pytest.param(credential(validFrom=..., validUntil=..., id=...), id="few-members"),
        pytest.param(credential(type="VerifiableCredential", issuer="https://a.example"), id="single-values"),
        pytest.param(
            credential(context=[V1], validFrom=..., validUntil=..., issuanceDate="2026-01-01T00:00:00Z"),
            id="version-1.1",
        ),
    ],
)
def test_a_credential_that_follows_the_data_model_is_let_through(document: dict[str, Any]) -> None:
    """Of any type, in both versions."""
    check_data_model(document)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        pytest.param({"context": ...}, "$['@context']", id="no-context"),
        pytest.param({"context": V2}, "$['@context']", id="context-is-no-array"),
        pytest.param({"context": ["https://a.example", V2]}, "$['@context']", id="other-context-first"),
        pytest.param({"type": ["Note"]}, "$.type", id="no-credential"),
        pytest.param({"type": ...}, "$.type", id="no-type"),
        pytest.param({"id": 4}, "$.id", id="id-is-no-text"),
        pytest.param({"id": "one"}, "$.id", id="id-is-relative"),
        pytest.param({"issuer": ...}, "$.issuer", id="no-issuer"),
        pytest.param({"issuer": "me"}, "$.issuer", id="issuer-is-no-address"),
        pytest.param({"issuer": {"name": "me"}}, "$.issuer.id", id="issuer-without-id"),
        pytest.param({"issuer": ["did:key:z6Mk"]}, "$.issuer", id="issuers"),
        pytest.param({"credentialSubject": ...}, "$.credentialSubject", id="no-subject"),
        pytest.param({"credentialSubject": []}, "$.credentialSubject", id="empty-subjects"),
        pytest.param({"credentialSubject": {}}, "$.credentialSubject", id="subject-says-nothing"),
        pytest.param({"credentialSubject": ["urn:x:2"]}, "$.credentialSubject[0]", id="subject-is-text"),
        pytest.param({"credentialSubject": {"id": "two"}}, "$.credentialSubject.id", id="subject-id-is-relative"),
        pytest.param({"validFrom": "2026-01-01"}, "$.validFrom", id="day-without-time"),
        pytest.param({"validUntil": "2025-01-01T00:00:00Z"}, "$.validUntil", id="ends-before-it-begins"),
        pytest.param({"credentialStatus": "revoked"}, "$.credentialStatus", id="status-is-text"),
        pytest.param({"credentialStatus": {"id": "urn:x:3"}}, "$.credentialStatus.type", id="status-without-type"),
        pytest.param({"evidence": [{"type": []}]}, "$.evidence[0].type", id="evidence-without-type"),
        pytest.param({"credentialSchema": {"type": "JsonSchema"}}, "$.credentialSchema.id", id="schema-without-id"),
        pytest.param({"termsOfUse": {"type": "T", "id": "x"}}, "$.termsOfUse.id", id="relative-id-inside"),
    ],
)
def test_each_broken_rule_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    """What is missing or of the wrong kind, and where."""
    with pytest.raises(MalformedCredential) as caught:
        check_data_model(credential(**changes))
    assert caught.value.path == path


def test_the_dates_of_the_other_version_are_refused() -> None:
    """A document follows one version."""
    with pytest.raises(MixedVersions):
        check_data_model(credential(issuanceDate="2026-01-01T00:00:00Z"))
