"""Reading a catalogue file strictly: every value is asked for by name, and a mistake has a place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from issuer.catalogue.errors import MalformedCatalogue

_LONGEST_TEXT: Final = 2_000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_BIDIRECTIONAL_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a vocabulary: what people read, and its address; some words have none (yet)."""

    label: str
    uri: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A JSON object of a file and the place it stands at; each question raises MalformedCatalogue with that place."""

    source: str
    path: str
    members: Mapping[str, Any]

    @classmethod
    def of(cls, source: str, path: str, value: object) -> Entry:
        """Take a value that must be an object."""
        if not isinstance(value, Mapping):
            raise MalformedCatalogue(source, path, "expected an object")
        return cls(source, path, value)

    def refuse(self, name: str, reason: str) -> NoReturn:
        """Say what is wrong with the member ``name``."""
        raise MalformedCatalogue(self.source, f"{self.path}.{name}" if name else self.path, reason)

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self.members.get(name) is not None

    def text(self, name: str, pattern: re.Pattern[str] | None = None, *, longest: int = _LONGEST_TEXT) -> str:
        """A text that is not empty, in NFC, without control or bidirectional characters."""
        value = self.members.get(name)
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, "expected a text that is not empty")
        value = unicodedata.normalize("NFC", value.strip())
        if len(value) > longest:
            self.refuse(name, f"longer than {longest} characters")
        if any(c in _BIDIRECTIONAL_CONTROLS or unicodedata.category(c) in _FORBIDDEN_CATEGORIES for c in value):
            self.refuse(name, "holds a control character")
        if pattern is not None and not pattern.fullmatch(value):
            self.refuse(name, f"{value!r} does not have the form {pattern.pattern}")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """A text by language; English must be among them."""
        languages = self.object(name)
        found = {}
        for language in languages.members:
            if not _LANGUAGE.fullmatch(str(language)):
                languages.refuse(str(language), "is not a language tag such as sv or pt-BR")
            found[language] = languages.text(language)
        if "en" not in found:
            languages.refuse("en", "the English text is missing")
        return found

    def url(self, name: str, *schemes: str) -> str:
        """An absolute address with one of the schemes (http and https when none is given)."""
        value = self.text(name)
        parts = urlsplit(value)
        if parts.scheme not in (schemes or ("http", "https")) or not parts.hostname or any(c.isspace() for c in value):
            self.refuse(name, f"{value!r} is not an absolute web address")
        return value

    def number(self, name: str, *, above: float, most: float) -> float:
        """A number greater than ``above`` and at most ``most``."""
        value = self.members.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not above < value <= most:
            self.refuse(name, f"expected a number greater than {above:g} and at most {most:g}")
        return float(value)

    def whole_number(self, name: str, *, least: int, most: int) -> int:
        """A whole number between the two."""
        value = self.number(name, above=least - 1, most=most)
        if not value.is_integer():
            self.refuse(name, "expected a whole number")
        return int(value)

    def flag(self, name: str) -> bool:
        """True or false; false when it is not there."""
        value = self.members.get(name, False)
        if not isinstance(value, bool):
            self.refuse(name, "expected true or false")
        return value

    def object(self, name: str) -> Entry:
        """The object under ``name``."""
        return Entry.of(self.source, f"{self.path}.{name}", self.members.get(name))

    def objects(self, name: str) -> Iterator[Entry]:
        """The objects of the list under ``name``; nothing when it is not there."""
        for index, value in enumerate(self._list(name)):
            yield Entry.of(self.source, f"{self.path}.{name}[{index}]", value)

    def words(self, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        """The texts of the list under ``name``; nothing when it is not there."""
        values = self._list(name)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not pattern.fullmatch(value):
                self.refuse(f"{name}[{index}]", f"{value!r} does not have the form {pattern.pattern}")
        if len(set(values)) != len(values):
            self.refuse(name, "names something twice")
        return tuple(values)

    def term(self, name: str) -> Term:
        """A word of a vocabulary under ``name``."""
        return self.object(name).as_term()

    def terms(self, name: str) -> tuple[Term, ...]:
        """The words of a vocabulary in the list under ``name``."""
        return tuple(entry.as_term() for entry in self.objects(name))

    def as_term(self) -> Term:
        """This object as a word of a vocabulary; a null uri means that none is known."""
        return Term(self.text("label"), self.url("uri") if self.has("uri") else None)

    def _list(self, name: str) -> list[Any]:
        value = self.members.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, "expected a list")
        return value
