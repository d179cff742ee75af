"""Codes of an authenticator app (RFC 6238): six digits, half a minute, each good once."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime
from typing import Any, Final, cast

import pyotp
from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from issuer.accounts.desk import AccountDesk
from issuer.accounts.records import StaffRecord

ISSUER: Final = "Voltpass"
SECONDS: Final = 30
_EITHER_SIDE: Final = 1
"""Clocks of telephones are off by a few seconds: the step before and the one after are good too."""


def make_app_secret(desk: AccountDesk) -> str:
    """160 random bits in base32, as authenticator apps want them."""
    return base64.b32encode(desk.chance.bits(160).to_bytes(20, "big")).decode("ascii")


def app_address(secret: str, email: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def find_step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The half minute that the code belongs to, or None; whether it was used before is not known here."""
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    app, here = pyotp.TOTP(secret), int(now.timestamp()) // SECONDS
    found = None
    for step in range(here - _EITHER_SIDE, here + _EITHER_SIDE + 1):
        if hmac.compare_digest(app.generate_otp(step), digits):
            found = step
    return found


def use_code(session: Session, desk: AccountDesk, staff: StaffRecord, code: str, *, now: datetime) -> bool:
    """Whether this is a code of the person's app that is newer than the last one used; it is used up with this."""
    if staff.totp_locked is None:
        return False
    step = find_step_of(desk.box.open(staff.totp_locked), code, now=now)
    if step is None:
        return False
    unused = or_(StaffRecord.totp_step.is_(None), StaffRecord.totp_step < step)
    # one statement: of two who send the same code at once, one comes too late
    used = session.execute(update(StaffRecord).where(StaffRecord.id == staff.id, unused).values(totp_step=step))
    return cast("CursorResult[Any]", used).rowcount == 1


def keep_app(staff: StaffRecord, desk: AccountDesk, secret: str, code: str, *, now: datetime) -> bool:
    """Keep the secret of an app that has shown that it knows it; its first code is used up with this."""
    step = find_step_of(secret, code, now=now)
    if step is None:
        return False
    staff.totp_locked, staff.totp_step = desk.box.lock(secret), step
    return True
