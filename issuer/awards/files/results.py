"""Results in many languages, held against the scale of the achievement."""

from __future__ import annotations

import re
from typing import Final

from issuer.awards.files.aliases import HeaderAliases
from issuer.awards.files.findings import Findings
from issuer.awards.files.outcome import RowCode
from issuer.awards.files.words import comparable, echo, tidy
from issuer.catalogue.result_scale import PassFail, Percent, ResultScale, Rubric

_NUMBER: Final = re.compile(r"([+-]?\d{1,6}(?:[.,]\d{1,6})?)\s*(%?)", re.ASCII)


def read_result(
    text: str, scale: ResultScale, aliases: HeaderAliases, findings: Findings, *, all_passed: bool = False
) -> str | None:
    """The result as the credential will carry it; None with a finding when the row earns no badge or is unclear."""
    word = comparable(text)
    if not word:
        if all_passed and isinstance(scale, PassFail):
            return scale.passed
        findings.note(RowCode.RESULT_MISSING, f"the result is missing. Write {_expected(scale)}.")
        return None
    match scale:
        case PassFail():
            return _pass_or_fail(word, text, scale, aliases, findings)
        case Percent():
            return _percent(word, text, scale, aliases, findings)
        case Rubric():
            return _level(word, text, scale, aliases, findings)


def _pass_or_fail(word: str, text: str, scale: PassFail, aliases: HeaderAliases, findings: Findings) -> str | None:
    if word in aliases.passed or word == comparable(scale.passed):
        return scale.passed
    if word in aliases.failed:
        _note_not_passed(findings)
    else:
        _note_unreadable(text, scale, findings)
    return None


def _percent(word: str, text: str, scale: Percent, aliases: HeaderAliases, findings: Findings) -> str | None:
    match = _NUMBER.fullmatch(word)
    if not match:
        if word in aliases.failed:
            _note_not_passed(findings)
        else:
            _note_unreadable(text, scale, findings)
        return None
    number = float(match[1].replace(",", "."))
    if not match[2] and 0 < number <= 1 < scale.threshold:
        # a spreadsheet keeps 59 % as 0.59, and 100 % as 1
        meant = _plain(round(number * 100, 6))
        findings.note(
            RowCode.RESULT_UNREADABLE,
            f"the result {echo(tidy(text))} may mean {meant} %. Write {meant}, or {_plain(number)} %.",
            suggestion=meant,
        )
        return None
    if not scale.lowest <= number <= scale.highest:
        bounds = f"{_plain(scale.lowest)} to {_plain(scale.highest)}"
        findings.note(RowCode.RESULT_OUT_OF_RANGE, f"the result {echo(tidy(text))} lies outside {bounds}. Correct it.")
        return None
    if number < scale.threshold:
        findings.note(
            RowCode.RESULT_BELOW_THRESHOLD,
            f"{_plain(number)} is less than the {_plain(scale.threshold)} this badge needs, so none is issued.",
        )
        return None
    return _plain(number)


def _level(word: str, text: str, scale: Rubric, aliases: HeaderAliases, findings: Findings) -> str | None:
    levels = {comparable(level): index for index, level in enumerate(scale.levels)}
    index = levels.get(word)
    if index is None and word in aliases.passed:
        findings.note(
            RowCode.RESULT_LEVEL_ASSUMED,
            f"passed, but no level is given, so the lowest that passes, {scale.threshold}, is written. "
            "Write the level if it was higher.",
            suggestion=scale.threshold,
            needs_answer=False,
        )
        return scale.threshold
    if index is None:
        if word in aliases.failed:
            _note_not_passed(findings)
        else:
            _note_unreadable(text, scale, findings)
        return None
    if index < levels[comparable(scale.threshold)]:
        findings.note(
            RowCode.RESULT_BELOW_THRESHOLD,
            f"{scale.levels[index]} is below {scale.threshold}, the level this badge needs, so none is issued.",
        )
        return None
    return scale.levels[index]


def _note_not_passed(findings: Findings) -> None:
    findings.note(RowCode.RESULT_NOT_PASSED, "not passed, so no badge is issued; the result is not kept.")


def _note_unreadable(text: str, scale: ResultScale, findings: Findings) -> None:
    findings.note(
        RowCode.RESULT_UNREADABLE,
        f"the result {echo(tidy(text))} is not one this badge knows. Write {_expected(scale)}.",
    )


def _expected(scale: ResultScale) -> str:
    match scale:
        case PassFail():
            return f"{scale.passed} or Fail"
        case Percent():
            return f"a number from {_plain(scale.lowest)} to {_plain(scale.highest)}"
        case Rubric():
            return " or ".join(scale.levels)


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
