"""Data and meaning that no signature over statements would cover have errors of their own."""

from typing import Any

import pytest

from credentials.canonical import canonicalize
from credentials.errors import InlineContext, LanguageMap, UnsignedTerm
from tests.example_credentials import example_credential


def document(**achievement: Any) -> dict[str, Any]:
    written = example_credential().to_json()
    written["credentialSubject"]["achievement"].update(achievement)
    return written


@pytest.mark.parametrize("name", [{"en": "Safety"}, {"en-GB": "Safety", "sv": "x"}, {"en": "Safety", "id": "Keamanan"}])
def test_a_text_by_language_is_named_as_such(name: dict[str, str]) -> None:
    """JSON-LD drops the texts of a language map here, so they would not be signed."""
    with pytest.raises(LanguageMap) as caught:
        canonicalize(document(name=name))
    assert caught.value.path == "$.credentialSubject.achievement.name"


def test_other_objects_are_no_language_maps() -> None:
    """An object with an undefined member is just that; one with an id alone is a reference."""
    with pytest.raises(UnsignedTerm):
        canonicalize(document(name={"eng": "Safety"}))
    canonicalize({**document(), "evidence": [{"id": "urn:x:evidence"}]})


def test_a_context_written_out_is_named_as_such() -> None:
    """It could give the terms of the document another meaning."""
    written = document()
    written["@context"] = [*written["@context"], {"ects": "https://x.example/ects"}]
    with pytest.raises(InlineContext) as caught:
        canonicalize(written)
    assert caught.value.path == "$['@context']"
