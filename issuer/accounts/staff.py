"""Who works at a provider: list, change roles, remove; the last administrator stays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from issuer.accounts.actor import Actor, NotHere, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import LastAdministrator, StaffEntryRefused
from issuer.accounts.factors import factors_of, is_short_of_one
from issuer.accounts.records import MembershipRecord, StaffRecord, StaffSessionRecord
from issuer.accounts.roles import Permission, Role
from issuer.accounts.sessions import end_sessions
from issuer.accounts.sign_in import tidy_email
from issuer.accounts.steps import drop_steps
from issuer.catalogue.records import ProviderRecord

_EMAIL: Final = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[^\s@<>(),;:\\\"\[\]]{1,250}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who works at a provider, as its administrators see them."""

    staff_id: int
    name: str
    email: str
    roles: tuple[Role, ...]
    has_second_factor: bool
    is_short_of_one: bool
    last_seen: datetime | None


def members_of(session: Session, desk: AccountDesk, provider: ProviderRecord) -> Sequence[Member]:
    """Everybody who works there, by name."""
    roles: dict[int, set[Role]] = defaultdict(set)
    people: dict[int, StaffRecord] = {}
    query = select(MembershipRecord).where(MembershipRecord.provider_id == provider.id)
    for each in session.scalars(query.options(joinedload(MembershipRecord.staff))):
        roles[each.staff_id].add(Role(each.role))
        people[each.staff_id] = each.staff
    ordered = sorted(people.values(), key=lambda staff: (staff.name.casefold(), staff.id))
    return [_member(session, desk, staff, roles[staff.id]) for staff in ordered]


def find_member(session: Session, desk: AccountDesk, provider: ProviderRecord, staff_id: int) -> Member:
    """One of them; raises NotHere for anybody else."""
    roles = _roles_of(session, provider, staff_id)
    return _member(session, desk, session.get_one(StaffRecord, staff_id), roles)


def find_by_email(session: Session, provider: ProviderRecord, email: str) -> StaffRecord:
    """Who works there under this address; raises StaffEntryRefused."""
    query = (
        select(StaffRecord)
        .join(MembershipRecord)
        .where(MembershipRecord.provider_id == provider.id, StaffRecord.email == tidy_email(email))
    )
    staff = session.scalars(query.limit(1)).one_or_none()
    if staff is None:
        raise StaffEntryRefused(f"Nobody works at {provider.slug} under this address.")
    return staff


def change_roles(
    session: Session,
    desk: AccountDesk,
    actor: Actor,
    slug: str,
    staff_id: int,
    *,
    roles: Collection[Role],
    now: datetime,
) -> Member:
    """Give somebody exactly these roles; they hold from the next click on.

    Whoever now must have a second factor and has none is signed out, so that the next sign-in asks for it. Raises
    NotHere, NotAllowed, StaffEntryRefused or LastAdministrator.
    """
    provider = _locked(session, authorise(session, actor, slug, Permission.MANAGE_STAFF))
    before = _roles_of(session, provider, staff_id)
    check_roles(roles)
    if Role.ADMINISTRATOR in before and Role.ADMINISTRATOR not in roles:
        _check_not_last(session, provider)
    put_roles(session, provider, staff_id, roles)
    facts = {"before": _spelled(before), "after": _spelled(roles)}
    record_act(
        session, actor, AuditAct.ROLES_CHANGED, provider=provider, subject=f"staff:{staff_id}", facts=facts, now=now
    )
    staff = session.get_one(StaffRecord, staff_id)
    if is_short_of_one(session, desk, staff):
        end_sessions(session, staff_id, now=now)
    return _member(session, desk, staff, set(roles))


def remove_member(session: Session, actor: Actor, slug: str, staff_id: int, *, now: datetime) -> str:
    """Let somebody go from this provider and end their sessions; gives the name.

    Who works nowhere else cannot sign in any more. Raises NotHere, NotAllowed or LastAdministrator.
    """
    provider = _locked(session, authorise(session, actor, slug, Permission.MANAGE_STAFF))
    if Role.ADMINISTRATOR in _roles_of(session, provider, staff_id):
        _check_not_last(session, provider)
    mine = (MembershipRecord.staff_id == staff_id, MembershipRecord.provider_id == provider.id)
    session.execute(delete(MembershipRecord).where(*mine))
    staff = session.get_one(StaffRecord, staff_id)
    elsewhere = session.scalar(select(MembershipRecord.id).where(MembershipRecord.staff_id == staff_id).limit(1))
    staff.is_active = elsewhere is not None
    end_sessions(session, staff_id, now=now)
    drop_steps(session, staff_id)
    record_act(session, actor, AuditAct.STAFF_REMOVED, provider=provider, subject=f"staff:{staff_id}", now=now)
    return staff.name


def put_roles(session: Session, provider: ProviderRecord, staff_id: int, roles: Collection[Role]) -> None:
    """Write the roles down in place of the earlier ones; authorises nobody and checks nothing."""
    mine = (MembershipRecord.staff_id == staff_id, MembershipRecord.provider_id == provider.id)
    session.execute(delete(MembershipRecord).where(*mine))
    session.add_all(
        MembershipRecord(staff_id=staff_id, provider_id=provider.id, role=role.value) for role in sorted(set(roles))
    )
    session.flush()


def check_roles(roles: Collection[Role]) -> None:
    """Raise StaffEntryRefused when there is none."""
    if not roles:
        raise StaffEntryRefused("Choose at least one role. To let somebody go, remove them instead.")


def read_staff_email(text: str) -> str:
    """An address in the form it is kept in; raises StaffEntryRefused."""
    address = tidy_email(text)
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise StaffEntryRefused("This is no e-mail address. Write it as name@domain, for example anna@mail.example.")
    return address


def read_staff_name(text: str) -> str:
    """A name as it is shown, in any script; raises StaffEntryRefused."""
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if not name or len(name) > 200:
        raise StaffEntryRefused("Write the name as colleagues know it, with at most 200 characters.")
    return name


def _roles_of(session: Session, provider: ProviderRecord, staff_id: int) -> set[Role]:
    query = select(MembershipRecord.role).where(
        MembershipRecord.provider_id == provider.id, MembershipRecord.staff_id == staff_id
    )
    roles = {Role(role) for role in session.scalars(query)}
    if not roles:
        raise NotHere
    return roles


def _locked(session: Session, provider: ProviderRecord) -> ProviderRecord:
    """Of two who each remove the other administrator, the second has to see what the first did."""
    return session.get_one(ProviderRecord, provider.id, with_for_update=True)


def _check_not_last(session: Session, provider: ProviderRecord) -> None:
    administrators = (
        select(func.count(func.distinct(MembershipRecord.staff_id)))
        .join(StaffRecord)
        .where(
            MembershipRecord.provider_id == provider.id,
            MembershipRecord.role == Role.ADMINISTRATOR.value,
            StaffRecord.is_active,
        )
    )
    if (session.scalar(administrators) or 0) < 2:
        raise LastAdministrator


def _member(session: Session, desk: AccountDesk, staff: StaffRecord, roles: Collection[Role]) -> Member:
    factors = factors_of(session, desk, staff)
    last_seen = session.scalar(
        select(func.max(StaffSessionRecord.seen_at)).where(StaffSessionRecord.staff_id == staff.id)
    )
    return Member(
        staff_id=staff.id,
        name=staff.name,
        email=staff.email,
        roles=tuple(role for role in Role if role in roles),
        has_second_factor=factors.count > 0,
        is_short_of_one=factors.is_needed and factors.count == 0,
        last_seen=last_seen,
    )


def _spelled(roles: Collection[Role]) -> str:
    return ",".join(sorted(roles))
