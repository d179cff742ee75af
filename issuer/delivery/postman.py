"""The way to a mail server, or to a folder: one conversation for each mail, as short as can be."""

from __future__ import annotations

import os
import re
import secrets
import smtplib
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Final, Protocol

from issuer.delivery.compose import Envelope
from issuer.delivery.mail_settings import MailSettings, SmtpServer
from issuer.errors import IssuerError
from issuer.work.handlers import TryLater

ACCEPTED: Final = 250
PATIENCE_SECONDS: Final = 20
"""For one answer of the server; less than the lease of the work, so that nobody else takes the same mail meanwhile."""

_STALE_SECONDS: Final = 10
_ENHANCED: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_OURS: Final = frozenset({530, 534, 535, 538})
"""Answers that complain of us and not of the recipient: sign-in asked for, or refused."""

BeforeTheEnd = Callable[[], bool]
"""Called when the server has everything but the end of the message: notes that from here on nobody can know whether it
took the mail. False when somebody else has the mail in hand; then it is not ended."""


class MailRefused(IssuerError):
    """The server will not take this mail for this recipient, now or later; or says ``is_for_now`` and may take it."""

    code: ClassVar[str] = "mail_refused"

    def __init__(self, smtp_code: int, status: str | None, *, is_for_now: bool = False) -> None:
        super().__init__(f"The mail server refused the mail ({smtp_code}{f' {status}' if status else ''}).")
        self.smtp_code = smtp_code
        self.status = status
        self.is_for_now = is_for_now


class MailCannotLeave(IssuerError):
    """The mail server, or the folder of mails, cannot be used at this moment."""

    code: ClassVar[str] = "mail_cannot_leave"


class Postman(Protocol):
    """Whoever brings mails away."""

    def look(self) -> str:
        """See whether mails could leave, without sending one; a sentence. Raises MailCannotLeave."""
        ...

    def hand_over(self, envelope: Envelope, before_the_end: BeforeTheEnd) -> int:
        """Bring one mail away; gives the code of the answer. Raises MailRefused, and TryLater for a world away."""
        ...


def open_postman(settings: MailSettings) -> Postman:
    """The postman of these settings; connects when there is something to bring."""
    return FolderPostman(settings.folder) if settings.server is None else SmtpPostman(settings.server)


class FolderPostman:
    """Writes each mail as a file, for machines without a mail server. The same mail again gives the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def look(self) -> str:
        """Write a file into the folder and take it away again."""
        draft = self._folder / f".look.{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_bytes(b"")
            draft.unlink()
        except OSError as exc:
            raise MailCannotLeave(f"no file can be written into {self._folder}: {exc.strerror}") from exc
        return f"becomes files in {self._folder}"

    def hand_over(self, envelope: Envelope, before_the_end: BeforeTheEnd) -> int:
        """Write the file whole or not at all, readable by us alone."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not before_the_end():
            raise TryLater("mail_in_other_hands")
        draft = self._folder / f".{envelope.envelope_id}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(envelope.message)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / f"{envelope.envelope_id}.eml")
        finally:
            draft.unlink(missing_ok=True)
        return ACCEPTED


class SmtpPostman:
    """Speaks SMTP; keeps a connection for the next mail. Safe for several threads, each with its own connection."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._idle: list[tuple[smtplib.SMTP, float]] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    def look(self) -> str:
        """Greet the server, with TLS and sign-in as for a mail, and take leave."""
        server = f"{self._server.host}:{self._server.port}"
        try:
            smtp = self._connected("localhost")
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        except TryLater as exc:
            raise MailCannotLeave(f"{server} answers, but takes no mail from us: {exc.reason}") from exc
        except (smtplib.SMTPException, OSError) as exc:
            raise MailCannotLeave(
                f"{server} does not answer as a mail server ({type(exc).__name__}). Mails wait until it does"
            ) from exc
        return f"{server} greets"

    def hand_over(self, envelope: Envelope, before_the_end: BeforeTheEnd) -> int:
        """One conversation. TryLater after the end of a message means that nobody knows what became of it."""
        try:
            with self._connection(envelope) as smtp:
                return _converse(smtp, envelope, before_the_end)
        except ssl.SSLCertVerificationError as exc:
            raise TryLater("mail_certificate_untrusted") from exc
        except (smtplib.SMTPException, OSError) as exc:
            raise TryLater("mail_server_away") from exc

    def close(self) -> None:
        """End every connection that is kept."""
        with self._lock:
            _close_all(self._idle)

    @contextmanager
    def _connection(self, envelope: Envelope) -> Iterator[smtplib.SMTP]:
        smtp = self._kept() or self._connected(envelope.sender.domain)
        is_sound = False
        try:
            try:
                yield smtp
                is_sound = True
            except MailRefused:
                # the server is well and said no: the connection can go on
                with suppress(smtplib.SMTPException, OSError):
                    is_sound = smtp.rset()[0] == ACCEPTED
                raise
        finally:
            if is_sound:
                with self._lock:
                    self._idle.append((smtp, time.monotonic()))
            else:
                smtp.close()

    def _kept(self) -> smtplib.SMTP | None:
        """A connection of before that still answers."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                smtp, used = self._idle.pop()
            if time.monotonic() - used < _STALE_SECONDS:
                return smtp
            with suppress(smtplib.SMTPException, OSError):
                if smtp.noop()[0] == ACCEPTED:
                    return smtp
            smtp.close()

    def _connected(self, name: str) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.is_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=PATIENCE_SECONDS, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=PATIENCE_SECONDS)
        try:
            self._greet(smtp, context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._server.needs_starttls:
            if not smtp.has_extn("starttls"):
                raise TryLater("mail_server_without_tls")
            smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        if self._server.user is not None:
            try:
                smtp.login(self._server.user, self._server.password or "")
            except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as exc:
                raise TryLater("mail_login_refused") from exc


def _converse(smtp: smtplib.SMTP, envelope: Envelope, before_the_end: BeforeTheEnd) -> int:
    needs_utf8 = envelope.recipient.needs_smtputf8
    if needs_utf8 and not smtp.has_extn("smtputf8"):
        raise MailRefused(553, "5.6.7")
    _begin(smtp, envelope, needs_utf8)
    _require(*_recipient(smtp, envelope, needs_utf8))
    _require(*smtp.docmd("DATA"), wanted=354)
    smtp.send(re.sub(rb"(?m)^\.", b"..", envelope.message))
    if not before_the_end():
        smtp.close()
        raise TryLater("mail_in_other_hands")
    smtp.send(b".\r\n")
    code, answer = smtp.getreply()
    _require(code, answer)
    return code


def _begin(smtp: smtplib.SMTP, envelope: Envelope, needs_utf8: bool) -> None:
    """Who sends it. A server that refuses that refuses us, not the recipient: the mail waits for somebody to look."""
    options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8 else []
    if smtp.has_extn("dsn"):
        options += ["RET=HDRS", f"ENVID={envelope.envelope_id}"]
    code, _ = smtp.mail(str(envelope.sender), options)
    if code != ACCEPTED:
        smtp.close()
        if code in _OURS:
            raise TryLater("mail_login_refused")
        raise TryLater("mail_server_busy" if 400 <= code < 500 else "mail_sender_refused")


def _recipient(smtp: smtplib.SMTP, envelope: Envelope, needs_utf8: bool) -> tuple[int, bytes]:
    options = ["NOTIFY=FAILURE"] if smtp.has_extn("dsn") else []
    return smtp.rcpt(str(envelope.recipient), options)


def _require(code: int, answer: bytes, *, wanted: int = ACCEPTED) -> None:
    if code == wanted or (wanted == ACCEPTED and code == 251):
        return
    if code in _OURS:
        raise TryLater("mail_login_refused")
    if code in {421, -1}:
        raise smtplib.SMTPServerDisconnected("the server is going away")
    status = _ENHANCED.match(answer)
    raise MailRefused(code, status[1].decode("ascii") if status else None, is_for_now=400 <= code < 500)


def _close_all(idle: list[tuple[smtplib.SMTP, float]]) -> None:
    while idle:
        smtp, _ = idle.pop()
        smtp.close()
