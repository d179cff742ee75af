"""The reader is the gate's check of form, so it is held against the schema that 1EdTech publishes.

Every member of a complete document is changed in every way of a table. What the reader lets pass, the schema lets pass.
Where the reader is stricter, the reason stands in EXPLAINED.
"""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from credentials.credential import AchievementCredential
from credentials.errors import MalformedCredential
from tests.complete_document import complete_document
from tests.vectors import needs_vectors, read_vector

pytestmark = [needs_vectors, pytest.mark.slow]

SCHEMA = "schemas/ob_v3p0/ob_v3p0_achievementcredential_schema.json"

EXPLAINED = {
    "expected a non-empty string": "a required text that says nothing; the schema does not look at the content",
    "expected an absolute URI": "the schema takes any string for a URI; VC 2.0 (4.4) and JSON-LD need absolute ones",
    "one document has one language": "JSON-LD drops a language map, so an embedded proof would not cover the text",
    "null says nothing": "OB 3.0 Serialization: no nulls; JSON-LD drops them",
    "the array is empty": "OB 3.0 Serialization: a set without members is left out",
    "expected an object": "an issuer as a plain string; 1EdTech's validator refuses it as well",
    "expected an array of at least two contexts": "VC 2.0 (4.3): an ordered set; one context cannot be both",
    "contexts written out are not accepted": "a context inside the document could redefine what was signed",
    "expected an array of type names": "type names are texts; the schema allows language maps of them",
    "the type ": "the schema takes any single string for a type",
    "expected 'I": "Image, IdentityObject, IdentifierEntry: the schema takes a language map of the one term",
    "expected 'GeoCoordinates'": "as above",
    "JSON-LD keywords": "a keyword inside the document could rename members after they were read",
    "expected an id or a narrative": "OB 3.0 Criteria: one of them; 1EdTech's validator asks for it, too",
    "lies before validFrom": "VC 2.0 (4.9)",
    "is not the id of a result": "OB 3.0 Result: linked within the achievement",
    "is not the id of a level": "OB 3.0 Result, ResultDescription: levels are linked within the achievement",
    "described as a status": "OB 3.0 Result: status is required for the result type Status",
    "is not one of allowedValue": "OB 3.0 ResultDescription",
    "lies outside valueMin and valueMax": "OB 3.0 ResultDescription",
    "is less than valueMin": "OB 3.0 ResultDescription",
    "sha256$ or md5$": "OB 3.0 IdentityHash",
    "neither a term of the vocabulary nor an extension": "the schema finds ext: anywhere in the text",
    "a country code of two letters": "OB 3.0 CountryCode: ISO 3166-1 alpha-2",
    "expected a whole number in a string": "Bitstring Status List 1.0 (2.1)",
    "names the list": "Bitstring Status List 1.0 (2.1): id is not the URL of the list",
    "is missing": "members of BitstringStatusListEntry, which the schema does not know",
    "expected a string": "members of BitstringStatusListEntry",
}

ADDITIONS = (("further", "x"), ("further", None), ("further", []), ("@id", "urn:x:1"), ("@context", {}))

Path = tuple[str | int, ...]


def changes_of(value: object) -> Iterator[object]:
    """What to put in the place of a value."""
    yield from (None, [], {}, "", 2.5, -1, True, "x", "30", "ext:Own", "xext:Own", "ext:a-b", "ext:-a", "sv", "SV")
    yield from ("https://voltpass.example/status/3", "relative/id", "2026-10-16", "2030-01-01T00:00:00Z")
    yield from ("2026-10-16T00:00:00", "2026-10-16T00:00:00+02:00", "eyJh.eyJi", {"en": "text"}, {"type": "x"})
    yield from ([value], [value, value], [[value]], [None], ["x"], {"id": "urn:x:1"})
    if isinstance(value, list):
        yield from ([*value, {}], [*value, "https://x.example/1"])
    if isinstance(value, list) and len(value) == 1:
        yield value[0]
    if isinstance(value, str):
        yield from (value + "\n", {"en": value})


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """The path of every member and every item, outer before inner."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def mutants(document: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The document itself, changed in one place; it is put in order again before the next change."""
    for path in list(places(document)):
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        last: Any = path[-1]
        value = place[last]
        for change in changes_of(value):
            place[last] = change
            yield path, document
        place[last] = value
        if isinstance(place, dict):
            del place[last]
            yield path, document
            place[last] = value
        if isinstance(value, dict):
            for name, addition in ADDITIONS:
                place[last] = {**value, name: addition}
                yield path, document
            place[last] = value


def refuse_remote(uri: str) -> Any:
    raise AssertionError(f"the schema must not reach for {uri}")


def reason_against(document: dict[str, Any]) -> str | None:
    try:
        AchievementCredential.from_json(document)
    except MalformedCredential as error:
        return error.reason
    return None


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Draft201909Validator:
    return jsonschema_rs.Draft201909Validator(read_vector(SCHEMA), validate_formats=True, retriever=refuse_remote)


Outcome = tuple[Path, bool, str | None]


@pytest.fixture(scope="module")
def outcomes(schema: jsonschema_rs.Draft201909Validator) -> list[Outcome]:
    """For every change: where, whether the schema accepts it, and the reader's reason against it."""
    document = complete_document()
    found = [(path, schema.is_valid(mutant), reason_against(mutant)) for path, mutant in mutants(document)]
    assert document == complete_document()
    return found


def test_the_reader_is_never_laxer_than_the_schema(outcomes: list[Outcome]) -> None:
    """What the reader accepts after any one change conforms to the schema."""
    assert not [path for path, conforms, reason in outcomes if reason is None and not conforms]


def test_where_the_reader_is_stricter_there_is_a_reason(outcomes: list[Outcome]) -> None:
    """Every difference is explained, and no explanation is for a difference that does not exist."""
    reasons = {reason for _, conforms, reason in outcomes if conforms and reason is not None}
    assert not {reason for reason in reasons if not any(part in reason for part in EXPLAINED)}
    assert not {part for part in EXPLAINED if not any(part in reason for reason in reasons)}


def test_the_table_reaches_all_three_cases(outcomes: list[Outcome]) -> None:
    """Changes that both accept, that both refuse, and that only the reader refuses: each by the hundred."""
    both = sum(reason is None and conforms for _, conforms, reason in outcomes)
    neither = sum(reason is not None and not conforms for _, conforms, reason in outcomes)
    stricter = sum(reason is not None and conforms for _, conforms, reason in outcomes)
    assert min(both, neither, stricter) > 500


def test_the_schema_is_read_as_published(schema: jsonschema_rs.Draft201909Validator) -> None:
    """The complete document conforms, and a date-time without zone does not: formats are really checked."""
    document = complete_document()
    assert schema.is_valid(document)
    assert reason_against(document) is None
    document["validFrom"] = "2026-10-16T00:00:00"
    assert not schema.is_valid(document)
