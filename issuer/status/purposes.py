"""The three lists that share one set of indexes, and the bit each of them shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import InstrumentedAttribute

from credentials.status_list import StatusPurpose
from issuer.status.records import StatusEntryRecord

BITS: Final[Mapping[StatusPurpose, InstrumentedAttribute[bool]]] = {
    StatusPurpose.REVOCATION: StatusEntryRecord.is_revoked,
    StatusPurpose.SUSPENSION: StatusEntryRecord.is_suspended,
    StatusPurpose.REFRESH: StatusEntryRecord.is_refreshed,
}
