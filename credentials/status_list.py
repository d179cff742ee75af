"""A bit string that says of many credentials at once whether they still hold (Bitstring Status List 1.0).

StatusList holds the bits; StatusListCredential is the credential that publishes them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from credentials.context_list import VC_2
from credentials.errors import MalformedStatusList, StatusIndexOutOfRange, StatusListTooLarge, StatusListTooShort
from credentials.json_object import OpenObject
from credentials.json_values import DateTime, Lone, Misfit, NonEmptyText, Rule, Uri, read_uri, types, write_array
from keys.errors import MalformedKey
from keys.multibase import base64url_decode, base64url_encode

SHORTEST_LIST: Final = 131_072
LARGEST_EXPANSION: Final = 16 * 1024 * 1024
_MULTIBASE_BASE64URL: Final = "u"
_GZIP: Final = 16 + zlib.MAX_WBITS
_SUBJECT_TYPE: Final = "BitstringStatusList"


class StatusPurpose(StrEnum):
    """What a set bit means. REFRESH says that a newer credential has replaced this one."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"
    REFRESH = "refresh"


class StatusList:
    """At least 131,072 bits; entry 0 is the left-most, the highest bit of the first byte."""

    __slots__ = ("_bits",)

    def __init__(self, bits: bytearray) -> None:
        if len(bits) * 8 < SHORTEST_LIST:
            raise StatusListTooShort(f"a list needs {SHORTEST_LIST} entries and this has {len(bits) * 8}")
        self._bits = bits

    @classmethod
    def empty(cls, length: int = SHORTEST_LIST) -> StatusList:
        """A list of unset bits; the length is rounded up to whole bytes. Raises StatusListTooShort."""
        return cls(bytearray((length + 7) // 8))

    @classmethod
    def decode(cls, text: str, *, limit: int = LARGEST_EXPANSION) -> StatusList:
        """Read an ``encodedList``; raises MalformedStatusList, or its kinds StatusListTooShort and StatusListTooLarge.

        ``limit`` is in bytes of the expanded list; expanding stops there.
        """
        if not text.startswith(_MULTIBASE_BASE64URL):
            raise MalformedStatusList("the encoded list does not start with u, the multibase sign of base64url")
        try:
            packed = base64url_decode(text[1:])
        except MalformedKey as exc:
            raise MalformedStatusList(f"the encoded list is not base64url: {exc}") from exc
        return cls(_expand(packed, limit))

    def encode(self) -> str:
        """Write the ``encodedList``. Other compressors give other texts for the same bits."""
        return _MULTIBASE_BASE64URL + base64url_encode(gzip.compress(self._bits, compresslevel=6, mtime=0))

    def get(self, index: int) -> bool:
        """Whether the bit is set; raises StatusIndexOutOfRange."""
        self._check(index, len(self))
        return bool(self._bits[index >> 3] & 0x80 >> (index & 7))

    def set(self, index: int, value: bool) -> None:
        """Set or clear the bit; raises StatusIndexOutOfRange."""
        self._check(index, len(self))
        mask = 0x80 >> (index & 7)
        if value:
            self._bits[index >> 3] |= mask
        else:
            self._bits[index >> 3] &= ~mask

    def value(self, index: int, size: int = 1) -> int:
        """The status of entry ``index`` when every entry has ``size`` bits; such a list needs as many entries, too."""
        entries = len(self) // size
        if entries < SHORTEST_LIST:
            raise StatusListTooShort(f"a list needs {SHORTEST_LIST} entries and this has {entries}")
        self._check(index, entries)
        status = 0
        for position in range(index * size, (index + 1) * size):
            status = status << 1 | self.get(position)
        return status

    def __len__(self) -> int:
        return len(self._bits) * 8

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatusList) and self._bits == other._bits

    __hash__ = None  # type: ignore[assignment]  # a list changes

    @staticmethod
    def _check(index: int, length: int) -> None:
        if not 0 <= index < length:
            raise StatusIndexOutOfRange(index, length)


def _expand(packed: bytes, limit: int) -> bytearray:
    """Undo GZIP, stopping at the limit: a few bytes can stand for gigabytes of zeros."""
    stream = zlib.decompressobj(_GZIP)
    try:
        bits = stream.decompress(packed, limit + 1)
    except zlib.error as exc:
        raise MalformedStatusList(f"the encoded list is not GZIP: {exc}") from exc
    if len(bits) > limit:
        raise StatusListTooLarge(f"the list is longer than {limit} bytes")
    if not stream.eof:
        raise MalformedStatusList("the encoded list breaks off")
    if stream.unused_data:
        raise MalformedStatusList("something follows the encoded list")
    return bytearray(bits)


def _read_contexts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or value[:1] != [VC_2] or not all(type(context) is str for context in value):
        raise Misfit(f"expected an array of context URLs that starts with {VC_2!r}")
    return tuple(value)


def _read_issuer(value: object) -> str:
    return read_uri(value.get("id") if isinstance(value, Mapping) else value)


def _read_time_to_live(value: object) -> int:
    if type(value) is not int or value < 0:
        raise Misfit("expected a whole number of milliseconds")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject(OpenObject):
    id: Uri | None = None
    type: Annotated[tuple[str, ...], types((_SUBJECT_TYPE,))] = Lone((_SUBJECT_TYPE,))
    status_purpose: tuple[NonEmptyText, ...]
    encoded_list: NonEmptyText
    ttl: Annotated[int, Rule(_read_time_to_live)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document(OpenObject):
    context: Annotated[tuple[str, ...], Rule(_read_contexts, write_array, always=True)] = (VC_2,)
    id: Uri
    type: Annotated[tuple[str, ...], types(("VerifiableCredential",), ("BitstringStatusListCredential",))] = (
        "VerifiableCredential",
        "BitstringStatusListCredential",
    )
    issuer: Annotated[str, Rule(_read_issuer)]
    valid_from: DateTime | None = None
    valid_until: DateTime | None = None
    credential_subject: _Subject

    def _check(self) -> None:
        if self.valid_from is not None and self.valid_until is not None and self.valid_until < self.valid_from:
            raise Misfit("lies before validFrom", ".validUntil")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusListCredential:
    """What an issuer publishes for one purpose (Bitstring Status List 1.0, section 2.2).

    ``ttl_ms`` says how long a copy may be used; it never prolongs ``valid_until``. ``further_purposes`` is for lists of
    others: ours have one. Members of the document that the standard does not name are not kept.
    """

    id: str
    issuer_id: str
    purpose: str
    encoded_list: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    ttl_ms: int | None = None
    further_purposes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Write the credential, ready to be sealed."""
        purposes = (str(self.purpose), *self.further_purposes)
        subject = _Subject(
            id=f"{self.id}#list",
            status_purpose=purposes if self.further_purposes else Lone(purposes),
            encoded_list=self.encoded_list,
            ttl=self.ttl_ms,
        )
        document = _Document(
            id=self.id,
            issuer=self.issuer_id,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            credential_subject=subject,
        )
        return document.to_json()

    @classmethod
    def from_json(cls, obj: Mapping[str, object]) -> StatusListCredential:
        """Read the credential; raises MalformedCredential. Neither its proof nor the bits are looked at."""
        document = _Document.from_json(obj)
        purpose, *further = document.credential_subject.status_purpose
        return cls(
            id=document.id,
            issuer_id=document.issuer,
            purpose=purpose,
            encoded_list=document.credential_subject.encoded_list,
            valid_from=document.valid_from,
            valid_until=document.valid_until,
            ttl_ms=document.credential_subject.ttl,
            further_purposes=tuple(further),
        )

    def serves(self, purpose: str) -> bool:
        """Whether the list is published for this purpose."""
        return purpose == self.purpose or purpose in self.further_purposes

    def open_list(self, *, limit: int = LARGEST_EXPANSION) -> StatusList:
        """Expand the bits; raises MalformedStatusList."""
        return StatusList.decode(self.encoded_list, limit=limit)
