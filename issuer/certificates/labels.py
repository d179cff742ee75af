"""The fixed words of a certificate in each language it speaks, and texts that come in one language or two."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from issuer.certificates.fonts import is_right_to_left

ENGLISH = "en"
NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Text:
    """Words in one language (a BCP 47 tag)."""

    words: str
    language: str

    @property
    def is_rtl(self) -> bool:
        """Whether the words run from right to left."""
        return is_right_to_left(self.words)

    @property
    def is_deep(self) -> bool:
        """Whether letters reach so far down, as Arabic ones do, that a line needs more room."""
        return any(unicodedata.bidirectional(character) == "AL" for character in self.words)


@dataclass(frozen=True)
class Bilingual:
    """A text in the issuing language, and in English beneath or beside it when that says something new."""

    first: Text
    second: Text | None = None

    @property
    def in_line(self) -> str:
        """Both languages side by side."""
        return f"{self.first.words} / {self.second.words}" if self.second else self.first.words


@dataclass(frozen=True, eq=False)
class Labels:
    """The fixed words in one language, from `templates/certificate/labels/`."""

    language: str
    words: Mapping[str, Any]

    def say(self, key: str, **facts: object) -> str:
        """The words for `key` with `facts` in their places."""
        return str(self.words[key]).format(**facts)

    def count(self, key: str, number: float) -> str:
        """The words for `key` in the grammatical number that `number` asks for (CLDR plural rules of our languages)."""
        forms: Mapping[str, str] = self.words[key]
        return forms.get(_plural(self.language, number), forms["other"]).format(count=self.number(number))

    def number(self, value: float) -> str:
        """A number with the decimal sign of the language; whole numbers without one."""
        written = str(int(value)) if value == int(value) else str(value)
        return written.replace(".", self.words["decimal"])

    def date(self, moment: datetime) -> str:
        """A date spelled out; the spaces inside do not break except before the year."""
        month = self.words["months"][moment.month - 1]
        return self.say("date", day=moment.day, month=month, year=moment.year)

    def find_term(self, name: str) -> str | None:
        """The words for a term of the EU vocabularies, known by the English name that was signed."""
        found: str | None = self.words["terms"].get(name.casefold())
        return found

    def find_country(self, code: str) -> str | None:
        """The name of a country by its ISO 3166-1 code."""
        found: str | None = self.words["countries"].get(code)
        return found


@cache
def find_labels(language: str) -> Labels | None:
    """The labels of a language, or None when there are none."""
    file = files("templates") / "certificate" / "labels" / f"{language}.json"
    if not language.isalpha() or not file.is_file():
        return None
    return Labels(language, json.loads(file.read_text(encoding="utf-8")))


def get_labels(language: str) -> Labels:
    """The labels of a language that is known to have some."""
    labels = find_labels(language)
    if labels is None:
        raise KeyError(f"no labels for {language!r}")
    return labels


@dataclass(frozen=True)
class Tongue:
    """How one certificate speaks: in the issuing language with English beneath, or in English alone."""

    first: Labels
    second: Labels | None

    @classmethod
    def of(cls, languages: Iterable[str]) -> Tongue:
        """From a provider's languages, the issuing one first; a language without labels speaks English."""
        issuing = next(iter(languages), ENGLISH)
        labels = find_labels(issuing)
        if labels is None or issuing == ENGLISH:
            return cls(get_labels(ENGLISH), None)
        return cls(labels, get_labels(ENGLISH))

    @property
    def voices(self) -> tuple[Labels, ...]:
        """The labels in the order in which they are printed."""
        return (self.first,) if self.second is None else (self.first, self.second)

    def say(self, key: str, **facts: object) -> Bilingual:
        """A fixed text in every language of the page."""
        return self.both(tuple(labels.say(key, **facts) for labels in self.voices))

    def count(self, key: str, number: float) -> Bilingual:
        """A counted text in every language of the page."""
        return self.both(tuple(labels.count(key, number) for labels in self.voices))

    def date(self, moment: datetime) -> Bilingual:
        """A date in every language of the page."""
        return self.both(tuple(labels.date(moment) for labels in self.voices))

    def both(self, words: tuple[str, ...]) -> Bilingual:
        """One text given in the order of `voices`; what reads the same in both languages is printed once."""
        first = Text(words[0], self.first.language)
        if len(words) == 1 or words[0] == words[1]:
            return Bilingual(first)
        return Bilingual(first, Text(words[1], ENGLISH))


def _plural(language: str, number: float) -> str:
    if number != int(number):
        return "part"
    if number == 1:
        return "one"
    return "few" if language == "cs" and 2 <= number <= 4 else "other"
