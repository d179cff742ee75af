"""Recovery codes: ten, on paper, for the day the telephone is lost; each good once."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from issuer.accounts.desk import AccountDesk, token_hash
from issuer.accounts.records import RecoveryCodeRecord

HOW_MANY: Final = 10
_BITS: Final = 80


def make_codes(session: Session, desk: AccountDesk, staff_id: int) -> tuple[str, ...]:
    """New codes in place of all earlier ones; their texts are given here and never again."""
    session.execute(delete(RecoveryCodeRecord).where(RecoveryCodeRecord.staff_id == staff_id))
    codes = tuple(_code(desk) for _ in range(HOW_MANY))
    session.add_all(RecoveryCodeRecord(staff_id=staff_id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def use_recovery_code(session: Session, staff_id: int, code: str, *, now: datetime) -> bool:
    """Whether this is an unused code of the person; it is used up with this. Capitals and dashes do not matter."""
    used = session.execute(
        update(RecoveryCodeRecord)
        .where(
            RecoveryCodeRecord.staff_id == staff_id,
            RecoveryCodeRecord.code_hash == _hash(code),
            RecoveryCodeRecord.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return cast("CursorResult[Any]", used).rowcount == 1


def count_codes(session: Session, staff_id: int) -> int:
    """How many are left."""
    return session.scalar(
        select(func.count())
        .select_from(RecoveryCodeRecord)
        .where(RecoveryCodeRecord.staff_id == staff_id, RecoveryCodeRecord.used_at.is_(None))
    ) or 0  # fmt: skip


def _code(desk: AccountDesk) -> str:
    letters = base64.b32encode(desk.chance.bits(_BITS).to_bytes(_BITS // 8, "big")).decode("ascii").lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _hash(code: str) -> str:
    return token_hash(re.sub(r"[^a-z2-7]", "", code.casefold()))
