"""The office with its lights on: settings read, database at hand, keys in reach, the gate beside the desk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuer.chance import Chance
from issuer.database import Sessions, open_sessions, reading, transaction
from issuer.desk import Desk, OpenSigners
from issuer.gate import PlatformGate
from issuer.migrations.run import migrate
from issuer.public.documents import PublishedDocuments
from issuer.public.records import OriginRecord
from issuer.records import settle_records
from issuer.settings import LOOPBACK, Settings, check_modes
from issuer.signing.provider_keys import KeyRoom
from keys.store import check_key_directory
from verifier.policy import Policy

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock on the wall; only doors look at it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The parts that doors hand on: to views, to commands, to tests."""

    settings: Settings
    sessions: Sessions
    desk: Desk
    documents: PublishedDocuments
    gate: PlatformGate
    clock: Clock

    def policy(self) -> Policy:
        """What this platform's gate demands at this moment."""
        return self.gate.policy()


def open_office(settings: Settings, *, clock: Clock = utc_now, chance: Chance | None = None) -> Office:
    """Check the modes of what is secret, bring the database up to date, and put the parts together.

    Raises LooseModes, LooseKeyPermissions or DatabaseIsNewer.
    """
    check_modes(settings.data_dir, 0o700)
    if settings.key_directory.exists():
        check_key_directory(settings.key_directory)
    sessions = open_sessions(settings.database_url)
    migrate(sessions.writing_engine)
    settle_records()
    room = KeyRoom(directory=settings.key_directory, secret=settings.key_secret)
    signers = OpenSigners(room)
    documents = PublishedDocuments(
        sessions=sessions,
        signers=signers,
        base_url=settings.base_url,
        origins=_origins(sessions, settings, clock()),
        clock=clock,
    )
    gate = PlatformGate(sessions, documents, development=settings.development)
    desk = Desk(
        base_url=settings.base_url,
        keys=room,
        signers=signers,
        policy=gate.policy_within,
        chance=chance or Chance(),
    )
    return Office(settings=settings, sessions=sessions, desk=desk, documents=documents, gate=gate, clock=clock)


def _origins(sessions: Sessions, settings: Settings, now: datetime) -> frozenset[str]:
    """Every address documents were ever published under; old credentials go on naming the old ones."""
    with reading(sessions) as session:
        known = set(session.scalars(select(OriginRecord.origin)))
    if settings.base_url not in known:
        # another process that starts at the same moment may note it first
        with suppress(IntegrityError), transaction(sessions) as session:
            session.merge(OriginRecord(origin=settings.base_url, first_used_at=now))
        known.add(settings.base_url)
    return frozenset(spelling for origin in known for spelling in _spellings(origin))


def _spellings(origin: str) -> set[str]:
    """A loopback address goes by several names, and did:web knows only one of them."""
    parts = urlsplit(origin)
    if parts.hostname not in LOOPBACK:
        return {origin}
    port = f":{parts.port}" if parts.port else ""
    return {origin, f"{parts.scheme}://localhost{port}", f"{parts.scheme}://127.0.0.1{port}"}
