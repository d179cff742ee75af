"""What columns are called in many languages, and which columns must never be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from issuer.awards.files.words import comparable


class Column(StrEnum):
    """The columns of an award file."""

    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    FULL_NAME = "full_name"
    EMAIL = "email"
    ACHIEVEMENT_CODE = "achievement_code"
    COMPLETED_ON = "completed_on"
    RESULT = "result"
    ASSESSOR = "assessor"
    EVIDENCE_URL = "evidence_url"
    LANGUAGE = "language"
    TRAINEE_REF = "trainee_ref"
    VALID_UNTIL = "valid_until"


@dataclass(frozen=True)
class HeaderAliases:
    """Headings and result words, in comparable form."""

    columns: Mapping[str, Column]
    refused: frozenset[tuple[str, ...]]
    passed: frozenset[str]
    failed: frozenset[str]

    def find_column(self, heading: str) -> Column | None:
        """The column a heading names, "Förnamn *", "E-post:" and "first_name" included."""
        return self.columns.get(_spaced(heading))

    def is_refused(self, heading: str) -> bool:
        """A heading that promises a national identity number, a date of birth or the like, alone or among others."""
        words = _words(heading)
        return any(words[start : start + len(alias)] == alias for alias in self.refused for start in range(len(words)))

    def knows(self, text: str) -> bool:
        """Any word of ours: a heading or a result."""
        word = comparable(text).rstrip("*: ")
        return _spaced(text) in self.columns or word in self.passed or word in self.failed


@lru_cache(maxsize=1)
def shipped_aliases() -> HeaderAliases:
    """The aliases that come with the project (header_aliases.json)."""
    text = files("issuer.awards.files").joinpath("header_aliases.json").read_text(encoding="utf-8")
    return read_aliases(json.loads(text))


def read_aliases(obj: Mapping[str, object]) -> HeaderAliases:
    """Read aliases from JSON: a list of headings per column, _refuse, and _result_synonyms with Pass and Fail."""
    columns = {_spaced(alias): column for column in Column for alias in _texts(obj.get(column.value))}
    synonyms = obj.get("_result_synonyms")
    results = synonyms if isinstance(synonyms, Mapping) else {}
    return HeaderAliases(
        columns=columns,
        refused=frozenset(_words(alias) for alias in _texts(obj.get("_refuse"))),
        passed=frozenset(comparable(word) for word in _texts(results.get("Pass"))),
        failed=frozenset(comparable(word) for word in _texts(results.get("Fail"))),
    )


def _texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", _spaced(text).replace(".", "")))


def _spaced(heading: str) -> str:
    """Programs write "first_name" or "First-Name" where people write "First name"."""
    return re.sub(r"[\s_-]+", " ", comparable(heading)).rstrip("*: ")
