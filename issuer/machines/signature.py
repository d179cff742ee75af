"""The signature on a call, after the Standard Webhooks specification (version 1, HMAC with SHA-256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from issuer.chance import Chance

_PREFIX: Final = "whsec_"
_BITS: Final = 256


def new_secret(chance: Chance) -> str:
    """A secret as libraries for Standard Webhooks expect it: ``whsec_`` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(chance.bits(_BITS).to_bytes(_BITS // 8, "big")).decode("ascii")


def signed_headers(secrets: Sequence[str], message_id: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """The three headers of a call: its id, the second of sending, and a signature for each of the secrets."""
    moment = str(int(now.timestamp()))
    content = b".".join((message_id.encode(), moment.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(_sign(secret, content) for secret in secrets),
    }


def _sign(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode("ascii")
