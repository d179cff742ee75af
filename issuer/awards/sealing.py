"""Seal a claim in both forms, and let our own gate look at both as a stranger would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credentials.credential import AchievementCredential
from credentials.seal import seal
from credentials.sealed import Sealed
from credentials.unverified import UnverifiedCredential, open_unverified
from issuer.awards.document import Numbers
from issuer.awards.errors import GateRefused
from issuer.desk import Desk
from issuer.signing.provider_keys import ProviderSigners
from issuer.status.indexes import FreeIndex
from verifier.policy import Policy
from verifier.report import Check, Reason
from verifier.verify import verify


@dataclass(frozen=True, slots=True)
class SealedPair:
    """The two sealed forms of one credential; ``seals`` is the digest of each seal by the thumbprint of its key."""

    as_json: Sealed
    as_jwt: Sealed
    seals: Mapping[str, str]


def draw_numbers(desk: Desk, index: FreeIndex) -> Numbers:
    """Fresh numbers for a new credential."""
    token = desk.chance.token()
    return Numbers(
        credential_id=desk.chance.urn(), token=token, link=desk.link(token), salt=desk.chance.token(), index=index
    )


def seal_and_check(
    credential: AchievementCredential,
    signers: ProviderSigners,
    policy: Policy,
    *,
    now: datetime,
    may_have_expired: bool = False,
) -> SealedPair:
    """Seal with the provider's two keys; raises GateRefused unless a gate with this policy accepts both texts."""
    moment = now.replace(microsecond=0)
    as_json = seal(credential, signers.ed25519, created=moment)
    as_jwt = seal(credential, signers.p256, created=moment)
    seals = {}
    for sealed, signer in ((as_json, signers.ed25519), (as_jwt, signers.p256)):
        unverified = open_unverified(sealed.text)
        _check_at_gate(credential, unverified, policy, now=now, may_have_expired=may_have_expired)
        seals[signer.public_key.thumbprint] = unverified.seal_digest
    return SealedPair(as_json, as_jwt, seals)


def _check_at_gate(
    credential: AchievementCredential,
    unverified: UnverifiedCredential,
    policy: Policy,
    *,
    now: datetime,
    may_have_expired: bool,
) -> None:
    """What comes out at the gate must be exactly what went in, and nothing may stand against it."""
    report = verify(unverified, policy, now=now)
    in_order = all(
        result.is_in_order
        for result in report.checks
        if not (may_have_expired and result.check is Check.VALIDITY and result.reason is Reason.EXPIRED)
    )
    if not in_order or report.authentic != credential:
        raise GateRefused(report)
