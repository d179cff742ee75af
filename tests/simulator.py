"""A whole issuing world in memory: providers, keys, lists, a trust list and a clock, all made by the real code.

Bend the world (`revoke`, `rotate`, `go_offline` …), then ask `verify`. Nothing is patched: what the gate looks up comes
through a real Fetcher whose published documents are the simulator's.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from credentials.compact_jws import write_compact_jws
from credentials.credential import AchievementCredential
from credentials.seal import seal
from credentials.sealed import Sealed, SecuringForm
from credentials.status_list import StatusList, StatusListCredential, StatusPurpose
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.controller_document import ControllerDocument, Service
from keys.did import did_web
from keys.history import KeyPeriod, bare_jwk, controller_document
from keys.multibase import base64url_encode
from keys.public_key import PublicKey
from keys.signer import MemorySigner
from verifier.documents import PublishedDocument
from verifier.fetcher import Fetcher
from verifier.network import NetworkDoor
from verifier.page import PageReading
from verifier.policy import Policy
from verifier.report import VerificationReport
from verifier.seal_register import SEAL_REGISTER_TYPE, SealRegister, register_service
from verifier.status import STATUS_LIST_SERVICE
from verifier.trust import TRUST_LIST_TYPE, TrustEntry, TrustList, open_trust_list
from verifier.verify import verify

BASE: Final = "https://voltpass.example"
START: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
CODE: Final = "VLT-HV1"
CONTEXTS: Final = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
FORMS: Final = {Algorithm.ED25519: SecuringForm.DATA_INTEGRITY, Algorithm.P256: SecuringForm.VC_JWT}


@dataclass(frozen=True)
class RawDocument:
    """A document that is sealed as it stands, whatever it breaks."""

    document: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        return dict(self.document)


@dataclass(frozen=True)
class Award:
    """What left the desk: the claim, its sealed text, and who made it."""

    credential: AchievementCredential
    sealed: Sealed
    provider: Provider
    index: int

    @property
    def text(self) -> str:
        return self.sealed.text


@dataclass
class Provider:
    """One training organisation with its keys and status lists."""

    slug: str
    name: str
    clock: Callable[[], datetime]
    issuer_id: str = ""
    signers: dict[Algorithm, MemorySigner] = field(default_factory=dict)
    periods: list[KeyPeriod] = field(default_factory=list)
    bits: dict[StatusPurpose, StatusList] = field(default_factory=dict)
    next_index: int = 70_000
    filed: list[tuple[PublicKey, str, datetime]] = field(default_factory=list)
    """The register: which key made which seal, and when it was filed."""

    def __post_init__(self) -> None:
        self.issuer_id = self.issuer_id or did_web(BASE, "issuers", self.slug)
        self.bits = {purpose: StatusList.empty() for purpose in StatusPurpose}
        self.take_new_keys()

    def take_new_keys(self) -> None:
        """Make both keys afresh; the signers of before are forgotten, their periods end now."""
        now = self.clock()
        self.periods = [replace(period, used_until=period.used_until or now) for period in self.periods]
        for algorithm in Algorithm:
            key = MemorySigner.generate(algorithm)
            method_id = f"{self.issuer_id}#{key.public_key.multikey}"
            key_url = f"{BASE}/issuers/{self.slug}/keys/{key.public_key.thumbprint}"
            key.verification_method = method_id if algorithm is Algorithm.ED25519 else key_url
            self.signers[algorithm] = key
            period = KeyPeriod(key.public_key, method_id, key_url, self.issuer_id, used_from=now)
            self.periods.append(period)

    def list_url(self, purpose: StatusPurpose) -> str:
        return f"{BASE}/status/{self.slug}-{purpose.value}"

    def services(self) -> list[Service]:
        accompanies = self.list_url(StatusPurpose.REVOCATION)
        return [
            Service(
                id=f"{self.issuer_id}#{purpose.value}",
                type=STATUS_LIST_SERVICE,
                endpoint=self.list_url(purpose),
                properties={"statusPurpose": purpose.value, "accompanies": accompanies},
            )
            for purpose in (StatusPurpose.SUSPENSION, StatusPurpose.REFRESH)
        ] + [
            register_service(self.issuer_id, period.public_key, self.register_url(period))
            for period in self.periods
            if period.distrusted_since is not None
        ]

    def register_url(self, period: KeyPeriod) -> str:
        return f"{BASE}/issuers/{self.slug}/seals/{period.public_key.thumbprint}"

    def controller(self) -> ControllerDocument:
        return controller_document(self.issuer_id, self.periods, self.services())


class Simulator:
    """The world. Its clock stands still unless moved."""

    def __init__(self) -> None:
        self.now = START
        self.keeper = MemorySigner.generate(Algorithm.P256)
        self.entries: list[TrustEntry] = []
        self.overrides: dict[str, bytes | None] = {}
        self.asked: list[str] = []
        self.is_offline = False
        self.providers: list[Provider] = []
        self.provider = self.found_provider("vbk")
        self.fetcher = Fetcher(published=self._publish)

    # who there is

    def found_provider(self, slug: str, *, listed: bool = True, issuer_id: str = "") -> Provider:
        provider = Provider(slug, f"Battery Skills Centre {slug}", lambda: self.now, issuer_id)
        self.providers.append(provider)
        if listed:
            self.list_provider(provider)
        return provider

    def stranger(self) -> Provider:
        """A provider that does everything right and is on nobody's list."""
        return self.found_provider(f"stranger{len(self.providers)}", listed=False)

    def list_provider(self, provider: Provider, *codes: str) -> None:
        self.entries.append(
            TrustEntry(
                issuer_id=provider.issuer_id,
                name=f"{provider.name} (listed)",
                country="SE",
                achievements=frozenset(codes or {CODE}),
                valid_from=START - timedelta(days=365),
            )
        )

    def distrust(self, provider: Provider | None = None, *, until: datetime | None = None) -> None:
        """Take a provider off the trust list, as of `until` when given."""
        gone = (provider or self.provider).issuer_id
        kept = [entry for entry in self.entries if entry.issuer_id != gone]
        ended = [replace(entry, valid_until=until) for entry in self.entries if entry.issuer_id == gone and until]
        self.entries = kept + ended

    def distrust_keys(self, since: datetime, provider: Provider | None = None) -> None:
        """The provider disowns all its keys from a moment on, and has new ones for what it publishes."""
        owner = provider or self.provider
        old = [replace(period, distrusted_since=since) for period in owner.periods]
        owner.take_new_keys()
        owner.periods[: len(old)] = [replace(period, used_until=self.now) for period in old]

    def register(self, period: KeyPeriod, part: str, provider: Provider | None = None, **changes: Any) -> str:
        """One part of the register of a disowned key, signed now; `changes` replace attributes of it."""
        owner = provider or self.provider
        until = period.distrusted_since
        assert until is not None
        seals = {seal for key, seal, filed in owner.filed if key == period.public_key and filed < until}
        signer = changes.pop("signer", owner.signers[Algorithm.P256])
        made = SealRegister(
            issuer_id=owner.issuer_id,
            key=period.public_key,
            before=until,
            part=part,
            signed_at=self.now,
            seals=frozenset(seal for seal in seals if seal[0] == part),
        )
        return write_compact_jws(replace(made, **changes).to_json(), signer, typ=SEAL_REGISTER_TYPE)

    # what happens to a credential

    def award(
        self,
        algorithm: Algorithm = Algorithm.ED25519,
        *,
        provider: Provider | None = None,
        created: datetime | None = None,
        is_filed: bool = True,
        **changes: Any,
    ) -> Award:
        """Seal a credential, and file its seal unless a thief does it; `changes` replace members (None: leave out)."""
        owner = provider or self.provider
        credential = AchievementCredential.from_json(self.document(owner, **changes))
        sealed = seal(credential, owner.signers[algorithm], created=created or self.now)
        if is_filed:
            key = owner.signers[algorithm].public_key
            owner.filed.append((key, open_unverified(sealed.text).seal_digest, self.now))
        return Award(credential, sealed, owner, owner.next_index)

    def award_raw(self, document: Mapping[str, Any], algorithm: Algorithm = Algorithm.ED25519) -> str:
        """Seal a document as it stands, without asking whether it is a credential at all."""
        return seal(RawDocument(document), self.provider.signers[algorithm], created=self.now).text

    def document(self, provider: Provider | None = None, **changes: Any) -> dict[str, Any]:
        owner = provider or self.provider
        owner.next_index += 1
        revocation = owner.list_url(StatusPurpose.REVOCATION)
        document: dict[str, Any] = {
            "@context": CONTEXTS,
            "id": f"urn:uuid:{uuid.uuid4()}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": "High-Voltage Awareness",
            "issuer": {"id": owner.issuer_id, "type": ["Profile"], "name": owner.name},
            "validFrom": "2026-10-16T00:00:00Z",
            "validUntil": "2028-10-16T23:59:59Z",
            "awardedDate": "2026-10-16T00:00:00Z",
            "credentialSubject": subject(),
            "credentialStatus": {
                "id": f"{revocation}#{owner.next_index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(owner.next_index),
                "statusListCredential": revocation,
            },
        }
        return {name: value for name, value in {**document, **changes}.items() if value is not None}

    def mark(self, award: Award, purpose: StatusPurpose, value: bool = True) -> None:
        award.provider.bits[purpose].set(award.index, value)

    def revoke(self, award: Award) -> None:
        self.mark(award, StatusPurpose.REVOCATION)

    def suspend(self, award: Award) -> None:
        self.mark(award, StatusPurpose.SUSPENSION)

    def supersede(self, award: Award) -> None:
        self.mark(award, StatusPurpose.REFRESH)
        self.mark(award, StatusPurpose.REVOCATION)

    def expire(self, award: Award) -> None:
        """Let time pass until the credential has lapsed."""
        assert award.credential.valid_until is not None
        self.now = award.credential.valid_until + timedelta(days=1)

    def go_offline(self) -> None:
        """Cut the gate off from everything but the paper and its own settings."""
        self.is_offline = True

    # what the gate sees

    @property
    def trust(self) -> TrustList:
        """The trust list as its keeper signed it, opened with the keeper's key."""
        signed = TrustList(entries=tuple(self.entries), signed_at=self.now, keeper=BASE)
        return open_trust_list(self.sign_as_keeper(signed.to_json()), self.keeper.public_key)

    @property
    def policy(self) -> Policy:
        return Policy(documents=self.fetcher, trust=self.trust)

    def verify(
        self, paper: Award | str, *, page: PageReading | None = None, policy: Policy | None = None
    ) -> VerificationReport:
        text = paper if isinstance(paper, str) else paper.text
        return verify(open_unverified(text), policy or self.policy, now=self.now, page=page)

    def sign_as_keeper(self, claims: Mapping[str, Any]) -> str:
        header = {"alg": "ES256", "typ": TRUST_LIST_TYPE}
        text = ".".join(base64url_encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{text}.{base64url_encode(self.keeper.sign(text.encode()))}"

    def connect(self, door: NetworkDoor) -> None:
        """Let the gate look outside as well."""
        self.fetcher = Fetcher(published=self._publish, network=door)

    # what is published

    def override(self, url: str, body: bytes | str | Mapping[str, Any] | None) -> None:
        """Answer an address with something else, or (None) not at all."""
        if isinstance(body, Mapping):
            body = json.dumps(body)
        self.overrides[url] = body.encode() if isinstance(body, str) else body

    def did_url(self, provider: Provider | None = None) -> str:
        return f"{BASE}/issuers/{(provider or self.provider).slug}/did.json"

    def sealed_list(
        self,
        which: StatusPurpose,
        *,
        provider: Provider | None = None,
        signer: MemorySigner | None = None,
        **changes: Any,
    ) -> str:
        """A provider's status list, sealed now; `changes` replace attributes of the list credential."""
        owner = provider or self.provider
        listed = StatusListCredential(
            id=owner.list_url(which),
            issuer_id=owner.issuer_id,
            purpose=which,
            encoded_list=owner.bits[which].encode(),
            valid_from=self.now,
            valid_until=self.now + timedelta(hours=1),
        )
        return seal(replace(listed, **changes), signer or owner.signers[Algorithm.ED25519], created=self.now).text

    def _publish(self, url: str) -> PublishedDocument | None:
        self.asked.append(url)
        if self.is_offline:
            return None
        if url in self.overrides:
            body = self.overrides[url]
            return None if body is None else PublishedDocument(body=body, media_type="application/json")
        for provider in self.providers:
            found = self._document_of(provider, url)
            if found is not None:
                return PublishedDocument(body=found.encode(), media_type="application/json")
        return None

    def _document_of(self, provider: Provider, url: str) -> str | None:
        if url == self.did_url(provider) or url == provider.issuer_id:
            return json.dumps(provider.controller().to_json())
        for period in provider.periods:
            if url == period.key_url:
                return json.dumps(bare_jwk(period))
            if period.distrusted_since and url.startswith(f"{provider.register_url(period)}/"):
                return self.register(period, url[-1], provider)
        for purpose in StatusPurpose:
            if url == provider.list_url(purpose):
                return self.sealed_list(purpose, provider=provider)
        return None


def subject(**changes: Any) -> dict[str, Any]:
    return {
        "id": "urn:uuid:5c0fca9c-9e5a-4f0e-8a51-4a2c2d8a1c11",
        "type": ["AchievementSubject"],
        "identifier": [
            {"type": "IdentityObject", "hashed": False, "identityHash": "Åsa Lindström", "identityType": "name"}
        ],
        "achievement": achievement(),
        **changes,
    }


def achievement(**changes: Any) -> dict[str, Any]:
    return {
        "id": f"{BASE}/achievements/{CODE}/1",
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "humanCode": CODE,
        "name": "High-Voltage Awareness",
        "description": "Can recognise high-voltage components and keep a safe distance.",
        "criteria": {"narrative": "Written test and observed practice."},
        **changes,
    }


def tamper(text: str, change: Callable[[dict[str, Any]], None]) -> str:
    """The same paper with its JSON changed after sealing, the seal left as it was."""
    document = json.loads(text)
    change(document)
    return json.dumps(document)
