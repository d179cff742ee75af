"""Signing in: address and password, then the second factor, or a passkey alone; each try is counted before it counts.

A password is compared outside of any transaction: it takes long on purpose, and the database must not wait for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import CodeRefused, PasswordWrong, SignInRefused, StepOver, TooManyTries
from issuer.accounts.factors import Answer, add_factor, factors_of
from issuer.accounts.passkeys import use_passkey
from issuer.accounts.passwords import hash_password, is_password, needs_new_hash
from issuer.accounts.records import SignInStepRecord, StaffRecord
from issuer.accounts.recovery import use_recovery_code
from issuer.accounts.sessions import begin_session, end_sessions
from issuer.accounts.steps import StepKind, begin_step, drop_steps, find_step, take_step
from issuer.accounts.throttle import Counter, charge, forgive, network_counter
from issuer.accounts.totp import make_app_secret, use_code
from issuer.database import reading, transaction

_ACCOUNT_TRIES = 5
_NETWORK_TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where somebody comes from: the network is counted and not kept, the device class is kept."""

    network: str
    device: str = "computer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody is in; ``secret`` belongs into the cookie, ``codes`` are to be shown once."""

    staff_id: int
    secret: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The password was right and one more answer is wanted; ``token`` belongs into the cookie."""

    kind: StepKind
    token: str


def sign_in(desk: AccountDesk, email: str, password: str, visitor: Visitor, *, now: datetime) -> Entered | Asked:
    """The first step; raises SignInRefused for every mistake alike, and TooManyTries."""
    address = tidy_email(email)
    account = Counter(desk.blur(f"account {address}"), _ACCOUNT_TRIES)
    network = _network(desk, visitor)
    _charge(desk, [account, *network], now)
    staff = _right_one(desk, address, password)
    if staff is None:
        raise SignInRefused
    new_hash = hash_password(password) if needs_new_hash(staff.password_hash or "") else None
    with transaction(desk.sessions) as session:
        forgive(session, clear=[account], refund=network)
        found = session.get_one(StaffRecord, staff.id, with_for_update=True)
        if found.password_hash != staff.password_hash or not desk.may_enter(found):
            raise SignInRefused  # it was changed, or they were let go, while it was compared
        found.password_hash = new_hash or found.password_hash
        return _next(session, desk, found, visitor, now)


def answer_second(desk: AccountDesk, token: object, answer: Answer, visitor: Visitor, *, now: datetime) -> Entered:
    """The second step: a code of the app, a passkey, or a recovery code.

    Raises CodeRefused, PasskeyRefused, StepOver or TooManyTries.
    """
    with transaction(desk.sessions) as session:
        step = find_step(session, token, StepKind.SECOND, now=now)
        counter = Counter(desk.blur(f"second {step.staff_id}"), _ACCOUNT_TRIES)
        wait = charge(session, [counter], now=now)
    if wait is not None:
        raise TooManyTries(wait)
    with transaction(desk.sessions) as session:
        step = find_step(session, token, StepKind.SECOND, now=now)
        staff = _owner(session, desk, step)
        how = _accepted(session, desk, staff, step, answer, now)
        take_step(session, step)
        forgive(session, clear=[counter])
        return _let_in(session, desk, staff, f"password+{how}", visitor, now)


def answer_set_up(desk: AccountDesk, token: object, answer: Answer, visitor: Visitor, *, now: datetime) -> Entered:
    """The first second factor of somebody who must have one; brings recovery codes.

    Raises CodeRefused, PasskeyRefused or StepOver.
    """
    with transaction(desk.sessions) as session:
        step = find_step(session, token, StepKind.SET_UP, now=now)
        staff = _owner(session, desk, step)
        codes = add_factor(session, desk, staff, step, answer, now=now)
        take_step(session, step)
        drop_steps(session, staff.id)  # whoever else had begun this knew the password alone
        entered = _let_in(session, desk, staff, "password+set_up", visitor, now)
        return Entered(staff_id=staff.id, secret=entered.secret, codes=codes)


def begin_passkey(desk: AccountDesk, visitor: Visitor, *, now: datetime) -> str:
    """Ask for any passkey of ours; gives the step's token. Raises TooManyTries."""
    _charge(desk, _network(desk, visitor), now)
    with transaction(desk.sessions) as session:
        return begin_step(session, desk, StepKind.PASSKEY, now=now)[0]


def answer_passkey(desk: AccountDesk, token: object, answer: str, visitor: Visitor, *, now: datetime) -> Entered:
    """In with a passkey alone: it was unlocked on the person's device, so it is both factors.

    Raises PasskeyRefused or StepOver.
    """
    with transaction(desk.sessions) as session:
        step = find_step(session, token, StepKind.PASSKEY, now=now)
        staff = use_passkey(session, desk, step, answer, now=now)
        if not desk.may_enter(staff):
            raise StepOver
        take_step(session, step)
        forgive(session, refund=_network(desk, visitor))
        return _let_in(session, desk, staff, "passkey", visitor, now)


def sign_out(desk: AccountDesk, actor: Actor, secret: str, *, now: datetime) -> None:
    """End this one session."""
    assert actor.staff_id is not None
    with transaction(desk.sessions) as session:
        end_sessions(session, actor.staff_id, now=now, secret=secret)
        record_act(session, actor, AuditAct.SIGNED_OUT, provider=None, subject=actor.label, now=now)


def confirm_password(desk: AccountDesk, staff_id: int, password: str, *, now: datetime) -> StaffRecord:
    """Ask for the password once more, before something that outlives the session.

    Raises PasswordWrong or TooManyTries.
    """
    with reading(desk.sessions) as session:
        staff = session.get_one(StaffRecord, staff_id)
    account = Counter(desk.blur(f"account {staff.email}"), _ACCOUNT_TRIES)
    _charge(desk, [account], now)
    if not is_password(staff.password_hash, password):
        raise PasswordWrong
    with transaction(desk.sessions) as session:
        forgive(session, clear=[account])
    return staff


def tidy_email(text: str) -> str:
    """An address as it is kept and compared: trimmed, in lower case, in one spelling."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def _network(desk: AccountDesk, visitor: Visitor) -> list[Counter]:
    return network_counter(desk.blur(f"network {visitor.network}"), visitor.network, _NETWORK_TRIES)


def _charge(desk: AccountDesk, counters: Sequence[Counter], now: datetime) -> None:
    with transaction(desk.sessions) as session:
        wait = charge(session, counters, now=now)
    if wait is not None:
        raise TooManyTries(wait)


def _right_one(desk: AccountDesk, address: str, password: str) -> StaffRecord | None:
    """Whose password this is; as much work for an address that nobody has."""
    with reading(desk.sessions) as session:
        staff = session.scalar(select(StaffRecord).where(StaffRecord.email == address))
    known = staff if staff is not None and desk.may_enter(staff) else None
    return known if is_password(known.password_hash if known else None, password) else None


def _next(session: Session, desk: AccountDesk, staff: StaffRecord, visitor: Visitor, now: datetime) -> Entered | Asked:
    factors = factors_of(session, desk, staff)
    if factors.count:
        return Asked(
            kind=StepKind.SECOND, token=begin_step(session, desk, StepKind.SECOND, now=now, staff_id=staff.id)[0]
        )
    if factors.is_needed:
        token, _ = begin_step(
            session, desk, StepKind.SET_UP, now=now, staff_id=staff.id, app_secret=make_app_secret(desk)
        )
        return Asked(kind=StepKind.SET_UP, token=token)
    return _let_in(session, desk, staff, "password", visitor, now)


def _let_in(
    session: Session, desk: AccountDesk, staff: StaffRecord, how: str, visitor: Visitor, now: datetime
) -> Entered:
    secret = begin_session(session, staff, desk.chance, now=now, device=visitor.device)
    actor = Actor(label=f"staff:{staff.id}", staff_id=staff.id)
    record_act(session, actor, AuditAct.SIGNED_IN, provider=None, subject=actor.label, facts={"with": how}, now=now)
    return Entered(staff_id=staff.id, secret=secret)


def _owner(session: Session, desk: AccountDesk, step: SignInStepRecord) -> StaffRecord:
    staff = session.get(StaffRecord, step.staff_id) if step.staff_id is not None else None
    if staff is None or not desk.may_enter(staff):
        raise StepOver
    return staff


def _accepted(
    session: Session, desk: AccountDesk, staff: StaffRecord, step: SignInStepRecord, answer: Answer, now: datetime
) -> str:
    """Which way the answer was right; raises CodeRefused or PasskeyRefused."""
    if answer.passkey:
        use_passkey(session, desk, step, answer.passkey, now=now)
        return "passkey"
    ways: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("app", lambda: use_code(session, desk, staff, answer.code, now=now)),
        ("recovery_code", lambda: use_recovery_code(session, staff.id, answer.code, now=now)),
    )
    for how, is_right in ways:
        if is_right():
            return how
    raise CodeRefused
