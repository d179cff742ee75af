"""A bundle: everything a gate has to look up, as it was published at one moment, in one file signed by its keeper.

The file holds documents byte for byte, and a manifest with the digest of each. The keeper signs the manifest; the key
comes from whoever uses the bundle, never from the bundle. A gate that works from one knows what was true when it was
made, and says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final

from credentials.compact_jws import CompactJws, read_compact_jws, write_compact_jws
from credentials.errors import CredentialError, SealBroken
from credentials.strict_json import JsonLimits, parse_json
from keys.instant import write_instant
from keys.public_key import PublicKey
from keys.signer import Signer
from verifier.documents import FetchedDocument, PublishedDocument
from verifier.errors import TrustListRejected, Unreachable, VerifierError
from verifier.trust import TrustList, open_trust_list
from verifier.web_address import parse_web_address

BUNDLE_TYPE: Final = "voltpass-bundle+jwt"
LARGEST_BUNDLE: Final = 64 * 1024 * 1024
_MARK: Final = b'{"voltpass_bundle":1,'
_MEMBERS: Final = frozenset({"voltpass_bundle", "manifest", "documents"})
_CLAIMS: Final = frozenset({"iss", "iat", "trust_list", "documents"})

KeysAt = Callable[[datetime], Sequence[PublicKey]]
"""The keys that the keeper signed with at a moment."""


class BundleRejected(VerifierError):
    """A bundle was changed, is incomplete, or is not its keeper's; `reason` is a plain sentence without a full stop."""

    code: ClassVar[str] = "bundle_rejected"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An opened bundle: the Documents of a gate without a network, and the trust list that belongs to them.

    `digest` is the SHA-256 of the whole file.
    """

    made_at: datetime
    keeper: str
    trust: TrustList
    digest: str
    documents: Mapping[str, PublishedDocument]

    def fetch(self, url: str, *, accept: str, now: datetime) -> FetchedDocument:
        """The document as it was published when the bundle was made; raises Unreachable for what it does not hold."""
        del accept
        url = parse_web_address(url).url
        document = self.documents.get(url)
        if document is None:
            raise Unreachable(url, f"the bundle of {write_instant(self.made_at)} does not hold it")
        return FetchedDocument(
            url=url,
            body=document.body,
            media_type=document.media_type,
            source="bundle",
            fetched_at=self.made_at,
            age_seconds=max(0, int((now - self.made_at).total_seconds())),
        )


def write_bundle(
    documents: Mapping[str, PublishedDocument], trust_list: str, keeper_id: str, signer: Signer, *, made_at: datetime
) -> bytes:
    """Make the file of a bundle; `trust_list` is the address of the trust list among the documents."""
    claims = {
        "iss": keeper_id,
        "iat": int(made_at.timestamp()),
        "trust_list": trust_list,
        "documents": {
            url: {"type": document.media_type, "sha256": _sha256(document.body)} for url, document in documents.items()
        },
    }
    content = {
        "voltpass_bundle": 1,
        "manifest": write_compact_jws(claims, signer, typ=BUNDLE_TYPE),
        "documents": {url: document.body.decode("utf-8") for url, document in documents.items()},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def looks_like_bundle(data: bytes) -> bool:
    """Whether a file begins as a bundle does."""
    return data.startswith(_MARK)


def open_bundle(data: bytes, keys_at: KeysAt, *, looked_at: str = "the bundle") -> Bundle:
    """Open a bundle signed with one of the keeper's keys; raises BundleRejected.

    The manifest must be the keeper's, signed with a key that was his when it was made; the file must hold exactly the
    documents that the manifest names, unchanged; and the trust list among them must be the same keeper's. Whether the
    bundle is too old is asked when it is used (`Policy.max_bundle_age`).
    """
    manifest, bodies = _read_file(data)
    claims, made_at, keys = _open_manifest(manifest, keys_at)
    documents = MappingProxyType(dict(_check_documents(claims["documents"], bodies)))
    trust = _open_trust(documents.get(str(claims["trust_list"])), keys, looked_at)
    if trust.keeper != claims["iss"]:
        raise BundleRejected("the trust list in the bundle is not that of whoever signed the bundle")
    return Bundle(made_at=made_at, keeper=trust.keeper, trust=trust, digest=_sha256(data), documents=documents)


def _read_file(data: bytes) -> tuple[CompactJws, Mapping[str, Any]]:
    try:
        content = parse_json(data, limits=JsonLimits(size=LARGEST_BUNDLE))
        manifest, bodies = content.get("manifest"), content.get("documents")
        if content.keys() != _MEMBERS or not isinstance(manifest, str) or not isinstance(bodies, dict):
            raise BundleRejected("the file is not a bundle of this kind")
        return read_compact_jws(manifest, types=frozenset({BUNDLE_TYPE})), bodies
    except CredentialError as exc:
        raise BundleRejected(f"the bundle was changed or is incomplete: {exc}") from exc


def _open_manifest(manifest: CompactJws, keys_at: KeysAt) -> tuple[Mapping[str, Any], datetime, Sequence[PublicKey]]:
    """The signed claims, when they were signed, and the keeper's keys of that moment."""
    claims = manifest.payload
    signed_at = claims.get("iat")
    if claims.keys() != _CLAIMS or not isinstance(claims["documents"], dict) or type(signed_at) is not int:
        raise BundleRejected("the manifest of the bundle is not one of this kind")
    try:
        made_at = datetime.fromtimestamp(signed_at, UTC)
    except (OverflowError, ValueError, OSError) as exc:
        raise BundleRejected("the bundle's date lies outside the calendar") from exc
    keys = keys_at(made_at)
    for key in keys:
        try:
            manifest.verify(key)
        except SealBroken:
            continue
        return claims, made_at, keys
    raise BundleRejected("the bundle is not signed by its keeper: another key made it, or its manifest was changed")


def _check_documents(listed: Mapping[str, Any], bodies: Mapping[str, Any]) -> Iterator[tuple[str, PublishedDocument]]:
    for url in bodies.keys() - listed.keys():
        raise BundleRejected(f"the bundle was changed: its keeper did not put {url} into it")
    for url, entry in listed.items():
        body = bodies.get(url)
        if not isinstance(body, str):
            raise BundleRejected(f"the bundle is incomplete: {url} is missing")
        if not isinstance(entry, dict) or _sha256(body.encode()) != entry.get("sha256"):
            raise BundleRejected(f"the bundle was changed: {url} is not what its keeper put into it")
        yield url, PublishedDocument(body=body.encode(), media_type=str(entry.get("type")))


def _open_trust(document: PublishedDocument | None, keys: Sequence[PublicKey], looked_at: str) -> TrustList:
    if document is None:
        raise BundleRejected("the bundle is incomplete: it holds no trust list")
    problem = "it has no keeper"
    for key in keys:
        try:
            text = document.body.decode("ascii", "replace")
            return open_trust_list(text, key, looked_at=f"the trust list in {looked_at}", source="bundle")
        except TrustListRejected as exc:
            problem = exc.reason
    raise BundleRejected(f"the trust list in the bundle cannot be used: {problem}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
