"""Take a credential back, suspend it, give it back, replace it: each act with a reason, and each kept on file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.status_list import StatusPurpose
from issuer.awards.errors import (
    AlreadyRevoked,
    AlreadySuperseded,
    AlreadySuspended,
    NotSuspended,
    ReasonNeedsNote,
    SuspendedCannotBeSuperseded,
)
from issuer.awards.find import get_credential
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.awards.states import CredentialState
from issuer.desk import Desk
from issuer.status.publish import set_bits

_BITS: Final[Mapping[CredentialState, Mapping[StatusPurpose, bool]]] = {
    CredentialState.REVOKED: {
        StatusPurpose.REVOCATION: True,
        StatusPurpose.SUSPENSION: False,
        StatusPurpose.REFRESH: False,
    },
    CredentialState.SUSPENDED: {StatusPurpose.SUSPENSION: True},
    CredentialState.ISSUED: {StatusPurpose.SUSPENSION: False},
    CredentialState.SUPERSEDED: {StatusPurpose.REVOCATION: True, StatusPurpose.REFRESH: True},
}
"""What each state shows. A superseded one is revoked too, for gates that know only the standard's one list."""

OFFICE: Final = "office"
"""Who acted, when nobody in particular is named: the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Why, when and by whom a state changes; ``note`` is needed where the reason is "other"."""

    reason: StatusReason
    at: datetime
    note: str = ""
    by: str = OFFICE

    def __post_init__(self) -> None:
        if self.reason is StatusReason.OTHER and not self.note.strip():
            raise ReasonNeedsNote


def revoke(
    session: Session,
    credential_id: str,
    reason: StatusReason,
    desk: Desk,
    *,
    now: datetime,
    note: str = "",
    by: str = OFFICE,
) -> IssuedCredentialRecord:
    """Take a credential back for good; the caller commits, and the gate knows at once.

    ``credential_id`` may also be its link; ``by`` is the label of who acts. Raises UnknownCredential, AlreadyRevoked,
    ReasonNeedsNote, and NoSigningKey when the change could not be published.
    """
    act = Act(reason=reason, at=now, note=note, by=by)
    record = get_for_change(session, credential_id, desk)
    if record.state == CredentialState.REVOKED:
        raise AlreadyRevoked
    return change_state(session, record, CredentialState.REVOKED, "revoked", act)


def suspend(
    session: Session,
    credential_id: str,
    reason: StatusReason,
    desk: Desk,
    *,
    now: datetime,
    note: str = "",
    by: str = OFFICE,
) -> IssuedCredentialRecord:
    """Suspend a credential for the time being; raises as ``revoke``, and AlreadySuspended or AlreadySuperseded."""
    act = Act(reason=reason, at=now, note=note, by=by)
    record = get_for_change(session, credential_id, desk)
    check_in_force(record)
    if record.state == CredentialState.SUSPENDED:
        raise AlreadySuspended
    return change_state(session, record, CredentialState.SUSPENDED, "suspended", act)


def reinstate(
    session: Session,
    credential_id: str,
    reason: StatusReason,
    desk: Desk,
    *,
    now: datetime,
    note: str = "",
    by: str = OFFICE,
) -> IssuedCredentialRecord:
    """End a suspension; raises as ``revoke``, and NotSuspended or AlreadySuperseded."""
    act = Act(reason=reason, at=now, note=note, by=by)
    record = get_for_change(session, credential_id, desk)
    check_in_force(record)
    if record.state != CredentialState.SUSPENDED:
        raise NotSuspended
    return change_state(session, record, CredentialState.ISSUED, "reinstated", act)


def get_for_change(session: Session, reference: str, desk: Desk) -> IssuedCredentialRecord:
    """The credential, locked until the caller commits, when a change of it can be published."""
    record = get_credential(session, reference)
    session.scalars(
        select(IssuedCredentialRecord)
        .where(IssuedCredentialRecord.id == record.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    desk.signers.of(session, record.provider)
    return record


def check_in_force(record: IssuedCredentialRecord) -> None:
    """Raise AlreadyRevoked or AlreadySuperseded."""
    if record.state == CredentialState.REVOKED:
        raise AlreadyRevoked
    if record.state == CredentialState.SUPERSEDED:
        raise AlreadySuperseded(record.superseded_by.credential_id if record.superseded_by else "a newer credential")


def check_replaceable(record: IssuedCredentialRecord) -> None:
    """Raise AlreadySuperseded or SuspendedCannotBeSuperseded; a revoked one may be replaced, and stays revoked."""
    if record.superseded_by is not None:
        raise AlreadySuperseded(record.superseded_by.credential_id)
    if record.state == CredentialState.SUSPENDED:
        raise SuspendedCannotBeSuperseded


def change_state(
    session: Session, record: IssuedCredentialRecord, state: CredentialState, verb: str, act: Act
) -> IssuedCredentialRecord:
    """Set state and bits, and add a line to the history."""
    record.state = state.value
    set_bits(session, record.status_entry_id, _BITS[state])
    session.add(
        StatusChangeRecord(
            credential_record_id=record.id, act=verb, reason=act.reason.value, note=act.note, at=act.at, by=act.by
        )
    )
    session.flush()
    return record
