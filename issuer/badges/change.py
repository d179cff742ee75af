"""Take a badge back, suspend it, give it back, correct it: with everything that belongs to it, in one transaction.

The state and the status list, a line in the history, the learner told, the provider's programs told, the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere
from issuer.awards.errors import ReasonNeedsNote
from issuer.awards.find import UnknownCredential, get_credential
from issuer.awards.reasons import StatusReason
from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.status_changes import reinstate, revoke, suspend
from issuer.awards.supersede import Correction, reissue, supersede
from issuer.badges.news import note_change, tell_programs
from issuer.badges.search import BadgeState
from issuer.catalogue.records import ProviderRecord
from issuer.delivery.outbox import ChangeAct
from issuer.desk import Desk
from issuer.machines.events import EventKind


class Deed(StrEnum):
    """What can be done to many badges at once; the values stand in addresses."""

    REVOKE = "revoke"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


_DONE: Final[Mapping[Deed, tuple[Callable[..., IssuedCredentialRecord], ChangeAct]]] = {
    Deed.REVOKE: (revoke, "revoked"),
    Deed.SUSPEND: (suspend, "suspended"),
    Deed.REINSTATE: (reinstate, "reinstated"),
}

_POSSIBLE: Final[Mapping[Deed, frozenset[BadgeState]]] = {
    Deed.REVOKE: frozenset(BadgeState) - {BadgeState.REVOKED},
    Deed.SUSPEND: frozenset({BadgeState.VALID, BadgeState.LAPSED}),
    Deed.REINSTATE: frozenset({BadgeState.SUSPENDED}),
}

_R = StatusReason
OFFERED: Final[Mapping[Deed, Sequence[StatusReason]]] = {
    Deed.REVOKE: (_R.ISSUED_IN_ERROR, _R.WRONG_RESULT, _R.FRAUD, _R.SAFETY, _R.HOLDER_REQUEST, _R.OTHER),
    Deed.SUSPEND: (_R.SAFETY, _R.FRAUD, _R.WRONG_RESULT, _R.HOLDER_REQUEST, _R.OTHER),
    Deed.REINSTATE: (_R.SAFETY, _R.ISSUED_IN_ERROR, _R.HOLDER_REQUEST, _R.OTHER),
}
"""The reasons a form offers, the likeliest first. Wrong names are corrected, not revoked."""

OFFERED_FOR_CORRECTION: Final = (_R.NAME_ERROR, _R.WRONG_RESULT, _R.HOLDER_REQUEST, _R.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do and why. Raises ReasonNeedsNote when the reason is "other" and nothing is said."""

    deed: Deed
    reason: StatusReason
    note: str = ""

    def __post_init__(self) -> None:
        if self.reason is StatusReason.OTHER and not self.note.strip():
            raise ReasonNeedsNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who acts for which provider, at whose desk, and when."""

    actor: Actor
    provider: ProviderRecord
    desk: Desk
    now: datetime


def is_possible(deed: Deed, state: BadgeState) -> bool:
    """Whether a badge in this state allows the deed; the act itself checks again."""
    return state in _POSSIBLE[deed]


def change_badge(session: Session, reference: str, order: Order, errand: Errand) -> IssuedCredentialRecord:
    """Do as ordered to one badge of the provider, by id or link, and tell whoever has to know. No commit.

    Raises NotHere for a badge that is not the provider's, and what ``status_changes`` raises.
    """
    record = own_badge(session, reference, errand.provider)
    act, verb = _DONE[order.deed]
    act(
        session,
        record.credential_id,
        order.reason,
        errand.desk,
        now=errand.now,
        note=order.note.strip(),
        by=errand.actor.label,
    )
    _tell(session, record, verb, errand, {"reason": order.reason.value})
    return record


def correct_badge(
    session: Session,
    reference: str,
    correction: Correction,
    why: tuple[StatusReason, str],
    errand: Errand,
) -> IssuedCredentialRecord:
    """Issue a corrected badge in place of this one; gives the new one. ``why`` is the reason and its note. No commit.

    Raises NotHere, and what ``supersede`` raises.
    """
    old = own_badge(session, reference, errand.provider)
    reason, note = why
    new = supersede(
        session,
        old.credential_id,
        reason,
        errand.desk,
        now=errand.now,
        correction=correction,
        note=note.strip(),
        by=errand.actor.label,
    )
    _tell_of_successor(session, old, new, reason, errand)
    return new


def reissue_badge(session: Session, reference: str, note: str, errand: Errand) -> IssuedCredentialRecord:
    """Issue a badge anew that says the same, as ``correct_badge`` does; the note says why. No commit."""
    old = own_badge(session, reference, errand.provider)
    new = reissue(session, old.credential_id, errand.desk, now=errand.now, note=note, by=errand.actor.label)
    _tell_of_successor(session, old, new, StatusReason.OTHER, errand)
    return new


def own_badge(session: Session, reference: str, provider: ProviderRecord) -> IssuedCredentialRecord:
    """The badge, when the provider issued it; whether another did is told to nobody (NotHere)."""
    try:
        record = get_credential(session, reference)
    except UnknownCredential as exc:
        raise NotHere from exc
    if record.provider_id != provider.id:
        raise NotHere
    return record


def _tell_of_successor(
    session: Session, old: IssuedCredentialRecord, new: IssuedCredentialRecord, reason: StatusReason, errand: Errand
) -> None:
    _tell(session, old, "superseded", errand, {"reason": reason.value, "successor": new.credential_id})
    tell_programs(session, EventKind.ISSUED, new, now=errand.now)


def _tell(
    session: Session, record: IssuedCredentialRecord, verb: ChangeAct, errand: Errand, facts: Mapping[str, str]
) -> None:
    note_change(session, record, verb, errand.actor, facts, chance=errand.desk.chance, now=errand.now)
