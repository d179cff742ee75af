"""The token of a claim link: long enough that nobody guesses it, and kept as a hash only."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from issuer.chance import Chance
from issuer.delivery.records import ClaimLinkRecord, DeliveryRecord

CLAIM_DAYS: Final = 90
CLAIM_LIFE: Final = timedelta(days=CLAIM_DAYS)

CLAIM: Final = "claim"
"""The fact that holds the token of the link in a mail, until the mail has gone."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def make_claim_link(session: Session, delivery: DeliveryRecord, *, now: datetime, chance: Chance) -> str:
    """A new link for a delivery; gives its token of 128 bits, which cannot be found again."""
    token = chance.token()
    session.add(
        ClaimLinkRecord(delivery=delivery, token_hash=claim_hash(token), made_at=now, expires_at=now + CLAIM_LIFE)
    )
    return token


def claim_link(base_url: str, token: str) -> str:
    """The address in a mail, or behind the QR of a letter."""
    return f"{base_url}/me/claim/{token}"


def claim_hash(token: str) -> str:
    """What is kept of a token: it has 128 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_claim_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None
