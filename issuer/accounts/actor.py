"""Who acts, and whether they may: the one place where an object is authorised together with its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.accounts.roles import Permission, Role, permissions_of
from issuer.catalogue.records import ProviderRecord
from issuer.errors import IssuerError


class NotHere(IssuerError):
    """There is no such thing, or none for this actor; which of the two is told to nobody."""

    code: ClassVar[str] = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing here for you.")


class NotAllowed(IssuerError):
    """The actor belongs here, but the role does not go that far."""

    code: ClassVar[str] = "forbidden"

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"Your role does not allow this ({permission.value}). An administrator can give you another.")
        self.permission = permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody or something that acts. ``label`` goes into files ("staff:12"), ``name`` is for display only."""

    label: str
    name: str = ""
    staff_id: int | None = None
    memberships: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    is_everybody: bool = False


COMMAND: Final = Actor(label="command", name="the command line", is_everybody=True)
"""Whoever can run commands on this machine can do everything on it."""


def authorise(session: Session, actor: Actor, provider_slug: str, permission: Permission) -> ProviderRecord:
    """The provider, when the actor may do this there; raises NotHere for strangers, NotAllowed for lesser roles."""
    provider, allowed = seat_of(session, actor, provider_slug)
    if permission not in allowed:
        raise NotAllowed(permission)
    return provider


def seat_of(session: Session, actor: Actor, provider_slug: str) -> tuple[ProviderRecord, frozenset[Permission]]:
    """The provider and all that the actor may do there; raises NotHere when that is nothing."""
    provider = session.scalar(select(ProviderRecord).where(ProviderRecord.slug == provider_slug))
    roles = actor.memberships.get(provider_slug, frozenset())
    if provider is None or not (roles or actor.is_everybody):
        raise NotHere
    if actor.is_everybody:
        return provider, frozenset(Permission)
    return provider, permissions_of(roles, at_office=provider.role == "programme_owner")
