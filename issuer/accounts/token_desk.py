"""Making and revoking access tokens as somebody: with their permission, and on record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor, authorise
from issuer.accounts.audit import AuditAct, record_act
from issuer.accounts.records import AccessTokenRecord
from issuer.accounts.roles import Permission
from issuer.accounts.tokens import Scope, create_token, revoke_token
from issuer.chance import Chance


def give_token(
    session: Session,
    actor: Actor,
    slug: str,
    scopes: Collection[Scope],
    *,
    chance: Chance,
    days: int,
    now: datetime,
) -> tuple[AccessTokenRecord, str]:
    """Make a token; its text is given here and never again.

    Raises NotHere, NotAllowed, NoScope or TokenLifeRefused.
    """
    provider = authorise(session, actor, slug, Permission.MANAGE_TOKENS)
    record, text = create_token(session, provider, scopes, chance, now=now, days=days)
    facts: dict[str, str | int] = {"scope": record.scope, "days": days}
    subject = f"token:{record.name}"
    record_act(session, actor, AuditAct.TOKEN_CREATED, provider=provider, subject=subject, facts=facts, now=now)
    return record, text


def end_token(session: Session, actor: Actor, slug: str, name: str, *, now: datetime) -> AccessTokenRecord:
    """End a token now; one that ended before stays as it was. Raises NotHere, NotAllowed or UnknownToken."""
    provider = authorise(session, actor, slug, Permission.MANAGE_TOKENS)
    record = revoke_token(session, provider, name, now=now)
    record_act(session, actor, AuditAct.TOKEN_REVOKED, provider=provider, subject=f"token:{name}", now=now)
    return record
