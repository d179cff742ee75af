"""Everything the office knows of one badge: what was signed, what became of it, how far it has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.credential import AchievementCredential
from credentials.unverified import open_unverified
from issuer.accounts.records import StaffRecord
from issuer.awards.records import IssuedCredentialRecord
from issuer.badges.bulk import SeenBadge, last_changes
from issuer.badges.lines import BadgeLine, read_lines
from issuer.delivery.outbox import find_delivery
from issuer.delivery.records import DeliveryRecord
from issuer.desk import Desk

_STAFF: Final = "staff:"
_PROGRAM: Final = "token:"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One thing that happened: what, when, who, and why in a code and in words; a successor's or elder's number."""

    act: str
    at: datetime
    by: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One badge with its history, oldest first; ``seen`` is what a form about it was written on."""

    line: BadgeLine
    seen: SeenBadge
    credential: AchievementCredential
    token: str
    issued_at: datetime
    history: tuple[HistoryLine, ...]
    replaces: BadgeLine | None
    replaced_by: BadgeLine | None
    delivery: DeliveryRecord | None
    references: tuple[str, ...]


def read_dossier(session: Session, record: IssuedCredentialRecord, desk: Desk, *, now: datetime) -> Dossier:
    """All of it; the claims are read from the sealed text and from nowhere else."""
    document = {name: value for name, value in open_unverified(record.sealed_json).document.items() if name != "proof"}
    kin = {each.id for each in (record.supersedes, record.superseded_by) if each is not None}
    lines = {line.record_id: line for line in read_lines(session, [record.id, *kin], desk, now=now)}
    return Dossier(
        line=lines[record.id],
        seen=SeenBadge(record.id, last_changes(session, [record.id])[record.id]),
        credential=AchievementCredential.from_json(document),
        token=record.token,
        issued_at=record.issued_at,
        history=_history(session, record),
        replaces=lines.get(record.supersedes_id or 0),
        replaced_by=lines.get(record.superseded_by.id) if record.superseded_by else None,
        delivery=find_delivery(session, record),
        references=tuple(
            each.reference for each in record.learner.references if each.provider_id == record.provider_id
        ),
    )


def names_of(session: Session, labels: Collection[str]) -> Mapping[str, str]:
    """Whom the labels of actors mean, in words; who has left goes on being named."""
    numbers = {int(label.removeprefix(_STAFF)) for label in labels if label.removeprefix(_STAFF).isdigit()}
    staff = {
        f"{_STAFF}{number}": name
        for number, name in session.execute(select(StaffRecord.id, StaffRecord.name).where(StaffRecord.id.in_(numbers)))
    }
    return {label: staff.get(label) or _spelled(label) for label in labels}


def _spelled(label: str) -> str:
    if label.startswith(_PROGRAM):
        return f"a program with the access token {label.removeprefix(_PROGRAM)}"
    return {"command": "the command line", "office": "the command line"}.get(label, label)


def _history(session: Session, record: IssuedCredentialRecord) -> tuple[HistoryLine, ...]:
    names = names_of(session, {change.by for change in record.changes})
    changes = (
        HistoryLine(act=each.act, at=each.at, by=names[each.by], reason=each.reason, note=each.note)
        for each in record.changes
    )
    return HistoryLine(act="issued", at=record.issued_at), *changes
