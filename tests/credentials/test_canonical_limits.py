"""What a document may cost: whatever a stranger hands in is canonicalised or refused at once."""

from collections.abc import Callable
from contextlib import suppress
from itertools import combinations
from typing import Any

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad

from credentials.canonical import canonical_text, canonicalize
from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES, SHIPPED
from credentials.errors import CredentialError, MalformedCredential, TooComplex, UnsignedTerm
from tests.example_credentials import example_credential

Document = dict[str, Any]
Change = Callable[[Document], object]
ACHIEVEMENT = ("credentialSubject", "achievement")


def document(change: Change = lambda _: None) -> Document:
    """The JSON of the example credential after a change."""
    written = example_credential().to_json()
    change(written)
    return written


def put(*steps: str | int, value: object) -> Change:
    def change(doc: Document) -> None:
        place: Any = doc
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value

    return change


def nested(levels: int) -> Document:
    issuer: Document = {"id": "urn:x:0", "type": ["Profile"]}
    for level in range(levels):
        issuer = {"id": f"urn:x:{level + 1}", "type": ["Profile"], "parentOrg": issuer}
    return issuer


HEAVY = [
    pytest.param(put("issuer", value=nested(70)), TooComplex, id="deep"),
    pytest.param(put("issuer", value=nested(5000)), TooComplex, id="very-deep"),
    pytest.param(put(*ACHIEVEMENT, "tag", value=[f"t{i}" for i in range(1800)]), None, id="many-values"),
    pytest.param(put(*ACHIEVEMENT, "tag", value=[f"t{i}" for i in range(3000)]), TooComplex, id="too-many-values"),
    pytest.param(put("evidence", value=[{} for _ in range(1800)]), None, id="many-twins"),
    pytest.param(put("evidence", value=[{} for _ in range(3000)]), TooComplex, id="too-many-objects"),
    pytest.param(
        put(*ACHIEVEMENT, "resultDescription", 0, "allowedValue", value=["a"] * 1800), TooComplex, id="list-of-equals"
    ),
    pytest.param(put("evidence", value=[{f"x{i}": 1} for i in range(800)]), UnsignedTerm, id="many-undefined"),
    pytest.param(put("evidence", value=[{"x": 1} for i in range(800)]), UnsignedTerm, id="one-undefined-often"),
    pytest.param(
        put(*ACHIEVEMENT, "creator", value={
            "id": "urn:x:1", "type": ["Profile"],
            "endorsement": [{"type": ["VerifiableCredential"], "evidence": [{} for _ in range(8)]} for _ in range(2)],
        }),
        TooComplex,
        id="equals-with-equals-inside",
    ),
]  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("change", "error"), HEAVY)
def test_no_document_costs_much(change: Change, error: type[CredentialError] | None) -> None:
    """Whatever a stranger hands in is canonicalised or refused; without the limits some of it would take for ever."""
    heavy = document(change)
    if error is None:
        canonicalize(heavy)
    else:
        with pytest.raises(error):
            canonicalize(heavy)


TYPES = ["Address", "Alignment", "Evidence", "GeoCoordinates", "Image", "Profile", "Related", "Result",
         "ResultDescription", "RubricCriterionLevel", "JsonSchema", "DataIntegrityProof"]  # fmt: skip


@pytest.mark.timeout(60)
def test_many_combinations_of_contexts_are_refused() -> None:
    """Each combination of types is a context to be worked out; there are too many of them to allow them all."""
    bare = {"@context": [CREDENTIALS_V2, OPEN_BADGES], "type": ["VerifiableCredential"]}
    evidence: list[Document] = []
    for types in (*combinations(TYPES, 2), *combinations(TYPES, 3)):
        one = {"type": list(types), "id": f"urn:x:{len(evidence)}"}
        with suppress(MalformedCredential):  # types that define one term differently
            canonicalize({**bare, "evidence": [one]})
            evidence.append(one)
    assert len(evidence) > 150
    fresh = SHIPPED.with_documents({})
    with pytest.raises(TooComplex, match="combines contexts"):
        canonicalize({**bare, "evidence": evidence}, fresh)


def test_a_language_map_is_refused_though_a_context_declares_it() -> None:
    """JSON-LD reads the keys of such a map as data; the statements would hold more than the document seems to say."""
    declared = {"label": {"@id": "urn:x:label", "@container": "@language"}}
    library = SHIPPED.with_documents({"https://x.example/v1": {"@context": declared}})
    mapped = {"@context": ["https://x.example/v1"], "label": {"english": "Safety"}}
    with pytest.raises(MalformedCredential, match="not be signed"):
        canonicalize(mapped, library)


def test_a_clique_of_blank_nodes_is_refused() -> None:
    """Nodes that all point to each other look the same from everywhere; ten of them would take for ever."""
    nodes = [BlankNode(f"n{index}") for index in range(10)]
    quads = [Quad(one, NamedNode("urn:x:p"), other) for one in nodes for other in nodes if one != other]
    with pytest.raises(TooComplex):
        canonical_text(quads)
