"""The first page of a desk: what waits for whoever sits down there, and what to do when nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, current_app, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.badges.renewals import Horizon, renewals_due
from issuer.batches.records import BatchRecord
from issuer.batches.shown import waiting_for
from issuer.batches.states import CHANGEABLE, RELEASED, BatchState
from issuer.catalogue.find import get_provider
from issuer.catalogue.records import ProviderRecord
from issuer.console.frame import Console, Seat
from issuer.database import reading
from issuer.delivery.records import DeliveryRecord, DeliveryState
from issuer.drafts.review import reviews_of

Count = Callable[[Session, ProviderRecord, "StartWindow"], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One kind of thing that can wait: how many, what it means, and where to go for it."""

    permission: Permission
    endpoint: str
    count: Count
    asked: Mapping[str, str] = field(default_factory=dict)
    """What the address asks for, such as one state only."""
    one: str
    many: str
    deed: str
    is_urgent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits now."""

    count: int
    sentence: str
    address: str
    deed: str
    is_urgent: bool


def _batches(*states: BatchState) -> Count:
    def count(session: Session, provider: ProviderRecord, window: StartWindow) -> int:
        del window
        named = [state.value for state in states]
        query = select(func.count()).where(BatchRecord.provider_id == provider.id, BatchRecord.state.in_(named))
        return session.scalar(query) or 0

    return count


def _deliveries(state: DeliveryState) -> Count:
    def count(session: Session, provider: ProviderRecord, window: StartWindow) -> int:
        del window
        query = select(func.count()).where(
            DeliveryRecord.provider_id == provider.id,
            DeliveryRecord.state == state.value,
            DeliveryRecord.printed_at.is_(None),
        )
        return session.scalar(query) or 0

    return count


def _renewals(session: Session, provider: ProviderRecord, window: StartWindow) -> int:
    return len(renewals_due(session, provider.id, Horizon.IN_90, now=window.console.office.clock()))


MATTERS: Final = (
    Matter(
        permission=Permission.APPROVE,
        endpoint="batches.batches",
        count=lambda session, provider, window: waiting_for(session, provider.slug),
        one="batch waits for approval",
        many="batches wait for approval",
        deed="Look through",
    ),
    Matter(
        permission=Permission.REVIEW_CATALOGUE,
        endpoint="catalogue.catalogue",
        count=lambda session, provider, window: len(reviews_of(session, provider)),
        one="achievement waits for your review",
        many="achievements wait for your review",
        deed="Look through",
    ),
    Matter(
        permission=Permission.IMPORT,
        endpoint="batches.batches",
        count=_batches(*CHANGEABLE),
        one="batch is begun and not sent yet",
        many="batches are begun and not sent yet",
        deed="Go on",
    ),
    Matter(
        permission=Permission.DELIVER,
        endpoint="deliveries.deliveries",
        count=_deliveries(DeliveryState.BOUNCED),
        asked={"state": DeliveryState.BOUNCED.value},
        one="mail came back",
        many="mails came back",
        deed="Correct the address",
    ),
    Matter(
        permission=Permission.DELIVER,
        endpoint="deliveries.deliveries",
        count=_deliveries(DeliveryState.LETTER),
        asked={"state": DeliveryState.LETTER.value},
        one="learner has no e-mail and gets a letter",
        many="learners have no e-mail and get letters",
        deed="Print",
    ),
    Matter(
        permission=Permission.SEE,
        endpoint="batches.batches",
        count=_batches(*RELEASED),
        one="batch is being issued",
        many="batches are being issued",
        deed="Watch",
        is_urgent=False,
    ),
    Matter(
        permission=Permission.SEE,
        endpoint="badges.renewals",
        count=_renewals,
        one="badge runs out within 90 days",
        many="badges run out within 90 days",
        deed="See who",
        is_urgent=False,
    ),
)


@dataclass(frozen=True)
class StartWindow:
    """The view of everybody who sits at a desk."""

    console: Console

    def start(self, seat: Seat) -> AnyResponse:
        """What waits."""
        with reading(self.console.office.sessions) as database:
            provider = get_provider(database, seat.provider_slug)
            waiting = list(self._waiting(database, provider, seat))
            any_batch = select(BatchRecord.id).where(BatchRecord.provider_id == provider.id).limit(1)
            is_new = database.scalar(any_batch) is None
        return self.console.page(
            seat,
            "console/start.html",
            urgent=[each for each in waiting if each.is_urgent],
            other=[each for each in waiting if not each.is_urgent],
            is_new=is_new,
            may_import=seat.may(Permission.IMPORT),
            upload=_address("imports.upload", seat),
        )

    def _waiting(self, session: Session, provider: ProviderRecord, seat: Seat) -> Iterator[Waiting]:
        for matter in MATTERS:
            address = _address(matter.endpoint, seat, **matter.asked)
            count = matter.count(session, provider, self) if address and seat.may(matter.permission) else 0
            if count:
                yield Waiting(
                    count=count,
                    sentence=matter.one if count == 1 else matter.many,
                    address=address,
                    deed=matter.deed,
                    is_urgent=matter.is_urgent,
                )


def create_start_blueprint(console: Console) -> Blueprint:
    """The first page of every desk."""
    blueprint = Blueprint("start", __name__)
    console.add(blueprint, "", StartWindow(console).start, Permission.SEE)
    console.door("start.start", "Start", Permission.SEE)
    return blueprint


def _address(endpoint: str, seat: Seat, **asked: Any) -> str:
    """Where the window is, or nothing where it is not open in this application."""
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, slug=seat.provider_slug, **asked)
