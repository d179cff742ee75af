"""Access tokens: made once and shown once, found by their open part, compared by the hash of their secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from issuer.accounts.records import AccessTokenRecord
from issuer.catalogue.records import ProviderRecord
from issuer.chance import Chance
from issuer.errors import IssuerError
from keys.multibase import base64url_encode

LONGEST: Final = timedelta(days=366)

_TOKEN: Final = re.compile(r"vlt_([A-Za-z0-9_-]{22})_([A-Za-z0-9_-]{43})", re.ASCII)
_NO_HASH: Final = "0" * 64


class Scope(StrEnum):
    """What a token is good for; it may have several. Values are public and never reused."""

    ISSUE = "issue"
    READ = "read"
    LEARNERS = "learners"
    STATUS = "status"
    WEBHOOKS = "webhooks"


MEANINGS: Final[Mapping[Scope, str]] = {
    Scope.ISSUE: "Award badges, hand in batches and completions.",
    Scope.READ: "Read the catalogue, awards and batches; they name no learner.",
    Scope.LEARNERS: "Read the names and e-mail addresses of the provider's own learners.",
    Scope.STATUS: "Revoke, suspend, reinstate and supersede.",
    Scope.WEBHOOKS: "Set up webhooks and see their deliveries.",
}
"""In a sentence each, for whoever gives a token away."""


class TokenRefused(IssuerError):
    """The token is missing, malformed, unknown, expired or revoked; which of them is told to nobody."""

    code: ClassVar[str] = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("Send a valid access token: Authorization: Bearer …")


class UnknownToken(IssuerError):
    """The provider has no token of this name."""

    code: ClassVar[str] = "unknown_token"

    def __init__(self, provider: str, name: str) -> None:
        super().__init__(f"{provider} has no token {name!r}. To see its tokens, type: voltpass token list {provider}")


class NoScope(IssuerError):
    """A token that may do nothing is a mistake."""

    code: ClassVar[str] = "no_scope"

    def __init__(self) -> None:
        super().__init__(f"Say what the token may do: one or more of {', '.join(Scope)}.")


class TokenLifeRefused(IssuerError):
    """A token lives for at least a day and at most a year."""

    code: ClassVar[str] = "token_life_refused"

    def __init__(self) -> None:
        super().__init__(f"A token is good for 1 to {LONGEST.days} days.")


def create_token(
    session: Session,
    provider: ProviderRecord,
    scope: Scope | Collection[Scope],
    chance: Chance,
    *,
    now: datetime,
    days: int,
) -> tuple[AccessTokenRecord, str]:
    """Make a token; its text is given here and never again. Raises TokenLifeRefused or NoScope."""
    wanted = {scope} if isinstance(scope, Scope) else set(scope)
    if not wanted:
        raise NoScope
    if not 1 <= days <= LONGEST.days:
        raise TokenLifeRefused
    name, secret = open_name(chance), base64url_encode(chance.bits(256).to_bytes(32, "big"))
    record = AccessTokenRecord(
        name=name,
        secret_hash=_hash(secret),
        provider_id=provider.id,
        scope=" ".join(each for each in Scope if each in wanted),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(record)
    session.flush()
    return record, f"vlt_{name}_{secret}"


def open_name(chance: Chance) -> str:
    """A name that a shell does not take for an option."""
    name = chance.token()
    while name.startswith("-"):
        name = chance.token()
    return name


def check_token(session: Session, authorization: str | None, *, now: datetime) -> AccessTokenRecord:
    """The token of an Authorization header; TokenRefused for every failure alike. Its scope is not judged here."""
    scheme, _, text = (authorization or "").partition(" ")
    parts = _TOKEN.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
    name, secret = (parts[1], parts[2]) if parts else ("", "")
    record = session.scalar(
        select(AccessTokenRecord).where(AccessTokenRecord.name == name).options(joinedload(AccessTokenRecord.provider))
    )
    is_same = hmac.compare_digest(_hash(secret), record.secret_hash if record else _NO_HASH)
    if record is None or not is_same or record.revoked_at is not None or record.expires_at <= now:
        raise TokenRefused
    return record


def scopes_of(record: AccessTokenRecord) -> frozenset[Scope]:
    """What the token may do; a word that this version does not know allows nothing."""
    words = record.scope.split()
    return frozenset(scope for scope in Scope if scope.value in words)


def tokens_of(session: Session, provider: ProviderRecord) -> Sequence[AccessTokenRecord]:
    """Every token the provider ever had, oldest first."""
    return session.scalars(
        select(AccessTokenRecord).where(AccessTokenRecord.provider_id == provider.id).order_by(AccessTokenRecord.id)
    ).all()


def revoke_token(session: Session, provider: ProviderRecord, name: str, *, now: datetime) -> AccessTokenRecord:
    """End a token now; one that was revoked before stays as it was. Raises UnknownToken."""
    record = session.scalar(
        select(AccessTokenRecord).where(AccessTokenRecord.provider_id == provider.id, AccessTokenRecord.name == name)
    )
    if record is None:
        raise UnknownToken(provider.slug, name)
    record.revoked_at = record.revoked_at or now
    session.flush()
    return record


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
