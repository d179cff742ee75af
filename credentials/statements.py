"""From an expanded document to its RDF statements, each of them kept: what a signature covers is made here.

The rules are those of JSON-LD 1.1 API, section 7 (Deserialize JSON-LD to RDF Algorithm), with refusals where the
algorithm would drop or merge data: relative identifiers, undefined types, a value said twice in an unordered array,
text where the context promises a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from credentials.compact_form import Outline, places_in
from credentials.errors import MalformedCredential, RelativeIdentifier, UnsignedTerm

Subject = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal
GraphName = BlankNode | DefaultGraph

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE: Final = NamedNode(_RDF + "type")
_FIRST: Final = NamedNode(_RDF + "first")
_REST: Final = NamedNode(_RDF + "rest")
_NIL: Final = NamedNode(_RDF + "nil")

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_XSD_DOUBLE: Final = _XSD + "double"
# Open Badges writes the namespace of XML Schema with https.
_NUMBER_OR_FLAG: Final = re.compile(
    r"https?://www\.w3\.org/2001/XMLSchema#"
    r"(boolean|decimal|double|float|integer|(nonN|n)egativeInteger|(nonP|p)ositiveInteger)",
)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def statements_of(node: Mapping[str, Any], document: Mapping[str, object], outline: Outline) -> list[Quad]:
    """The statements of an expanded document; the document and its outline say where a refused value stands.

    Raises UnsignedTerm (undefined type), RelativeIdentifier and MalformedCredential.
    """
    scribe = _Scribe(document, outline)
    scribe.write_node(node, DefaultGraph())
    if scribe.values != outline.values:
        raise MalformedCredential("$", "JSON-LD would drop a part of the document, so it would not be signed")
    return scribe.quads


class _Scribe:
    def __init__(self, document: Mapping[str, object], outline: Outline) -> None:
        self.quads: list[Quad] = []
        self.values = 0
        self._document = document
        self._outline = outline
        self._blank_nodes = 0

    def write_node(self, node: Mapping[str, Any], graph: GraphName) -> Subject:
        """Write what a node object says; the subject by which others refer to it."""
        subject = self._identifier(node["@id"]) if "@id" in node else self._blank_node()
        for name, items in node.items():
            if name == "@id":
                continue
            if name == "@type":
                self._write_types(subject, items, graph)
            elif name.startswith("@"):
                raise MalformedCredential("$", f"the JSON-LD keyword {name!r} has no place in a credential")
            else:
                self._write_property(subject, name, items, graph)
        return subject

    def _write_types(self, subject: Subject, types: list[Any], graph: GraphName) -> None:
        seen = set()
        for name in types:
            self.values += 1
            if not isinstance(name, str) or not _ABSOLUTE.match(name):
                raise UnsignedTerm(self._place_of(name), str(name))
            self._check_written_out(name)
            seen.add(self._named(name))
            self.quads.append(Quad(subject, _TYPE, self._named(name), graph))
        if len(seen) != len(types):
            raise self._said_twice("a type")

    def _write_property(self, subject: Subject, name: str, items: list[Any], graph: GraphName) -> None:
        predicate = self._named(name)
        objects = [self._object(item, name, graph) for item in items]
        if len(objects) > 1 and len(set(objects)) != len(objects):
            raise self._said_twice(name)
        self.quads += [Quad(subject, predicate, each, graph) for each in objects]

    def _object(self, item: Mapping[str, Any], predicate: str, graph: GraphName) -> Term:
        if "@value" in item:
            return self._literal(item, predicate)
        if "@list" in item:
            return self._list(item["@list"], predicate, graph)
        if "@graph" in item:
            return self._graph(item)
        return self.write_node(item, graph)

    def _list(self, items: list[Any], predicate: str, graph: GraphName) -> Term:
        cells = [self._blank_node() for _ in items]
        following: list[Subject] = [*cells[1:], _NIL]
        for cell, rest, item in zip(cells, following, items, strict=True):
            self.quads.append(Quad(cell, _FIRST, self._object(item, predicate, graph), graph))
            self.quads.append(Quad(cell, _REST, rest, graph))
        return cells[0] if cells else _NIL

    def _graph(self, item: Mapping[str, Any]) -> Term:
        """A graph of its own, such as a proof; its name is blank, since keywords in documents are refused."""
        if set(item) != {"@graph"}:
            raise MalformedCredential("$", "a named graph has no place in a credential")
        name = self._blank_node()
        for node in item["@graph"]:
            if "@value" in node or "@list" in node or "@graph" in node:
                raise MalformedCredential("$", "a proof or an embedded credential is an object")
            self.write_node(node, name)
        return name

    def _literal(self, item: Mapping[str, Any], predicate: str) -> Literal:
        value, datatype = item["@value"], item.get("@type")
        if datatype == "@json":
            raise MalformedCredential(self._place_of(value, predicate), "JSON literals are not supported")
        self.values += 1
        if "@language" in item:
            self.values += 1
            return Literal(value, language=item["@language"])
        if set(item) - {"@value", "@type"}:
            raise MalformedCredential("$", f"the value object {sorted(item)} has no place in a credential")
        # One claim, one spelling: "2.5E0" and 2.5 would make the same statement, and so would "false" and false.
        if datatype and bool(_NUMBER_OR_FLAG.fullmatch(datatype)) is isinstance(value, str):
            wanted = "text" if not isinstance(value, str) else "a number or a truth value, not text"
            raise MalformedCredential(self._place_of(value, predicate), f"expected {wanted}")
        text, default = _lexical_form(value, datatype)
        return Literal(text, datatype=self._named(datatype or default))

    def _identifier(self, value: object) -> NamedNode:
        self.values += 1
        if not isinstance(value, str) or not _ABSOLUTE.match(value):
            raise RelativeIdentifier(self._place_of(value), str(value))
        self._check_written_out(value)
        return self._named(value)

    def _named(self, iri: str) -> NamedNode:
        try:
            return NamedNode(iri)
        except ValueError as exc:
            raise RelativeIdentifier(self._place_of(iri), iri) from exc

    def _blank_node(self) -> BlankNode:
        self._blank_nodes += 1
        return BlankNode(f"b{self._blank_nodes}")

    def _check_written_out(self, iri: str) -> None:
        """Refuse prefix:name where a context knows the prefix: readers of the JSON would see another identifier."""
        if iri in self._outline.abbreviated and iri not in self._outline.texts:
            raise MalformedCredential(self._outline.abbreviated[iri], f"write the identifier in full: {iri}")

    def _said_twice(self, what: str) -> MalformedCredential:
        repeats = (place.path for place in places_in(self._document) if _repeats(place.value))
        reason = f"an unordered array says {what} twice; the signature covers it once"
        return MalformedCredential(next(repeats, "$"), reason)

    def _place_of(self, value: object, predicate: str = "") -> str:
        """Where a value stands, best as a member that the predicate is named after.

        What JSON-LD read as nothing (None) is a text that looks like a keyword.
        """
        found = "$"
        for place in places_in(self._document):
            same = place.value == value and type(place.value) is type(value)
            if same or (value is None and isinstance(place.value, str) and place.value.startswith("@")):
                if predicate.endswith(place.name):
                    return place.path
                found = place.path if found == "$" else found
        return found


def _repeats(value: object) -> bool:
    return isinstance(value, list) and any(item in value[:index] for index, item in enumerate(value))


def _lexical_form(value: object, datatype: str | None) -> tuple[str, str]:
    """The text of a value and the datatype it has when the context names none (JSON-LD 1.1 API, section 8.6)."""
    if isinstance(value, bool):
        return ("true" if value else "false"), _XSD + "boolean"
    if isinstance(value, (int, float)):
        if datatype != _XSD_DOUBLE and float(value).is_integer():
            return str(int(value)), _XSD + "integer"
        return _double(value), _XSD_DOUBLE
    return str(value), _XSD + "string"


def _double(value: float) -> str:
    """The canonical form of xsd:double: 2.5E0."""
    digits, _, exponent = f"{value:.15E}".partition("E")
    digits = digits.rstrip("0")
    return f"{digits}0E{int(exponent)}" if digits.endswith(".") else f"{digits}E{int(exponent)}"
