"""What the window needs from behind it: the policy of the day, a clock, and what the issuer adds in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from credentials.credential import AchievementCredential
from verifier.policy import Policy
from verifier.receipt import Receipt
from verifier.report import VerificationReport


@dataclass(frozen=True, kw_only=True)
class StatusNote:
    """Why and when an issuer took a badge back, in its own record: `reason` is a value of the closed list.

    A note explains a verdict and never makes one. `replaced_by` is the address of the new badge, where its holder
    shows it.
    """

    reason: str
    at: datetime
    replaced_by: str | None = None


def no_note(credential_id: str) -> StatusNote | None:
    """The gate alone knows no reasons."""
    return None


def no_art(credential: AchievementCredential) -> Markup | None:
    """The gate alone draws no badge."""
    return None


ReceiptPaper = Callable[[Receipt, str], bytes]
"""Prints a receipt, given with its signed text, as a PDF."""


def no_receipt(report: VerificationReport) -> str | None:
    """The gate alone has no key to sign with."""
    return None


def utc_now() -> datetime:
    """The clock at the door."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The parts behind the window, each called anew for every visit."""

    policy: Callable[[], Policy]
    clock: Callable[[], datetime] = utc_now
    notes: Callable[[str], StatusNote | None] = no_note
    art: Callable[[AchievementCredential], Markup | None] = no_art
    receipt: Callable[[VerificationReport], str | None] = no_receipt
    receipt_paper: ReceiptPaper | None = None
