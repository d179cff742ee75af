"""Where to look in the demonstration; read from the database alone, so that a second start is quick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.awards.records import IssuedCredentialRecord
from issuer.awards.states import CredentialState
from issuer.demo.data import DEMO, demo_digest
from issuer.demo.records import SeedingRecord
from issuer.errors import IssuerError


class DemoIncomplete(IssuerError):
    """The demonstration was never loaded, or a row of its files was refused."""

    code: ClassVar[str] = "demo_incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTokens:
    """One badge for each verdict people should have seen, by the last part of its link."""

    valid: str
    expired: str
    revoked: str
    suspended: str


def is_seeded(session: Session) -> bool:
    """Whether the demonstration was loaded from the files that are shipped now."""
    done = session.get(SeedingRecord, DEMO)
    return done is not None and done.digest == demo_digest()


def find_tokens(session: Session) -> DemoTokens:
    """The badges to show; raises DemoIncomplete."""
    credential = IssuedCredentialRecord
    valid = session.scalar(
        select(credential.token)
        .where(credential.is_specimen.is_(False), credential.state == CredentialState.ISSUED)
        .order_by(credential.id)
        .limit(1)
    )
    specimens: dict[str, str] = {}
    query = select(credential.state, credential.token).where(credential.is_specimen.is_(True)).order_by(credential.id)
    for state, token in session.execute(query):
        specimens.setdefault(state, token)
    wanted = {CredentialState.ISSUED, CredentialState.REVOKED, CredentialState.SUSPENDED}
    if valid is None or not wanted <= specimens.keys():
        raise DemoIncomplete("The demonstration is not loaded. Type: voltpass seed demo")
    return DemoTokens(
        valid=valid,
        expired=specimens[CredentialState.ISSUED],
        revoked=specimens[CredentialState.REVOKED],
        suspended=specimens[CredentialState.SUSPENDED],
    )
