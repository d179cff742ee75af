"""A desk with people at it: an office with its console, and test clients that are signed in as somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuer.accounts.actor import Actor
from issuer.accounts.records import MembershipRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.accounts.sessions import actor_of, begin_session
from issuer.app import create_office_app
from issuer.catalogue.find import get_provider
from issuer.console.frame import SIGNED_IN
from issuer.database import reading, transaction
from issuer.office import Office
from tests.office import Clock, demo_office


@dataclass
class ConsoleDesk:
    """An office, its application and its clock."""

    office: Office
    app: Flask
    clock: Clock

    def staff(self, *roles: Role, provider: str = "vbk-goteborg", name: str = "") -> int:
        """Somebody with these roles; the number of the person. The same name gives the same person again."""
        name = name or f"Test {'-'.join(roles)} {provider}"
        address = f"{name.lower().replace(' ', '.')}@staff.example"
        with transaction(self.office.sessions) as session:
            person = session.scalar(select(StaffRecord).where(StaffRecord.email == address))
            if person is None:
                person = StaffRecord(email=address, name=name, created_at=self.clock())
                session.add(person)
                session.flush()
                for role in roles:
                    seat = get_provider(session, provider)
                    session.add(MembershipRecord(staff_id=person.id, provider_id=seat.id, role=role.value))
            return person.id

    def actor(self, *roles: Role, provider: str = "vbk-goteborg", name: str = "") -> Actor:
        """The same as one who acts."""
        number = self.staff(*roles, provider=provider, name=name)
        with reading(self.office.sessions) as session:
            return actor_of(session, session.get_one(StaffRecord, number))

    def client(self, *roles: Role, provider: str = "vbk-goteborg", name: str = "") -> FlaskClient:
        """A browser in which this person is signed in."""
        number = self.staff(*roles, provider=provider, name=name)
        with transaction(self.office.sessions) as session:
            secret = begin_session(
                session, session.get_one(StaffRecord, number), self.office.desk.chance, now=self.clock()
            )
        client = self.app.test_client()
        with client.session_transaction("/console/") as kept:
            kept[SIGNED_IN] = secret
        return client

    def post(self, client: FlaskClient, path: str, data: Mapping[str, Any] | None = None) -> TestResponse:
        """Send a form as a page of ours would: the field against forged forms is in."""
        with client.session_transaction("/console/") as kept:
            raw = kept.setdefault("csrf_token", "0" * 40)
        assert self.app.secret_key is not None
        token = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw)
        return client.post(path, data={"csrf_token": token, **(data or {})})


def console_desk(folder: Path) -> ConsoleDesk:
    """The demonstration's office with a console, and a clock that goes only when told to."""
    clock = Clock()
    office = demo_office(folder, clock=clock)
    return ConsoleDesk(office=office, app=create_office_app(office), clock=clock)
