"""Calls about what can be earned."""

from __future__ import annotations

from sqlalchemy import select

from issuer.api.call import Answer, Call
from issuer.api.errors import not_found
from issuer.api.shapes_out import AchievementOut, AchievementPage, ProgrammeOut, ProgrammePage
from issuer.catalogue.find import achievement_entry, find_version, newest_versions, offers_of
from issuer.catalogue.records import AchievementVersionRecord, ProgrammeRecord
from issuer.catalogue.result_scale import PassFail, Percent, ResultScale, Rubric
from issuer.database import reading


def list_programmes(call: Call) -> Answer:
    """Every programme, by code."""
    with reading(call.office.sessions) as session:
        records = session.scalars(select(ProgrammeRecord).order_by(ProgrammeRecord.code)).all()
    items = [ProgrammeOut(code=each.code, title=each.title, is_closed=each.is_closed) for each in records]
    return Answer(body=ProgrammePage(items=items, next=None))


def list_achievements(call: Call) -> Answer:
    """Every achievement in its newest version, by code."""
    with reading(call.office.sessions) as session:
        mine = offers_of(session, call.provider(session), now=call.now).keys()
        items = [
            _achievement(call, record, may_award=record.achievement.code in mine) for record in newest_versions(session)
        ]
    return Answer(body=AchievementPage(items=items, next=None))


def get_achievement(call: Call) -> Answer:
    """One achievement in its newest version; raises ApiRefused."""
    with reading(call.office.sessions) as session:
        record = find_version(session, call.path["code"])
        if record is None:
            raise not_found("achievement")
        mine = offers_of(session, call.provider(session), now=call.now).keys()
        return Answer(body=_achievement(call, record, may_award=record.achievement.code in mine))


def _achievement(call: Call, record: AchievementVersionRecord, *, may_award: bool) -> AchievementOut:
    entry = achievement_entry(record)
    return AchievementOut(
        code=entry.code,
        version=entry.version,
        programme=entry.programme,
        title=entry.title,
        description=entry.description,
        workload_hours=entry.workload_hours,
        validity_months=entry.validity_months,
        prerequisites=list(entry.prerequisites),
        results=_results(entry.scale),
        may_award=may_award,
        url=f"{call.office.settings.base_url}/achievements/{entry.code}",
    )


def _results(scale: ResultScale) -> list[str]:
    match scale:
        case PassFail():
            return [scale.passed]
        case Rubric():
            return list(scale.levels)
        case Percent():
            return []
