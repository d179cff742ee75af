"""Published examples that no other test reads: status entries, an endorsement, a controller document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials.contexts import SHIPPED, ContextLibrary
from credentials.data_integrity import read_proofs, verify_proof
from credentials.errors import UnsupportedProof
from credentials.profile import EndorsementCredential
from credentials.status_entry import BitstringStatusListEntry
from credentials.status_list import StatusPurpose
from credentials.unverified import open_unverified, verify_seal
from keys.controller_document import ControllerDocument
from keys.did import resolve_did_key
from tests.vectors import needs_vectors, read_vector

pytestmark = needs_vectors

RECOMMENDATION = "vectors/bitstring-status-list-rec"
REVOCATION = ("94567", "https://example.com/credentials/status/3", StatusPurpose.REVOCATION)
SUSPENSION = ("23452", "https://example.com/credentials/status/4", StatusPurpose.SUSPENSION)


@pytest.mark.parametrize("number", ["01", "03", "04", "05", "06", "07"])
def test_the_published_status_entries_are_read(number: str) -> None:
    """The credentials of the Recommendation name their entries, and are written again without a difference."""
    published = read_vector(f"{RECOMMENDATION}/example-{number}-entry.json")["credentialStatus"]
    listed = published if isinstance(published, list) else [published]
    entries = [BitstringStatusListEntry.from_json(each) for each in listed]
    assert [entry.to_json() for entry in entries] == listed
    found = [(str(entry.status_list_index), entry.status_list_credential, entry.status_purpose) for entry in entries]
    assert found == [REVOCATION, SUSPENSION][: len(listed)]


def examples() -> ContextLibrary:
    url = "www.w3.org/ns/credentials/examples/v2"
    return SHIPPED.with_documents({f"https://{url}": read_vector(f"contexts/{url}")})


@pytest.mark.parametrize("name", ["example-05-entry", "example-10-list"])
def test_the_published_proofs_by_an_ed25519_key_verify(name: str) -> None:
    """The Recommendation's own signatures, under the key that their did:key spells."""
    signed: dict[str, Any] = read_vector(f"{RECOMMENDATION}/{name}.json")
    (proof,) = read_proofs(signed).proofs
    key = resolve_did_key(proof.verification_method.partition("#")[0]).verification_methods[0].public_key
    verify_proof({k: v for k, v in signed.items() if k != "proof"}, proof, key, examples())


def test_the_published_proofs_of_other_suites_are_named_as_such() -> None:
    """ecdsa-rdfc-2019 is not checked here, and nobody is told that it is wrong."""
    with pytest.raises(UnsupportedProof):
        open_unverified(json.dumps(read_vector(f"{RECOMMENDATION}/example-04-entry.json")))


def test_the_published_endorsement_is_read() -> None:
    """The example of Open Badges, with a status and a refresh service of 1EdTech's own kinds."""
    document = read_vector("ob_v3p0-spec-examples/endorsement.json")
    assert EndorsementCredential.from_json(document).to_json() == document


def test_the_controller_document_of_the_model_is_read() -> None:
    """It lists the key that the model was sealed with."""
    document = read_vector("model/controller-document.json")
    signed = read_vector("model/microcredential-signed-eddsa-rdfc-2022.json")
    controller = ControllerDocument.from_json(document, document["id"])
    (proof,) = read_proofs(signed).proofs
    method = controller.get_assertion_method(proof.verification_method)
    verify_seal(open_unverified(json.dumps(signed)), method.public_key)
