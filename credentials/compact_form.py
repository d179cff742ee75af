"""The form a document must have before its statements are read: each claim has one spelling, and none is lost.

JSON-LD knows many ways to write one statement and quietly drops what it does not understand. What is signed are the
statements; what a reader sees is the JSON. So only the compacted form of VC Data Model 2.0 is let in: plain terms as
member names, no keywords but @context, no null, no empty or nested array, and only numbers that every implementation
writes alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from credentials.contexts import ContextLibrary
from credentials.errors import ControlCharacter, InlineContext, LanguageMap, MalformedCredential, TooComplex

LARGEST_DEPTH: Final = 64
LARGEST_VALUES: Final = 2_000
LARGEST_CONTEXTS: Final = 8

EMBEDDED_DOCUMENTS: Final = frozenset({"endorsement", "verifiableCredential"})
"""Members whose values are documents with contexts of their own: in a credential, and in a presentation."""

_EXACT_INTEGERS: Final = 2**53 - 1
# Below this JavaScript writes an exponent, and jsonld.js then takes 1e-7 for the integer 0.
_SMALLEST_FRACTION: Final = 1e-6

# Canonical N-Quads writes these as escapes, and libraries disagree on which; the last three are no characters of XML.
CONTROL_CHARACTERS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_WORD: Final = re.compile(r"\w+")


@dataclass
class Outline:
    """What a document holds outside @context: how many single values and objects, and which texts.

    ``abbreviated`` holds the identifiers that a text would stand for if it were read as prefix:name, with its path.
    """

    values: int = 0
    objects: int = 0
    texts: set[str] = field(default_factory=set)
    abbreviated: dict[str, str] = field(default_factory=dict)


def check_compact_form(document: Mapping[str, object], library: ContextLibrary) -> Outline:
    """Raise unless the document has the form described above; whether its terms are defined is not checked here.

    Raises MalformedCredential, ControlCharacter, UnknownContext (a URL the library does not hold) or TooComplex.
    """
    if "@context" not in document:
        raise MalformedCredential("$['@context']", "is missing")
    inspector = _Inspector(library)
    inspector.check_object(document, "$", 1, context_allowed=True)
    return inspector.outline


def step(path: str, name: str) -> str:
    """The JSON path of a member."""
    return f"{path}.{name}" if _WORD.fullmatch(name) else f"{path}['{name}']"


class Place(NamedTuple):
    """A value in a document, the name of the member it is or belongs to, and whether it is an item of an array."""

    path: str
    name: str
    value: object
    in_array: bool


def places_in(value: object, path: str = "$", name: str = "") -> Iterator[Place]:
    """Every member of every object and every item of every array, in document order."""
    if isinstance(value, Mapping):
        for inner_name, inner in value.items():
            yield Place(step(path, inner_name), inner_name, inner, in_array=False)
            yield from places_in(inner, step(path, inner_name), inner_name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield Place(f"{path}[{index}]", name, inner, in_array=True)
            yield from places_in(inner, f"{path}[{index}]", name)


class _Inspector:
    def __init__(self, library: ContextLibrary) -> None:
        self.outline = Outline()
        self._library = library

    def check_object(self, obj: Mapping[str, object], path: str, depth: int, *, context_allowed: bool) -> None:
        if depth > LARGEST_DEPTH:
            raise TooComplex(f"the document is nested deeper than {LARGEST_DEPTH} levels")
        self._count(objects=1)
        if "@value" in obj:
            self._check_language_text(obj, path)
            return
        if _is_language_map(obj):
            raise LanguageMap(path, "a text in several languages is dropped by JSON-LD here and would not be signed")
        for name, value in obj.items():
            here = step(path, name)
            if name == "@context" and context_allowed:
                self._check_contexts(value, here)
                continue
            _check_name(name, here)
            # An embedded credential is a document of its own and brings its contexts; nothing else may change them.
            self._check_member(value, here, depth, context_allowed=name in EMBEDDED_DOCUMENTS)

    def _check_member(self, value: object, path: str, depth: int, *, context_allowed: bool) -> None:
        if value == []:
            raise MalformedCredential(path, "an empty array says nothing; leave the member out")
        for place, item in _items(value, path):
            if isinstance(item, dict):
                self.check_object(item, place, depth + 1, context_allowed=context_allowed)
            else:
                self._check_single(item, place)

    def _check_single(self, value: object, path: str) -> None:
        self._count(values=1)
        if isinstance(value, str):
            self._check_text(value, path)
        elif isinstance(value, float):
            _check_float(value, path)
        elif isinstance(value, int):  # True and False as well
            _check_integer(value, path)
        elif value is None:
            raise MalformedCredential(path, "null says nothing; leave the member out")
        elif isinstance(value, list):
            raise MalformedCredential(path, "an array stands directly in an array")
        else:
            raise MalformedCredential(path, f"{type(value).__name__} is no JSON value")

    def _check_text(self, text: str, path: str) -> None:
        if CONTROL_CHARACTERS.search(text):
            raise ControlCharacter(path)
        self.outline.texts.add(text)
        prefix, colon, name = text.partition(":")
        if colon and prefix in self._library.prefixes:
            self.outline.abbreviated.update((space + name, path) for space in self._library.prefixes[prefix])

    def _check_language_text(self, obj: Mapping[str, object], path: str) -> None:
        """A text with its language (VCDM 2.0, section 11.1); its base direction would not be signed."""
        text, language = obj.get("@value"), obj.get("@language")
        if set(obj) != {"@value", "@language"} or not isinstance(text, str) or not isinstance(language, str):
            raise MalformedCredential(path, "a value object holds exactly the strings @value and @language")
        if not _LANGUAGE_TAG.fullmatch(language):
            raise MalformedCredential(step(path, "@language"), f"{language!r} is no language tag")
        self._count(values=2)
        self._check_text(text, step(path, "@value"))

    def _check_contexts(self, value: object, path: str) -> None:
        contexts = value if isinstance(value, list) else [value]
        if not 1 <= len(contexts) <= LARGEST_CONTEXTS:
            raise MalformedCredential(path, f"expected between 1 and {LARGEST_CONTEXTS} contexts")
        for context in contexts:
            if not isinstance(context, str):
                raise InlineContext(path, "expected URLs; a context written out could redefine what was signed")
            self._library.get(context)

    def _count(self, *, values: int = 0, objects: int = 0) -> None:
        self.outline.values += values
        self.outline.objects += objects
        if self.outline.values + self.outline.objects > LARGEST_VALUES:
            raise TooComplex(f"the document holds more than {LARGEST_VALUES} values and objects")


def _items(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))
    else:
        yield path, value


def _is_language_map(obj: Mapping[str, object]) -> bool:
    """Whether all members are named after languages; no term has two letters but id, which is Indonesian as well."""
    names = [name for name in obj if _LANGUAGE.fullmatch(name)]
    return len(names) == len(obj) and bool(set(names) - {"id"})


def _check_name(name: str, path: str) -> None:
    if name.startswith("@"):
        raise MalformedCredential(path, f"the JSON-LD keyword {name!r} has no place here")
    if ":" in name:
        raise MalformedCredential(path, "a member name is a term of a context, not an IRI")


def _check_integer(number: int, path: str) -> None:
    if abs(number) > _EXACT_INTEGERS:
        raise MalformedCredential(path, "the number is too large to be read alike everywhere (beyond 2^53 - 1)")


def _check_float(number: float, path: str) -> None:
    """Statements carry 16 significant digits (xsd:double as JSON-LD writes it); further digits would not be signed."""
    if not math.isfinite(number):
        raise MalformedCredential(path, f"{number} is no JSON number")
    if number.is_integer():
        _check_integer(int(number), path)
    elif abs(number) < _SMALLEST_FRACTION:
        raise MalformedCredential(path, f"the number is closer to zero than {_SMALLEST_FRACTION}")
    elif float(f"{number:.15E}") != number:
        raise MalformedCredential(path, "the number has more digits than a signature covers")
