"""Who has things checked how fast, told apart by address; addresses stay in memory and go nowhere from there."""

from __future__ import annotations

import ipaddress
from typing import Final

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from verifier.web.pace import CHECKS_A_MINUTE, Pace

_SAVED_SECONDS: Final = 120
"""Who pauses may hand in what two minutes give: three times the most that one visit takes."""


class Visitors:
    """Keeps one visitor from taking all the time of a gate. Safe for several threads.

    This machine itself never waits: a server in front of ours makes all the world look like it, until it is told how
    many there are.
    """

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or self.pace_of(CHECKS_A_MINUTE)

    @staticmethod
    def pace_of(checks_a_minute: int) -> Pace:
        """The pace for so many checks a minute."""
        return Pace.a_minute(checks_a_minute, saved_seconds=_SAVED_SECONDS)

    def let_in(self) -> None:
        """Count one check for whoever asks now; raises TooManyRequests with the seconds to wait."""
        caller = caller_of(request.remote_addr)
        if caller and (wait := self._pace.seconds_to_wait(caller)):
            raise TooManyRequests(retry_after=wait)

    def let_in_with_papers(self) -> None:
        """The same for whoever hands something in; looking at the empty form is free."""
        if request.method == "POST":
            self.let_in()

    def count(self, checks: int) -> None:
        """Count what it came to in the end: one check was counted at the door."""
        caller = caller_of(request.remote_addr)
        if caller and checks > 1:
            self._pace.count_more(caller, checks - 1)


def believe_proxies(app: Flask, count: int) -> None:
    """Let so many servers in front of ours say whom they serve, and nothing else.

    Our own address is the one in the settings, whatever anybody says.
    """
    if count:
        only_whom = {"x_proto": 0, "x_host": 0, "x_port": 0, "x_prefix": 0}
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, **only_whom)  # type: ignore[method-assign]


def caller_of(address: str | None) -> str:
    """The name under which an address is counted: an IPv6 one by its first 64 bits, all of which one household has.

    Nothing for this machine itself.
    """
    try:
        found = ipaddress.ip_address(address or "127.0.0.1")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return "" if found.is_loopback else str(ipaddress.ip_network((found, 64), strict=False))
        found = found.ipv4_mapped
    return "" if found.is_loopback else str(found)
