"""Webhooks with real receivers: one that takes it, one that stumbles, one that never answers, one that leads astray."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from issuer.accounts.tokens import Scope
from issuer.api.call import ApiParts, Call, Caller
from issuer.api.shapes_in import WebhookBody
from issuer.api.webhook_calls import add_webhook
from issuer.catalogue.find import get_provider
from issuer.catalogue.load import load_catalogue
from issuer.database import Sessions, reading, transaction
from issuer.machines.calls import WebhookCaller
from issuer.machines.errors import TooManyWebhooks, WebhookAddressRefused
from issuer.machines.events import EventKind
from issuer.machines.records import WebhookRecord
from issuer.machines.webhooks import MOST, OLD_SECRET_COUNTS, NewWebhook, Switchboard, create_webhook
from issuer.work.handlers import TryLater
from issuer.workshop import run_work
from keys.strongbox import Strongbox
from tests.demo_files import TERMS, demo_catalogue
from tests.loopback import answer, redirect
from tests.machines import NEIGHBOUR, OURS, Machine, machine, problem
from tests.receivers import TAKEN, deliveries, hook, receiver
from verifier.network import DoorLimits, NetworkDoor


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    return machine(tmp_path)


def signature(secret: str, head: dict[str, str], body: bytes) -> str:
    """As a receiver makes it, after Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_what_happens_is_told_with_a_signature(desk: Machine, stack: ExitStack) -> None:
    """Ids and addresses, nothing about the learner; the receiver can check who it comes from and when."""
    there = receiver(stack, TAKEN)
    made = hook(desk, there.url())
    given = desk.award()
    run_work(desk.office)
    assert json.loads(there.bodies[0]) == {
        "type": "award.issued",
        "timestamp": "2026-11-22T09:30:00Z",
        "data": {"award": given["id"], "url": given["url"]},
    }
    head = there.heads[0]
    assert head["webhook-signature"] == signature(made["secret"], head, there.bodies[0])
    assert head["webhook-timestamp"] == str(int(desk.clock().timestamp()))
    assert head["content-type"] == "application/json"
    assert there.server.requests[0].startswith("POST /hook HTTP/1.1\r\n")
    (told,) = deliveries(desk, made)
    assert (told["state"], told["attempts"], told["last_status"]) == ("delivered", 1, 204)
    assert told["id"] == head["webhook-id"]


def test_no_transaction_waits_for_a_name_to_be_found(desk: Machine) -> None:
    """A name server may take its time; meanwhile others write."""
    in_use: list[int] = []

    def resolve(host: str, port: int) -> list[str]:
        del host, port
        in_use.append(desk.office.sessions.engine.pool.checkedout())  # type: ignore[attr-defined]
        return ["93.184.216.34"]

    parts = ApiParts.of(desk.office)
    board = replace(parts.board, door=NetworkDoor(resolve=resolve))
    with reading(desk.office.sessions) as session:
        provider = get_provider(session, OURS).id
    call = Call(
        parts=replace(parts, board=board),
        caller=Caller(token_name="t", provider_id=provider, provider_slug=OURS, scopes=frozenset(Scope)),
        now=desk.clock(),
        body=WebhookBody(url="https://slow.example/hook", events=[EventKind.ISSUED]),
    )
    assert add_webhook(call).status == 201
    assert in_use == [0]


def test_only_what_was_asked_for_is_told(desk: Machine, stack: ExitStack) -> None:
    """Each kind of event to those who want it, in the words of the interface; a neighbour hears nothing."""
    all_of_it, little = receiver(stack, TAKEN), receiver(stack, TAKEN)
    hook(desk, all_of_it.url(), "issued", "claimed", "revoked", "suspended", "reinstated", "superseded")
    hook(desk, little.url(), "revoked")
    body = {"url": little.url(), "events": ["issued", "revoked"]}
    desk.call("POST", "/webhooks", body, token=desk.token(NEIGHBOUR))
    given = desk.award()
    for act in ("suspend", "reinstate"):
        desk.call("POST", f"/awards/{given['id']}/{act}", {"reason": "safety"})
    new = desk.call("POST", f"/awards/{given['id']}/supersede", {"reason": "name_error", "family_name": "Lind"})
    desk.call("POST", f"/awards/{new.get_json()['id']}/revoke", {"reason": "fraud"})
    run_work(desk.office)
    told = sorted(json.loads(body)["type"] for body in all_of_it.bodies)
    assert told == sorted(
        f"award.{act}" for act in ("issued", "suspended", "reinstated", "superseded", "issued", "revoked")
    )
    assert [json.loads(body)["type"] for body in little.bodies] == ["award.revoked"]


def test_who_stumbles_is_told_again(desk: Machine, stack: ExitStack) -> None:
    """The same message with the same id after a pause, signed anew with the time of sending."""
    there = receiver(stack, answer(b"", status="500 Oh"), TAKEN)
    made = hook(desk, there.url())
    desk.award()
    run_work(desk.office)
    (told,) = deliveries(desk, made)
    assert (told["state"], told["attempts"], told["last_status"]) == ("waiting", 1, 500)
    assert told["last_problem"] == "refused_by_receiver"
    run_work(desk.office)
    assert len(there.bodies) == 1, "not before the pause is over"
    desk.clock.advance(minutes=1)
    run_work(desk.office)
    (told,) = deliveries(desk, made)
    assert (told["state"], told["attempts"], told["last_status"], told["last_problem"]) == ("delivered", 2, 204, None)
    assert there.bodies[0] == there.bodies[1]
    first, second = there.heads
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert second["webhook-signature"] == signature(made["secret"], second, there.bodies[1])


def test_a_redirect_is_not_followed(desk: Machine, stack: ExitStack) -> None:
    """Wherever it leads: here to an address inside, where something secret might listen."""
    inside = receiver(stack, TAKEN)
    there = receiver(stack, redirect(inside.url()), redirect("http://169.254.169.254/latest/meta-data"))
    made = hook(desk, there.url())
    desk.award()
    run_work(desk.office)
    (told,) = deliveries(desk, made)
    assert (told["state"], told["last_status"], told["last_problem"]) == ("waiting", 302, "redirected")
    assert inside.bodies == []


def test_who_is_gone_is_left_alone(desk: Machine, stack: ExitStack) -> None:
    """410 ends it, with all that was on its way; a new secret begins it again."""
    there = receiver(stack, answer(b"", status="410 Gone"), TAKEN)
    made = hook(desk, there.url())
    desk.award(1)
    desk.award(2)
    run_work(desk.office)
    assert len(there.bodies) == 1
    assert [each["state"] for each in deliveries(desk, made)] == ["given_up", "given_up"]
    assert desk.call("GET", f"/webhooks/{made['id']}").get_json()["ended_at"]
    desk.award(3)
    run_work(desk.office)
    assert len(there.bodies) == 1
    desk.call("POST", f"/webhooks/{made['id']}/rotate-secret")
    desk.award(4)
    run_work(desk.office)
    assert len(there.bodies) == 2


def test_a_new_secret_and_the_old_one_count_for_a_day(desk: Machine, stack: ExitStack) -> None:
    """So a receiver can take the new one in without missing a message."""
    there = receiver(stack, TAKEN)
    made = hook(desk, there.url())
    new = desk.call("POST", f"/webhooks/{made['id']}/rotate-secret").get_json()["secret"]
    assert new != made["secret"]
    desk.award(1)
    run_work(desk.office)
    wanted = [signature(secret, there.heads[0], there.bodies[0]) for secret in (new, made["secret"])]
    assert there.heads[0]["webhook-signature"].split() == wanted
    desk.clock.advance(seconds=OLD_SECRET_COUNTS.total_seconds())
    desk.award(2)
    run_work(desk.office)
    assert there.heads[1]["webhook-signature"] == signature(new, there.heads[1], there.bodies[1])


def test_what_is_deleted_is_not_called(desk: Machine, stack: ExitStack) -> None:
    """Not even with what was on its way; and it is not there any more."""
    there = receiver(stack, TAKEN)
    made = hook(desk, there.url())
    desk.award()
    assert desk.call("DELETE", f"/webhooks/{made['id']}").status_code == 204
    run_work(desk.office)
    assert there.bodies == []
    problem(desk.call("GET", f"/webhooks/{made['id']}"), 404, "not_found")
    assert desk.call("GET", "/webhooks").get_json()["items"] == []


def test_secrets_are_kept_under_lock(desk: Machine) -> None:
    """Who reads the database cannot sign; the secret is shown once."""
    made = hook(desk, "http://127.0.0.1:9/hook")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    with reading(desk.office.sessions) as session:
        kept = session.scalars(select(WebhookRecord)).one()
        assert made["secret"] not in kept.secret
        assert made["secret"].removeprefix("whsec_") not in kept.secret
    assert "secret" not in desk.call("GET", f"/webhooks/{made['id']}").get_json()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://lms.example/hook", id="not https"),
        pytest.param("https://10.0.0.7/hook", id="private"),
        pytest.param("https://169.254.169.254/hook", id="link-local"),
        pytest.param("https://[fd00::1]/hook", id="private IPv6"),
        pytest.param("https://0x7f000001/hook", id="disguised"),
        pytest.param("https://asa:secret@93.184.216.34/hook", id="a user name"),
        pytest.param("https://93.184.216.34:8443/hook", id="another port"),
        pytest.param("ftp://93.184.216.34/hook", id="another scheme"),
        pytest.param("nowhere", id="no address"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_at_once(desk: Machine, url: str) -> None:
    """The rules of the network door, told when the webhook is set up."""
    problem(desk.call("POST", "/webhooks", {"url": url, "events": ["issued"]}), 422, "webhook_address_refused")


def test_nobody_learns_which_names_there_are_inside(desk: Machine) -> None:
    """A name that stands for an address inside is refused in the words of one that nobody knows."""

    def resolve(host: str, port: int) -> list[str]:
        if host == "nowhere.example":
            raise OSError(port)
        return ["10.0.0.7"]

    board = replace(ApiParts.of(desk.office).board, door=NetworkDoor(resolve=resolve))
    said = []
    for host in ("nowhere.example", "files.intranet.example"):
        with pytest.raises(WebhookAddressRefused) as refused:
            board.check(f"https://{host}/hook")
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert "not known on the public internet" in said[0]


def test_this_machine_is_called_in_development_only(desk: Machine) -> None:
    """On a machine that serves the public, a webhook cannot reach what listens inside."""
    door = NetworkDoor(limits=DoorLimits(bytes=0), allow_loopback=False)
    box = Strongbox(desk.office.settings.key_secret, "webhooks")
    board = Switchboard(box=box, door=door, chance=desk.office.desk.chance)
    made = hook(desk, "http://127.0.0.1:9/hook")
    desk.award()
    caller = WebhookCaller(sessions=desk.office.sessions, board=board, clock=desk.clock, base_url="https://x.example")
    with pytest.raises(TryLater) as later:
        caller({"delivery": 1})
    assert later.value.reason == "address_refused"
    assert deliveries(desk, made)[0]["last_problem"] == "address_refused"


def test_there_is_an_end_to_webhooks(desk: Machine) -> None:
    """Each event goes to each of them."""
    for _ in range(20):
        hook(desk, "http://127.0.0.1:9/hook")
    body = {"url": "http://127.0.0.1:9/hook", "events": ["issued"]}
    problem(desk.call("POST", "/webhooks", body), 409, "too_many_webhooks")


def test_sixteen_at_once_do_not_exceed_it(sessions_of_both: Sessions, desk: Machine) -> None:
    """Each counts what the others have set up, however close together they come."""
    board = ApiParts.of(desk.office).board
    wanted = NewWebhook(url="https://lms.example/hook", events=[EventKind.ISSUED], by="t")
    together = Barrier(16)
    with transaction(sessions_of_both) as session:
        load_catalogue(session, demo_catalogue(), TERMS)

    def set_up(number: int) -> int:
        if number:
            together.wait()
        try:
            with transaction(sessions_of_both) as session:
                create_webhook(session, get_provider(session, OURS), wanted, board, now=desk.clock())
        except TooManyWebhooks:
            return 0
        return 1

    assert sum(set_up(0) for _ in range(MOST - 8)) == MOST - 8
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(set_up, range(1, 17))) == 8
