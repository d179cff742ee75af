"""The pages of batches: what each of them shows, put together from the domain's answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from issuer.accounts.roles import Permission
from issuer.awards.files import FileLimits
from issuer.batches import decide
from issuer.batches.differences import inspect
from issuer.batches.digest import chosen_rows
from issuer.batches.filters import RowFilter
from issuer.batches.progress import progress_of
from issuer.batches.records import BatchRecord
from issuer.batches.shown import date_question, open_questions, page_of_rows, tally
from issuer.batches.states import BatchState
from issuer.catalogue.find import get_provider, offers_of
from issuer.console.batch_forms import DELIMITERS, ENCODINGS, Told, delimiter_label, encoding_label
from issuer.console.bounds import read_number
from issuer.console.frame import Console, Seat
from issuer.database import reading
from verifier.web.static_files import digest_of

_UNPROCESSABLE: Final = 422


@dataclass(frozen=True)
class BatchPages:
    """One page for each state of a batch, and the one where files are handed in."""

    console: Console

    @property
    def limits(self) -> FileLimits:
        """How large a file may be here."""
        return FileLimits(size=self.console.office.settings.upload_limit)

    def of(self, session: Session, seat: Seat, batch: BatchRecord) -> Response:
        """The page of a batch, as far as it has come."""
        match BatchState(batch.state):
            case BatchState.READING:
                return self._reading_page(session, seat, batch)
            case BatchState.PREVIEW | BatchState.REFUSED:
                return self._preview_page(session, seat, batch)
            case BatchState.WAITING:
                return self._waiting_page(session, seat, batch)
            case BatchState.DISCARDED:
                return self.console.page(seat, "console/batch_discarded.html", batch=batch)
        return self._progress_page(session, seat, batch)

    def upload(self, seat: Seat, told: Told, problem: str = "") -> Response:
        """Where a file is handed in; with a problem, everything typed is there again."""
        status = _UNPROCESSABLE if problem else 200
        with reading(self.console.office.sessions) as session:
            choices = self._choices(session, seat)
        pasted = request.form.get("pasted", "")
        limit = self.limits.size // 1_000_000
        return self.console.page(
            seat,
            "console/batch_upload.html",
            status=status,
            problem=problem,
            told=told,
            pasted=pasted,
            limit=limit,
            **choices,
        )

    def _choices(self, session: Session, seat: Seat) -> dict[str, Any]:
        provider = get_provider(session, seat.provider_slug)
        offers = offers_of(session, provider, now=self.console.office.clock())
        return {
            "offers": [(code, entry.title) for code, entry in sorted(offers.items())],
            "encodings": ENCODINGS,
            "delimiters": DELIMITERS,
        }

    def _reading_page(self, session: Session, seat: Seat, batch: BatchRecord) -> Response:
        told = Told.from_batch(batch.told)
        choices = self._choices(session, seat)
        return self.console.page(seat, "console/batch_reading.html", batch=batch, told=told, **choices)

    def _preview_page(self, session: Session, seat: Seat, batch: BatchRecord) -> Response:
        wanted = wanted_rows()
        counts = tally(session, batch)
        sender = seat.actor.label if seat.may(Permission.IMPORT) else ""
        needs_two = decide.two_must_agree(session, chosen_rows(session, batch))
        return self.console.page(
            seat,
            "console/batch_preview.html",
            batch=batch,
            told=Told.from_batch(batch.told),
            read_as=_read_as(batch),
            tally=counts,
            wanted=wanted,
            rows=page_of_rows(session, batch, wanted, _page()),
            dates=date_question(session, batch),
            alike=open_questions(session, batch) if wanted in (RowFilter.ALL, RowFilter.WARNING) else [],
            needs_two=needs_two,
            approvers=decide.who_may_approve(session, batch, but=sender),
            last=decide.last_decision(batch),
            can_change=seat.may(Permission.IMPORT),
            **self._choices(session, seat),
        )

    def _waiting_page(self, session: Session, seat: Seat, batch: BatchRecord) -> Response:
        wanted = RowFilter.CHOSEN
        return self.console.page(
            seat,
            "console/batch_waiting.html",
            batch=batch,
            shown=inspect(session, batch, now=self.console.office.clock()),
            rows=page_of_rows(session, batch, wanted, _page()),
            wanted=wanted,
            is_own=decide.had_a_hand(session, seat.actor, batch),
            approvers=decide.who_may_approve(session, batch),
            last=decide.last_decision(batch),
        )

    def _progress_page(self, session: Session, seat: Seat, batch: BatchRecord) -> Response:
        wanted = wanted_rows()
        return self.console.page(
            seat,
            "console/batch_progress.html",
            batch=batch,
            progress=progress_of(session, batch),
            wanted=wanted,
            rows=page_of_rows(session, batch, wanted, _page()),
            decisions=batch.decisions,
            is_over=batch.state == BatchState.FINISHED,
            script=digest_of("console/progress.js"),
        )


def wanted_rows() -> RowFilter:
    """The filter that stands in the address."""
    said = request.args.get("state", "")
    return RowFilter(said) if said in set(RowFilter) else RowFilter.ALL


def _page() -> int:
    return request.args.get("page", 1, type=read_number)


def _read_as(batch: BatchRecord) -> dict[str, Any]:
    return {
        "encoding": encoding_label(batch.read_as.get("encoding")),
        "delimiter": delimiter_label(batch.read_as.get("delimiter")),
        "sheet": batch.read_as.get("sheet"),
        "notices": batch.read_as.get("notices", []),
    }
