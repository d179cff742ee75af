"""The canonical form of a document: the text over which an embedded proof is made (RDFC-1.0 with SHA-256).

What it covers: every statement the document makes. What it does not, because RDF does not: the order of arrays other
than lists, an array of one against its single member, 2.0 against 2, and, when one identifier is described in two
places of a document, in which of the two places a statement stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, serialize

from credentials.ambiguity import check_ambiguity
from credentials.compact_form import check_compact_form
from credentials.contexts import SHIPPED, ContextLibrary
from credentials.expansion import Expander
from credentials.shapes import ShapeMemory
from credentials.statements import statements_of


def canonicalize(document: Mapping[str, object], library: ContextLibrary = SHIPPED) -> str:
    """The canonical N-Quads of a document in compacted form whose contexts the library holds.

    Refuses what a signature would not cover: UnsignedTerm for a member or type no context defines, RelativeIdentifier,
    ControlCharacter, UnknownContext, MalformedCredential for other data that JSON-LD drops or spells in several ways;
    TooComplex when the work could be large.
    """
    memory = _shapes(library)
    shaped = memory.find_shape(document)
    known = memory.find_canonical(shaped) if shaped else None
    if known is not None:
        return known
    text = canonical_text(statements(document, library))
    if shaped:
        memory.learn(shaped)
    return text


def statements(document: Mapping[str, object], library: ContextLibrary = SHIPPED) -> list[Quad]:
    """The statements of a document, not yet in canonical form; raises as canonicalize."""
    outline = check_compact_form(document, library)
    return statements_of(_expander(library).expand(document), document, outline)


def canonical_text(quads: Sequence[Quad]) -> str:
    """Canonical N-Quads of statements: blank nodes named c14n0, c14n1 …, lines in code point order, each ended."""
    check_ambiguity(quads)
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    text = serialize(dataset, format=RdfFormat.N_QUADS)
    assert text is not None  # it is None only when written to a file
    *lines, _ = text.decode().split("\n")
    return "".join(line + "\n" for line in sorted(lines))


@lru_cache(maxsize=8)
def _shapes(library: ContextLibrary) -> ShapeMemory:
    return ShapeMemory(library, lambda document: statements(document, library))


@lru_cache(maxsize=8)
def _expander(library: ContextLibrary) -> Expander:
    return Expander(library)
