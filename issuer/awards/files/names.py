"""Names of people: which are taken, and in what form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from issuer.awards.files.findings import Findings
from issuer.awards.files.outcome import RowCode
from issuer.awards.files.words import echo, tidy

Undrawable = Callable[[str], Collection[str]]

LONGEST_NAME: Final = 200

_JOINERS: Final = "\u200c\u200d"
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORMULA_STARTS: Final = "=+-@＝＋－＠"
_MARKUP: Final = re.compile(r"[<>{}\\]|&(?:#\w+|[a-z]+);", re.IGNORECASE)
_WEB_ADDRESS: Final = re.compile(r"://|\bwww\.", re.IGNORECASE)
_SPREADSHEET_ERROR: Final = re.compile(
    r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|NV|SAKNAS!|BEZUG!)", re.IGNORECASE
)
_GARBLED: Final = re.compile(r"[ÃÂÅÄÐÑØÎÏ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u2010-\u2122\u20ac]")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in two parts, of which one may be empty."""

    given: str
    family: str

    @property
    def full(self) -> str:
        """Both parts in the order they are shown."""
        return f"{self.given} {self.family}".strip()


def split_name(given: str, family: str, full: str) -> PersonName:
    """Put a name together from its columns; a full name is divided only at a comma, as in "Öberg, Åsa"."""
    parts = PersonName(tidy(given), tidy(family))
    if parts.full:
        return parts
    family_first = tidy(full).split(",")
    if len(family_first) == 2 and all(part.strip() for part in family_first):
        return PersonName(family_first[1].strip(), family_first[0].strip())
    return PersonName(tidy(full), "")


def check_name(name: PersonName, undrawable: Undrawable, findings: Findings) -> None:
    """Note why a name cannot be put on a certificate."""
    if not name.full:
        findings.note(RowCode.NAME_MISSING, "the name is missing. Write a given name, a family name or both.")
        return
    if len(name.full) > LONGEST_NAME:
        findings.note(
            RowCode.NAME_TOO_LONG,
            f"the name has {len(name.full)} characters, {LONGEST_NAME} are the most. Shorten it.",
        )
        return
    reason = unfit_for_print(name.given) or unfit_for_print(name.family)
    if reason:
        _note_unfit(name, reason, findings)
        return
    missing = sorted(undrawable(name.full))
    if missing:
        letters = ", ".join(f"{echo(letter)} (U+{ord(letter[0]):04X})" for letter in missing[:5])
        findings.note(
            RowCode.NAME_NOT_DRAWABLE,
            f"our fonts cannot draw {letters}. Write the name in another spelling.",
        )
    if mended := _mend(name.full):
        findings.note(
            RowCode.NAME_GARBLED,
            f"the name {echo(name.full)} looks as if it had been saved in a wrong encoding. "
            f"Correct it to {echo(mended)}, or say that it is right.",
            suggestion=mended,
        )


def unfit_for_print(text: str) -> str:
    """Why this text cannot be a person's name in print, as part of a sentence; empty when it can."""
    if not text:
        return ""
    for character in text:
        if reason := _unfit_character(character, text):
            return reason
    if text.lstrip("'’`").startswith(tuple(_FORMULA_STARTS)):
        return "begins like a spreadsheet formula"
    if _SPREADSHEET_ERROR.match(text):
        return "is an error message of the spreadsheet"
    if _MARKUP.search(text):
        return "holds markup"
    if "@" in text or _WEB_ADDRESS.search(text):
        return "holds an address"
    if "?" in text or "\ufffd" in text:
        return "has lost a letter: there is a question mark in its place"
    if not any(character.isalpha() for character in text):
        return "holds no letter"
    return ""


def _unfit_character(character: str, text: str) -> str:
    if character in _JOINERS:
        # joiners shape words in Persian and Indian scripts; between Latin letters they only hide
        return "holds an invisible character" if text.isascii() or _is_latin(text) else ""
    code = f"U+{ord(character):04X}"
    if character in _BIDI_CONTROLS:
        return f"holds a control character that turns the writing direction ({code})"
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return f"holds a control character or a line break ({code})"
    if category[0] == "C":
        return f"holds an invisible or unknown character ({code})"
    return ""


def _is_latin(text: str) -> bool:
    return any(unicodedata.name(character, "").startswith("LATIN") for character in text)


def _note_unfit(name: PersonName, reason: str, findings: Findings) -> None:
    bare = tidy("".join(c for c in re.sub(r"<[^<>]*>", "", name.full) if unicodedata.category(c)[0] != "C"))
    suggestion = bare if bare != name.full and not unfit_for_print(bare) else ""
    findings.note(
        RowCode.NAME_NOT_ALLOWED, f"the name {echo(name.full)} {reason}. Correct the name.", suggestion=suggestion
    )


def _mend(text: str) -> str:
    """UTF-8 that was once read as Windows-1252, turned back; empty when the text is nothing of the kind."""
    if not _GARBLED.search(text):
        return ""
    try:
        mended = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
    return mended if not unfit_for_print(mended) else ""
