"""A verdict on a terminal: the word, the item, who and what, and why; the colour only repeats the word."""

from __future__ import annotations

import unicodedata
from typing import Final

import click

from credentials.credential import AchievementCredential
from credentials.holder_name import holder_name
from verifier.examine import BundleNote, Examination
from verifier.page_lines import spelled_date
from verifier.reasons import Outcome
from verifier.receipt import ReceiptReading, Standing
from verifier.report import Verdict

_WORDS: Final = {verdict: verdict.value.replace("_", " ") for verdict in Verdict}
_COLUMN: Final = max(len(word) for word in _WORDS.values()) + 4
_MARKS: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.INDETERMINATE: "?"}
_COLOURS: Final = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.INDETERMINATE: "yellow"}


def in_words(examination: Examination) -> str:
    """The lines about one item."""
    if examination.receipt is not None:
        return _receipt_in_words(examination.item, examination.receipt)
    report = examination.report
    head = f"{_MARKS[report.outcome]} {_word(examination)}".ljust(_COLUMN - 1)
    lines = [f"{click.style(head, fg=_COLOURS[report.outcome], bold=True)} {plain(examination.item)}"]
    credential = report.authentic
    if credential is not None:
        lines.append(indented(_who_and_what(credential)))
    if report.verdict is not Verdict.VALID:
        lines.append(indented(report.deciding.detail))
    if examination.bundle is not None:
        lines.append(indented(_age_in_words(examination.bundle)))
    lines += [indented(f"Note: {note}") for note in examination.notes]
    return "\n".join(lines)


def _word(examination: Examination) -> str:
    """The verdict; where only the age of the bundle stood in the way, what held on its day, and never in green."""
    note = examination.bundle
    if note is not None and note.verdict_then is Verdict.VALID:
        return f"VALID AS OF {spelled_date(note.made_at)}"
    return _WORDS[examination.report.verdict]


def _age_in_words(note: BundleNote) -> str:
    days, hours = divmod(note.age_seconds // 3600, 24)
    age = f"{days} day{'s' if days != 1 else ''}" if days else f"{hours} hour{'s' if hours != 1 else ''}"
    advice = " It is too old to go by: fetch a new one." if note.is_stale else ""
    return f"As of {spelled_date(note.made_at)}, {note.made_at:%H:%M} UTC: the bundle is {age} old.{advice}"


def _receipt_in_words(item: str, reading: ReceiptReading) -> str:
    """A receipt is a statement about the past: neither its head nor its colour ever looks like a verdict of today."""
    is_false = reading.standing is Standing.NOT_GENUINE
    outcome = Outcome.FAILED if is_false else Outcome.INDETERMINATE
    head = f"{_MARKS[outcome]} RECEIPT".ljust(_COLUMN)
    lines = [click.style(head, fg=_COLOURS[outcome], bold=True) + plain(item), indented(reading.detail)]
    receipt = reading.receipt
    if receipt is not None:
        lines.append(indented(f"Attested then: {_WORDS[receipt.verdict]}, for the {receipt.about} {receipt.digest}"))
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


def indented(text: str) -> str:
    """A line under the verdict it belongs to."""
    return " " * _COLUMN + plain(text)
