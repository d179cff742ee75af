"""What a key sealed before its issuer disowned it: the only proof that a seal is older than the theft of its key.

A thief writes any date under a stolen key. What he cannot do is enter his seal in the issuer's register, so the issuer
publishes, signed with a key that it still trusts, the digests of the seals that were on file before the moment from
which it distrusts the key. The register comes in sixteen parts by the first digit of the digest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from credentials.compact_jws import CompactJws, read_compact_jws
from credentials.errors import CredentialError, MalformedCredential
from credentials.unverified import UnverifiedCredential
from keys.controller_document import Service
from keys.errors import MalformedKey
from keys.instant import write_instant
from keys.public_key import PublicKey
from verifier.documents import FetchedDocument
from verifier.errors import Unreachable
from verifier.issuers import Issuer, IssuerKey, KeyRefused, check_in_force, check_not_disowned, disowned_since, find_key
from verifier.policy import Policy
from verifier.reasons import Reason
from verifier.report import Evidence

SEAL_REGISTER_TYPE: Final = "voltpass-seals+jwt"
SEAL_REGISTER_SERVICE: Final = "VoltpassSealRegister"
PARTS: Final = "0123456789abcdef"
ACCEPT_REGISTER: Final = f"application/{SEAL_REGISTER_TYPE}, */*;q=0.1"

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LATEST: Final = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRegister:
    """One part of a register: the digests, beginning with the digit `part`, of what `key` had sealed `before`."""

    issuer_id: str
    key: PublicKey
    before: datetime
    part: str
    signed_at: datetime
    seals: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """The claims of the signed part."""
        return {
            "iss": self.issuer_id,
            "key": self.key.multikey,
            "before": int(self.before.timestamp()),
            "part": self.part,
            "iat": int(self.signed_at.timestamp()),
            "seals": sorted(self.seals),
        }


def register_service(issuer_id: str, key: PublicKey, endpoint: str) -> Service:
    """The entry of an issuer's document that leads to the register of a key; its parts lie at `endpoint`/digit."""
    return Service(
        id=f"{issuer_id}#seals-{key.thumbprint}",
        type=SEAL_REGISTER_SERVICE,
        endpoint=endpoint,
        properties={"key": key.multikey},
    )


def check_sealed_before(
    key: IssuerKey, paper: UnverifiedCredential, policy: Policy, *, now: datetime
) -> tuple[Evidence, ...]:
    """Raise KeyRefused when the key is disowned by now, unless the issuer's register shows the seal as older.

    Gives what was looked at: nothing for a key that the issuer stands by. That the seal says itself that it is older is
    `check_in_force`'s affair, and asked first.
    """
    since = disowned_since(key)
    if since is None or since > now:
        return ()
    document = _fetch(_address(key, paper), key, policy, now)
    facts = {"key": key.public_key.multikey, "before": write_instant(since), "seal": paper.seal_digest}
    seen = document.evidence(facts)
    register = _open(document, key.issuer, policy, now=now, seen=seen)
    _check_is_the_one_asked_for(register, key, since, paper, seen)
    if paper.seal_digest not in register.seals:
        raise KeyRefused(
            Reason.SEAL_NOT_REGISTERED,
            "The issuer no longer trusts the key, and has not on record that it sealed this paper before.",
            *key.evidence,
            seen,
        )
    return (seen,)


def _address(key: IssuerKey, paper: UnverifiedCredential) -> str:
    multikey = key.public_key.multikey
    services = [
        service
        for service in key.issuer.controller.services
        if service.type == SEAL_REGISTER_SERVICE and service.properties.get("key") == multikey
    ]
    if len(services) != 1:
        detail = (
            "The issuer no longer trusts the key, and does not say where the seals are on record that it made before."
        )
        raise KeyRefused(Reason.SEAL_REGISTER_UNREACHABLE, detail, *key.evidence)
    return f"{services[0].endpoint}/{paper.seal_digest[0]}"


def _fetch(url: str, key: IssuerKey, policy: Policy, now: datetime) -> FetchedDocument:
    try:
        return policy.documents.fetch(url, accept=ACCEPT_REGISTER, now=now)
    except Unreachable as exc:
        evidence = Evidence(looked_at=exc.url, source="network", read_at=now, facts={"problem": exc.reason})
        detail = f"The record of what the key sealed while it was trusted could not be had: {exc.reason}."
        raise KeyRefused(Reason.SEAL_REGISTER_UNREACHABLE, detail, evidence, *key.evidence) from exc


def _open(document: FetchedDocument, issuer: Issuer, policy: Policy, *, now: datetime, seen: Evidence) -> SealRegister:
    """The part of the register, signed with a key that the issuer stands by; raises KeyRefused."""
    try:
        token = _read(document.body)
        if token.algorithm not in policy.accepted_mechanisms:
            raise MalformedCredential("header.alg", "not accepted here")
        register = _claims(token.payload)
        signer = find_key(issuer, token.unverified_key_id or "", policy, now=now)
        check_in_force(signer, register.signed_at)
        check_not_disowned(signer, now=now)
        _verify(document.body, signer.public_key)
        return register
    except (CredentialError, KeyRefused) as exc:
        if isinstance(exc, KeyRefused) and exc.reason is Reason.KEY_UNREACHABLE:
            raise KeyRefused(Reason.SEAL_REGISTER_UNREACHABLE, exc.detail, *exc.evidence, seen) from exc
        detail = f"The record of what the key sealed while it was trusted cannot be used: {exc}"
        raise KeyRefused(Reason.SEAL_REGISTER_INVALID, f"{detail.rstrip('.')}.", seen) from exc


@lru_cache(maxsize=32)
def _read(body: bytes) -> CompactJws:
    try:
        text = body.decode("ascii").strip()
    except UnicodeDecodeError as exc:
        raise MalformedCredential("$", "not a compact JWS") from exc
    return read_compact_jws(text, types=frozenset({SEAL_REGISTER_TYPE}))


@lru_cache(maxsize=32)
def _verify(body: bytes, key: PublicKey) -> None:
    _read(body).verify(key)


def _check_is_the_one_asked_for(
    register: SealRegister, key: IssuerKey, since: datetime, paper: UnverifiedCredential, seen: Evidence
) -> None:
    """One register of an issuer must not be handed out in place of another, nor one made for another moment."""
    found = (register.issuer_id, register.key, register.before, register.part)
    if found != (key.issuer.id, key.public_key, since.replace(microsecond=0), paper.seal_digest[0]):
        detail = "Another record of seals came than the one asked for."
        raise KeyRefused(Reason.SEAL_REGISTER_INVALID, detail, *key.evidence, seen)


def _claims(claims: Mapping[str, Any]) -> SealRegister:
    seals, part = claims.get("seals"), claims.get("part")
    if not isinstance(seals, list) or not all(isinstance(seal, str) and _DIGEST.fullmatch(seal) for seal in seals):
        raise MalformedCredential("$.seals", "expected a list of SHA-256 digests in hexadecimal")
    return SealRegister(
        issuer_id=_text(claims, "iss"),
        key=_key(claims),
        before=_moment(claims, "before"),
        part=part if isinstance(part, str) else "",
        signed_at=_moment(claims, "iat"),
        seals=frozenset(seals),
    )


def _key(claims: Mapping[str, Any]) -> PublicKey:
    try:
        return PublicKey.from_multikey(_text(claims, "key"))
    except MalformedKey as exc:
        raise MalformedCredential("$.key", str(exc)) from exc


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise MalformedCredential(f"$.{name}", "expected a string")
    return value


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise MalformedCredential(f"$.{name}", "expected a number of seconds")
    return datetime.fromtimestamp(value, UTC)
