"""The trust list: who may award what, from when to when, signed by its keeper.

The gate knows the keeper's key beforehand. It never takes a key, an algorithm or an address out of the list itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from credentials.compact_jws import read_compact_jws
from credentials.errors import CredentialError
from keys.instant import read_instant, write_instant
from keys.public_key import PublicKey
from verifier.errors import TrustListRejected
from verifier.report import Evidence, Source

TRUST_LIST_TYPE: Final = "voltpass-trust-list+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustEntry:
    """One issuer, what it may award, and when; an issuer may have several entries.

    `achievements` holds codes ("VLT-HV1") and addresses. A code stands for achievements with that human code whose id
    ends in the code, or in the code and a version, so that the two cannot tell different stories. An address stands
    for the achievement of that id and for those below it.
    """

    issuer_id: str
    name: str
    country: str
    achievements: frozenset[str]
    valid_from: datetime
    valid_until: datetime | None = None

    def lists(self, achievement_id: str | None, human_code: str | None) -> bool:
        """Whether the entry covers this achievement."""
        if achievement_id is None:
            return False
        steps = _path_of(achievement_id)
        if human_code in self.achievements and human_code in steps[-2:]:
            return True
        addresses = (listed.rstrip("/") for listed in self.achievements if "://" in listed)
        below = (achievement_id == listed or achievement_id.startswith(f"{listed}/") for listed in addresses)
        return bool(steps) and any(below)

    def is_in_force(self, moment: datetime) -> bool:
        """Whether the issuer was listed at that moment; both ends count."""
        return self.valid_from <= moment and (self.valid_until is None or moment <= self.valid_until)

    def to_json(self) -> dict[str, Any]:
        """The entry as in the signed list; `validUntil` only where there is one."""
        end = {} if self.valid_until is None else {"validUntil": write_instant(self.valid_until)}
        return {
            "id": self.issuer_id,
            "name": self.name,
            "country": self.country,
            "achievements": sorted(self.achievements),
            "validFrom": write_instant(self.valid_from),
            **end,
        }

    @classmethod
    def from_json(cls, obj: object, path: str = "$") -> TrustEntry:
        """Read one entry; raises TrustListRejected."""
        if not isinstance(obj, Mapping):
            raise TrustListRejected(f"{path}: expected an object")
        return cls(
            issuer_id=_text(obj, "id", path),
            name=_text(obj, "name", path),
            country=_text(obj, "country", path),
            achievements=frozenset(_texts(obj, "achievements", path)),
            valid_from=_moment(obj, "validFrom", path),
            valid_until=_moment(obj, "validUntil", path) if "validUntil" in obj else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """Whom the relying party trusts, and where it has that from.

    `signed_at` is when the keeper signed, `valid_until` when the list must have been renewed; `digest` is the SHA-256
    of the signed text, None for a list that was made in this process.
    """

    entries: tuple[TrustEntry, ...]
    signed_at: datetime
    keeper: str
    valid_until: datetime | None = None
    looked_at: str = "the trust list"
    source: Source = "local"
    digest: str | None = None

    def find_entries(self, issuer_id: str) -> tuple[TrustEntry, ...]:
        """All entries of one issuer."""
        return tuple(entry for entry in self.entries if entry.issuer_id == issuer_id)

    def evidence(self, now: datetime, facts: Mapping[str, str]) -> Evidence:
        """The list as evidence; its age counts from the keeper's signature."""
        return Evidence(
            looked_at=self.looked_at,
            source=self.source,
            read_at=now,
            digest=self.digest,
            age_seconds=max(0, int((now - self.signed_at).total_seconds())),
            facts={"keeper": self.keeper, "signed_at": write_instant(self.signed_at), **facts},
        )

    def to_json(self) -> dict[str, Any]:
        """The claims of the signed list."""
        end = {} if self.valid_until is None else {"exp": int(self.valid_until.timestamp())}
        return {
            "iss": self.keeper,
            "iat": int(self.signed_at.timestamp()),
            **end,
            "issuers": [entry.to_json() for entry in self.entries],
        }

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> TrustList:
        """Read the claims of a list; raises TrustListRejected. Its signature is `open_trust_list`'s affair."""
        return cls(
            entries=tuple(TrustEntry.from_json(entry, path) for path, entry in _items(obj, "issuers", "$")),
            signed_at=_numeric_date(obj, "iat"),
            keeper=_text(obj, "iss", "$"),
            valid_until=_numeric_date(obj, "exp") if "exp" in obj else None,
        )


def open_trust_list(
    jws_text: str,
    keeper_key: PublicKey,
    *,
    looked_at: str = "the trust list",
    source: Source = "local",
) -> TrustList:
    """Open a list (compact JWS) signed with exactly this key; raises TrustListRejected.

    Whether the list has been renewed in time is asked when it is used (`valid_until`), not here.
    """
    text = jws_text.strip()
    try:
        token = read_compact_jws(text, types=frozenset({TRUST_LIST_TYPE}))
        token.verify(keeper_key)
    except CredentialError as exc:
        raise TrustListRejected(f"the trust list is not signed by its keeper: {exc}") from exc
    opened = TrustList.from_json(token.payload)
    return TrustList(
        entries=opened.entries,
        signed_at=opened.signed_at,
        keeper=opened.keeper,
        valid_until=opened.valid_until,
        looked_at=looked_at,
        source=source,
        digest=hashlib.sha256(text.encode("ascii")).hexdigest(),
    )


def _path_of(address: str) -> list[str]:
    """The steps of a web address's path; none for what is no plain web address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    steps = [step for step in parts.path.split("/") if step]
    is_plain = parts.scheme in {"https", "http"} and not {".", ".."} & set(steps) and "%" not in parts.path
    return steps if is_plain else []


def _text(obj: Mapping[str, Any], name: str, path: str) -> str:
    value = obj.get(name)
    if not isinstance(value, str) or not value:
        raise TrustListRejected(f"{path}.{name}: expected a non-empty string")
    return value


def _items(obj: Mapping[str, Any], name: str, path: str) -> Iterator[tuple[str, object]]:
    value = obj.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TrustListRejected(f"{path}.{name}: expected a list")
    return ((f"{path}.{name}[{index}]", item) for index, item in enumerate(value))


def _texts(obj: Mapping[str, Any], name: str, path: str) -> Iterator[str]:
    for place, item in _items(obj, name, path):
        if not isinstance(item, str) or not item:
            raise TrustListRejected(f"{place}: expected a non-empty string")
        yield item


def _moment(obj: Mapping[str, Any], name: str, path: str) -> datetime:
    try:
        return read_instant(obj.get(name))
    except ValueError as exc:
        raise TrustListRejected(f"{path}.{name}: {exc}") from exc


def _numeric_date(obj: Mapping[str, Any], name: str) -> datetime:
    value = obj.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TrustListRejected(f"$.{name}: expected seconds since 1970")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as exc:
        raise TrustListRejected(f"$.{name}: the moment lies outside the calendar") from exc
