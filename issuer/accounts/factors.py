"""Second factors: who must have one, who has which, adding and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import CodeRefused, SecondFactorNeeded
from issuer.accounts.passkeys import keep_passkey, passkeys_of
from issuer.accounts.records import (
    MembershipRecord,
    PasskeyRecord,
    RecoveryCodeRecord,
    SignInStepRecord,
    StaffRecord,
)
from issuer.accounts.recovery import count_codes, make_codes
from issuer.accounts.roles import Role
from issuer.accounts.sessions import end_sessions
from issuer.accounts.steps import drop_steps
from issuer.accounts.totp import keep_app

NEED_ONE: Final = frozenset({Role.ADMINISTRATOR, Role.APPROVER})
"""Whoever can sign for others or let others in; no setting takes anybody out of this."""

APP: Final = "app"
PASSKEY: Final = "passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What somebody has besides the password."""

    has_app: bool
    passkeys: Sequence[PasskeyRecord]
    codes_left: int
    is_needed: bool

    @property
    def count(self) -> int:
        """How many ways there are; recovery codes are none."""
        return int(self.has_app) + len(self.passkeys)


def factors_of(session: Session, desk: AccountDesk, staff: StaffRecord) -> Factors:
    """The second factors of a person, and whether their roles demand one."""
    return Factors(
        has_app=staff.totp_locked is not None,
        passkeys=passkeys_of(session, staff.id),
        codes_left=count_codes(session, staff.id),
        is_needed=needs_second_factor(session, desk, staff),
    )


def needs_second_factor(session: Session, desk: AccountDesk, staff: StaffRecord) -> bool:
    """Whether a role demands one, anywhere; only the demonstration's accounts, on development machines, go without."""
    if staff.is_demo and desk.development:
        return False
    query = select(MembershipRecord.id).where(
        MembershipRecord.staff_id == staff.id, MembershipRecord.role.in_([role.value for role in NEED_ONE])
    )
    return session.scalar(query.limit(1)) is not None


def is_short_of_one(session: Session, desk: AccountDesk, staff: StaffRecord) -> bool:
    """Whether somebody must set up a second factor before anything else."""
    return needs_second_factor(session, desk, staff) and factors_of(session, desk, staff).count == 0


def add_factor(
    session: Session,
    desk: AccountDesk,
    staff: StaffRecord,
    step: SignInStepRecord,
    answer: Answer,
    *,
    now: datetime,
) -> tuple[str, ...]:
    """Keep the app or the passkey that answered; with the first one come recovery codes, shown once.

    Raises CodeRefused or PasskeyRefused. The step is not used up here.
    """
    is_first = factors_of(session, desk, staff).count == 0
    if answer.passkey:
        kept = keep_passkey(session, desk, step, answer.passkey, label=answer.label, now=now)
        _record(session, staff, AuditAct.SECOND_FACTOR_ADDED, {"kind": PASSKEY, "passkey": kept.id}, now)
    else:
        if not step.locked_secret or not keep_app(staff, desk, desk.box.open(step.locked_secret), answer.code, now=now):
            raise CodeRefused
        _record(session, staff, AuditAct.SECOND_FACTOR_ADDED, {"kind": APP}, now)
    return make_codes(session, desk, staff.id) if is_first else ()


def remove_app(session: Session, desk: AccountDesk, staff: StaffRecord, *, now: datetime) -> None:
    """Forget the authenticator app; raises SecondFactorNeeded when it is the last and the role demands one."""
    if staff.totp_locked is None:
        return
    _check_not_last(session, desk, staff)
    staff.totp_locked = staff.totp_step = None
    session.flush()
    _record(session, staff, AuditAct.SECOND_FACTOR_REMOVED, {"kind": APP}, now)


def remove_passkey(session: Session, desk: AccountDesk, staff: StaffRecord, number: int, *, now: datetime) -> None:
    """Forget a passkey; nothing happens when the person has none of this number. Raises SecondFactorNeeded."""
    mine = select(PasskeyRecord.id).where(PasskeyRecord.id == number, PasskeyRecord.staff_id == staff.id)
    if session.scalar(mine) is None:
        return
    _check_not_last(session, desk, staff)
    session.execute(delete(PasskeyRecord).where(PasskeyRecord.id == number, PasskeyRecord.staff_id == staff.id))
    _record(session, staff, AuditAct.SECOND_FACTOR_REMOVED, {"kind": PASSKEY, "passkey": number}, now)


def forget_factors(session: Session, actor: Actor, staff: StaffRecord, *, now: datetime) -> None:
    """Forget everything somebody has besides the password, and end their sessions; authorises nobody."""
    staff.totp_locked = staff.totp_step = None
    session.execute(delete(PasskeyRecord).where(PasskeyRecord.staff_id == staff.id))
    session.execute(delete(RecoveryCodeRecord).where(RecoveryCodeRecord.staff_id == staff.id))
    drop_steps(session, staff.id)
    end_sessions(session, staff.id, now=now)
    subject, facts = f"staff:{staff.id}", {"kind": "all"}
    record_act(session, actor, AuditAct.SECOND_FACTOR_REMOVED, provider=None, subject=subject, facts=facts, now=now)


def new_codes(session: Session, desk: AccountDesk, staff: StaffRecord, *, now: datetime) -> tuple[str, ...]:
    """Ten new recovery codes in place of the old ones."""
    codes = make_codes(session, desk, staff.id)
    _record(session, staff, AuditAct.RECOVERY_CODES_MADE, {"count": len(codes)}, now)
    return codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody answered: a code of an app or from paper, or what a passkey said."""

    code: str = ""
    passkey: str = ""
    label: str = ""


def _check_not_last(session: Session, desk: AccountDesk, staff: StaffRecord) -> None:
    session.get(StaffRecord, staff.id, with_for_update=True)  # of two removals at once, one sees the other
    found = factors_of(session, desk, staff)
    if found.is_needed and found.count == 1:
        raise SecondFactorNeeded


def _record(session: Session, staff: StaffRecord, act: AuditAct, facts: dict[str, str | int], now: datetime) -> None:
    actor = Actor(label=f"staff:{staff.id}", staff_id=staff.id)
    record_act(session, actor, act, provider=None, subject=f"staff:{staff.id}", facts=facts, now=now)
