"""What a caller of the gate can be told that is not a result in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from keys.errors import VoltpassError

if TYPE_CHECKING:
    from verifier.report import VerificationReport


class VerifierError(VoltpassError):
    """Root of the gate's errors."""

    code: ClassVar[str] = "verifier_error"


class CredentialRejected(VerifierError):
    """`accept()` was called on a report that is not VALID; the report says why."""

    code: ClassVar[str] = "credential_rejected"

    def __init__(self, report: VerificationReport) -> None:
        super().__init__(f"{report.verdict.value}: {report.deciding.detail}")
        self.report = report


class Unreadable(VerifierError):
    """The thing handed in holds no credential that can be read.

    `code` is one of FORM's reasons (`verifier.reasons.Reason`), `reason` says what is wrong, `remedy` what to do.
    """

    code: str = "unreadable"  # type: ignore[misc]  # each instance carries its own

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.code = code
        self.reason = reason
        self.remedy = remedy


class ReceiptFound(Unreadable):
    """What was handed in is no credential but the receipt of an earlier check; `text` is the token, not verified."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(
            code,
            "This is the receipt of an earlier check, not a credential.",
            "To know what holds now, hand in the certificate itself.",
        )
        self.text = text


class Unreachable(VerifierError):
    """A document could not be had: no such host, refused by the rules of the network door, too slow, too large.

    `status` is the HTTP status where a server answered with another than 200.
    """

    code: ClassVar[str] = "unreachable"

    def __init__(self, url: str, reason: str, *, status: int | None = None) -> None:
        self.url = url or "an empty address"
        super().__init__(f"{self.url}: {reason}")
        self.reason = reason
        self.status = status


class AddressRefused(Unreachable):
    """The rules of the network door forbid to ask there at all: not https, another port, not a public address."""


class TrustListRejected(VerifierError):
    """A trust list is malformed or not signed by its keeper."""

    code: ClassVar[str] = "trust_list_rejected"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
