"""The way in: address and password, second factor, passkey; the way out; a new password, an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import AccountRefused, LinkOver, SignInRefused, StepOver, TooManyTries
from issuer.accounts.factors import Answer, factors_of
from issuer.accounts.invitations import accept, open_invitation
from issuer.accounts.own_account import ask_for_link, find_link, set_password_by_link
from issuer.accounts.passkeys import ask_for_known, ask_for_new
from issuer.accounts.passwords import SHORTEST
from issuer.accounts.records import StaffRecord
from issuer.accounts.sign_in import (
    Asked,
    Entered,
    answer_passkey,
    answer_second,
    answer_set_up,
    begin_passkey,
    sign_in,
    sign_out,
)
from issuer.accounts.steps import StepKind, find_step
from issuer.accounts.totp import app_address
from issuer.console.carried import carry, open_carried
from issuer.console.frame import NOTICE, SIGNED_IN, Console, check_csrf, framed
from issuer.console.staff_mail import staff_post
from issuer.console.way_in import Way, own_path, passkey_at, qr_picture, visitor, way_of_request
from issuer.database import reading
from verifier.web.static_files import digest_of

STEP: Final = "step"
_ASKED_ANEW: Final = "What was typed on this computer before belongs to somebody else and was not sent."


@dataclass(frozen=True)
class SignInWindows:
    """The views before somebody is in."""

    console: Console
    desk: AccountDesk

    # In

    def enter(self) -> AnyResponse:
        """The door."""
        if self.console.find_staff() is not None:
            return redirect(way_of_request().next, 303)
        return self._door(way_of_request())

    def password(self) -> AnyResponse:
        """Address and password."""
        check_csrf()
        way, now = way_of_request(), self._now()
        email, password = request.form.get("email", ""), request.form.get("password", "")
        try:
            found = sign_in(self.desk, email, password, visitor(), now=now)
        except (SignInRefused, TooManyTries) as refusal:
            return self._door(way, refusal)
        if isinstance(found, Entered):
            return self._inside(found, way)
        session[STEP] = found.token
        return self._ask(found, way)

    def second(self) -> AnyResponse:
        """The second factor."""
        return self._answered(StepKind.SECOND)

    def set_up(self) -> AnyResponse:
        """The first second factor of somebody who must have one."""
        return self._answered(StepKind.SET_UP)

    def passkey(self) -> AnyResponse:
        """Ask the device for a passkey, before anybody said who they are."""
        check_csrf()
        way = way_of_request()
        try:
            session[STEP] = begin_passkey(self.desk, visitor(), now=self._now())
        except TooManyTries as refusal:
            return self._door(way, refusal)
        return self._ask_passkey(way)

    def passkey_answer(self) -> AnyResponse:
        """What the device answered."""
        check_csrf()
        way = way_of_request()
        try:
            answer = request.form.get("passkey", "")
            entered = answer_passkey(self.desk, session.get(STEP), answer, visitor(), now=self._now())
        except AccountRefused as refusal:
            return self._door(way, refusal)
        return self._inside(entered, way)

    def picture(self) -> Response:
        """The QR code that an authenticator app reads while somebody sets it up."""
        with reading(self.desk.sessions) as database:
            step = find_step(database, session.get(STEP), StepKind.SET_UP, StepKind.ADD_APP, now=self._now())
            staff = database.get_one(StaffRecord, step.staff_id)
            return qr_picture(app_address(self.desk.box.open(step.locked_secret or ""), staff.email))

    def late(self) -> AnyResponse:
        """Somebody without a session asked for a window, or sent a form after theirs was over."""
        if request.method in {"GET", "HEAD"}:
            return redirect(url_for("sign_in.enter", next=own_path(request.full_path.removesuffix("?"))), 303)
        carried = carry(self.console)
        return self._door(Way(next=own_path(_page_of_form()), carried=carried), status=401, is_late=True)

    # Out

    def leave(self) -> AnyResponse:
        """Sign out."""
        check_csrf()
        actor, secret = self.console.find_staff(), session.get(SIGNED_IN)
        if actor is not None and isinstance(secret, str):
            sign_out(self.desk, actor, secret, now=self._now())
        session.clear()
        session[NOTICE] = "You are signed out."
        return redirect("/console/sign-in", 303)

    # Mails

    def forgotten(self) -> AnyResponse:
        """Ask for a link to set a new password."""
        if request.method == "GET":
            return framed("console/forgotten.html", asked=False, problem=None)
        check_csrf()
        try:
            post = staff_post(self.console.office)
            ask_for_link(self.desk, request.form.get("email", ""), visitor(), post=post, now=self._now())
        except TooManyTries as refusal:
            return _refused(framed("console/forgotten.html", status=429, asked=False, problem=str(refusal)), refusal)
        return framed("console/forgotten.html", asked=True, problem=None)

    def new_password(self, token: str) -> AnyResponse:
        """Behind the link of a mail: choose a new password."""
        problem = None
        try:
            with reading(self.desk.sessions) as database:
                email = find_link(database, self.desk, token, now=self._now()).staff.email
            if request.method == "POST":
                check_csrf()
                set_password_by_link(self.desk, token, request.form.get("password", ""), now=self._now())
                session.clear()
                session[NOTICE] = "Your new password is kept. Sign in with it; every other session has ended."
                return redirect("/console/sign-in", 303)
        except LinkOver as refusal:
            return framed("console/link_over.html", status=410, problem=str(refusal), can_ask=True)
        except AccountRefused as refusal:
            problem = str(refusal)
        status = 422 if problem else 200
        return framed("console/new_password.html", status=status, email=email, problem=problem, shortest=SHORTEST)

    def invitation(self, token: str) -> AnyResponse:
        """Behind the link of an invitation: take one's place."""
        problem, name = None, request.form.get("name", "")
        try:
            with reading(self.desk.sessions) as database:
                invited = open_invitation(database, token, now=self._now())
            if request.method == "POST":
                check_csrf()
                accept(self.desk, token, name, request.form.get("password", ""), now=self._now())
                session[NOTICE] = f"Your place at {invited.provider_name} is yours. Sign in to go there."
                return redirect("/console/sign-in", 303)
        except LinkOver as refusal:
            return framed("console/link_over.html", status=410, problem=str(refusal), can_ask=False)
        except AccountRefused as refusal:
            problem = str(refusal)
        return framed(
            "console/invitation.html",
            status=422 if problem else 200,
            invited=invited,
            name=name,
            problem=problem,
            shortest=SHORTEST,
        )

    # Pages

    def _now(self) -> datetime:
        return self.console.office.clock()

    def _door(
        self, way: Way, refusal: AccountRefused | None = None, *, status: int = 200, is_late: bool = False
    ) -> Response:
        response = framed(
            "console/sign_in.html",
            status=_status(refusal) if refusal else status,
            way=way,
            problem=str(refusal) if refusal else None,
            email=request.form.get("email", "") if request.endpoint == "sign_in.password" else "",
            is_late=is_late,
            passkey_at=passkey_at(self.desk),
            notice=session.pop(NOTICE, None),
        )
        return _refused(response, refusal)

    def _ask(self, asked: Asked, way: Way, refusal: AccountRefused | None = None) -> Response:
        with reading(self.desk.sessions) as database:
            step = find_step(database, asked.token, asked.kind, now=self._now())
            staff = database.get_one(StaffRecord, step.staff_id)
            factors = factors_of(database, self.desk, staff)
            is_second = asked.kind is StepKind.SECOND
            options = (
                ask_for_known(database, self.desk, step) if is_second else ask_for_new(database, self.desk, staff, step)
            )
        response = framed(
            "console/second.html" if is_second else "console/set_up.html",
            status=_status(refusal) if refusal else 200,
            way=way,
            problem=str(refusal) if refusal else None,
            factors=factors,
            options=options,
            app_secret=self.desk.box.open(step.locked_secret) if step.locked_secret else "",
            passkey_at=passkey_at(self.desk),
        )
        return _refused(response, refusal)

    def _ask_passkey(self, way: Way) -> Response:
        with reading(self.desk.sessions) as database:
            step = find_step(database, session.get(STEP), StepKind.PASSKEY, now=self._now())
            options = ask_for_known(database, self.desk, step)
        return framed("console/passkey.html", way=way, options=options)

    def _answered(self, kind: StepKind) -> AnyResponse:
        check_csrf()
        way, token, form = way_of_request(), session.get(STEP), request.form
        answer = Answer(code=form.get("code", ""), passkey=form.get("passkey", ""), label=form.get("label", ""))
        check = answer_second if kind is StepKind.SECOND else answer_set_up
        try:
            entered = check(self.desk, token, answer, visitor(), now=self._now())
        except StepOver as refusal:
            return self._door(way, refusal)
        except AccountRefused as refusal:
            return self._ask(Asked(kind=kind, token=str(token)), way, refusal)
        return self._inside(entered, way)

    def _inside(self, entered: Entered, way: Way) -> AnyResponse:
        session.clear()  # whatever a page of before put there belongs to nobody now
        session[SIGNED_IN] = entered.secret
        carried = open_carried(self.console, way.carried, owner=entered.staff_id)
        actor = self.console.find_staff()
        if entered.codes or carried is not None:
            assert actor is not None
            template = "console/signed_in.html"
            return self.console.own_page(actor, template, codes=entered.codes, carried=carried, next=way.next)
        if way.carried:
            session[NOTICE] = _ASKED_ANEW
        return redirect(way.next, 303)


def create_sign_in_blueprint(console: Console) -> Blueprint:
    """The windows that are open to everybody, and the rule for those who come without a session."""
    office = console.office
    views = SignInWindows(console, AccountDesk.of(office.settings, office.sessions, office.desk.chance))
    console.sign_in = views.late
    blueprint = Blueprint("sign_in", __name__)
    for rule, view, methods in (
        ("/sign-in", views.enter, ["GET"]),
        ("/sign-in", views.password, ["POST"]),
        ("/sign-in/second", views.second, ["POST"]),
        ("/sign-in/set-up", views.set_up, ["POST"]),
        ("/sign-in/passkey", views.passkey, ["POST"]),
        ("/sign-in/passkey/answer", views.passkey_answer, ["POST"]),
        ("/sign-in/qr.svg", views.picture, ["GET"]),
        ("/sign-out", views.leave, ["POST"]),
        ("/password/forgotten", views.forgotten, ["GET", "POST"]),
        ("/password/new/<token>", views.new_password, ["GET", "POST"]),
        ("/invitation/<token>", views.invitation, ["GET", "POST"]),
    ):
        blueprint.add_url_rule(f"/console{rule}", view.__name__, view, methods=methods)
    blueprint.register_error_handler(StepOver, _nothing_to_show)
    blueprint.record(_name_script)
    return blueprint


def _page_of_form() -> str:
    """The desk whose form came too late; the address of a deed is no page to go to."""
    return "/".join(request.path.split("/")[:3])


def _status(refusal: AccountRefused) -> int:
    return 429 if isinstance(refusal, TooManyTries) else 401


def _refused(response: Response, refusal: AccountRefused | None) -> Response:
    if isinstance(refusal, TooManyTries):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def _name_script(state: BlueprintSetupState) -> None:
    """Browsers keep a script for long, until it is another one."""
    state.app.jinja_env.globals.update(passkey_script_version=digest_of("console/passkey.js"))


def _nothing_to_show(refusal: Exception) -> tuple[str, int]:
    del refusal
    return "", 404
