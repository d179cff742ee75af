"""Every address behind a door, asked by nobody, by the neighbour's administrator, and by each role.

What may be asked is read from the table of permissions, and the addresses from the application itself: a new one that
asks for no permission, or takes something this walk has no sample of, turns a test red.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from issuer.accounts.invitations import invite
from issuer.accounts.roles import TABLE, Permission, Role, permissions_of
from issuer.accounts.tokens import Scope, create_token
from issuer.api.routes import ROUTES
from issuer.catalogue.find import get_provider
from issuer.console.frame import Console
from issuer.database import transaction
from issuer.drafts.course_files import read_courses
from issuer.drafts.course_import import open_course_file
from issuer.signing.records import SigningKeyRecord
from tests.batches import imported, rows
from tests.console import ConsoleDesk, console_desk
from tests.deliveries import announced, delivery_of
from tests.desk_accounts import account_desk
from tests.drafts import EDITOR, WORDING, begun, submitted

HOME, NEIGHBOUR, OFFICE = "vbk-goteborg", "ota-ostalb", "asa-demo-office"

OPEN = {
    *("sign_in.enter", "sign_in.password", "sign_in.second", "sign_in.set_up", "sign_in.passkey"),
    *("sign_in.passkey_answer", "sign_in.picture", "sign_in.leave", "sign_in.forgotten"),
    *("sign_in.new_password", "sign_in.invitation", "account.without_slash"),
}
"""Open to everybody, because they are the way in: each is held to its word by the tests of the way in."""

OWN = {
    *("account.desks", "account.account", "account.password", "account.end_sessions", "account.begin_app"),
    *("account.confirm_app", "account.begin_passkey", "account.confirm_passkey", "account.remove_app"),
    *("account.remove_passkey", "account.codes"),
}
"""Show people nothing but their own account."""

LEARNERS = {"claim.show", "claim.act"}
"""Open to whoever has the link of a mail."""

DESCRIPTION = {"api.docs", "api.chapter", "api.description"}
"""Says how to call; holds nothing of anybody."""

SHARED = frozenset({"code", "what", "ending", "line"})
"""Parts of addresses that name nothing a provider owns: the catalogue is everybody's, a line is of its batch."""

NEED_MORE = {"badges.choose", "batches.progress"}
"""There only for a choice in the address, or while something is under way."""

ABSENT = {"number": 999_999, "name": "A" * 22, "thumbprint": "A" * 43, "code": "NOT-HERE"}


@cache
def _rules() -> tuple[tuple[str, str, str], ...]:
    """Endpoint, method and rule of everything under /console, /me and /api."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        app = console_desk(Path(folder)).app
    found = [
        (rule.endpoint, method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if re.match(r"/(console|me|api)(/|$)", rule.rule)
    ]
    return tuple(sorted(found))


GUARDED = [
    pytest.param(*each, id=f"{each[1]} {each[0]}")
    for each in _rules()
    if each[0] not in OPEN | OWN | LEARNERS and each[2].startswith("/console")
]
CALLS = [
    pytest.param(*each, id=f"{each[1]} {each[0]}")
    for each in _rules()
    if each[2].startswith("/api") and each[0] not in DESCRIPTION
]


@dataclass
class World:
    """One office with something of each kind that belongs to HOME, and people of every kind."""

    desk: ConsoleDesk
    things: Mapping[str, Any]
    clients: dict[str, FlaskClient]

    @property
    def console(self) -> Console:
        """The frame that guards."""
        console: Console = self.desk.app.extensions["voltpass.console"]
        return console

    def client(self, role: Role, provider: str) -> FlaskClient:
        """Somebody with this one role there."""
        name = f"{role.value} at {provider}"
        if name not in self.clients:
            self.clients[name] = self.desk.client(role, provider=provider, name=name)
        return self.clients[name]

    def ask(self, client: FlaskClient, method: str, address: str) -> TestResponse:
        """As a page of ours would; forms are sent empty."""
        if method == "GET":
            return client.get(address, buffered=True)
        assert method == "POST", "teach this walk another method"
        return self.desk.post(client, address)

    def address(self, endpoint: str, slug: str, *, absent: bool = False) -> str:
        """The address of an endpoint with something that is there, or that nobody has."""
        [rule] = [each for each in self.desk.app.url_map.iter_rules(endpoint) if isinstance(each, Rule)]
        values: dict[str, Any] = {"slug": slug}
        for name in rule.arguments - {"slug"}:
            values[name] = self._value(rule, name, absent=absent)
        with self.desk.app.test_request_context():
            built = self.desk.app.url_map.bind("localhost").build(endpoint, values)
        return built

    def _value(self, rule: Rule, name: str, *, absent: bool) -> Any:
        if absent and (name not in SHARED or name in ABSENT):
            return uuid.UUID(int=0) if "uuid:" in rule.rule else ABSENT[name]
        if name in self.things:
            return self.things[name]
        places = [place for place in self.things if rule.rule.startswith(f"/console/<slug>/{place}")]
        assert places, f"give this walk a sample for {name} of {rule.rule}"
        return self.things[max(places, key=len)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once; the walk only knocks."""
    desk = console_desk(tmp_path_factory.mktemp("walk"))
    credential = announced(desk.office)
    boss = desk.actor(Role.ADMINISTRATOR, provider=HOME, name="Boss")
    with transaction(desk.office.sessions) as session:
        home = get_provider(session, HOME)
        invitation = invite(
            session, account_desk(desk), boss, HOME, "new@vbk.example",
            roles=[Role.VIEWER], post=lambda session, notice: None, now=desk.clock(),
        ).id  # fmt: skip
        token = create_token(session, home, Scope.ISSUE, desk.office.desk.chance, now=desk.clock(), days=1)[0].name
        key = session.scalars(
            select(SigningKeyRecord.thumbprint).where(SigningKeyRecord.provider_id == home.id)
        ).first()
    things = {
        "badges/": uuid.UUID(credential),
        "batches/": imported(desk, rows(1), provider=HOME),
        "deliveries/": delivery_of(desk.office, credential).id,
        "catalogue/drafts/": begun(desk.office),
        "catalogue/imports/": _course_file(desk),
        "catalogue/reviews/": submitted(desk.office, replace(WORDING, code="VLT-BMS2")),
        "keys/": key,
        "staff/": desk.staff(Role.VIEWER, provider=HOME, name="Member"),
        "staff/invitations/": invitation,
        "tokens/": token,
        "catalogue/programmes/": "VOLTAGE",
        "catalogue/achievements/": "VLT-HV1",
        "what": "published",
        "ending": "csv",
        "line": 2,
    }
    return World(desk=desk, things=things, clients={})


def _course_file(desk: ConsoleDesk) -> int:
    """A list of courses that somebody handed in and did not take yet."""
    courses = read_courses(b"code,title,programme\nVLT-NEW,A new course,VOLTAGE\n", "courses.csv")
    with transaction(desk.office.sessions) as session:
        return open_course_file(session, EDITOR, HOME, "courses.csv", courses, now=desk.clock()).id


def unguarded(app: Flask) -> list[str]:
    """Every address below a door that neither asks for a permission nor is named above, or is both."""
    console: Console = app.extensions["voltpass.console"]
    known = {"console": OPEN | OWN, "me": LEARNERS, "api": DESCRIPTION | {f"api.{name}" for name in ROUTES}}
    found = []
    for rule in app.url_map.iter_rules():
        door = rule.rule.split("/")[1]
        is_guarded = rule.endpoint in console.permissions and rule.rule.startswith("/console/<slug>")
        if door in known and is_guarded == (rule.endpoint in known[door]):
            found.append(f"{rule.rule} ({rule.endpoint})")
    return found


def test_every_address_is_known_to_this_walk(world: World) -> None:
    """An address under /console is guarded by a permission, shows one's own account, or is named above as open."""
    assert unguarded(world.desk.app) == []
    assert world.console.own == OWN


def test_an_address_without_a_permission_is_noticed(tmp_path: Path) -> None:
    """Whoever adds one beside the frame turns this walk red, wherever below a door it stands."""
    app = console_desk(tmp_path).app
    for path in ("/console/<slug>/secrets", "/console/secrets", "/me/secrets", "/api/v1/secrets"):
        app.add_url_rule(path, path, lambda slug="": slug)
    assert len(unguarded(app)) == 4


@pytest.mark.parametrize(("endpoint", "method", "rule"), GUARDED)
def test_nobody_gets_to_the_door_only(world: World, endpoint: str, method: str, rule: str) -> None:
    """Asking leads to the sign-in page, and sending is answered with it; nothing is done."""
    answer = world.ask(world.desk.app.test_client(), method, world.address(endpoint, HOME))
    if method == "GET":
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/console/sign-in"), rule
    else:
        assert answer.status_code == 401, rule
        assert "<h1>Sign in</h1>" in answer.text, rule


@pytest.mark.parametrize(("endpoint", "method", "rule"), GUARDED)
def test_the_neighbours_administrator_finds_nothing(world: World, endpoint: str, method: str, rule: str) -> None:
    """Neither at somebody else's desk nor, under somebody else's numbers, at their own."""
    neighbour = world.client(Role.ADMINISTRATOR, NEIGHBOUR)
    assert world.ask(neighbour, method, world.address(endpoint, HOME)).status_code == 404, rule
    owned = set(re.findall(r"<(?:\w+:)?(\w+)>", rule)) - SHARED - {"slug"}
    if owned:
        expected = {404} if world.console.permissions[endpoint] in TABLE[Role.ADMINISTRATOR] else {403}
        assert world.ask(neighbour, method, world.address(endpoint, NEIGHBOUR)).status_code in expected, rule


@pytest.mark.parametrize(("endpoint", "method", "rule"), GUARDED)
def test_each_role_gets_as_far_as_the_table_says(world: World, endpoint: str, method: str, rule: str) -> None:
    """403 for every role without the permission, with the very thing it asks for; with it, whatever else, no 403."""
    permission = world.console.permissions[endpoint]
    at_office = permission is Permission.REVIEW_CATALOGUE
    slug = OFFICE if at_office else HOME
    for role in Role:
        client = world.client(role, slug)
        if permission in permissions_of([role], at_office=at_office):
            answer = world.ask(client, method, world.address(endpoint, slug, absent=method != "GET"))
            assert answer.status_code not in {401, 403, 500}, (rule, role)
            if method == "GET" and endpoint not in NEED_MORE:
                assert answer.status_code in {200, 303}, (rule, role)
        else:
            assert world.ask(client, method, world.address(endpoint, slug)).status_code == 403, (rule, role)


@pytest.mark.parametrize("endpoint", sorted(OWN))
def test_ones_own_account_is_for_who_is_signed_in(world: World, endpoint: str) -> None:
    """Nobody gets to the door."""
    for rule in world.desk.app.url_map.iter_rules(endpoint):
        address = rule.rule.replace("<int:number>", "1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = world.ask(world.desk.app.test_client(), method, address)
            assert answer.status_code in {303, 401}
            assert answer.status_code == 401 or answer.location.startswith("/console/sign-in")


@pytest.mark.parametrize(("endpoint", "method", "rule"), CALLS)
def test_machines_need_a_token(world: World, endpoint: str, method: str, rule: str) -> None:
    """401 without one, with a made-up one, and with somebody's session; what tokens may is walked in test_api_doors."""
    address = re.sub(r"<[^>]+>", "1", rule)
    for client, headers in (
        (world.desk.app.test_client(), {}),
        (world.desk.app.test_client(), {"Authorization": f"Bearer vlt_{'A' * 22}_{'A' * 43}"}),
        (world.client(Role.ADMINISTRATOR, HOME), {}),
    ):
        assert client.open(address, method=method, headers=headers).status_code == 401, (endpoint, rule)


def test_a_learners_page_needs_its_link(world: World) -> None:
    """A link that nobody was sent shows nothing."""
    for address in (f"/me/claim/{'A' * 22}", "/me/claim/x"):
        assert world.desk.app.test_client().get(address).status_code in {404, 410}
        assert world.desk.app.test_client().post(address).status_code in {303, 404, 410}
