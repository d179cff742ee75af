"""The keys of a provider: made, used, rotated, listed, opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer.catalogue.records import ProviderRecord
from issuer.signing.errors import NoSigningKey, SharedSigningKey, SigningKeyExists
from issuer.signing.records import SigningKeyRecord
from keys.algorithm import Algorithm
from keys.did import did_web_location
from keys.history import KeyPeriod
from keys.public_key import PublicKey
from keys.signer import Signer
from keys.store import StoredKey, create_key, open_signer

_FILE: Final = "file:"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRoom:
    """Where private keys lie and what opens them."""

    directory: Path
    secret: str

    def __repr__(self) -> str:
        return f"KeyRoom({self.directory})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSigners:
    """The two keys a provider seals with, opened: Ed25519 for embedded proofs, P-256 for JWTs and pages."""

    provider_id: int
    ed25519: Signer
    p256: Signer

    @property
    def both(self) -> tuple[Signer, Signer]:
        """The two of them."""
        return self.ed25519, self.p256

    @property
    def thumbprints(self) -> frozenset[str]:
        """Which keys these are."""
        return frozenset(signer.public_key.thumbprint for signer in self.both)


def create_keys(session: Session, provider: ProviderRecord, room: KeyRoom, *, now: datetime) -> list[SigningKeyRecord]:
    """Make the provider's first key of each algorithm; SigningKeyExists when it has some in use."""
    if _in_use(session, provider.id):
        raise SigningKeyExists(provider.slug)
    return [file_key(session, provider, create_key(room.directory, each, room.secret), now) for each in Algorithm]


def rotate_keys(session: Session, provider: ProviderRecord, room: KeyRoom, *, now: datetime) -> list[SigningKeyRecord]:
    """Retire the keys in use and make new ones; what the old ones signed goes on verifying. NoSigningKey if none."""
    old = _in_use(session, provider.id)
    if not old:
        raise NoSigningKey(provider.slug)
    for record in old:
        record.used_until = now
    session.flush()
    return [file_key(session, provider, create_key(room.directory, each, room.secret), now) for each in Algorithm]


def keys_of(session: Session, provider: ProviderRecord) -> Sequence[SigningKeyRecord]:
    """Every key the provider ever had, oldest first."""
    return session.scalars(
        select(SigningKeyRecord).where(SigningKeyRecord.provider_id == provider.id).order_by(SigningKeyRecord.id)
    ).all()


def all_periods(session: Session) -> list[KeyPeriod]:
    """Every key of every issuer with the time it was used in."""
    rows = session.execute(
        select(SigningKeyRecord, ProviderRecord.issuer_id)
        .join(ProviderRecord, SigningKeyRecord.provider_id == ProviderRecord.id)
        .order_by(SigningKeyRecord.id)
    )
    return [period_of(record, issuer_id) for record, issuer_id in rows]


def period_of(record: SigningKeyRecord, issuer_id: str) -> KeyPeriod:
    """The time a key signs for its issuer, as the keys room publishes it."""
    return KeyPeriod(
        public_key=PublicKey.from_multikey(record.public_key),
        method_id=record.method_id,
        key_url=record.key_url,
        issuer_id=issuer_id,
        used_from=record.used_from,
        used_until=record.used_until,
        distrusted_since=record.distrusted_since,
    )


def open_signers(session: Session, provider: ProviderRecord, room: KeyRoom) -> ProviderSigners:
    """Open the keys in use; NoSigningKey, or what ``keys.store.open_signer`` raises."""
    records = {record.algorithm: record for record in _in_use(session, provider.id)}
    if set(records) != set(Algorithm):
        raise NoSigningKey(provider.slug)
    ed25519, p256 = records[Algorithm.ED25519], records[Algorithm.P256]
    return ProviderSigners(
        provider_id=provider.id,
        ed25519=open_signer(_uri(ed25519, room), secret=room.secret, verification_method=ed25519.method_id),
        p256=open_signer(_uri(p256, room), secret=room.secret, verification_method=p256.key_url),
    )


def in_use_thumbprints(session: Session, provider_id: int) -> frozenset[str]:
    """What tells whether opened signers are still the keys in use."""
    return frozenset(record.thumbprint for record in _in_use(session, provider_id))


def file_key(session: Session, provider: ProviderRecord, stored: StoredKey, now: datetime) -> SigningKeyRecord:
    """File the public half of a new key; raises SharedSigningKey or SigningKeyExists.

    A key file whose row is rolled back stays behind unused; nothing was signed with it.
    """
    public_key = stored.public_key
    record = SigningKeyRecord(
        provider_id=provider.id,
        algorithm=public_key.algorithm.value,
        public_key=public_key.multikey,
        thumbprint=public_key.thumbprint,
        uri=_without_folder(stored.uri),
        method_id=f"{provider.issuer_id}#{public_key.multikey}",
        key_url=_key_url(provider, public_key.thumbprint),
        used_from=now,
    )
    taken = session.scalar(select(SigningKeyRecord.id).where(SigningKeyRecord.public_key == record.public_key))
    if taken is not None:
        raise SharedSigningKey(record.public_key)
    session.add(record)
    try:
        session.flush()
    except IntegrityError as exc:
        raise SigningKeyExists(provider.slug) from exc
    return record


def _in_use(session: Session, provider_id: int) -> Sequence[SigningKeyRecord]:
    return session.scalars(
        select(SigningKeyRecord).where(
            SigningKeyRecord.provider_id == provider_id, SigningKeyRecord.used_until.is_(None)
        )
    ).all()


def _key_url(provider: ProviderRecord, thumbprint: str) -> str:
    """Beside the issuer's own document: a gate believes no key that lies on another host than its issuer."""
    home = did_web_location(provider.issuer_id, allow_loopback=True).removesuffix("did.json")
    return f"{home}keys/{thumbprint}"


def register_url(key: SigningKeyRecord) -> str:
    """Where it is published what the key had sealed before it was distrusted, beside the key itself."""
    home, _, thumbprint = key.key_url.rpartition("keys/")
    return f"{home}seals/{thumbprint}"


def _without_folder(uri: str) -> str:
    return _FILE + Path(unquote(urlsplit(uri).path)).name if uri.startswith(_FILE) else uri


def _uri(record: SigningKeyRecord, room: KeyRoom) -> str:
    if not record.uri.startswith(_FILE):
        return record.uri
    return (room.directory.absolute() / record.uri.removeprefix(_FILE)).as_uri()
