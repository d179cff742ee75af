"""The same deed to many badges: each in a transaction of its own, each with its own outcome, none done twice.

A form names each badge together with the last change that its author saw. So a form that is sent again, or after
somebody else was faster, changes nothing that the author did not have before the eyes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from credentials.errors import CredentialError
from issuer.accounts.actor import Actor, NotHere
from issuer.awards.errors import AwardError
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.badges.change import Deed, Errand, Order, change_badge
from issuer.catalogue.find import get_provider
from issuer.database import Sessions, transaction
from issuer.desk import Desk
from issuer.errors import IssuerError

MOST: Final = 500
"""More at once would keep a browser waiting; a whole course has fewer."""

_SEEN: Final = re.compile(r"([1-9][0-9]{0,17}):(0|[1-9][0-9]{0,17})", re.ASCII)
_VERBS: Final[Mapping[Deed, str]] = {
    Deed.REVOKE: "revoked",
    Deed.SUSPEND: "suspended",
    Deed.REINSTATE: "reinstated",
}


class TooManyAtOnce(IssuerError):
    """More badges than one form may change."""

    code: ClassVar[str] = "too_many_at_once"

    def __init__(self, count: int) -> None:
        super().__init__(f"These are {count} badges; at most {MOST} are changed at once. Narrow the search down.")
        self.count = count


class NothingChosen(IssuerError):
    """A form without a badge in it."""

    code: ClassVar[str] = "nothing_chosen"

    def __init__(self) -> None:
        super().__init__("No badge is chosen. Go back to the list and tick those that you mean.")


class Outcome(StrEnum):
    """What became of one badge; the values are public."""

    DONE = "done"
    DONE_BEFORE = "done_before"
    CHANGED_MEANWHILE = "changed_meanwhile"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SeenBadge:
    """A badge as somebody saw it: the record, and the number of the last change of its state, 0 when there was none."""

    record_id: int
    change_id: int

    def __str__(self) -> str:
        return f"{self.record_id}:{self.change_id}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one badge, and in a sentence why when it was not done."""

    record_id: int
    outcome: Outcome
    problem: str = ""


def last_changes(session: Session, record_ids: Collection[int]) -> dict[int, int]:
    """The number of the last change of each badge, 0 where there was none."""
    newest = session.execute(
        select(StatusChangeRecord.credential_record_id, func.max(StatusChangeRecord.id))
        .where(StatusChangeRecord.credential_record_id.in_(record_ids))
        .group_by(StatusChangeRecord.credential_record_id)
    )
    return {**dict.fromkeys(record_ids, 0), **{each[0]: each[1] for each in newest}}


def read_seen(text: str) -> list[SeenBadge]:
    """What a form says was seen, "12:0,15:3", each badge once; raises NothingChosen and TooManyAtOnce."""
    found = {int(match[1]): int(match[2]) for each in text.split(",") if (match := _SEEN.fullmatch(each.strip()))}
    if not found:
        raise NothingChosen
    if len(found) > MOST:
        raise TooManyAtOnce(len(found))
    return [SeenBadge(record_id, change) for record_id, change in found.items()]


def write_seen(seen: Sequence[SeenBadge]) -> str:
    """The same for the form."""
    return ",".join(map(str, seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkErrand:
    """Who acts for which provider, and what is needed for it."""

    sessions: Sessions
    desk: Desk
    clock: Callable[[], datetime]
    actor: Actor
    provider_slug: str


def change_many(errand: BulkErrand, order: Order, seen: Sequence[SeenBadge]) -> Iterator[Result]:
    """Do as ordered to each badge; one that cannot be changed leaves the others alone.

    May be stopped and begun again. What concerns them all ends it (DatabaseFailed, NoSigningKey).
    """
    for each in seen:
        try:
            with transaction(errand.sessions) as session:
                outcome = _change_one(session, errand, order, each)
        except NotHere:
            yield Result(each.record_id, Outcome.REFUSED, "This badge is not here.")
        except (AwardError, CredentialError) as exc:
            yield Result(each.record_id, Outcome.REFUSED, str(exc))
        else:
            yield Result(each.record_id, outcome)


def _change_one(session: Session, errand: BulkErrand, order: Order, seen: SeenBadge) -> Outcome:
    provider = get_provider(session, errand.provider_slug)
    record = session.get(IssuedCredentialRecord, seen.record_id, with_for_update=True)
    if record is None or record.provider_id != provider.id:
        raise NotHere
    changes = session.scalars(
        select(StatusChangeRecord)
        .where(
            StatusChangeRecord.credential_record_id == record.id,
            StatusChangeRecord.id > seen.change_id,
        )
        .order_by(StatusChangeRecord.id)
    ).all()
    if changes:
        return _passed_by(changes, order, errand.actor)
    change_badge(
        session,
        record.credential_id,
        order,
        Errand(actor=errand.actor, provider=provider, desk=errand.desk, now=errand.clock()),
    )
    return Outcome.DONE


def _passed_by(changes: Sequence[StatusChangeRecord], order: Order, actor: Actor) -> Outcome:
    """The same form was sent before, when the first thing that happened since is exactly what it orders."""
    first = changes[0]
    ordered = (_VERBS[order.deed], order.reason.value, order.note.strip(), actor.label)
    return (
        Outcome.DONE_BEFORE if (first.act, first.reason, first.note, first.by) == ordered else Outcome.CHANGED_MEANWHILE
    )
