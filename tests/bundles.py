"""Bundles of a simulator's world for tests."""

from __future__ import annotations

from credentials.status_list import StatusPurpose
from keys.signer import MemorySigner
from tests.simulator import BASE, Simulator
from verifier.bundle import Bundle, open_bundle, write_bundle
from verifier.documents import PublishedDocument
from verifier.trust import TRUST_LIST_TYPE, TrustList

TRUST_URL = f"{BASE}/trust-list"


def published(world: Simulator, *left_out: str) -> dict[str, PublishedDocument]:
    """What the world publishes now, as a bundle takes it; what `left_out` names is not."""
    addresses = [world.did_url()]
    addresses += [period.key_url for period in world.provider.periods]
    addresses += [world.provider.list_url(purpose) for purpose in StatusPurpose]
    found = {}
    for address in addresses:
        if not any(part in address for part in left_out):
            answer = world.fetcher.fetch(address, accept="", now=world.now)
            found[address] = PublishedDocument(body=answer.body, media_type=answer.media_type)
    trust = TrustList(entries=tuple(world.entries), signed_at=world.now, keeper=BASE)
    text = world.sign_as_keeper(trust.to_json())
    found[TRUST_URL] = PublishedDocument(body=text.encode(), media_type=f"application/{TRUST_LIST_TYPE}")
    return found


def bundle_file(world: Simulator, *left_out: str, signer: MemorySigner | None = None, keeper: str = BASE) -> bytes:
    documents = published(world, *left_out)
    return write_bundle(documents, TRUST_URL, keeper, signer or world.keeper, made_at=world.now)


def opened(world: Simulator, *left_out: str) -> Bundle:
    return open_bundle(bundle_file(world, *left_out), lambda _: [world.keeper.public_key])
