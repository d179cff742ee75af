"""The windows of keys: what there is, and the ceremony: begin, replace, retire, distrust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.awards.distrust import list_affected
from issuer.badges.ceremony import (
    begin_keys,
    count_waiting,
    distrust_since,
    end_key,
    key_lines,
    put_reissues,
    replace_keys,
    weigh,
)
from issuer.badges.change import Errand
from issuer.catalogue.find import get_provider
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction
from issuer.errors import IssuerError
from issuer.signing.errors import DistrustInFuture
from issuer.signing.key_life import get_key

SHOWN: Final = 200
"""Holders of a stolen key that a page lists; the rest are counted."""
_REFUSED: Final = 422


class MomentNotRead(IssuerError):
    """What was typed is no moment."""

    code = "moment_not_read"


@dataclass(frozen=True)
class KeyWindows:
    """Each window asks the domain one thing and shows the answer."""

    console: Console

    def keys(self, seat: Seat) -> Response:
        """Every key of the provider."""
        with reading(self.console.office.sessions) as session:
            lines = key_lines(session, self._errand(session, seat))
            waiting = {line.key.id: count_waiting(session, line.key) for line in lines if line.key.distrusted_since}
            in_use = [line for line in lines if line.is_in_use]
            return self.console.page(seat, "console/keys.html", lines=lines, waiting=waiting, in_use=in_use)

    def begin(self, seat: Seat) -> AnyResponse:
        """The first pair."""
        return self._do(seat, begin_keys, "The keys are made. Badges can be sealed from now on.")

    def rotate(self, seat: Seat) -> AnyResponse:
        """A new pair."""
        seen = request.form.get("seen", "").split(",")

        def act(session: Session, errand: Errand) -> None:
            replace_keys(session, errand, seen)

        return self._do(seat, act, "The keys are replaced. What the old ones sealed goes on verifying.")

    def retire(self, seat: Seat, thumbprint: str) -> AnyResponse:
        """One new key in place of one."""

        def act(session: Session, errand: Errand) -> None:
            end_key(session, errand, get_key(session, errand.provider, thumbprint))

        return self._do(seat, act, "The key is retired and has its successor. What it sealed goes on verifying.")

    def key(self, seat: Seat, thumbprint: str) -> Response:
        """One key: what distrust from a moment on would mean, or did mean."""
        return self._one(seat, thumbprint, request.args.get("since", ""))

    def distrust(self, seat: Seat, thumbprint: str) -> AnyResponse:
        """Distrust it from a moment on."""
        try:
            since = read_moment(request.form.get("since", ""))
            with transaction(self.console.office.sessions) as session:
                errand = self._errand(session, seat)
                distrust_since(session, errand, get_key(session, errand.provider, thumbprint), since)
        except (MomentNotRead, DistrustInFuture) as exc:
            return self._one(seat, thumbprint, request.form.get("since", ""), str(exc))
        notice = "The key is distrusted. Whoever checks a badge knows it within a minute."
        return self.console.back(seat, "keys.key", notice, thumbprint=thumbprint)

    def reissue(self, seat: Seat, thumbprint: str) -> AnyResponse:
        """Have it repaired."""
        with transaction(self.console.office.sessions) as session:
            count = put_reissues(session, self._errand(session, seat), thumbprint)
        badges = "1 badge is" if count == 1 else f"{count} badges are"
        notice = f"{badges} being issued anew. It goes on when you close this page; each holder is told."
        return self.console.back(seat, "keys.key", notice, thumbprint=thumbprint)

    def _one(self, seat: Seat, thumbprint: str, typed: str, problem: str = "") -> Response:
        office, since = self.console.office, None
        with reading(office.sessions) as session:
            key = get_key(session, get_provider(session, seat.provider_slug), thumbprint)
            try:
                since = read_moment(typed) if typed else None
            except MomentNotRead as exc:
                problem = problem or str(exc)
            if since is not None and since > office.clock():
                problem, since = problem or str(DistrustInFuture(since)), None
            affected = list_affected(session, key, office.desk) if key.distrusted_since else []
            return self.console.page(
                seat,
                "console/keys_one.html",
                status=_REFUSED if problem else 200,
                key=key,
                typed=typed,
                since=since,
                weighed=weigh(session, key, since) if since else None,
                waiting=count_waiting(session, key) if key.distrusted_since else 0,
                affected=affected[:SHOWN],
                more=max(0, len(affected) - SHOWN),
                problem=problem,
            )

    def _do(self, seat: Seat, act: Callable[[Session, Errand], object], said: str) -> AnyResponse:
        with transaction(self.console.office.sessions) as session:
            act(session, self._errand(session, seat))
        return self.console.back(seat, "keys.keys", said)

    def _errand(self, session: Session, seat: Seat) -> Errand:
        office = self.console.office
        provider = get_provider(session, seat.provider_slug)
        return Errand(actor=seat.actor, provider=provider, desk=office.desk, now=office.clock())


def read_moment(text: str) -> datetime:
    """A moment in UTC as a browser's field gives it, or a day alone; raises MomentNotRead."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise MomentNotRead("Write the moment as 2026-10-16 12:00, in UTC.") from exc


def create_keys_blueprint(console: Console) -> Blueprint:
    """Every address of keys."""
    views, blueprint = KeyWindows(console), Blueprint("keys", __name__)
    console.add(blueprint, "/keys", views.keys, Permission.MANAGE_KEYS)
    console.add(blueprint, "/keys/<thumbprint>", views.key, Permission.MANAGE_KEYS)
    for rule, act in (
        ("/keys/begin", views.begin),
        ("/keys/rotate", views.rotate),
        ("/keys/<thumbprint>/retire", views.retire),
        ("/keys/<thumbprint>/distrust", views.distrust),
        ("/keys/<thumbprint>/reissue", views.reissue),
    ):
        console.add(blueprint, rule, act, Permission.MANAGE_KEYS, methods=("POST",))
    console.door("keys.keys", "Keys", Permission.MANAGE_KEYS)
    return blueprint
