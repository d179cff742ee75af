"""The staff of the demonstration: invented people who can sign in on a development machine, and nowhere else."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.passwords import hash_password, is_password
from issuer.accounts.records import MembershipRecord, StaffRecord
from issuer.accounts.roles import Role
from issuer.catalogue.find import get_provider
from issuer.demo.data import read_demo_file
from issuer.learners.folding import fold
from issuer.settings import Settings, kept_secret

PASSWORD_FILE: Final = "demo_password"  # noqa: S105 - the name of a file
_OFFICE: Final = (("Zoë Vandenbroucke", Role.ADMINISTRATOR), ("Łucja Żelazny", Role.APPROVER))
"""The demonstration's files name nobody at the alliance office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody invented, with the place they work at."""

    provider_slug: str
    name: str
    email: str
    role: Role


def demo_staff() -> Iterator[DemoPerson]:
    """Everybody, as the files of the demonstration say."""
    found = json.loads(read_demo_file("providers.json"))
    for provider in found["providers"]:
        for each in provider["staff"]:
            yield _person(provider, each["name"], Role(each["role"]))
    for owner in found["programme_owners"]:
        for name, role in _OFFICE:
            yield _person(owner, name, role)


def keep_demo_staff(session: Session, settings: Settings, *, now: datetime) -> None:
    """Make the accounts that are missing, with the one password of this machine; safe to repeat.

    Does nothing outside of development: a password that is printed opens nothing that others can reach.
    """
    if not settings.development:
        return
    known = {staff.email: staff for staff in session.scalars(select(StaffRecord))}
    password = kept_secret(settings.data_dir, PASSWORD_FILE, _easy_to_type)
    kept = _one_hash(password, [staff for staff in known.values() if staff.is_demo])
    for person in demo_staff():
        staff = known.get(person.email)
        if staff is None:
            staff = StaffRecord(email=person.email, name=person.name, is_demo=True, created_at=now)
            session.add(staff)
            session.flush()
            provider = get_provider(session, person.provider_slug)
            session.add(MembershipRecord(staff_id=staff.id, provider_id=provider.id, role=person.role.value))
        if staff.is_demo:
            staff.password_hash = kept
    session.flush()


def read_demo_password(data_dir: Path) -> str | None:
    """The password as it was made at the first start; None where no demonstration was loaded."""
    path = data_dir / "secrets" / PASSWORD_FILE
    return path.read_text(encoding="ascii").strip() if path.is_file() else None


def _one_hash(password: str, staff: list[StaffRecord]) -> str:
    """The hash that is on file already, or a new one; one for all, because hashing is slow on purpose."""
    kept = staff[0].password_hash if staff else None
    return kept if kept is not None and is_password(kept, password) else hash_password(password)


def _easy_to_type() -> str:
    letters = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _person(provider: dict[str, str], name: str, role: Role) -> DemoPerson:
    """Titles stay in the name and out of the address."""
    bare = [word for word in name.replace(",", " ").split() if not word.endswith(".")]
    local = re.sub(r"[^a-z.]", "", fold(".".join(bare)).replace("ß", "ss"))
    domain = provider["email"].partition("@")[2]
    return DemoPerson(provider_slug=provider["slug"], name=name, email=f"{local}@{domain}", role=role)
