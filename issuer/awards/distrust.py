"""After the theft of a key: distrust it from a moment on, list the holders whom that concerns, issue anew to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.errors import CredentialError
from issuer.awards.errors import AwardError
from issuer.awards.records import IssuedCredentialRecord, SealRecord
from issuer.awards.states import CredentialState
from issuer.awards.supersede import reissue
from issuer.catalogue.errors import CatalogueError
from issuer.catalogue.records import ProviderRecord
from issuer.database import Sessions, reading, transaction
from issuer.desk import Desk
from issuer.signing.key_life import distrust_key
from issuer.signing.records import SigningKeyRecord
from issuer.status.publish import outdate_lists, publish_due

KEY_REPLACED: Final = "key replaced"
"""The note on a credential that was issued anew for its key's sake."""


IssueAnew = Callable[..., IssuedCredentialRecord]
"""Takes session, credential id and desk, and by name ``now`` and ``note``."""


class ReissueState(StrEnum):
    """What became of a credential that the theft concerns; the values are public."""

    AFFECTED = "affected"
    REISSUED = "reissued"
    REPLACED_BEFORE = "replaced_before"
    SUSPENDED = "suspended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A credential that no longer verifies because of its key, its holder, and what stands in its place."""

    record_id: int
    credential_id: str
    name: str
    link: str
    state: ReissueState
    new_link: str | None = None
    problem: str = ""


def distrust(
    session: Session, provider: ProviderRecord, key: SigningKeyRecord, since: datetime, desk: Desk, *, now: datetime
) -> SigningKeyRecord | None:
    """Distrust a key from a moment on, and sign the lists of today anew; gives its successor, if one was made.

    Raises DistrustInFuture.
    """
    successor = distrust_key(session, provider, key, since, desk.keys, now=now)
    session.flush()
    outdate_lists(session, provider.id)
    publish_due(session, provider, desk.signers.of(session, provider), now=now)
    return successor


def list_affected(session: Session, key: SigningKeyRecord, desk: Desk) -> list[Affected]:
    """The credentials that a distrusted key sealed and that were filed too late to be proven older than the theft.

    Those taken back are left out: nobody has to do anything for them.
    """
    records = session.scalars(
        select(IssuedCredentialRecord)
        .join(SealRecord, SealRecord.credential_record_id == IssuedCredentialRecord.id)
        .where(
            SealRecord.key_thumbprint == key.thumbprint,
            SealRecord.filed_at >= key.distrusted_since,
            IssuedCredentialRecord.state != CredentialState.REVOKED.value,
        )
        .order_by(IssuedCredentialRecord.id)
    )
    return [_affected(record, desk) for record in records]


def reissue_affected(
    sessions: Sessions,
    desk: Desk,
    key: SigningKeyRecord,
    clock: Callable[[], datetime],
    issue_anew: IssueAnew = reissue,
) -> Iterator[Affected]:
    """Issue anew, each in a transaction of its own, what the distrusted key sealed too late; one result for each.

    ``issue_anew`` may do more in the same transaction, such as telling the holder. May be killed and started again, or
    run twice at once: what has been replaced is left as it is.
    """
    with reading(sessions) as session:
        waiting = [each.record_id for each in list_affected(session, key, desk)]
    for record_id in waiting:
        yield _reissue_one(sessions, desk, record_id, clock, issue_anew)


def _reissue_one(
    sessions: Sessions, desk: Desk, record_id: int, clock: Callable[[], datetime], issue_anew: IssueAnew
) -> Affected:
    try:
        with transaction(sessions) as session:
            record = session.get_one(IssuedCredentialRecord, record_id, with_for_update=True)
            found = _affected(record, desk)
            if found.state is ReissueState.AFFECTED:
                new = issue_anew(session, record.credential_id, desk, now=clock(), note=KEY_REPLACED)
                return replace(found, state=ReissueState.REISSUED, new_link=desk.link(new.token))
            return found
    except (AwardError, CatalogueError, CredentialError) as exc:
        problem = str(exc)
    with reading(sessions) as session:
        found = _affected(session.get_one(IssuedCredentialRecord, record_id), desk)
    return replace(found, state=ReissueState.REFUSED, problem=problem)


def _affected(record: IssuedCredentialRecord, desk: Desk) -> Affected:
    successor = record.superseded_by
    state = ReissueState.AFFECTED if record.state == CredentialState.ISSUED else ReissueState.SUSPENDED
    return Affected(
        record_id=record.id,
        credential_id=record.credential_id,
        name=record.holder_name,
        link=desk.link(record.token),
        state=state if successor is None else ReissueState.REPLACED_BEFORE,
        new_link=None if successor is None else desk.link(successor.token),
    )
