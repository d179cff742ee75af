"""A badge as one line of a list, and a list as a CSV file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from issuer.awards.records import IssuedCredentialRecord
from issuer.badges.search import BadgeSearch, BadgeState, find_badges, state_today
from issuer.catalogue.find import achievement_entry
from issuer.catalogue.records import (
    AchievementRecord,
    AchievementVersionRecord,
    ProgrammeRecord,
    ProviderRecord,
)
from issuer.desk import Desk
from issuer.learners.records import LearnerRecord
from verifier.spreadsheet import csv_text

_URN: Final = "urn:uuid:"
_AT_ONCE: Final = 500
_B = IssuedCredentialRecord
_COLUMNS: Final = (
    "state", "family_name", "given_name", "email", "achievement", "title", "result", "completed_on", "valid_until",
    "credential_id", "link",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeLine:
    """One badge in a list."""

    record_id: int
    provider_slug: str
    credential_id: str
    link: str
    state: BadgeState
    given_name: str
    family_name: str
    email: str | None
    code: str
    programme: str
    title: str
    result: str
    completed_on: date
    valid_until: datetime | None
    is_specimen: bool

    @property
    def name(self) -> str:
        """The name as the badge has it."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def number(self) -> str:
        """The credential's id as it stands in an address of the console."""
        return self.credential_id.removeprefix(_URN)


def read_lines(session: Session, record_ids: Collection[int], desk: Desk, *, now: datetime) -> list[BadgeLine]:
    """The badges with these record ids, in the order of the ids; what is not there is left out."""
    found: dict[int, BadgeLine] = {}
    titles: dict[int, str] = {}
    waiting = list(record_ids)
    for start in range(0, len(waiting), _AT_ONCE):
        for record, email, version, code, programme, slug in session.execute(_query(waiting[start : start + _AT_ONCE])):
            if version.id not in titles:
                titles[version.id] = achievement_entry(version).title
            found[record.id] = BadgeLine(
                record_id=record.id,
                provider_slug=slug,
                credential_id=record.credential_id,
                link=desk.link(record.token),
                state=state_today(record.state, record.valid_until, now=now),
                given_name=record.given_name,
                family_name=record.family_name,
                email=email,
                code=code,
                programme=programme,
                title=titles[version.id],
                result=record.result,
                completed_on=record.completed_on,
                valid_until=record.valid_until,
                is_specimen=record.is_specimen,
            )
    return [found[each] for each in record_ids if each in found]


def every_line(
    session: Session, provider_id: int, asked: BadgeSearch, desk: Desk, *, now: datetime
) -> Iterator[BadgeLine]:
    """All that was asked for, from the first page to the last."""
    after: int | None = None
    while True:
        page = find_badges(session, provider_id, asked, now=now, limit=_AT_ONCE, after=after)
        yield from read_lines(session, page.record_ids, desk, now=now)
        session.expunge_all()
        if page.after is None:
            return
        after = page.after


def lines_as_csv(lines: Iterable[BadgeLine]) -> str:
    """The list for a spreadsheet, which must not run a name as a formula."""
    return csv_text(_COLUMNS, (_cells(line) for line in lines))


def _cells(line: BadgeLine) -> tuple[object, ...]:
    until = f"{line.valid_until:%Y-%m-%d}" if line.valid_until else ""
    return (
        line.state.value, line.family_name, line.given_name, line.email or "", line.code, line.title, line.result,
        line.completed_on.isoformat(), until, line.credential_id, line.link,
    )  # fmt: skip


def _query(
    record_ids: Sequence[int],
) -> Select[IssuedCredentialRecord, str | None, AchievementVersionRecord, str, str, str]:
    """Without the sealed texts, which are long and said by no line."""
    columns = LearnerRecord.email, AchievementVersionRecord, AchievementRecord.code, ProgrammeRecord.code
    return (
        select(_B, *columns, ProviderRecord.slug)
        .join(LearnerRecord, _B.learner_id == LearnerRecord.id)
        .join(AchievementVersionRecord, _B.achievement_version_id == AchievementVersionRecord.id)
        .join(AchievementRecord, AchievementVersionRecord.achievement_id == AchievementRecord.id)
        .join(ProgrammeRecord, AchievementRecord.programme_id == ProgrammeRecord.id)
        .join(ProviderRecord, _B.provider_id == ProviderRecord.id)
        .where(_B.id.in_(record_ids))
        .options(defer(_B.sealed_json), defer(_B.sealed_jwt))
    )
