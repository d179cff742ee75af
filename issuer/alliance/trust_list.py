"""The trust list: who may award what, from when to when, signed by the office that keeps it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.compact_jws import write_compact_jws
from issuer.alliance.records import PublishedTrustListRecord
from issuer.catalogue.records import AchievementRecord, AuthorisationRecord, ProviderRecord
from issuer.errors import IssuerError
from keys.signer import Signer
from verifier.trust import TRUST_LIST_TYPE, TrustEntry, TrustList

VALID_FOR: Final = timedelta(days=30)
SIGNED_ANEW_AFTER: Final = timedelta(days=1)


class NoTrustListKeeper(IssuerError):
    """Nobody is loaded who could sign the trust list."""

    code: ClassVar[str] = "no_trust_list_keeper"

    def __init__(self) -> None:
        super().__init__("No programme owner is loaded who could sign the trust list. Type: voltpass seed demo")


def get_keeper(session: Session) -> ProviderRecord:
    """The office that signs the list: the first programme owner; raises NoTrustListKeeper."""
    keeper = session.scalar(
        select(ProviderRecord).where(ProviderRecord.role == "programme_owner").order_by(ProviderRecord.id).limit(1)
    )
    if keeper is None:
        raise NoTrustListKeeper
    return keeper


def build_entries(session: Session) -> tuple[TrustEntry, ...]:
    """The authorisations as entries: one per provider and period, with the codes it may award in that time."""
    rows = session.execute(
        select(
            ProviderRecord.issuer_id,
            ProviderRecord.legal_name,
            ProviderRecord.country,
            AchievementRecord.code,
            AuthorisationRecord.valid_from,
            AuthorisationRecord.valid_until,
        )
        .join(AuthorisationRecord, AuthorisationRecord.provider_id == ProviderRecord.id)
        .join(AchievementRecord, AuthorisationRecord.achievement_id == AchievementRecord.id)
        .order_by(ProviderRecord.issuer_id, AuthorisationRecord.valid_from, AchievementRecord.code)
    )
    grouped: dict[tuple[str, str, str, datetime, datetime | None], set[str]] = defaultdict(set)
    for row in rows:
        grouped[(row.issuer_id, row.legal_name, row.country, row.valid_from, row.valid_until)].add(row.code)
    return tuple(
        TrustEntry(
            issuer_id=issuer_id,
            name=name,
            country=country,
            achievements=frozenset(codes),
            valid_from=valid_from,
            valid_until=valid_until,
        )
        for (issuer_id, name, country, valid_from, valid_until), codes in grouped.items()
    )


def seal_trust_list(trust: TrustList, signer: Signer) -> str:
    """Sign the list as a compact JWS with the keeper's P-256 key."""
    return write_compact_jws(trust.to_json(), signer, typ=TRUST_LIST_TYPE)


def as_published(session: Session, keeper: ProviderRecord, signer: Signer, *, now: datetime) -> str | None:
    """The list on file, unless an authorisation or the keeper's key changed since, or it was signed too long ago."""
    record = session.scalar(select(PublishedTrustListRecord).where(PublishedTrustListRecord.keeper_id == keeper.id))
    if record is None or record.key_thumbprint != signer.public_key.thumbprint:
        return None
    if not record.signed_at <= now < record.signed_at + SIGNED_ANEW_AFTER:
        return None
    return record.jws if record.content_digest == _digest(build_entries(session)) else None


def make_trust_list(session: Session, keeper: ProviderRecord, signer: Signer, *, now: datetime) -> str:
    """Sign the list as the authorisations stand; nothing is filed."""
    moment = now.replace(microsecond=0)
    trust = TrustList(
        entries=build_entries(session), signed_at=moment, keeper=keeper.issuer_id, valid_until=moment + VALID_FOR
    )
    return seal_trust_list(trust, signer)


def keep_trust_list(session: Session, keeper: ProviderRecord, signer: Signer, jws: str, *, now: datetime) -> None:
    """File a signed list. The caller holds a write transaction."""
    record = session.scalar(select(PublishedTrustListRecord).where(PublishedTrustListRecord.keeper_id == keeper.id))
    if record is None:
        record = PublishedTrustListRecord(keeper_id=keeper.id)
        session.add(record)
    record.content_digest = _digest(build_entries(session))
    record.key_thumbprint = signer.public_key.thumbprint
    record.signed_at = now.replace(microsecond=0)
    record.jws = jws
    session.flush()


def _digest(entries: tuple[TrustEntry, ...]) -> str:
    text = json.dumps([entry.to_json() for entry in entries], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
