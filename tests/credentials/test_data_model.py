"""Versions 1.1 and 2.0: told apart by the first context, never mixed, and read under the same names."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, SHIPPED
from credentials.credential import AchievementCredential
from credentials.cryptosuites import ED25519_SIGNATURE_2020, suite_named
from credentials.data_model import DataModel, as_version_2, read_version
from credentials.errors import MalformedCredential, SealBroken
from credentials.seal import seal
from credentials.unverified import open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.multibase import base58btc_encode
from keys.signer import MemorySigner
from tests.example_credentials import example_credential

SIGNER = MemorySigner.generate(Algorithm.ED25519)
SEALED_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SUITES = ["https://w3id.org/security/data-integrity/v2", "https://w3id.org/security/suites/ed25519-2020/v1"]


class Raw:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def to_json(self) -> dict[str, Any]:
        return self.document


def version_1(**changes: Any) -> dict[str, Any]:
    """The example as version 1.1 would put it; the context of the proof has to be named there."""
    document = example_credential().to_json()
    document["@context"] = [CREDENTIALS_V1, document["@context"][1], SUITES[0]]
    document["issuanceDate"], document["expirationDate"] = document.pop("validFrom"), document.pop("validUntil")
    del document["credentialStatus"]
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def test_a_version_1_badge_is_read_under_the_names_of_version_2() -> None:
    """The proof is over the original; the dates are read as validFrom and validUntil; nothing else changes."""
    text = seal(Raw(version_1()), SIGNER, created=SEALED_AT).text
    opened = open_unverified(text)
    verify_seal(opened, SIGNER.public_key)
    assert opened.version is DataModel.V1
    assert opened.signed_document == version_1()
    credential = AchievementCredential.from_json(opened.document)
    assert credential.valid_from == example_credential().valid_from
    assert credential.valid_until == example_credential().valid_until
    renamed = {"issuanceDate": "validFrom", "expirationDate": "validUntil"}
    rest = {name: value for name, value in opened.document.items() if name != "@context"}
    assert rest == {renamed.get(name, name): value for name, value in version_1().items() if name != "@context"}
    changed = json.loads(text)
    changed["issuanceDate"] = "2026-10-17T00:00:00Z"
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(json.dumps(changed)), SIGNER.public_key)


def test_a_version_2_document_is_its_own_view() -> None:
    """Nothing is copied or renamed."""
    document = example_credential().to_json()
    assert read_version(document) is DataModel.V2
    assert as_version_2(document, DataModel.V2) is document


@pytest.mark.parametrize(
    ("document", "path"),
    [
        pytest.param({"@context": [CREDENTIALS_V2], "issuanceDate": "x"}, "$.issuanceDate", id="issuanceDate-in-2"),
        pytest.param({"@context": [CREDENTIALS_V2], "expirationDate": "x"}, "$.expirationDate", id="expiration-in-2"),
        pytest.param({"@context": [CREDENTIALS_V1], "validFrom": "x"}, "$.validFrom", id="validFrom-in-1"),
        pytest.param({"@context": CREDENTIALS_V1, "validUntil": "x"}, "$.validUntil", id="validUntil-in-1"),
        pytest.param({"@context": [CREDENTIALS_V1, CREDENTIALS_V2]}, "$['@context']", id="both-1-first"),
        pytest.param({"@context": [CREDENTIALS_V2, CREDENTIALS_V1]}, "$['@context']", id="both-2-first"),
        pytest.param({"@context": ["https://x.example"], "issuanceDate": "x"}, "$.issuanceDate", id="neither"),
        pytest.param({"issuanceDate": "x"}, "$.issuanceDate", id="no-context"),
    ],
)
def test_versions_are_never_mixed(document: dict[str, Any], path: str) -> None:
    """Dates of the other version, and its context, are refused by name."""
    with pytest.raises(MalformedCredential) as caught:
        read_version(document)
    assert caught.value.path == path


@pytest.mark.parametrize("name", ["issuanceDate", "expirationDate"])
def test_a_mixed_paper_is_not_opened_and_not_sealed(name: str) -> None:
    """Neither front door lets a version 2.0 credential with dates of version 1.1 through."""
    sealed = json.loads(seal(example_credential(), SIGNER, created=SEALED_AT).text)
    with pytest.raises(MalformedCredential):
        open_unverified(json.dumps({**sealed, name: "2026-10-16T00:00:00Z"}))
    with pytest.raises(MalformedCredential):
        seal(Raw(version_1(validFrom="2026-10-16T00:00:00Z")), SIGNER, created=SEALED_AT)


def test_an_older_badge_with_the_proof_of_2020() -> None:
    """Ed25519Signature2020 over a version 1.1 badge, made by hand: the statements are hashed as in eddsa-rdfc-2022."""
    document = version_1()
    document["@context"][2] = SUITES[1]
    configuration = {
        "type": "Ed25519Signature2020",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": SIGNER.verification_method,
        "proofPurpose": "assertionMethod",
    }
    data = suite_named(ED25519_SIGNATURE_2020).data_to_sign(document, configuration, SHIPPED)
    proof = {**configuration, "proofValue": "z" + base58btc_encode(SIGNER.sign(data))}
    opened = open_unverified(json.dumps({**document, "proof": proof}))
    verify_seal(opened, SIGNER.public_key)
    assert (opened.mechanism, opened.version) == ("Ed25519Signature2020", DataModel.V1)
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(json.dumps({**document, "name": "x", "proof": proof})), SIGNER.public_key)
