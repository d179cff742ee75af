"""Is a draft ready? Its own words, the meter, and what only the office's files know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.catalogue.achievement_entry import AchievementEntry
from issuer.catalogue.entry import Entry
from issuer.catalogue.errors import MalformedCatalogue
from issuer.catalogue.find import find_version, provider_entry
from issuer.catalogue.records import AchievementRecord, ProgrammeRecord, ProviderRecord
from issuer.drafts.elements import Meter, measure
from issuer.drafts.reading import read_wording
from issuer.drafts.slips import LABELS, Slip
from issuer.drafts.wording import Wording


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found: the entry as far as it can be read, mistakes, and gaps. ``entry`` is there when it is ready."""

    members: Mapping[str, Any]
    slips: tuple[Slip, ...]
    meter: Meter
    entry: AchievementEntry | None

    @property
    def is_ready(self) -> bool:
        """Whether it could be published as it is."""
        return self.entry is not None

    def slips_of(self, *names: str) -> tuple[Slip, ...]:
        """The mistakes in these fields."""
        return tuple(slip for slip in self.slips if slip.field in names)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a wording stands: whose it is, which achievement it renews, and the entry it began with."""

    provider: ProviderRecord
    achievement_id: int | None
    kept: Mapping[str, Any]


def examine(session: Session, wording: Wording, place: Place) -> Examination:
    """Look at a wording from all sides; changes nothing."""
    reading = read_wording(wording, place.kept)
    at_office = place.provider.role == "programme_owner"
    meter = measure(wording, provider_entry(place.provider), at_office=at_office)
    slips = [*reading.slips, *_slips_on_file(session, reading.members, place)]
    entry = None
    if meter.is_complete and not slips:
        try:
            entry = AchievementEntry.from_json(Entry.of("draft", "$", reading.members))
        except MalformedCatalogue as refusal:
            where = refusal.path.removeprefix("$.")
            slips.append(Slip("titles", where, f"{where}: {refusal.reason}. Write it again."))
    return Examination(reading.members, tuple(slips), meter, entry)


def _slips_on_file(session: Session, members: Mapping[str, Any], place: Place) -> Iterator[Slip]:
    yield from _code_and_version(session, str(members.get("code", "")), str(members.get("version", "")), place)
    code = members.get("programme")
    programme = session.scalar(select(ProgrammeRecord).where(ProgrammeRecord.code == code)) if code else None
    if code and programme is None:
        yield _slip("programme", f"There is no programme {code}; choose one of the list.")
    if programme is not None and programme.is_closed:
        yield _slip("programme", f"{code} is closed and takes nothing new; choose another programme.")
    if programme is not None and place.achievement_id is not None:
        achievement = session.get_one(AchievementRecord, place.achievement_id)
        if achievement.programme_id != programme.id:
            owner = achievement.programme.code
            yield _slip("programme", f"The published badge belongs to {owner}; a new version cannot move it.")
    for needed in members.get("prerequisites") or ():
        if find_version(session, needed) is None:
            yield _slip(
                "prerequisites", f"There is no badge {needed} in the catalogue; correct its code or take it out."
            )


def _code_and_version(session: Session, code: str, version: str, place: Place) -> Iterator[Slip]:
    published = session.scalar(select(AchievementRecord).where(AchievementRecord.code == code)) if code else None
    if place.achievement_id is None and published is not None:
        yield _slip(
            "code", f"{code} is published already. Open it and choose “Edit as a new version”, or change the code."
        )
        return
    if place.achievement_id is None:
        return
    own = session.get_one(AchievementRecord, place.achievement_id)
    if code and own.code != code:
        yield _slip("code", f"A new version keeps the code of the published badge: {own.code}.")
    elif version and find_version(session, own.code, version) is not None:
        yield _slip("version", f"{own.code} {version} is published already; give this wording the next number.")


def _slip(name: str, says: str) -> Slip:
    return Slip(name, LABELS[name], says)
