"""One's own account: another password, a forgotten one, the devices one is signed in on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.desk import AccountDesk, token_hash
from issuer.accounts.errors import LinkOver, TooManyTries
from issuer.accounts.passwords import hash_password, judge_password
from issuer.accounts.post import Notice, NoticeKind, Post
from issuer.accounts.records import PasswordLinkRecord, StaffRecord
from issuer.accounts.sessions import end_sessions
from issuer.accounts.sign_in import Visitor, confirm_password, tidy_email
from issuer.accounts.steps import drop_steps
from issuer.accounts.throttle import Counter, charge, network_counter
from issuer.database import reading, transaction

LINK_LIFE: Final = timedelta(hours=1)
_LINKS_IN_A_ROW: Final = 3
_LINKS_PER_NETWORK: Final = 30
_NOBODY: Final = "nobody@nowhere.invalid"


def change_password(desk: AccountDesk, staff_id: int, old: str, new: str, *, secret: str, now: datetime) -> None:
    """Another password, for somebody who knows the old one; every session but the one with ``secret`` ends.

    Raises PasswordWrong, TooManyTries or PasswordTooWeak.
    """
    staff = confirm_password(desk, staff_id, old, now=now)
    judge_password(new, email=staff.email, name=staff.name)
    _keep(desk, staff_id, hash_password(new), AuditAct.PASSWORD_CHANGED, spared=secret, now=now)


def ask_for_link(desk: AccountDesk, email: str, visitor: Visitor, *, post: Post, now: datetime) -> None:
    """Mail a link for a new password to whoever has an account under this address; says nothing to the visitor.

    The work is the same for unknown addresses, so that the time it takes tells nothing either. Raises TooManyTries,
    for them alike.
    """
    address = tidy_email(email)
    counters = [
        Counter(desk.blur(f"link {address}"), _LINKS_IN_A_ROW),
        *network_counter(desk.blur(f"links {visitor.network}"), visitor.network, _LINKS_PER_NETWORK),
    ]
    with transaction(desk.sessions) as session:
        wait = charge(session, counters, now=now)
        staff = session.scalar(select(StaffRecord).where(StaffRecord.email == address))
        if wait is None and staff is not None and desk.may_enter(staff):
            token = make_link(session, desk, staff, now=now)
            facts = {
                "link": f"/console/password/new/{token}",
                "name": staff.name,
                "until": (now + LINK_LIFE).date().isoformat(),
            }
            post(session, Notice(kind=NoticeKind.PASSWORD, address=address, provider=None, facts=facts))
        elif wait is None:
            _as_much_for_nobody(session, post)
    if wait is not None:
        raise TooManyTries(wait)


def _as_much_for_nobody(session: Session, post: Post) -> None:
    """Write what a mail would be, and take it back."""
    with session.begin_nested() as undone:
        post(session, Notice(kind=NoticeKind.PASSWORD, address=_NOBODY, provider=None, facts={"link": "/console"}))
        undone.rollback()


def make_link(session: Session, desk: AccountDesk, staff: StaffRecord, *, now: datetime) -> str:
    """A new link for a new password in place of all earlier ones; gives its token."""
    drop_links(session, staff.id)
    session.execute(delete(PasswordLinkRecord).where(PasswordLinkRecord.expires_at <= now))
    token = desk.secret()
    session.add(PasswordLinkRecord(token_hash=token_hash(token), staff_id=staff.id, expires_at=now + LINK_LIFE))
    session.flush()
    return token


def find_link(session: Session, desk: AccountDesk, token: str, *, now: datetime) -> PasswordLinkRecord:
    """The link of this token; raises LinkOver."""
    record = session.scalar(select(PasswordLinkRecord).where(PasswordLinkRecord.token_hash == token_hash(token)))
    if record is None or record.expires_at <= now or not desk.may_enter(record.staff):
        raise LinkOver
    return record


def set_password_by_link(desk: AccountDesk, token: str, new: str, *, now: datetime) -> None:
    """A new password through a link, once; every session ends. The second factor stays as it is.

    Raises LinkOver or PasswordTooWeak.
    """
    with reading(desk.sessions) as session:
        link = find_link(session, desk, token, now=now)
        judge_password(new, email=link.staff.email, name=link.staff.name)
        number, staff_id = link.id, link.staff_id
    _keep(desk, staff_id, hash_password(new), AuditAct.PASSWORD_RESET, link=number, now=now)


def end_other_sessions(desk: AccountDesk, actor: Actor, *, now: datetime, spared: str | None = None) -> int:
    """Sign out on every device, or on every other one; how many there were."""
    assert actor.staff_id is not None
    with transaction(desk.sessions) as session:
        count = end_sessions(session, actor.staff_id, now=now, spared=spared)
        facts = {"count": count}
        record_act(session, actor, AuditAct.SESSIONS_ENDED, provider=None, subject=actor.label, facts=facts, now=now)
    return count


def _keep(
    desk: AccountDesk,
    staff_id: int,
    new_hash: str,
    act: AuditAct,
    *,
    now: datetime,
    spared: str | None = None,
    link: int | None = None,
) -> None:
    with transaction(desk.sessions) as session:
        if link is not None:
            _use_up(session, link)
        session.get_one(StaffRecord, staff_id).password_hash = new_hash
        drop_links(session, staff_id)
        drop_steps(session, staff_id)
        end_sessions(session, staff_id, now=now, spared=spared)
        actor = Actor(label=f"staff:{staff_id}", staff_id=staff_id)
        record_act(session, actor, act, provider=None, subject=actor.label, now=now)


def drop_links(session: Session, staff_id: int) -> None:
    """Links to set a new password that are under way to somebody are no longer good."""
    session.execute(delete(PasswordLinkRecord).where(PasswordLinkRecord.staff_id == staff_id))


def _use_up(session: Session, number: int) -> None:
    removed = cast(
        "CursorResult[Any]", session.execute(delete(PasswordLinkRecord).where(PasswordLinkRecord.id == number))
    )
    if removed.rowcount != 1:
        raise LinkOver
