"""How much work it is to tell the blank nodes of a dataset apart, bounded before the work begins.

RDFC-1.0 names a blank node by the statements it stands in. Nodes that look the same at first sight are told apart by
trying the orders of their neighbours, and a few dozen nodes can be arranged so that this takes centuries (section 7.1,
Dataset Poisoning). The library that does it cannot be interrupted, so the work is estimated first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import factorial
from typing import Final

from pyoxigraph import BlankNode, Quad

from credentials.errors import TooComplex

# One unit takes the library about 0.15 microseconds, so this is about a sixth of a second.
LARGEST_WORK: Final = 1_000_000
# Exploring a chain of n takes n^3 units, every other arrangement takes more.
_LARGEST_TANGLE: Final = 100
_LARGEST_FACTORIAL: Final = 12

_Edges = dict[BlankNode, dict[tuple[str, str], set[BlankNode]]]


def check_ambiguity(quads: Iterable[Quad]) -> None:
    """Raise TooComplex when naming the blank nodes of these statements could take long."""
    described: defaultdict[BlankNode, list[str]] = defaultdict(list)
    links: list[tuple[BlankNode, BlankNode, tuple[str, str]]] = []
    for quad in quads:
        places = [(mark, term) for mark, term in _places(quad) if isinstance(term, BlankNode)]
        for _, node in places:
            described[node].append(_first_degree(quad, node))
            links += [(node, other, (mark, str(quad.predicate))) for mark, other in places if other != node]
    alike = _alike(described)
    if not alike:
        return
    edges: _Edges = defaultdict(lambda: defaultdict(set))
    for node, other, (mark, predicate) in links:
        if node in alike and other in alike:
            edges[node][f"{mark}{predicate}", alike[other]].add(other)
    if sum(_work(tangle, edges) for tangle in _tangles(alike, edges)) > LARGEST_WORK:
        raise TooComplex("the document holds too many anonymous objects that look the same")


def _places(quad: Quad) -> tuple[tuple[str, object], ...]:
    return (("s", quad.subject), ("o", quad.object), ("g", quad.graph_name))


def _first_degree(quad: Quad, node: BlankNode) -> str:
    """The statement as the node sees it: itself is a, other blank nodes are z (RDFC-1.0, section 4.6)."""
    marks = [("a" if term == node else "z") if isinstance(term, BlankNode) else str(term) for _, term in _places(quad)]
    return f"{marks} {quad.predicate}"


def _alike(described: dict[BlankNode, list[str]]) -> dict[BlankNode, str]:
    """The blank nodes that are not told apart at first sight, each with what it looks like."""
    looks = {node: "\n".join(sorted(lines)) for node, lines in described.items()}
    count: defaultdict[str, int] = defaultdict(int)
    for look in looks.values():
        count[look] += 1
    return {node: look for node, look in looks.items() if count[look] > 1}


def _tangles(alike: Iterable[BlankNode], edges: _Edges) -> Iterator[set[BlankNode]]:
    """The groups of such nodes that hang together."""
    waiting = set(alike)
    while waiting:
        tangle: set[BlankNode] = set()
        found = {waiting.pop()}
        while found:
            node = found.pop()
            tangle.add(node)
            found |= set().union(*edges[node].values()) - tangle
        waiting -= tangle
        yield tangle


def _work(tangle: set[BlankNode], edges: _Edges) -> int:
    """An upper bound for one tangle: every node is a starting point, and every order of equal neighbours is tried."""
    size = len(tangle)
    if size == 1:
        return 1
    if size > _LARGEST_TANGLE:
        return LARGEST_WORK + 1
    pairs = sum(len(set().union(*edges[node].values())) for node in tangle) // 2
    if pairs >= size:  # not a tree; the worst is then that each node points to each
        kinds = max(len(edges[node]) for node in tangle)
        return kinds * size**3 * (size - 1) * factorial(min(size - 1, _LARGEST_FACTORIAL))
    return size * sum(_walk(node, None, edges) for node in tangle)


def _walk(node: BlankNode, came_from: BlankNode | None, edges: _Edges) -> int:
    """The work of looking from a node of a tree away from where one came."""
    work = 1
    for neighbours in edges[node].values():
        ahead = neighbours - {came_from}
        orders = factorial(min(len(ahead), _LARGEST_FACTORIAL))
        work += orders * sum(_walk(neighbour, node, edges) for neighbour in ahead)
        if work > LARGEST_WORK:
            break
    return work
