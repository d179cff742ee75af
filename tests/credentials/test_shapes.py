"""The fast way to the canonical form: wherever it answers, the slow way gives the same answer, and never an error."""

import copy
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.canonical import canonical_text, canonicalize, statements
from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS, SHIPPED
from credentials.errors import ControlCharacter, CredentialError, MalformedCredential, RelativeIdentifier, UnsignedTerm
from credentials.shapes import ShapeMemory
from tests.example_credentials import example_credential

Document = dict[str, Any]

NAMES = [
    "Åsa Öberg", "Σωκράτης Παπαδόπουλος", "Иван Петров", "李小龙", "أحمد", "Nguyễn Văn Ánh", "😀", 'O"Brien \\ back',
    "line\nbreak\tTab\r", "100 % %s %d %%", "\u2028\u2029\u0085", "é" "e\u0301", "{v0} {b0}", "plain", "", " ",
]  # fmt: skip
ODD_TEXTS = [
    "\x00", "\x7f", "\ud800", "\uffff", "xsd:string", "cred:VerifiableCredential", "sec:x y", "@id", "@unknown", "_:b0",
    "urn:x-voltpass-shape:0:", "urn:x-voltpass-shape:999:", "c14n0", "a", "z",
]  # fmt: skip
IDENTIFIERS = [
    "urn:uuid:1", "urn:uuid:2", "https://x.example/a?b=c#d", "did:web:x.example:y#z", "mailto:a@x.example",
    "http://x.example", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement",
]  # fmt: skip
ODD_IDENTIFIERS = [
    "x", "/x", "", "_:b0", "@id", "@x", "xsd:x", "cred:x", "https:", "urn:", "https://x y", "https://[x", "https://x/%zz",
    "https://x/<", "HTTPS://X.example", "ftp://x.example", "https://x.example/é", "urn:x\u00a0y", "urn:x:{}",
    "did:x:\\", "urn:x-voltpass-shape:0:", "urn:x-voltpass-shape:1", "https://x:port/", "urn://x/y", "https://x.example/\n",
]  # fmt: skip


def memory() -> ShapeMemory:
    return ShapeMemory(SHIPPED, statements)


def slowly(document: Document) -> str | type[CredentialError]:
    try:
        return canonical_text(statements(document))
    except CredentialError as exc:
        return type(exc)


def taught(document: Document) -> ShapeMemory:
    """A memory that has met the shape of a document twice."""
    learned = memory()
    shaped = learned.find_shape(document)
    assert shaped is not None
    learned.learn(shaped)
    learned.learn(shaped)
    return learned


def fast(learned: ShapeMemory, document: Document) -> str | None:
    shaped = learned.find_shape(document)
    return learned.find_canonical(shaped) if shaped else None


def with_texts(value: Any, text: Callable[[str], str]) -> Any:
    """The same document with other texts, contexts and types left as they are."""
    if isinstance(value, dict):
        return {
            name: inner if name in ("@context", "type", "@language") else with_texts(inner, text)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [with_texts(inner, text) for inner in value]
    return text(value) if isinstance(value, str) else value


def awarded(number: int) -> Document:
    """One of many awards of the same kind, with a learner of its own."""
    chance = random.Random(number)
    document = example_credential().to_json()
    document["id"] = f"urn:uuid:{number:032x}"
    subject = document["credentialSubject"]
    subject["id"] = f"did:key:z6Mk{number}"
    subject["identifier"][0]["identityHash"] = f"{chance.choice(NAMES)} {number}"
    subject["narrative"] = f"Assessed by {chance.choice(NAMES)}, {chance.choice(NAMES)}"
    document["credentialStatus"]["id"] = f"https://x.example/status/{chance.randrange(9)}#{number}"
    document["validFrom"] = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T00:00:00Z"
    return document


def compare_awards(count: int) -> None:
    learned = taught(awarded(0))
    for number in range(1, count):
        document = awarded(number)
        assert fast(learned, document) == slowly(document)


def test_awards_of_one_kind_take_the_fast_way() -> None:
    """Names in every script, quotes, line breaks and per cent signs: always the fast way, always the same answer."""
    compare_awards(40)


@pytest.mark.slow
def test_two_thousand_awards_take_the_fast_way() -> None:
    """The same over a whole year's work."""
    compare_awards(2_000)


text = st.one_of(st.sampled_from(NAMES), st.sampled_from(ODD_TEXTS), st.text(max_size=6), st.sampled_from(IDENTIFIERS))
plain_text = st.one_of(st.sampled_from(NAMES), st.text('abc%"\\\n\t', max_size=3))
identifier = st.one_of(st.sampled_from(IDENTIFIERS), st.sampled_from(ODD_IDENTIFIERS))
any_text = st.one_of(text, identifier)
number = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 2.0, 2.5, -0.0, 1e-7, 2**53]))
language_text = st.fixed_dictionaries({"@value": plain_text, "@language": st.sampled_from(["sv", "EN"])})


def node(kind: str, **members: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({"type": st.sampled_from([[kind], kind])}, optional=members)


def some(item: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(item, min_size=1, max_size=most)


identifiers = st.sampled_from(IDENTIFIERS)
alignment = node("Alignment", targetName=plain_text, targetUrl=identifiers, targetCode=plain_text)
image = st.one_of(identifiers, node("Image", id=identifiers, caption=plain_text))
profile = node("Profile", id=identifiers, name=plain_text, url=identifiers, image=image,
               address=node("Address", addressCountry=plain_text, addressLocality=plain_text))  # fmt: skip
result_description = node(
    "ResultDescription", id=identifiers, name=plain_text, allowedValue=some(plain_text), alignment=some(alignment, 2)
)
achievement = node(
    "Achievement", id=identifiers, name=plain_text, tag=some(plain_text), alignment=some(alignment), creator=profile,
    creditsAvailable=number, resultDescription=some(result_description, 2), image=image,
    criteria=st.fixed_dictionaries({}, optional={"id": identifiers, "narrative": plain_text}),
)  # fmt: skip
identity = node("IdentityObject", hashed=st.booleans(), identityHash=plain_text, identityType=plain_text)
proof = node("DataIntegrityProof", cryptosuite=plain_text, created=plain_text, verificationMethod=identifiers,
             proofPurpose=st.sampled_from(["assertionMethod", "authentication", "urn:x:y"]))  # fmt: skip
subject = node(
    "AchievementSubject", id=identifiers, identifier=some(identity), achievement=achievement, creditsEarned=number,
    result=some(node("Result", value=plain_text, resultDescription=identifiers, alignment=some(alignment, 2))),
)  # fmt: skip
credential = st.fixed_dictionaries(
    {
        "@context": st.sampled_from(
            [[CREDENTIALS_V2, OPEN_BADGES], [CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS], CREDENTIALS_V2]
        ),
        "type": st.just(["VerifiableCredential"]),
    },
    optional={
        "id": identifiers,
        "name": st.one_of(plain_text, language_text),
        "issuer": st.one_of(identifiers, profile),
        "credentialSubject": subject,
        "evidence": some(node("Evidence", id=identifiers, name=plain_text)),
        "proof": proof,
    },
)
PROPERTY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def compare(document: Document, draw: Callable[[str], str], rounds: int) -> None:
    """Teach a memory one document, then ask it for that document and for others of its shape."""
    learned = taught(document)
    for changed in (document, *(with_texts(document, draw) for _ in range(rounds))):
        answer = fast(learned, changed)
        assert answer is None or answer == slowly(changed)


@settings(max_examples=80, **PROPERTY)  # type: ignore[arg-type]
@given(credential, st.randoms(use_true_random=False))
def test_the_fast_way_never_differs(document: Document, chance: random.Random) -> None:
    """Documents with equal nodes, repeated values, odd texts and identifiers: the same answer, or none."""
    compare(document, lambda _: chance.choice(NAMES + ODD_TEXTS + IDENTIFIERS + ODD_IDENTIFIERS), 2)
    compare(document, lambda old: chance.choice(IDENTIFIERS if ":" in old else NAMES), 3)


@pytest.mark.slow
@settings(max_examples=3_000, **PROPERTY)  # type: ignore[arg-type]
@given(credential, st.randoms(use_true_random=False))
def test_the_fast_way_never_differs_over_thousands(document: Document, chance: random.Random) -> None:
    """The same property, some twenty thousand documents."""
    compare(document, lambda _: chance.choice(NAMES + ODD_TEXTS + IDENTIFIERS + ODD_IDENTIFIERS), 2)
    compare(document, lambda old: chance.choice(IDENTIFIERS if ":" in old else NAMES), 3)


PLACES = list(range(len(memory().find_shape(awarded(0)).texts)))  # type: ignore[union-attr]


@settings(max_examples=80, **PROPERTY)  # type: ignore[arg-type]
@given(place=st.sampled_from(PLACES), value=any_text)
def test_one_odd_text_in_a_known_shape(place: int, value: str) -> None:
    """Any text in any one place of a full credential: the same answer, or the slow way decides."""
    counted = iter(range(len(PLACES)))
    changed = with_texts(awarded(1), lambda old: value if next(counted) == place else old)
    answer = fast(LEARNED, changed)
    assert answer is None or answer == slowly(changed)


LEARNED = taught(awarded(0))


def put(change: Callable[[Document], object]) -> Document:
    document = awarded(1)
    change(document)
    return document


@pytest.mark.parametrize(
    ("document", "error"),
    [
        pytest.param(put(lambda d: d.update(name="\x07")), ControlCharacter, id="control-character"),
        pytest.param(put(lambda d: d.update(id="3527")), RelativeIdentifier, id="relative-identifier"),
        pytest.param(put(lambda d: d.update(id="xsd:x")), None, id="abbreviation-elsewhere"),
        pytest.param(put(lambda d: d.update(ects="x")), UnsignedTerm, id="undefined-member"),
        pytest.param(put(lambda d: d.update(type=["VerifiableCredential", "OpenBadge"])), UnsignedTerm, id="type"),
        pytest.param(
            put(lambda d: d.update(name="cred:VerifiableCredential")), MalformedCredential, id="abbreviation-in-text"
        ),
        pytest.param(
            put(lambda d: d["credentialSubject"]["achievement"].update(tag=["VOLTAGE", "VOLTAGE"])),
            MalformedCredential,
            id="said-twice",
        ),
        pytest.param(put(lambda d: d["evidence"].append(copy.deepcopy(d["evidence"][0]))), None, id="twins"),
        pytest.param(
            put(lambda d: d["credentialSubject"]["identifier"].__setitem__(1, d["credentialSubject"]["identifier"][0])),
            None,
            id="equal-hashes",
        ),
    ],
)
def test_what_the_slow_way_decides_stays_so(document: Document, error: type[CredentialError] | None) -> None:
    """Also when the shape is known: errors keep their class, and equal anonymous objects are told apart properly."""
    for _ in range(3):
        canonicalize(awarded(2))
    for _ in range(3):
        if error is None:
            assert canonicalize(document) == slowly(document)
        else:
            with pytest.raises(error):
                canonicalize(document)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d["@context"].append(OPEN_BADGES_EXTENSIONS), id="contexts"),
        pytest.param(lambda d: d["type"].reverse(), id="types"),
        pytest.param(lambda d: d["credentialSubject"]["achievement"].update(creditsAvailable=3), id="number"),
        pytest.param(lambda d: d["credentialSubject"]["achievement"].update(creditsAvailable=0.25), id="fraction"),
        pytest.param(lambda d: d["credentialSubject"]["identifier"][0].update(hashed=True), id="flag"),
        pytest.param(lambda d: d["credentialSubject"]["achievement"]["tag"].append("more"), id="length-of-array"),
        pytest.param(lambda d: d.pop("evidence"), id="member-missing"),
        pytest.param(lambda d: d.update(evidence=d["evidence"][0]), id="object-for-array"),
        pytest.param(lambda d: d.update(description="x"), id="member-more"),
    ],
)
def test_another_shape_is_not_answered(change: Callable[[Document], object]) -> None:
    """Members, lengths, contexts, types, numbers and truth values belong to the shape."""
    assert fast(LEARNED, awarded(3)) is not None
    assert fast(LEARNED, put(change)) is None


def test_one_identifier_in_two_places() -> None:
    """When issuer and creator turn out to be one, what both places say is one statement."""
    document = awarded(1)
    named = {name: document["issuer"][name] for name in ("id", "type", "name")}
    document["credentialSubject"]["achievement"]["creator"] = named
    other = with_texts(document, lambda old: old)
    other["credentialSubject"]["achievement"]["creator"]["id"] = "urn:x:creator"
    answer = fast(taught(other), document)
    assert answer is not None
    assert answer == slowly(document) != slowly(other)


@pytest.mark.parametrize("tags", [pytest.param(tags, id="".join(tags)) for tags in permutations("abc")])
def test_values_of_an_anonymous_object_in_any_order(tags: tuple[str, ...]) -> None:
    """The hash of a blank node is made over its statements in order, whatever order the document has."""

    def tagged(order: Iterable[str]) -> Document:
        anonymous = [{"type": ["Achievement"], "tag": [f"{tag}{place}" for tag in order]} for place in range(8)]
        holders = [{"id": f"urn:x:{place}", "type": ["AchievementSubject"]} for place in range(8)]
        subjects = [{**holder, "achievement": each} for holder, each in zip(holders, anonymous, strict=True)]
        return {
            "@context": [CREDENTIALS_V2, OPEN_BADGES],
            "type": ["VerifiableCredential"],
            "credentialSubject": subjects,
        }

    answer = fast(taught(tagged("abc")), tagged(tags))
    assert answer is not None
    assert answer == slowly(tagged("cab"))


def test_a_type_that_looks_like_a_mark() -> None:
    """Types belong to the shape and are never filled in."""
    document = put(lambda d: d["type"].append("urn:x-voltpass-shape:0:"))
    answer = fast(taught(document), document)
    assert answer is None or answer == slowly(document)
    assert "<urn:x-voltpass-shape:0:>" in canonicalize(document)


@pytest.mark.parametrize("odd", ["https://x.example/é", "ftp://x.example", "HTTPS://x.example", "urn:x\u00a0y"])
def test_unusual_identifiers_are_left_to_the_slow_way(odd: str) -> None:
    """They may be right, but libraries have their own ideas about them."""
    document = put(lambda d: d.update(id=odd))
    assert fast(LEARNED, document) is None
    assert canonicalize(document) == slowly(document)


def test_a_shape_is_learned_when_it_is_met_again() -> None:
    """A single paper of a stranger is not worth a template."""
    learned = memory()
    shaped = learned.find_shape(awarded(0))
    assert shaped is not None
    learned.learn(shaped)
    assert learned.find_canonical(shaped) is None
    learned.learn(shaped)
    assert learned.find_canonical(shaped) == slowly(awarded(0))


def test_the_memory_is_bounded() -> None:
    """Strangers with ever new shapes push out old ones; they do not fill the memory."""
    learned = taught(awarded(0))
    for size in range(1, 130):
        document: Document = {"@context": CREDENTIALS_V2, "type": ["VerifiableCredential"], "id": "urn:x:1"}
        document["credentialStatus"] = {"type": "BitstringStatusListEntry", "statusSize": size}
        shaped = learned.find_shape(document)
        assert shaped is not None
        for _ in range(2):
            learned.learn(shaped)
        assert learned.find_canonical(shaped) == slowly(document)
    assert fast(learned, awarded(0)) is None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"x": None}, id="null"),
        pytest.param({"x": ("a",)}, id="tuple"),
        pytest.param({"type": [1]}, id="type-number"),
        pytest.param({"@context": [{}]}, id="inline-context"),
        pytest.param({"x": ["a"] * 5_000}, id="large"),
    ],
)
def test_what_is_not_plain_has_no_shape(value: Document) -> None:
    """The slow way says what is wrong with it."""
    assert memory().find_shape(value) is None


def test_a_deep_document_has_no_shape() -> None:
    """Depth is bounded before Python's own limit is met."""
    deep: Any = "x"
    for _ in range(5_000):
        deep = {"x": [deep]}
    assert memory().find_shape(deep) is None


def test_threads_share_a_memory() -> None:
    """Several threads learn and ask at once."""
    documents = [awarded(index) for index in range(40)]
    expected = [slowly(document) for document in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(canonicalize, documents)) == expected
