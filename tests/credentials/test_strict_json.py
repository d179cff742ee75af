"""JSON is read so that no two readers can see two documents in one text."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.errors import CredentialError, DuplicateMember, MalformedCredential, TooComplex
from credentials.strict_json import JsonLimits, parse_json


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        pytest.param('{"a": NaN}', "$", "NaN", id="nan"),
        pytest.param('{"a": -Infinity}', "$", "Infinity", id="infinity"),
        pytest.param('{"a": 1e999}', "$", "double precision", id="fraction-too-large"),
        pytest.param('{"a": 9007199254740993}', "$", "double precision", id="integer-too-large"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "$", "double precision", id="integer-very-long"),
        pytest.param('{"a": 0.' + "1" * 5000 + "}", "$", "double precision", id="fraction-very-long"),
        pytest.param('{"a": ["x", {"b c": "\\ud800"}]}', "$.a[1]['b c']", "surrogate", id="escaped-lone-surrogate"),
        pytest.param('{"a": {"\\udc00": 1}}', "$.a", "surrogate", id="lone-surrogate-in-a-name"),
        pytest.param('{"a": "\ud800"}', "$.a", "surrogate", id="lone-surrogate"),
        pytest.param("\ufeff{}", "$", "byte order mark", id="byte-order-mark"),
        pytest.param(b"\xef\xbb\xbf{}", "$", "byte order mark", id="byte-order-mark-in-bytes"),
        pytest.param(b'{"a": "\xff"}', "$", "not UTF-8", id="not-utf-8"),
        pytest.param('{"a": 1}'.encode("utf-16"), "$", "not UTF-8", id="utf-16"),
        pytest.param("[]", "$", "an object", id="array-at-the-top"),
        pytest.param("null", "$", "an object", id="null-at-the-top"),
        pytest.param("", "$", "not JSON", id="nothing"),
        pytest.param("{} {}", "$", "not JSON", id="two-documents"),
        pytest.param('{"a": 1,}', "$", "not JSON", id="comma-too-many"),
        pytest.param("{'a': 1}", "$", "not JSON", id="single-quotes"),
        pytest.param('{"a": "\x01"}', "$", "not JSON", id="raw-control-character"),
        pytest.param('{"a": 01}', "$", "not JSON", id="leading-zero"),
        pytest.param('{"a": 1 // one\n}', "$", "not JSON", id="comment"),
    ],
)
def test_text_that_readers_could_differ_about_is_refused(text: str | bytes, path: str, reason: str) -> None:
    """Not JSON, not I-JSON, not UTF-8: each is refused with its place."""
    with pytest.raises(MalformedCredential) as caught:
        parse_json(text)
    assert caught.value.path == path
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "path", "member"),
    [
        pytest.param('{"id": "a", "id": "b"}', "$", "id", id="at-the-top"),
        pytest.param('{"a": [{}, {"b": 1, "c": 2, "b": 1}]}', "$.a[1]", "b", id="inside-an-array"),
        pytest.param('{"a": {"x": 1, "x": 2}, "a": 3}', "$", "a", id="the-inner-one-hidden-by-the-outer"),
        pytest.param('{"id": 1, "\\u0069d": 2}', "$", "id", id="spelled-with-an-escape"),
    ],
)
def test_a_member_named_twice_is_refused(text: str, path: str, member: str) -> None:
    """One reader would take the first, another the last."""
    with pytest.raises(DuplicateMember) as caught:
        parse_json(text)
    assert (caught.value.path, caught.value.member) == (path, member)
    assert caught.value.code == "duplicate_member"


def nested(depth: int) -> str:
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        pytest.param('{"a": "' + "x" * 100 + '"}', JsonLimits(size=50), id="too-long"),
        pytest.param(nested(65), JsonLimits(), id="one-level-too-deep"),
        pytest.param('{"a": ' + "[" * 64 + "]" * 64 + "}", JsonLimits(), id="arrays-too-deep"),
        pytest.param('{"a": ' + "[" * 100_000, JsonLimits(), id="deeper-than-the-parser-goes"),
    ],
)
def test_more_than_the_limits_allow_is_too_complex(text: str, limits: JsonLimits) -> None:
    """Size and depth are bounded before anything else looks at the document."""
    with pytest.raises(TooComplex):
        parse_json(text, limits=limits)


def test_what_lies_within_the_limits_is_read() -> None:
    """The limits are the last values that pass."""
    assert parse_json(nested(64))
    assert parse_json('{"a": 9007199254740991, "b": -9007199254740991}')
    assert parse_json("{}", limits=JsonLimits(size=2)) == {}
    assert parse_json('{"\\ud83d\\ude00": "\\ud83d\\ude00"}') == {"😀": "😀"}
    assert parse_json(' {"a": [1, 2.5, true, null, "x"]}\r\n') == {"a": [1, 2.5, True, None, "x"]}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES), st.booleans())
def test_what_json_can_write_is_read_back(document: dict[str, object], in_ascii: bool) -> None:
    """Strictness costs no document that is written properly."""
    text = json.dumps(document, ensure_ascii=in_ascii)
    assert parse_json(text) == document
    assert parse_json(text.encode()) == document


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_junk_raises_only_our_errors(junk: bytes | str) -> None:
    """Whatever comes in at the door, nothing foreign comes out."""
    with suppress(CredentialError):
        assert isinstance(parse_json(junk), dict)
