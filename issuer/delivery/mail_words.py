"""The words of mails and letters in each language they speak, from ``templates/mail/words``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from unicodedata import bidirectional

from markupsafe import Markup

ENGLISH: Final = "en"
LANGUAGES: Final = (ENGLISH, "sv", "de", "pt", "cs")
"""The languages of mails and letters, the fallback first."""

_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class MailWords:
    """One language's words."""

    language: str
    texts: Mapping[str, Any]

    def say(self, key: str, **facts: str) -> str:
        """One sentence with its facts in their places; KeyError for an unknown key is a bug."""
        return str(self.texts[key]).format(**facts)

    def of_kind(self, kind: str) -> Mapping[str, Any]:
        """Subject, heading, lines, button and what comes after, of one kind of mail."""
        found: Mapping[str, Any] = self.texts["kinds"][kind]
        return found

    @property
    def letter(self) -> Mapping[str, Any]:
        """The words of a printed letter."""
        found: Mapping[str, Any] = self.texts["letter"]
        return found

    def sentences(self, keys: Sequence[str]) -> list[str]:
        """Unfilled sentences by their keys."""
        return [str(self.texts[key]) for key in keys]


@cache
def mail_words(language: str) -> MailWords:
    """The words of one of LANGUAGES, read once."""
    text = (files("templates") / "mail" / "words" / f"{language}.json").read_text(encoding="utf-8")
    return MailWords(language, json.loads(text))


def choose_language(learner: str | None, provider: Iterable[str]) -> str:
    """The learner's language if we write it, else the provider's first that we write, else English."""
    wishes = ((wish or "").replace("_", "-").partition("-")[0].lower() for wish in (learner, *provider))
    return next((wish for wish in wishes if wish in LANGUAGES), ENGLISH)


def as_plain(sentence: str, facts: Mapping[str, str]) -> str:
    """A sentence filled for plain text: a fact that runs from right to left does not turn its neighbours round."""
    return _with_one_stop(sentence, facts).format(**{name: _isolated(value) for name, value in facts.items()})


def as_html(sentence: str, facts: Mapping[str, str]) -> Markup:
    """A sentence filled for HTML: facts are escaped, and kept apart from the direction of what stands around them."""
    marked = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in facts.items()}
    return Markup.escape(_with_one_stop(sentence, facts)).format(**marked)


def _with_one_stop(sentence: str, facts: Mapping[str, str]) -> str:
    """A sentence that ends in a name such as "Norte, Lda." needs no full stop of its own."""
    for name, value in facts.items():
        if value.endswith("."):
            sentence = sentence.replace(f"{{{name}}}.", f"{{{name}}}")
    return sentence


def _isolated(value: str) -> str:
    turns = any(bidirectional(character) in {"R", "AL", "AN"} for character in value)
    return f"{_ISOLATE}{value}{_END_ISOLATE}" if turns else value
