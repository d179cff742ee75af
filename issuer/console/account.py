"""One's own account: password, second factors, devices; and the desks one works at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Blueprint, redirect, request, session
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.actor import Actor
from issuer.accounts.desk import AccountDesk
from issuer.accounts.errors import AccountRefused, StepOver, TooManyTries
from issuer.accounts.factors import Answer, add_factor, factors_of, new_codes, remove_app, remove_passkey
from issuer.accounts.own_account import change_password, end_other_sessions
from issuer.accounts.passkeys import ask_for_new
from issuer.accounts.passwords import SHORTEST
from issuer.accounts.records import StaffRecord
from issuer.accounts.sessions import open_sessions_of
from issuer.accounts.sign_in import confirm_password
from issuer.accounts.steps import StepKind, begin_step, find_step, take_step
from issuer.accounts.totp import make_app_secret
from issuer.catalogue.records import ProviderRecord
from issuer.console.frame import NOTICE, SIGNED_IN, Console
from issuer.console.sign_in import STEP
from issuer.console.way_in import DESKS, passkey_at
from issuer.database import reading, transaction

_P = ParamSpec("_P")
_View = Callable[Concatenate["AccountWindows", Actor, _P], AnyResponse]


def _said_on_the_page(view: _View[_P]) -> _View[_P]:
    """What is refused is said on the account's own page, with everything else still there."""

    @wraps(view)
    def said(self: AccountWindows, actor: Actor, /, *args: _P.args, **kwargs: _P.kwargs) -> AnyResponse:
        try:
            return view(self, actor, *args, **kwargs)
        except AccountRefused as refusal:
            return self.shown(actor, refusal)

    return said


@dataclass(frozen=True)
class AccountWindows:
    """The views of somebody who is signed in, whatever their roles."""

    console: Console
    desk: AccountDesk

    def desks(self, actor: Actor) -> AnyResponse:
        """Where somebody works; with one place only, that place."""
        with reading(self.desk.sessions) as database:
            query = select(ProviderRecord).where(ProviderRecord.slug.in_(actor.memberships))
            places = database.scalars(query.order_by(ProviderRecord.legal_name)).all()
        if len(places) == 1 and not session.get(NOTICE):
            return redirect(f"/console/{places[0].slug}", 303)
        return self.console.own_page(actor, "console/desks.html", places=places, roles=actor.memberships)

    def account(self, actor: Actor) -> AnyResponse:
        """Everything about the account."""
        return self.shown(actor)

    def shown(self, actor: Actor, refusal: AccountRefused | None = None) -> AnyResponse:
        """The page, with what was refused at its head."""
        now = self._now()
        with reading(self.desk.sessions) as database:
            staff = database.get_one(StaffRecord, actor.staff_id)
            factors = factors_of(database, self.desk, staff)
            devices = open_sessions_of(database, staff.id, session[SIGNED_IN], now=now)
        status = 200 if refusal is None else 429 if isinstance(refusal, TooManyTries) else 422
        return self.console.own_page(
            actor,
            "console/account.html",
            status=status,
            staff=staff,
            factors=factors,
            devices=devices,
            shortest=SHORTEST,
            problem=str(refusal) if refusal else None,
            passkey_at=passkey_at(self.desk),
        )

    @_said_on_the_page
    def password(self, actor: Actor) -> AnyResponse:
        """Another password."""
        old, new = request.form.get("old", ""), request.form.get("new", "")
        change_password(self.desk, _number(actor), old, new, secret=session[SIGNED_IN], now=self._now())
        return _back("Your new password is kept. Your other sessions have ended.")

    def end_sessions(self, actor: Actor) -> AnyResponse:
        """Sign out on the other devices, or everywhere."""
        everywhere = request.form.get("which") == "all"
        spared = None if everywhere else session[SIGNED_IN]
        count = end_other_sessions(self.desk, actor, now=self._now(), spared=spared)
        if everywhere:
            session.clear()
        ended = "1 session has" if count == 1 else f"{count} sessions have"
        return _back(f"{ended} ended.", "/console/sign-in" if everywhere else "/console/account")

    @_said_on_the_page
    def begin_app(self, actor: Actor) -> AnyResponse:
        """Show the code that an authenticator app reads."""
        return self._begin(actor, StepKind.ADD_APP)

    @_said_on_the_page
    def confirm_app(self, actor: Actor) -> AnyResponse:
        """The app has shown that it knows its secret."""
        return self._add(actor, StepKind.ADD_APP, Answer(code=request.form.get("code", "")))

    @_said_on_the_page
    def begin_passkey(self, actor: Actor) -> AnyResponse:
        """Ask the device to make a passkey."""
        return self._begin(actor, StepKind.ADD_PASSKEY)

    @_said_on_the_page
    def confirm_passkey(self, actor: Actor) -> AnyResponse:
        """The device has made one."""
        form = request.form
        answer = Answer(passkey=form.get("passkey", "") or "{}", label=form.get("label", ""))
        return self._add(actor, StepKind.ADD_PASSKEY, answer)

    @_said_on_the_page
    def remove_app(self, actor: Actor) -> AnyResponse:
        """Forget the authenticator app."""
        self._confirm(actor)
        with transaction(self.desk.sessions) as database:
            remove_app(database, self.desk, database.get_one(StaffRecord, actor.staff_id), now=self._now())
        return _back("The authenticator app is removed.")

    @_said_on_the_page
    def remove_passkey(self, actor: Actor, number: int) -> AnyResponse:
        """Forget a passkey."""
        self._confirm(actor)
        with transaction(self.desk.sessions) as database:
            staff = database.get_one(StaffRecord, actor.staff_id)
            remove_passkey(database, self.desk, staff, number, now=self._now())
        return _back("The passkey is removed.")

    @_said_on_the_page
    def codes(self, actor: Actor) -> AnyResponse:
        """New recovery codes, shown once."""
        self._confirm(actor)
        with transaction(self.desk.sessions) as database:
            staff = database.get_one(StaffRecord, actor.staff_id)
            codes = new_codes(database, self.desk, staff, now=self._now())
        return self._codes_page(actor, codes)

    def _begin(self, actor: Actor, kind: StepKind) -> AnyResponse:
        self._confirm(actor)
        secret = make_app_secret(self.desk) if kind is StepKind.ADD_APP else None
        with transaction(self.desk.sessions) as database:
            staff = database.get_one(StaffRecord, actor.staff_id)
            session[STEP], step = begin_step(
                database, self.desk, kind, now=self._now(), staff_id=staff.id, app_secret=secret
            )
            options = ask_for_new(database, self.desk, staff, step)
        template = "console/add_app.html" if secret else "console/add_passkey.html"
        label = request.form.get("label", "")
        return self.console.own_page(actor, template, app_secret=secret, options=options, label=label)

    def _add(self, actor: Actor, kind: StepKind, answer: Answer) -> AnyResponse:
        with transaction(self.desk.sessions) as database:
            step = find_step(database, session.get(STEP), kind, now=self._now())
            if step.staff_id != actor.staff_id:
                raise StepOver
            staff = database.get_one(StaffRecord, actor.staff_id)
            codes = add_factor(database, self.desk, staff, step, answer, now=self._now())
            take_step(database, step)
        session.pop(STEP, None)
        if codes:
            return self._codes_page(actor, codes)
        return _back("The second factor is added.")

    def _codes_page(self, actor: Actor, codes: tuple[str, ...]) -> AnyResponse:
        template = "console/signed_in.html"
        return self.console.own_page(actor, template, codes=codes, carried=None, next="/console/account")

    def _confirm(self, actor: Actor) -> None:
        confirm_password(self.desk, _number(actor), request.form.get("password", ""), now=self._now())

    def _now(self) -> datetime:
        return self.console.office.clock()


def create_account_blueprint(console: Console) -> Blueprint:
    """The windows that everybody has who is signed in."""
    office = console.office
    views = AccountWindows(console, AccountDesk.of(office.settings, office.sessions, office.desk.chance))
    blueprint = Blueprint("account", __name__)
    console.add_own(blueprint, "", views.desks)
    blueprint.add_url_rule(f"{DESKS}/", "without_slash", _without_slash)
    console.add_own(blueprint, "/account", views.account)
    for rule, view in (
        ("/account/password", views.password),
        ("/account/sessions", views.end_sessions),
        ("/account/app", views.begin_app),
        ("/account/app/confirm", views.confirm_app),
        ("/account/app/remove", views.remove_app),
        ("/account/passkey", views.begin_passkey),
        ("/account/passkey/confirm", views.confirm_passkey),
        ("/account/passkey/<int:number>/remove", views.remove_passkey),
        ("/account/codes", views.codes),
    ):
        console.add_own(blueprint, rule, view, methods=("POST",))
    return blueprint


def _without_slash() -> AnyResponse:
    """People type the slash; the page behind it asks who they are."""
    return redirect(DESKS, 308)


def _number(actor: Actor) -> int:
    assert actor.staff_id is not None
    return actor.staff_id


def _back(notice: str, where: str = "/console/account") -> AnyResponse:
    session[NOTICE] = notice
    return redirect(where, 303)
