"""The network door: whom it connects to, and how much it lets itself be told."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback import answer, loopback_server, redirect, tls_pair
from verifier.errors import Unreachable
from verifier.network import DoorLimits, NetworkDoor

PUBLIC = "127.0.0.1"
INNER = "127.0.0.2"
NAME = "issuer.example"


def names(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(addresses)


def development_door(**limits: float) -> NetworkDoor:
    return NetworkDoor(allow_loopback=True, limits=DoorLimits(**limits))  # type: ignore[arg-type]


def test_a_document_comes_through() -> None:
    """The success path: body, media type without parameters, and the address that answered."""
    served = {"/did.json": answer(b'{"id":"x"}', "Content-Type: Application/DID+json; charset=utf-8")}
    with loopback_server(served) as server:
        found = development_door().get(server.url("/did.json"), accept="application/json")
    assert found.body == b'{"id":"x"}'
    assert found.media_type == "application/did+json"
    assert found.url == server.url("/did.json")
    assert "Accept: application/json\r\n" in server.requests[0]
    assert f"Host: 127.0.0.1:{server.port}\r\n" in server.requests[0]


def test_tls_is_checked_against_the_name_not_the_number(tmp_path: Path) -> None:
    """The connection goes to the number that was looked at, under the certificate and Host of the name."""
    inside, outside = tls_pair(tmp_path, NAME)
    asked: list[str | None] = []
    inside.sni_callback = lambda sock, name, context: asked.append(name)
    with loopback_server({"/": answer(b"hello")}, tls=inside) as server:
        door = NetworkDoor(ports=frozenset({server.port}), resolve=names(PUBLIC), permits=PUBLIC.__eq__, tls=outside)
        found = door.get(server.url("/", scheme="https", host=NAME), accept="*/*")
    assert found.body == b"hello"
    assert asked == [NAME]
    assert f"Host: {NAME}:{server.port}\r\n" in server.requests[0]


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    """Whoever answers at the number must prove to be the name."""
    inside, outside = tls_pair(tmp_path, "other.example")
    with loopback_server({"/": answer(b"hello")}, tls=inside) as server:
        door = NetworkDoor(ports=frozenset({server.port}), resolve=names(PUBLIC), permits=PUBLIC.__eq__, tls=outside)
        with pytest.raises(Unreachable, match="certificate"):
            door.get(server.url("/", scheme="https", host=NAME), accept="*/*")
    assert server.requests == []


def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    """Without a special context only the certificates the system trusts count."""
    inside, _ = tls_pair(tmp_path, NAME)
    with loopback_server({"/": answer(b"hello")}, tls=inside) as server:
        door = NetworkDoor(ports=frozenset({server.port}), resolve=names(PUBLIC), permits=PUBLIC.__eq__)
        with pytest.raises(Unreachable, match="certificate"):
            door.get(server.url("/", scheme="https", host=NAME), accept="*/*")


def test_a_name_that_changes_its_meaning_is_not_followed(tmp_path: Path) -> None:
    """Rebinding: the name is resolved once, and the connection goes to what was looked at then."""
    inside, outside = tls_pair(tmp_path, NAME)
    answers = iter([[PUBLIC], [INNER]])
    with (
        loopback_server({"/": answer(b"public")}, tls=inside) as public,
        loopback_server({"/": answer(b"secret")}, address=INNER, tls=inside) as inner,
    ):
        door = NetworkDoor(
            ports=frozenset({public.port}),
            resolve=lambda host, port: next(answers),
            permits=PUBLIC.__eq__,
            tls=outside,
        )
        url = public.url("/", scheme="https", host=NAME)
        assert door.get(url, accept="*/*").body == b"public"
        with pytest.raises(Unreachable, match="not on the public internet"):
            door.get(url, accept="*/*")
    assert inner.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["127.0.0.1"], id="loopback"),
        pytest.param(["10.0.0.1"], id="private"),
        pytest.param(["169.254.169.254"], id="link local"),
        pytest.param(["::1"], id="ipv6 loopback"),
        pytest.param(["::ffff:10.0.0.1"], id="mapped"),
        pytest.param(["64:ff9b::a00:1"], id="NAT64"),
        pytest.param(["2002:a00:1::"], id="6to4"),
        pytest.param(["8.8.8.8", "10.0.0.1"], id="one public, one private"),
        pytest.param([], id="none"),
    ],
)
def test_a_name_in_a_private_place_is_not_asked(addresses: list[str]) -> None:
    """Every address of a name must be public; a single other one spoils it."""
    door = NetworkDoor(resolve=names(*addresses))
    with pytest.raises(Unreachable, match="not on the public internet"):
        door.get(f"https://{NAME}/", accept="*/*")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://issuer.example/", "only https", id="http"),
        pytest.param("https://issuer.example:8443/", "port 8443", id="port"),
        pytest.param("https://issuer.example:22/", "port 22", id="port of another service"),
        pytest.param("http://127.0.0.1:9/", "only https", id="loopback http without the setting"),
        pytest.param("https://127.0.0.1/", "not on the public internet", id="loopback without the setting"),
        pytest.param("https://[::1]/", "not on the public internet", id="ipv6 loopback without the setting"),
        pytest.param("https://localhost/", "not on the public internet", id="localhost without the setting"),
        pytest.param("https://2130706433/", "disguise", id="decimal"),
        pytest.param("https://0x7f.1/", "disguise", id="hexadecimal"),
        pytest.param("https://0177.0.0.1/", "disguise", id="octal"),
        pytest.param("https://user@issuer.example/", "user name", id="user name"),
    ],
)
def test_an_address_the_door_does_not_open_for(url: str, words: str) -> None:
    """Only https on the standard port is asked, and only outside."""
    with pytest.raises(Unreachable, match=words):
        NetworkDoor().get(url, accept="*/*")


def test_the_development_setting_opens_for_this_machine_by_name_only() -> None:
    """A name of somebody else that resolves to this machine stays shut, also in development."""
    with loopback_server({"/": answer(b"secret")}) as server:
        door = NetworkDoor(allow_loopback=True, resolve=names(PUBLIC), ports=frozenset({server.port}))
        with pytest.raises(Unreachable, match="not on the public internet"):
            door.get(server.url("/", scheme="https", host=NAME), accept="*/*")
        with pytest.raises(Unreachable, match="only https"):
            door.get(server.url("/", host=NAME), accept="*/*")
    assert server.connections == 0


def test_the_development_setting_knows_when_localhost_is_elsewhere() -> None:
    """A machine whose localhost is another one is not asked without TLS."""
    door = NetworkDoor(allow_loopback=True, resolve=names("8.8.8.8"))
    with pytest.raises(Unreachable, match="not on the public internet"):
        door.get("http://localhost:1/", accept="*/*")


def test_an_unknown_name_is_unreachable() -> None:
    """A name nobody knows is a result, not a crash."""

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("test")

    with pytest.raises(Unreachable, match="not known"):
        NetworkDoor(resolve=unknown).get(f"https://{NAME}/", accept="*/*")


def test_the_next_address_is_tried() -> None:
    """A name with several addresses is reached at the first one that answers."""
    with loopback_server({"/": answer(b"hello")}) as server:
        door = NetworkDoor(allow_loopback=True, resolve=names("127.0.0.3", PUBLIC))
        assert door.get(server.url("/", host="localhost"), accept="*/*").body == b"hello"


def test_ipv6_is_spoken() -> None:
    """An IPv6 address in a URL is connected to as such."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with loopback_server({"/": answer(b"six")}, address="::1") as server:
        url = server.url("/", host="[::1]")
        assert development_door().get(url, accept="*/*").body == b"six"
    assert f"Host: [::1]:{server.port}\r\n" in server.requests[0]


def test_redirects_are_followed_three_times() -> None:
    """Three hops are a way, four are a maze."""
    hops: dict[str, bytes | Callable[[socket.socket], None]] = {
        f"/{step}": redirect(f"/{step + 1}") for step in range(4)
    }
    with loopback_server({**hops, "/3": answer(b"there"), "/a": redirect("/b")}) as server:
        found = development_door().get(server.url("/0"), accept="*/*")
        assert found.url == server.url("/3")
    with (
        loopback_server({**hops, "/4": answer(b"there")}) as server,
        pytest.raises(Unreachable, match="more than 3 redirects"),
    ):
        development_door().get(server.url("/0"), accept="*/*")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        pytest.param("https://10.0.0.1/", "public internet", id="private"),
        pytest.param("https://169.254.169.254/latest/meta-data/", "public internet", id="link local"),
        pytest.param("https://[::ffff:10.0.0.1]/", "public internet", id="mapped"),
        pytest.param("https://[fd00::1]/", "public internet", id="unique local"),
        pytest.param("https://167772161/", "disguise", id="decimal"),
        pytest.param("http://issuer.example/", "only https", id="without TLS"),
        pytest.param("https://issuer.example:6379/", "port 6379", id="another port"),
        pytest.param("https://a:b@issuer.example/", "user name", id="user name"),
        pytest.param("file:///etc/passwd", "not a web address", id="file"),
        pytest.param("//[::1", "no web address", id="nonsense"),
    ],
)
def test_a_redirect_is_checked_like_a_first_address(location: str, words: str) -> None:
    """A redirect opens no door that a paper could not open itself."""
    with loopback_server({"/": redirect(location)}) as server, pytest.raises(Unreachable, match=words):
        development_door().get(server.url("/"), accept="*/*")
    assert server.connections == 1


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "204 No Content", "304 Not Modified"])
def test_only_200_is_an_answer(status: str) -> None:
    """An error page is not the document."""
    served = {"/": f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()}
    with loopback_server(served) as server, pytest.raises(Unreachable, match=status[:3]):
        development_door().get(server.url("/"), accept="*/*")


def test_only_a_redirect_redirects() -> None:
    """A Location beside a document leads nowhere, and a redirect without one is no answer."""
    served = {
        "/": answer(b"here", "Location: /elsewhere"),
        "/lost": answer(b"", status="302 Found"),
        "/full": answer(b"x" * 1000),
    }
    with loopback_server(served) as server:
        assert development_door().get(server.url("/"), accept="*/*").body == b"here"
        with pytest.raises(Unreachable, match="302"):
            development_door().get(server.url("/lost"), accept="*/*")
        assert len(development_door(bytes=1000).get(server.url("/full"), accept="*/*").body) == 1000


def test_gzip_is_undone() -> None:
    """A compressed answer counts as what it expands to."""
    with loopback_server({"/": answer(gzip.compress(b"hello" * 100), "Content-Encoding: gzip")}) as server:
        assert development_door().get(server.url("/"), accept="*/*").body == b"hello" * 100


def stream(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


@pytest.mark.parametrize(
    "served",
    [
        pytest.param(answer(b"x" * 1001), id="plain"),
        pytest.param(answer(gzip.compress(b"\0" * 50_000_000), "Content-Encoding: gzip"), id="gzip bomb"),
        pytest.param(
            answer(gzip.compress(gzip.compress(b"\0" * 50_000_000)), "Content-Encoding: gzip, gzip"),
            id="gzip bomb in gzip",
        ),
        pytest.param(stream, id="endless"),
    ],
)
def test_large_documents_are_cut_short(served: bytes | Callable[[socket.socket], None]) -> None:
    """The size that counts is the size after decompression, and no more is read than that."""
    with loopback_server({"/": served}) as server, pytest.raises(Unreachable, match="larger than 1000 bytes"):
        development_door(bytes=1000).get(server.url("/"), accept="*/*")


def dripping(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            time.sleep(0.02)
            connection.sendall(drop)

    return drip


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "served",
    [
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), id="body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"), id="announced body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), id="header"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers"),
        pytest.param(lambda connection: time.sleep(1), id="silence"),
    ],
)
def test_slow_servers_are_left(served: Callable[[socket.socket], None]) -> None:
    """The whole conversation has one deadline, however regularly a drop falls."""
    with loopback_server({"/": served}) as server, pytest.raises(Unreachable, match="too long"):
        development_door(seconds=0.3).get(server.url("/"), accept="*/*")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "served",
    [
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), id="header"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers"),
        pytest.param(lambda connection: time.sleep(1), id="silence"),
    ],
)
def test_slow_receivers_are_left(served: Callable[[socket.socket], None]) -> None:
    """An answer cut in its middle is none: whoever handed something in must not take it for received."""
    with loopback_server({"/": served}) as server, pytest.raises(Unreachable, match="too long"):
        development_door(seconds=0.3).post(server.url("/"), body=b"{}", headers={})


@pytest.mark.timeout(60)
def test_slow_servers_are_left_behind_tls_too(tmp_path: Path) -> None:
    """The deadline reaches through an encrypted connection."""
    inside, outside = tls_pair(tmp_path, NAME)
    served = {"/": dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x")}
    with loopback_server(served, tls=inside) as server:
        door = NetworkDoor(
            ports=frozenset({server.port}),
            resolve=names(PUBLIC),
            permits=PUBLIC.__eq__,
            tls=outside,
            limits=DoorLimits(seconds=0.5),
        )
        with pytest.raises(Unreachable, match="too long"):
            door.get(server.url("/", scheme="https", host=NAME), accept="*/*")


@pytest.mark.timeout(60)
def test_a_handshake_that_never_ends_is_left(tmp_path: Path) -> None:
    """The deadline holds before a single byte of HTTP was said."""
    _, outside = tls_pair(tmp_path, NAME)
    listener = socket.create_server((PUBLIC, 0))
    over = threading.Event()

    def drip_handshake() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x40\x00")
            while not over.wait(0.02):
                connection.sendall(b"x")

    thread = threading.Thread(target=drip_handshake)
    thread.start()
    port = listener.getsockname()[1]
    door = NetworkDoor(
        ports=frozenset({port}),
        resolve=names(PUBLIC),
        permits=PUBLIC.__eq__,
        tls=outside,
        limits=DoorLimits(seconds=0.3),
    )
    with pytest.raises(Unreachable):
        door.get(f"https://{NAME}:{port}/", accept="*/*")
    over.set()
    thread.join()
    listener.close()


@pytest.mark.parametrize(
    "served",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-test\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", id="less than announced"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="broken chunks"),
        pytest.param(answer(b"no gzip", "Content-Encoding: gzip"), id="broken gzip"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", id="very many headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", id="very long header"),
    ],
)
def test_servers_that_break_the_protocol_are_unreachable(served: bytes) -> None:
    """Nonsense from outside becomes our own error, never a foreign one."""
    with loopback_server({"/": served}) as server, pytest.raises(Unreachable):
        development_door().get(server.url("/"), accept="*/*")


def test_nobody_listens() -> None:
    """A closed port is a result, not a crash."""
    with loopback_server({}) as server:
        url = server.url("/")
    with pytest.raises(Unreachable, match="no connection"):
        development_door().get(url, accept="*/*")
