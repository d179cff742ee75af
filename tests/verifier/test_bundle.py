"""Bundles: signed, whole, dated; a gate that works from one says as of when, and passes nothing on an old one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from credentials.compact_jws import write_compact_jws
from credentials.status_list import StatusPurpose
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode
from keys.signer import MemorySigner
from tests.bundles import TRUST_URL, bundle_file, opened, published
from tests.simulator import BASE, Simulator
from verifier.bundle import BUNDLE_TYPE, BundleRejected, looks_like_bundle, open_bundle, write_bundle
from verifier.cli import bundle_policy
from verifier.errors import Unreachable
from verifier.reasons import Check, Reason
from verifier.report import Verdict
from verifier.verify import verify


def content_of(data: bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(data)
    return content


def as_file(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.fixture
def world() -> Simulator:
    return Simulator()


def test_a_bundle_stands_in_for_the_network(world: Simulator) -> None:
    """Every look-up comes out of the bundle, with its age; both keys of the issuer are found."""
    awards = [world.award(algorithm) for algorithm in Algorithm]
    bundle = opened(world)
    world.now += timedelta(days=2)
    for award in awards:
        report = verify(open_unverified(award.text), bundle_policy(bundle), now=world.now)
        assert report.verdict is Verdict.VALID
        looked_up = [each for result in report.checks for each in result.evidence if each.source != "carrier"]
        assert {each.source for each in looked_up} == {"bundle"}
        assert {each.age_seconds for each in looked_up} == {2 * 86400}


def test_a_bundle_gives_back_the_very_bytes(world: Simulator) -> None:
    """Documents come out as they were published, and nothing else is known."""
    documents = published(world)
    bundle = opened(world)
    for url in (world.did_url(), world.provider.list_url(StatusPurpose.REVOCATION)):
        answer = bundle.fetch(f"{url}#part", accept="", now=world.now - timedelta(days=1))
        assert answer.media_type == documents[url].media_type
        assert answer.age_seconds == 0
        assert answer.url == url
    assert bundle.fetch(world.did_url(), accept="", now=world.now).body == documents[world.did_url()].body
    with pytest.raises(Unreachable, match="the bundle of 2026-11-20T12:00:00Z does not hold it"):
        bundle.fetch(f"{BASE}/status/other", accept="", now=world.now)


@pytest.mark.parametrize(
    ("part", "check", "reason"),
    [
        pytest.param("revocation", Check.STATUS, Reason.STATUS_UNREACHABLE, id="revocation list"),
        pytest.param("refresh", Check.STATUS, Reason.STATUS_UNREACHABLE, id="accompanying list"),
        pytest.param("did.json", Check.KEY, Reason.KEY_UNREACHABLE, id="issuer's document"),
    ],
)
def test_what_a_bundle_lacks_is_not_known(world: Simulator, part: str, check: Check, reason: Reason) -> None:
    """A document that the keeper left out leaves the question open, and is named; it is never good news."""
    award = world.award()
    report = verify(open_unverified(award.text), bundle_policy(opened(world, part)), now=world.now)
    assert report.verdict is Verdict.COULD_NOT_CHECK
    assert report.deciding.check is check
    assert report.deciding.reason is reason
    assert "does not hold it" in report.deciding.detail


def change_document(world: Simulator, data: bytes) -> bytes:
    return data.replace(b"(listed)", b"[listed]") if b"(listed)" in data else data.replace(b"did:web", b"did:wab", 1)


def change_list(world: Simulator, data: bytes) -> bytes:
    content = content_of(data)
    world.revoke(world.award())
    url = world.provider.list_url(StatusPurpose.REVOCATION)
    content["documents"][url] = world.sealed_list(StatusPurpose.REVOCATION)
    return as_file(content)


def take_list_out(world: Simulator, data: bytes) -> bytes:
    content = content_of(data)
    del content["documents"][world.provider.list_url(StatusPurpose.SUSPENSION)]
    return as_file(content)


def slip_document_in(world: Simulator, data: bytes) -> bytes:
    content = content_of(data)
    content["documents"][f"{BASE}/issuers/evil/did.json"] = "{}"
    return as_file(content)


def change_manifest(world: Simulator, data: bytes) -> bytes:
    content = content_of(data)
    head, body, signature = content["manifest"].split(".")
    content["manifest"] = f"{head}.{body[:-4]}AAAA.{signature}"
    return as_file(content)


def make_younger(world: Simulator, data: bytes) -> bytes:
    """The manifest with a later date, signed with another key."""
    return resigned(data, MemorySigner.generate(Algorithm.P256), iat=2_000_000_000)


def resigned(data: bytes, signer: MemorySigner, **changes: Any) -> bytes:
    content = content_of(data)
    claims = json.loads(base64url_decode(content["manifest"].split(".")[1])) | changes
    content["manifest"] = write_compact_jws(claims, signer, typ=BUNDLE_TYPE)
    return as_file(content)


def by_the_issuer(world: Simulator, data: bytes) -> bytes:
    return bundle_file(world, signer=world.provider.signers[Algorithm.P256])


def in_another_name(world: Simulator, data: bytes) -> bytes:
    return bundle_file(world, keeper="https://other.example")


def without_trust_list(world: Simulator, data: bytes) -> bytes:
    return resigned(data, world.keeper, trust_list=f"{BASE}/elsewhere")


def with_foreign_trust_list(world: Simulator, data: bytes) -> bytes:
    documents = published(world)
    world.keeper, keeper = MemorySigner.generate(Algorithm.P256), world.keeper
    documents[TRUST_URL] = published(world)[TRUST_URL]
    world.keeper = keeper
    return write_bundle(documents, TRUST_URL, BASE, keeper, made_at=world.now)


def as_trust_list(world: Simulator, data: bytes) -> bytes:
    content = content_of(data)
    content["manifest"] = published(world)[TRUST_URL].body.decode()
    return as_file(content)


@pytest.mark.parametrize(
    ("bend", "says"),
    [
        pytest.param(change_document, "was changed|cannot be used", id="a changed document"),
        pytest.param(change_list, "was changed: .*revocation is not what its keeper put", id="a newer list put in"),
        pytest.param(take_list_out, "is incomplete: .*suspension is missing", id="a list taken out"),
        pytest.param(slip_document_in, "did not put .*evil.* into it", id="a document slipped in"),
        pytest.param(change_manifest, "changed or is incomplete|not signed by its keeper", id="a changed manifest"),
        pytest.param(make_younger, "not signed by its keeper", id="a younger date"),
        pytest.param(by_the_issuer, "not signed by its keeper", id="signed by an issuer"),
        pytest.param(in_another_name, "not that of whoever signed", id="another keeper's name"),
        pytest.param(without_trust_list, "holds no trust list", id="no trust list"),
        pytest.param(with_foreign_trust_list, "trust list in the bundle cannot be used", id="a foreign trust list"),
        pytest.param(as_trust_list, "changed or is incomplete", id="a trust list for a manifest"),
        pytest.param(lambda w, data: data[:-9], "changed or is incomplete", id="cut off"),
        pytest.param(lambda w, data: as_file(content_of(data) | {"more": 1}), "not a bundle", id="a member too many"),
        pytest.param(lambda w, data: as_file(content_of(data) | {"manifest": 1}), "not a bundle", id="no manifest"),
        pytest.param(lambda w, data: as_file(content_of(data) | {"documents": []}), "not a bundle", id="no documents"),
        pytest.param(lambda w, data: resigned(data, w.keeper, more=1), "manifest .* not one", id="a claim too many"),
        pytest.param(lambda w, data: resigned(data, w.keeper, iat="1"), "manifest .* not one", id="no date"),
        pytest.param(lambda w, data: resigned(data, w.keeper, iat=10**15), "calendar", id="a date beyond time"),
        pytest.param(lambda w, data: resigned(data, w.keeper, documents=[]), "manifest .* not one", id="no digests"),
    ],
)
def test_a_bundle_that_is_not_its_keeper_s_is_refused(
    world: Simulator, bend: Callable[[Simulator, bytes], bytes], says: str
) -> None:
    """Changed, incomplete, enlarged or another's: one sentence says which, and nothing of it is used."""
    data = bend(world, bundle_file(world))
    assert looks_like_bundle(data)
    with pytest.raises(BundleRejected, match=says):
        open_bundle(data, lambda _: [world.keeper.public_key])


def test_an_entry_without_digest_vouches_for_nothing(world: Simulator) -> None:
    """A manifest that names a document and not its bytes does not make it the keeper's."""
    listed = {url: {"type": "x"} for url in published(world)}
    with pytest.raises(BundleRejected, match="was changed"):
        open_bundle(resigned(bundle_file(world), world.keeper, documents=listed), lambda _: [world.keeper.public_key])
    names = dict.fromkeys(published(world), "x")
    with pytest.raises(BundleRejected, match="was changed"):
        open_bundle(resigned(bundle_file(world), world.keeper, documents=names), lambda _: [world.keeper.public_key])


def test_the_keeper_s_keys_are_those_of_the_bundle_s_day(world: Simulator) -> None:
    """Whoever wires the gate is asked which keys the keeper had when the bundle was made."""
    asked = []

    def keys_at(moment: Any) -> list[Any]:
        asked.append(moment)
        return [MemorySigner.generate(Algorithm.P256).public_key, world.keeper.public_key]

    assert open_bundle(bundle_file(world), keys_at).made_at == world.now
    assert asked == [world.now]
