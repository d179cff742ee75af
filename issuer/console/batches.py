"""The windows of batches: hand in a file, look through it, have it approved, watch it being issued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.awards.files import AwardFileError, RowCode, problem_file
from issuer.batches import answers, decide, intake
from issuer.batches.digest import chosen_rows
from issuer.batches.errors import BatchError
from issuer.batches.progress import progress_of
from issuer.batches.records import BatchRecord
from issuer.batches.shown import overviews, rows_left_behind
from issuer.batches.states import CHANGEABLE, BatchState, RowAnswer
from issuer.batches.stored import outcome_of, table_of
from issuer.console.batch_forms import (
    DateNotRead,
    NothingHandedIn,
    Told,
    upload_of,
)
from issuer.console.batch_pages import BatchPages, wanted_rows
from issuer.console.bounds import read_number
from issuer.console.frame import Console, Seat, framed
from issuer.database import reading, transaction

_MISTAKES: Final = (AwardFileError, NothingHandedIn, DateNotRead)


@dataclass(frozen=True)
class BatchWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console
    pages: BatchPages

    # Hand in

    def batches(self, seat: Seat) -> Response:
        """All of a provider's batches."""
        page = max(1, request.args.get("page", 1, type=read_number))
        with reading(self.console.office.sessions) as session:
            found, pages = overviews(session, seat.provider_slug, page)
            return self.console.page(
                seat,
                "console/batches.html",
                found=found,
                page=page,
                pages=pages,
                can_import=seat.may(Permission.IMPORT),
            )

    def upload(self, seat: Seat) -> Response:
        """The door for files."""
        return self.pages.upload(seat, Told())

    def hand_in(self, seat: Seat) -> AnyResponse:
        """Take a file in; what cannot be read comes back with everything that was typed."""
        try:
            number = intake.import_file(
                self.console.office.sessions,
                seat.actor,
                seat.provider_slug,
                upload_of(request),
                now=self.console.office.clock(),
                limits=self.pages.limits,
            )
        except _MISTAKES as exc:
            return self.pages.upload(seat, Told.from_form(request.form), problem=str(exc))
        return self.console.back(seat, "batches.batch", number=number)

    # Look through

    def batch(self, seat: Seat, number: int) -> Response:
        """One batch, as far as it has come."""
        with reading(self.console.office.sessions) as session:
            return self.pages.of(session, seat, intake.get_batch(session, seat.provider_slug, number))

    def read(self, seat: Seat, number: int) -> AnyResponse:
        """Read the file in another way, or with what its columns lack."""
        told = Told.from_form(request.form)
        return self._judge_again(seat, number, lambda: {"told": told.read()})

    def dates(self, seat: Seat, number: int) -> AnyResponse:
        """The one question about dates; all else stays as it was said."""
        with reading(self.console.office.sessions) as session:
            before = Told.from_batch(intake.get_batch(session, seat.provider_slug, number).told)
        told = Told(**{**_fields(before), "dates": request.form.get("dates", "")})
        return self._judge_again(seat, number, lambda: {"told": told.read()})

    def answer(self, seat: Seat, number: int, line: int) -> AnyResponse:
        """What a person says to one row."""
        said = request.form.get("answer", "")
        if said == "better":
            return self._better_address(seat, number, line)
        if said not in set(RowAnswer):
            abort(400)

        def act(session: Session, batch: BatchRecord) -> str:
            answers.answer_row(
                session,
                seat.actor,
                batch,
                line,
                RowAnswer(said),
                now=self.console.office.clock(),
                reason=request.form.get("reason", ""),
            )
            return ""

        return self._act(seat, number, act, anchor=f"line-{line}")

    def answer_alike(self, seat: Seat, number: int) -> AnyResponse:
        """Yes to every row that asks the same."""
        code = request.form.get("code", "")
        if code not in set(RowCode):
            abort(400)

        def act(session: Session, batch: BatchRecord) -> str:
            now = self.console.office.clock()
            count = answers.answer_alike(session, seat.actor, batch, RowCode(code), now=now)
            return f"You said yes to {_rows(count)}."

        return self._act(seat, number, act)

    def problems(self, seat: Seat, number: int) -> Response:
        """The rows that need somebody, as a file to correct and hand in again."""
        with reading(self.console.office.sessions) as session:
            batch = intake.get_batch(session, seat.provider_slug, number)
            rows = rows_left_behind(session, batch)
            body = problem_file(table_of(batch, rows), [outcome_of(row) for row in rows])
            name = f"{batch.name.rpartition('.')[0] or batch.name}_to_correct.csv"
        response = Response(body, content_type="text/csv; charset=utf-8", headers={"Cache-Control": "no-store"})
        response.headers["Content-Disposition"] = (
            f"attachment; filename=\"to_correct_{number}.csv\"; filename*=UTF-8''{quote(name, safe='')}"
        )
        return response

    # Decide

    def send(self, seat: Seat, number: int) -> AnyResponse:
        """Send what is ready on its way."""
        revision = request.form.get("revision", -1, type=read_number)

        def act(session: Session, batch: BatchRecord) -> str:
            state = decide.send(session, seat.actor, batch, revision, now=self.console.office.clock())
            if state is not BatchState.WAITING:
                return "The badges are being issued."
            count = len(chosen_rows(session, batch))
            return f"Sent {count} {'badge' if count == 1 else 'badges'} for approval."

        return self._act(seat, number, act)

    def take_back(self, seat: Seat, number: int) -> AnyResponse:
        """Back to the preview."""

        def act(session: Session, batch: BatchRecord) -> str:
            decide.take_back(session, seat.actor, batch, now=self.console.office.clock())
            return "Taken back. You can change it again."

        return self._act(seat, number, act)

    def discard(self, seat: Seat, number: int) -> AnyResponse:
        """Give it up."""

        def act(session: Session, batch: BatchRecord) -> str:
            intake.discard(session, seat.actor, batch, now=self.console.office.clock())
            return ""

        return self._act(seat, number, act)

    def approve(self, seat: Seat, number: int) -> AnyResponse:
        """Yes to exactly what was shown."""
        digest = request.form.get("digest", "")

        def act(session: Session, batch: BatchRecord) -> str:
            decide.approve(session, seat.actor, batch, digest, now=self.console.office.clock())
            return "Approved. The badges are being issued."

        return self._act(seat, number, act)

    def refuse(self, seat: Seat, number: int) -> AnyResponse:
        """No, with a reason."""
        reason = request.form.get("reason", "")

        def act(session: Session, batch: BatchRecord) -> str:
            decide.refuse(session, seat.actor, batch, reason, now=self.console.office.clock())
            return f"Refused. {batch.opened_by_name} sees your reason."

        return self._act(seat, number, act)

    # Watch

    def progress(self, seat: Seat, number: int) -> Response:
        """The moving part of the progress page, for the script that asks for it."""
        with reading(self.console.office.sessions) as session:
            batch = intake.get_batch(session, seat.provider_slug, number)
            if batch.state in CHANGEABLE or batch.state == BatchState.WAITING:
                abort(404)
            progress = progress_of(session, batch)
        return framed("console/batch_bar.html", seat=seat, progress=progress, wanted=wanted_rows())

    def _judge_again(self, seat: Seat, number: int, how: Callable[[], dict[str, Any]], anchor: str = "") -> AnyResponse:
        notice = ""
        try:
            intake.read_again(
                self.console.office.sessions,
                seat.provider_slug,
                number,
                by=seat.actor,
                now=self.console.office.clock(),
                limits=self.pages.limits,
                **how(),
            )
        except (*_MISTAKES, BatchError) as exc:
            notice = str(exc)
        return self._to_batch(seat, number, notice, anchor)

    def _better_address(self, seat: Seat, number: int, line: int) -> AnyResponse:
        with reading(self.console.office.sessions) as session:
            batch = intake.get_batch(session, seat.provider_slug, number)
            better = answers.better_address(answers.get_row(session, batch, line))
        if not better:
            abort(400)
        return self._judge_again(seat, number, lambda: {"correction": (line, better)}, f"line-{line}")

    def _act(
        self, seat: Seat, number: int, act: Callable[[Session, BatchRecord], str], anchor: str = ""
    ) -> AnyResponse:
        """Do one thing with a locked batch, and show the batch with what there is to say about it."""
        try:
            with transaction(self.console.office.sessions) as session:
                notice = act(session, intake.get_batch(session, seat.provider_slug, number, to_change=True))
        except BatchError as exc:
            notice = str(exc)
        return self._to_batch(seat, number, notice, anchor)

    def _to_batch(self, seat: Seat, number: int, notice: str, anchor: str) -> AnyResponse:
        """Back to where the button was: the same filter, the same page, the same line."""
        place: dict[str, Any] = {name: request.form[name] for name in ("state", "page") if request.form.get(name)}
        if anchor:
            place["_anchor"] = anchor
        return self.console.back(seat, "batches.batch", notice, number=number, **place)


def create_imports_blueprint(console: Console) -> Blueprint:
    """Where files are handed in."""
    views, blueprint = BatchWindows(console, BatchPages(console)), Blueprint("imports", __name__)
    console.add(blueprint, "/batches/new", views.upload, Permission.IMPORT)
    console.add(blueprint, "/batches", views.hand_in, Permission.IMPORT, methods=("POST",))
    console.door("imports.upload", "Import", Permission.IMPORT)
    return blueprint


def create_batches_blueprint(console: Console) -> Blueprint:
    """Every other address of batches."""
    views, blueprint = BatchWindows(console, BatchPages(console)), Blueprint("batches", __name__)
    for rule, view in (
        ("/batches", views.batches),
        ("/batches/<int:number>", views.batch),
        ("/batches/<int:number>/problems.csv", views.problems),
        ("/batches/<int:number>/progress", views.progress),
    ):
        console.add(blueprint, rule, view, Permission.SEE)
    for rule, act, permission in (
        ("/batches/<int:number>/read", views.read, Permission.IMPORT),
        ("/batches/<int:number>/dates", views.dates, Permission.IMPORT),
        ("/batches/<int:number>/rows/<int:line>", views.answer, Permission.IMPORT),
        ("/batches/<int:number>/alike", views.answer_alike, Permission.IMPORT),
        ("/batches/<int:number>/send", views.send, Permission.IMPORT),
        ("/batches/<int:number>/take-back", views.take_back, Permission.IMPORT),
        ("/batches/<int:number>/discard", views.discard, Permission.IMPORT),
        ("/batches/<int:number>/approve", views.approve, Permission.APPROVE),
        ("/batches/<int:number>/refuse", views.refuse, Permission.APPROVE),
    ):
        console.add(blueprint, rule, act, permission, methods=("POST",))
    console.door("batches.batches", "Batches", Permission.SEE)
    return blueprint


def _fields(told: Told) -> dict[str, Any]:
    return {name: getattr(told, name) for name in Told.__slots__}


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
