"""Passkeys (WebAuthn): made on a device of the person, who unlocks it there; we keep the public key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import PasskeyRefused
from issuer.accounts.records import PasskeyRecord, SignInStepRecord, StaffRecord
from keys.multibase import base64url_decode, base64url_encode

NAME: Final = "Voltpass"
LONGEST_ANSWER: Final = 16_384
_VERIFIED: Final = UserVerificationRequirement.REQUIRED
_MISTAKES: Final = (WebAuthnException, ValueError, KeyError, TypeError)
"""What the library raises for answers that are wrong, and for answers that are no answers."""


def passkeys_of(session: Session, staff_id: int) -> Sequence[PasskeyRecord]:
    """The passkeys of a person, oldest first."""
    query = select(PasskeyRecord).where(PasskeyRecord.staff_id == staff_id).order_by(PasskeyRecord.id)
    return session.scalars(query).all()


def ask_for_new(session: Session, desk: AccountDesk, staff: StaffRecord, step: SignInStepRecord) -> str:
    """What the browser is told in order to make a passkey, as JSON."""
    options = generate_registration_options(
        rp_id=desk.rp_id,
        rp_name=NAME,
        user_id=f"staff:{staff.id}".encode(),
        user_name=staff.email,
        user_display_name=staff.name,
        challenge=_challenge(step),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_described(passkeys_of(session, staff.id)),
    )
    return options_to_json(options)


def keep_passkey(
    session: Session,
    desk: AccountDesk,
    step: SignInStepRecord,
    answer: str,
    *,
    label: str,
    now: datetime,
) -> PasskeyRecord:
    """Keep the passkey that the browser made for this step; raises PasskeyRefused."""
    made = _made(desk, step, answer)
    name = base64url_encode(made.credential_id)
    if session.scalar(select(PasskeyRecord.id).where(PasskeyRecord.credential_id == name)) is not None:
        raise PasskeyRefused("known already")
    assert step.staff_id is not None
    record = PasskeyRecord(
        staff_id=step.staff_id,
        credential_id=name,
        public_key=base64url_encode(made.credential_public_key),
        sign_count=made.sign_count,
        label=" ".join(label.split())[:60] or f"Passkey of {now:%Y-%m-%d}",
        created_at=now,
    )
    session.add(record)
    session.flush()
    return record


def ask_for_known(session: Session, desk: AccountDesk, step: SignInStepRecord) -> str:
    """What the browser is told in order to use a passkey, as JSON; without a person, any of ours will do."""
    known = passkeys_of(session, step.staff_id) if step.staff_id is not None else ()
    options = generate_authentication_options(
        rp_id=desk.rp_id,
        challenge=_challenge(step),
        allow_credentials=_described(known),
        user_verification=_VERIFIED,
    )
    return options_to_json(options)


def use_passkey(
    session: Session, desk: AccountDesk, step: SignInStepRecord, answer: str, *, now: datetime
) -> StaffRecord:
    """Whose passkey answered this step; raises PasskeyRefused, also when its counter went backwards."""
    try:
        given = parse_authentication_credential_json(_bounded(answer))
        record = session.scalar(
            select(PasskeyRecord)
            .where(PasskeyRecord.credential_id == base64url_encode(given.raw_id))
            .with_for_update(of=PasskeyRecord)
        )
        if record is None or step.staff_id not in {None, record.staff_id}:
            raise PasskeyRefused("unknown")
        proven = verify_authentication_response(
            credential=given,
            expected_challenge=_challenge(step),
            expected_rp_id=desk.rp_id,
            expected_origin=desk.origin,
            credential_public_key=base64url_decode(record.public_key),
            credential_current_sign_count=record.sign_count,
            require_user_verification=True,
        )
    except _MISTAKES as exc:
        raise PasskeyRefused(type(exc).__name__) from exc
    record.sign_count, record.used_at = proven.new_sign_count, now
    session.flush()
    return record.staff


def _made(desk: AccountDesk, step: SignInStepRecord, answer: str) -> VerifiedRegistration:
    try:
        return verify_registration_response(
            credential=_bounded(answer),
            expected_challenge=_challenge(step),
            expected_rp_id=desk.rp_id,
            expected_origin=desk.origin,
            require_user_verification=True,
        )
    except _MISTAKES as exc:
        raise PasskeyRefused(type(exc).__name__) from exc


def _challenge(step: SignInStepRecord) -> bytes:
    assert step.challenge is not None
    return base64url_decode(step.challenge)


def _described(passkeys: Sequence[PasskeyRecord]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_decode(each.credential_id)) for each in passkeys]


def _bounded(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused("too long")
    return answer
