"""A course file between upload and drafts: what each course would become, and making drafts of all or some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, NotHere, authorise
from issuer.accounts.roles import Permission
from issuer.catalogue.errors import CatalogueError
from issuer.catalogue.find import newest_versions
from issuer.catalogue.records import AchievementVersionRecord, ProgrammeRecord, ProviderRecord
from issuer.drafts.course_files import COLUMN_OF, Course
from issuer.drafts.edit import begin_draft, begin_version, check_renewable, drafts_of
from issuer.drafts.errors import DraftError
from issuer.drafts.reading import read_wording
from issuer.drafts.records import CourseFileRecord, DraftRecord
from issuer.drafts.slips import LABELS
from issuer.drafts.wording import Wording, wording_of

KEPT_FOR: Final = timedelta(days=30)
_NOT_COMPARED: Final = frozenset({"authorised_providers", "demo"})


class CourseState(StrEnum):
    """What a course of a file would become."""

    NEW = "new"
    NEW_VERSION = "new_version"
    UNCHANGED = "unchanged"
    IN_DRAFT = "in_draft"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CourseOutcome:
    """One course of a file: its state, and every problem in a sentence with line, column and remedy."""

    number: int
    course: Course
    state: CourseState
    problems: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether it can become a draft."""
        return self.state in {CourseState.NEW, CourseState.NEW_VERSION}


def assess_courses(session: Session, provider: ProviderRecord, courses: Sequence[Course]) -> list[CourseOutcome]:
    """Hold every course against the catalogue and the provider's drafts; changes nothing."""
    known = _Known.read(session, provider)
    counted = Counter(course.wording.code.strip().upper() for course in courses)
    return [known.assess(number, course, counted) for number, course in enumerate(courses)]


def open_course_file(
    session: Session, actor: Actor, provider_slug: str, filename: str, courses: Sequence[Course], *, now: datetime
) -> CourseFileRecord:
    """Keep the courses of a file until somebody has chosen; files nobody came back to are deleted after 30 days."""
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    session.execute(delete(CourseFileRecord).where(CourseFileRecord.opened_at < now - KEPT_FOR))
    record = CourseFileRecord(
        provider_id=provider.id, filename=filename[-200:], courses=[_stored(each) for each in courses], opened_at=now
    )
    session.add(record)
    session.flush()
    return record


def find_course_file(session: Session, provider: ProviderRecord, file_id: int) -> CourseFileRecord:
    """A file of this provider that waits for a choice; raises NotHere."""
    record = session.get(CourseFileRecord, file_id)
    if record is None or record.provider_id != provider.id:
        raise NotHere
    return record


def courses_of(record: CourseFileRecord) -> list[Course]:
    """The courses of a kept file."""
    return [
        Course(each["place"], Wording.from_json(each["wording"]), each["kept"], tuple(each["left_out"]))
        for each in record.courses
    ]


def import_courses(
    session: Session,
    actor: Actor,
    provider_slug: str,
    courses: Sequence[Course],
    chosen: Collection[int] | None,
    *,
    now: datetime,
) -> list[DraftRecord]:
    """Make drafts of the chosen courses (of all when None) that can become one; the others are passed over."""
    provider = authorise(session, actor, provider_slug, Permission.EDIT_CATALOGUE)
    made = []
    for outcome in assess_courses(session, provider, courses):
        if not outcome.is_usable or (chosen is not None and outcome.number not in chosen):
            continue
        wording, kept = outcome.course.wording, outcome.course.kept
        if outcome.state is CourseState.NEW_VERSION:
            made.append(begin_version(session, actor, provider_slug, wording.code, wording=wording, now=now))
        else:
            wording = wording if wording.version.strip() else replace(wording, version="1.0")
            made.append(begin_draft(session, actor, provider_slug, wording=wording, kept=kept, now=now))
    return made


def close_course_file(session: Session, record: CourseFileRecord) -> None:
    """Forget a file when the choice is made."""
    session.delete(record)


def _stored(course: Course) -> dict[str, Any]:
    return {
        "place": course.place,
        "wording": course.wording.to_json(),
        "kept": dict(course.kept),
        "left_out": list(course.left_out),
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What courses are held against, read once for all of them."""

    session: Session
    provider: ProviderRecord
    published: Mapping[str, AchievementVersionRecord]
    drafts: frozenset[str]
    programmes: Mapping[str, bool]

    @classmethod
    def read(cls, session: Session, provider: ProviderRecord) -> _Known:
        closed = {record.code: record.is_closed for record in session.scalars(select(ProgrammeRecord))}
        return cls(
            session=session,
            provider=provider,
            published={record.achievement.code: record for record in newest_versions(session)},
            drafts=frozenset(draft.code for draft in drafts_of(session, provider)),
            programmes=closed,
        )

    def assess(self, number: int, course: Course, counted: Counter[str]) -> CourseOutcome:
        code = course.wording.code.strip().upper()
        problems = [*_problems(course), *self._problems_on_file(course, code, counted)]
        published = self.published.get(code)
        if problems:
            return CourseOutcome(number, course, CourseState.ERROR, tuple(problems))
        if code in self.drafts:
            return CourseOutcome(number, course, CourseState.IN_DRAFT)
        if published is None:
            return CourseOutcome(number, course, CourseState.NEW)
        if _is_same(course, published):
            return CourseOutcome(number, course, CourseState.UNCHANGED)
        try:
            check_renewable(self.session, self.provider, published.achievement)
        except (CatalogueError, DraftError) as refusal:
            return CourseOutcome(number, course, CourseState.ERROR, (f"{course.place}, column code: {refusal}",))
        return CourseOutcome(number, course, CourseState.NEW_VERSION)

    def _problems_on_file(self, course: Course, code: str, counted: Counter[str]) -> list[str]:
        problems, programme = [], course.wording.programme.strip()
        if not code:
            problems.append(f"{course.place}, column code: the code is missing. Write one, such as VLT-HV1.")
        elif counted[code] > 1:
            problems.append(f"{course.place}, column code: {code} stands in the file twice. Take one out.")
        if programme and programme not in self.programmes:
            known = ", ".join(sorted(name for name, is_closed in self.programmes.items() if not is_closed))
            problems.append(
                f"{course.place}, column programme: there is no programme “{programme[:40]}”. Write one of: {known}."
            )
        elif self.programmes.get(programme):
            problems.append(f"{course.place}, column programme: {programme} is closed. Choose another programme.")
        return problems


def _problems(course: Course) -> list[str]:
    slips = read_wording(course.wording, {}).slips
    return [f"{course.place}, column {_column(slip.field, slip.label)}: {slip.says}" for slip in slips]


def _column(name: str, label: str) -> str:
    column = COLUMN_OF.get(name, name)
    return column if label == LABELS.get(name) else f"{column} ({label})"


def _is_same(course: Course, published: AchievementVersionRecord) -> bool:
    """Whether the file says what the catalogue says already; who awards it is another matter."""
    if course.kept:
        said = {name: value for name, value in course.kept.items() if name not in _NOT_COMPARED}
        return said == {name: value for name, value in published.content.items() if name not in _NOT_COMPARED}
    return course.wording == wording_of(published.content)
