"""credentialStatus: where to ask whether a credential still holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from credentials.json_object import JsonObject, OpenObject, read_object, write_object
from credentials.json_values import Misfit, NonEmptyText, Rule, Text, Uri, constant

# Beyond this a list of messages, one for each value, could not stand in a credential anyway.
_LARGEST_STATUS_SIZE = 8


def _read_index(value: object) -> int:
    """A decimal number as a string; published samples have a JSON number here, so that is read too, never written."""
    if type(value) is int and value >= 0:
        return value
    if type(value) is str and re.fullmatch(r"0|[1-9][0-9]{0,17}", value):
        return int(value)
    raise Misfit("expected a whole number in a string, zero or more")


def _read_size(value: object) -> int:
    if type(value) is not int or not 1 <= value <= _LARGEST_STATUS_SIZE:
        raise Misfit(f"expected a whole number from 1 to {_LARGEST_STATUS_SIZE}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMessage(JsonObject):
    """What one value of a status means, in words."""

    status: Text
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class BitstringStatusListEntry(OpenObject):
    """One place in a published bit string (Bitstring Status List 1.0, section 2.1)."""

    id: Uri | None = None
    type: Annotated[str, constant("BitstringStatusListEntry")] = "BitstringStatusListEntry"
    status_purpose: NonEmptyText
    status_list_index: Annotated[int, Rule(_read_index, str)]
    status_list_credential: Uri
    status_size: Annotated[int, Rule(_read_size)] | None = None
    status_message: tuple[StatusMessage, ...] = ()

    def _check(self) -> None:
        if self.id == self.status_list_credential:
            raise Misfit("names the list; the entry needs an id of its own or none", ".id")
        size = self.status_size or 1
        wanted = 1 << size
        if (size > 1 or self.status_message) and len(self.status_message) != wanted:
            raise Misfit(f"a status of {size} bits needs {wanted} messages", ".statusMessage")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialStatus(OpenObject):
    """A status method that this program does not know; its answer is not known either."""

    id: Uri | None = None
    type: NonEmptyText


def _read_status(value: object) -> BitstringStatusListEntry | CredentialStatus:
    if isinstance(value, list):
        raise Misfit("expected one object; Open Badges allows one status")
    if isinstance(value, Mapping) and value.get("type") == "BitstringStatusListEntry":
        return read_object(BitstringStatusListEntry, value)
    return read_object(CredentialStatus, value)


Status = Annotated[BitstringStatusListEntry | CredentialStatus, Rule(_read_status, write_object)]
