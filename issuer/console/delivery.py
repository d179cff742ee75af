"""The delivery board's windows: how far each badge has come, and what can be done about those that have not arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import Blueprint, Response, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.catalogue.find import achievement_entry, get_provider
from issuer.console.bounds import read_number
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from issuer.delivery import acts, board, letters
from issuer.delivery.addresses import AddressUnusable
from issuer.delivery.board import Asked
from issuer.delivery.errors import DeliveryError, NothingToPrint
from issuer.delivery.pack import stream_pack
from issuer.delivery.records import DeliveryState

_LONGEST_SEARCH: Final = 200


@dataclass(frozen=True)
class DeliveryWindows:
    """The views; each asks the domain one thing and shows the answer."""

    console: Console

    def deliveries(self, seat: Seat) -> Response:
        """The board: counts by state, a search, a page of rows."""
        asked, office = _asked(request.args), self.console.office
        with reading(office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            page = request.args.get("page", 1, type=read_number)
            shown = board.read_board(session, provider.id, asked, page, now=office.clock())
            to_print = len(list(board.letters(session, provider.id, asked)))
            return self.console.page(
                seat,
                "console/deliveries.html",
                board=shown,
                asked=asked,
                place=_place(asked),
                to_print=min(to_print, letters.AT_ONCE),
                not_printed=to_print,
            )

    def delivery(self, seat: Seat, number: int) -> Response:
        """One badge on its way: everything that happened, and what can be done."""
        return self._one(seat, number)

    def resend(self, seat: Seat, number: int) -> AnyResponse:
        """One mail once more."""
        office = self.console.office

        def act(session: Any) -> str:
            found = acts.resend(
                session, seat.actor, seat.provider_slug, number, now=office.clock(), chance=office.desk.chance
            )
            return f"A new mail to {found.email} is on its way."

        return self._act(seat, number, act)

    def correct(self, seat: Seat, number: int) -> AnyResponse:
        """Another address; what was typed stays when it cannot be used."""
        office, typed = self.console.office, request.form.get("email", "")
        slug, now, chance = seat.provider_slug, office.clock(), office.desk.chance
        try:
            with transaction(office.sessions) as session:
                count = acts.correct_address(session, seat.actor, slug, number, typed, now=now, chance=chance)
        except (AddressUnusable, DeliveryError) as refusal:
            return self._one(seat, number, typed=typed, problem=str(refusal))
        links = "The old link opens nothing any more." if count == 1 else "The old links open nothing any more."
        mails = "A new mail is on its way." if count == 1 else f"{count} new mails are on their way."
        notice = f"The address is corrected. {mails} {links}"
        return self.console.back(seat, "deliveries.delivery", notice, number=number)

    def letter(self, seat: Seat, number: int) -> Response:
        """The letter of one learner, as a PDF."""
        return self._letters(seat, [number], f"letter-{number}.pdf")

    # Many at once

    def resend_all(self, seat: Seat) -> AnyResponse:
        """Every mail of what is shown once more."""
        asked, office = _asked(request.form), self.console.office
        total, after = 0, cast("int | None", 0)
        while after is not None:
            with transaction(office.sessions) as session:
                count, after = acts.resend_some(
                    session, seat.actor, seat.provider_slug, asked, after, now=office.clock(), chance=office.desk.chance
                )
            total += count
        return self.console.back(seat, "deliveries.deliveries", f"{_mails(total)} on the way again.", **_place(asked))

    def remind(self, seat: Seat) -> AnyResponse:
        """A reminder to everybody who has not opened the mail."""
        office, total, count = self.console.office, 0, 1
        while count:
            with transaction(office.sessions) as session:
                count = acts.remind_some(
                    session, seat.actor, seat.provider_slug, now=office.clock(), chance=office.desk.chance
                )
            total += count
        return self.console.back(seat, "deliveries.deliveries", f"{_mails(total)} on the way as a reminder.")

    def print_letters(self, seat: Seat) -> Response:
        """The letters of what is shown in one PDF, by name; the first of them when there are very many."""
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            numbers = list(board.letters(session, provider.id, _asked(request.form)))[: letters.AT_ONCE]
        return self._letters(seat, numbers, "letters.pdf")

    def certificates(self, seat: Seat) -> Response:
        """All certificates of what is shown as one ZIP, made while it is downloaded."""
        office = self.console.office
        with reading(office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            numbers = board.credentials_of(session, provider.id, _asked(request.args))
        body = stream_with_context(stream_pack(office, numbers, now=office.clock()))
        return _download(Response(body, content_type="application/zip"), f"certificates-{seat.provider_slug}.zip")

    def _letters(self, seat: Seat, numbers: Sequence[int], name: str) -> Response:
        if not numbers:
            raise NothingToPrint
        office = self.console.office
        with transaction(office.sessions) as session:
            written = letters.write_letters(
                session,
                seat.actor,
                seat.provider_slug,
                numbers,
                office.settings.base_url,
                now=office.clock(),
                chance=office.desk.chance,
            )
        return _download(Response(letters.set_letters(written), content_type="application/pdf"), name)

    def _one(self, seat: Seat, number: int, *, typed: str | None = None, problem: str = "") -> Response:
        with reading(self.console.office.sessions) as session:
            provider = get_provider(session, seat.provider_slug)
            found = board.get_delivery(session, provider.id, number)
            return self.console.page(
                seat,
                "console/delivery.html",
                status=422 if problem else 200,
                delivery=found,
                badge=found.credential,
                title=achievement_entry(found.credential.achievement_version).title,
                mails=board.mails_of(session, found),
                typed=found.email or "" if typed is None else typed,
                problem=problem,
            )

    def _act(self, seat: Seat, number: int, act: Callable[[Any], str]) -> AnyResponse:
        try:
            with transaction(self.console.office.sessions) as session:
                notice = act(session)
        except DeliveryError as refusal:
            notice = str(refusal)
        return self.console.back(seat, "deliveries.delivery", notice, number=number)


def create_deliveries_blueprint(console: Console) -> Blueprint:
    """Every address of the board."""
    views, blueprint = DeliveryWindows(console), Blueprint("deliveries", __name__)
    console.add(blueprint, "/deliveries", views.deliveries, Permission.SEE)
    console.add(blueprint, "/deliveries/<int:number>", views.delivery, Permission.SEE)
    console.add(blueprint, "/deliveries/certificates.zip", views.certificates, Permission.DELIVER)
    for rule, view in (
        ("/deliveries/resend", views.resend_all),
        ("/deliveries/remind", views.remind),
        ("/deliveries/letters", views.print_letters),
        ("/deliveries/<int:number>/resend", views.resend),
        ("/deliveries/<int:number>/address", views.correct),
        ("/deliveries/<int:number>/letter", views.letter),
    ):
        console.add(blueprint, rule, view, Permission.DELIVER, methods=("POST",))
    console.door("deliveries.deliveries", "Delivery", Permission.SEE)
    return blueprint


def _asked(said: Any) -> Asked:
    """What the address or the form asks for; an unknown state asks for every state."""
    state = said.get("state", "")
    known = DeliveryState(state) if state in set(DeliveryState) else None
    return Asked(state=known, text=said.get("q", "").strip()[:_LONGEST_SEARCH])


def _place(asked: Asked) -> dict[str, str]:
    """The same question as part of an address."""
    return {name: value for name, value in (("state", asked.state or ""), ("q", asked.text)) if value}


def _download(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _mails(count: int) -> str:
    if not count:
        return "Everybody was written to just now: no more mails are"
    return "1 mail is" if count == 1 else f"{count} mails are"
