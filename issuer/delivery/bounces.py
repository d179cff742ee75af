"""Reports of mails that came back later: found again by what a mail server repeats of them (RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.delivery.records import MailRecord, MailState
from issuer.delivery.send import note_bounce
from issuer.errors import IssuerError

LARGEST: Final = 1024 * 1024
"""Bytes of a report that are read; what is told stands at its beginning."""

_MOST_PARTS: Final = 50
_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY: Final = re.compile(r"(?:smtp;)?\s*(\d{3})\b", re.I)
_MESSAGE_ID: Final = re.compile(r"<([A-Za-z0-9_-]{22})@")


class NoBounceReport(IssuerError):
    """The file is no report of a mail that came back, or of none of ours."""

    code: ClassVar[str] = "no_bounce_report"

    def __init__(self) -> None:
        super().__init__("This is no report (RFC 3464) of a mail from here that could not be delivered.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """What a report says: which mail, and whether it failed for good; a delay is not a failure."""

    message_token: str
    is_final: bool
    status: str | None
    smtp_code: int | None


def read_report(data: bytes) -> BounceReport:
    """Read a report; raises NoBounceReport. Nothing in it is trusted but the name of the mail and two numbers."""
    message = message_from_bytes(data[:LARGEST], policy=compat32)
    fields = dict.fromkeys(("Original-Envelope-Id", "Action", "Status", "Diagnostic-Code"), "")
    for part in _parts(message):
        for name, known in fields.items():
            fields[name] = known or _plain(part.get(name))
    token = _token(fields["Original-Envelope-Id"], message)
    if token is None or not fields["Action"]:
        raise NoBounceReport
    status, reply = _STATUS.match(fields["Status"]), _REPLY.match(fields["Diagnostic-Code"])
    return BounceReport(
        message_token=token,
        is_final=fields["Action"].strip().lower() == "failed",
        status=status[1] if status else None,
        smtp_code=int(reply[1]) if reply else None,
    )


def note_report(session: Session, data: bytes, *, now: datetime) -> MailRecord | None:
    """Note on the delivery what a report says; None for a mere delay. Raises NoBounceReport. No commit."""
    report = read_report(data)
    mail = session.scalar(select(MailRecord).where(MailRecord.message_token == report.message_token))
    if mail is None:
        raise NoBounceReport
    if not report.is_final or mail.state != MailState.SENT:
        return None
    note_bounce(session, mail, report.smtp_code, report.status, now=now)
    return mail


def _token(envelope_id: str, message: Message) -> str | None:
    """By the envelope id where the server keeps those (RFC 3461), else by the Message-ID in what it sent back."""
    if re.fullmatch(r"[A-Za-z0-9_-]{22}", envelope_id.strip()):
        return envelope_id.strip()
    for part in list(_parts(message))[1:]:
        found = _MESSAGE_ID.search(_plain(part.get("Message-ID")) or _returned_head(part))
        if found:
            return found[1]
    return None


def _returned_head(part: Message) -> str:
    """The head of the returned mail, where it was returned as text."""
    if part.get_content_type() not in {"text/rfc822-headers", "message/rfc822-headers"}:
        return ""
    body = part.get_payload(decode=True)
    text = body.decode("ascii", "replace") if isinstance(body, bytes) else ""
    line = re.search(r"^message-id:\s*(.+)$", text, re.I | re.M)
    return line[1] if line else ""


def _parts(message: Message) -> Iterator[Message]:
    for count, part in enumerate(message.walk()):
        if count == _MOST_PARTS:
            return
        yield part


def _plain(value: object) -> str:
    return "" if value is None else str(value)
