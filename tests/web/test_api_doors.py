"""Who gets in: no token, a token for something else, a neighbour; and calls of the wrong form."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from issuer.accounts.tokens import Scope, create_token, revoke_token
from issuer.api.call import write_cursor
from issuer.api.errors import ApiRefused
from issuer.api.forms import read_json
from issuer.api.operations import OPERATIONS
from issuer.api.routes import ROUTES
from issuer.api.shapes_in import AwardItem, AwardQuery, Sent, SupersedeBody
from issuer.api.views import create_api_blueprint
from issuer.catalogue.find import get_provider
from issuer.database import transaction
from keys.multibase import base64url_encode
from tests.machines import AWARD, NEIGHBOUR, OURS, Machine, learner, machine, problem
from verifier.web.pace import Pace
from verifier.web.site import Site, open_web_app

BODIES: dict[str, Any] = {
    "createAward": AWARD,
    "createBatch": {"awards": [AWARD]},
    "createCompletions": {"completions": [{"course": "VLT-HV1", "timecompleted": 1792159500}]},
    "createWebhook": {"url": "http://127.0.0.1:9/x", "events": ["issued"]},
    "revokeAward": {"reason": "fraud"},
    "suspendAward": {"reason": "fraud"},
    "reinstateAward": {"reason": "fraud"},
    "supersedeAward": {"reason": "name_error", "family_name": "Lind"},
}
EVERY = [pytest.param(name, id=name) for name in ROUTES]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """One office for all who only look."""
    return machine(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def things(desk: Machine) -> dict[str, str]:
    """Something of each kind that belongs to our provider."""
    award = desk.award()
    batch = desk.call("POST", "/batches", {"awards": [learner(7)]}).get_json()
    webhook = desk.call("POST", "/webhooks", BODIES["createWebhook"]).get_json()
    return {
        "award_id": award["id"],
        "learner_id": award["learner"],
        "batch_id": batch["id"],
        "webhook_id": webhook["id"],
        "code": "VLT-HV1",
    }


def test_the_table_of_addresses_is_the_table_of_operations() -> None:
    """The light table that the service starts with and the one that does the work name the same."""
    assert list(ROUTES) == list(OPERATIONS)


def test_every_address_is_in_the_office_itself(desk: Machine) -> None:
    """So whoever walks every route of the office walks these."""
    app = desk.client.application
    rules = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    for method, path in ROUTES.values():
        assert ("/api/v1" + path.replace("{", "<").replace("}", ">"), method) in rules


@pytest.mark.parametrize("name", EVERY)
def test_nobody_gets_in_without_a_token(desk: Machine, things: dict[str, str], name: str) -> None:
    """401 before anything else is looked at, with the scheme to use."""
    method, path = ROUTES[name]
    for token in ("", "vlt_" + "A" * 22 + "_" + "A" * 43, "x y"):
        response = desk.client.open(
            f"/api/v1{path.format(**things)}", method=method, headers={"Authorization": f"Bearer {token}"}
        )
        problem(response, 401, "not_signed_in")
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", EVERY)
def test_a_token_is_good_for_its_scopes_only(desk: Machine, things: dict[str, str], name: str) -> None:
    """With all scopes but the one it needs: 403, whatever is sent."""
    method, path = ROUTES[name]
    needed = OPERATIONS[name].scope
    token = desk.token(scopes=tuple(scope for scope in Scope if scope is not needed))
    response = desk.call(method, path.format(**things), BODIES.get(name), token=token)
    problem(response, 403, "forbidden")
    assert f'scope="{needed.value}"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name, (_, path) in ROUTES.items() if "_id}" in path])
def test_what_belongs_to_a_neighbour_is_not_there(desk: Machine, things: dict[str, str], name: str) -> None:
    """404, the same as for what nobody has; and it stays untouched."""
    method, path = ROUTES[name]
    theirs = desk.call(method, path.format(**things), BODIES.get(name), token=desk.token(NEIGHBOUR))
    nobodys = {**things, "batch_id": "A" * 22, "webhook_id": "A" * 22}
    nobodys["award_id"] = nobodys["learner_id"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    missing = desk.call(method, path.format(**nobodys), BODIES.get(name))
    assert problem(theirs, 404, "not_found") == problem(missing, 404, "not_found")
    assert desk.call("GET", f"/awards/{things['award_id']}").get_json()["state"] == "issued"
    assert desk.call("GET", f"/webhooks/{things['webhook_id']}").status_code == 200


@pytest.mark.parametrize("path", ["/awards", "/learners", "/webhooks"])
def test_lists_hold_what_is_the_providers_own(desk: Machine, things: dict[str, str], path: str) -> None:
    """A neighbour's list is empty."""
    assert things
    assert desk.call("GET", path).get_json()["items"]
    assert desk.call("GET", path, token=desk.token(NEIGHBOUR)).get_json()["items"] == []


def test_expired_and_revoked_tokens_open_nothing(tmp_path: Path) -> None:
    """Each alike."""
    desk = machine(tmp_path)
    with transaction(desk.office.sessions) as session:
        provider, chance = get_provider(session, OURS), desk.office.desk.chance
        past = desk.clock() - timedelta(days=9)
        _, expired = create_token(session, provider, Scope.READ, chance, now=past, days=1)
        record, ended = create_token(session, provider, Scope.READ, chance, now=past, days=30)
        revoke_token(session, provider, record.name, now=past)
    for token in (expired, ended):
        problem(desk.call("GET", "/awards", token=token), 401, "not_signed_in")


def test_a_token_that_calls_too_fast_waits(tmp_path: Path) -> None:
    """429 with the seconds to wait; another token is not kept waiting."""
    desk = machine(tmp_path)
    ticks = [0.0]
    app = open_web_app("test", Site(base_url=desk.office.settings.base_url))
    app.register_blueprint(create_api_blueprint(desk.office, Pace(burst=3, per_second=0.5, ticks=lambda: ticks[0])))
    desk.client = app.test_client()
    assert [desk.call("GET", "/programmes").status_code for _ in range(4)] == [200, 200, 200, 429]
    told = desk.call("GET", "/programmes")
    problem(told, 429, "too_many_requests")
    assert told.headers["Retry-After"] == "2"
    assert desk.call("GET", "/programmes", token=desk.token(NEIGHBOUR)).status_code == 200
    ticks[0] += 2
    assert [desk.call("GET", "/programmes").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        pytest.param(b"{", "application/json", 400, "malformed_json", id="not JSON"),
        pytest.param(b"[]", "application/json", 400, "malformed_json", id="a list"),
        pytest.param(b'{"a":1,"a":2}', "application/json", 400, "malformed_json", id="twice"),
        pytest.param(b'{"a":"\xff"}', "application/json", 400, "malformed_json", id="not UTF-8"),
        pytest.param(b'{"a":NaN}', "application/json", 400, "malformed_json", id="not a number"),
        pytest.param(b"[" * 5000, "application/json", 413, "too_large", id="deep"),
        pytest.param(b'{"a":"' + b"x" * 9_000_000 + b'"}', "application/json", 413, "too_large", id="large"),
        pytest.param(b"{}", "text/plain", 415, "unsupported_media_type", id="text"),
        pytest.param(b"{}", "text/csv", 415, "unsupported_media_type", id="CSV"),
        pytest.param(b"{}", "", 415, "unsupported_media_type", id="no kind"),
        pytest.param(b"{}", "application/json", 422, "invalid_request", id="nothing"),
    ],
)
def test_what_cannot_be_read_is_refused(desk: Machine, data: bytes, kind: str, status: int, code: str) -> None:
    """Each with a problem of its own."""
    problem(desk.call("POST", "/awards", data=data, headers={"Content-Type": kind}), status, code)


SECRET = "Hemlig-Person"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({**AWARD, "completed_on": SECRET}, id="a wrong kind"),
        pytest.param({**AWARD, SECRET: 1}, id="a name of a member"),
        pytest.param({**AWARD, "given_name": {SECRET: SECRET}}, id="a nested member"),
        pytest.param({**AWARD, "email": f"{SECRET}@@"}, id="an address"),
        pytest.param({**AWARD, "reference": f"{SECRET}{{"}, id="a reference"),
        pytest.param({**AWARD, "given_name": f"{SECRET}\u2603"}, id="a name"),
        pytest.param({**AWARD, "achievement": SECRET}, id="a code"),
        pytest.param({**AWARD, "accept": [SECRET]}, id="an accepted code"),
        pytest.param({**AWARD, "language": SECRET}, id="a language"),
        pytest.param({**AWARD, "result": SECRET}, id="a result"),
    ],
)
def test_what_was_sent_is_never_repeated(desk: Machine, said: dict[str, Any]) -> None:
    """Place and remedy only: an answer to a program ends up in a log."""
    response = desk.call("POST", "/awards", said)
    assert response.status_code == 422
    assert SECRET.lower() not in response.text.lower()
    assert response.get_json()["errors"]


@pytest.mark.parametrize(
    "asked", [f"{SECRET}=1", f"limit={SECRET}", f"state={SECRET}", "limit=1&limit=2", f"cursor={SECRET}!"]
)
def test_nor_is_what_was_asked(desk: Machine, asked: str) -> None:
    """An unknown or doubled parameter is a mistake, not something to be passed over."""
    response = desk.call("GET", f"/awards?{asked}")
    assert response.status_code == 422
    assert SECRET not in response.text


def test_parameters_are_refused_where_there_are_none(desk: Machine) -> None:
    """Rather than let somebody believe that they filter."""
    problem(desk.call("GET", "/programmes?code=PASS"), 422, "invalid_request")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/plain"])
def test_an_address_that_is_not_there_is_a_problem_too(desk: Machine, accept: str) -> None:
    """Machines get no page, whatever they say they take; a wrong method is told the right ones."""
    problem(desk.call("GET", "/nothing", headers={"Accept": accept}), 404, "not_found")
    told = desk.call("PUT", "/awards", headers={"Accept": accept})
    problem(told, 405, "method_not_allowed")
    assert "POST" in told.headers["Allow"]
    problem(desk.call("GET", "/awards/" + "x" * 200, headers={"Accept": accept}), 404, "not_found")
    problem(desk.call("GET", "/awards/%00", headers={"Accept": accept}), 400, "bad_request")


def test_answers_have_the_headers_of_the_house(desk: Machine) -> None:
    """The interface lives in the office's own application."""
    response = desk.call("GET", "/programmes")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert json.loads(response.text)["next"] is None


@pytest.mark.parametrize("number", [2**31, 10**15, 10**16])
@pytest.mark.parametrize("path", ["/awards", "/learners"])
def test_a_cursor_that_no_table_reaches_is_none_of_ours(desk: Machine, path: str, number: int) -> None:
    """PostgreSQL would not even compare with it."""
    cursor = base64url_encode(str(number).encode())
    problem(desk.call("GET", f"{path}?cursor={cursor}"), 422, "unknown_cursor")
    assert desk.call("GET", f"{path}?cursor={write_cursor(2**31 - 1)}").get_json()["items"] == []


@pytest.mark.parametrize("form", [*Sent.__subclasses__(), *AwardItem.__subclasses__(), SupersedeBody, AwardQuery])
def test_no_text_holds_the_character_that_no_database_keeps(form: type[BaseModel]) -> None:
    """PostgreSQL takes NUL in none: each text of each call refuses it, and says which one it is."""
    said = json.dumps(dict.fromkeys(form.model_fields, "2026-10-16\0"))
    with pytest.raises(ApiRefused) as refused:
        read_json(form, said.encode())
    assert {flaw.place for flaw in refused.value.flaws} == {f"$.{name}" for name in form.model_fields}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_neither_does_a_file(desk: Machine, encoding: str) -> None:
    """It is refused whole, before anything of it is looked up, with the line and the cell."""
    csv = (
        "firstname,lastname,email,idnumber,courseshortname,timecompleted\nÅ,Ö,a@mail.example,T1\0,VLT-HV1,1792159500\n"
    )
    response = desk.call("POST", "/completions", data=csv.encode(encoding), headers={"Content-Type": "text/csv"})
    told = problem(response, 422, "file_damaged" if encoding == "utf-16" else "file_type_unknown")
    assert encoding == "utf-8" or "cell 4 of line 2" in told["errors"][0]["remedy"]
