"""Whichever way a badge is awarded or changed: programs that want to know hear of it once, and the audit log has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from issuer.accounts.records import AuditEntryRecord
from issuer.accounts.roles import Role
from issuer.accounts.tokens import Scope, create_token
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.catalogue.find import get_provider
from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.delivery.records import DeliveryRecord, MailRecord
from issuer.machines.events import EventKind
from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.signing.provider_keys import keys_of
from issuer.workshop import run_work
from tests.batches import GOTEBORG, released, rows
from tests.console import ConsoleDesk, console_desk
from tests.machines import Machine, learner
from tests.shell import shell_env

VC = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ConsoleDesk]:
    """An office whose provider has a program that wants to know everything, and does not answer."""
    opened = console_desk(tmp_path)
    with transaction(opened.office.sessions) as session:
        session.add(
            WebhookRecord(
                name="A" * 22,
                provider_id=get_provider(session, GOTEBORG).id,
                url="http://127.0.0.1:9/hook",
                events=" ".join(EventKind),
                secret="x",
                created_at=opened.clock(),
                created_by="command",
            )
        )
    yield opened
    opened.office.sessions.engine.dispose()


def program(desk: ConsoleDesk) -> Machine:
    return Machine(desk.office, desk.clock, desk.app.test_client())


def command(desk: ConsoleDesk, folder: Path, *arguments: str) -> None:
    door = Door(shell_env(folder), desk.clock)
    result = CliRunner().invoke(main, list(arguments), obj=door, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def issued_by_command(desk: ConsoleDesk, folder: Path, *options: str) -> str:
    """One badge; its id."""
    (folder / "one.csv").write_bytes(rows(1))
    command(desk, folder, "issue", GOTEBORG, str(folder / "one.csv"), *options)
    (badge,) = badges(desk)
    return badge.credential_id


def badges(desk: ConsoleDesk) -> list[IssuedCredentialRecord]:
    with reading(desk.office.sessions) as session:
        return list(session.scalars(select(IssuedCredentialRecord).order_by(IssuedCredentialRecord.id)))


def heard(desk: ConsoleDesk) -> list[tuple[str, str]]:
    """What the program is told, in order."""
    with reading(desk.office.sessions) as session:
        found = session.scalars(select(WebhookDeliveryRecord).order_by(WebhookDeliveryRecord.id))
        return [(each.event, each.credential_id) for each in found]


def logged(desk: ConsoleDesk, credential_id: str) -> list[tuple[str, str]]:
    """What the audit log says of a badge, and of whom."""
    with reading(desk.office.sessions) as session:
        query = select(AuditEntryRecord).where(AuditEntryRecord.subject == credential_id)
        return [(each.act, each.actor) for each in session.scalars(query.order_by(AuditEntryRecord.number))]


def mails(desk: ConsoleDesk) -> list[str]:
    with reading(desk.office.sessions) as session:
        return [each.kind for each in session.scalars(select(MailRecord).order_by(MailRecord.id))]


def test_the_command_tells_programs_and_only_with_mail_the_learner(desk: ConsoleDesk, tmp_path: Path) -> None:
    """Each once, also when the file is issued again; --mail may come later."""
    badge = issued_by_command(desk, tmp_path)
    assert (heard(desk), mails(desk)) == ([("issued", badge)], [])
    assert logged(desk, badge) == [("credentials_issued", "command")]
    for _ in range(2):
        assert issued_by_command(desk, tmp_path, "--mail") == badge
    assert (heard(desk), mails(desk)) == ([("issued", badge)], ["award"])


def test_a_new_badge_and_its_mail_are_one(desk: ConsoleDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --mail a badge that was filed has its mail in the outbox, whatever happens next."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("issuer.commands.issue.announce_award", fail)
    with pytest.raises(RuntimeError, match="killed"):
        issued_by_command(desk, tmp_path, "--mail")
    assert (badges(desk), heard(desk)) == ([], [])


def test_a_batch_tells_programs_and_learners(desk: ConsoleDesk) -> None:
    """Each badge once, by the workers as they are wired in the office."""
    released(desk, rows(2))
    run_work(desk.office)
    assert heard(desk) == [("issued", each.credential_id) for each in badges(desk)]
    assert (len(badges(desk)), mails(desk)) == (2, ["award", "award"])


def test_a_call_tells_programs_and_the_learner(desk: ConsoleDesk) -> None:
    """The same for one award and for one in a batch of calls."""
    machine = program(desk)
    first = machine.award()["id"]
    assert machine.call("POST", "/batches", {"awards": [learner(2)]}).status_code == 207
    assert heard(desk) == [("issued", each.credential_id) for each in badges(desk)]
    assert (len(badges(desk)), mails(desk)) == (2, ["award", "award"])
    assert [act for act, _ in logged(desk, first)] == ["credentials_issued"]


def test_what_a_program_has_sealed_for_it_reaches_other_programs(desk: ConsoleDesk) -> None:
    """VCALM: the program brings the badge to its learner, so no mail is sent even where the document has an address."""
    with transaction(desk.office.sessions) as session:
        owner = get_provider(session, GOTEBORG)
        token, text = create_token(session, owner, [Scope.ISSUE], desk.office.desk.chance, now=desk.clock(), days=30)
        label = f"token:{token.name}"
    known = [("name", "Åsa Öberg"), ("emailAddress", "asa@mail.example")]
    document = {
        "@context": [VC, BADGES],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": f"did:web:localhost%3A8000:issuers:{GOTEBORG}",
        "validFrom": "2026-10-16T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "identityType": kind, "hashed": False, "identityHash": value}
                for kind, value in known
            ],
            "achievement": {
                "id": f"{desk.office.settings.base_url}/achievements/VLT-HV1/1.0",
                "type": ["Achievement"],
            },
        },
    }
    answer = desk.app.test_client().post(
        "/vc/credentials/issue", json={"credential": document}, headers={"Authorization": f"Bearer {text}"}
    )
    assert answer.status_code == 201, answer.text
    badge = answer.get_json()["verifiableCredential"]["id"]
    assert (heard(desk), mails(desk)) == ([("issued", badge)], [])
    assert logged(desk, badge) == [("credentials_issued", label)]
    with reading(desk.office.sessions) as session:
        assert session.scalars(select(DeliveryRecord)).all() == []


def test_a_correction_tells_of_both_badges(desk: ConsoleDesk, tmp_path: Path) -> None:
    """By a call and by the command: the old one superseded, the new one issued, one mail that brings the new one."""
    machine = program(desk)
    first = machine.award()["id"]
    body = {"reason": "name_error", "given_name": "Aasa"}
    second = machine.call("POST", f"/awards/{first}/supersede", body).get_json()["id"]
    command(desk, tmp_path, "supersede", second, "--reason", "name_error", "--family-name", "Oberg")
    third = badges(desk)[-1].credential_id
    told = [("issued", first), ("superseded", first), ("issued", second), ("superseded", second), ("issued", third)]
    assert heard(desk) == told
    assert mails(desk) == ["award", "superseded", "superseded"]
    assert [act for act, _ in logged(desk, first)] == ["credentials_issued", "credential_superseded"]
    assert logged(desk, second) == [("credential_superseded", "command")]


def test_a_change_tells_everybody_once(desk: ConsoleDesk, tmp_path: Path) -> None:
    """By the command, by a call, by a program of another make, and in the console."""
    machine = program(desk)
    badge = machine.award()["id"]
    machine.call("POST", f"/awards/{badge}/suspend", {"reason": "safety"})
    command(desk, tmp_path, "reinstate", badge, "--reason", "safety")
    wish = {
        "credentialId": badge,
        "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"},
        "status": True,
    }
    headers = {"Authorization": f"Bearer {machine.token()}"}
    assert machine.client.post("/vc/credentials/status", json=wish, headers=headers).status_code == 200
    acts = ["suspended", "reinstated", "suspended"]
    assert heard(desk) == [("issued", badge), *((act, badge) for act in acts)]
    assert mails(desk) == ["award", *acts]
    assert [act for act, _ in logged(desk, badge)][1:] == [f"credential_{act}" for act in acts]


def test_badges_issued_anew_for_a_key_tell_everybody(desk: ConsoleDesk) -> None:
    """After the theft of a key, by the workers, from the console."""
    badge = program(desk).award()["id"]
    with reading(desk.office.sessions) as session:
        key = keys_of(session, get_provider(session, GOTEBORG))[0]
    keeper, path = desk.client(Role.ADMINISTRATOR), f"/console/{GOTEBORG}/keys/{key.thumbprint}"
    since = f"{desk.clock():%Y-%m-%dT%H:%M:%SZ}"
    desk.clock.advance(hours=1)
    desk.post(keeper, f"{path}/distrust", {"since": since})
    desk.post(keeper, f"{path}/reissue")
    run_work(desk.office)
    old, new = badges(desk)
    assert (old.state, new.state) == (CredentialState.SUPERSEDED, CredentialState.ISSUED)
    assert heard(desk) == [("issued", badge), ("superseded", badge), ("issued", new.credential_id)]
    assert mails(desk) == ["award", "superseded"]
    assert "credential_superseded" in dict(logged(desk, badge))
