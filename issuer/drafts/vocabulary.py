"""The words of the European vocabularies that the editor offers, from the files shipped with the demonstration."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from credentials.eu_elements import ESCO_SKILL
from issuer.catalogue.entry import Term

ISCED_F: Final = "http://data.europa.eu/snb/isced-f/"
_PLAIN: Final = {"Presential": "On-site"}
"""Where the European word is not one that people use; certificates and pages know the plain one."""

_SUPERVISION: Final = (
    ("supervised_onsite_id", "Supervised with ID Verification", "70be69aaf9"),
    ("supervised_online_id", "Supervised online with ID Verification", None),
    ("supervised_no_id", "Supervised without ID Verification", None),
    ("unsupervised_no_id", "Unsupervised without ID Verification", "c598449d64"),
)
"""Two of the four values have no address that we know, and none is invented."""

_SUPERVISION_AT: Final = "http://data.europa.eu/snb/supervision-verification/"
_POINTED: Final = re.compile(r"(.*?)\s*<(https?://[^\s<>]+)>")


@dataclass(frozen=True, slots=True)
class Choice:
    """One word to choose: what the form sends, what people read, the address it has in its vocabulary."""

    value: str
    label: str
    uri: str | None

    @property
    def term(self) -> Term:
        """As the catalogue keeps it."""
        return Term(self.label, self.uri)


@cache
def assessment_types() -> tuple[Choice, ...]:
    """How outcomes can be assessed (14 words)."""
    return _choices("assessment_type")


@cache
def participation_forms() -> tuple[Choice, ...]:
    """Where and how people take part (6 words)."""
    return _choices("mode_of_learning_and_assessment")


@cache
def supervisions() -> tuple[Choice, ...]:
    """Whether somebody watched, and whether identity was checked; the form sends our own keys."""
    return tuple(Choice(key, label, _SUPERVISION_AT + code if code else None) for key, label, code in _SUPERVISION)


@cache
def skills() -> tuple[Choice, ...]:
    """The ESCO skills that are offered, by their English label."""
    rows = csv.DictReader(io.StringIO(_read("esco_skills.csv").decode("utf-8-sig")))
    return tuple(Choice(row["preferred_label_en"], row["preferred_label_en"], row["uri"]) for row in rows)


@cache
def fields() -> tuple[Choice, ...]:
    """The fields of study that are offered, written as code and name."""
    known = {each["isced_f"]["code"]: each["isced_f"]["label"] for each in _json("catalogue.json")["achievements"]}
    return tuple(Choice(f"{code} {known[code]}", known[code], ISCED_F + code) for code in sorted(known))


def find_choice(choices: Iterable[Choice], typed: str) -> Choice | None:
    """The choice somebody means: by value, label or address, whatever the case."""
    meant = _folded(typed)
    return next(
        (each for each in choices if meant in (_folded(each.value), _folded(each.label), _folded(each.uri or ""))),
        None,
    )


def read_skill(typed: str) -> Term:
    """A skill as typed: an ESCO label, an ESCO address, "words <address>", or words of one's own without address."""
    known = _known_skills().get(_folded(typed))
    if known is not None:
        return known.term
    pointed = _POINTED.fullmatch(typed.strip())
    if pointed and pointed[1]:
        return Term(pointed[1], pointed[2])
    return Term(typed.strip(), typed.strip() if typed.strip().startswith(ESCO_SKILL) else None)


def write_skill(term: Term) -> str:
    """A skill as the editor shows it; ``read_skill`` gives the same term back."""
    known = _known_skills().get(_folded(term.label))
    if term.uri is None or (known is not None and known.uri == term.uri) or term.uri == term.label:
        return term.label
    return f"{term.label} <{term.uri}>"


@cache
def _known_skills() -> Mapping[str, Choice]:
    return {_folded(name): each for each in skills() for name in (each.uri or "", each.label)}


def _choices(name: str) -> tuple[Choice, ...]:
    words = {uri: _PLAIN.get(label, label) for uri, label in _json("eu-vocabularies.json")[name].items()}
    ordered = sorted(words.items(), key=lambda item: item[1].casefold())
    return tuple(Choice(uri, label, uri) for uri, label in ordered)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


@cache
def _json(name: str) -> Any:
    return json.loads(_read(name))


def _read(name: str) -> bytes:
    return files("issuer.demo").joinpath(name).read_bytes()
