"""The catalogue, or the drafts of a provider, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from issuer.catalogue.find import newest_versions
from issuer.catalogue.records import ProviderRecord
from issuer.drafts.course_files import write_csv, write_json
from issuer.drafts.edit import drafts_of
from issuer.drafts.reading import read_wording
from issuer.drafts.wording import Wording, wording_of


class CourseFormat(StrEnum):
    """The two forms of a course file, by the ending of its name."""

    CSV = "csv"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """For the browser."""
        return "text/csv; charset=utf-8" if self is CourseFormat.CSV else "application/json"


def export_published(session: Session, form: CourseFormat, *, programme: str | None = None) -> bytes:
    """The newest version of every achievement that is still awarded, of one programme or of all."""
    entries = [
        record.content
        for record in newest_versions(session)
        if record.achievement.retired_at is None and programme in (None, record.achievement.programme.code)
    ]
    return _write(form, [(wording_of(entry), entry) for entry in entries])


def export_drafts(session: Session, form: CourseFormat, provider: ProviderRecord) -> bytes:
    """The open drafts of a provider, whole or not."""
    drafts = [(Wording.from_json(draft.wording), draft.kept) for draft in drafts_of(session, provider)]
    return _write(form, [(wording, read_wording(wording, kept).members) for wording, kept in drafts])


def _write(form: CourseFormat, courses: list[tuple[Wording, Mapping[str, Any]]]) -> bytes:
    if form is CourseFormat.CSV:
        return write_csv([wording for wording, _ in courses])
    return write_json(entry for _, entry in courses)
