"""Versions 1.1 and 2.0 of the VC Data Model: told apart by the first context, never mixed, read alike.

What is signed is the document as it stands. ``as_version_2`` is a view of it for reading: dates under the names of
version 2.0, and nothing else changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from credentials.errors import MixedVersions

Document = Mapping[str, Any]


class DataModel(StrEnum):
    """The version that a document follows."""

    V1 = "1.1"
    V2 = "2.0"


DATES: Final[Mapping[DataModel, tuple[str, str]]] = {
    DataModel.V1: ("issuanceDate", "expirationDate"),
    DataModel.V2: ("validFrom", "validUntil"),
}
_BASES: Final = {DataModel.V1: CREDENTIALS_V1, DataModel.V2: CREDENTIALS_V2}


def read_version(document: Document) -> DataModel:
    """The version of a document; raises MixedVersions when it has members or the context of the other one.

    A document that begins with neither context is read as version 2.0, whose rules it breaks later.
    """
    contexts = _contexts(document)
    version = DataModel.V1 if contexts[:1] == [CREDENTIALS_V1] else DataModel.V2
    other = DataModel.V2 if version is DataModel.V1 else DataModel.V1
    if _BASES[other] in contexts:
        raise MixedVersions("$['@context']", "a document follows one version of the data model, not two")
    for foreign, own in zip(DATES[other], DATES[version], strict=True):
        if foreign in document:
            reason = f"belongs to version {other} of the data model; version {version} has {own}"
            raise MixedVersions(f"$.{foreign}", reason)
    return version


def as_version_2(document: Document, version: DataModel) -> Document:
    """The document as version 2.0 would put it: the same, or its context and dates under their new names."""
    if version is DataModel.V2:
        return document
    names = dict(zip(DATES[DataModel.V1], DATES[DataModel.V2], strict=True))
    contexts = [CREDENTIALS_V2, *_contexts(document)[1:]]
    return {names.get(name, name): value for name, value in {**document, "@context": contexts}.items()}


def _contexts(document: Document) -> list[Any]:
    contexts = document.get("@context")
    return contexts if isinstance(contexts, list) else [contexts]
