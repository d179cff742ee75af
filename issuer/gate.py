"""The gate of this platform: what a stranger would check, with our own published documents answered in process."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.alliance.trust_list import get_keeper
from issuer.database import Sessions, reading
from issuer.public.documents import TRUST_LIST_PATH, PublishedDocuments
from issuer.signing.records import SigningKeyRecord
from keys.algorithm import Algorithm
from keys.public_key import PublicKey
from verifier.documents import PublishedDocument
from verifier.errors import Unreachable
from verifier.fetcher import Fetcher, Published
from verifier.network import NetworkDoor
from verifier.policy import Policy
from verifier.trust import TrustList, open_trust_list

NOBODY = TrustList(entries=(), signed_at=datetime(2022, 1, 1, tzinfo=UTC), keeper="nobody")
"""What an empty office trusts: no issuer at all."""


class PlatformGate:
    """Makes policies: trust is what the alliance office signed, opened with the key the office uses now."""

    def __init__(self, sessions: Sessions, documents: PublishedDocuments, *, development: bool) -> None:
        self._sessions = sessions
        self._documents = documents
        self._development = development
        self._fetcher = Fetcher(published=self._published, network=NetworkDoor(allow_loopback=development))
        self._opened: tuple[bytes, TrustList] | None = None
        self._lock = threading.Lock()

    def policy(self) -> Policy:
        """The policy of the platform's own verify pages and command, as of this moment."""
        with reading(self._sessions) as session:
            trust = self._trust(session, self._documents.find)
        return Policy(
            documents=self._fetcher,
            trust=trust,
            allow_loopback=self._development,
            receipts_from=frozenset({trust.keeper}),
        )

    def policy_within(self, session: Session) -> Policy:
        """The policy a new credential has to pass: read through ``session``, and nothing from outside."""
        published = self._documents.within(session)
        return Policy(
            documents=Fetcher(published=published),
            trust=self._trust(session, published),
            allow_loopback=self._development,
        )

    def _published(self, address: str) -> PublishedDocument | None:
        """What this platform publishes; it never asks itself over the network, so a worker cannot wait for itself."""
        document = self._documents.find(address)
        if document is None and self._documents.is_ours(address):
            raise Unreachable(address, "nothing is published there")
        return document

    def _trust(self, session: Session, published: Published) -> TrustList:
        document = published(TRUST_LIST_PATH)
        if document is None:
            return NOBODY
        with self._lock:
            if self._opened is None or self._opened[0] != document.body:
                self._opened = (document.body, _open(session, document))
            return self._opened[1]


def _open(session: Session, document: PublishedDocument) -> TrustList:
    keeper = get_keeper(session)
    multikey = session.scalars(
        select(SigningKeyRecord.public_key).where(
            SigningKeyRecord.provider_id == keeper.id,
            SigningKeyRecord.algorithm == Algorithm.P256.value,
            SigningKeyRecord.used_until.is_(None),
        )
    ).one()
    return open_trust_list(
        document.body.decode("ascii"), PublicKey.from_multikey(multikey), looked_at=TRUST_LIST_PATH, source="local"
    )
