"""What every verifiable credential must look like, of whatever type (VC Data Model 2.0, section 4, and 1.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from credentials.contexts import CREDENTIALS_V2
from credentials.data_model import as_version_2, read_version
from credentials.errors import MalformedCredential
from credentials.json_values import Misfit, read_uri
from keys.instant import read_instant

_TYPED: Final = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_WITH_ID: Final = frozenset({"credentialSchema"})


def check_data_model(document: Mapping[str, Any]) -> None:
    """Raise MalformedCredential, or MixedVersions, for the first rule that a credential without proof breaks.

    Dates are checked for form and order, not against a clock. Whether terms are defined is not checked here.
    """
    document = as_version_2(document, read_version(document))
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V2]:
        raise MalformedCredential("$['@context']", "expected an array that begins with the context of credentials")
    types = document.get("type")
    if "VerifiableCredential" not in (types if isinstance(types, list) else [types]):
        raise MalformedCredential("$.type", "expected VerifiableCredential")
    if "id" in document:
        _check_uri(document["id"], "$.id")
    issuer = document.get("issuer")
    if isinstance(issuer, Mapping):
        _check_uri(issuer.get("id"), "$.issuer.id")
    else:
        _check_uri(issuer, "$.issuer")
    _check_subjects(document)
    _check_dates(document)
    for name in _TYPED:
        _check_typed(document, name)


def _check_subjects(document: Mapping[str, Any]) -> None:
    found = False
    for path, subject in _members(document, "credentialSubject"):
        found = True
        if not isinstance(subject, Mapping) or not subject:
            raise MalformedCredential(path, "expected an object that says something")
        if "id" in subject:
            _check_uri(subject["id"], f"{path}.id")
    if not found:
        raise MalformedCredential("$.credentialSubject", "expected at least one subject")


def _check_dates(document: Mapping[str, Any]) -> None:
    moments: list[datetime] = []
    for name in ("validFrom", "validUntil"):
        if name in document:
            try:
                moments.append(read_instant(document[name]))
            except ValueError as exc:
                raise MalformedCredential(f"$.{name}", str(exc)) from exc
    if len(moments) == 2 and moments[1] < moments[0]:
        raise MalformedCredential("$.validUntil", "lies before validFrom")


def _check_typed(document: Mapping[str, Any], name: str) -> None:
    """Objects that others may define say at least what they are."""
    for path, entry in _members(document, name):
        if not isinstance(entry, Mapping):
            raise MalformedCredential(path, "expected an object")
        types = entry.get("type")
        named = types if isinstance(types, list) else [types]
        if not named or not all(isinstance(each, str) and each for each in named):
            raise MalformedCredential(f"{path}.type", "expected a type")
        if name in _WITH_ID or "id" in entry:
            _check_uri(entry.get("id"), f"{path}.id")


def _members(document: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    if name not in document:
        return
    value = document[name]
    if isinstance(value, list):
        yield from ((f"$.{name}[{index}]", each) for index, each in enumerate(value))
    else:
        yield f"$.{name}", value


def _check_uri(value: object, path: str) -> None:
    try:
        read_uri(value)
    except Misfit as misfit:
        raise MalformedCredential(path, misfit.reason) from misfit
