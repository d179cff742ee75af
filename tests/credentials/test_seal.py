"""Sealing and opening: what goes in comes out, under the right key only, and nothing can be changed in between."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.credential import AchievementCredential
from credentials.errors import (
    ControlCharacter,
    CredentialError,
    LanguageMap,
    MalformedCredential,
    RelativeIdentifier,
    SealBroken,
    UnknownContext,
    UnsignedTerm,
)
from credentials.seal import seal
from credentials.sealed import Sealed, SecuringForm
from credentials.status_list import StatusList, StatusListCredential, StatusPurpose
from credentials.unverified import UnverifiedCredential, open_unverified, verify_seal
from keys.algorithm import Algorithm
from keys.signer import MemorySigner
from tests.example_credentials import CREDENTIAL_ID, ISSUER_ID, example_credential

SIGNERS = {algorithm: MemorySigner.generate(algorithm) for algorithm in Algorithm}
SEALED_AT = datetime(2026, 11, 22, 9, 30, 15, 999_999, tzinfo=UTC)
SEALED = {algorithm: seal(example_credential(), SIGNERS[algorithm], created=SEALED_AT) for algorithm in Algorithm}
EMBEDDED = SEALED[Algorithm.ED25519]
TOKEN = SEALED[Algorithm.P256]

both_forms = pytest.mark.parametrize("algorithm", [pytest.param(each, id=each.value) for each in Algorithm])


class Raw:
    """A document sealed as it stands."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def to_json(self) -> dict[str, Any]:
        return copy.deepcopy(self._document)


def check(text: str | bytes, algorithm: Algorithm) -> UnverifiedCredential:
    """Open and verify under the right key."""
    unverified = open_unverified(text)
    verify_seal(unverified, SIGNERS[algorithm].public_key)
    return unverified


@both_forms
def test_what_was_sealed_comes_out(algorithm: Algorithm) -> None:
    """The credential that leaves the envelope is the one that was put in."""
    sealed = SEALED[algorithm]
    unverified = check(sealed.text, algorithm)
    assert AchievementCredential.from_json(unverified.document) == example_credential()
    assert unverified.document == example_credential().to_json()
    assert unverified.text == sealed.text
    assert unverified.form is sealed.form
    assert unverified.digest == sealed.digest == hashlib.sha256(sealed.text.encode()).hexdigest()
    assert unverified.unverified_issuer_id == ISSUER_ID
    assert unverified.unverified_id == CREDENTIAL_ID
    assert unverified.unverified_key_id == SIGNERS[algorithm].verification_method
    assert unverified.unverified_created == SEALED_AT.replace(microsecond=0)


def test_the_two_forms() -> None:
    """An Ed25519 key makes an embedded proof, a P-256 key a token; each has its media type and mechanism."""
    assert (EMBEDDED.form, EMBEDDED.media_type) == (SecuringForm.DATA_INTEGRITY, "application/vc")
    assert (TOKEN.form, TOKEN.media_type) == (SecuringForm.VC_JWT, "application/vc+jwt")
    assert open_unverified(EMBEDDED.text).mechanism == "eddsa-rdfc-2022"
    assert open_unverified(TOKEN.text).mechanism == "ES256"


def test_the_embedded_form_is_compact_with_the_proof_last() -> None:
    """One line of JSON, letters as they are, so that the text can be stored, printed and compared."""
    document = json.loads(EMBEDDED.text)
    assert list(document)[-1] == "proof"
    assert EMBEDDED.text == json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert "Åsa Öberg" in EMBEDDED.text


@both_forms
def test_bytes_and_white_space_around(algorithm: Algorithm) -> None:
    """A file ends with a line break; what counts is the text."""
    text = SEALED[algorithm].text
    assert check(b"\n " + text.encode() + b"\r\n", algorithm).digest == SEALED[algorithm].digest


@both_forms
def test_sealing_twice_gives_the_same_text(algorithm: Algorithm) -> None:
    """Both signatures are deterministic, and nothing else is left to chance."""
    assert seal(example_credential(), SIGNERS[algorithm], created=SEALED_AT) == SEALED[algorithm]


@both_forms
def test_status_lists_are_sealed_in_the_same_way(algorithm: Algorithm) -> None:
    """A status list is a credential too."""
    listed = StatusListCredential(
        id="https://voltpass.example/status/3",
        issuer_id=ISSUER_ID,
        purpose=StatusPurpose.REVOCATION,
        encoded_list=StatusList.empty().encode(),
        valid_from=SEALED_AT.replace(microsecond=0),
        valid_until=datetime(2026, 11, 29, tzinfo=UTC),
        ttl_ms=60_000,
    )
    text = seal(listed, SIGNERS[algorithm], created=SEALED_AT).text
    assert StatusListCredential.from_json(check(text, algorithm).document) == listed


@both_forms
@pytest.mark.parametrize("other", [pytest.param(each, id=f"key-{each.value}") for each in Algorithm])
def test_another_key_did_not_seal_it(algorithm: Algorithm, other: Algorithm) -> None:
    """Neither another key of the same kind nor a key of the other kind verifies; the paper does not choose."""
    with pytest.raises(SealBroken):
        verify_seal(open_unverified(SEALED[algorithm].text), MemorySigner.generate(other).public_key)


UNSOUND = [
    pytest.param({"ects": 1}, UnsignedTerm, id="undefined-member"),
    pytest.param({"type": ["VerifiableCredential", "OpenBadge"]}, UnsignedTerm, id="undefined-type"),
    pytest.param({"id": "3527"}, RelativeIdentifier, id="relative-identifier"),
    pytest.param({"name": "\x07"}, ControlCharacter, id="control-character"),
    pytest.param({"@context": ["https://x.example/v1"]}, UnknownContext, id="unknown-context"),
    pytest.param({"evidence": []}, MalformedCredential, id="empty-array"),
    pytest.param({"proof": {}}, MalformedCredential, id="proof"),
    pytest.param({"name": {"en": "Safety"}}, LanguageMap, id="language-map"),
    pytest.param({"issuer": {"type": ["Profile"], "name": "Nobody"}}, MalformedCredential, id="no-issuer"),
]


@both_forms
@pytest.mark.parametrize(("change", "error"), UNSOUND)
def test_what_a_verifier_would_not_see_whole_is_not_sealed(
    algorithm: Algorithm, change: dict[str, Any], error: type[CredentialError]
) -> None:
    """The desk refuses in both forms, though a token would cover every byte."""
    with pytest.raises(error):
        seal(Raw({**example_credential().to_json(), **change}), SIGNERS[algorithm], created=SEALED_AT)


@both_forms
def test_the_moment_of_sealing_has_a_zone(algorithm: Algorithm) -> None:
    """A moment without zone is a mistake of the caller."""
    with pytest.raises(ValueError, match="zone"):
        seal(example_credential(), SIGNERS[algorithm], created=SEALED_AT.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["id", "validFrom"])
def test_a_token_needs_what_it_repeats(name: str) -> None:
    """iss, sub, jti and nbf must have a source in the credential."""
    document = example_credential().to_json()
    del document[name]
    with pytest.raises(MalformedCredential) as caught:
        seal(Raw(document), SIGNERS[Algorithm.P256], created=SEALED_AT)
    assert caught.value.path == f"$.{name}"


@pytest.mark.parametrize("name", ["validFrom", "validUntil"])
def test_a_token_repeats_whole_seconds(name: str) -> None:
    """nbf and exp count seconds; a fraction would be lost in them."""
    document = {**example_credential().to_json(), name: "2028-01-01T00:00:00.5Z"}
    with pytest.raises(MalformedCredential) as caught:
        seal(Raw(document), SIGNERS[Algorithm.P256], created=SEALED_AT)
    assert caught.value.path == f"$.{name}"


def test_proofs_cannot_be_swapped() -> None:
    """A proof belongs to one document, also when the same key made both."""
    other = example_credential(id="urn:uuid:1c2d42a2-7c0e-4f6f-9b1a-7d7a2f6d6f10")
    first, second = (json.loads(text) for text in (EMBEDDED.text, seal_again(other).text))
    first["proof"], second["proof"] = second["proof"], first["proof"]
    for swapped in (first, second):
        with pytest.raises(SealBroken):
            check(json.dumps(swapped), Algorithm.ED25519)


def seal_again(credential: AchievementCredential) -> Sealed:
    return seal(credential, SIGNERS[Algorithm.ED25519], created=SEALED_AT)


def test_parts_of_tokens_cannot_be_swapped() -> None:
    """Header, payload and signature of a token belong together."""
    other = seal(example_credential(name="Another"), SIGNERS[Algorithm.P256], created=SEALED_AT)
    header, payload, signature = TOKEN.text.split(".")
    _, other_payload, other_signature = other.text.split(".")
    for forged in ((header, other_payload, signature), (header, payload, other_signature)):
        with pytest.raises(SealBroken):
            check(".".join(forged), Algorithm.P256)


def objects(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every object inside a document."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            if name != "@context":
                yield from objects(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects(inner, (*path, index))


def at(document: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
    for each in path:
        document = document[each]
    found: dict[str, Any] = document
    return found


DOCUMENT = json.loads(EMBEDDED.text)
# One of each kind: what holds for the first item of an array holds for the others.
OBJECTS = [path for path in objects(DOCUMENT) if all(each == 0 or isinstance(each, str) for each in path)]
MEMBERS = [(path, name) for path in OBJECTS for name in at(DOCUMENT, path)]


def refuses(change: Callable[[dict[str, Any]], object]) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    with pytest.raises(CredentialError):
        check(json.dumps(changed), Algorithm.ED25519)


@pytest.mark.parametrize(
    ("path", "name"), [pytest.param(*each, id=".".join(map(str, (*each[0], each[1])))) for each in MEMBERS]
)
def test_no_member_can_be_dropped_renamed_or_given_another_value(path: tuple[str | int, ...], name: str) -> None:
    """Whatever member of the sealed JSON is touched, proof included, the seal does not hold."""
    refuses(lambda doc: at(doc, path).pop(name))
    refuses(lambda doc: at(doc, path).update({f"{name}x": at(doc, path).pop(name)}))
    refuses(lambda doc: at(doc, path).update({name: "urn:x:another"}))


@pytest.mark.parametrize("path", [pytest.param(path, id=".".join(map(str, path)) or "top") for path in OBJECTS])
def test_no_member_can_be_added(path: tuple[str | int, ...]) -> None:
    """Neither a term that no context defines, nor one that is defined, nor data that JSON-LD would drop."""
    refuses(lambda doc: at(doc, path).update({"surprise": 1}))
    refuses(lambda doc: at(doc, path).update({"@included": {"name": "x"}}))
    refuses(lambda doc: at(doc, path).update({"termsOfUse": []}))
    refuses(lambda doc: at(doc, path).update({"holder": None}))
    if "nonce" not in at(DOCUMENT, path):
        refuses(lambda doc: at(doc, path).update({"nonce": "x"}))
    if "narrative" not in at(DOCUMENT, path):
        refuses(lambda doc: at(doc, path).update({"narrative": "with distinction"}))


SOME = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(where=st.integers(0, len(EMBEDDED.text.encode()) - 1), byte=st.integers(0, 255))
def test_any_byte_of_an_embedded_paper_matters(where: int, byte: int) -> None:
    """With one byte changed a paper is refused by one of our errors, or it is the same document (2.0 and 2e0)."""
    data = bytearray(EMBEDDED.text.encode())
    data[where] = byte
    try:
        unverified = check(bytes(data), Algorithm.ED25519)
    except CredentialError:
        return
    assert unverified.document == example_credential().to_json()


@SOME
@given(where=st.integers(0, len(TOKEN.text) - 1), byte=st.integers(0, 255))
def test_any_byte_of_a_token_matters(where: int, byte: int) -> None:
    """A token with one byte changed is refused by one of our errors, always."""
    data = bytearray(TOKEN.text.encode())
    if data[where] == byte:
        return
    data[where] = byte
    with pytest.raises(CredentialError):
        check(bytes(data), Algorithm.P256)


@SOME
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_junk_is_refused_by_our_own_errors(junk: bytes) -> None:
    """Whatever is handed in, nothing but our own errors comes out."""
    with pytest.raises(CredentialError):
        open_unverified(junk)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@SOME
@given(where=st.sampled_from(MEMBERS), value=json_values)
def test_any_value_in_any_place_is_refused_by_our_own_errors(
    where: tuple[tuple[str | int, ...], str], value: object
) -> None:
    """A member given any other JSON value is refused, proof and contexts included, and never crashes the gate."""
    changed = copy.deepcopy(DOCUMENT)
    path, name = where
    if at(changed, path)[name] == value:
        return
    at(changed, path)[name] = value
    with pytest.raises(CredentialError):
        check(json.dumps(changed), Algorithm.ED25519)
