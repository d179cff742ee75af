"""Find an issued credential by what people hold in their hands."""

from __future__ import annotations

import re
from typing import ClassVar, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from issuer.awards.records import IssuedCredentialRecord
from issuer.catalogue.records import AchievementRecord, AchievementVersionRecord
from issuer.errors import IssuerError

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_LINK_PATH: Final = re.compile(r"/v/([A-Za-z0-9_-]{22})(\.[a-z]{3,4})?", re.ASCII)

_WITH_NAMES: Final = (
    joinedload(IssuedCredentialRecord.provider),
    joinedload(IssuedCredentialRecord.achievement_version)
    .joinedload(AchievementVersionRecord.achievement)
    .joinedload(AchievementRecord.programme),
)


class UnknownCredential(IssuerError):
    """No credential goes by this id, link or token."""

    code: ClassVar[str] = "unknown_credential"

    def __init__(self, reference: str) -> None:
        super().__init__(f"No credential was issued here under {reference!r}. Give its id (urn:uuid:…) or its link.")
        self.reference = reference


def find_by_token(session: Session, token: str) -> IssuedCredentialRecord | None:
    """The credential behind a ``/v/`` link."""
    return session.scalar(
        select(IssuedCredentialRecord).where(IssuedCredentialRecord.token == token).options(*_WITH_NAMES)
    )


def find_by_credential_id(session: Session, credential_id: str) -> IssuedCredentialRecord | None:
    """The credential with this ``urn:uuid:…``."""
    return session.scalar(
        select(IssuedCredentialRecord)
        .where(IssuedCredentialRecord.credential_id == credential_id)
        .options(*_WITH_NAMES)
    )


def get_credential(session: Session, reference: str) -> IssuedCredentialRecord:
    """The credential by its id, its link or its token; raises UnknownCredential.

    Of a link only the path counts: the address of the platform may have changed since it was printed.
    """
    text = reference.strip()
    record = None
    if text.lower().startswith("urn:uuid:"):
        record = find_by_credential_id(session, text.lower())
    elif match := _LINK_PATH.fullmatch(urlsplit(text).path):
        record = find_by_token(session, match[1])
    elif TOKEN.fullmatch(text):
        record = find_by_token(session, text)
    if record is None:
        raise UnknownCredential(reference)
    return record
