"""The windows of the office that owns programmes: reviews, authorisations, retirement, programmes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from issuer.catalogue.find import get_provider
from issuer.console.catalogue_editor import send_specimen, show_preview, show_public_page
from issuer.console.catalogue_form import read_programme, revision_of
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from issuer.drafts.authorisations import authorise_provider, end_authorisation
from issuer.drafts.errors import AuthorisationRefused, ProgrammeRefused
from issuer.drafts.programmes import (
    ProgrammeForm,
    add_programme,
    change_programme,
    close_programme,
    find_programme,
    programme_form,
    programmes_of,
)
from issuer.drafts.records import DraftRecord
from issuer.drafts.review import find_review, publish_draft, retire, return_draft


@dataclass(frozen=True)
class OfficeWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console

    # Reviews

    def review(self, seat: Seat, number: int) -> Response:
        """A draft that waits for this office."""
        with reading(self.console.office.sessions) as session:
            draft = find_review(session, get_provider(session, seat.provider_slug), number)
            return show_preview(self.console, session, seat, draft, "review")

    def review_specimen(self, seat: Seat, number: int) -> AnyResponse:
        """Its certificate, signed by nobody."""
        with reading(self.console.office.sessions) as session:
            draft = find_review(session, get_provider(session, seat.provider_slug), number)
            return send_specimen(self.console, session, draft)

    def review_page(self, seat: Seat, number: int) -> AnyResponse:
        """Its public page as it will be."""
        with reading(self.console.office.sessions) as session:
            draft = find_review(session, get_provider(session, seat.provider_slug), number)
            return show_public_page(session, draft, url_for("catalogue.review", slug=seat.provider_slug, number=number))

    def publish(self, seat: Seat, number: int) -> AnyResponse:
        """Into the catalogue, and, when asked, awardable by who proposed it."""
        now, revision = self.console.office.clock(), revision_of(request.form)
        with transaction(self.console.office.sessions) as session:
            version = publish_draft(session, seat.actor, seat.provider_slug, number, revision, now=now)
            code = version.achievement.code
            if request.form.get("authorise") == "yes":
                slug = session.get_one(DraftRecord, number).provider.slug
                authorise_provider(session, seat.actor, seat.provider_slug, code, slug, now.date(), now=now)
        return self.console.back(seat, "catalogue.achievement", f"{code} is published.", code=code)

    def send_back(self, seat: Seat, number: int) -> AnyResponse:
        """To its provider, with a note."""
        with transaction(self.console.office.sessions) as session:
            now, note = self.console.office.clock(), request.form.get("note", "")
            draft = return_draft(session, seat.actor, seat.provider_slug, number, note, now=now)
            notice = f"{draft.code} went back to {draft.provider.legal_name} with your note."
        return self.console.back(seat, "catalogue.catalogue", notice)

    # What is published

    def authorise(self, seat: Seat, code: str) -> AnyResponse:
        """Let a provider award it from a day."""
        slug, day = request.form.get("provider", ""), request.form.get("day", "")
        now = self.console.office.clock()
        with transaction(self.console.office.sessions) as session:
            found = _day(day)
            authorise_provider(session, seat.actor, seat.provider_slug, code, slug, found, now=now)
            name = get_provider(session, slug).legal_name
        notice = f"{name} may award {code} from {found.day} {found:%B %Y}."
        return self.console.back(seat, "catalogue.achievement", notice, code=code, _anchor="who")

    def end(self, seat: Seat, code: str) -> AnyResponse:
        """Let a provider award it until a day."""
        slug, day = request.form.get("provider", ""), request.form.get("day", "")
        now = self.console.office.clock()
        with transaction(self.console.office.sessions) as session:
            found = _day(day)
            end_authorisation(session, seat.actor, seat.provider_slug, code, slug, found, now=now)
            name = get_provider(session, slug).legal_name
        notice = f"{name} may award {code} until {found.day} {found:%B %Y}; what was awarded stays valid."
        return self.console.back(seat, "catalogue.achievement", notice, code=code, _anchor="who")

    def retire_achievement(self, seat: Seat, code: str) -> AnyResponse:
        """No new awards from now on."""
        with transaction(self.console.office.sessions) as session:
            retire(session, seat.actor, seat.provider_slug, code, now=self.console.office.clock())
        return self.console.back(seat, "catalogue.achievement", f"{code} is retired.", code=code)

    # Programmes

    def programmes(self, seat: Seat) -> Response:
        """The programmes of this office."""
        with reading(self.console.office.sessions) as session:
            found = programmes_of(session, get_provider(session, seat.provider_slug))
            shown = [(record, programme_form(record)) for record in found]
            return self.console.page(seat, "console/catalogue_programmes.html", programmes=shown)

    def new_programme(self, seat: Seat) -> Response:
        """An empty form."""
        return self._programme(seat, ProgrammeForm(), {}, code=None)

    def create_programme(self, seat: Seat) -> AnyResponse:
        """A further programme: data, not code."""
        form = read_programme(request.form)
        try:
            with transaction(self.console.office.sessions) as session:
                made = add_programme(session, seat.actor, seat.provider_slug, form, now=self.console.office.clock())
                code = made.code
        except ProgrammeRefused as refusal:
            return self._programme(seat, form, refusal.slips, code=None)
        return self.console.back(seat, "catalogue.programmes", f"The programme {code} is there.")

    def programme(self, seat: Seat, code: str) -> Response:
        """One programme."""
        with reading(self.console.office.sessions) as session:
            record = find_programme(session, get_provider(session, seat.provider_slug), code)
            return self._programme(seat, programme_form(record), {}, code=code, is_closed=record.is_closed)

    def change(self, seat: Seat, code: str) -> AnyResponse:
        """Keep what was typed of a programme."""
        form = read_programme(request.form)
        try:
            with transaction(self.console.office.sessions) as session:
                change_programme(session, seat.actor, seat.provider_slug, code, form, now=self.console.office.clock())
        except ProgrammeRefused as refusal:
            return self._programme(seat, form, refusal.slips, code=code)
        return self.console.back(seat, "catalogue.programmes", f"The programme {code} is saved.")

    def close(self, seat: Seat, code: str) -> AnyResponse:
        """No new awards in this programme."""
        with transaction(self.console.office.sessions) as session:
            close_programme(session, seat.actor, seat.provider_slug, code, now=self.console.office.clock())
        return self.console.back(seat, "catalogue.programmes", f"{code} is closed; its badges go on verifying.")

    def _programme(
        self, seat: Seat, form: ProgrammeForm, slips: dict[str, str], *, code: str | None, is_closed: bool = False
    ) -> Response:
        status = 422 if slips else 200
        return self.console.page(
            seat,
            "console/catalogue_programme.html",
            status=status,
            form=form,
            slips=slips,
            code=code,
            is_closed=is_closed,
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise AuthorisationRefused(
            f"“{text.strip()[:20]}” is no day; choose one in the calendar, or write 2026-11-22."
        ) from None
