"""From something handed in to a report: the whole way through the gate in one call, never raising for bad input."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from keys.instant import write_instant
from verifier.errors import ReceiptFound, Unreachable, Unreadable
from verifier.intake import DEFAULT_LIMITS, Carrier, Link, Submission, take_in, take_in_text
from verifier.limits import Limits
from verifier.policy import Policy
from verifier.reasons import Check, Outcome, Reason
from verifier.receipt import ReceiptReading, Standing, open_receipt
from verifier.report import Evidence, Verdict, VerificationReport
from verifier.verify import verify

ACCEPT: Final = "application/vc, application/vc+jwt;q=0.9, application/json;q=0.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was handed in and holds nothing that can be read; `digest` is None where its bytes were not even read."""

    name: str
    digest: str | None
    unreadable: Unreadable


Received = Submission | Link | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleNote:
    """That the report rests on a bundle: when it was made, how old it was in seconds, whether it was too old.

    `verdict_then` is there when it was too old and nothing else stood in the way: what held when it was made.
    """

    made_at: datetime
    age_seconds: int
    is_stale: bool
    verdict_then: Verdict | None = None

    def to_json(self) -> dict[str, Any]:
        """The note as in the public report."""
        return {
            "made_at": write_instant(self.made_at),
            "age_seconds": self.age_seconds,
            "is_stale": self.is_stale,
            "verdict_then": self.verdict_then.value if self.verdict_then else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One item, what it came in, and the report on it.

    `link` is the address that was followed to the credential. `notes` are remarks that change no verdict, such as a
    name that promises another kind of file. `receipt` is there when the item was the receipt of an earlier check: its
    own standing, while the report says that there is no credential. `bundle` says that nothing was looked up but in a
    bundle.
    """

    item: str
    carrier: Carrier | None
    report: VerificationReport
    unreadable: Unreadable | None = None
    link: str | None = None
    notes: tuple[str, ...] = ()
    receipt: ReceiptReading | None = None
    bundle: BundleNote | None = None

    @property
    def outcome(self) -> Outcome:
        """The report's; but a receipt that is not genuine has FAILED."""
        is_false = self.receipt is not None and self.receipt.standing is Standing.NOT_GENUINE
        return Outcome.FAILED if is_false else self.report.outcome

    def to_json(self) -> dict[str, Any]:
        """The public report with the name of its item; `notes`, `receipt` and `bundle` only where there are some."""
        notes = {"notes": list(self.notes)} if self.notes else {}
        receipt = {"receipt": self.receipt.to_json()} if self.receipt else {}
        bundle = {"bundle": self.bundle.to_json()} if self.bundle else {}
        return {"item": self.item, **self.report.to_json(), **notes, **receipt, **bundle}


def examine(data: bytes, name: str, policy: Policy, *, now: datetime, limits: Limits = DEFAULT_LIMITS) -> Examination:
    """Examine a file. What cannot be read gives a report whose FORM is INDETERMINATE; bugs of ours propagate."""
    return examine_received(receive(data, name, limits=limits), policy, now=now, limits=limits)


def examine_text(text: str, policy: Policy, *, now: datetime, limits: Limits = DEFAULT_LIMITS) -> Examination:
    """Examine a pasted or scanned text: JSON, a token, or a link that is then followed."""
    try:
        received: Received = take_in_text(text, limits=limits)
    except Unreadable as unreadable:
        received = Refused(name="pasted text", digest=_digest(text.encode("utf-8", "replace")), unreadable=unreadable)
    return examine_received(received, policy, now=now, limits=limits)


def receive(data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Received:
    """The first half of `examine`, which needs no policy and may run in any thread: read the file."""
    try:
        return take_in(data, name, limits=limits)
    except Unreadable as unreadable:
        return Refused(name=name, digest=_digest(data), unreadable=unreadable)


def examine_received(
    received: Received, policy: Policy, *, now: datetime, limits: Limits = DEFAULT_LIMITS
) -> Examination:
    """The second half: follow a link, then verify what was read."""
    match received:
        case Submission():
            return _judged(received, policy, now)
        case Link():
            return _followed(received, policy, now, limits)
        case Refused():
            return _refused(received, policy, now)


def _judged(submission: Submission, policy: Policy, now: datetime) -> Examination:
    report = verify(submission.unverified, policy, now=now, page=submission.page)
    return Examination(
        item=submission.name,
        carrier=submission.carrier,
        report=report,
        notes=submission.notes,
        bundle=_bundle_note(submission, report, policy),
    )


def _bundle_note(submission: Submission, report: VerificationReport, policy: Policy) -> BundleNote | None:
    """The age of the bundle; and where only that age stands in the way, what held on the day of the bundle."""
    made_at, now = policy.as_of, report.checked_at
    if made_at is None:
        return None
    is_stale, verdict_then = policy.is_bundle_stale(now), None
    outdated = report.result_of(Check.STATUS).reason is Reason.STATUS_STALE
    if is_stale and outdated and report.verdict is Verdict.COULD_NOT_CHECK:
        verdict_then = verify(submission.unverified, policy, now=made_at, page=submission.page).verdict
    age = max(0, int((now - made_at).total_seconds()))
    return BundleNote(made_at=made_at, age_seconds=age, is_stale=is_stale, verdict_then=verdict_then)


def _followed(link: Link, policy: Policy, now: datetime, limits: Limits) -> Examination:
    """Look at what the address answers with as at a file; the paper with the code on it is compared with that."""
    try:
        answer = policy.documents.fetch(link.url, accept=ACCEPT, now=now)
    except Unreachable as exc:
        return _gone(link, exc, now)
    arrived = receive(answer.body, link.url, limits=limits)
    if isinstance(arrived, Link):
        arrived = Refused(name=link.url, digest=answer.digest, unreadable=_another_link())
    if isinstance(arrived, Refused):
        report = _unreadable(arrived, now, answer.evidence())
        return Examination(
            item=link.name,
            carrier=link.carrier,
            report=report,
            unreadable=arrived.unreadable,
            link=link.url,
            notes=link.notes,
        )
    page = link.page or arrived.page
    return Examination(
        item=link.name,
        carrier=link.carrier,
        report=verify(arrived.unverified, policy, now=now, page=page),
        link=link.url,
        notes=link.notes,
    )


def _gone(link: Link, exc: Unreachable, now: datetime) -> Examination:
    unreadable = Unreadable(
        Reason.LINK_UNREACHABLE,
        f"The record is not available at {link.url}: {exc.reason}.",
        "The holder may have switched the link off: ask for the file, or try again later.",
    )
    refused = Refused(name=link.url, digest=_digest(link.url.encode()), unreadable=unreadable)
    return Examination(
        item=link.name,
        carrier=link.carrier,
        report=_unreadable(refused, now),
        unreadable=unreadable,
        link=link.url,
        notes=link.notes,
    )


def _refused(refused: Refused, policy: Policy, now: datetime) -> Examination:
    why = refused.unreadable
    return Examination(
        item=refused.name,
        carrier=None,
        report=_unreadable(refused, now),
        unreadable=why,
        receipt=open_receipt(why.text, policy, now=now) if isinstance(why, ReceiptFound) else None,
    )


def _unreadable(refused: Refused, now: datetime, *seen: Evidence) -> VerificationReport:
    evidence = seen or (
        Evidence(looked_at=refused.name or "the item", source="carrier", read_at=now, digest=refused.digest),
    )
    return VerificationReport.unreadable(
        Reason(refused.unreadable.code), str(refused.unreadable), checked_at=now, evidence=evidence
    )


def _another_link() -> Unreadable:
    return Unreadable(
        Reason.NO_CREDENTIAL, "The link leads only to another link.", "Ask the holder for the file itself."
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
