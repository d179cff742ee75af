"""The nine results as sentences a shift lead understands, each with the evidence it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from verifier.report import Check, CheckResult, Evidence, Outcome, Reason, VerificationReport
from verifier.web.compare import SHOWN, SIGNED
from verifier.web.words import ENGLISH, Words

LAPSED = frozenset({Reason.EXPIRED, Reason.NOT_YET_VALID, Reason.SUPERSEDED})
_LAPSED_WORDS = {Reason.EXPIRED: "lapsed", Reason.NOT_YET_VALID: "early", Reason.SUPERSEDED: "replaced"}
_UNREACHED = frozenset({Reason.KEY_UNREACHABLE, Reason.STATUS_UNREACHABLE, Reason.LINK_UNREACHABLE})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_CODE_MARKS = ("://", "did:", "urn:", "sha256", "eddsa-", "z6Mk")


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One label and value under a check; the gate's own sentences are English whatever the page speaks."""

    label: str
    value: str
    is_code: bool = False
    is_english: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check as the page shows it; `kind` chooses colour and pattern, and only what did not pass is open."""

    name: str
    kind: str
    icon: str
    sentence: str
    word: str
    rows: tuple[EvidenceRow, ...]
    is_open: bool


def check_rows(report: VerificationReport, words: Words) -> tuple[CheckRow, ...]:
    """All nine, in the order they were asked."""
    return tuple(_row(result, words) for result in report.checks)


def _row(result: CheckResult, words: Words) -> CheckRow:
    kind, icon, word = _shown(result)
    name = result.check.value
    particular = [f"check.{name}.{result.reason.value}"] if result.reason else []
    return CheckRow(
        name=name,
        kind=kind,
        icon=icon,
        sentence=words.first([*particular, f"check.{name}.{result.outcome.value}"]),
        word=words(f"outcome.{word}"),
        rows=tuple(evidence_rows(result.detail, result.evidence, words)),
        is_open=kind not in {"passed", "skipped"},
    )


def _shown(result: CheckResult) -> tuple[str, str, str]:
    """Kind, icon and word of an outcome."""
    if result.outcome is Outcome.PASSED:
        return "passed", "tick", "passed"
    if result.outcome is Outcome.SKIPPED:
        return "skipped", "skip", "no_page" if result.reason is Reason.NO_PAGE else "skipped"
    if result.outcome is Outcome.INDETERMINATE:
        return "unsure", "unsure", "unreachable" if result.reason in _UNREACHED else "indeterminate"
    if result.reason in LAPSED:
        return "lapsed", "lapsed", _LAPSED_WORDS[result.reason]
    altered = result.check in {Check.PROOF, Check.APPEARANCE}
    return "failed", "altered" if altered else "failed", "failed"


def evidence_rows(detail: str, found: tuple[Evidence, ...], words: Words) -> Iterator[EvidenceRow]:
    """What was found, in the gate's own sentence, and everything that it rests on."""
    yield EvidenceRow(words("evidence.found"), detail, is_english=words.language != ENGLISH)
    for evidence in found:
        yield EvidenceRow(words("evidence.looked_at"), evidence.looked_at, _is_code(evidence.looked_at))
        if evidence.source != "carrier":
            yield EvidenceRow(words("evidence.read"), _read(evidence, words))
        if evidence.digest:
            yield EvidenceRow(words("evidence.digest"), f"sha256 {evidence.digest}", is_code=True)
        for key, value in evidence.facts.items():
            yield EvidenceRow(_label(key, words), _spelled(value, words), _is_code(value))


def _label(key: str, words: Words) -> str:
    for side, heading in ((SIGNED, "compare.signed"), (SHOWN, "compare.file")):
        if key.startswith(side):
            line = key.removeprefix(side)
            return f"{words(heading)}: {words.find(f'compare.line.{line}') or line}"
    return words.find(f"fact.{key}") or key.replace("_", " ").capitalize()


def _spelled(value: str, words: Words) -> str:
    """Moments as people write them; everything else as it is."""
    if not _INSTANT.fullmatch(value):
        return value
    try:
        return words.moment(datetime.fromisoformat(value))
    except ValueError:
        return value


def _read(evidence: Evidence, words: Words) -> str:
    parts = [words.moment(evidence.read_at), words(f"evidence.source.{evidence.source}")]
    if evidence.age_seconds:
        parts.append(words.age(evidence.age_seconds))
    return ", ".join(parts)


def _is_code(value: str) -> bool:
    return any(mark in value for mark in _CODE_MARKS)
