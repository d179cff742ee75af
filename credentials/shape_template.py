"""The canonical form of all documents of one shape, with places for their texts.

Made from the statements of a document in which every text is a mark. A mark that comes out as a whole identifier or a
whole literal is a place that can be filled; any other shape has no template.

RDFC-1.0 (section 4.4) names blank nodes in the order of their first-degree hashes as long as all of these differ. The
hashes depend on the texts, so they are computed anew for each document; when two are equal the slow way decides.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from credentials.compact_form import CONTROL_CHARACTERS

MARK: Final = "urn:x-voltpass-shape:"
_WHOLE_MARK: Final = re.compile(rf"{MARK}(\d+):")
_IDENTIFIER: Final = re.compile(r"(?:https?|urn|did|mailto):[!-~]+", re.ASCII)
_SCHEMES: Final = frozenset({"http", "https", "urn", "did", "mailto"})
_ESCAPED: Final = re.compile(r'[\t\n\r"\\]')
_ESCAPES: Final = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\"})

Part = str | int  # constant text, or the number of the value that stands here
Line = tuple[Part, ...]
Term = NamedNode | BlankNode | Literal | DefaultGraph | Triple


def mark(number: int) -> str:
    """The mark that stands for the text with this number."""
    return f"{MARK}{number}:"


@dataclass(frozen=True, slots=True)
class _Form:
    """Text with places: values[places[0]], values[places[1]] … go where the text has %s."""

    text: str
    places: tuple[int, ...]

    def fill(self, values: Sequence[str]) -> str:
        return self.text % tuple([values[place] for place in self.places])


@dataclass(frozen=True, slots=True)
class _FirstDegree:
    """The statements in which a blank node stands, as RDFC-1.0 hashes them; the lines are to be sorted unless fixed."""

    form: _Form
    is_ordered: bool

    def hash(self, values: Sequence[str]) -> str:
        text = self.form.fill(values)
        if not self.is_ordered:
            text = _sorted_lines(text.split("\n")[:-1])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ShapeTemplate:
    """What all documents of a shape have in common, and where their texts go."""

    _identifiers: tuple[int, ...]
    _abbreviations: tuple[str, ...]
    _sets: tuple[tuple[int, ...], ...]
    _blank_nodes: tuple[_FirstDegree | str, ...]
    _lines: _Form

    def fill(self, texts: Sequence[str]) -> str | None:
        """The canonical form of the document with these texts; None when one of them may mean more than itself."""
        together = "".join(texts)
        if CONTROL_CHARACTERS.search(together) or any(text.startswith(self._abbreviations) for text in texts):
            return None
        if not all(_is_plain_identifier(texts[place]) for place in self._identifiers):
            return None
        values = [text.translate(_ESCAPES) for text in texts] if _ESCAPED.search(together) else list(texts)
        for places in self._sets:
            if len({values[place] for place in places}) != len(places):
                return None
        hashes = [node if isinstance(node, str) else node.hash(values) for node in self._blank_nodes]
        names = {each: f"c14n{index}" for index, each in enumerate(sorted(hashes))}
        if len(names) != len(hashes):
            return None
        values += [names[each] for each in hashes]
        return _sorted_lines(set(self._lines.fill(values).split("\n")[:-1]))


def make_template(quads: Iterable[Quad], count: int, prefixes: frozenset[str]) -> ShapeTemplate | None:
    """The template of a shape with this many marked texts, from its statements; None when the shape has none."""
    statements = list(dict.fromkeys(quads))
    kinds = _kinds_of_marks(statements, count)
    if kinds is None or _SCHEMES & prefixes:
        return None
    around: dict[BlankNode, list[Quad]] = {}
    for quad in statements:
        for node in {term for term in _terms(quad) if isinstance(term, BlankNode)}:
            around.setdefault(node, []).append(quad)
    names: dict[BlankNode, Part] = {node: count + index for index, node in enumerate(around)}
    return ShapeTemplate(
        tuple(place for place, is_identifier in enumerate(kinds) if is_identifier),
        tuple(f"{prefix}:" for prefix in sorted(prefixes)),
        tuple(_sets(statements)),
        tuple(_first_degree(node, quads_of_node) for node, quads_of_node in around.items()),
        _form([_line(quad, names) for quad in statements]),
    )


def _is_plain_identifier(text: str) -> bool:
    """Whether no context reads the text as prefix:name, and the slow way takes it as it stands."""
    if not _IDENTIFIER.fullmatch(text):
        return False
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _kinds_of_marks(statements: Iterable[Quad], count: int) -> tuple[bool, ...] | None:
    """For each mark whether it is an identifier (else a literal); None when one is lost, torn apart or both."""
    found: dict[int, bool] = {}
    for quad in statements:
        for term in (*_terms(quad), quad.predicate):
            number = _number_in(term)
            if number is None and MARK in str(term):
                return None
            if number is not None and found.setdefault(number, isinstance(term, NamedNode)) != isinstance(
                term, NamedNode
            ):
                return None
    if found.keys() != set(range(count)):
        return None
    return tuple(found[number] for number in range(count))


def _number_in(term: Term) -> int | None:
    """The number of the mark that a term is."""
    seen = _WHOLE_MARK.fullmatch(term.value) if isinstance(term, (NamedNode, Literal)) else None
    return int(seen[1]) if seen else None


def _sets(statements: Iterable[Quad]) -> Iterable[tuple[int, ...]]:
    """The unordered arrays with several marks: the slow way refuses a value that stands twice in one.

    What else stands in such an array is a number or a truth value, and never the same as a text (see statements).
    """
    arrays: defaultdict[tuple[Term, Term, Term], list[int]] = defaultdict(list)
    for quad in statements:
        number = _number_in(quad.object)
        if number is not None:
            arrays[quad.subject, quad.predicate, quad.graph_name].append(number)
    return (tuple(numbers) for numbers in arrays.values() if len(numbers) > 1)


def _first_degree(node: BlankNode, around: Sequence[Quad]) -> _FirstDegree | str:
    """How the first-degree hash of a blank node is computed, or the hash when no text enters into it (section 4.6)."""
    others: dict[BlankNode, Part] = {
        term: "z" for quad in around for term in _terms(quad) if isinstance(term, BlankNode)
    }
    lines = sorted(_line(quad, {**others, node: "a"}) for quad in around)
    wanted = _FirstDegree(_form(lines), _is_order_fixed(lines))
    return wanted if wanted.form.places else wanted.hash(())


def _terms(quad: Quad) -> tuple[Term, Term, Term]:
    return quad.subject, quad.object, quad.graph_name


def _line(quad: Quad, names: Mapping[BlankNode, Part]) -> Line:
    """A statement as a line of N-Quads: constant text and places, in turn."""
    parts = [*_parts(quad.subject, names), " ", *_parts(quad.predicate, names), " ", *_parts(quad.object, names), " "]
    if not isinstance(quad.graph_name, DefaultGraph):
        parts += [*_parts(quad.graph_name, names), " "]
    merged: list[Part] = []
    for part in (*parts, ".\n"):
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def _parts(term: Term, names: Mapping[BlankNode, Part]) -> tuple[Part, ...]:
    if isinstance(term, BlankNode):
        return "_:", names[term]
    before, seen, after = str(term).partition(MARK)
    if not seen:
        return (before,)
    number, _, after = after.partition(":")
    return before, int(number), after


def _is_order_fixed(lines: Sequence[Line]) -> bool:
    """Whether sorted lines stay sorted whatever texts are filled in: their beginnings differ before the first place."""
    beginnings = [line[0] if isinstance(line[0], str) else "" for line in lines]
    return all(one < other and not other.startswith(one) for one, other in pairwise(beginnings))


def _form(lines: Iterable[Line]) -> _Form:
    parts = [part for line in lines for part in line]
    text = "".join("%s" if isinstance(part, int) else part.replace("%", "%%") for part in parts)
    return _Form(text, tuple(part for part in parts if isinstance(part, int)))


def _sorted_lines(lines: Iterable[str]) -> str:
    return "\n".join(sorted(lines)) + "\n"
