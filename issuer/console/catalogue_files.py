"""The windows of course files: bring one in, choose what becomes a draft, take the catalogue out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from issuer.catalogue.find import get_provider
from issuer.console.bounds import read_number
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from issuer.drafts.course_files import MOST_COURSES, read_courses
from issuer.drafts.course_import import (
    CourseState,
    assess_courses,
    close_course_file,
    courses_of,
    find_course_file,
    import_courses,
    open_course_file,
)
from issuer.drafts.errors import CourseFileUnreadable
from issuer.drafts.export import CourseFormat, export_drafts, export_published


@dataclass(frozen=True)
class CourseFileWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console

    def course_door(self, seat: Seat) -> Response:
        """The door for course files."""
        return self._door(seat, "")

    def course_hand_in(self, seat: Seat) -> AnyResponse:
        """Read a file; one that is none comes back with the reason."""
        file = request.files.get("file")
        name = (file.filename or "") if file else ""
        try:
            if file is None or not name:
                raise CourseFileUnreadable("Choose a file first.")
            courses = read_courses(file.read(), name)
        except CourseFileUnreadable as refusal:
            return self._door(seat, str(refusal))
        with transaction(self.console.office.sessions) as session:
            now = self.console.office.clock()
            number = open_course_file(session, seat.actor, seat.provider_slug, name, courses, now=now).id
        return self.console.back(seat, "catalogue.course_file", number=number)

    def course_file(self, seat: Seat, number: int) -> Response:
        """What each course would become."""
        return self._chosen(seat, number, None)

    def course_take(self, seat: Seat, number: int) -> AnyResponse:
        """Make drafts of what was chosen, or of all, or of nothing."""
        deed = request.form.get("do", "chosen")
        chosen = set(request.form.getlist("course", type=read_number))
        if deed == "chosen" and not chosen:
            return self._chosen(seat, number, "Choose at least one course, or take all.")
        with transaction(self.console.office.sessions) as session:
            record = find_course_file(session, get_provider(session, seat.provider_slug), number)
            wanted = None if deed == "all" else chosen if deed == "chosen" else set()
            now = self.console.office.clock()
            made = import_courses(session, seat.actor, seat.provider_slug, courses_of(record), wanted, now=now)
            close_course_file(session, record)
        count = len(made)
        notice = f"{count} {'draft' if count == 1 else 'drafts'} made." if deed != "nothing" else "Nothing was taken."
        return self.console.back(seat, "catalogue.catalogue", notice)

    def export(self, seat: Seat, what: str, ending: str) -> Response:
        """The catalogue, or the provider's own drafts, as a file."""
        if what not in {"published", "drafts"} or ending not in set(CourseFormat):
            abort(404)
        form = CourseFormat(ending)
        with reading(self.console.office.sessions) as session:
            if what == "drafts":
                data = export_drafts(session, form, get_provider(session, seat.provider_slug))
            else:
                data = export_published(session, form, programme=request.args.get("programme") or None)
        response = Response(data, content_type=form.media_type)
        response.headers["Content-Disposition"] = f'attachment; filename="{what}.{ending}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def _door(self, seat: Seat, problem: str) -> Response:
        status = 422 if problem else 200
        return self.console.page(
            seat, "console/catalogue_import.html", status=status, problem=problem, most=MOST_COURSES
        )

    def _chosen(self, seat: Seat, number: int, problem: str | None) -> Response:
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            record = find_course_file(session, provider, number)
            found = assess_courses(session, provider, courses_of(record))
            return self.console.page(
                seat,
                "console/catalogue_choose.html",
                status=422 if problem else 200,
                file=record,
                outcomes=sorted(found, key=lambda each: each.state is not CourseState.ERROR),
                counted=Counter(each.state.value for each in found),
                usable=sum(each.is_usable for each in found),
                left_out=list(dict.fromkeys(name for each in found for name in each.course.left_out)),
                problem=problem,
            )
