"""Receipts for the pages: signed by the alliance office where it can sign, and left off the page where it cannot."""

from __future__ import annotations

from collections.abc import Callable

from issuer.alliance.keeper import seal_receipt
from issuer.alliance.trust_list import NoTrustListKeeper
from issuer.database import Sessions
from issuer.desk import OpenSigners
from issuer.signing.errors import NoSigningKey
from verifier.report import VerificationReport


def receipts(sessions: Sessions, signers: OpenSigners) -> Callable[[VerificationReport], str | None]:
    """What attests a report, or gives None in an office without keeper or key: a verdict needs no receipt."""

    def attest(report: VerificationReport) -> str | None:
        try:
            return seal_receipt(sessions, signers, report)
        except (NoTrustListKeeper, NoSigningKey):
            return None

    return attest
