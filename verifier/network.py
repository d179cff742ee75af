"""The network door: the only place where the gate connects to a host that a stranger's paper names.

A name is resolved once, every address found must be public, and the connection goes to one of those very addresses
under the name's certificate, so that a name cannot change its meaning between the check and the connection.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

import urllib3.exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from verifier.addresses import is_loopback, is_public
from verifier.errors import AddressRefused, Unreachable
from verifier.web_address import WebAddress, parse_web_address

Resolver = Callable[[str, int], Sequence[str]]
"""From a host name and a port to the addresses it stands for; raises OSError."""

_T = TypeVar("_T")

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 64 * 1024
_MOST_ADDRESSES: Final = 3
_FOREIGN_ERRORS: Final = (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """How much one document may cost.

    `seconds` counts everything from the first name lookup to the last byte, `silent_seconds` the wait for a connection
    or for the next bytes. `bytes` counts after decompression.
    """

    bytes: int = 2 * 1024 * 1024
    seconds: float = 5.0
    silent_seconds: float = 3.0
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    """A document as a server sent it, decompressed; `url` is where the last redirect led."""

    url: str
    body: bytes
    media_type: str


def resolve_by_system(host: str, port: int) -> list[str]:
    """All addresses the operating system finds for the host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@cache
def _public_authorities() -> ssl.SSLContext:
    """What this machine trusts, read once: the file of authorities is long."""
    return ssl.create_default_context()


class NetworkDoor:
    """GETs documents, and POSTs messages, over https from and to public addresses, on the standard port; nothing else.

    `allow_loopback` is for development: it also opens http and https on any port of this machine, where the address
    itself says so. `permits` decides on a resolved address; other rules than `is_public` are for tests.
    """

    def __init__(
        self,
        *,
        limits: DoorLimits | None = None,
        allow_loopback: bool = False,
        ports: frozenset[int] = frozenset({443}),
        resolve: Resolver = resolve_by_system,
        permits: Callable[[str], bool] = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or DoorLimits()
        self._allow_loopback = allow_loopback
        self._ports = ports
        self._resolve = resolve
        self._permits = permits
        self._tls = tls or _public_authorities()

    def get(self, url: str, *, accept: str) -> NetworkAnswer:
        """The document at `url`, following redirects under the same rules; raises Unreachable."""
        deadline = time.monotonic() + self._limits.seconds
        address = parse_web_address(url)
        for _ in range(self._limits.redirects + 1):
            found = self._get_once(address, accept, deadline)
            if isinstance(found, NetworkAnswer):
                return found
            address = found
        raise Unreachable(url, f"more than {self._limits.redirects} redirects")

    def check(self, url: str) -> None:
        """Raise AddressRefused where nothing would be asked or sent, Unreachable where the name is not known now."""
        self._addresses_of(parse_web_address(url))

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        """Hand a JSON text in at `url`: the status of the answer, of which nothing else is read. Raises Unreachable.

        A redirect is not followed: its status is the answer.
        """
        address = parse_web_address(url)
        sent = {
            **headers,
            "Host": address.authority,
            "Content-Type": "application/json",
            "User-Agent": "voltpass",
            "Connection": "close",
        }

        def tell(connection: HTTPConnection, watch: _Watch) -> int:
            connection.request("POST", address.target, body=body, headers=sent, preload_content=False)
            with closing(connection.getresponse()) as response:
                watch.check(address.url)
                return int(response.status)

        return self._visit(address, time.monotonic() + self._limits.seconds, tell)

    def _get_once(self, address: WebAddress, accept: str, deadline: float) -> NetworkAnswer | WebAddress:
        return self._visit(address, deadline, lambda connection, watch: self._ask(connection, address, accept, watch))

    def _visit(self, address: WebAddress, deadline: float, act: Callable[[HTTPConnection, _Watch], _T]) -> _T:
        numbers = self._addresses_of(address)
        watch = _Watch(deadline)
        try:
            connection = self._connect(address, numbers, watch)
            try:
                return act(connection, watch)
            finally:
                connection.close()
        except _FOREIGN_ERRORS as exc:
            watch.check(address.url)
            raise Unreachable(address.url, _in_words(exc)) from exc
        finally:
            watch.stop()

    def _addresses_of(self, address: WebAddress) -> list[str]:
        """The numbers to connect to; one number that is not permitted spoils the name."""
        loopback = self._allow_loopback and address.is_loopback
        if not loopback:
            if address.scheme != "https":
                raise AddressRefused(address.url, "only https is asked")
            if address.port not in self._ports:
                raise AddressRefused(address.url, f"port {address.port} is not asked")
        try:
            numbers = list(self._resolve(address.host, address.port))
        except (OSError, UnicodeError) as exc:
            raise Unreachable(address.url, "the host name is not known") from exc
        permits = is_loopback if loopback else self._permits
        if not numbers or not all(permits(number) for number in numbers):
            raise AddressRefused(address.url, "the host is not on the public internet")
        return numbers[:_MOST_ADDRESSES]

    def _connect(self, address: WebAddress, numbers: Sequence[str], watch: _Watch) -> HTTPConnection:
        for number in numbers[:-1]:
            with suppress(OSError, urllib3.exceptions.HTTPError):
                return self._connect_to(address, number, watch)
        return self._connect_to(address, numbers[-1], watch)

    def _connect_to(self, address: WebAddress, number: str, watch: _Watch) -> HTTPConnection:
        timeout = max(0.001, min(self._limits.silent_seconds, watch.seconds_left))
        connection: _WatchedHTTP | _WatchedHTTPS
        if address.scheme == "https":
            connection = _WatchedHTTPS(
                number, address.port, timeout=timeout, ssl_context=self._tls, server_hostname=address.host
            )
        else:
            connection = _WatchedHTTP(number, address.port, timeout=timeout)
        connection.watch = watch
        connection.connect()
        return connection

    def _ask(
        self, connection: HTTPConnection, address: WebAddress, accept: str, watch: _Watch
    ) -> NetworkAnswer | WebAddress:
        headers = {
            "Host": address.authority,
            "Accept": accept,
            "Accept-Encoding": "gzip",
            "User-Agent": "voltpass-gate",
            "Connection": "close",
        }
        connection.request("GET", address.target, headers=headers, preload_content=False)
        with closing(connection.getresponse()) as response:
            location = response.headers.get("Location")
            if response.status in _REDIRECTS and location:
                return address.join(location)
            if response.status != 200:
                raise Unreachable(address.url, f"the server answered {response.status}", status=response.status)
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return NetworkAnswer(address.url, self._body(response, address, watch), media_type)

    def _body(self, response: BaseHTTPResponse, address: WebAddress, watch: _Watch) -> bytes:
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self._limits.bytes:
                raise Unreachable(address.url, f"the document is larger than {self._limits.bytes} bytes")
        # a connection cut by the watch can look like the end of the document
        watch.check(address.url)
        return bytes(body)


class _Watch:
    """Cuts a connection at the deadline, also in the middle of a handshake or header that arrives drop by drop."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(max(0.0, self.seconds_left), self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    def look_after(self, connected: socket.socket) -> None:
        # TLS takes the socket object away from us; a duplicate still reaches the connection
        self._sockets.append(connected.dup())
        if self.seconds_left <= 0:
            self._cut()

    def check(self, url: str) -> None:
        if self.seconds_left <= 0:
            raise Unreachable(url, "the server took too long")

    def stop(self) -> None:
        self._timer.cancel()
        self._timer.join()
        for duplicate in self._sockets:
            duplicate.close()

    def _cut(self) -> None:
        for duplicate in self._sockets:
            try:
                duplicate.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it was gone already


class _WatchedHTTP(HTTPConnection):
    watch: _Watch

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self.watch.look_after(connected)
        return connected


class _WatchedHTTPS(HTTPSConnection):
    watch: _Watch

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self.watch.look_after(connected)
        return connected


def _in_words(exc: Exception) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"the certificate was refused: {exc.verify_message}"
    if isinstance(exc, ssl.SSLError):
        return "no secure connection came about"
    if isinstance(exc, urllib3.exceptions.NewConnectionError):
        return "no connection came about"
    if isinstance(exc, TimeoutError | urllib3.exceptions.TimeoutError):
        return "the server took too long"
    if isinstance(exc, OSError):
        return "no connection came about"
    return "the server did not keep to the protocol"
