"""Whose key is it? From an issuer's identifier to the keys that may speak for it.

Nothing here believes the paper: it names an issuer and a key, and the issuer's own document must list that key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import ClassVar, Final

from credentials.errors import CredentialError
from credentials.strict_json import parse_json
from keys.controller_document import ControllerDocument
from keys.did import did_web_location, resolve_did_key
from keys.errors import KeyMaterialError, KeyNotAuthorised, MalformedControllerDocument, UnsupportedKeyType
from keys.instant import write_instant
from keys.method import VerificationMethod
from keys.public_key import PublicKey
from verifier.documents import FetchedDocument
from verifier.errors import Unreachable, VerifierError
from verifier.key_sets import WELL_KNOWN, names_keys, read_key_set
from verifier.policy import Policy
from verifier.reasons import Reason
from verifier.report import Evidence
from verifier.web_address import WebAddress, parse_web_address

THUMBPRINT: Final = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"
ACCEPT_DOCUMENT: Final = "application/did+json, application/did+ld+json;q=0.9, application/json;q=0.8, */*;q=0.1"
ACCEPT_KEYS: Final = "application/jwk-set+json, application/json;q=0.9, */*;q=0.1"
_ABSENT: Final = (404, 410)
ACCEPT_KEY: Final = "application/jwk+json, application/json;q=0.9, */*;q=0.1"


class KeyRefused(VerifierError):
    """No key that may speak for the issuer was found; `reason` is one of KEY's, `detail` a plain sentence."""

    code: ClassVar[str] = "key_refused"

    def __init__(self, reason: Reason, detail: str, *evidence: Evidence) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer's own word about its keys and status lists, and how we came by it."""

    controller: ControllerDocument
    evidence: Evidence

    @property
    def id(self) -> str:
        """The issuer's identifier, which the document bears itself."""
        return self.controller.id

    def listings_of(self, key: PublicKey) -> tuple[VerificationMethod, ...]:
        """The methods under which the issuer lists this very key for making assertions."""
        return tuple(method for method in self.speakers() if method.public_key == key)

    def keys_in_force(self, at: datetime | None, *, now: datetime) -> tuple[PublicKey, ...]:
        """The keys that could speak for the issuer at that moment, and that it stands by now.

        Without a moment, those that never ended.
        """
        disowned = self.disowned_keys(now)
        in_force = (method.public_key for method in self.speakers() if _why_ended(method, at) is None)
        return tuple(key for key in in_force if key not in disowned)

    def disowned_keys(self, now: datetime) -> tuple[PublicKey, ...]:
        """The keys that the issuer no longer trusts, whatever they were used for and when."""
        return tuple(
            method.public_key for method in self.speakers() if method.revoked is not None and method.revoked <= now
        )

    def speakers(self) -> list[VerificationMethod]:
        """The methods that the issuer lists for making assertions, and controls itself."""
        listed = self.controller.assertion_methods
        methods = self.controller.verification_methods
        return [method for method in methods if method.controller == self.id and method.id in listed]


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key that may speak for its issuer, every place where the issuer lists it, and what says so."""

    issuer: Issuer
    public_key: PublicKey
    listings: tuple[VerificationMethod, ...]
    evidence: tuple[Evidence, ...]


def find_issuer(issuer_id: str, policy: Policy, *, now: datetime) -> Issuer:
    """Resolve an issuer's identifier: did:web and https through documents, did:key without I/O; raises KeyRefused.

    An https issuer whose address holds no controller document may have its keys in the key set of its host.
    """
    if issuer_id.startswith("did:key:"):
        return _expand_did_key(issuer_id, now)
    try:
        document = policy.documents.fetch(_address_of(issuer_id, policy).url, accept=ACCEPT_DOCUMENT, now=now)
    except Unreachable as exc:
        listed = _find_key_set(issuer_id, policy, now) if exc.status in _ABSENT else None
        if listed is not None:
            return listed
        raise _unreachable("The issuer's keys could not be had", exc, now) from exc
    listed = None if names_keys(document.body) else _find_key_set(issuer_id, policy, now)
    if listed is not None:
        return listed
    try:
        controller = _read_controller_document(document.body, issuer_id)
    except (KeyMaterialError, CredentialError) as exc:
        raise _unusable_document(document, exc) from exc
    return Issuer(controller, document.evidence({"id": controller.id, "keys": str(len(controller.assertion_methods))}))


def resolve_key(issuer_id: str, key_id: str, policy: Policy, *, now: datetime) -> IssuerKey:
    """The key of that identifier, found in the issuer's own document; raises KeyRefused, and asks nobody needlessly."""
    refuse_foreign_key(issuer_id, key_id, now=now)
    return find_key(find_issuer(issuer_id, policy, now=now), key_id, policy, now=now)


def find_key(issuer: Issuer, key_id: str, policy: Policy, *, now: datetime) -> IssuerKey:
    """The issuer's key of that identifier; raises KeyRefused.

    Either the identifier points into the issuer's own document, or (JWT) it is the thumbprint of a key listed there, or
    the address of a bare JWK, on the issuer's own host, that is listed there too. A key that the paper brings along is
    never used.
    """
    refuse_foreign_key(issuer.id, key_id, now=now)
    if key_id.startswith(THUMBPRINT):
        key = _key_with_thumbprint(issuer, key_id)
    elif "#" in key_id:
        key = _own_method(issuer, key_id).public_key
    else:
        return _linked_key(issuer, key_id, policy, now)
    return IssuerKey(issuer, key, issuer.listings_of(key), (issuer.evidence,))


def refuse_foreign_key(issuer_id: str, key_id: str, *, now: datetime) -> None:
    """Raise KeyRefused when the identifiers alone show that the key belongs to somebody else."""
    place, has_fragment, _ = key_id.partition("#")
    belongs = place == issuer_id if has_fragment else place.startswith(("https://", "http://", THUMBPRINT))
    if not belongs:
        raise KeyRefused(
            Reason.KEY_NOT_AUTHORISED,
            "The paper names a key that is not the issuer's.",
            _named(now, issuer_id, key_id),
        )


def check_in_force(key: IssuerKey, created: datetime | None) -> None:
    """Raise KeyRefused unless the key could speak for the issuer at the moment of sealing.

    The moment is the paper's own word, under the seal, and whoever stole a key can choose it: of a key that the issuer
    disowned since, the issuer's register must show the seal as well (`check_sealed_before`).
    """
    for listing in key.listings:
        reason = _why_ended(listing, created)
        if reason is not None:
            said = "not said" if created is None else write_instant(created)
            sealed = Evidence(
                looked_at="the moment of sealing",
                source="carrier",
                read_at=key.issuer.evidence.read_at,
                facts={"created": said, **_life(listing)},
            )
            raise KeyRefused(reason, _ENDED[reason], *key.evidence, sealed)


def disowned_since(key: IssuerKey) -> datetime | None:
    """From when on the issuer distrusts the key; None when it stands by it."""
    return min((listing.revoked for listing in key.listings if listing.revoked is not None), default=None)


def check_not_disowned(key: IssuerKey, *, now: datetime) -> None:
    """Raise KeyRefused when the issuer distrusts the key by now: for documents of today, whose date proves nothing."""
    since = disowned_since(key)
    if since is not None and since <= now:
        raise KeyRefused(Reason.KEY_REVOKED, "The issuer no longer trusts the key.", *key.evidence)


_ENDED: Final = {
    Reason.KEY_NOT_AUTHORISED: "The issuer did not use the key yet when the paper was sealed with it.",
    Reason.KEY_REVOKED: "The issuer had disowned the key before the paper was sealed with it.",
    Reason.KEY_EXPIRED: "The issuer had stopped using the key before the paper was sealed with it.",
    Reason.SEALING_TIME_UNKNOWN: "The key has an end, and the paper does not say when it was sealed.",
}


def _why_ended(method: VerificationMethod, at: datetime | None) -> Reason | None:
    if at is None:
        return None if method.revoked is None and method.expires is None else Reason.SEALING_TIME_UNKNOWN
    if method.begins is not None and at < method.begins:
        return Reason.KEY_NOT_AUTHORISED
    if method.revoked is not None and at >= method.revoked:
        return Reason.KEY_REVOKED
    if method.expires is not None and at > method.expires:
        return Reason.KEY_EXPIRED
    return None


def _life(method: VerificationMethod) -> dict[str, str]:
    ends = {"begins": method.begins, "expires": method.expires, "revoked": method.revoked}
    return {"method": method.id, **{name: write_instant(end) for name, end in ends.items() if end is not None}}


def _expand_did_key(issuer_id: str, now: datetime) -> Issuer:
    evidence = Evidence(looked_at=issuer_id, source="carrier", read_at=now, facts={"the issuer": "is this key itself"})
    try:
        return Issuer(resolve_did_key(issuer_id), evidence)
    except KeyMaterialError as exc:
        raise KeyRefused(
            Reason.KEY_DOCUMENT_INVALID, f"The issuer's identifier cannot be used: {exc}.", evidence
        ) from exc


def _address_of(issuer_id: str, policy: Policy) -> WebAddress:
    """Where the issuer's document lies; raises Unreachable for identifiers that lead nowhere."""
    if not issuer_id.startswith("did:"):
        return parse_web_address(issuer_id)
    try:
        return parse_web_address(did_web_location(issuer_id, allow_loopback=policy.allow_loopback))
    except KeyMaterialError as exc:
        raise Unreachable(issuer_id, f"no documents are looked up for this identifier ({exc})") from exc


def _find_key_set(issuer_id: str, policy: Policy, now: datetime) -> Issuer | None:
    """The issuer by the key set of its own host; None when there is none that has a key of it."""
    if issuer_id.startswith("did:"):
        return None
    try:
        home = parse_web_address(issuer_id)
        url = f"{home.scheme}://{home.authority}{WELL_KNOWN}"
        document = policy.documents.fetch(url, accept=ACCEPT_KEYS, now=now)
        controller = read_key_set(document.body, issuer_id)
    except (Unreachable, CredentialError):
        return None
    if not controller.assertion_methods:
        return None
    return Issuer(controller, document.evidence({"iss": issuer_id, "keys": str(len(controller.assertion_methods))}))


@lru_cache(maxsize=256)
def _read_controller_document(body: bytes, issuer_id: str) -> ControllerDocument:
    return ControllerDocument.from_json(parse_json(body), issuer_id)


def _unusable_document(document: FetchedDocument, exc: Exception) -> KeyRefused:
    evidence = document.evidence({"problem": str(exc)})
    if isinstance(exc, MalformedControllerDocument) and exc.path == "$.id":
        return KeyRefused(
            Reason.KEY_NOT_AUTHORISED, "The document at the issuer's address is not the issuer's.", evidence
        )
    return KeyRefused(Reason.KEY_DOCUMENT_INVALID, "The document at the issuer's address cannot be used.", evidence)


def _own_method(issuer: Issuer, method_id: str) -> VerificationMethod:
    try:
        return issuer.controller.get_assertion_method(method_id)
    except UnsupportedKeyType as exc:
        raise KeyRefused(
            Reason.KEY_DOCUMENT_INVALID, f"The key is of a kind that is not checked here: {exc}.", issuer.evidence
        ) from exc
    except (KeyNotAuthorised, MalformedControllerDocument) as exc:
        known = {method.id for method in issuer.controller.verification_methods} | set(issuer.controller.unusable)
        named = _named(issuer.evidence.read_at, issuer.id, method_id)
        if method_id not in known | issuer.controller.assertion_methods:
            raise KeyRefused(Reason.KEY_NOT_FOUND, "The issuer has no such key.", named, issuer.evidence) from exc
        raise KeyRefused(
            Reason.KEY_NOT_AUTHORISED,
            "The issuer lists the key, but not for sealing papers of its own.",
            named,
            issuer.evidence,
        ) from exc


def _key_with_thumbprint(issuer: Issuer, key_id: str) -> PublicKey:
    for method in issuer.speakers():
        if method.public_key.thumbprint == key_id.removeprefix(THUMBPRINT):
            return method.public_key
    named = _named(issuer.evidence.read_at, issuer.id, key_id)
    raise KeyRefused(Reason.KEY_NOT_FOUND, "The issuer has no such key.", named, issuer.evidence)


def _linked_key(issuer: Issuer, key_url: str, policy: Policy, now: datetime) -> IssuerKey:
    """The key behind an address: a bare JWK on the issuer's host that the issuer's document lists too."""
    named = _named(now, issuer.id, key_url)
    try:
        address = parse_web_address(key_url)
        if not _is_at_home(issuer, address, policy):
            raise KeyRefused(
                Reason.KEY_NOT_AUTHORISED, "The paper names a key at an address that is not the issuer's.", named
            )
        document = policy.documents.fetch(address.url, accept=ACCEPT_KEY, now=now)
    except Unreachable as exc:
        raise _unreachable("The key that the paper names could not be had", exc, now) from exc
    try:
        key = PublicKey.from_jwk(parse_json(document.body))
    except (KeyMaterialError, CredentialError) as exc:
        evidence = document.evidence({"problem": str(exc)})
        raise KeyRefused(Reason.KEY_DOCUMENT_INVALID, "The key that the paper names cannot be used.", evidence) from exc
    evidence = document.evidence({"thumbprint": key.thumbprint})
    listings = issuer.listings_of(key)
    if not listings:
        raise KeyRefused(
            Reason.KEY_NOT_AUTHORISED,
            "The key that the paper names is not among the issuer's keys.",
            named,
            issuer.evidence,
            evidence,
        )
    return IssuerKey(issuer, key, listings, (issuer.evidence, evidence))


def _is_at_home(issuer: Issuer, address: WebAddress, policy: Policy) -> bool:
    """Whether the address lies on the host that the issuer's identifier names."""
    if issuer.id.startswith("did:key:"):
        return False
    home = _address_of(issuer.id, policy)
    # did:web cannot spell 127.0.0.1, so a development issuer is at localhost while its links may say the number
    same_host = home.host == address.host or (home.is_loopback and address.is_loopback)
    return same_host and (home.scheme, home.port) == (address.scheme, address.port)


def _named(now: datetime, issuer_id: str, key_id: str) -> Evidence:
    return Evidence(
        looked_at="the key named in the paper",
        source="carrier",
        read_at=now,
        facts={"issuer": issuer_id, "key": key_id},
    )


def _unreachable(what: str, exc: Unreachable, now: datetime) -> KeyRefused:
    evidence = Evidence(looked_at=exc.url, source="network", read_at=now, facts={"problem": exc.reason})
    return KeyRefused(Reason.KEY_UNREACHABLE, f"{what}: {exc.reason}.", evidence)
