"""A controller document: which keys speak for an issuer, and where its status lists lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from keys.errors import KeyMaterialError, KeyNotAuthorised, MalformedControllerDocument
from keys.method import VerificationMethod

CONTEXTS: Final = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
)

_MOST_METHODS: Final = 256


@dataclass(frozen=True)
class Service:
    """A service entry: something an issuer offers at an address, with plain text properties beside it."""

    id: str
    type: str
    endpoint: str
    properties: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Write the entry; properties stand beside the members of the standard."""
        return {"id": self.id, "type": self.type, "serviceEndpoint": self.endpoint, **self.properties}


@dataclass(frozen=True)
class ControllerDocument:
    """A controller document (Controlled Identifiers 1.0), which is also a DID document.

    unusable names the methods of a document read from outside that are no key of ours, with the error each one gave.
    """

    id: str
    verification_methods: tuple[VerificationMethod, ...]
    assertion_methods: frozenset[str]
    services: tuple[Service, ...] = ()
    unusable: Mapping[str, KeyMaterialError] = field(default_factory=dict, repr=False, compare=False)

    def to_json(self) -> dict[str, object]:
        """Write the document: absolute method ids, assertionMethod as strings in the order of the methods."""
        written: dict[str, object] = {
            "@context": list(CONTEXTS),
            "id": self.id,
            "verificationMethod": [method.to_json() for method in self.verification_methods],
            "assertionMethod": [
                method.id for method in self.verification_methods if method.id in self.assertion_methods
            ],
        }
        if self.services:
            written["service"] = [service.to_json() for service in self.services]
        return written

    @classmethod
    def from_json(cls, obj: Mapping[str, object], expected_id: str) -> ControllerDocument:
        """Read a document that must call itself expected_id; keys of other types are set aside, not refused."""
        if obj.get("id") != expected_id:
            raise MalformedControllerDocument("$.id", f"expected {expected_id}")
        reader = _MethodReader(expected_id)
        for path, entry in _entries(obj, "verificationMethod"):
            reader.read(path, entry)
        assertion_methods = frozenset(
            reader.absolute(entry, path) if isinstance(entry, str) else reader.read(path, entry)
            for path, entry in _entries(obj, "assertionMethod")
        )
        return cls(
            id=expected_id,
            verification_methods=tuple(reader.methods.values()),
            assertion_methods=assertion_methods,
            services=tuple(_service(path, entry) for path, entry in _entries(obj, "service")),
            unusable=reader.unusable,
        )

    def get_assertion_method(self, method_id: str) -> VerificationMethod:
        """Retrieve the method that may sign for this document's owner ("Retrieve Verification Method").

        Raises KeyNotAuthorised when the document does not list it under assertionMethod, and
        MalformedControllerDocument when it has another controller or is no key. Whether the method had expired or
        was revoked at the time of a proof is not checked here.
        """
        if method_id not in self.assertion_methods:
            raise KeyNotAuthorised(method_id, self.id)
        if method_id in self.unusable:
            raise self.unusable[method_id]
        for method in self.verification_methods:
            if method.id == method_id:
                if method.controller != self.id:
                    raise MalformedControllerDocument(method_id, f"the controller is {method.controller}")
                return method
        raise MalformedControllerDocument(method_id, "the document lists the method but does not contain it")


class _MethodReader:
    """Collects the methods of one document; an id may occur once."""

    def __init__(self, document_id: str) -> None:
        self._document_id = document_id
        self.methods: dict[str, VerificationMethod] = {}
        self.unusable: dict[str, KeyMaterialError] = {}

    def read(self, path: str, entry: object) -> str:
        if not isinstance(entry, Mapping):
            raise MalformedControllerDocument(path, "expected an object")
        method_id = self.absolute(entry.get("id"), f"{path}.id")
        if method_id in self.methods or method_id in self.unusable:
            raise MalformedControllerDocument(f"{path}.id", f"{method_id} occurs twice")
        try:
            self.methods[method_id] = VerificationMethod.from_json({**entry, "id": method_id}, path=path)
        except KeyMaterialError as exc:
            self.unusable[method_id] = exc
        return method_id

    def absolute(self, value: object, path: str) -> str:
        if not isinstance(value, str) or not value:
            raise MalformedControllerDocument(path, "expected a non-empty string")
        # DID Core 1.0, 3.2.2 lets a document write "#key-1" for its own methods
        return self._document_id + value if value.startswith("#") else value


def _entries(obj: Mapping[str, object], name: str) -> Iterator[tuple[str, object]]:
    entries = obj.get(name, [])
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise MalformedControllerDocument(f"$.{name}", "expected a list")
    if len(entries) > _MOST_METHODS:
        raise MalformedControllerDocument(f"$.{name}", f"more than {_MOST_METHODS} entries")
    for index, entry in enumerate(entries):
        yield f"$.{name}[{index}]", entry


def _service(path: str, entry: object) -> Service:
    if not isinstance(entry, Mapping):
        raise MalformedControllerDocument(path, "expected an object")
    fields = {name: value for name, value in entry.items() if isinstance(name, str) and isinstance(value, str)}
    # a service of another kind may have lists here; its text members are kept, the rest says nothing to us
    known = {"id", "type", "serviceEndpoint"}
    return Service(
        id=fields.get("id", ""),
        type=fields.get("type", ""),
        endpoint=fields.get("serviceEndpoint", ""),
        properties={name: value for name, value in fields.items() if name not in known},
    )
