"""A verdict on a terminal: the word, the item, who and what, and why; the colour only repeats the word."""

from __future__ import annotations

import unicodedata
from typing import Final

import click

from credentials.credential import AchievementCredential
from credentials.holder_name import holder_name
from verifier.examine import Examination
from verifier.page_lines import spelled_date
from verifier.reasons import Outcome
from verifier.report import Verdict

_WORDS: Final = {verdict: verdict.value.replace("_", " ") for verdict in Verdict}
_COLUMN: Final = max(len(word) for word in _WORDS.values()) + 4
_MARKS: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.INDETERMINATE: "?"}
_COLOURS: Final = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.INDETERMINATE: "yellow"}


def in_words(examination: Examination) -> str:
    """The lines about one item."""
    report = examination.report
    head = f"{_MARKS[report.outcome]} {_WORDS[report.verdict]}"
    lines = [click.style(head.ljust(_COLUMN), fg=_COLOURS[report.outcome], bold=True) + plain(examination.item)]
    credential = report.authentic
    if credential is not None:
        lines.append(_indented(_who_and_what(credential)))
    if report.verdict is not Verdict.VALID:
        lines.append(_indented(report.deciding.detail))
    lines += [_indented(f"Note: {note}") for note in examination.notes]
    return "\n".join(lines)


def tally(examinations: list[Verdict]) -> str:
    """How many of what, for more than one item."""
    counts = [f"{examinations.count(verdict)} {_WORDS[verdict]}" for verdict in Verdict if verdict in examinations]
    return f"{len(examinations)} items: {', '.join(counts)}"


def plain(text: str) -> str:
    """Text that can do nothing to a terminal: no control, direction or unassigned characters."""
    return "".join("�" if unicodedata.category(letter)[0] == "C" else letter for letter in text)


def _who_and_what(credential: AchievementCredential) -> str:
    subject = credential.credential_subject
    found = holder_name(subject)
    name = " / ".join((found.name, *found.others)) if found else None
    until = credential.valid_until
    period = f"valid until {spelled_date(until)}" if until else "no end date"
    return " · ".join(filter(None, [name, subject.achievement.name, credential.issuer.name, period]))


def _indented(text: str) -> str:
    return " " * _COLUMN + plain(text)
