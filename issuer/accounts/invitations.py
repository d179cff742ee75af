"""Invitations: a link by mail, good once and for a week, behind which somebody takes their place at a provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.desk import AccountDesk, token_hash
from issuer.accounts.errors import LinkOver, StaffEntryRefused
from issuer.accounts.factors import forget_factors, is_short_of_one
from issuer.accounts.own_account import drop_links
from issuer.accounts.passwords import hash_password, judge_password
from issuer.accounts.post import Notice, NoticeKind, Post
from issuer.accounts.records import InvitationRecord, MembershipRecord, StaffRecord
from issuer.accounts.roles import Permission, Role
from issuer.accounts.sessions import end_sessions
from issuer.accounts.staff import check_roles, put_roles, read_staff_email, read_staff_name
from issuer.catalogue.records import ProviderRecord
from issuer.database import transaction

LIFE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvitation:
    """What somebody sees behind their link; who has an account already needs no name and no password."""

    email: str
    provider_name: str
    roles: tuple[Role, ...]
    is_known: bool
    expires_at: datetime


def invite(
    session: Session,
    desk: AccountDesk,
    actor: Actor,
    slug: str,
    email: str,
    *,
    roles: Collection[Role],
    post: Post,
    now: datetime,
) -> InvitationRecord:
    """Ask somebody to work here, by mail; an earlier invitation of the same address stops working.

    Raises NotHere, NotAllowed, StaffEntryRefused, and what the post raises.
    """
    provider = authorise(session, actor, slug, Permission.MANAGE_STAFF)
    address = read_staff_email(email)
    check_roles(roles)
    if _works_there(session, provider, address):
        raise StaffEntryRefused("This address works here already. Open the person's page to change the roles.")
    record, token = _lay(session, desk, provider, address, roles, now=now)
    post(session, _notice(record, provider, token, actor.name if actor.staff_id is not None else ""))
    facts: dict[str, str | int] = {"roles": ",".join(record.roles), "invitation": record.id}
    record_act(
        session, actor, AuditAct.STAFF_INVITED, provider=provider, subject=_subject(record), facts=facts, now=now
    )
    return record


def send_again(
    session: Session, desk: AccountDesk, actor: Actor, slug: str, number: int, *, post: Post, now: datetime
) -> InvitationRecord:
    """A new link in place of the old one, for another week. Raises NotHere or NotAllowed."""
    provider = authorise(session, actor, slug, Permission.MANAGE_STAFF)
    old = _find(session, provider, number)
    return invite(session, desk, actor, slug, old.email, roles=[Role(role) for role in old.roles], post=post, now=now)


def withdraw(session: Session, actor: Actor, slug: str, number: int, *, now: datetime) -> None:
    """Take an invitation back. Raises NotHere or NotAllowed."""
    provider = authorise(session, actor, slug, Permission.MANAGE_STAFF)
    record = _find(session, provider, number)
    session.delete(record)
    record_act(session, actor, AuditAct.INVITATION_WITHDRAWN, provider=provider, subject=_subject(record), now=now)


def invitations_of(session: Session, provider: ProviderRecord) -> Sequence[InvitationRecord]:
    """Every invitation that nobody took up yet, those that are too old included."""
    query = select(InvitationRecord).where(InvitationRecord.provider_id == provider.id)
    return session.scalars(query.order_by(InvitationRecord.id)).all()


def open_invitation(session: Session, token: str, *, now: datetime) -> OpenInvitation:
    """What is behind a link; raises LinkOver."""
    record = _by_token(session, token, now)
    return OpenInvitation(
        email=record.email,
        provider_name=record.provider.legal_name,
        roles=tuple(Role(role) for role in record.roles),
        is_known=_known(session, record.email) is not None,
        expires_at=record.expires_at,
    )


def accept(desk: AccountDesk, token: str, name: str, password: str, *, now: datetime) -> int:
    """Take the place that was offered, once; gives the number of the person.

    ``name`` and ``password`` are for those without an account. Raises LinkOver, StaffEntryRefused or PasswordTooWeak.
    """
    with transaction(desk.sessions) as session:
        invitation = open_invitation(session, token, now=now)
    kept, shown = None, ""
    if not invitation.is_known:
        shown = read_staff_name(name)
        judge_password(password, email=invitation.email, name=shown)
        kept = hash_password(password)
    with transaction(desk.sessions) as session:
        record = _by_token(session, token, now)
        provider, roles = record.provider, [Role(role) for role in record.roles]
        _use_up(session, record)
        staff = _known(session, record.email) or _newcomer(session, record.email, shown, kept, now)
        put_roles(session, provider, staff.id, roles)
        if is_short_of_one(session, desk, staff):
            end_sessions(session, staff.id, now=now)
        actor = Actor(label=f"staff:{staff.id}", staff_id=staff.id)
        facts: dict[str, str | int] = {"roles": ",".join(sorted(roles)), "invitation": record.id}
        record_act(session, actor, AuditAct.STAFF_JOINED, provider=provider, subject=actor.label, facts=facts, now=now)
        return staff.id


def _lay(
    session: Session,
    desk: AccountDesk,
    provider: ProviderRecord,
    address: str,
    roles: Collection[Role],
    *,
    now: datetime,
) -> tuple[InvitationRecord, str]:
    earlier = (InvitationRecord.provider_id == provider.id, InvitationRecord.email == address)
    session.execute(delete(InvitationRecord).where(*earlier))
    token = desk.secret()
    record = InvitationRecord(
        token_hash=token_hash(token),
        provider_id=provider.id,
        email=address,
        roles=sorted(set(roles)),
        expires_at=now + LIFE,
    )
    session.add(record)
    session.flush()
    return record, token


def _notice(record: InvitationRecord, provider: ProviderRecord, token: str, by: str) -> Notice:
    return Notice(
        kind=NoticeKind.INVITATION,
        address=record.email,
        provider=provider,
        facts={
            "link": f"/console/invitation/{token}",
            "by": by,
            "role": ",".join(record.roles),
            "until": record.expires_at.date().isoformat(),
        },
    )


def _by_token(session: Session, token: str, now: datetime) -> InvitationRecord:
    record = session.scalar(select(InvitationRecord).where(InvitationRecord.token_hash == token_hash(token)))
    if record is None or record.expires_at <= now:
        raise LinkOver
    return record


def _use_up(session: Session, record: InvitationRecord) -> None:
    removed = cast(
        "CursorResult[Any]", session.execute(delete(InvitationRecord).where(InvitationRecord.id == record.id))
    )
    if removed.rowcount != 1:
        raise LinkOver


def _find(session: Session, provider: ProviderRecord, number: int) -> InvitationRecord:
    record = session.get(InvitationRecord, number)
    if record is None or record.provider_id != provider.id:
        raise NotHere
    return record


def _known(session: Session, email: str) -> StaffRecord | None:
    """Somebody who has an account and can sign in to it."""
    staff = session.scalar(select(StaffRecord).where(StaffRecord.email == email))
    return staff if staff is not None and staff.is_active and staff.password_hash else None


def _newcomer(session: Session, email: str, name: str, password_hash: str | None, now: datetime) -> StaffRecord:
    """A new account, or the old one of somebody who comes back: with nothing of what it could do."""
    if password_hash is None:
        raise LinkOver  # the account was closed while its owner had the page open
    staff = session.scalar(select(StaffRecord).where(StaffRecord.email == email))
    if staff is None:
        staff = StaffRecord(email=email, created_at=now)
        session.add(staff)
    else:  # the address may be another person's by now
        forget_factors(session, Actor(label=f"staff:{staff.id}", staff_id=staff.id), staff, now=now)
        drop_links(session, staff.id)
    staff.name, staff.password_hash, staff.is_active, staff.is_demo = name, password_hash, True, False
    session.flush()
    return staff


def _works_there(session: Session, provider: ProviderRecord, email: str) -> bool:
    query = (
        select(MembershipRecord.id)
        .join(StaffRecord)
        .where(MembershipRecord.provider_id == provider.id, StaffRecord.email == email)
    )
    return session.scalar(query.limit(1)) is not None


def _subject(record: InvitationRecord) -> str:
    return f"invitation:{record.id}"
