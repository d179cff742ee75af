"""Under every verdict that is not VALID: what happened, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from verifier.report import CheckResult, Reason, Verdict, VerificationReport
from verifier.web.compare import read_comparison
from verifier.web.gate import StatusNote
from verifier.web.words import Words

REASONS_OF_WITHDRAWAL = frozenset(
    {"name_error", "wrong_result", "issued_in_error", "fraud", "safety", "holder_request", "other"}
)
_WITHDRAWN = (Verdict.REVOKED, Verdict.SUSPENDED, Verdict.SUPERSEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Two sentences and, where there is something to open, a link."""

    lead: str
    text: str
    link: str | None = None
    link_text: str | None = None


def give_advice(
    report: VerificationReport,
    words: Words,
    *,
    note: StatusNote | None = None,
    again: str | None = None,
    leads_to: str | None = None,
) -> Advice | None:
    """The advice for a report; None for VALID.

    `again` is where the check can be repeated, `leads_to` where the QR code on a paper led.
    """
    verdict = report.verdict
    if verdict is Verdict.VALID:
        return None
    if verdict in _WITHDRAWN:
        return _withdrawn(verdict, words, note)
    if verdict in (Verdict.EXPIRED, Verdict.NOT_YET_VALID):
        return _out_of_date(report, words)
    if verdict is Verdict.ALTERED:
        return _altered(report.deciding, words, is_file=report.deciding.reason in _PAGE)
    advice = _unsure(report, words)
    if report.deciding.reason in _BARE_PAGE and leads_to is not None:
        return replace(advice, link=leads_to, link_text=words("advice.open"))
    if verdict is Verdict.COULD_NOT_CHECK and again is not None:
        return replace(advice, link=again, link_text=words("advice.again"))
    return advice


_BARE_PAGE = frozenset({Reason.PAGE_NOT_SEALED, Reason.PAGE_UNREADABLE})
_PAGE = frozenset({Reason.PAGE_DIFFERS, Reason.PAGE_CHANGED})


def _withdrawn(verdict: Verdict, words: Words, note: StatusNote | None) -> Advice:
    lead = words(f"advice.{verdict.value}.lead")
    if note is None:
        return Advice(lead=lead, text=words(f"advice.{verdict.value}.text"))
    reason = note.reason if note.reason in REASONS_OF_WITHDRAWAL else "other"
    text = words(f"advice.{verdict.value}.text.noted", date=words.date(note.at), reason=words(f"reason.{reason}"))
    shows_new = verdict is Verdict.SUPERSEDED and note.replaced_by is not None
    return Advice(
        lead=lead,
        text=text,
        link=note.replaced_by if shows_new else None,
        link_text=words("advice.SUPERSEDED.link") if shows_new else None,
    )


def _out_of_date(report: VerificationReport, words: Words) -> Advice:
    verdict = report.verdict
    text = words(f"advice.{verdict.value}.text")
    claims = report.authentic
    if verdict is Verdict.NOT_YET_VALID or claims is None or claims.valid_until is None:
        starts = words.date(claims.valid_from) if claims is not None else "–"
        return Advice(lead=words("advice.NOT_YET_VALID.lead", date=starts), text=text)
    days = days_between(claims.valid_until, report.checked_at)
    date = words.date(claims.valid_until)
    lead = (
        words.count("advice.EXPIRED.lead", days, date=date) if days else words("advice.EXPIRED.lead.today", date=date)
    )
    return Advice(lead=lead, text=text)


def days_between(earlier: datetime, later: datetime) -> int:
    """Whole calendar days in UTC."""
    return (later.astimezone(UTC).date() - earlier.astimezone(UTC).date()).days


def _altered(deciding: CheckResult, words: Words, *, is_file: bool) -> Advice:
    reason = deciding.reason.value if deciding.reason else Reason.SEAL_BROKEN.value
    lead = words("advice.ALTERED.lead.file" if is_file else "advice.ALTERED.lead")
    comparison = read_comparison(deciding, words)
    if comparison is not None:
        return Advice(lead=lead, text=words.count("advice.page_differs.text", comparison.changed))
    return Advice(lead=lead, text=words.first([f"advice.{reason}.text", "advice.seal_broken.text"]))


def _unsure(report: VerificationReport, words: Words) -> Advice:
    deciding, verdict = report.deciding, report.verdict.value
    reason = deciding.reason.value if deciding.reason else ""
    lead = words.first([f"advice.{reason}.lead", f"advice.{verdict}.lead"])
    text = words.first([f"advice.{reason}.text", f"advice.{verdict}.text"], host=_host(deciding, words))
    return Advice(lead=lead, text=text)


def _host(deciding: CheckResult, words: Words) -> str:
    """Who did not answer: the host of what was looked at."""
    for evidence in deciding.evidence:
        host = urlsplit(evidence.looked_at).netloc
        if host:
            return host
    return words("advice.host")
