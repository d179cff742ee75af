"""The JSON-LD contexts that are shipped with the program; no other context exists, and none is ever fetched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from credentials.errors import UnknownContext

CREDENTIALS_V2: Final = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1: Final = "https://www.w3.org/2018/credentials/v1"
OPEN_BADGES: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

_NAMESPACE_ENDS: Final = tuple(":/?#[]@")
_FOLDER: Final = Path(__file__).parent / "contexts"


class DamagedContext(RuntimeError):
    """A shipped context file that does not have the digest in SOURCES.json: the installation is damaged."""


@dataclass(frozen=True, eq=False)
class ContextLibrary:
    """Context documents by URL. Two libraries are never equal: what is cached for one is not used for another."""

    documents: Mapping[str, Mapping[str, Any]]

    def get(self, url: str) -> Mapping[str, Any]:
        """The context document (the object with the member "@context") of a URL; raises UnknownContext."""
        try:
            return self.documents[url]
        except KeyError:
            raise UnknownContext(url) from None

    @cached_property
    def prefixes(self) -> Mapping[str, frozenset[str]]:
        """The terms that may stand before a colon in any of the contexts, with the namespaces they stand for."""
        found: dict[str, set[str]] = {}
        for document in self.documents.values():
            for term, definition in _terms_of(document["@context"]):
                if namespace := _namespace_of(definition):
                    found.setdefault(term, set()).add(namespace)
        return {term: frozenset(namespaces) for term, namespaces in found.items()}

    @cached_property
    def vocabulary_terms(self) -> frozenset[str]:
        """The members whose text JSON-LD reads as a term of a vocabulary: type, and what a context types @vocab."""
        return frozenset(
            term
            for document in self.documents.values()
            for term, definition in _terms_of(document["@context"])
            if _is_vocabulary_term(definition)
        )

    @cached_property
    def list_terms(self) -> frozenset[str]:
        """The members whose arrays have an order that statements keep; @context has one by its nature."""
        return frozenset(
            term
            for document in self.documents.values()
            for term, definition in _terms_of(document["@context"])
            if isinstance(definition, dict) and "@list" in (definition.get("@container") or ())
        ) | {"@context"}

    def with_documents(self, more: Mapping[str, Mapping[str, Any]]) -> ContextLibrary:
        """A library that knows these contexts too; a URL that is known already keeps its shipped text."""
        return ContextLibrary({**more, **self.documents})


def _terms_of(context: object) -> Iterator[tuple[str, Any]]:
    """The terms of a context and of the contexts inside it, with their definitions."""
    for part in context if isinstance(context, list) else [context]:
        if not isinstance(part, dict):
            continue
        for term, definition in part.items():
            yield term, definition
            if isinstance(definition, dict):
                yield from _terms_of(definition.get("@context"))


def _is_vocabulary_term(definition: object) -> bool:
    if isinstance(definition, dict):
        return definition.get("@id") == "@type" or definition.get("@type") == "@vocab"
    return definition == "@type"


def _namespace_of(definition: object) -> str | None:
    """The namespace that a term stands for in front of a colon (JSON-LD 1.1, section 4.1.5)."""
    if isinstance(definition, str) and definition.endswith(_NAMESPACE_ENDS):
        return definition
    if isinstance(definition, dict) and definition.get("@prefix") is True:
        return str(definition["@id"])
    return None


def load_library(folder: Path) -> ContextLibrary:
    """Read the context files that SOURCES.json in the folder lists; raises DamagedContext when a digest differs."""
    sources = json.loads((folder / "SOURCES.json").read_bytes())
    documents = {}
    for source in sources["contexts"]:
        data = (folder / source["file"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != source["sha256"]:
            raise DamagedContext(f"{source['file']} does not have the digest that SOURCES.json gives it")
        documents[source["url"]] = json.loads(data)
    return ContextLibrary(documents)


SHIPPED: Final = load_library(_FOLDER)
