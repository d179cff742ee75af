"""Where mails go: to a mail server, or to a folder when none is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from issuer.delivery.addresses import AddressUnusable, MailAddress, read_address

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
URL: Final = "VOLTPASS_SMTP_URL"
FROM: Final = "VOLTPASS_MAIL_FROM"
DEFAULT_FROM: Final = MailAddress("voltpass", "localhost.localdomain")
"""In development, where mails end as files."""

_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server. Names and passwords travel encrypted only: TLS from the start, or STARTTLS, or to this machine."""

    host: str
    port: int
    is_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def needs_starttls(self) -> bool:
        """Whether the conversation has to become encrypted before anything is said."""
        return not self.is_tls and self.host not in LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How mails leave. Without ``server`` each becomes a file in ``folder``."""

    folder: Path
    sender: MailAddress = DEFAULT_FROM
    server: SmtpServer | None = None


def read_mail_settings(env: Mapping[str, str], data_dir: Path, problems: list[str]) -> MailSettings:
    """Read what the environment says of mail; what is wrong is added to ``problems``, one sentence each."""
    folder = data_dir / "outbox"
    url, sender = env.get(URL, ""), _sender(env.get(FROM, ""), problems)
    server = _server(url, problems) if url else None
    if server is not None and sender is DEFAULT_FROM:
        problems.append(f"{FROM} is not set: give the address mails come from, such as badges@example.org.")
    return MailSettings(folder=folder, sender=sender, server=server)


def _sender(text: str, problems: list[str]) -> MailAddress:
    if not text:
        return DEFAULT_FROM
    try:
        address = read_address(text)
    except AddressUnusable as exc:
        problems.append(f"{FROM} cannot be used: {exc}")
        return DEFAULT_FROM
    if address.needs_smtputf8:
        problems.append(f"{FROM} cannot be used: before the @ only plain letters are taken by every mail server.")
    return address


def _server(url: str, problems: list[str]) -> SmtpServer | None:
    """The message never repeats the address: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        problems.append(
            f"{URL} cannot be used: give smtp://user:password@host:port or smtps://user:password@host:port."
        )
        return None
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
