"""A receipt: a gate's signed word about one check that it made, for the files of whoever asked.

A receipt says what was found, at what moment and on what grounds; it never says what holds now. It names nobody: the
paper appears as a digest, reasons as codes of the closed vocabulary, and of what a stranger wrote only addresses. The
gate keeps no copy; its key, published by the gate with its history, tells later whether a receipt is its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal

from credentials.compact_jws import CompactJws, read_compact_jws, write_compact_jws
from credentials.errors import CredentialError
from credentials.strict_json import parse_json
from keys.errors import MalformedKey
from keys.instant import read_instant, write_instant
from keys.multibase import base64url_decode
from keys.signer import Signer
from verifier.errand import Errand
from verifier.issuers import KeyRefused, check_in_force, resolve_key
from verifier.policy import Policy
from verifier.reasons import Check, Outcome, Reason
from verifier.report import Evidence, Verdict, VerificationReport

RECEIPT_TYPE: Final = "voltpass-receipt+jwt"
_LONGEST_HEADER: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCheck:
    """One of the nine results: which, how it came out, why."""

    check: Check
    outcome: Outcome
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenList:
    """A status list or trust list as the check saw it: address, SHA-256 of its bytes, where from, how old."""

    address: str
    digest: str | None
    source: str
    age_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a gate attests about one past check.

    `digest` is the SHA-256 of the sealed text, or, where `about` is "item", of what was handed in and held none;
    `id_digest` that of the credential's id, only when the paper was found authentic.
    """

    gate_id: str
    checked_at: datetime
    about: Literal["credential", "item"]
    digest: str | None
    id_digest: str | None
    verdict: Verdict
    outcome: Outcome
    checks: tuple[ReceiptCheck, ...]
    key_id: str | None
    status_lists: tuple[SeenList, ...]
    trust_list: SeenList | None

    @classmethod
    def of(cls, report: VerificationReport, gate_id: str) -> Receipt:
        """What a gate has to attest about this report."""
        paper = report.unverified
        is_key_known = paper is not None and report.result_of(Check.KEY).outcome is Outcome.PASSED
        return cls(
            gate_id=gate_id,
            checked_at=report.checked_at.astimezone(UTC).replace(microsecond=0),
            about="item" if paper is None else "credential",
            digest=_digest_of_item(report) if paper is None else paper.digest,
            id_digest=_sha256(paper.unverified_id) if paper and paper.unverified_id and report.is_authentic else None,
            verdict=report.verdict,
            outcome=report.outcome,
            checks=tuple(
                ReceiptCheck(check=each.check, outcome=each.outcome, reason=each.reason) for each in report.checks
            ),
            key_id=paper.unverified_key_id if paper is not None and is_key_known else None,
            status_lists=tuple(_seen(report.result_of(Check.STATUS).evidence)),
            trust_list=next(_seen(report.result_of(Check.TRUST).evidence), None),
        )

    def to_json(self) -> dict[str, Any]:
        """The claims of the signed receipt."""
        return {
            "iss": self.gate_id,
            "iat": int(self.checked_at.timestamp()),
            "checked_at": write_instant(self.checked_at),
            "about": self.about,
            "sha256": self.digest,
            "id_sha256": self.id_digest,
            "verdict": self.verdict.value,
            "outcome": self.outcome.value,
            "checks": [
                {
                    "check": each.check.value,
                    "outcome": each.outcome.value,
                    "reason": each.reason.value if each.reason else None,
                }
                for each in self.checks
            ],
            "key": self.key_id,
            "status_lists": [_list_to_json(each) for each in self.status_lists],
            "trust_list": None if self.trust_list is None else _list_to_json(self.trust_list),
        }

    @classmethod
    def from_json(cls, claims: Mapping[str, Any]) -> Receipt:
        """Read the claims; raises ValueError, also for claims that this gate would not write."""
        try:
            receipt = cls(
                gate_id=claims["iss"],
                checked_at=read_instant(claims["checked_at"]),
                about=claims["about"],
                digest=claims["sha256"],
                id_digest=claims["id_sha256"],
                verdict=Verdict(claims["verdict"]),
                outcome=Outcome(claims["outcome"]),
                checks=tuple(_check_from_json(each) for each in claims["checks"]),
                key_id=claims["key"],
                status_lists=tuple(_list_from_json(each) for each in claims["status_lists"]),
                trust_list=None if claims["trust_list"] is None else _list_from_json(claims["trust_list"]),
            )
            is_ours = receipt.to_json() == dict(claims)
        except (KeyError, TypeError, AttributeError) as exc:
            raise ValueError(f"the claims of a receipt are not there as they should be: {exc}") from exc
        if not is_ours:
            raise ValueError("the claims are not those of a receipt")
        return receipt


class Standing(StrEnum):
    """What became of the question whether a receipt is the gate's own."""

    GENUINE = "genuine"
    NOT_GENUINE = "not_genuine"
    FOREIGN = "foreign"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReading:
    """A receipt that was handed in; `receipt` is there only when genuine. None of it is a verdict about now."""

    standing: Standing
    detail: str
    text: str
    receipt: Receipt | None = None

    def to_json(self) -> dict[str, Any]:
        """Standing and sentence, and what was attested when genuine."""
        attested = None if self.receipt is None else self.receipt.to_json()
        return {"standing": self.standing.value, "detail": self.detail, "attested": attested}


def write_receipt(report: VerificationReport, gate_id: str, signer: Signer) -> str:
    """Attest a report as a compact JWS, signed by the gate's P-256 key."""
    return write_compact_jws(Receipt.of(report, gate_id).to_json(), signer, typ=RECEIPT_TYPE)


def claims_to_be_receipt(text: str) -> bool:
    """Whether a token says in its header that it is a receipt, whatever the rest of it is like."""
    head = text.partition(".")[0]
    if len(head) > _LONGEST_HEADER:
        return False
    try:
        header = parse_json(base64url_decode(head))
    except (CredentialError, MalformedKey):
        return False
    return str(header.get("typ")).lower() == RECEIPT_TYPE


def open_receipt(text: str, policy: Policy, *, now: datetime) -> ReceiptReading:
    """Say whether one of the gates that the policy knows wrote this receipt, and if so, what it attests.

    The gate that the receipt names must be one of `policy.receipts_from`; that gate's own document must list the key;
    the key must have been in force when the receipt was written; it must have signed exactly this; and that may not
    have been in the future. Never raises for anything a receipt can be.
    """
    try:
        token = read_compact_jws(text, types=frozenset({RECEIPT_TYPE}))
    except CredentialError as exc:
        return _no(Standing.NOT_GENUINE, f"The receipt was changed or is incomplete: {exc}.", text)
    gate_id = token.payload.get("iss")
    if gate_id not in policy.receipts_from:
        return _no(Standing.FOREIGN, "This gate did not write the receipt, and knows no other gates' receipts.", text)
    try:
        receipt = _open_own(token, str(gate_id), replace(policy, documents=Errand(policy.documents)), now)
    except KeyRefused as exc:
        unsure = exc.reason in {Reason.KEY_UNREACHABLE, Reason.KEY_DOCUMENT_INVALID}
        standing = Standing.UNCHECKED if unsure else Standing.NOT_GENUINE
        return _no(standing, f"The receipt's key is not known as the gate's: {exc.detail}", text)
    except CredentialError:
        return _no(Standing.NOT_GENUINE, "The receipt was changed, or the gate never signed it.", text)
    except ValueError as exc:
        return _no(Standing.UNCHECKED, f"The receipt has the gate's signature, but cannot be believed: {exc}.", text)
    if receipt.checked_at > now + policy.clock_skew:
        return _no(Standing.NOT_GENUINE, "The receipt speaks of a moment that is still ahead.", text)
    detail = (
        f"{receipt.gate_id} attests a check made at {write_instant(receipt.checked_at)}; it says nothing about now."
    )
    return ReceiptReading(standing=Standing.GENUINE, detail=detail, text=text, receipt=receipt)


def _open_own(token: CompactJws, gate_id: str, policy: Policy, now: datetime) -> Receipt:
    """The claims under the gate's signature; raises KeyRefused, CredentialError or ValueError."""
    key = resolve_key(gate_id, token.unverified_key_id or "", policy, now=now)
    token.verify(key.public_key)
    receipt = Receipt.from_json(token.payload)
    check_in_force(key, receipt.checked_at)
    if any(listing.revoked is not None and listing.revoked <= now for listing in key.listings):
        raise ValueError("the gate no longer trusts the key, and whoever has it can date back")
    return receipt


def _no(standing: Standing, detail: str, text: str) -> ReceiptReading:
    return ReceiptReading(standing=standing, detail=detail, text=text)


def _seen(evidence: Iterable[Evidence]) -> Iterator[SeenList]:
    """What came from outside the paper."""
    return (
        SeenList(address=each.looked_at, digest=each.digest, source=each.source, age_seconds=each.age_seconds or 0)
        for each in evidence
        if each.source != "carrier"
    )


def _digest_of_item(report: VerificationReport) -> str | None:
    return next((each.digest for each in report.result_of(Check.FORM).evidence), None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _list_to_json(seen: SeenList) -> dict[str, Any]:
    return {"url": seen.address, "sha256": seen.digest, "source": seen.source, "age_seconds": seen.age_seconds}


def _list_from_json(obj: Mapping[str, Any]) -> SeenList:
    return SeenList(address=obj["url"], digest=obj["sha256"], source=obj["source"], age_seconds=obj["age_seconds"])


def _check_from_json(obj: Mapping[str, Any]) -> ReceiptCheck:
    reason = obj["reason"]
    return ReceiptCheck(
        check=Check(obj["check"]),
        outcome=Outcome(obj["outcome"]),
        reason=None if reason is None else Reason(reason),
    )
