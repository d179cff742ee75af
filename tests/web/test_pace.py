"""Nobody takes all the time of a service: each visitor of the gate, and each token, goes at a pace of its own."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from issuer.app import create_office_app
from issuer.settings import Settings, SettingsIncomplete
from tests.machines import Machine, machine, problem
from tests.simulator import Simulator
from tests.windows import HTML, JSON, gate_app, upload
from verifier.web.app import GateSettingsRefused, number_of
from verifier.web.pace import REMEMBERED, Pace
from verifier.web.site import Site
from verifier.web.visitors import Visitors, believe_proxies, caller_of

VISITOR = "198.51.100.7"


class Ticks:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def gate(ticks: Ticks, burst: int = 3, proxies: int = 0) -> FlaskClient:
    """A gate that looks at so many things at once, and then at one in two seconds."""
    visitors = Visitors(Pace(burst=burst, per_second=0.5, ticks=ticks))
    app = gate_app(Simulator(), visitors=visitors, site=Site(base_url="https://voltpass.example"))
    believe_proxies(app, proxies)
    return app.test_client()


def ask(client: FlaskClient, address: str = VISITOR) -> int:
    client.environ_base["REMOTE_ADDR"] = address
    return client.post("/verify", data={"text": "no badge"}, headers=JSON).status_code


def test_a_visitor_who_hands_in_too_much_waits() -> None:
    """A plain page or a problem with the seconds to wait; the form itself, and everybody else, go on."""
    ticks = Ticks()
    client = gate(ticks)
    assert [ask(client) for _ in range(4)] == [200, 200, 200, 429]
    told = client.post("/verify", json={"credential": "x"})
    problem(told, 429, "too_many_requests")
    assert (told.headers["Retry-After"], told.headers["Cache-Control"]) == ("2", "no-store")
    seen = client.post("/verify", data={"text": "no badge"}, headers=HTML)
    assert (seen.status_code, seen.headers["Retry-After"]) == (429, "2")
    assert "Seconds until you can go on: 2." in seen.text
    assert client.get("/verify").status_code == 200
    assert ask(client, "198.51.100.8") == 200
    ticks.now += 2
    assert [ask(client) for _ in range(2)] == [200, 429]


def test_each_file_counts() -> None:
    """One visit is never cut short, and is waited for afterwards."""
    ticks = Ticks()
    client = gate(ticks)
    client.environ_base["REMOTE_ADDR"] = VISITOR
    assert upload(client, *[(f"{number}.json", b"{}") for number in range(5)]).status_code == 200
    assert upload(client, ("6.json", b"{}")).headers["Retry-After"] == "6"
    ticks.now += 6
    assert upload(client, ("6.json", b"{}")).status_code == 200


def test_addresses_are_told_apart_as_households_are() -> None:
    """All the IPv6 addresses of one line are one visitor, whatever an address is wrapped in; this machine is none."""
    assert caller_of("2001:db8:1:2::a") == caller_of("2001:db8:1:2:ffff::b") != caller_of("2001:db8:1:3::a")
    assert caller_of("::ffff:198.51.100.7") == caller_of(VISITOR) != caller_of("198.51.100.8")
    assert {caller_of(address) for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "", None)} == {""}
    assert caller_of("somebody") == "unknown"
    client = gate(Ticks(), burst=1)
    assert [ask(client, "127.0.0.1") for _ in range(4)] == [200] * 4


def test_behind_a_server_of_ours_its_word_counts() -> None:
    """And nobody else's: what a visitor says of himself changes nothing."""
    client = gate(Ticks(), burst=1, proxies=1)
    client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.9, {VISITOR}"
    assert ask(client, "127.0.0.1") == 200
    client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.10, {VISITOR}"
    assert ask(client, "127.0.0.1") == 429
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.11"
    assert ask(client, "127.0.0.1") == 200


def test_no_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not even of who was sent away."""
    caplog.set_level(logging.DEBUG)
    client = gate(Ticks(), burst=1)
    assert [ask(client), ask(client)] == [200, 429]
    assert VISITOR not in caplog.text


def test_only_so_many_callers_are_remembered() -> None:
    """Memory has an end, whoever calls; who has not called for longest is forgotten."""
    pace = Pace(burst=1, per_second=0.001)
    assert pace.seconds_to_wait("first") == 0
    for number in range(REMEMBERED):
        pace.seconds_to_wait(f"{number}")
    assert pace.remembered == REMEMBERED
    assert pace.seconds_to_wait("first") == 0
    assert pace.seconds_to_wait(f"{REMEMBERED - 1}") > 0


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    """An office whose tokens make five calls at once, and whose gate looks at two things."""
    made = machine(tmp_path)
    made.office = replace(made.office, settings=replace(made.office.settings, calls_a_minute=25, checks_a_minute=1))
    made.client = create_office_app(made.office).test_client()
    return made


def test_a_token_has_one_pace_at_every_door(desk: Machine) -> None:
    """What it spends at /api it has not at /vc; a token that is none is told nothing of a pace."""
    body: dict[str, object] = {"credential": {}}
    headers = {"Authorization": f"Bearer {desk.token()}"}
    assert [desk.call("GET", "/programmes").status_code for _ in range(3)] == [200] * 3
    told = [desk.client.post("/vc/credentials/issue", json=body, headers=headers) for _ in range(3)]
    assert [each.status_code for each in told] == [400, 400, 429]
    assert (told[2].mimetype, told[2].get_json()["code"]) == ("application/problem+json", "too_many_requests")
    assert int(told[2].headers["Retry-After"]) >= 1
    assert desk.call("GET", "/programmes").status_code == 429
    assert desk.client.get(f"/vc/credentials/{'x' * 9}", headers=headers).status_code == 429
    assert desk.client.post("/vc/credentials/issue", json=body).status_code == 401


def test_the_gates_for_people_and_for_machines_count_together(desk: Machine) -> None:
    """A visitor gets no more by going from one window to the other."""
    desk.client.environ_base["REMOTE_ADDR"] = VISITOR
    answers = [desk.client.post("/vc/challenges"), desk.client.post("/verify", json={"credential": "x"})]
    assert [each.status_code for each in answers] == [200, 200]
    problem(desk.client.post("/vc/credentials/verify", json={}), 429, "too_many_requests")
    problem(desk.client.post("/verify", json={"credential": "x"}), 429, "too_many_requests")


def test_a_certificate_is_drawn_at_the_same_pace(desk: Machine) -> None:
    """Drawing one takes longer than a check; looking at the badge behind a link is always free."""
    link = str(desk.award()["link"]).removeprefix(desk.office.settings.base_url)
    desk.client.environ_base["REMOTE_ADDR"] = VISITOR
    assert [desk.client.get(f"{link}.svg").status_code for _ in range(3)] == [200, 200, 429]
    assert [desk.client.get(f"{link}{ending}").status_code for ending in ("", ".json", ".jwt")] == [200] * 3


@pytest.mark.parametrize("name", ["VOLTPASS_CHECKS_A_MINUTE", "VOLTPASS_CALLS_A_MINUTE"])
def test_the_operator_says_how_fast(tmp_path: Path, name: str) -> None:
    """A whole number; without one it is 300 checks and 600 calls."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var")}
    usual, said = Settings.from_env(env), Settings.from_env({**env, name: "7"})
    assert (usual.checks_a_minute, usual.calls_a_minute) == (None, 600)
    assert 7 in (said.checks_a_minute, said.calls_a_minute)
    with pytest.raises(SettingsIncomplete, match=name):
        Settings.from_env({**env, name: "many"})
    assert number_of({name: "7"}, name, 300, least=1) == 7
    with pytest.raises(GateSettingsRefused, match=name):
        number_of({name: "0"}, name, 300, least=1)
