"""base58btc and base64url, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import MalformedKey, base58btc_decode, base58btc_encode, base64url_decode, base64url_encode


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("", b"", id="nothing"),
        pytest.param("2NEpo7TZRRrLZSi2U", b"Hello World!", id="words"),
        pytest.param("11233QC4", bytes.fromhex("0000287fb4cd"), id="leading zeros become ones"),
        pytest.param("1", b"\0", id="one zero byte"),
    ],
)
def test_base58_of_known_texts(text: str, data: bytes) -> None:
    """The examples of the base58 draft come out in both directions."""
    assert base58btc_encode(data) == text
    assert base58btc_decode(text) == data


@given(st.binary(max_size=200))
def test_every_byte_string_survives_both_encodings(data: bytes) -> None:
    """What is written is read back unchanged."""
    assert base58btc_decode(base58btc_encode(data)) == data
    assert base64url_decode(base64url_encode(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0", id="zero is not in the alphabet"),
        pytest.param("abcI", id="capital i is not in the alphabet"),
        pytest.param("ab c", id="space"),
        pytest.param("é", id="foreign letter"),
    ],
)
def test_base58_refuses_foreign_characters(text: str) -> None:
    """A character outside the alphabet is never skipped."""
    with pytest.raises(MalformedKey):
        base58btc_decode(text)


@pytest.mark.timeout(60)
def test_base58_refuses_to_work_for_hours() -> None:
    """The work grows with the square of the length, so long texts are refused before any work is done."""
    with pytest.raises(MalformedKey, match="longer"):
        base58btc_decode("z" * 2_000_000)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("AA==", id="padding"),
        pytest.param("A", id="a length no bytes have"),
        pytest.param("AB", id="spare bits not zero, one byte"),
        pytest.param("AAB", id="spare bits not zero, two bytes"),
        pytest.param("A+", id="plus"),
        pytest.param("A/", id="slash"),
        pytest.param("AA\n", id="line end"),
        pytest.param("AА", id="a Cyrillic letter"),
    ],
)
def test_base64url_refuses_second_spellings(text: str) -> None:
    """One byte string has one spelling, otherwise two texts would carry the same signature."""
    with pytest.raises(MalformedKey):
        base64url_decode(text)
