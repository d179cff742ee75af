"""Mails on their way: one for each announcement, whatever the server does and whoever dies."""

from __future__ import annotations

import stat
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from issuer.awards.find import find_by_credential_id
from issuer.database import reading, transaction
from issuer.delivery.mail_settings import SmtpServer
from issuer.delivery.outbox import announce_award, announce_change, put_notice
from issuer.delivery.postman import SmtpPostman
from issuer.delivery.records import DeliveryState, MailKind, MailState
from issuer.delivery.send import PATIENCE, REMIND_AFTER, send_mail
from issuer.office import Office
from issuer.work.records import WorkRecord
from issuer.workshop import run_work
from tests.award_requests import ASA
from tests.deliveries import announced, delivery_of, mailing_office, mails_of, texts_of, with_server
from tests.demo_files import BASE_URL
from tests.mail_server import PASSWORD, USER, mail_server, strict_mail_server
from tests.office import Clock

TO_ASA = "asa.oberg@mail.example"


def _last_problem(office: Office) -> str | None:
    with reading(office.sessions) as session:
        return session.scalars(select(WorkRecord.last_problem).where(WorkRecord.kind == "send_mail")).one()


def test_an_announcement_reaches_the_learner_once(tmp_path: Path) -> None:
    """One award, announced twice and worked on twice, is one mail; the delivery says when it went."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        credential_id = announced(office)
        assert announced(office) == credential_id
        run_work(office)
        run_work(office)
        assert [recipient for recipient, _ in server.received] == [TO_ASA]
    delivery = delivery_of(office, credential_id)
    assert (delivery.state, delivery.attempts, delivery.smtp_code) == (DeliveryState.SENT, 1, 250)
    assert delivery.sent_at == office.clock()


def test_without_a_server_a_mail_is_a_private_file(tmp_path: Path) -> None:
    """In development mails are files that only the owner reads, and a mail tried again is the same file."""
    office = mailing_office(tmp_path)
    announced(office)
    run_work(office)
    folder = office.settings.mail.folder
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert message_from_bytes(path.read_bytes(), policy=default)["To"].addresses[0].addr_spec == TO_ASA


def test_an_award_that_is_not_kept_is_not_announced(tmp_path: Path) -> None:
    """The mail is written in the transaction of the award: when that is rolled back, nobody is told."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        credential_id = announced(office)
        run_work(office)
        with suppress(RuntimeError), transaction(office.sessions) as session:
            record = find_by_credential_id(session, credential_id)
            assert record is not None
            announce_change(session, record, "revoked", now=office.clock(), chance=office.desk.chance)
            raise RuntimeError
        run_work(office)
        assert len(server.received) == 1


def test_a_refused_recipient_is_a_bounce_with_its_code(tmp_path: Path) -> None:
    """A 5xx answer to the recipient is final: shown with code and status, not tried again, others still go."""
    with mail_server() as server:
        server.refusals[TO_ASA] = "550 5.1.1 no such mailbox"
        office = mailing_office(tmp_path, server)
        bounced = announced(office)
        arrived = announced(office, given_name="Björn", email="bjorn@mail.example", trainee_ref="T002")
        run_work(office)
        assert [recipient for recipient, _ in server.received] == ["bjorn@mail.example"]
        assert server.connections == 1
    delivery = delivery_of(office, bounced)
    assert (delivery.state, delivery.smtp_code, delivery.smtp_status) == (DeliveryState.BOUNCED, 550, "5.1.1")
    assert delivery.bounced_at == office.clock()
    assert delivery_of(office, arrived).state == DeliveryState.SENT
    assert mails_of(office)[0].facts == {}


def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """While nobody listens the mail waits and says so; when the server is back it goes, once."""
    clock = Clock()
    with mail_server() as server:
        office = mailing_office(tmp_path, server, clock=clock)
        server.stop()
        credential_id = announced(office)
        run_work(office)
        assert delivery_of(office, credential_id).state == DeliveryState.WAITING
        assert _last_problem(office) == "mail_server_away"
        server.start()
        run_work(office)
        assert not server.received, "it waits for its time"
        clock.advance(hours=5)
        run_work(office)
        assert len(server.received) == 1
    assert delivery_of(office, credential_id).state == DeliveryState.SENT


@pytest.mark.parametrize("place", ["recipient", "message"])
def test_a_server_that_puts_us_off_is_asked_again(tmp_path: Path, place: str) -> None:
    """4xx is "not now", for a recipient as for a message; after five days it counts as a bounce."""
    clock = Clock()
    with mail_server() as server:
        if place == "recipient":
            server.refusals[TO_ASA] = "450 4.2.1 busy"
        else:
            server.reply = "451 4.3.0 not now"
        office = mailing_office(tmp_path, server, clock=clock)
        credential_id = announced(office)
        run_work(office)
        delivery = delivery_of(office, credential_id)
        assert delivery.state == DeliveryState.WAITING
        assert delivery.smtp_code in {450, 451}
        assert mails_of(office)[0].state == MailState.WAITING
        clock.now += PATIENCE
        run_work(office)
        assert delivery_of(office, credential_id).state == DeliveryState.BOUNCED
        assert not server.received


def test_a_message_that_is_refused_is_a_bounce(tmp_path: Path) -> None:
    """5xx after the message is as final as 5xx before it."""
    with mail_server() as server:
        server.reply = "554 5.7.1 looks like spam"
        office = mailing_office(tmp_path, server)
        credential_id = announced(office)
        run_work(office)
    assert delivery_of(office, credential_id).smtp_status == "5.7.1"


def test_a_copy_can_be_told_as_one(tmp_path: Path) -> None:
    """When the server took the mail and died before saying so, the second copy has the same bytes as the first."""
    clock = Clock()
    with mail_server() as server:
        server.drops_after_data = 1
        office = mailing_office(tmp_path, server, clock=clock)
        credential_id = announced(office)
        run_work(office)
        assert mails_of(office)[0].state == MailState.SENDING
        assert delivery_of(office, credential_id).state == DeliveryState.WAITING
        clock.advance(days=1)
        run_work(office)
        first, second = (content for _, content in server.received)
        assert first == second
        assert len(server.message_ids) == 1
    assert (mails_of(office)[0].state, mails_of(office)[0].attempts) == (MailState.SENT, 2)


def test_two_workers_with_one_mail_end_one_message(tmp_path: Path) -> None:
    """Who meets another's note just before the end of the message hangs up instead of ending it."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        announced(office)
        (mail,) = mails_of(office)
        postman = SmtpPostman(SmtpServer(host=server.host, port=server.port, is_tls=False))

        class Overtaken:
            """Hands the same mail over in the very moment before the end of the first message."""

            def hand_over(self, envelope, before_the_end):  # type: ignore[no-untyped-def]
                def late() -> bool:
                    send_mail(office, postman, {"mail": mail.id})
                    return bool(before_the_end())

                return SmtpPostman(postman._server).hand_over(envelope, late)

        with pytest.raises(Exception, match="mail_in_other_hands"):
            send_mail(office, Overtaken(), {"mail": mail.id})
        postman.close()
        assert len(server.received) == 1
    assert mails_of(office)[0].state == MailState.SENT


def test_secrets_travel_encrypted_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from this machine STARTTLS and a trusted certificate are demanded before anything is said."""
    with strict_mail_server(tmp_path) as (server, certificate):
        office = with_server(mailing_office(tmp_path), server, user=USER, password=PASSWORD)
        announced(office)
        run_work(office)
        assert _last_problem(office) == "mail_certificate_untrusted"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        office.clock.advance(hours=1)  # type: ignore[attr-defined]
        run_work(with_server(office, server, user=USER, password="wrong"))
        assert _last_problem(office) == "mail_login_refused"
        office.clock.advance(hours=1)  # type: ignore[attr-defined]
        run_work(office)
        assert len(server.received) == 1


def test_a_distant_server_without_tls_gets_nothing(tmp_path: Path) -> None:
    """A server elsewhere that cannot encrypt is not trusted with names; the mail waits for somebody to mend that."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        announced(office)
        server.stop()
        server.host = "127.0.0.2"
        server.start()
        run_work(with_server(office, server))
        assert _last_problem(office) == "mail_server_without_tls"
        assert not server.received


def test_an_address_beyond_ascii_waits_for_no_server_that_cannot(tmp_path: Path) -> None:
    """A name before the @ in other letters goes only to servers with SMTPUTF8, otherwise it bounces as 5.6.7."""
    with mail_server(enable_SMTPUTF8=False) as server:
        office = mailing_office(tmp_path, server)
        credential_id = announced(office, email="åsa@mail.example")
        run_work(office)
        assert delivery_of(office, credential_id).smtp_status == "5.6.7"
        assert not server.received


def test_an_address_beyond_ascii_is_served_where_that_is_possible(tmp_path: Path) -> None:
    """With SMTPUTF8 the address goes as it is, and the domain in the form that name servers know."""
    with mail_server(enable_SMTPUTF8=True) as server:
        office = mailing_office(tmp_path, server)
        announced(office, email="åsa@bücher.example")
        run_work(office)
        assert [recipient for recipient, _ in server.received] == ["åsa@xn--bcher-kva.example"]


def test_no_mail_goes_for_a_badge_that_is_no_more(tmp_path: Path) -> None:
    """A badge withdrawn before its mail went is not announced; the learner hears of the withdrawal only."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        credential_id = announced(office)
        with transaction(office.sessions) as session:
            record = find_by_credential_id(session, credential_id)
            assert record is not None
            record.state = "revoked"
            announce_change(session, record, "revoked", now=office.clock(), chance=office.desk.chance)
        run_work(office)
        assert ["withdrawn" in mail["Subject"] or "återkallats" in mail["Subject"] for mail in server.mails] == [True]
    assert [mail.state for mail in mails_of(office)] == [MailState.DROPPED, MailState.SENT]


def test_one_reminder_after_two_weeks(tmp_path: Path) -> None:
    """Who has not opened the mail is reminded once, by itself, with a new link; nothing is deleted."""
    clock = Clock()
    with mail_server() as server:
        office = mailing_office(tmp_path, server, clock=clock)
        credential_id = announced(office)
        run_work(office)
        clock.now += REMIND_AFTER - timedelta(hours=1)
        run_work(office)
        assert len(server.received) == 1
        clock.advance(days=2)
        run_work(office)
        clock.advance(days=60)
        run_work(office)
        assert len(server.received) == 2
        assert "kvar" in server.mails[1]["Subject"]
    assert delivery_of(office, credential_id).reminded_at is not None


def test_a_learner_without_address_waits_for_a_letter(tmp_path: Path) -> None:
    """Without e-mail there is no mail and no error: the delivery waits for somebody to print the letter."""
    office = mailing_office(tmp_path)
    credential_id = announced(office, email=None)
    run_work(office)
    assert delivery_of(office, credential_id).state == DeliveryState.LETTER
    assert mails_of(office) == []


def test_staff_are_invited_by_mail(tmp_path: Path) -> None:
    """A notice brings its link once; what it knew is forgotten when it has gone."""
    with mail_server() as server:
        office = mailing_office(tmp_path, server)
        with transaction(office.sessions) as session:
            put_notice(
                session,
                MailKind.INVITATION,
                address="lovisa@vbk.example",
                language="sv",
                facts={
                    "link": f"{BASE_URL}/console/join/x",
                    "role": "editor,approver",
                    "until": "2026-11-29",
                },
                provider=None,
                now=office.clock(),
                chance=office.desk.chance,
            )
        run_work(office)
        plain, _ = texts_of(server.mail_to("lovisa@vbk.example"))
        assert f"{BASE_URL}/console/join/x" in plain
        assert "redaktör, godkännare" in plain
        assert "29 november 2026" in plain
    assert mails_of(office)[0].facts == {}


def test_an_announcement_is_once_for_each_credential(tmp_path: Path) -> None:
    """Announcing again gives the delivery of then, also with another address."""
    office = mailing_office(tmp_path)
    credential_id = announced(office)
    with transaction(office.sessions) as session:
        record = find_by_credential_id(session, credential_id)
        assert record is not None
        again = announce_award(
            session, record, email="other@mail.example", language="de", now=office.clock(), chance=office.desk.chance
        )
        assert again.email == replace(ASA).email
    assert len(mails_of(office)) == 1
