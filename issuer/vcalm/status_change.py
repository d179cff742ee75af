"""A change of status as VCALM asks for it: one bit of one credential, on or off, in the words of the office.

Revocation is final and suspension is not. A status that is as asked already stays so, and nobody is told twice. The
request has no place for a reason: the file says that the provider's program asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.status_list import StatusPurpose
from issuer.accounts.actor import Actor
from issuer.awards.errors import StatusChangeRefused
from issuer.awards.find import find_by_credential_id
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.badges.change import Deed, Errand, Order, change_badge
from issuer.desk import Desk
from issuer.status.records import PublishedListRecord, StatusEntryRecord
from verifier.web.vcalm_request import VcalmRefused, is_text, read_object

MEMBERS: Final = ("credentialId", "credentialStatus", "status", "indexAllocator")
NOTE: Final = "asked for by the provider's program"

_ENTRY_TYPES: Final = frozenset({"BitstringStatusListEntry", "BitstringStatusList"})
_ENTRY_MEMBERS: Final = frozenset({"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"})
_WISHES: Final[Mapping[tuple[StatusPurpose, bool], Deed]] = {
    (StatusPurpose.REVOCATION, True): Deed.REVOKE,
    (StatusPurpose.SUSPENSION, True): Deed.SUSPEND,
    (StatusPurpose.SUSPENSION, False): Deed.REINSTATE,
}
_DONE: Final[Mapping[Deed, CredentialState]] = {
    Deed.REVOKE: CredentialState.REVOKED,
    Deed.SUSPEND: CredentialState.SUSPENDED,
    Deed.REINSTATE: CredentialState.ISSUED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a program wants: this bit of this credential's status on or off; `entry` is how it described the entry."""

    credential_id: str
    purpose: StatusPurpose
    is_on: bool
    entry: Mapping[str, str]


def read_wish(body: Mapping[str, Any]) -> Wish:
    """Read a request whose members are among MEMBERS; raises VcalmRefused. An index allocator says nothing here."""
    for name in ("credentialId", "indexAllocator"):
        if not is_text(body.get(name, None if name == "credentialId" else "none")):
            raise VcalmRefused("malformed_request", f"$.{name}: expected a text")
    if not isinstance(body.get("status"), bool):
        raise VcalmRefused("malformed_request", "$.status: expected true or false")
    entry = read_object(body, "credentialStatus")
    for name, value in entry.items():
        if name not in _ENTRY_MEMBERS or not is_text(value):
            raise VcalmRefused("malformed_status", f"$.credentialStatus.{name[:100]}: not a member of a status entry")
    if entry.get("type") not in _ENTRY_TYPES:
        raise VcalmRefused("malformed_status", "$.credentialStatus.type: expected BitstringStatusListEntry")
    purpose = entry.get("statusPurpose")
    if purpose not in (StatusPurpose.REVOCATION, StatusPurpose.SUSPENSION):
        detail = "$.credentialStatus.statusPurpose: expected revocation or suspension"
        raise VcalmRefused("purpose_not_changed", detail)
    return Wish(credential_id=body["credentialId"], purpose=StatusPurpose(purpose), is_on=body["status"], entry=entry)


def change_status(session: Session, desk: Desk, wish: Wish, actor: Actor, slug: str, *, now: datetime) -> None:
    """Do as wished for a credential of that provider, and tell whoever has to know; the caller commits.

    Raises VcalmRefused: 404 for a credential that is not the provider's, 400 for a step that its state does not allow.
    """
    record = find_by_credential_id(session, wish.credential_id)
    if record is None or record.provider.slug != slug:
        raise VcalmRefused("unknown_credential", "The provider issued no credential of this id.", status=404)
    _check_entry(session, record, wish)
    deed = _WISHES.get((wish.purpose, wish.is_on))
    if deed is None and record.state in (CredentialState.REVOKED, CredentialState.SUPERSEDED):
        raise VcalmRefused("already_revoked", "$.status: a revocation is final; have a new credential issued instead")
    if deed is None or record.state == _DONE[deed]:
        return
    order = Order(deed=deed, reason=StatusReason.OTHER, note=NOTE)
    errand = Errand(actor=actor, provider=record.provider, desk=desk, now=now)
    try:
        change_badge(session, record.credential_id, order, errand)
    except StatusChangeRefused as exc:
        raise VcalmRefused(exc.code, str(exc)) from exc


def _check_entry(session: Session, record: IssuedCredentialRecord, wish: Wish) -> None:
    """What a program says of the place of the entry must be true; raises VcalmRefused."""
    entry = session.get_one(StatusEntryRecord, record.status_entry_id)
    url = session.scalars(
        select(PublishedListRecord.url).where(
            PublishedListRecord.list_id == entry.list_id, PublishedListRecord.purpose == wish.purpose.value
        )
    ).one()
    own = {"id": f"{url}#{entry.position}", "statusListIndex": str(entry.position), "statusListCredential": url}
    for name, value in own.items():
        if wish.entry.get(name, value) != value:
            raise VcalmRefused("another_entry", f"$.credentialStatus.{name}: the credential's entry is another one")
