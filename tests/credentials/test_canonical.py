"""The canonical form: every claim is in it or the document is refused, and no document costs much."""

import copy
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, parse

from credentials.canonical import canonical_text, canonicalize
from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, OPEN_BADGES, SHIPPED
from credentials.errors import (
    ControlCharacter,
    MalformedCredential,
    RelativeIdentifier,
    UnknownContext,
    UnsignedTerm,
)
from tests.example_credentials import example_credential

Document = dict[str, Any]
Change = Callable[[Document], object]


def document(change: Change = lambda _: None) -> Document:
    """The JSON of the example credential after a change."""
    written = example_credential().to_json()
    change(written)
    return written


def achievement(doc: Document) -> Document:
    found: Document = doc["credentialSubject"]["achievement"]
    return found


def put(*steps: str | int, value: object) -> Change:
    def change(doc: Document) -> None:
        place: Any = doc
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value

    return change


ACHIEVEMENT = ("credentialSubject", "achievement")
TARGET = (*ACHIEVEMENT, "alignment", 0, "targetUrl")
CREDITS = (*ACHIEVEMENT, "creditsAvailable")


@pytest.mark.parametrize(
    ("change", "path", "term"),
    [
        pytest.param(put("ects", value=1), "$.ects", "ects", id="member"),
        pytest.param(put(*ACHIEVEMENT, "ects", value=1), "$.credentialSubject.achievement.ects", "ects", id="deeper"),
        pytest.param(
            put("credentialSubject", "creditsAvailable", value=1),
            "$.credentialSubject.creditsAvailable",
            "creditsAvailable",
            id="defined-for-another-type",
        ),
        pytest.param(put("type", 1, value="OpenBadge"), "$.type[1]", "OpenBadge", id="type"),
        pytest.param(put("evidence", 0, "type", 0, value="@json"), "$.evidence[0].type[0]", "@json", id="keyword-type"),
        pytest.param(
            put("credentialSchema", value=[{"id": "https://x.example/s", "type": "1EdTechJsonSchemaValidator2019"}]),
            "$.credentialSchema[0].type",
            "1EdTechJsonSchemaValidator2019",
            id="type-of-the-extensions-context",
        ),
        pytest.param(put("", value="x"), "$['']", "", id="empty-name"),
    ],
)
def test_what_no_context_defines_is_refused(change: Change, path: str, term: str) -> None:
    """JSON-LD drops what no context defines, silently; a signature would not cover it."""
    with pytest.raises(UnsignedTerm) as caught:
        canonicalize(document(change))
    assert (caught.value.path, caught.value.term) == (path, term)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param(put("id", value="3527"), "$.id", id="id"),
        pytest.param(put("id", value=""), "$.id", id="empty"),
        pytest.param(put("id", value="/v/3527"), "$.id", id="path-only"),
        pytest.param(put("id", value="_:b0"), "$.id", id="blank-node"),
        pytest.param(put("id", value="@id"), "$.id", id="keyword"),
        pytest.param(put("id", value="@unknown"), "$.id", id="like-a-keyword"),
        pytest.param(put("id", value="https://x.example/a b"), "$.id", id="with-a-space"),
        pytest.param(put("id", value="https://x.example/%zz"), "$.id", id="with-a-broken-escape"),
        pytest.param(put("issuer", value="did"), "$.issuer", id="identifier-typed-text"),
        pytest.param(put(*ACHIEVEMENT, "image", value="a.png"), "$.credentialSubject.achievement.image", id="image"),
    ],
)
def test_identifiers_are_absolute(change: Change, path: str) -> None:
    """A relative identifier means another thing in each place it is read; libraries resolve it, drop it or keep it."""
    with pytest.raises(RelativeIdentifier) as caught:
        canonicalize(document(change))
    assert caught.value.path == path


CONTROL_CHARACTERS = [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]


@pytest.mark.parametrize("code", [pytest.param(code, id=f"{code:04X}") for code in CONTROL_CHARACTERS])
def test_control_characters_are_refused(code: int) -> None:
    """Libraries escape them differently in canonical N-Quads, so a signature over them would hold here only."""
    with pytest.raises(ControlCharacter) as caught:
        canonicalize(document(put(*ACHIEVEMENT, "name", value=f"High{chr(code)}voltage")))
    assert caught.value.path == "$.credentialSubject.achievement.name"


def test_other_characters_are_kept() -> None:
    """Line breaks, tabs, quotes and every script are written as RDFC-1.0 wants them; some split lines in Python."""
    text = 'Tab\tLine\nReturn\r"quote" \\ Åsa 李小龙 😀 \u0085\u2028\u2029\u200f\u00a0'
    form = canonicalize(document(put(*ACHIEVEMENT, "name", value=text)))
    assert '"Tab\\tLine\\nReturn\\r\\"quote\\" \\\\ Åsa 李小龙 😀 \u0085\u2028\u2029\u200f\u00a0"' in form
    assert canonical_text(list(parse(form.encode(), format=RdfFormat.N_QUADS))) == form


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param(put("@graph", value=[]), "$['@graph']", id="graph"),
        pytest.param(put("@included", value=[]), "$['@included']", id="included"),
        pytest.param(put("@reverse", value={}), "$['@reverse']", id="reverse"),
        pytest.param(put("@nest", value={}), "$['@nest']", id="nest"),
        pytest.param(put("@id", value="urn:x:1"), "$['@id']", id="id"),
        pytest.param(put("evidence", 0, "@index", value="x"), "$.evidence[0]['@index']", id="index"),
        pytest.param(put("evidence", 0, "@context", value=[]), "$.evidence[0]['@context']", id="context-inside"),
        pytest.param(put("evidence", value={"@list": []}), "$.evidence['@list']", id="list"),
        pytest.param(put("evidence", value={"@set": []}), "$.evidence['@set']", id="set"),
        pytest.param(put("https://schema.org/name", value="x"), "$['https://schema.org/name']", id="iri"),
        pytest.param(put("ob:name", value="x"), "$['ob:name']", id="compact-iri"),
        pytest.param(put("name", value={"@value": "x"}), "$.name", id="bare-value-object"),
        pytest.param(
            put("name", value={"@value": "x", "@language": "ar", "@direction": "rtl"}), "$.name", id="direction"
        ),
        pytest.param(put("name", value={"@value": 1, "@language": "en"}), "$.name", id="language-of-a-number"),
        pytest.param(
            put("name", value={"@value": "x", "@language": "e n"}), "$.name['@language']", id="no-language-tag"
        ),
        pytest.param(put("name", value=None), "$.name", id="null"),
        pytest.param(
            put(*ACHIEVEMENT, "tag", 1, value=None), "$.credentialSubject.achievement.tag[1]", id="null-in-array"
        ),
        pytest.param(put("evidence", value=[]), "$.evidence", id="empty-array"),
        pytest.param(
            put(*ACHIEVEMENT, "tag", 0, value=["x"]), "$.credentialSubject.achievement.tag[0]", id="nested-array"
        ),
        pytest.param(put("name", value=b"x"), "$.name", id="bytes"),
        pytest.param(put("name", value=("x",)), "$.name", id="tuple"),
        pytest.param(put("@context", 0, value={"name": "urn:x"}), "$['@context']", id="inline-context"),
        pytest.param(put("@context", value=[]), "$['@context']", id="no-context"),
        pytest.param(put("@context", value=[CREDENTIALS_V2] * 9), "$['@context']", id="many-contexts"),
        pytest.param(lambda doc: doc.pop("@context"), "$['@context']", id="context-missing"),
    ],
)
def test_only_the_compacted_form_is_read(change: Change, path: str) -> None:
    """Keywords and other spellings could hide data, or say one thing to JSON-LD and another to a reader of the JSON."""
    with pytest.raises(MalformedCredential) as caught:
        canonicalize(document(change))
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param(put(*CREDITS, value="2.5E0"), ".creditsAvailable", id="text-for-number"),
        pytest.param(put(*TARGET, value=5), ".alignment[0].targetUrl", id="number-for-text"),
        pytest.param(put(*TARGET, value=True), ".alignment[0].targetUrl", id="flag-for-text"),
        pytest.param(put(*ACHIEVEMENT, "tag", value=["a", "b", "a"]), ".tag", id="said-twice"),
        pytest.param(put(*ACHIEVEMENT, "type", value=["Achievement", "Achievement"]), ".type", id="type-twice"),
        pytest.param(
            put(*ACHIEVEMENT, "related", value=[{"id": "urn:x:1", "type": ["Related"]}] * 2),
            ".related",
            id="node-twice",
        ),
        pytest.param(put(*CREDITS, value=float("nan")), ".creditsAvailable", id="nan"),
        pytest.param(put(*CREDITS, value=float("inf")), ".creditsAvailable", id="infinity"),
        pytest.param(put(*CREDITS, value=1e-7), ".creditsAvailable", id="small"),
        pytest.param(put(*CREDITS, value=2**53), ".creditsAvailable", id="large-integer"),
        pytest.param(put(*CREDITS, value=-1e21), ".creditsAvailable", id="large-number"),
        pytest.param(put(*CREDITS, value=0.1 + 0.2), ".creditsAvailable", id="seventeen-digits"),
    ],
)  # fmt: skip
def test_a_claim_has_one_spelling(change: Change, path: str) -> None:
    """No two documents that read differently make the same statements because of numbers, flags or repetition."""
    with pytest.raises(MalformedCredential) as caught:
        canonicalize(document(change))
    assert caught.value.path == f"$.credentialSubject.achievement{path}"


def test_a_truth_value_is_no_text() -> None:
    """ "false" is true in most languages, and would be signed as the same statement as false."""
    with pytest.raises(MalformedCredential) as caught:
        canonicalize(document(put("credentialSubject", "identifier", 0, "hashed", value="false")))
    assert caught.value.path == "$.credentialSubject.identifier[0].hashed"


def test_an_abbreviated_identifier_is_refused() -> None:
    """Where a context knows xsd, xsd:x and the identifier in full are one name to JSON-LD and two to a reader."""
    old = {"@context": [CREDENTIALS_V1, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"]}
    with pytest.raises(MalformedCredential) as caught:
        canonicalize({**old, "id": "xsd:thing", "type": ["VerifiableCredential"]})
    assert caught.value.path == "$.id"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://www.w3.org/ns/credentials/examples/v2", id="examples"),
        pytest.param("https://www.w3.org/ns/credentials/undefined-terms/v2", id="undefined-terms"),
        pytest.param("HTTPS://www.w3.org/ns/credentials/v2", id="other-spelling"),
        pytest.param("credentials/v2", id="relative"),
    ],
)
def test_only_shipped_contexts_are_known(url: str) -> None:
    """Another context is neither fetched nor guessed, also not the one that would define everything."""
    with pytest.raises(UnknownContext) as caught:
        canonicalize(document(put("@context", value=[CREDENTIALS_V2, OPEN_BADGES, url])))
    assert caught.value.url == url


def test_an_embedded_endorsement_brings_its_contexts() -> None:
    """An endorsement is a credential of its own; its contexts are shipped ones too, and its proof is covered."""
    endorsement = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": "urn:x:endorsement",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": "did:web:other.example", "type": ["Profile"], "name": "Other"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "urn:x:1", "type": ["EndorsementSubject"], "endorsementComment": "Sound"},
        "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"},
    }
    form = canonicalize(document(put("endorsement", value=[endorsement])))
    assert '"Sound"' in form
    assert '<https://w3id.org/security#cryptosuite> "eddsa-rdfc-2022"' in form
    with pytest.raises(UnknownContext):
        canonicalize(document(put("endorsement", value=[{**endorsement, "@context": ["https://x.example/v1"]}])))


@pytest.mark.parametrize(
    ("number", "literal"),
    [
        pytest.param(2, '"2"', id="integer"),
        pytest.param(2.0, '"2"', id="integral"),
        pytest.param(2.5, '"2.5E0"', id="half"),
        pytest.param(-0.0, '"0"', id="minus-zero"),
        pytest.param(0.1, '"1.0E-1"', id="tenth"),
        pytest.param(1e-6, '"1.0E-6"', id="smallest"),
        pytest.param(123456.789, '"1.23456789E5"', id="digits"),
        pytest.param(2**53 - 1, '"9007199254740991"', id="largest"),
    ],
)
def test_numbers_are_written_as_other_implementations_write_them(number: float, literal: str) -> None:
    """Canonical xsd:double for fractions, plain digits for whole numbers, whatever datatype the context names."""
    form = canonicalize(document(put(*CREDITS, value=number)))
    assert f"#creditsAvailable> {literal}^^<https://www.w3.org/2001/XMLSchema#float> ." in form


def test_text_with_a_language_is_covered() -> None:
    """The value object of VC Data Model 2.0 keeps its language in the canonical form."""
    form = canonicalize(document(put("name", value={"@value": "Säkerhet", "@language": "sv"})))
    assert '"Säkerhet"@sv' in form


def by_pyld(doc: Document) -> str:
    """The same statements made by PyLD alone, whose own canonicalisation is not used."""

    def load(url: str, _: object) -> dict[str, object]:
        text = copy.deepcopy(SHIPPED.get(url))
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": text}

    text = jsonld.to_rdf(doc, {"format": "application/n-quads", "documentLoader": load})
    return canonical_text(list(parse(text.encode(), format=RdfFormat.N_QUADS)))


def older_context(doc: Document) -> None:
    doc["@context"][1] = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
    del doc["awardedDate"], doc["credentialSubject"]["achievement"]["inLanguage"]
    del doc["credentialSubject"]["achievement"]["related"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="example"),
        pytest.param(put(*CREDITS, value=2.25), id="fraction"),
        pytest.param(put("proof", value={"type": "DataIntegrityProof", "cryptosuite": "x"}), id="graph"),
        pytest.param(
            put(*ACHIEVEMENT, "resultDescription", 0, "allowedValue", value=["Fail", "Pass", "Fail"]), id="list"
        ),
        pytest.param(older_context, id="3.0.2"),
    ],
)
def test_statements_are_those_of_pyld(change: Change) -> None:
    """Our way from the expanded document to statements is PyLD's, where PyLD loses nothing."""
    assert canonicalize(document(change)) == by_pyld(document(change))


def test_order_and_spacing_of_the_json_do_not_matter() -> None:
    """Members are a set, and so are most arrays; lists keep their order."""
    plain = document()
    shuffled = json.loads(json.dumps(plain, sort_keys=True, indent=2))
    achievement(shuffled)["tag"].reverse()
    assert canonicalize(shuffled) == canonicalize(plain)
    up = document(put(*ACHIEVEMENT, "resultDescription", 0, "allowedValue", value=["Fail", "Pass"]))
    down = document(put(*ACHIEVEMENT, "resultDescription", 0, "allowedValue", value=["Pass", "Fail"]))
    assert canonicalize(up) != canonicalize(down)


def test_threads_share_the_contexts() -> None:
    """A web server canonicalises in several threads at once."""
    documents = [document(put(*ACHIEVEMENT, "name", value=f"Safety {index}")) for index in range(12)]
    expected = [canonicalize(doc) for doc in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(canonicalize, documents * 3)) == expected * 3
