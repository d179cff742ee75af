"""Webhooks of a provider: set up, list, give a new secret, delete, and look at what became of the calls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from issuer.accounts.tokens import open_name
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.machines.errors import TooManyWebhooks, UnknownWebhook, WebhookAddressRefused
from issuer.machines.events import EventKind
from issuer.machines.records import WebhookDeliveryRecord, WebhookRecord
from issuer.machines.signature import new_secret
from issuer.settings import Settings
from keys.strongbox import Strongbox
from verifier.errors import Unreachable
from verifier.network import DoorLimits, NetworkDoor

MOST: Final = 20
OLD_SECRET_COUNTS: Final = timedelta(hours=24)
"""So long calls are signed with the old secret too, so that a receiver has time to take the new one in."""
LIMITS: Final = DoorLimits(bytes=0, seconds=10.0, silent_seconds=10.0, redirects=0)

_OF_NAMES: Final = frozenset({"the host name is not known", "the host is not on the public internet"})
_NAMELESS: Final = "the host is not known on the public internet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """What webhooks need: a lock for their secrets, the one door to the network, and chance."""

    box: Strongbox
    door: NetworkDoor
    chance: Chance

    @classmethod
    def of(cls, settings: Settings, chance: Chance) -> Switchboard:
        """The switchboard of an installation; only a development machine calls itself."""
        door = NetworkDoor(limits=LIMITS, allow_loopback=settings.development)
        return cls(box=Strongbox(settings.key_secret, "webhooks"), door=door, chance=chance)

    def check(self, url: str) -> None:
        """Raise WebhookAddressRefused for an address that is not called.

        Whether a name is unknown or one of a network inside is told to nobody: the answer would draw a map of it.
        The host name is looked up now, and again at each call: it may stand for something else by then. Looking it up
        may take long: not within a transaction.
        """
        try:
            self.door.check(url)
        except Unreachable as exc:
            raise WebhookAddressRefused(_NAMELESS if exc.reason in _OF_NAMES else exc.reason) from exc

    def secrets_of(self, webhook: WebhookRecord, now: datetime) -> list[str]:
        """The secrets that count now, the newest first."""
        locked = [webhook.secret]
        if webhook.old_secret and webhook.old_secret_until and now < webhook.old_secret_until:
            locked.append(webhook.old_secret)
        return [self.box.open(each) for each in locked]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """What a provider asks for; ``by`` is the label of who asks."""

    url: str
    events: Collection[EventKind]
    by: str


def create_webhook(
    session: Session, provider: ProviderRecord, wanted: NewWebhook, board: Switchboard, *, now: datetime
) -> tuple[WebhookRecord, str]:
    """Set one up; its secret is given here and never again. Raises TooManyWebhooks.

    Not checked: the address, see ``Switchboard.check``. Two at once wait for each other, or both would count too few.
    """
    session.get_one(ProviderRecord, provider.id, with_for_update={"key_share": True})
    count = select(func.count()).select_from(WebhookRecord).where(WebhookRecord.provider_id == provider.id)
    if (session.scalar(count) or 0) >= MOST:
        raise TooManyWebhooks(MOST)
    secret = new_secret(board.chance)
    record = WebhookRecord(
        name=open_name(board.chance),
        provider_id=provider.id,
        url=wanted.url,
        events=" ".join(kind.value for kind in EventKind if kind in wanted.events),
        secret=board.box.lock(secret),
        created_at=now,
        created_by=wanted.by,
    )
    session.add(record)
    session.flush()
    return record, secret


def webhooks_of(session: Session, provider_id: int) -> Sequence[WebhookRecord]:
    """Every webhook of the provider, oldest first."""
    query = select(WebhookRecord).where(WebhookRecord.provider_id == provider_id).order_by(WebhookRecord.id)
    return session.scalars(query).all()


def get_webhook(session: Session, provider_id: int, name: str) -> WebhookRecord:
    """One of the provider's own; raises UnknownWebhook, for a neighbour's too."""
    query = select(WebhookRecord).where(WebhookRecord.provider_id == provider_id, WebhookRecord.name == name)
    record = session.scalar(query)
    if record is None:
        raise UnknownWebhook
    return record


def rotate_secret(session: Session, webhook: WebhookRecord, board: Switchboard, *, now: datetime) -> str:
    """Give it a new secret; the one before counts for another day. A webhook that had ended begins again."""
    secret = new_secret(board.chance)
    webhook.old_secret, webhook.old_secret_until = webhook.secret, now + OLD_SECRET_COUNTS
    webhook.secret, webhook.ended_at = board.box.lock(secret), None
    session.flush()
    return secret


def delete_webhook(session: Session, webhook: WebhookRecord) -> None:
    """Forget it and its deliveries; what is on its way is not sent any more."""
    session.execute(delete(WebhookDeliveryRecord).where(WebhookDeliveryRecord.webhook_id == webhook.id))
    session.delete(webhook)
    session.flush()


def deliveries_of(
    session: Session, webhook: WebhookRecord, *, before: int | None, limit: int
) -> Sequence[WebhookDeliveryRecord]:
    """The newest deliveries first; ``before`` is the id of the last one seen."""
    query = select(WebhookDeliveryRecord).where(WebhookDeliveryRecord.webhook_id == webhook.id)
    if before is not None:
        query = query.where(WebhookDeliveryRecord.id < before)
    return session.scalars(query.order_by(WebhookDeliveryRecord.id.desc()).limit(limit)).all()
