"""Each guard of the canonical form has a document that only it refuses, with contexts of ours or of a library to come.

The shipped contexts do not use all of JSON-LD. What they do not use is refused all the same, so that a context that is
added one day cannot bring statements that nobody looked at.
"""

from __future__ import annotations

from typing import Any

import pytest

from credentials.canonical import canonicalize
from credentials.contexts import CREDENTIALS_V1, SHIPPED, ContextLibrary
from credentials.errors import ControlCharacter, CredentialError, MalformedCredential, TooComplex
from tests.example_credentials import example_credential

FOREIGN = "https://context.example/v1"


def library(**terms: object) -> ContextLibrary:
    """One context that defines these terms, and `id` and `type` as usual."""
    return SHIPPED.with_documents({FOREIGN: {"@context": {"id": "@id", "type": "@type", **terms}}})


def refused(document: dict[str, Any], known: ContextLibrary = SHIPPED) -> CredentialError:
    with pytest.raises(CredentialError) as caught:
        canonicalize(document, known)
    return caught.value


@pytest.mark.parametrize(
    ("terms", "members", "reason"),
    [
        pytest.param({}, {}, "the document describes nothing", id="nothing"),
        pytest.param({"a": {"@id": "urn:x:a", "@type": "@id"}}, {"id": "@nothing"}, "", id="an id that is a keyword"),
        pytest.param({"all": "@included"}, {"all": [{"id": "urn:x:1"}]}, "keyword '@included'", id="included"),
        pytest.param({"of": {"@reverse": "urn:x:of"}}, {"of": {"id": "urn:x:1"}}, "keyword '@reverse'", id="reverse"),
        pytest.param(
            {"by": {"@id": "urn:x:by", "@container": ["@graph", "@id"]}},
            {"by": {"a": {"type": "urn:x:t"}}},
            "a named graph",
            id="named graph",
        ),
        pytest.param(
            {"proof": {"@id": "urn:x:proof", "@container": "@graph"}}, {"proof": "x"}, "is an object", id="proof a text"
        ),
        pytest.param({"raw": {"@id": "urn:x:raw", "@type": "@json"}}, {"raw": {"a": 1}}, "JSON literals", id="JSON"),
        pytest.param(
            {"text": {"@id": "urn:x:text", "@direction": "rtl"}}, {"text": "x"}, "the value object", id="direction"
        ),
    ],
)
def test_what_the_shipped_contexts_do_not_use_is_refused(
    terms: dict[str, object], members: dict[str, object], reason: str
) -> None:
    """By name, whatever context would bring it."""
    error = refused({"@context": FOREIGN, **members}, library(**terms))
    assert isinstance(error, MalformedCredential)
    assert reason in error.reason


def test_what_json_ld_objects_to_is_told_as_its_word() -> None:
    """PyLD's own errors come out as ours."""
    document = {**example_credential().to_json(), "type": [5]}
    error = refused(document)
    assert isinstance(error, MalformedCredential)
    assert "JSON-LD refuses the document" in error.reason


def test_an_abbreviated_type_is_refused() -> None:
    """As with identifiers: cred:X and the type in full are one name to JSON-LD and two to a reader."""
    contexts = [CREDENTIALS_V1, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"]
    error = refused({"@context": contexts, "id": "urn:x:1", "type": ["VerifiableCredential", "xsd:thing"]})
    assert isinstance(error, MalformedCredential)
    assert error.path == "$.type[1]"


def test_depth_and_number_have_limits_of_their_own() -> None:
    """Before anything is worked out, and told as such."""
    issuer: dict[str, Any] = {"id": "urn:x:0", "type": ["Profile"]}
    for level in range(70):
        issuer = {"id": f"urn:x:{level + 1}", "type": ["Profile"], "parentOrg": issuer}
    deep = refused({**example_credential().to_json(), "issuer": issuer})
    many = refused({**example_credential().to_json(), "evidence": [{"id": f"urn:x:{n}"} for n in range(1_100)]})
    assert isinstance(deep, TooComplex)
    assert "nested deeper" in str(deep)
    assert isinstance(many, TooComplex)
    assert "more than 2000 values and objects" in str(many)


def test_a_control_character_hides_in_no_language() -> None:
    """A text with its language is a text."""
    document = {**example_credential().to_json(), "name": {"@value": "Hig\x07h", "@language": "en"}}
    error = refused(document)
    assert isinstance(error, ControlCharacter)
    assert error.path == "$.name['@value']"
