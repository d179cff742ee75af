"""The windows of drafts: write one, look at it, send it for review."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import Response, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from issuer.catalogue.find import get_provider
from issuer.console.catalogue_form import Step, read_form, revision_of
from issuer.console.frame import CONSOLE_POLICY, Console, Seat
from issuer.database import reading, transaction
from issuer.drafts import vocabulary
from issuer.drafts.differences import differences
from issuer.drafts.edit import (
    FRESH,
    begin_draft,
    discard_draft,
    examine_draft,
    find_draft,
    place_of,
    save_draft,
)
from issuer.drafts.errors import DraftChanged, DraftIncomplete, DraftNotOpen
from issuer.drafts.examine import Examination, Place, examine
from issuer.drafts.preview import Specimen, draft_art, specimen_certificate
from issuer.drafts.programmes import open_programmes
from issuer.drafts.records import DraftRecord
from issuer.drafts.review import require_ready, submit_draft, take_back
from issuer.drafts.states import DraftState
from issuer.drafts.wording import LANGUAGES, Wording, wording_of
from issuer.public.showroom import describe
from verifier.web.site import page, words


@dataclass(frozen=True)
class EditorWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console

    def new_draft(self, seat: Seat) -> Response:
        """An empty form; nothing is kept before it is sent."""
        with reading(self.console.office.sessions) as session:
            return self._editor(session, seat, None, FRESH)

    def create_draft(self, seat: Seat) -> AnyResponse:
        """Keep what was typed into an empty form."""
        step = Step.of(request.form)
        with transaction(self.console.office.sessions) as session:
            wording, now = step.apply(read_form(request.form)), self.console.office.clock()
            number = begin_draft(session, seat.actor, seat.provider_slug, wording=wording, now=now).id
        return self._go_on(seat, number, 1, step)

    def draft(self, seat: Seat, number: int) -> AnyResponse:
        """The editor; a draft in review is only looked at."""
        with reading(self.console.office.sessions) as session:
            draft = find_draft(session, get_provider(session, seat.provider_slug), number)
            if draft.state != DraftState.DRAFT:
                return self.console.back(seat, "catalogue.preview", number=number)
            return self._editor(session, seat, draft, Wording.from_json(draft.wording))

    def save(self, seat: Seat, number: int) -> AnyResponse:
        """Keep what was typed; whoever comes second is shown both."""
        step, revision = Step.of(request.form), revision_of(request.form)
        wording = step.apply(read_form(request.form))
        try:
            with transaction(self.console.office.sessions) as session:
                now = self.console.office.clock()
                saved = save_draft(session, seat.actor, seat.provider_slug, number, wording, revision, now=now)
                revision = saved.revision
        except (DraftChanged, DraftNotOpen) as refusal:
            return self._not_saved(seat, number, wording, refusal)
        return self._go_on(seat, number, revision, step)

    def take_draft_back(self, seat: Seat, number: int) -> AnyResponse:
        """Out of review, to be changed."""
        with transaction(self.console.office.sessions) as session:
            take_back(session, seat.actor, seat.provider_slug, number, now=self.console.office.clock())
        return self.console.back(seat, "catalogue.draft", "The draft is yours again.", number=number)

    def discard(self, seat: Seat, number: int) -> AnyResponse:
        """Give a draft up."""
        with transaction(self.console.office.sessions) as session:
            gone = discard_draft(session, seat.actor, seat.provider_slug, number, now=self.console.office.clock())
            notice = f"The draft {gone.code or gone.title or 'without a code'} is discarded."
        return self.console.back(seat, "catalogue.catalogue", notice)

    def preview(self, seat: Seat, number: int) -> Response:
        """How it will look, and how complete it is."""
        with reading(self.console.office.sessions) as session:
            draft = find_draft(session, get_provider(session, seat.provider_slug), number)
            return show_preview(self.console, session, seat, draft, "preview")

    def specimen(self, seat: Seat, number: int) -> AnyResponse:
        """The certificate of an invented learner; signed by nobody."""
        with reading(self.console.office.sessions) as session:
            draft = find_draft(session, get_provider(session, seat.provider_slug), number)
            return send_specimen(self.console, session, draft)

    def draft_page(self, seat: Seat, number: int) -> AnyResponse:
        """The public page as it will be."""
        with reading(self.console.office.sessions) as session:
            draft = find_draft(session, get_provider(session, seat.provider_slug), number)
            return show_public_page(
                session, draft, url_for("catalogue.preview", slug=seat.provider_slug, number=number)
            )

    def _go_on(self, seat: Seat, number: int, revision: int, step: Step) -> AnyResponse:
        """After saving: on the same page, at the preview, or on the way to review."""
        if step.deed == "look":
            return self.console.back(seat, "catalogue.preview", number=number)
        if step.deed != "send":
            notice = "" if step.anchor else "Saved."
            return self.console.back(seat, "catalogue.draft", notice, number=number, _anchor=step.anchor or None)
        try:
            with transaction(self.console.office.sessions) as session:
                now = self.console.office.clock()
                submit_draft(session, seat.actor, seat.provider_slug, number, revision, now=now)
        except DraftIncomplete as refusal:
            count = len(refusal.problems)
            notice = f"Saved, and not sent yet: {count} {'thing is' if count == 1 else 'things are'} still to do below."
            return self.console.back(seat, "catalogue.draft", notice, number=number)
        return self.console.back(seat, "catalogue.preview", "Sent for review to the programme's office.", number=number)

    def _not_saved(
        self, seat: Seat, number: int, wording: Wording, refusal: DraftChanged | DraftNotOpen
    ) -> AnyResponse:
        with reading(self.console.office.sessions) as session:
            draft = find_draft(session, get_provider(session, seat.provider_slug), number)
            return self._editor(session, seat, draft, wording, refusal=refusal)

    def _editor(
        self,
        session: Session,
        seat: Seat,
        draft: DraftRecord | None,
        wording: Wording,
        refusal: DraftChanged | DraftNotOpen | None = None,
    ) -> Response:
        provider = get_provider(session, seat.provider_slug)
        place = place_of(draft) if draft is not None else Place(provider, None, {})
        theirs = refusal.saved if isinstance(refusal, DraftChanged) else None
        return self.console.page(
            seat,
            "console/catalogue_editor.html",
            status=409 if refusal else 200,
            draft=draft,
            wording=wording,
            found=examine(session, wording, place),
            refusal=str(refusal) if refusal else "",
            differences=differences(theirs, wording) if theirs is not None else (),
            programmes=open_programmes(session),
            title_languages=dict.fromkeys([*LANGUAGES, *wording.titles]),
            art=draft_art(wording),
            vocabulary=vocabulary,
        )


def show_preview(console: Console, session: Session, seat: Seat, draft: DraftRecord, way: str) -> Response:
    """The page of a draft for those who may look: "preview" for its people, "review" for the programme's office."""
    wording = Wording.from_json(draft.wording)
    before = wording_of(draft.kept)
    return console.page(
        seat,
        f"console/catalogue_{way}.html",
        draft=draft,
        wording=wording,
        found=examine_draft(session, draft),
        differences=differences(before, wording) if draft.achievement_id else (),
        art=draft_art(wording),
        is_own=draft.submitted_by == seat.actor.label,
        vocabulary=vocabulary,
    )


def send_specimen(console: Console, session: Session, draft: DraftRecord) -> AnyResponse:
    """The specimen as a file; raises DraftIncomplete."""
    found = _ready(session, draft)
    office = console.office
    assert found.entry is not None
    specimen = Specimen(draft.provider, found.entry)
    made = specimen_certificate(session, specimen, office.settings.base_url, now=office.clock())
    response = send_file(BytesIO(made), "application/pdf", download_name=f"specimen-{draft.code}.pdf")
    response.headers["Cache-Control"] = "no-store"
    return response


def show_public_page(session: Session, draft: DraftRecord, back: str) -> Response:
    """The public page of a draft, marked as one; raises DraftIncomplete."""
    found = _ready(session, draft)
    assert found.entry is not None
    shown = describe(found.entry, (), words())
    response = page("console/catalogue_page.html", private=True, entry=shown, providers=(), document=None, back=back)
    response.headers["Content-Security-Policy"] = CONSOLE_POLICY
    return response


def _ready(session: Session, draft: DraftRecord) -> Examination:
    found = examine_draft(session, draft)
    require_ready(found)
    return found
