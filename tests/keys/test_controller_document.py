"""A controller document says which keys speak for an issuer."""

import copy
from datetime import UTC, datetime

import pytest

from keys import (
    Algorithm,
    ControllerDocument,
    KeyNotAuthorised,
    MalformedControllerDocument,
    MemorySigner,
    Service,
    UnsupportedKeyType,
    VerificationMethod,
)

ISSUER = "did:web:voltpass.example:issuers:test"
KEY = MemorySigner.generate(Algorithm.ED25519).public_key
OTHER = MemorySigner.generate(Algorithm.P256).public_key
METHOD_ID = f"{ISSUER}#{KEY.multikey}"
END = datetime(2026, 10, 16, 12, 0, tzinfo=UTC)


def _document() -> ControllerDocument:
    return ControllerDocument(
        id=ISSUER,
        verification_methods=(
            VerificationMethod(id=METHOD_ID, controller=ISSUER, public_key=KEY, expires=END),
            VerificationMethod(id=f"{ISSUER}#{OTHER.multikey}", controller=ISSUER, public_key=OTHER, revoked=END),
        ),
        assertion_methods=frozenset({METHOD_ID, f"{ISSUER}#{OTHER.multikey}"}),
        services=(
            Service(f"{ISSUER}#status", "VoltpassStatusList", "https://x.example/1", {"statusPurpose": "refresh"}),
        ),
    )


def test_a_document_reads_back() -> None:
    """What is written is read back, key by key."""
    assert ControllerDocument.from_json(_document().to_json(), ISSUER) == _document()


def test_the_written_form_is_the_one_every_verifier_takes() -> None:
    """The DID context comes first, methods are Multikeys with absolute ids, assertionMethod holds strings."""
    written = _document().to_json()
    assert written["@context"] == [
        "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/multikey/v1",
        "https://w3id.org/security/jwk/v1",
    ]
    assert written["assertionMethod"] == [METHOD_ID, f"{ISSUER}#{OTHER.multikey}"]
    assert written["verificationMethod"][0] == {  # type: ignore[index]
        "id": METHOD_ID,
        "type": "Multikey",
        "controller": ISSUER,
        "publicKeyMultibase": KEY.multikey,
        "expires": "2026-10-16T12:00:00Z",
    }
    assert written["service"] == [
        {
            "id": f"{ISSUER}#status",
            "type": "VoltpassStatusList",
            "serviceEndpoint": "https://x.example/1",
            "statusPurpose": "refresh",
        }
    ]


@pytest.mark.parametrize("name", ["JsonWebKey", "JsonWebKey2020"])
def test_a_jwk_method_is_read_too(name: str) -> None:
    """Other issuers publish JsonWebKey methods, also under their older name, with ids relative to the document."""
    document = ControllerDocument.from_json(
        {
            "id": ISSUER,
            "verificationMethod": [{"id": "#0", "type": name, "controller": ISSUER, "publicKeyJwk": OTHER.to_jwk()}],
            "assertionMethod": ["#0"],
        },
        ISSUER,
    )
    assert document.get_assertion_method(f"{ISSUER}#0").public_key == OTHER


def test_a_method_may_stand_inside_assertion_method() -> None:
    """Controlled Identifiers 1.0 lets a relationship embed its method."""
    method = VerificationMethod(id=METHOD_ID, controller=ISSUER, public_key=KEY)
    document = ControllerDocument.from_json({"id": ISSUER, "assertionMethod": [method.to_json()]}, ISSUER)
    assert document.get_assertion_method(METHOD_ID) == method


def test_a_method_without_authority_is_refused() -> None:
    """A key that is published, but not for assertions, signs nothing."""
    written = _document().to_json()
    written["assertionMethod"] = []
    written["authentication"] = [METHOD_ID]
    with pytest.raises(KeyNotAuthorised):
        ControllerDocument.from_json(written, ISSUER).get_assertion_method(METHOD_ID)


def test_a_listed_method_that_is_missing_is_refused() -> None:
    """A name without a key proves nothing; the key is never taken from the name."""
    written = _document().to_json()
    written["verificationMethod"] = []
    with pytest.raises(MalformedControllerDocument):
        ControllerDocument.from_json(written, ISSUER).get_assertion_method(METHOD_ID)


def test_a_method_of_another_controller_is_refused() -> None:
    """The controller of the method is the document itself."""
    written = copy.deepcopy(_document().to_json())
    written["verificationMethod"][0]["controller"] = "did:web:other.example"  # type: ignore[index]
    with pytest.raises(MalformedControllerDocument):
        ControllerDocument.from_json(written, ISSUER).get_assertion_method(METHOD_ID)


def test_a_document_of_another_name_is_refused() -> None:
    """A document answers for the address it was asked at."""
    with pytest.raises(MalformedControllerDocument) as caught:
        ControllerDocument.from_json(_document().to_json(), "did:web:other.example")
    assert caught.value.path == "$.id"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param({"publicKeyMultibase": "zzz"}, "publicKeyMultibase", id="broken key"),
        pytest.param({"publicKeyMultibase": KEY.to_jwk()}, "publicKeyMultibase", id="a JWK as Multikey"),
        pytest.param({"type": "JsonWebKey"}, "publicKeyJwk", id="a Multikey as JWK"),
        pytest.param({"type": "JsonWebKey", "publicKeyJwk": KEY.multikey}, "publicKeyJwk", id="JWK is a text"),
        pytest.param({"publicKeyMultibase": 5}, "publicKeyMultibase", id="key is a number"),
        pytest.param({"secretKeyMultibase": "z3"}, "secretKeyMultibase", id="private key published"),
        pytest.param({"expires": "2026-10-16"}, "expires", id="expires without time"),
        pytest.param({"expires": "2026-10-16T00:00:00"}, "expires", id="expires without zone"),
        pytest.param({"revoked": "0001-01-01T00:00:00+14:00"}, "revoked", id="revoked before the calendar"),
        pytest.param({"revoked": None}, "revoked", id="revoked is null"),
        pytest.param({"controller": ""}, "controller", id="no controller"),
        pytest.param({"type": 5}, "type", id="type is a number"),
    ],
)
def test_a_broken_method_is_unusable_and_harms_no_other(change: dict[str, object], path: str) -> None:
    """The error names the place, and comes up only when this method is asked for."""
    written = copy.deepcopy(_document().to_json())
    written["verificationMethod"][0].update(change)  # type: ignore[index]
    document = ControllerDocument.from_json(written, ISSUER)
    with pytest.raises(MalformedControllerDocument) as caught:
        document.get_assertion_method(METHOD_ID)
    assert caught.value.path == f"$.verificationMethod[0].{path}"
    assert ("no key type" in caught.value.reason) is (change.get("publicKeyMultibase") == "zzz")
    assert document.get_assertion_method(f"{ISSUER}#{OTHER.multikey}").public_key == OTHER


def test_a_method_of_a_kind_we_cannot_use_says_so() -> None:
    """A key of another type is unsupported, not malformed."""
    written = copy.deepcopy(_document().to_json())
    written["verificationMethod"][0]["type"] = "EcdsaSecp256k1VerificationKey2019"  # type: ignore[index]
    with pytest.raises(UnsupportedKeyType):
        ControllerDocument.from_json(written, ISSUER).get_assertion_method(METHOD_ID)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"verificationMethod": "text"}, id="methods are a text"),
        pytest.param({"verificationMethod": {}}, id="methods are an object"),
        pytest.param({"verificationMethod": ["text"]}, id="a method is a text"),
        pytest.param({"verificationMethod": [{}]}, id="a method without id"),
        pytest.param({"verificationMethod": [{"id": "#a"}, {"id": "#a"}]}, id="an id twice"),
        pytest.param({"verificationMethod": [{"id": f"#{i}"} for i in range(300)]}, id="hundreds of methods"),
        pytest.param({"assertionMethod": [5]}, id="a reference is a number"),
        pytest.param({"service": ["text"]}, id="a service is a text"),
    ],
)
def test_a_document_of_another_shape_is_refused(change: dict[str, object]) -> None:
    """Where the shape is broken nothing in the document is believed."""
    with pytest.raises(MalformedControllerDocument):
        ControllerDocument.from_json({**_document().to_json(), **change}, ISSUER)
