"""The end of a key: retired, because its time is over, or distrusted from a moment on, because somebody else has it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from issuer.catalogue.records import ProviderRecord
from issuer.signing.errors import DistrustInFuture, KeyNotInUse, SuccessorOfAnotherKind, UnknownSigningKey
from issuer.signing.provider_keys import KeyRoom, file_key
from issuer.signing.records import SigningKeyRecord
from keys.algorithm import Algorithm
from keys.store import StoredKey, create_key, open_signer


def get_key(session: Session, provider: ProviderRecord, name: str) -> SigningKeyRecord:
    """The provider's key by its Multikey, thumbprint, method id or address; raises UnknownSigningKey."""
    key = session.scalar(
        select(SigningKeyRecord).where(
            SigningKeyRecord.provider_id == provider.id,
            or_(
                SigningKeyRecord.public_key == name,
                SigningKeyRecord.thumbprint == name,
                SigningKeyRecord.method_id == name,
                SigningKeyRecord.key_url == name,
            ),
        )
    )
    if key is None:
        raise UnknownSigningKey(provider.slug, name)
    return key


def retire_key(
    session: Session,
    provider: ProviderRecord,
    key: SigningKeyRecord,
    room: KeyRoom,
    *,
    now: datetime,
    successor: str | None = None,
) -> SigningKeyRecord:
    """End the use of one key and give its successor; what it sealed goes on verifying.

    The successor is made, unless the URI of a key that exists already is given, as in a hardware token. Raises
    KeyNotInUse, SuccessorOfAnotherKind, SharedSigningKey, or what ``open_signer`` raises.
    """
    if key.used_until is not None:
        raise KeyNotInUse(key.public_key)
    stored = _open(successor, Algorithm(key.algorithm), room) if successor else None
    key.used_until = now
    session.flush()
    stored = stored or create_key(room.directory, Algorithm(key.algorithm), room.secret)
    return file_key(session, provider, stored, now)


def _open(uri: str, algorithm: Algorithm, room: KeyRoom) -> StoredKey:
    public_key = open_signer(uri, secret=room.secret, verification_method=uri).public_key
    if public_key.algorithm is not algorithm:
        raise SuccessorOfAnotherKind(public_key.algorithm, algorithm)
    return StoredKey(uri=uri, public_key=public_key)


def distrust_key(
    session: Session, provider: ProviderRecord, key: SigningKeyRecord, since: datetime, room: KeyRoom, *, now: datetime
) -> SigningKeyRecord | None:
    """Distrust a key from a moment on, to the second; gives its successor when it was in use. DistrustInFuture.

    May be repeated, with another moment too. Signed lists and the register are the caller's affair.
    """
    since = since.replace(microsecond=0)
    if since > now:
        raise DistrustInFuture(since)
    key.distrusted_since = since
    return retire_key(session, provider, key, room, now=now) if key.used_until is None else None
