"""Awards that are announced, and offices whose mails go to a server of the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import event, select

from issuer.awards.award import award
from issuer.awards.find import find_by_credential_id
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.request import AwardRequest
from issuer.database import reading, transaction
from issuer.delivery.addresses import MailAddress
from issuer.delivery.mail_settings import MailSettings, SmtpServer
from issuer.delivery.outbox import announce_award
from issuer.delivery.records import DeliveryRecord, MailRecord
from issuer.office import Office
from tests.award_requests import ASA
from tests.mail_server import MailServer
from tests.office import Clock, demo_office

SENDER = MailAddress("badges", "voltpass.example")


def mailing_office(folder: Path, server: MailServer | None = None, *, clock: Clock | None = None) -> Office:
    """The demonstration's office, its mails going to this server, else to files."""
    return with_server(demo_office(folder, clock=clock), server)


def with_server(office: Office, server: MailServer | None, **told: object) -> Office:
    """The same office with another way for its mails."""
    smtp = SmtpServer(host=server.host, port=server.port, is_tls=False, **told) if server else None  # type: ignore[arg-type]
    mail = MailSettings(folder=office.settings.data_dir / "outbox", sender=SENDER, server=smtp)
    return replace(office, settings=replace(office.settings, mail=mail))


def announced(office: Office, request: AwardRequest = ASA, **changes: object) -> str:
    """Award a badge and announce it in one transaction; the id of the credential."""
    made = replace(request, **changes)  # type: ignore[arg-type]
    with transaction(office.sessions) as session:
        record = award(session, made, office.desk, now=office.clock())
        announce_award(
            session,
            record,
            email=made.email,
            language=made.language,
            now=office.clock(),
            chance=office.desk.chance,
        )
        return record.credential_id


def delivery_of(office: Office, credential_id: str) -> DeliveryRecord:
    """The delivery as it is on file now."""
    with reading(office.sessions) as session:
        record = find_by_credential_id(session, credential_id)
        assert record is not None
        return session.scalars(select(DeliveryRecord).where(DeliveryRecord.credential_record_id == record.id)).one()


def credential(office: Office, credential_id: str) -> IssuedCredentialRecord:
    """The credential as it is on file now."""
    with reading(office.sessions) as session:
        record = find_by_credential_id(session, credential_id)
        assert record is not None
        return record


def mails_of(office: Office) -> list[MailRecord]:
    """Every mail on file, oldest first."""
    with reading(office.sessions) as session:
        return list(session.scalars(select(MailRecord).order_by(MailRecord.id)))


def texts_of(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML of a message."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def claim_path(mail: EmailMessage) -> str:
    """The path of the one claim link in a message."""
    found = re.findall(r"https?://[^/\s]+(/me/claim/[\w-]+)", texts_of(mail)[0])
    assert len(found) == 1, found
    return str(found[0])


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """What is asked of the database: verb and table of each statement."""
    said: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        found = re.search(r"^(SELECT).*?(FROM \w+)|^(INSERT INTO|UPDATE|DELETE FROM) (\w+ ?\(?)", statement, re.S)
        if found is not None:
            said.append(" ".join(filter(None, found.groups())))

    event.listen(office.sessions.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(office.sessions.engine, "before_cursor_execute", note)
