"""Calls that count once: repeated, changed, at the same moment, and after a process died in the middle."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.accounts.tokens import Scope
from issuer.api.idempotency import LEASE
from issuer.api.records import IdempotencyKeyRecord
from issuer.app import create_office_app
from issuer.awards.records import IssuedCredentialRecord
from issuer.chance import Chance
from issuer.database import reading, transaction
from issuer.delivery.records import MailRecord
from tests.machines import AWARD, NEIGHBOUR, Machine, another_process, learner, machine, problem
from tests.office import Clock, reopened


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    return machine(tmp_path)


def badges(desk: Machine) -> int:
    with reading(desk.office.sessions) as session:
        return session.scalar(select(func.count()).select_from(IssuedCredentialRecord)) or 0


def test_the_same_call_gets_the_same_answer(desk: Machine, tmp_path: Path) -> None:
    """Status, body and address, from any process; and it is said that it is the kept one."""
    first = desk.call("POST", "/awards", AWARD, key="k1")
    again = another_process(tmp_path, desk).call("POST", "/awards", AWARD, key="k1")
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"]
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert badges(desk) == 1


def test_the_answer_is_that_of_then(desk: Machine) -> None:
    """What became of the badge since does not change what the call was answered."""
    first = desk.call("POST", "/awards", AWARD, key="k1")
    desk.call("POST", f"/awards/{first.get_json()['id']}/revoke", {"reason": "fraud"}, key="k2")
    assert desk.call("POST", "/awards", AWARD, key="k1").data == first.data


def test_another_body_is_refused(desk: Machine) -> None:
    """One key, one call: another body, or the same at another address, is a mistake of the program."""
    desk.call("POST", "/awards", AWARD, key="k1")
    problem(desk.call("POST", "/awards", {**AWARD, "result": "Passed"}, key="k1"), 409, "idempotency_key_reused")
    problem(desk.call("POST", "/batches", {"awards": [AWARD]}, key="k1"), 409, "idempotency_key_reused")
    assert badges(desk) == 1


def test_a_key_is_its_providers_own(desk: Machine) -> None:
    """Two providers may use the same key, and neither gets the other's answer."""
    ours = desk.call("POST", "/awards", AWARD, key="k1")
    theirs = desk.call(
        "POST",
        "/awards",
        {**AWARD, "achievement": "PAS-TEAM", "result": "Proficient"},
        key="k1",
        token=desk.token(NEIGHBOUR),
    )
    assert theirs.status_code == 201, theirs.text
    assert ours.get_json()["id"] != theirs.get_json()["id"]


def test_a_kept_answer_shows_nobody_more_than_an_own_one(desk: Machine) -> None:
    """The link to a learner's name was given to a token that may see it; another one with the same key may not."""
    award = desk.award()["id"]
    body = {"reason": "safety"}
    first = desk.call("POST", f"/awards/{award}/suspend", body, key="k1")
    assert first.get_json()["link"]
    narrow = desk.token(scopes=(Scope.STATUS,))
    again = desk.call("POST", f"/awards/{award}/suspend", body, key="k1", token=narrow)
    problem(again, 409, "idempotency_key_reused")
    assert desk.call("POST", f"/awards/{award}/suspend", body, key="k1").data == first.data


def test_a_refusal_is_kept_and_a_mistake_of_form_is_not(desk: Machine) -> None:
    """What the office refused stays refused under this key; what never came to the office may be sent corrected."""
    problem(desk.call("POST", "/awards", {**AWARD, "email": "x"}, key="k1"), 422, "email_invalid")
    again = desk.call("POST", "/awards", {**AWARD, "email": "x"}, key="k1")
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(again, 422, "email_invalid")
    problem(desk.call("POST", "/awards", {**AWARD, "more": 1}, key="k2"), 422, "invalid_request")
    assert desk.call("POST", "/awards", AWARD, key="k2").status_code == 201


def test_a_key_is_kept_for_more_than_seven_days_and_not_for_ever(desk: Machine) -> None:
    """After that the award itself still counts once."""
    desk.call("POST", "/awards", AWARD, key="k1")
    desk.clock.advance(days=7, hours=1)
    assert desk.call("POST", "/awards", AWARD, key="k1").status_code == 201
    desk.clock.advance(days=1)
    late = desk.call("POST", "/awards", AWARD, key="k1")
    assert (late.status_code, late.headers.get("Idempotency-Replayed")) == (200, None)
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKeyRecord)) == 1


def test_keys_and_answers_are_not_kept_in_the_open(desk: Machine) -> None:
    """A program may put an address into a key, and an answer may hold a secret."""
    desk.call("POST", "/webhooks", {"url": "http://127.0.0.1:9/x", "events": ["issued"]}, key="asa@mail.example")
    with reading(desk.office.sessions) as session:
        kept = session.scalars(select(IdempotencyKeyRecord)).one()
        text = json.dumps([kept.key_hash, kept.call_hash, kept.answer])
    assert "asa" not in text
    assert hashlib.sha256(b"asa@mail.example").hexdigest() not in text, "nor so that it can be guessed back"
    assert "whsec_" not in text


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 201])
def test_a_key_of_another_form_is_refused(desk: Machine, key: str) -> None:
    """It says where and what to do."""
    told = problem(desk.call("POST", "/awards", AWARD, key=key), 422, "invalid_request")
    assert told["errors"][0]["place"] == "header.Idempotency-Key"


def test_at_the_same_moment_one_works(desk: Machine, tmp_path: Path) -> None:
    """Eight programs with one key: one badge, one mail; the others get the same answer or are told to wait."""
    desk.token()
    doors = [desk, another_process(tmp_path, desk)]

    def send(number: int) -> tuple[int, bytes]:
        response = doors[number % 2].call("POST", "/awards", AWARD, key="k1")
        return response.status_code, response.data

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({data for status, data in answers if status == 201}) == 1
    assert all(json.loads(data)["code"] == "request_in_progress" for status, data in answers if status == 409)
    assert badges(desk) == 1
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(MailRecord)) == 1


def test_who_comes_too_late_undoes_its_work(desk: Machine) -> None:
    """A process that slept past its lease changes nothing: the one that took over has the say."""
    desk.call("POST", "/awards", AWARD, key="k1")
    with transaction(desk.office.sessions) as session:
        kept = session.scalars(select(IdempotencyKeyRecord)).one()
        kept.status = kept.answer = None
        kept.leased_until = desk.clock() + LEASE
    problem(desk.call("POST", "/awards", AWARD, key="k1"), 409, "request_in_progress")
    desk.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert desk.call("POST", "/awards", AWARD, key="k1").status_code == 200


def dying_chance(draws: int) -> Chance:
    """Chance that kills its process, as a power cut would, when it is asked once too often."""
    left = [draws]

    def bits(count: int) -> int:
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)
        return secrets.randbits(count)

    return Chance(bits)


def send_and_die(folder: Path, token: str, body: object, draws: int) -> None:
    """A process of its own that dies over a batch."""
    office = reopened(folder, clock=Clock(), chance=dying_chance(draws))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"}
    create_office_app(office).test_client().post("/api/v1/batches", json=body, headers=headers)
    os._exit(0)


@pytest.mark.slow
@pytest.mark.parametrize("draws", [1, 4, 9, 23, 40, 60])
def test_a_batch_survives_the_death_of_its_process(tmp_path: Path, draws: int) -> None:
    """The second try goes on where the first one died: the same answer as if nothing had happened, nothing twice."""
    desk = machine(tmp_path)
    token = desk.token()
    body = {"awards": [learner(number) for number in range(1, 7)]}
    desk.office.sessions.engine.dispose()
    process = multiprocessing.get_context("fork").Process(target=send_and_die, args=(tmp_path, token, body, draws))
    process.start()
    process.join()
    assert process.exitcode == 9
    desk.clock.advance(seconds=LEASE.total_seconds() + 1)
    again = desk.call("POST", "/batches", body, key="k1")
    assert again.status_code == 207, again.text
    assert [each["status"] for each in again.get_json()["results"]] == [201] * 6
    assert badges(desk) == 6
    with reading(desk.office.sessions) as session:
        assert session.scalar(select(func.count()).select_from(MailRecord)) == 6
