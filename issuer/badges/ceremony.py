"""The ceremony of keys: begun, replaced, retired, distrusted, with the consequences before and the repair after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.audit import AuditAct, record_act
from issuer.awards.distrust import KEY_REPLACED, distrust
from issuer.awards.records import IssuedCredentialRecord, SealRecord
from issuer.awards.seals import count_seals
from issuer.awards.states import CredentialState
from issuer.badges.change import Errand, reissue_badge
from issuer.database import Sessions, transaction
from issuer.desk import Desk
from issuer.errors import IssuerError
from issuer.signing.key_life import get_key, retire_key
from issuer.signing.provider_keys import create_keys, in_use_thumbprints, keys_of, rotate_keys
from issuer.signing.records import SigningKeyRecord
from issuer.status.indexes import find_free_index, open_list
from issuer.work.outbox import Payload, WorkKind, put_work

_B = IssuedCredentialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One key of a provider, and how many badges it sealed."""

    key: SigningKeyRecord
    sealed: int

    @property
    def is_in_use(self) -> bool:
        """Whether badges are sealed with it now."""
        return self.key.used_until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What distrusting a key from a moment on means for the badges that it sealed.

    ``affected`` would no longer verify and can be issued anew; ``suspended`` neither, and somebody has to decide first.
    """

    kept: int
    affected: int
    suspended: int
    settled: int
    """Sealed later, but revoked or replaced since: nobody has to do anything."""


def key_lines(session: Session, errand: Errand) -> list[KeyLine]:
    """Every key the provider ever had, the newest first."""
    counts = count_seals(session, errand.provider.id)
    keys = reversed(keys_of(session, errand.provider))
    return [KeyLine(key=each, sealed=counts.get(each.thumbprint, 0)) for each in keys]


def begin_keys(session: Session, errand: Errand) -> list[SigningKeyRecord]:
    """Make the first pair of keys, and the first status list. Raises SigningKeyExists. No commit."""
    made = create_keys(session, errand.provider, errand.desk.keys, now=errand.now)
    if find_free_index(session, errand.provider.id, errand.desk.chance) is None:
        open_list(session, errand.provider, errand.desk.base_url, errand.desk.chance, now=errand.now)
    for key in made:
        _note(session, errand, AuditAct.KEY_CREATED, key)
    return made


class KeysChangedMeanwhile(IssuerError):
    """Other keys are in use than the form was written for: it was sent twice, or somebody else was faster."""

    code: ClassVar[str] = "keys_changed_meanwhile"

    def __init__(self) -> None:
        super().__init__("Other keys are in use by now; perhaps they were just replaced. Look at the list of keys.")


class KeyIsTrusted(IssuerError):
    """Badges are issued anew for a distrusted key only."""

    code: ClassVar[str] = "key_is_trusted"

    def __init__(self) -> None:
        super().__init__("The key is not distrusted, so no badge of it has to be issued anew. Distrust it first.")


def replace_keys(session: Session, errand: Errand, seen: Collection[str] | None = None) -> list[SigningKeyRecord]:
    """Retire the keys in use and make new ones; what the old ones sealed goes on verifying. No commit.

    ``seen`` are the thumbprints of the keys that the author wants replaced; raises KeysChangedMeanwhile. NoSigningKey.
    """
    if seen is not None and set(seen) != in_use_thumbprints(session, errand.provider.id):
        raise KeysChangedMeanwhile
    made = rotate_keys(session, errand.provider, errand.desk.keys, now=errand.now)
    for key in made:
        _note(session, errand, AuditAct.KEY_ROTATED, key)
    return made


def end_key(
    session: Session, errand: Errand, key: SigningKeyRecord, *, successor: str | None = None
) -> SigningKeyRecord:
    """Retire one key and give its successor; raises what ``retire_key`` raises. No commit."""
    new = retire_key(session, errand.provider, key, errand.desk.keys, now=errand.now, successor=successor)
    _note(session, errand, AuditAct.KEY_RETIRED, key)
    return new


def distrust_since(session: Session, errand: Errand, key: SigningKeyRecord, since: datetime) -> SigningKeyRecord | None:
    """Distrust a key from a moment on; its successor, if it was in use. Raises DistrustInFuture. No commit.

    May be repeated with another moment.
    """
    successor = distrust(session, errand.provider, key, since, errand.desk, now=errand.now)
    facts: dict[str, str | int] = {
        "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "affected": weigh(session, key, since).affected,
    }
    _note(session, errand, AuditAct.KEY_DISTRUSTED, key, facts)
    return successor


def weigh(session: Session, key: SigningKeyRecord, since: datetime) -> Consequences:
    """Count what distrust from this moment on would mean, without doing anything."""
    since = since.replace(microsecond=0)
    successor = select(_B.supersedes_id).where(_B.supersedes_id.is_not(None))
    seals = (
        select((SealRecord.filed_at >= since).label("is_later"), _B.state, _B.id.in_(successor).label("is_replaced"))
        .join(_B, SealRecord.credential_record_id == _B.id)
        .where(SealRecord.key_thumbprint == key.thumbprint)
        .subquery()
    )
    # grouped outside: PostgreSQL takes two parameters of one value for two values
    rows = session.execute(select(seals, func.count()).group_by(*seals.c)).all()
    counts = {"kept": 0, "affected": 0, "suspended": 0, "settled": 0}
    for is_later, state, is_replaced, count in rows:
        counts[_fate(is_later=is_later, state=state, is_replaced=is_replaced)] += count
    return Consequences(**counts)


def _fate(*, is_later: bool, state: str, is_replaced: bool) -> str:
    if not is_later:
        return "kept"
    if is_replaced or state == CredentialState.REVOKED:
        return "settled"
    return "affected" if state == CredentialState.ISSUED else "suspended"


def put_reissues(session: Session, errand: Errand, thumbprint: str) -> int:
    """Have every badge issued anew that the distrusted key sealed too late; how many that will be. No commit.

    May be asked for again: a badge that has its successor is left as it is. Raises KeyIsTrusted.
    """
    key = get_key(session, errand.provider, thumbprint)
    if key.distrusted_since is None:
        raise KeyIsTrusted
    waiting = session.scalars(_waiting(key)).all()
    for record_id in waiting:
        payload: dict[str, int | str] = {"badge": record_id, "by": errand.actor.label}
        put_work(session, WorkKind.REISSUE_BADGE, payload, now=errand.now)
    return len(waiting)


def count_waiting(session: Session, key: SigningKeyRecord) -> int:
    """How many badges of a distrusted key still wait for a successor."""
    return session.scalar(select(func.count()).select_from(_waiting(key).subquery())) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reissuing:
    """What the worker needs to issue badges anew."""

    sessions: Sessions
    desk: Desk
    clock: Callable[[], datetime]


def reissue_one(parts: Reissuing, payload: Payload) -> None:
    """Issue one badge anew, unless it has its successor or no longer holds; its learner is told."""
    with transaction(parts.sessions) as session:
        record = session.get_one(_B, int(payload["badge"]), with_for_update=True)
        if record.state != CredentialState.ISSUED or record.superseded_by is not None:
            return
        actor = Actor(label=str(payload["by"]))
        errand = Errand(actor=actor, provider=record.provider, desk=parts.desk, now=parts.clock())
        reissue_badge(session, record.credential_id, KEY_REPLACED, errand)


def _note(
    session: Session, errand: Errand, act: AuditAct, key: SigningKeyRecord, facts: Mapping[str, str | int] | None = None
) -> None:
    record_act(
        session,
        errand.actor,
        act,
        provider=errand.provider,
        subject=f"key:{key.thumbprint}",
        now=errand.now,
        facts={"algorithm": key.algorithm, **(facts or {})},
    )


def _waiting(key: SigningKeyRecord) -> Select[int]:
    return (
        select(_B.id)
        .join(SealRecord, SealRecord.credential_record_id == _B.id)
        .where(
            SealRecord.key_thumbprint == key.thumbprint,
            SealRecord.filed_at >= key.distrusted_since,
            _B.state == CredentialState.ISSUED,
            _B.id.not_in(select(_B.supersedes_id).where(_B.supersedes_id.is_not(None))),
        )
        .order_by(_B.id)
    )
