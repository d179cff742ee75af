"""The windows of keys: what there is, replaced once, distrusted after the consequences were shown, badges repaired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from credentials.unverified import open_unverified
from issuer.accounts.actor import COMMAND
from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import TABLE, Permission, Role
from issuer.awards.award import award
from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.errors import ProgrammeClosed
from issuer.catalogue.find import get_provider
from issuer.console.keys import MomentNotRead, read_moment
from issuer.database import reading, transaction
from issuer.delivery.records import MailRecord
from issuer.drafts.programmes import close_programme
from issuer.signing.provider_keys import keys_of
from issuer.signing.records import SigningKeyRecord
from issuer.workshop import run_work
from tests.award_requests import ASA
from tests.console import ConsoleDesk, console_desk
from verifier.report import Verdict
from verifier.verify import verify

HOME = "/console/vbk-goteborg"
CY = replace(ASA, given_name="Cy", family_name="Dahl", email="cy.dahl@mail.example", trainee_ref="T003")
BO = replace(ASA, given_name="Bo", family_name="Ek", email="bo.ek@mail.example", trainee_ref="T002")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ConsoleDesk]:
    """Åsa's badge is an hour older than Bo's."""
    made = console_desk(tmp_path)
    for request in (ASA, BO):
        with transaction(made.office.sessions) as session:
            award(session, request, made.office.desk, now=made.clock())
        made.clock.advance(hours=1)
    yield made
    made.office.sessions.engine.dispose()


@pytest.fixture
def keeper(desk: ConsoleDesk) -> FlaskClient:
    return desk.client(Role.ADMINISTRATOR)


def keys(desk: ConsoleDesk, provider: str = "vbk-goteborg") -> list[SigningKeyRecord]:
    with reading(desk.office.sessions) as session:
        return list(keys_of(session, get_provider(session, provider)))


def verdicts(desk: ConsoleDesk) -> list[Verdict]:
    """Of the JSON form of every badge, in the order of issue."""
    with reading(desk.office.sessions) as session:
        texts = session.scalars(select(IssuedCredentialRecord.sealed_json).order_by(IssuedCredentialRecord.id)).all()
    return [verify(open_unverified(text), desk.office.policy(), now=desk.clock()).verdict for text in texts]


def acts(desk: ConsoleDesk) -> list[str]:
    with reading(desk.office.sessions) as session:
        query = select(AuditEntryRecord.act).where(AuditEntryRecord.subject.like("key:%"))
        return list(session.scalars(query.order_by(AuditEntryRecord.number)))


def test_the_list_leads_to_the_badges_that_each_key_sealed(desk: ConsoleDesk, keeper: FlaskClient) -> None:
    """A11: two keys in use, two badges each; a new key has sealed the new badge and no other."""
    page = keeper.get(f"{HOME}/keys").get_data(as_text=True)
    assert page.count("In use</span>") == 2
    assert len(re.findall(r'">2<span class="unseen"> badges sealed with the', page)) == 2
    desk.post(keeper, f"{HOME}/keys/{keys(desk)[0].thumbprint}/retire")
    with transaction(desk.office.sessions) as session:
        award(session, CY, desk.office.desk, now=desk.clock())
    sealed = re.findall(r'href="([^"]+badges\?key=[^"]+)">(\d)', keeper.get(f"{HOME}/keys").get_data(as_text=True))
    assert sorted(count for _, count in sealed) == ["1", "2", "3"]
    for address, count in sealed:
        found = re.findall(r'is-who"><a [^>]*><bdi>([^<]+)', keeper.get(address).get_data(as_text=True))
        assert found == {"1": ["Cy Dahl"], "2": ["Bo Ek", "Åsa Öberg"], "3": ["Cy Dahl", "Bo Ek", "Åsa Öberg"]}[count]


def test_badges_verify_after_their_keys_and_their_programme_have_ended(desk: ConsoleDesk, keeper: FlaskClient) -> None:
    """A11: closing a programme and replacing the keys ends new badges only."""
    seen = ",".join(key.thumbprint for key in keys(desk))
    assert desk.post(keeper, f"{HOME}/keys/rotate", {"seen": seen}).status_code == 303
    with transaction(desk.office.sessions) as session:
        close_programme(session, COMMAND, "asa-demo-office", "VOLTAGE", now=desk.clock())
    with transaction(desk.office.sessions) as session, pytest.raises(ProgrammeClosed):
        award(session, CY, desk.office.desk, now=desk.clock())
    desk.clock.advance(days=30)
    assert verdicts(desk) == [Verdict.VALID] * 2


def test_keys_are_replaced_once_by_a_form_that_is_sent_twice(desk: ConsoleDesk, keeper: FlaskClient) -> None:
    """The second time other keys are in use; old badges go on verifying."""
    seen = re.search(r'name="seen" value="([^"]+)"', keeper.get(f"{HOME}/keys").get_data(as_text=True))
    assert seen is not None
    assert desk.post(keeper, f"{HOME}/keys/rotate", {"seen": seen[1]}).status_code == 303
    assert desk.post(keeper, f"{HOME}/keys/rotate", {"seen": seen[1]}).status_code == 409
    assert len(keys(desk)) == 4
    assert verdicts(desk) == [Verdict.VALID] * 2
    assert acts(desk) == ["key_rotated"] * 2


def test_one_key_is_retired_once(desk: ConsoleDesk, keeper: FlaskClient) -> None:
    """It has a successor of its kind; retired again it is not in use any more."""
    old = keys(desk)[0]
    assert desk.post(keeper, f"{HOME}/keys/{old.thumbprint}/retire").status_code == 303
    assert desk.post(keeper, f"{HOME}/keys/{old.thumbprint}/retire").status_code == 409
    assert [each.algorithm for each in keys(desk) if each.used_until is None].count(old.algorithm) == 1
    assert acts(desk) == ["key_retired"]


def test_a_new_provider_makes_its_first_keys_once(desk: ConsoleDesk) -> None:
    """Whoever has none is offered to make them, and can award with them."""
    with transaction(desk.office.sessions) as session:
        for key in keys_of(session, get_provider(session, "ota-ostalb")):
            session.delete(key)
    keeper = desk.client(Role.ADMINISTRATOR, provider="ota-ostalb")
    home = "/console/ota-ostalb/keys"
    assert "Make the first 2 keys" in keeper.get(home).get_data(as_text=True)
    assert desk.post(keeper, f"{home}/begin").status_code == 303
    assert desk.post(keeper, f"{home}/begin").status_code == 409
    with transaction(desk.office.sessions) as session:
        award(session, replace(ASA, provider_slug="ota-ostalb"), desk.office.desk, now=desk.clock())
    assert acts(desk) == ["key_created"] * 2


def test_nothing_is_repaired_for_a_key_that_is_trusted(desk: ConsoleDesk, keeper: FlaskClient) -> None:
    """A form that was sent by itself is refused in words."""
    answer = desk.post(keeper, f"{HOME}/keys/{keys(desk)[0].thumbprint}/reissue")
    assert (answer.status_code, "Distrust it first" in answer.get_data(as_text=True)) == (409, True)


def test_distrust_shows_what_it_means_before_and_repairs_it_after(desk: ConsoleDesk, keeper: FlaskClient) -> None:
    """Counted first, nothing done; then Bo's badge fails, is issued anew by the workers, and Bo is told."""
    stolen = next(each for each in keys(desk) if each.algorithm == "Ed25519")
    since = f"{desk.clock() - timedelta(minutes=90):%Y-%m-%d %H:%M}"
    home = f"{HOME}/keys/{stolen.thumbprint}"
    page = keeper.get(home, query_string={"since": since}).get_data(as_text=True)
    assert "Distrust this key: 1 badge fails</button>" in page
    assert verdicts(desk) == [Verdict.VALID] * 2
    desk.post(keeper, f"{home}/distrust", {"since": since})
    assert verdicts(desk)[0] is Verdict.VALID
    assert verdicts(desk)[1] is not Verdict.VALID
    page = keeper.get(home).get_data(as_text=True)
    assert "Issue 1 badge anew</button>" in page
    assert "Bo Ek" in page
    assert "Öberg" not in page
    for _ in range(2):
        desk.post(keeper, f"{home}/reissue")
    run_work(desk.office)
    assert verdicts(desk)[2:] == [Verdict.VALID]
    assert "to be issued anew" not in keeper.get(home).get_data(as_text=True)
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(MailRecord.address)).all() == ["bo.ek@mail.example"]
    assert acts(desk) == ["key_distrusted"]


@pytest.mark.parametrize("since", ["yesterday", "2999-01-01 00:00", ""])
def test_a_moment_that_cannot_be_distrusts_nothing(desk: ConsoleDesk, keeper: FlaskClient, since: str) -> None:
    """The page says what to write, and keeps what was typed."""
    home = f"{HOME}/keys/{keys(desk)[0].thumbprint}"
    answer = desk.post(keeper, f"{home}/distrust", {"since": since})
    assert answer.status_code == 422
    assert f'value="{since}"' in answer.get_data(as_text=True)
    with reading(desk.office.sessions) as session:
        distrusted = select(func.count()).where(SigningKeyRecord.distrusted_since.is_not(None))
        assert session.scalar(distrusted) == 0


def test_keys_are_for_administrators(desk: ConsoleDesk) -> None:
    """And no provider reaches another's key."""
    for role in Role:
        expected = 200 if Permission.MANAGE_KEYS in TABLE[role] else 403
        assert desk.client(role).get(f"{HOME}/keys").status_code == expected
    foreign = keys(desk, "ota-ostalb")[0].thumbprint
    answer = desk.post(desk.client(Role.ADMINISTRATOR), f"{HOME}/keys/{foreign}/retire")
    assert answer.status_code in {404, 409}
    assert keys(desk, "ota-ostalb")[0].used_until is None


@pytest.mark.parametrize("typed", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_calendar_has_is_asked_for_again(typed: str) -> None:
    """Also one that lies outside of all years only in UTC."""
    with pytest.raises(MomentNotRead):
        read_moment(typed)
