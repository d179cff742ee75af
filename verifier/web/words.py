"""The words of the pages in the visitor's language; English is complete and stands in for what another lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept

ENGLISH = "en"
LANGUAGES = (ENGLISH, "sv", "de", "pt", "cs", "fi", "tr")
"""The languages of the pages, the fallback first."""


class Words:
    """One language's catalogue. `words(key, **values)` gives the text; an unknown key is a bug and raises KeyError."""

    def __init__(self, language: str, texts: Mapping[str, str], fallback: Words | None = None) -> None:
        self.language = language
        self._texts: Mapping[str, str] = {**fallback._texts, **texts} if fallback else dict(texts)
        self._months = self._texts["date.months"].split()
        self._days: dict[date, str] = {}

    def __call__(self, key: str, **values: object) -> str:
        text = self._texts[key]
        return text.format(**values) if values else text

    def find(self, key: str, **values: object) -> str | None:
        """The text, or None when no catalogue has the key."""
        return self(key, **values) if key in self._texts else None

    def first(self, keys: Sequence[str], **values: object) -> str:
        """The text of the first key that exists: from the most particular sentence to the most general."""
        return self(next(key for key in keys if key in self._texts), **values)

    def html(self, key: str, **values: object) -> Markup:
        """The text as HTML: plain values are escaped, Markup values are kept."""
        return Markup.escape(self._texts[key]).format(**values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The form of the text that goes with the number `n`."""
        exact = f"{key}.{self._form(n)}"
        return self(exact if exact in self._texts else f"{key}.other", n=n, **values)

    def date(self, moment: datetime) -> str:
        """The day in UTC, month spelled out."""
        day = moment.astimezone(UTC).date()
        known = self._days.get(day)
        if known is None:
            if len(self._days) > 4096:
                self._days.clear()
            known = self("date.pattern", day=day.day, month=self._months[day.month - 1], year=day.year)
            self._days[day] = known
        return known

    def moment(self, moment: datetime) -> str:
        """Day and time in UTC, to the second."""
        return f"{self.date(moment)}, {moment.astimezone(UTC):%H:%M:%S} UTC"

    def age(self, seconds: int) -> str:
        """How old something is, in the largest unit that leaves a whole number of at least two."""
        for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= 2 * length:
                return self.count(f"evidence.age.{unit}", seconds // length)
        return self.count("evidence.age.seconds", seconds)

    def term(self, name: str) -> str:
        """A term of a European vocabulary, by its English name, in plain words."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        return self.find(f"term.{slug}") or name

    def country(self, code: str | None, name: str | None) -> str | None:
        """A country in this language by its two-letter code; else the name that the badge itself gives."""
        known = self.find(f"country.{code.upper()}") if code else None
        return known or name or code

    def listed(self, parts: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self('list.and')} {parts[-1]}"

    def _form(self, n: int) -> str:
        if n == 1:
            return "one"
        return "few" if self.language == "cs" and 2 <= n <= 4 else "other"


@cache
def catalogue(language: str) -> Words:
    """The catalogue of one of LANGUAGES, read once."""
    text = files("templates").joinpath("pages", "words", f"{language}.json").read_text(encoding="utf-8")
    texts = MappingProxyType(json.loads(text))
    return Words(language, texts) if language == ENGLISH else Words(language, texts, catalogue(ENGLISH))


def choose(asked: str | None, accepted: LanguageAccept) -> Words:
    """The visitor's language: what the address asks for, else the browser's first choice among ours, in any region."""
    wishes = (asked or "", *(wish.partition("-")[0].lower() for wish in accepted.values()))
    return catalogue(next((wish for wish in wishes if wish in LANGUAGES), ENGLISH))
