"""Accounts that can sign in, for tests of the way in: a password, an app, and what the pages say."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuer.accounts.desk import AccountDesk
from issuer.accounts.passwords import hash_password
from issuer.accounts.records import AuditEntryRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.database import reading, transaction
from issuer.delivery.records import MailRecord
from tests.console import ConsoleDesk
from tests.windows import main_text

PASSWORD = "en lång mening om batterier"
ANOTHER = "eine andere ganz lange Zeile"


@cache
def kept_password() -> str:
    """Hashed once: it is slow on purpose."""
    return hash_password(PASSWORD)


def account_desk(desk: ConsoleDesk) -> AccountDesk:
    """The domain's side of the office."""
    return AccountDesk.of(desk.office.settings, desk.office.sessions, desk.office.desk.chance)


def account(desk: ConsoleDesk, *roles: Role, provider: str = "vbk-goteborg", name: str = "", app: bool = False) -> str:
    """Somebody with a password, and with an authenticator app when told to; gives the address."""
    number = desk.staff(*roles, provider=provider, name=name)
    with transaction(desk.office.sessions) as session:
        staff = session.get_one(StaffRecord, number)
        staff.password_hash = kept_password()
        if app:
            staff.totp_locked = account_desk(desk).box.lock(app_secret(staff.email))
        return staff.email


def app_secret(email: str) -> str:
    """What the person's app knows."""
    letters = "".join(letter for letter in email.upper() if "A" <= letter <= "Z")
    return (letters * 4)[:32]


def code_now(secret: str, now: datetime) -> str:
    """What an app shows."""
    return pyotp.TOTP(secret).at(now)


def sign_in(desk: ConsoleDesk, client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """The first page, filled in and sent."""
    return desk.post(client, "/console/sign-in", {"email": email, "password": password, **more})


def hidden(response: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', response.text)
    assert found is not None, main_text(response)
    return html.unescape(found[1])


def options_of(response: TestResponse) -> str:
    """What the page tells the browser to ask a device for."""
    found = re.search(r'data-options="([^"]*)"', response.text)
    assert found is not None, main_text(response)
    return html.unescape(found[1])


def acts(desk: ConsoleDesk) -> list[tuple[str, str, Mapping[str, object]]]:
    """Everything on record: who did what, with which facts."""
    with reading(desk.office.sessions) as session:
        rows = session.scalars(select(AuditEntryRecord).order_by(AuditEntryRecord.number))
        return [(row.act, row.actor, row.facts) for row in rows]


def mailed_links(desk: ConsoleDesk) -> list[tuple[str, str]]:
    """Address and path of every link that is in the outbox."""
    with reading(desk.office.sessions) as session:
        mails = session.scalars(select(MailRecord).order_by(MailRecord.id)).all()
        base = desk.office.settings.base_url
        return [(mail.address, str(mail.facts.get("link", "")).removeprefix(base)) for mail in mails]
