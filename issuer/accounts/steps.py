"""Steps on the way in: what is on file between the password and the second factor, for ten minutes, good once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from issuer.accounts.desk import AccountDesk, token_hash
from issuer.accounts.errors import StepOver
from issuer.accounts.records import SignInStepRecord

LIFE: Final = timedelta(minutes=10)


class StepKind(StrEnum):
    """What the next answer is for."""

    SECOND = "second"
    """The password was right; a code or a passkey is wanted."""
    SET_UP = "set_up"
    """The password was right; a second factor has to be chosen before anything else."""
    PASSKEY = "passkey"
    """Nobody yet: whoever owns a passkey of ours may come in with it alone."""
    ADD_APP = "add_app"
    ADD_PASSKEY = "add_passkey"


def begin_step(
    session: Session,
    desk: AccountDesk,
    kind: StepKind,
    *,
    now: datetime,
    staff_id: int | None = None,
    app_secret: str | None = None,
) -> tuple[str, SignInStepRecord]:
    """Lay a step down; its token is given here and never again. Steps that are over are removed by the way."""
    session.execute(delete(SignInStepRecord).where(SignInStepRecord.expires_at <= now))
    token = desk.secret()
    step = SignInStepRecord(
        token_hash=token_hash(token),
        kind=kind.value,
        staff_id=staff_id,
        challenge=desk.secret(),
        locked_secret=desk.box.lock(app_secret) if app_secret else None,
        expires_at=now + LIFE,
    )
    session.add(step)
    session.flush()
    return token, step


def find_step(session: Session, token: object, *kinds: StepKind, now: datetime) -> SignInStepRecord:
    """The step of this token when it is one of these kinds; raises StepOver."""
    step = session.scalar(select(SignInStepRecord).where(SignInStepRecord.token_hash == token_hash(str(token))))
    if step is None or step.expires_at <= now or step.kind not in kinds:
        raise StepOver
    return step


def take_step(session: Session, step: SignInStepRecord) -> None:
    """Use a step up; raises StepOver when somebody else was faster."""
    removed = cast("CursorResult[Any]", session.execute(delete(SignInStepRecord).where(SignInStepRecord.id == step.id)))
    if removed.rowcount != 1:
        raise StepOver


def drop_steps(session: Session, staff_id: int) -> None:
    """Somebody's steps are no longer good: their password changed, or they were removed."""
    session.execute(delete(SignInStepRecord).where(SignInStepRecord.staff_id == staff_id))
