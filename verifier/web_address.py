"""A web address taken apart once, so that what is checked and what is asked for cannot be two different things."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from verifier.addresses import is_disguised_address, is_loopback_name
from verifier.errors import Unreachable

_LONGEST: Final = 2048
_CHARACTERS: Final = re.compile(r"[!#-\[\]_a-z~]+", re.ASCII | re.IGNORECASE)
"""Printable ASCII without space, quotation mark, backslash, caret, backtick, braces and bar."""
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Scheme, host (lower case, IPv6 without brackets), port and request target of a URL; the fragment is left off."""

    url: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_loopback(self) -> bool:
        """Whether the host, as written, means this machine."""
        return is_loopback_name(self.host)

    @property
    def authority(self) -> str:
        """Host and port as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two addresses of one server have in common."""
        return self.scheme, self.host, self.port

    def join(self, location: str) -> WebAddress:
        """The address a redirect from here leads to; raises Unreachable."""
        try:
            return parse_web_address(urljoin(self.url, location))
        except ValueError as exc:
            raise Unreachable(self.url, "the redirect leads to no web address") from exc


def parse_web_address(url: str) -> WebAddress:
    """Take a URL apart; raises Unreachable for other schemes, user names, odd characters and disguised addresses."""
    if len(url) > _LONGEST or not _CHARACTERS.fullmatch(url):
        raise Unreachable(url[:_LONGEST], "the address has characters a web address may not have")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as exc:
        raise Unreachable(url, "not a web address") from exc
    if parts.scheme not in _PORTS:
        raise Unreachable(url, "not a web address")
    if "@" in parts.netloc:
        raise Unreachable(url, "the address carries a user name")
    if is_disguised_address(host):
        raise Unreachable(url, "the host is an internet address in disguise")
    if not _is_host(host) or port == 0:
        raise Unreachable(url, "the host is not a domain name")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    without_fragment = url.partition("#")[0]
    return WebAddress(without_fragment, parts.scheme, host, port or _PORTS[parts.scheme], target)


def _is_host(host: str) -> bool:
    if ":" not in host:
        return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))
    try:
        return ipaddress.IPv6Address(host).scope_id is None
    except ValueError:
        return False
