"""The bundle: everything this platform publishes that a gate looks up, at one moment, signed by the keeper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.strict_json import parse_json
from issuer.alliance.trust_list import get_keeper
from issuer.catalogue.records import ProviderRecord
from issuer.desk import OpenSigners
from issuer.errors import IssuerError
from issuer.signing.provider_keys import keys_of
from issuer.status.publish import lists_of
from keys.controller_document import ControllerDocument
from keys.did import did_web_location
from verifier.bundle import write_bundle
from verifier.documents import PublishedDocument
from verifier.seal_register import PARTS, SEAL_REGISTER_SERVICE

Published = Callable[[str], PublishedDocument | None]
TRUST_LIST: Final = "/trust-list"


class BundleIncomplete(IssuerError):
    """Something that a gate looks up is not published at the moment, so that a bundle would leave it out."""

    code: ClassVar[str] = "bundle_incomplete"

    def __init__(self, address: str) -> None:
        super().__init__(f"No bundle was made: {address} cannot be had. Type: voltpass doctor")
        self.address = address


def make_bundle(
    session: Session, published: Published, signers: OpenSigners, *, base_url: str, now: datetime
) -> tuple[bytes, str]:
    """The file, and the Multikey of who signed it; raises BundleIncomplete, NoTrustListKeeper or NoSigningKey.

    It holds the document of every issuer, every key it ever had, every status list and register of seals, and the trust
    list, byte for byte as published.
    """
    keeper = get_keeper(session)
    signer = signers.of(session, keeper).p256
    trust_list = base_url + TRUST_LIST
    documents = {trust_list: _have(published, trust_list)}
    for provider in session.scalars(select(ProviderRecord).order_by(ProviderRecord.id)):
        documents.update(_of_provider(session, provider, published))
    made = write_bundle(documents, trust_list, keeper.issuer_id, signer, made_at=now.replace(microsecond=0))
    return made, signer.public_key.multikey


def _of_provider(
    session: Session, provider: ProviderRecord, published: Published
) -> Iterator[tuple[str, PublishedDocument]]:
    home = did_web_location(provider.issuer_id, allow_loopback=True)
    document = _have(published, home)
    yield home, document
    addresses = [key.key_url for key in keys_of(session, provider)]
    addresses += [each.url for each in lists_of(session, provider.id)]
    controller = ControllerDocument.from_json(parse_json(document.body), provider.issuer_id)
    for service in controller.services:
        if service.type == SEAL_REGISTER_SERVICE:
            addresses += [f"{service.endpoint}/{part}" for part in PARTS]
    for address in addresses:
        yield address, _have(published, address)


def _have(published: Published, address: str) -> PublishedDocument:
    document = published(address)
    if document is None:
        raise BundleIncomplete(address)
    return document
