"""A real SMTP server on loopback that keeps what it is given, and misbehaves as it is told to."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.browser import spare_port

USER, PASSWORD = "voltpass", "mail secret for tests"


@dataclass
class MailServer:
    """What arrived, and how to behave: a refusal by recipient, a reply to every message, a pause before it."""

    port: int
    host: str = "127.0.0.1"
    received: list[tuple[str, bytes]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    reply: str = "250 2.0.0 kept"
    drops_after_data: int = 0
    """How many messages are kept and then answered by hanging up: the sender cannot know."""
    pause: float = 0.0
    connections: int = 0
    controller: Controller | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """As VOLTPASS_SMTP_URL has it."""
        return f"smtp://{self.host}:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        """Every message that was taken, in order, copies too."""
        return [cast(EmailMessage, message_from_bytes(content, policy=default)) for _, content in self.received]

    @property
    def message_ids(self) -> set[str]:
        """What mailboxes tell copies by."""
        return {str(mail["Message-ID"]) for mail in self.mails}

    def mail_to(self, address: str) -> EmailMessage:
        """The last message for a recipient."""
        content = [content for recipient, content in self.received if recipient == address][-1]
        return cast(EmailMessage, message_from_bytes(content, policy=default))

    def start(self) -> None:
        """Listen, at the same port each time."""
        controller = Controller(self, self.host, self.port, **self.options)
        controller.start()
        self.controller = controller

    def stop(self) -> None:
        """Go away."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    # What aiosmtpd calls

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 here"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.pause:
            await asyncio.sleep(self.pause)
        if not self.reply.startswith("250"):
            return self.reply
        self.received += [(recipient, envelope.content) for recipient in envelope.rcpt_tos]
        if self.drops_after_data:
            self.drops_after_data -= 1
            server.transport.abort()
        return self.reply


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """A server until the block ends; ``options`` go to aiosmtpd."""
    server = MailServer(spare_port(), options=options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def strict_mail_server(folder: Path) -> Iterator[tuple[MailServer, Path]]:
    """One at 127.0.0.2 that wants STARTTLS and a password; with the file of the certificate to trust."""
    certificate, key = certificate_for("127.0.0.2", folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    options = {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": lambda server, session, envelope, mechanism, data: AuthResult(
            success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False
        ),
    }
    server = MailServer(spare_port(), host="127.0.0.2", options=options)
    server.start()
    try:
        yield server, certificate
    finally:
        server.stop()


def certificate_for(address: str, folder: Path) -> tuple[Path, Path]:
    """A fresh certificate for an IP address, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail test certificate")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "mail-certificate.pem", folder / "mail-key.pem"
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file
