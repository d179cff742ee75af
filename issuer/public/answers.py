"""What this platform says in public, as documents: issuers, keys, the catalogue, credentials."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.context_list import OPEN_BADGES, VC_2
from issuer.alliance.trust_list import NoTrustListKeeper, get_keeper
from issuer.awards.find import find_by_token
from issuer.awards.seals import register_services
from issuer.catalogue.find import (
    achievement_entry,
    find_provider,
    find_version,
    newest_versions,
    programme_entry,
    provider_entry,
)
from issuer.catalogue.profiles import achievement_of, issuer_profile, programme_profile
from issuer.catalogue.records import AchievementVersionRecord, ProgrammeRecord
from issuer.signing.provider_keys import all_periods, keys_of, period_of
from issuer.signing.records import SigningKeyRecord
from issuer.status.publish import sibling_services
from keys.did import did_web
from keys.history import bare_jwk, controller_document, key_set
from verifier.documents import PublishedDocument

VC: Final = "application/vc"
VC_JWT: Final = "application/vc+jwt"
_CONTEXT: Final = [VC_2, OPEN_BADGES]


def did_document(session: Session, slug: str) -> PublishedDocument | None:
    """The DID document of an issuer: every key it ever had, and where its further lists lie."""
    provider = find_provider(session, slug)
    if provider is None:
        return None
    periods = [period_of(record, provider.issuer_id) for record in keys_of(session, provider)]
    services = [*sibling_services(session, provider), *register_services(session, provider)]
    document = controller_document(provider.issuer_id, periods, services)
    return _json(document.to_json(), "application/did+json")


def platform_did_document(session: Session, base_url: str) -> PublishedDocument | None:
    """The DID document of the platform's own host: the office that keeps the trust list speaks for it."""
    try:
        keeper = get_keeper(session)
    except NoTrustListKeeper:
        return None
    did = did_web(base_url)
    periods = [
        replace(period_of(record, did), method_id=f"{did}#{record.public_key}") for record in keys_of(session, keeper)
    ]
    return _json(controller_document(did, periods).to_json(), "application/did+json")


def issuer(session: Session, slug: str) -> PublishedDocument | None:
    """The Profile of an issuer."""
    provider = find_provider(session, slug)
    if provider is None:
        return None
    return _linked_data(issuer_profile(provider.issuer_id, provider_entry(provider)).to_json())


def programme(session: Session, base_url: str, code: str) -> PublishedDocument | None:
    """The Profile of a programme."""
    record = session.scalar(select(ProgrammeRecord).where(ProgrammeRecord.code == code))
    if record is None:
        return None
    owner = issuer_profile(record.owner.issuer_id, provider_entry(record.owner))
    return _linked_data(programme_profile(base_url, programme_entry(record), owner).to_json())


def key(session: Session, slug: str, thumbprint: str) -> PublishedDocument | None:
    """One key of an issuer as a bare JWK."""
    provider = find_provider(session, slug)
    if provider is None:
        return None
    record = session.scalar(
        select(SigningKeyRecord).where(
            SigningKeyRecord.provider_id == provider.id, SigningKeyRecord.thumbprint == thumbprint
        )
    )
    if record is None:
        return None
    return _json(bare_jwk(period_of(record, provider.issuer_id)), "application/jwk+json")


def keys(session: Session) -> PublishedDocument:
    """Every key of every issuer with the time it was used in."""
    return _json(key_set(all_periods(session)), "application/jwk-set+json")


def achievement(session: Session, base_url: str, code: str, version: str | None) -> PublishedDocument | None:
    """One version of an achievement, or its newest."""
    record = find_version(session, code, version)
    return None if record is None else _linked_data(_achievement(base_url, record))


def achievements(session: Session, base_url: str) -> PublishedDocument:
    """The newest version of every achievement."""
    graph = [_achievement(base_url, record) for record in newest_versions(session)]
    return _json({"@context": _CONTEXT, "@graph": graph}, "application/ld+json")


def credential(session: Session, token: str, *, as_jwt: bool) -> PublishedDocument | None:
    """A credential exactly as it was sealed."""
    record = find_by_token(session, token)
    if record is None:
        return None
    if as_jwt:
        return PublishedDocument(body=record.sealed_jwt.encode(), media_type=VC_JWT)
    return PublishedDocument(body=record.sealed_json.encode(), media_type=VC)


def _achievement(base_url: str, record: AchievementVersionRecord) -> dict[str, Any]:
    entry = achievement_entry(record)
    owning = record.achievement.programme
    owner = issuer_profile(owning.owner.issuer_id, provider_entry(owning.owner))
    return achievement_of(base_url, entry, programme_profile(base_url, programme_entry(owning), owner)).to_json()


def _linked_data(obj: dict[str, Any]) -> PublishedDocument:
    return _json({"@context": _CONTEXT, **obj}, "application/ld+json")


def _json(obj: object, media_type: str) -> PublishedDocument:
    body = json.dumps(obj, ensure_ascii=False, separators=(",", ":")).encode()
    return PublishedDocument(body=body, media_type=media_type)
