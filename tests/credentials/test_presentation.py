"""The form of a presentation: each mistake has its place, whatever its proof would say of it."""

from __future__ import annotations

from typing import Any

import pytest

from credentials.errors import MalformedCredential, TooComplex
from credentials.presentation import MOST_CREDENTIALS, credential_text, open_presentation

VC_2 = "https://www.w3.org/ns/credentials/v2"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
ENVELOPE = {"@context": VC_2, "type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{TOKEN}"}


def presentation(**changes: Any) -> dict[str, Any]:
    """A presentation without proof; ``...`` leaves a member out."""
    whole = {
        "@context": [VC_2],
        "type": ["VerifiablePresentation"],
        "holder": "did:key:z6Mk",
        "verifiableCredential": [ENVELOPE],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def test_a_presentation_is_read() -> None:
    """Holder, credentials as texts, and no proof where there is none."""
    opened = open_presentation(presentation())
    assert (opened.holder, opened.credentials, opened.proofs) == ("did:key:z6Mk", (TOKEN,), None)
    assert open_presentation(presentation(holder={"id": "urn:x:1"}, verifiableCredential=...)).holder == "urn:x:1"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        pytest.param({"@context": ...}, "$['@context']", id="no context"),
        pytest.param({"@context": VC_2}, "$['@context']", id="context a text"),
        pytest.param({"@context": ["https://x.example/v1", VC_2]}, "$['@context']", id="context in second place"),
        pytest.param({"type": ...}, "$.type", id="no type"),
        pytest.param({"type": ["VerifiableCredential"]}, "$.type", id="another type"),
        pytest.param({"holder": 5}, "$.holder", id="holder a number"),
        pytest.param({"holder": ""}, "$.holder", id="holder empty"),
        pytest.param({"holder": {"name": "Me"}}, "$.holder.id", id="holder without id"),
        pytest.param({"verifiableCredential": [ENVELOPE, TOKEN]}, "$.verifiableCredential[1]", id="a token as it is"),
        pytest.param({"verifiableCredential": None}, "$.verifiableCredential[0]", id="null"),
    ],
)
def test_a_mistake_in_a_presentation_has_a_place(changes: dict[str, Any], path: str) -> None:
    """Nothing is opened, and no key is asked for."""
    with pytest.raises(MalformedCredential) as caught:
        open_presentation(presentation(**changes))
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        pytest.param({"id": f"data:application/vp+jwt,{TOKEN}"}, "$.id", id="another media type"),
        pytest.param({"id": TOKEN}, "$.id", id="no address"),
        pytest.param({"id": f"{ENVELOPE['id']}\n"}, "$.id", id="a line end"),
        pytest.param({"id": "data:application/vc+jwt,a.b"}, "$.id", id="no token"),
        pytest.param({"@context": "https://x.example/v1"}, "$['@context']", id="another context"),
    ],
)
def test_an_envelope_holds_one_token(changes: dict[str, Any], path: str) -> None:
    """VC Data Model 2.0, section 4.13: context, type, and a data address of the one media type."""
    with pytest.raises(MalformedCredential) as caught:
        credential_text({**ENVELOPE, **changes}, "$")
    assert caught.value.path == path


def test_the_number_of_credentials_is_bounded() -> None:
    """Before any of them is read."""
    assert len(open_presentation(presentation(verifiableCredential=[{}] * MOST_CREDENTIALS)).credentials) == 50
    with pytest.raises(TooComplex):
        open_presentation(presentation(verifiableCredential=[{}] * (MOST_CREDENTIALS + 1)))
