"""What others say about the badge, as the page shows it: apart from the checks, and never greener than it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.endorsements import EndorsementResult
from verifier.report import Outcome
from verifier.web.checks import EvidenceRow, evidence_rows
from verifier.web.words import Words

_SHOWN = {
    Outcome.PASSED: ("passed", "tick", "section.endorsed.passed"),
    Outcome.FAILED: ("failed", "failed", "section.endorsed.failed"),
    Outcome.INDETERMINATE: ("unsure", "unsure", "section.endorsed.indeterminate"),
    Outcome.SKIPPED: ("skipped", "skip", "section.endorsed.skipped"),
}
_THINGS = {
    "$": "section.endorsed.badge",
    "achievement": "section.endorsed.achievement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementRow:
    """One endorsement; the tick is for those that hold and whose issuer the trust list knows."""

    kind: str
    icon: str
    who: str
    word: str
    comment: str | None
    rows: tuple[EvidenceRow, ...]


def endorsement_rows(results: tuple[EndorsementResult, ...], words: Words) -> tuple[EndorsementRow, ...]:
    """Every endorsement, in the order of the report."""
    return tuple(_row(result, words) for result in results)


def _row(result: EndorsementResult, words: Words) -> EndorsementRow:
    kind, icon, word = _SHOWN[result.outcome]
    holds = result.outcome is Outcome.PASSED
    if holds and result.is_own:
        kind, icon, word = "skipped", "skip", "section.endorsed.own"
    elif holds and result.listed_as is None:
        kind, icon, word = "skipped", "skip", "section.endorsed.unlisted"
    return EndorsementRow(
        kind=kind,
        icon=icon,
        who=result.listed_as or result.endorser_name or result.endorser_id or words("section.endorsed.unknown"),
        word=words(word),
        comment=result.comment if holds else None,
        rows=tuple(_rows(result, words)),
    )


def _rows(result: EndorsementResult, words: Words) -> Iterator[EvidenceRow]:
    holder = result.place.rpartition(".")[0].rpartition(".")[2]
    yield EvidenceRow(words("section.endorsed.about"), words(_THINGS.get(holder, "section.endorsed.profile")))
    if result.endorser_id:
        yield EvidenceRow(words("section.endorsed.by"), result.endorser_id, is_code=True)
    yield from evidence_rows(result.detail, result.evidence, words)
