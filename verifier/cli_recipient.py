"""`--email`: is each badge about this person? The address is compared here, and neither printed nor kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from verifier.cli_words import indented
from verifier.examine import Examination
from verifier.reasons import Outcome
from verifier.recipient import Recipient, verify_recipient

_SENTENCES: Final[Mapping[Recipient, str]] = {
    Recipient.SAME: "The e-mail address given is the one that was signed.",
    Recipient.DIFFERENT: "The e-mail address given is not the one that was signed.",
    Recipient.NOT_NAMED: "No e-mail address was signed, so there is nothing to compare with.",
}
OUTCOMES: Final[Mapping[Recipient, Outcome]] = {
    Recipient.SAME: Outcome.PASSED,
    Recipient.DIFFERENT: Outcome.FAILED,
    Recipient.NOT_NAMED: Outcome.INDETERMINATE,
}
"""What the answer means for the exit status; the verdict on the badge stays as it is."""


def recipient_of(examination: Examination, email: str | None) -> Recipient | None:
    """The comparison, or None when none was wanted or there is no authentic badge to compare with."""
    credential = examination.report.authentic
    return None if email is None or credential is None else verify_recipient(credential, email)


def recipient_in_words(recipient: Recipient) -> str:
    """The line under a verdict."""
    return indented(_SENTENCES[recipient])


def check_address(_context: click.Context, _option: click.Parameter, email: str | None) -> str | None:
    """Refuse what is no address; the message does not repeat it."""
    if email is not None and "@" not in email:
        raise click.UsageError("--email: that is not an e-mail address.")
    return email
