"""Bitstring Status List 1.0: bits, their text, and the credential that publishes them."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.context_list import VC_2
from credentials.errors import (
    CredentialError,
    MalformedCredential,
    MalformedStatusList,
    StatusIndexOutOfRange,
    StatusListTooLarge,
    StatusListTooShort,
)
from credentials.status_list import SHORTEST_LIST, StatusList, StatusListCredential, StatusPurpose
from keys.multibase import base64url_encode
from tests.vectors import needs_vectors, read_vector

# The list of the Recommendation: 131,072 bits, none set.
PUBLISHED_EMPTY = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"


SUBJECT = "$.credentialSubject"


def encoded(bits: bytes) -> str:
    return "u" + base64url_encode(gzip.compress(bits, mtime=0))


def test_the_published_list_is_read() -> None:
    """The list in the Recommendation has the shortest allowed length and no bit set."""
    assert StatusList.decode(PUBLISHED_EMPTY) == StatusList.empty()
    assert len(StatusList.decode(PUBLISHED_EMPTY)) == SHORTEST_LIST == 131_072


@needs_vectors
@pytest.mark.parametrize("number", ["02", "08", "09", "10", "11", "12"])
def test_the_published_list_credentials_are_read(number: str) -> None:
    """The examples of the Recommendation, with and without proof."""
    document = read_vector(f"vectors/bitstring-status-list-rec/example-{number}-list.json")
    credential = StatusListCredential.from_json(document)
    assert credential.purpose == StatusPurpose.REVOCATION
    assert credential.issuer_id == "did:example:12345"
    assert credential.open_list() == StatusList.empty()


def test_the_left_most_bit_is_entry_zero() -> None:
    """Entry 0 is the highest bit of the first byte, entry 7 its lowest, entry 8 the highest of the second."""
    bits = StatusList.decode(encoded(bytes([0b1000_0001, 0b0100_0000]) + bytes(16_382)))
    assert [index for index in range(32) if bits.get(index)] == [0, 7, 9]
    own = StatusList.empty()
    for index in (0, 7, 9):
        own.set(index, True)
    assert own == bits


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(0, SHORTEST_LIST - 1), max_size=50))
def test_what_was_set_is_set_after_publication(indexes: set[int]) -> None:
    """Encoding and decoding keeps every bit, and setting one touches no other."""
    bits = StatusList.empty()
    for index in indexes:
        bits.set(index, True)
    published = StatusList.decode(bits.encode())
    assert published == bits
    near = {index + step for index in indexes for step in (-9, -1, 0, 1, 9) if 0 <= index + step < SHORTEST_LIST}
    assert {index for index in near if published.get(index)} == indexes
    for index in indexes:
        bits.set(index, False)
    assert bits == StatusList.empty()


def test_the_same_bits_give_the_same_text() -> None:
    """No time of day goes into the text, so that a list which did not change can be told by its digest."""
    assert StatusList.empty().encode() == StatusList.empty().encode()
    assert StatusList.empty().encode().startswith("uH4sIAAAAAAAA")


@pytest.mark.parametrize("index", [-1, SHORTEST_LIST, 10**12])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    """RANGE_ERROR: an index that the list does not have is not a bit that is not set."""
    bits = StatusList.empty()
    with pytest.raises(StatusIndexOutOfRange) as caught:
        bits.get(index)
    assert (caught.value.index, caught.value.length, caught.value.problem) == (index, SHORTEST_LIST, "RANGE_ERROR")
    with pytest.raises(StatusIndexOutOfRange):
        bits.set(index, True)


@pytest.mark.parametrize(
    ("text", "error", "problem"),
    [
        pytest.param(PUBLISHED_EMPTY[1:], MalformedStatusList, "MALFORMED_VALUE_ERROR", id="no-multibase-sign"),
        pytest.param("z" + PUBLISHED_EMPTY[1:], MalformedStatusList, "MALFORMED_VALUE_ERROR", id="another-base"),
        pytest.param(PUBLISHED_EMPTY + "=", MalformedStatusList, "MALFORMED_VALUE_ERROR", id="padding"),
        pytest.param(PUBLISHED_EMPTY.replace("-", "+"), MalformedStatusList, "MALFORMED_VALUE_ERROR", id="base64"),
        pytest.param("u", MalformedStatusList, "MALFORMED_VALUE_ERROR", id="nothing"),
        pytest.param("", MalformedStatusList, "MALFORMED_VALUE_ERROR", id="empty"),
        pytest.param("uAAAA", MalformedStatusList, "MALFORMED_VALUE_ERROR", id="not-gzip"),
        pytest.param(
            "u" + base64url_encode(zlib.compress(bytes(16_384))),
            MalformedStatusList,
            "MALFORMED_VALUE_ERROR",
            id="zlib-instead-of-gzip",
        ),
        pytest.param(PUBLISHED_EMPTY[:-12], MalformedStatusList, "MALFORMED_VALUE_ERROR", id="broken-off"),
        pytest.param(
            "u" + base64url_encode(gzip.compress(bytes(16_384)) + b"x"),
            MalformedStatusList,
            "MALFORMED_VALUE_ERROR",
            id="something-behind",
        ),
        pytest.param(
            "u" + base64url_encode(gzip.compress(bytes(16_384))[:-8] + bytes(8)),
            MalformedStatusList,
            "MALFORMED_VALUE_ERROR",
            id="wrong-checksum",
        ),
        pytest.param(encoded(bytes(16_383)), StatusListTooShort, "STATUS_LIST_LENGTH_ERROR", id="too-short"),
        pytest.param(encoded(b""), StatusListTooShort, "STATUS_LIST_LENGTH_ERROR", id="no-bits"),
        pytest.param(encoded(bytes(17 * 1024 * 1024)), StatusListTooLarge, "MALFORMED_VALUE_ERROR", id="bomb"),
    ],
)
def test_a_broken_list_is_refused(text: str, error: type[MalformedStatusList], problem: str) -> None:
    """Each way to break a list has the name that the Recommendation gives it."""
    with pytest.raises(error) as caught:
        StatusList.decode(text)
    assert type(caught.value) is error
    assert caught.value.problem == problem


def test_expanding_stops_at_the_limit() -> None:
    """The caller's limit is the last size that passes."""
    text = encoded(bytes(20_000))
    assert len(StatusList.decode(text, limit=20_000)) == 160_000
    with pytest.raises(StatusListTooLarge):
        StatusList.decode(text, limit=19_999)


@settings(deadline=None)
@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda data: "u" + base64url_encode(data)))
def test_junk_raises_only_our_errors(text: str) -> None:
    """Whatever a stranger publishes as a list, nothing foreign comes out."""
    with suppress(CredentialError):
        StatusList.decode(text)


def test_a_new_list_has_whole_bytes_and_the_shortest_length_at_least() -> None:
    """A shorter list would tell who is checked."""
    assert len(StatusList.empty(131_073)) == 131_080
    with pytest.raises(StatusListTooShort):
        StatusList.empty(131_064)


def test_entries_of_several_bits_are_read() -> None:
    """Others may publish entries of more than one bit; the list must then be longer by as much."""
    bits = StatusList.empty(2 * SHORTEST_LIST)
    for index in (2, 5, 6, 7):
        bits.set(index, True)
    assert [bits.value(index, 2) for index in range(5)] == [0, 2, 1, 3, 0]
    assert bits.value(2, 1) == 1
    with pytest.raises(StatusIndexOutOfRange):
        bits.value(SHORTEST_LIST, 2)
    with pytest.raises(StatusListTooShort):
        StatusList.empty().value(0, 2)


def example_list(**changes: Any) -> StatusListCredential:
    values: dict[str, Any] = {
        "id": "https://voltpass.example/status/3",
        "issuer_id": "did:web:voltpass.example:issuers:vbk-goteborg",
        "purpose": StatusPurpose.REVOCATION,
        "encoded_list": StatusList.empty().encode(),
        "valid_from": datetime(2026, 10, 17, 8, tzinfo=UTC),
        "valid_until": datetime(2026, 10, 18, 8, tzinfo=UTC),
        "ttl_ms": 300_000,
    }
    return StatusListCredential(**(values | changes))


def test_a_list_credential_is_written_as_the_recommendation_says() -> None:
    """One context, both types, the bits in the subject; purpose and type are plain strings, as validators want them."""
    assert example_list().to_json() == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "https://voltpass.example/status/3",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "did:web:voltpass.example:issuers:vbk-goteborg",
        "validFrom": "2026-10-17T08:00:00Z",
        "validUntil": "2026-10-18T08:00:00Z",
        "credentialSubject": {
            "id": "https://voltpass.example/status/3#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": StatusList.empty().encode(),
            "ttl": 300_000,
        },
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="ours"),
        pytest.param({"valid_from": None, "valid_until": None, "ttl_ms": None}, id="without-dates"),
        pytest.param({"further_purposes": ("suspension",)}, id="two-purposes"),
    ],
)
def test_a_list_credential_comes_back_as_it_was(changes: dict[str, Any]) -> None:
    """Writing and reading loses nothing."""
    credential = example_list(**changes)
    assert StatusListCredential.from_json(credential.to_json()) == credential
    assert credential.serves("revocation")
    assert credential.serves("suspension") == bool(changes.get("further_purposes"))
    assert not credential.serves("refresh")


def test_an_issuer_may_be_an_object() -> None:
    """Only its id is kept."""
    document = example_list().to_json() | {"issuer": {"id": "did:web:x.example", "name": "Demo"}}
    assert StatusListCredential.from_json(document).issuer_id == "did:web:x.example"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param(lambda d: d.update({"@context": VC_2}), "$['@context']", id="context"),
        pytest.param(lambda d: d.update({"@context": ["https://x.example"]}), "$['@context']", id="context-first"),
        pytest.param(lambda d: d["type"].pop(), "$.type", id="type"),
        pytest.param(lambda d: d["type"].pop(0), "$.type", id="type-vc"),
        pytest.param(lambda d: d.pop("id"), "$.id", id="no-id"),
        pytest.param(lambda d: d.pop("issuer"), "$.issuer", id="no-issuer"),
        pytest.param(lambda d: d.update(issuer={"name": "x"}), "$.issuer", id="issuer-no-id"),
        pytest.param(lambda d: d.update(validFrom="2026-10-17"), "$.validFrom", id="valid-from"),
        pytest.param(lambda d: d.update(validUntil="2026-10-16T00:00:00Z"), "$.validUntil", id="dates"),
        pytest.param(lambda d: d.update(credentialSubject=[]), "$.credentialSubject", id="subject-a-list"),
        pytest.param(lambda d: d["credentialSubject"].update(type="Other"), SUBJECT + ".type", id="subject-type"),
        pytest.param(lambda d: d["credentialSubject"].pop("statusPurpose"), SUBJECT + ".statusPurpose", id="purpose"),
        pytest.param(lambda d: d["credentialSubject"].update(encodedList=1), SUBJECT + ".encodedList", id="list"),
        pytest.param(lambda d: d["credentialSubject"].update(ttl=-1), SUBJECT + ".ttl", id="ttl-negative"),
        pytest.param(lambda d: d["credentialSubject"].update(ttl="5"), SUBJECT + ".ttl", id="ttl-a-text"),
    ],
)  # fmt: skip
def test_a_malformed_list_credential_has_a_place(change: Callable[[dict[str, Any]], object], path: str) -> None:
    """Each breach is refused by name and at its place."""
    document = example_list().to_json()
    change(document)
    with pytest.raises(MalformedCredential) as caught:
        StatusListCredential.from_json(document)
    assert caught.value.path == path
