"""One call of a program: who calls, what it says, and the answer it gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy.orm import Session

from issuer.accounts.actor import Actor
from issuer.accounts.tokens import Scope
from issuer.api.errors import ApiRefused
from issuer.api.idempotency import Hand, KeptAnswer, keep_answer
from issuer.catalogue.records import ProviderRecord
from issuer.machines.webhooks import Switchboard
from issuer.office import Office
from keys.errors import MalformedKey
from keys.multibase import base64url_decode, base64url_encode
from keys.strongbox import Strongbox, derive_key

_LARGEST_ID: Final = 2**31 - 1
"""PostgreSQL compares a number with no larger one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The program behind a token, and the one provider it speaks for."""

    token_name: str
    provider_id: int
    provider_slug: str
    scopes: frozenset[Scope]

    @property
    def actor(self) -> Actor:
        """How files and the audit log call it."""
        return Actor(label=f"token:{self.token_name}")

    @property
    def may_see_links(self) -> bool:
        """Whether it gets the addresses that lead to a learner's name."""
        return bool(self.scopes & {Scope.ISSUE, Scope.LEARNERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a program gets; ``location`` is the path of what was made."""

    status: int = 200
    body: BaseModel | None = None
    location: str | None = None

    def to_keep(self) -> KeptAnswer:
        """As it goes out, byte by byte."""
        text = "" if self.body is None else self.body.model_dump_json() + "\n"
        return KeptAnswer(status=self.status, text=text, headers={"Location": self.location} if self.location else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """What the interface is made of: the office, webhooks, and a lock for kept answers, and a key for their hashes."""

    office: Office
    board: Switchboard
    box: Strongbox
    hash_key: bytes = field(repr=False)

    @classmethod
    def of(cls, office: Office) -> ApiParts:
        """The parts of an office."""
        settings = office.settings
        return cls(
            office=office,
            board=Switchboard.of(settings, office.desk.chance),
            box=Strongbox(settings.key_secret, "kept answers"),
            hash_key=derive_key(settings.key_secret, "idempotency keys"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that was admitted and whose form is right. ``query`` and ``body`` are what the operation asks for."""

    parts: ApiParts
    caller: Caller
    now: datetime
    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None
    body: Any = None
    hand: Hand | None = None

    @property
    def office(self) -> Office:
        """The office that is called."""
        return self.parts.office

    def url(self, path: str) -> str:
        """The whole address of something of this interface."""
        return f"{self.office.settings.base_url}/api/v1{path}"

    def provider(self, session: Session) -> ProviderRecord:
        """The provider of the token."""
        return session.get_one(ProviderRecord, self.caller.provider_id)

    def keep(self, session: Session, answer: Answer) -> Answer:
        """File the answer in the transaction that does the work, where the call has a key."""
        if self.hand is not None:
            keep_answer(session, self.parts.box, self.hand, answer.to_keep())
        return answer


def write_cursor(last: int) -> str:
    """Where the next part of a list begins, as a text that means nothing to anybody else."""
    return base64url_encode(json.dumps(last).encode())


def read_cursor(cursor: str | None) -> int | None:
    """The number behind a cursor; raises ApiRefused."""
    if cursor is None:
        return None
    try:
        text = base64url_decode(cursor).decode("ascii")
    except (MalformedKey, UnicodeDecodeError) as exc:
        raise _unknown_cursor() from exc
    if not (text.isdigit() and len(text) <= len(str(_LARGEST_ID)) and int(text) <= _LARGEST_ID):
        raise _unknown_cursor()
    return int(text)


def _unknown_cursor() -> ApiRefused:
    return ApiRefused(422, "unknown_cursor", "The cursor is none of ours. Leave it out to begin with the first page.")
