"""Receivers of webhooks for tests: real servers that take what they are sent, stumble, or never answer."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from tests.loopback import Answer, LoopbackServer, answer, loopback_server
from tests.machines import Machine

TAKEN = answer(b"", status="204 No Content")


@dataclass
class Receiver:
    """A server that keeps what it was sent; ``answers`` are given in turn, the last one again and again."""

    server: LoopbackServer
    heads: list[dict[str, str]]
    bodies: list[bytes]

    def url(self) -> str:
        return self.server.url("/hook")


def receiver(stack: ExitStack, *answers: bytes | Answer) -> Receiver:
    heads: list[dict[str, str]] = []
    bodies: list[bytes] = []
    turn = iter(answers)
    last = [answers[-1]]

    def take(connection: socket.socket) -> None:
        head = dict(line.split(": ", 1) for line in server.requests[-1].partition("\r\n\r\n")[0].split("\r\n")[1:])
        body = server.requests[-1].partition("\r\n\r\n")[2].encode("latin-1")
        while len(body) < int(head["Content-Length"]):
            body += connection.recv(4096)
        heads.append({name.lower(): value for name, value in head.items()})
        bodies.append(body)
        given = next(turn, last[0])
        if callable(given):
            given(connection)
        else:
            connection.sendall(given)

    server = stack.enter_context(loopback_server({"/hook": take}))
    return Receiver(server, heads, bodies)


def silent(connection: socket.socket) -> None:
    """Never answers; hangs up when the caller does."""
    connection.settimeout(30)
    connection.recv(1)


def hook(desk: Machine, url: str, *events: str) -> dict[str, str]:
    response = desk.call("POST", "/webhooks", {"url": url, "events": list(events or ("issued",))})
    assert response.status_code == 201, response.text
    made: dict[str, str] = response.get_json()
    return made


def deliveries(desk: Machine, webhook: dict[str, str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = desk.call("GET", f"/webhooks/{webhook['id']}/deliveries").get_json()["items"]
    return found
