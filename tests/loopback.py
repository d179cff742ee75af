"""Servers on this machine that a test starts itself: plain or TLS, polite or not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = Callable[[socket.socket], None]


@dataclass
class LoopbackServer:
    """One listening server; `requests` holds the first line and headers of everything it was asked."""

    address: str
    port: int
    answers: dict[str, bytes | Answer]
    requests: list[str] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str, *, scheme: str = "http", host: str | None = None) -> str:
        return f"{scheme}://{host or self.address}:{self.port}{path}"


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """The bytes of an HTTP response with a right Content-Length."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def redirect(location: str) -> bytes:
    """The bytes of a redirect."""
    return answer(b"", f"Location: {location}", status="302 Found")


@contextmanager
def loopback_server(
    answers: Mapping[str, bytes | Answer], *, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[LoopbackServer]:
    """Serve `answers` by path until the block ends; an answer that is a function gets the raw connection."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, 0), family=family)
    listener.settimeout(0.05)
    server = LoopbackServer(address, listener.getsockname()[1], dict(answers))
    over = threading.Event()
    workers: list[threading.Thread] = []

    def listen() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            server.connections += 1
            worker = threading.Thread(target=_serve, args=(server, connection, tls))
            worker.start()
            workers.append(worker)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        thread.join()
        listener.close()
        for worker in workers:
            worker.join()


def _serve(server: LoopbackServer, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        connection.settimeout(5)
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv(4096)
            if not received:
                break
            head += received
        server.requests.append(head.decode("latin-1"))
        target = head.split(b" ")[1].decode("latin-1") if b" " in head else "/"
        found = server.answers.get(target, answer(b"", status="404 Not Found"))
        if callable(found):
            found(connection)
        else:
            connection.sendall(found)
    connection.close()


def tls_pair(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS context with a fresh certificate for `names`, and a client's that trusts exactly it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test certificate")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file = folder / "test-certificate.pem"
    key_file = folder / "test-key.pem"
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_file, key_file)
    client = ssl.create_default_context(cafile=str(certificate_file))
    return server, client
