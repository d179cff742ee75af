"""The register of seals: what each key sealed and when that was filed, which no thief of a key can write into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from credentials.compact_jws import write_compact_jws
from issuer.awards.errors import StaleDraft
from issuer.awards.records import IssuedCredentialRecord, SealRecord
from issuer.awards.sealing import SealedPair
from issuer.catalogue.records import ProviderRecord
from issuer.signing.provider_keys import register_url
from issuer.signing.records import SigningKeyRecord
from keys.controller_document import Service
from keys.public_key import PublicKey
from keys.signer import Signer
from verifier.seal_register import SEAL_REGISTER_TYPE, SealRegister, register_service


def file_seals(session: Session, sealed: Sequence[tuple[IssuedCredentialRecord, SealedPair]], *, now: datetime) -> None:
    """Enter both seals of new credentials. Raises StaleDraft when one of the keys went out of use meanwhile.

    So nothing enters the register under a key that was retired or distrusted before. The records must be flushed.
    """
    thumbprints = {thumbprint for _, pair in sealed for thumbprint in pair.seals}
    if not thumbprints:
        return
    in_use = session.scalars(
        select(SigningKeyRecord.thumbprint)
        .where(SigningKeyRecord.thumbprint.in_(thumbprints), SigningKeyRecord.used_until.is_(None))
        .with_for_update(read=True)
    ).all()
    if len(in_use) != len(thumbprints):
        raise StaleDraft("the keys were changed meanwhile")
    session.add_all(
        SealRecord(credential_record_id=record.id, key_thumbprint=thumbprint, digest=digest, filed_at=now)
        for record, pair in sealed
        for thumbprint, digest in pair.seals.items()
    )


def count_seals(session: Session, provider_id: int) -> Mapping[str, int]:
    """How many credentials each key of a provider sealed, by its thumbprint; a key that sealed none is left out."""
    rows = session.execute(
        select(SealRecord.key_thumbprint, func.count())
        .join(SigningKeyRecord, SealRecord.key_thumbprint == SigningKeyRecord.thumbprint)
        .where(SigningKeyRecord.provider_id == provider_id)
        .group_by(SealRecord.key_thumbprint)
    )
    return {row[0]: row[1] for row in rows}


def register_services(session: Session, provider: ProviderRecord) -> list[Service]:
    """The entries of the provider's DID document that lead to the register of each key it distrusts."""
    return [
        register_service(provider.issuer_id, PublicKey.from_multikey(key.public_key), register_url(key))
        for key in session.scalars(
            select(SigningKeyRecord)
            .where(SigningKeyRecord.provider_id == provider.id, SigningKeyRecord.distrusted_since.is_not(None))
            .order_by(SigningKeyRecord.id)
        )
    ]


def find_distrusted_key(session: Session, provider: ProviderRecord, thumbprint: str) -> SigningKeyRecord | None:
    """The key of the provider with this thumbprint, if the provider distrusts it."""
    return session.scalar(
        select(SigningKeyRecord).where(
            SigningKeyRecord.provider_id == provider.id,
            SigningKeyRecord.thumbprint == thumbprint,
            SigningKeyRecord.distrusted_since.is_not(None),
        )
    )


def sign_register(
    session: Session, provider: ProviderRecord, key: SigningKeyRecord, part: str, signer: Signer, *, now: datetime
) -> str:
    """One part of the register of a distrusted key, as a compact JWS by the P-256 key in use."""
    until = key.distrusted_since
    assert until is not None, "only a distrusted key has a register"
    digests = session.scalars(
        select(SealRecord.digest).where(
            SealRecord.key_thumbprint == key.thumbprint,
            SealRecord.filed_at < until,
            SealRecord.digest.startswith(part),
        )
    )
    register = SealRegister(
        issuer_id=provider.issuer_id,
        key=PublicKey.from_multikey(key.public_key),
        before=until,
        part=part,
        signed_at=now.replace(microsecond=0),
        seals=frozenset(digests),
    )
    return write_compact_jws(register.to_json(), signer, typ=SEAL_REGISTER_TYPE)
