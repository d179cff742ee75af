"""Reading JSON so strictly that no two readers can see two documents in one text."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from credentials.errors import DuplicateMember, MalformedCredential, TooComplex
from credentials.json_object import step_to


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """How much is read at all: bytes of text, and objects and arrays inside each other."""

    size: int = 2 * 1024 * 1024
    depth: int = 64


DEFAULT_LIMITS: Final = JsonLimits()

# Beyond this, readers that know only double precision see another number (RFC 7493, section 2.2).
_LARGEST_INTEGER: Final = 2**53 - 1
_LONGEST_NUMBER: Final = 64
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class _Twice(dict[str, Any]):
    """An object whose text names one member twice; it is looked for once the whole text is read."""

    member = ""


def parse_json(text: str | bytes, *, limits: JsonLimits = DEFAULT_LIMITS) -> dict[str, Any]:
    """Parse a JSON object (RFC 8259) that is I-JSON as well (RFC 7493).

    MalformedCredential or DuplicateMember: a member named twice, NaN, Infinity, a number that double precision does not
    hold, a lone surrogate, a byte order mark, bytes that are not UTF-8, anything but an object at the top.
    TooComplex: more text or nesting than the limits allow.
    """
    if len(text) > limits.size:
        raise TooComplex(f"the text is longer than {limits.size} bytes")
    decoded = text if isinstance(text, str) else _decode(text)
    if decoded.startswith("\ufeff"):
        raise MalformedCredential("$", "the text starts with a byte order mark")
    try:
        document = _DECODER.decode(decoded)
    except RecursionError as exc:
        raise TooComplex("objects and arrays are nested too deeply") from exc
    except ValueError as exc:
        raise MalformedCredential("$", f"not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise MalformedCredential("$", "expected an object")
    if _has_twice(document, limits.depth):
        _refuse_twice(document)
    if _SURROGATE.search(decoded) or _ESCAPED_SURROGATE.search(decoded):
        _check_surrogates(document)
    return document


def _decode(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise MalformedCredential("$", f"the byte at {exc.start} is not UTF-8") from exc


def _gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    gathered = dict(pairs)
    if len(gathered) == len(pairs):
        return gathered
    twice = _Twice(gathered)
    twice.member = Counter(name for name, _ in pairs).most_common(1)[0][0]
    return twice


def _parse_integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER or abs(int(digits)) > _LARGEST_INTEGER:
        raise ValueError(f"the number {digits[:20]} is larger than double precision can hold")
    return int(digits)


def _parse_fraction(digits: str) -> float:
    number = float(digits)
    if len(digits) > _LONGEST_NUMBER or not math.isfinite(number):
        raise ValueError(f"the number {digits[:20]} is larger than double precision can hold")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_gather,
    parse_int=_parse_integer,
    parse_float=_parse_fraction,
    parse_constant=_refuse_constant,
)


def _has_twice(value: dict[str, Any] | list[Any], depth: int) -> bool:
    """Whether an object in here names a member twice; raises TooComplex when there are more than so many levels."""
    if depth == 0:
        raise TooComplex("objects and arrays are nested too deeply")
    found = type(value) is _Twice
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            found = _has_twice(inner, depth - 1) or found
    return found


def _refuse_twice(document: dict[str, Any]) -> NoReturn:
    path, twice = next((path, value) for path, value in _walk(document) if isinstance(value, _Twice))
    raise DuplicateMember(path, twice.member)


def _check_surrogates(document: dict[str, Any]) -> None:
    for path, value in _walk(document):
        texts = value if isinstance(value, dict) else [value] if isinstance(value, str) else []
        if any(_SURROGATE.search(text) for text in texts):
            raise MalformedCredential(path, "half of a surrogate pair stands alone")


def _walk(value: object, path: str = "$") -> Iterator[tuple[str, object]]:
    """Every value with its path, outer before inner."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, path + step_to(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]")
