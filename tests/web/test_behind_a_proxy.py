"""Behind a server of the office's own the throttle of sign-ins sees networks, and believes nobody else about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import request

from issuer.accounts.records import SignInTryRecord
from issuer.accounts.roles import Role
from issuer.accounts.throttle import network_of
from issuer.app import create_office_app
from issuer.database import transaction
from issuer.settings import Settings, SettingsIncomplete
from tests.console import ConsoleDesk, console_desk
from tests.desk_accounts import account, account_desk, sign_in

CROWDED = "198.51.100.7"


def desk_behind(folder: Path, proxies: int) -> ConsoleDesk:
    """An office behind so many servers; the network CROWDED has one try left."""
    desk = console_desk(folder)
    office = replace(desk.office, settings=replace(desk.office.settings, trusted_proxies=proxies))
    with transaction(office.sessions) as session:
        blurred = account_desk(desk).blur(f"network {network_of(CROWDED)}")
        session.add(SignInTryRecord(key=blurred, failures=99, last_at=desk.clock()))
    return ConsoleDesk(office=office, app=create_office_app(office), clock=desk.clock)


@pytest.mark.parametrize(
    ("proxies", "told", "status"),
    [
        pytest.param(1, CROWDED, 429, id="one server says it"),
        pytest.param(1, f"203.0.113.9, {CROWDED}", 429, id="what a visitor says of himself does not count"),
        pytest.param(1, f"{CROWDED}, 203.0.113.9", 303, id="nor does what he says of others"),
        pytest.param(2, f"{CROWDED}, 10.0.0.2", 429, id="two servers in a row"),
        pytest.param(0, CROWDED, 303, id="nobody is trusted"),
    ],
)
def test_the_network_is_the_one_that_our_own_server_names(tmp_path: Path, proxies: int, told: str, status: int) -> None:
    """The last N of the list are our servers' words, and everything before them is anybody's."""
    desk = desk_behind(tmp_path, proxies)
    email = account(desk, Role.VIEWER)
    answers = []
    for _ in range(2):
        client = desk.app.test_client()
        client.environ_base["HTTP_X_FORWARDED_FOR"] = told
        answers.append(sign_in(desk, client, "a@b.example", "wrong") if not answers else sign_in(desk, client, email))
    assert [answer.status_code for answer in answers] == [401, status]
    desk.office.sessions.engine.dispose()


def test_nothing_else_is_believed(tmp_path: Path) -> None:
    """Whoever reaches a proxy cannot tell the office another name, scheme or folder of its own."""
    desk = desk_behind(tmp_path, 1)
    seen: list[str] = []
    desk.app.before_request(lambda: seen.append(request.url))
    headers = {"Proto": "https", "Host": "evil.example", "Port": "666", "Prefix": "/evil", "For": CROWDED}
    desk.app.test_client().get("/healthz", headers={f"X-Forwarded-{name}": value for name, value in headers.items()})
    assert seen == ["http://localhost/healthz"]
    desk.office.sessions.engine.dispose()


def test_the_number_of_servers_is_a_number(tmp_path: Path) -> None:
    """None unless it is said."""
    env = {"VOLTPASS_DATA": str(tmp_path / "var")}
    counted = {text: Settings.from_env({**env, "VOLTPASS_TRUSTED_PROXIES": text}).trusted_proxies for text in "02"}
    assert (counted, Settings.from_env(env).trusted_proxies) == ({"0": 0, "2": 2}, 0)
    with pytest.raises(SettingsIncomplete, match="VOLTPASS_TRUSTED_PROXIES"):
        Settings.from_env({**env, "VOLTPASS_TRUSTED_PROXIES": "yes"})
