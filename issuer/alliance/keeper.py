"""The keeper's hand: what the alliance office signs besides the trust list, and the keys it is known by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from issuer.alliance.trust_list import get_keeper
from issuer.database import Sessions, reading
from issuer.desk import OpenSigners
from issuer.signing.records import SigningKeyRecord
from keys.algorithm import Algorithm
from keys.public_key import PublicKey
from verifier.receipt import write_receipt
from verifier.report import VerificationReport


def keeper_keys(sessions: Sessions, moment: datetime) -> list[PublicKey]:
    """The keys that the keeper signed with at a moment and trusts still; raises NoTrustListKeeper."""
    with reading(sessions) as session:
        keeper = get_keeper(session)
        texts = session.scalars(
            select(SigningKeyRecord.public_key).where(
                SigningKeyRecord.provider_id == keeper.id,
                SigningKeyRecord.algorithm == Algorithm.P256.value,
                SigningKeyRecord.used_from <= moment,
                or_(SigningKeyRecord.used_until.is_(None), SigningKeyRecord.used_until >= moment),
                SigningKeyRecord.distrusted_since.is_(None),
            )
        )
        return [PublicKey.from_multikey(text) for text in texts]


def seal_receipt(sessions: Sessions, signers: OpenSigners, report: VerificationReport) -> str:
    """Attest a report with the keeper's key; nothing is filed. Raises NoTrustListKeeper or NoSigningKey."""
    with reading(sessions) as session:
        keeper = get_keeper(session)
        return write_receipt(report, keeper.issuer_id, signers.of(session, keeper).p256)
