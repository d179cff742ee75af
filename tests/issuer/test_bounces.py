"""Reports of mails that came back later find their delivery, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import transaction
from issuer.delivery.bounces import NoBounceReport, note_report
from issuer.delivery.claims import keep_badge
from issuer.delivery.records import DeliveryState
from issuer.office import Office
from issuer.workshop import run_work
from tests.deliveries import announced, claim_path, delivery_of, mailing_office, mails_of
from tests.mail_server import mail_server

REPORT = """\
From: MAILER-DAEMON@mx.example
To: badges@voltpass.example
Subject: Undelivered mail returned to sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

It did not arrive.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
{envelope}
Final-Recipient: rfc822; asa.oberg@mail.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--part
{returned}
--part--
"""
HEADERS = "Content-Type: text/rfc822-headers\n\nFrom: badges@voltpass.example\nMessage-ID: <{token}@voltpass.example>\n"
WHOLE = "Content-Type: message/rfc822\n\nFrom: b@voltpass.example\nMessage-Id: <{token}@voltpass.example>\n\nHello\n"


def _sent(folder: Path) -> tuple[Office, str, str, str]:
    """An office with one mail sent; the credential, the token of the mail, the path of its link."""
    with mail_server() as server:
        office = mailing_office(folder, server)
        credential_id = announced(office)
        run_work(office)
        return office, credential_id, mails_of(office)[0].message_token, claim_path(server.mails[0])


def _report(token: str, *, how: str = "headers", action: str = "failed") -> bytes:
    returned = {"headers": HEADERS, "whole": WHOLE}.get(how, "Content-Type: text/plain\n\nnothing\n")
    envelope = f"Original-Envelope-Id: {token}\n" if how == "envelope" else ""
    return REPORT.format(envelope=envelope, action=action, returned=returned.format(token=token)).encode()


@pytest.mark.parametrize("how", ["headers", "whole", "envelope"])
def test_a_report_finds_its_delivery(tmp_path: Path, how: str) -> None:
    """By the envelope id, by the returned headers or by the returned mail: the badge counts as come back."""
    office, credential_id, token, _ = _sent(tmp_path)
    with transaction(office.sessions) as session:
        note_report(session, _report(token, how=how), now=office.clock())
    delivery = delivery_of(office, credential_id)
    assert (delivery.state, delivery.smtp_code, delivery.smtp_status) == (DeliveryState.BOUNCED, 550, "5.1.1")


def test_a_delay_is_no_bounce(tmp_path: Path) -> None:
    """A server that says it goes on trying has not given up."""
    office, credential_id, token, _ = _sent(tmp_path)
    with transaction(office.sessions) as session:
        assert note_report(session, _report(token, action="delayed"), now=office.clock()) is None
    assert delivery_of(office, credential_id).state == DeliveryState.SENT


def test_a_badge_that_was_kept_stays_kept(tmp_path: Path) -> None:
    """Who pressed the button has the badge, whatever a server says afterwards."""
    office, credential_id, token, path = _sent(tmp_path)
    with transaction(office.sessions) as session:
        keep_badge(session, path.rpartition("/")[2], now=office.clock())
        note_report(session, _report(token), now=office.clock())
    assert delivery_of(office, credential_id).state == DeliveryState.CLAIMED


@pytest.mark.parametrize(
    "data", [b"", b"\xff\x00", b"Subject: hello\n\nMessage-ID: <x@y>\n", _report("A" * 22), _report("short")]
)
def test_anything_else_is_no_report(tmp_path: Path, data: bytes) -> None:
    """Ordinary mail, noise, and reports of mails that we never sent are refused in one sentence."""
    office, _, _, _ = _sent(tmp_path)
    with pytest.raises(NoBounceReport), transaction(office.sessions) as session:
        note_report(session, data, now=office.clock())


def test_the_command_notes_a_report(tmp_path: Path) -> None:
    """``voltpass mail bounce FILE`` says which mail it was; a file that is no report ends with status 1."""
    office, credential_id, token, _ = _sent(tmp_path)
    door = Door({})
    door.__dict__["office"] = office
    file = tmp_path / "report.eml"
    file.write_bytes(_report(token))
    told = CliRunner().invoke(main, ["mail", "bounce", str(file)], obj=door)
    assert (told.exit_code, told.output) == (0, "Mail 1 is noted as come back.\n")
    assert delivery_of(office, credential_id).state == DeliveryState.BOUNCED
    file.write_text("hello")
    assert CliRunner().invoke(main, ["mail", "bounce", str(file)], obj=door).exit_code == 1
    assert "0 learners are reminded." in CliRunner().invoke(main, ["mail", "remind", "vbk-goteborg"], obj=door).output
