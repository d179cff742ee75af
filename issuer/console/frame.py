"""What every window of the console stands in: who is there, what they may do, the head, the notice, the one cookie.

A window is added with the permission it asks for; the frame checks it before the view runs, so none can forget to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, g, redirect, request, session, url_for
from flask_wtf.csrf import generate_csrf, validate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from issuer.accounts.actor import Actor, NotAllowed, NotHere, seat_of
from issuer.accounts.records import StaffSessionRecord
from issuer.accounts.roles import Permission
from issuer.accounts.sessions import LONGEST, actor_of, find_session, is_due
from issuer.accounts.tokens import UnknownToken
from issuer.awards.find import UnknownCredential
from issuer.catalogue.errors import UnknownAchievement
from issuer.console.bounds import RowNumber, refuse_nul
from issuer.database import DatabaseFailed, reading, transaction
from issuer.errors import IssuerError
from issuer.office import Office
from issuer.signing.errors import NoSigningKey, UnknownSigningKey
from keys.strongbox import derive_key
from verifier.web.site import POLICY, page
from verifier.web.words import ENGLISH, catalogue

SIGNED_IN: Final = "signed_in"
NOTICE: Final = "notice"
CONSOLE_POLICY: Final = f"{POLICY}; script-src 'self'; connect-src 'self'"
"""The console's own scripts, for progress and passkeys; nothing inline, nothing from elsewhere."""

_OF_THE_HOUSE: Final = (DatabaseFailed, NoSigningKey)
"""Not the visitor's mistake: the outer handler says that the service is not ready."""

_NOT_THERE: Final = (NotHere, UnknownAchievement, UnknownCredential, UnknownSigningKey, UnknownToken)
"""What is nobody's, and what is somebody else's: the same answer."""

View = Callable[..., AnyResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody at one provider's desk, with everything they may do there."""

    actor: Actor
    provider_slug: str
    provider_name: str
    at_office: bool
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Whether a button for this is worth showing; the act itself is checked again."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class ConsoleDoor:
    """A way in at the head of the console, shown to those who may go through it."""

    endpoint: str
    label: str
    permission: Permission


class Console:
    """The frame of one application.

    ``permissions`` has the permission of every endpoint that was added; ``own`` has those that ask for none, because
    they show people nothing but their own account.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self.permissions: dict[str, Permission] = {}
        self.own: set[str] = set()
        self.doors: list[ConsoleDoor] = []
        self.sign_in: Callable[[], AnyResponse] = _to_sign_in

    def install(self, app: Flask) -> None:
        """Give the application its cookie: readable by no script, sent to the console only."""
        app.secret_key = derive_key(self.office.settings.key_secret, "console cookie")
        app.config.update(
            SESSION_COOKIE_NAME="voltpass_console",
            SESSION_COOKIE_PATH="/console",
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self.office.settings.base_url.startswith("https://"),
            PERMANENT_SESSION_LIFETIME=timedelta(seconds=LONGEST.total_seconds()),
            WTF_CSRF_TIME_LIMIT=None,
        )
        app.jinja_env.globals.update(csrf=_csrf_field)
        app.url_map.converters["int"] = RowNumber
        app.before_request(refuse_nul)

    def add(
        self, blueprint: Blueprint, rule: str, view: View, permission: Permission, methods: Sequence[str] = ("GET",)
    ) -> None:
        """Put a window at ``/console/<slug>`` + rule, named after the view; it is called with the seat."""
        name = view.__name__
        self.permissions[f"{blueprint.name}.{name}"] = permission
        blueprint.add_url_rule(f"/console/<slug>{rule}", name, self._guarded(view, permission), methods=[*methods])

    def add_own(self, blueprint: Blueprint, rule: str, view: View, methods: Sequence[str] = ("GET",)) -> None:
        """Put a window at ``/console`` + rule for whoever is signed in; it is called with the actor."""
        self.own.add(f"{blueprint.name}.{view.__name__}")
        blueprint.add_url_rule(f"/console{rule}", view.__name__, self._own(view), methods=[*methods])

    def door(self, endpoint: str, label: str, permission: Permission) -> None:
        """Show a way in at the head of every page."""
        self.doors.append(ConsoleDoor(endpoint, label, permission))

    def page(self, seat: Seat, template: str, *, status: int = 200, **context: object) -> Response:
        """Render a window. What ``back`` left to be said is said once."""
        notice = session.pop(NOTICE, None)
        doors = [
            {"href": url_for(door.endpoint, slug=seat.provider_slug), "label": door.label, "is_here": _is_here(door)}
            for door in self.doors
            if seat.may(door.permission)
        ]
        return framed(template, status=status, seat=seat, doors=doors, notice=notice, **context)

    def back(self, seat: Seat, endpoint: str, notice: str = "", **args: Any) -> AnyResponse:
        """Send the browser on after something was done, with what to say there."""
        if notice:
            session[NOTICE] = notice
        return redirect(url_for(endpoint, slug=seat.provider_slug, **args), 303)

    def find_staff(self) -> Actor | None:
        """Who is signed in on this browser; notes that the session is in use."""
        secret, now = session.get(SIGNED_IN), self.office.clock()
        if not isinstance(secret, str):
            return None
        with reading(self.office.sessions) as database:
            found = find_session(database, secret, now=now)
            if found is None:
                return None
            actor, due, number = actor_of(database, found.staff), is_due(found, now=now), found.id
        if due:
            with transaction(self.office.sessions) as database:
                kept = database.get(StaffSessionRecord, number)
                if kept is not None:
                    kept.seen_at = now
        return actor

    def own_page(self, actor: Actor, template: str, *, status: int = 200, **context: object) -> Response:
        """Render a window that belongs to no provider."""
        return framed(template, status=status, seat=None, person=actor, notice=session.pop(NOTICE, None), **context)

    def _own(self, view: View) -> View:
        @wraps(view)
        def own(**args: Any) -> AnyResponse:
            actor = self.find_staff()
            if actor is None:
                return self.sign_in()
            if request.method not in {"GET", "HEAD"}:
                check_csrf()
            try:
                return view(actor, **args)
            except _OF_THE_HOUSE:
                raise
            except IssuerError as refusal:
                return self.own_page(actor, "console/refused.html", status=409, problem=str(refusal))

        return own

    def _guarded(self, view: View, permission: Permission) -> View:
        @wraps(view)
        def guarded(slug: str, **args: Any) -> AnyResponse:
            actor = self.find_staff()
            if actor is None:
                return self.sign_in()
            seat = self._take_seat(actor, slug, permission)
            if request.method not in {"GET", "HEAD"}:
                check_csrf()
            try:
                return view(seat, **args)
            except _OF_THE_HOUSE:
                raise
            except _NOT_THERE:
                abort(404)
            except NotAllowed:
                abort(403)
            except IssuerError as refusal:
                return self.page(seat, "console/refused.html", status=409, problem=str(refusal))

        return guarded

    def _take_seat(self, actor: Actor, slug: str, permission: Permission) -> Seat:
        try:
            with reading(self.office.sessions) as database:
                provider, permissions = seat_of(database, actor, slug)
                seat = Seat(
                    actor=actor,
                    provider_slug=provider.slug,
                    provider_name=provider.legal_name,
                    at_office=provider.role == "programme_owner",
                    permissions=permissions,
                )
        except NotHere:
            abort(404)
        if not seat.may(permission):
            abort(403)
        return seat


def framed(template: str, *, status: int = 200, seat: Seat | None = None, **context: object) -> Response:
    """Render a page of the console, signed in or not."""
    shown = {"doors": (), "notice": None, "person": seat.actor if seat else None, **context}
    g.words = catalogue(ENGLISH)  # the console speaks English, and must say so to whoever reads it aloud
    response = page(template, status=status, private=True, seat=seat, **shown)
    response.headers["Content-Security-Policy"] = CONSOLE_POLICY
    return response


def check_csrf() -> None:
    """Refuse a form that none of our pages sent: 400, in words."""
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRF-Token"))
    except ValidationError:
        abort(400)


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _to_sign_in() -> AnyResponse:
    return redirect(f"/console/sign-in?next={request.path}", 303)


def _is_here(door: ConsoleDoor) -> bool:
    return request.blueprint == door.endpoint.partition(".")[0]
