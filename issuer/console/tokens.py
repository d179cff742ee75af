"""Access tokens for a provider's own programs: list, make, revoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from issuer.accounts.roles import Permission
from issuer.accounts.token_desk import end_token, give_token
from issuer.accounts.tokens import LONGEST, MEANINGS, NoScope, Scope, TokenLifeRefused, tokens_of
from issuer.catalogue.find import get_provider
from issuer.console.frame import Console, Seat
from issuer.database import reading, transaction

DAYS: Final = 90


@dataclass(frozen=True)
class TokenWindows:
    """The views of those who may manage tokens."""

    console: Console

    def tokens(self, seat: Seat) -> AnyResponse:
        """Every token there ever was."""
        return self._page(seat)

    def make(self, seat: Seat) -> AnyResponse:
        """Make one, and show it once."""
        days = request.form.get("days", "")
        office = self.console.office
        try:
            with transaction(office.sessions) as database:
                record, text = give_token(
                    database,
                    seat.actor,
                    seat.provider_slug,
                    [each for each in Scope if each.value in request.form.getlist("scope")],
                    chance=office.desk.chance,
                    days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
                    now=self._now(),
                )
        except (NoScope, TokenLifeRefused) as refusal:
            return self._page(seat, problem=str(refusal))
        return self.console.page(seat, "console/token_made.html", token=record, text=text)

    def revoke(self, seat: Seat, name: str) -> AnyResponse:
        """End one now."""
        with transaction(self.console.office.sessions) as database:
            end_token(database, seat.actor, seat.provider_slug, name, now=self._now())
        return self.console.back(seat, "tokens.tokens", f"Token {name} is revoked. Programs that use it are refused.")

    def _page(self, seat: Seat, problem: str | None = None) -> AnyResponse:
        with reading(self.console.office.sessions) as database:
            tokens = tokens_of(database, get_provider(database, seat.provider_slug))
        return self.console.page(
            seat,
            "console/tokens.html",
            status=422 if problem else 200,
            tokens=list(reversed(tokens)),
            meanings=MEANINGS,
            chosen=request.form.getlist("scope"),
            days=request.form.get("days", str(DAYS)),
            most_days=LONGEST.days,
            problem=problem,
            now=self._now(),
        )

    def _now(self) -> datetime:
        return self.console.office.clock()


def create_tokens_blueprint(console: Console) -> Blueprint:
    """The tokens of a provider."""
    views, blueprint = TokenWindows(console), Blueprint("tokens", __name__)
    console.add(blueprint, "/tokens", views.tokens, Permission.MANAGE_TOKENS)
    console.add(blueprint, "/tokens/new", views.make, Permission.MANAGE_TOKENS, methods=("POST",))
    console.add(blueprint, "/tokens/<name>/revoke", views.revoke, Permission.MANAGE_TOKENS, methods=("POST",))
    console.door("tokens.tokens", "Tokens", Permission.MANAGE_TOKENS)
    return blueprint
