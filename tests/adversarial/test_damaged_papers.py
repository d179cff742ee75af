"""Papers of every form, damaged in every way: VALID only when what was signed is still what is shown, and no crash.

A change that leaves the signed meaning alone (white space, the order of members, the spelling of a number) may stay
VALID; then exactly the credential that was sealed comes out.
"""

from __future__ import annotations

import base64
import io
import json
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from credentials.baking import bake_png
from credentials.baking_svg import bake_svg
from credentials.seal import seal
from keys.algorithm import Algorithm
from tests.mutations import places
from tests.papers import certificate, saved
from tests.simulator import BASE, Award, Simulator, achievement, subject
from verifier.examine import examine
from verifier.reasons import Check
from verifier.report import Verdict, VerificationReport

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'
LOOKALIKES = {"A": "\u0410", "a": "\u0430", "o": "\u043e", "i": "\u0456", "s": "\u0455", " ": "\u00a0"}
FORMS = ["json", "json-jcs", "jwt", "png-json", "png-jwt", "svg-json", "svg-jwt", "pdf"]
SPELLINGS = [b"3.50", b"35e-1", b"0.35E1"]
OTHERS = [b"3.5000000000000004", b"4", b'"3.5"', b"+3.5", b"03.5", b"NaN", b"1e400", b"0x3", b"3,5", b"-3.5"]
QUICK = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DEEP = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class World:
    """Two awards of each form, alike but for the learner, so that everything could be swapped."""

    def __init__(self) -> None:
        self.sim = Simulator()
        self.awards = {
            (algorithm, name): self.sim.award(
                algorithm,
                credentialSubject=learner(name),
                image={"id": f"{BASE}/v/{number}.png", "type": "Image"},
            )
            for algorithm in Algorithm
            for number, name in enumerate(("Åsa Lindström", "Åsa Lindqvist"))
        }
        self.sealed = [award.credential.to_json() for award in self.awards.values()]

    def award(self, algorithm: Algorithm, name: str = "Åsa Lindström") -> Award:
        return self.awards[algorithm, name]

    def report(self, data: bytes) -> VerificationReport:
        """The gate's word, which can be written down, and is never good for what was not sealed."""
        report = examine(data, "item", self.sim.policy, now=self.sim.now).report
        written = json.loads(json.dumps(report.to_json(), ensure_ascii=False).encode())
        if report.verdict is Verdict.VALID:
            assert report.accept().to_json() in self.sealed
            assert written["credential"] in self.sealed
        else:
            assert report.outcome != "passed"
        if report.authentic is not None:
            assert report.authentic.to_json() in self.sealed
        return report


def learner(name: str) -> dict[str, Any]:
    identifier = [{"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}]
    described = achievement(creditsAvailable=3.5)
    return subject(identifier=identifier, achievement=described, creditsEarned=3)


@cache
def world() -> World:
    return World()


@cache
def paper(form: str) -> bytes:
    """A good paper of each form."""
    token, text = (world().award(algorithm).text for algorithm in (Algorithm.P256, Algorithm.ED25519))
    picture = saved(Image.linear_gradient("L").resize((8, 8)))
    match form:
        case "json-jcs":
            award = world().award(Algorithm.ED25519)
            signer = award.provider.signers[Algorithm.ED25519]
            return seal(award.credential, signer, created=world().sim.now, cryptosuite="eddsa-jcs-2022").text.encode()
        case "png-json" | "png-jwt":
            return bake_png(picture, token if form == "png-jwt" else text)
        case "svg-json" | "svg-jwt":
            return bake_svg(SVG, token if form == "svg-jwt" else text)
        case "pdf":
            return certificate(world().award(Algorithm.ED25519))
    return (token if form == "jwt" else text).encode()


def spelled(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def copy_of(text: str | bytes) -> Any:
    return json.loads(text)


def inside_token(change: Callable[[Any], None]) -> bytes:
    """The token with its payload changed, under the old signature."""
    head, payload, signature = paper("jwt").decode().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    change(claims)
    return f"{head}.{base64.urlsafe_b64encode(spelled(claims)).decode().rstrip('=')}.{signature}".encode()


def inside_json(form: str, change: Callable[[Any], None]) -> bytes:
    """A JSON paper, or the payload of a token, changed under the old signature."""
    if form == "jwt":
        return inside_token(change)
    document = copy_of(paper(form))
    change(document)
    return spelled(document)


def spot(document: Any, number: int) -> tuple[Any, Any]:
    """One place in a document, by number."""
    found = places(document)
    return found[number % len(found)]


NUMBERS = st.integers(0, 10_000)
STRUCTURED = st.sampled_from(["json", "json-jcs", "jwt"])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_valid_before_it_is_damaged(form: str) -> None:
    """The papers that are damaged below are good ones."""
    assert world().report(paper(form)).verdict is Verdict.VALID


def flip_any_byte(form: str, place: int, value: int) -> None:
    data = bytearray(paper(form))
    data[place % len(data)] ^= value
    world().report(bytes(data))


def cut_or_double(form: str, start: int, length: int, is_doubled: bool) -> None:
    data = paper(form)
    start %= len(data)
    piece = data[start : start + length]
    world().report(data[:start] + piece * (2 if is_doubled else 0) + data[start + length :])


def change_members(form: str, number: int, kind: str, extra: Any) -> None:
    def change(document: Any) -> None:
        container, key = spot(document, number)
        match kind:
            case "drop":
                del container[key]
            case "rename" if isinstance(container, dict):
                container[f"{key}X"] = container.pop(key)
            case "wrap":
                container[key] = [container[key]]
            case "bury":
                container[key] = {"id": "urn:x", "name": container[key]}
            case "null":
                container[key] = None
            case "double" if isinstance(container, list):
                container.append(container[key])
            case _:
                container[key] = extra

    world().report(inside_json(form, change))


def add_member(form: str, number: int, name: str, value: Any) -> None:
    """A member that was not there is never part of what is shown."""

    def change(document: Any) -> None:
        container, key = spot(document, number)
        target = container[key] if isinstance(container[key], dict) else document
        assume(name not in target)
        target[name] = value

    data = inside_json(form, change)
    if world().report(data).verdict is Verdict.VALID:
        # JSON-LD knows no difference between an empty list, or null, and nothing
        assert value in (None, []) or name in {"proof", "id"}


@pytest.mark.parametrize("form", FORMS)
@QUICK
@given(st.integers(0, 1_000_000), st.integers(1, 255))
def test_any_byte_flipped(form: str, place: int, value: int) -> None:
    """One byte that is another."""
    flip_any_byte(form, place, value)


@QUICK
@given(st.sampled_from(FORMS), NUMBERS, st.integers(1, 60), st.booleans())
def test_any_piece_cut_out_or_doubled(form: str, start: int, length: int, is_doubled: bool) -> None:
    """A piece that is gone, or there twice."""
    cut_or_double(form, start, length, is_doubled)


KINDS = st.sampled_from(["drop", "rename", "wrap", "bury", "null", "double", "other"])
EXTRAS = st.sampled_from(
    ["x", "", 1, 0.1, True, {}, [], ["x"], {"id": "urn:x"}, {"@value": "x"}, {"en": "x"}, "\ufeff"]
)
NAMES = st.sampled_from(
    ["x", "name", "description", "validUntil", "expirationDate", "credentialStatus", "endorsement", "refreshService",
     "@graph", "@reverse", "@included", "@type", "@id", "vc", "vp", "iss", "exp", "narrative", "license", "proof"]
)  # fmt: skip


@settings(QUICK, max_examples=80)
@given(STRUCTURED, NUMBERS, KINDS, EXTRAS)
def test_any_member_dropped_renamed_wrapped_or_replaced(form: str, number: int, kind: str, extra: Any) -> None:
    """A member that is gone, goes by another name, lies deeper, or holds something else."""
    change_members(form, number, kind, extra)


@settings(QUICK, max_examples=50)
@given(STRUCTURED, NUMBERS, NAMES, EXTRAS)
def test_any_member_added(form: str, number: int, name: str, value: Any) -> None:
    """A member more, known or unknown, anywhere."""
    add_member(form, number, name, value)


@QUICK
@given(st.sampled_from(["json", "json-jcs"]), st.randoms(use_true_random=False), st.sampled_from([None, 1, "\t"]))
def test_order_and_white_space_mean_nothing(form: str, chance: Any, indent: Any) -> None:
    """Members in another order, and other space between them, show the same credential, and stay VALID."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            members = list(value.items())
            chance.shuffle(members)
            return {name: shuffled(item) for name, item in members}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    report = world().report(json.dumps(shuffled(copy_of(paper(form))), indent=indent).encode())
    assert report.verdict is Verdict.VALID
    assert report.accept() == world().award(Algorithm.ED25519).credential


@QUICK
@given(STRUCTURED, st.randoms(use_true_random=False))
def test_members_moved_somewhere_else(form: str, chance: Any) -> None:
    """A part of the credential in the place of another."""

    def change(document: Any) -> None:
        (container, key), (other, name) = chance.choice(places(document)), chance.choice(places(document))
        moved = json.loads(json.dumps(other[name]))
        assume(container[key] != moved)
        container[key] = moved

    world().report(inside_json(form, change))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_seal_of_another_credential(algorithm: Algorithm) -> None:
    """Two credentials of one issuer, sealed alike: neither seal fits the other paper, nor half of each."""
    one, two = (world().award(algorithm, name).text for name in ("Åsa Lindström", "Åsa Lindqvist"))
    if algorithm is Algorithm.P256:
        parts, others = one.split("."), two.split(".")
        mixed = [".".join([parts[0], parts[1], others[2]]), ".".join([parts[0], others[1], parts[2]])]
    else:
        mixed = []
        for member in ("proof", "credentialSubject", "id", "credentialStatus", "image"):
            document = copy_of(one)
            assert document[member] != copy_of(two)[member]
            document[member] = copy_of(two)[member]
            mixed.append(json.dumps(document))
    for text in mixed:
        report = world().report(text.encode())
        assert report.verdict is Verdict.ALTERED
        assert report.deciding.check is Check.PROOF


def test_both_seals_on_one_paper() -> None:
    """The seal of another credential beside the own one changes nothing about what was sealed."""
    one, two = (copy_of(world().award(Algorithm.ED25519, name).text) for name in ("Åsa Lindström", "Åsa Lindqvist"))
    for proofs in ([two["proof"]], [one["proof"], two["proof"]], [two["proof"], one["proof"]]):
        report = world().report(spelled({**one, "proof": proofs}))
        assert (report.verdict is Verdict.VALID) == (one["proof"] in proofs)


@pytest.mark.parametrize("form", ["json", "json-jcs", "jwt"])
@pytest.mark.parametrize("new", [*SPELLINGS, *OTHERS])
def test_numbers_in_other_forms(form: str, new: bytes) -> None:
    """The same number may be spelled otherwise in JSON that is signed by its meaning; any other number is not VALID."""
    data, old = paper(form), b"3.5"
    if form == "jwt":
        head, payload, signature = data.split(b".")
        inside = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
        assert old in inside
        data = b".".join([head, base64.urlsafe_b64encode(inside.replace(old, new, 1)).rstrip(b"="), signature])
    else:
        assert old in data
        data = data.replace(old, new, 1)
    is_same = new in SPELLINGS and form != "jwt"
    assert (world().report(data).verdict is Verdict.VALID) == is_same


@pytest.mark.parametrize("form", ["json", "json-jcs", "jwt"])
@pytest.mark.parametrize("change", [unicodedata.normalize, None], ids=["NFD", "lookalikes"])
def test_names_that_only_look_the_same(form: str, change: Any) -> None:
    """A name in other code points is another name, though no eye could tell."""
    name = "Åsa Lindström"
    spellings = [unicodedata.normalize("NFD", name), unicodedata.normalize("NFKD", name)]
    if change is None:
        spellings = [name.replace(own, other) for own, other in LOOKALIKES.items() if own in name]
        spellings += [name + "\u200b", "\u2060" + name, name.replace(" ", "  "), name + "\ufe0f"]
    for spelling in spellings:
        assert spelling != name

        def rename(document: Any, spelling: str = spelling) -> None:
            document["credentialSubject"]["identifier"][0]["identityHash"] = spelling

        assert world().report(inside_json(form, rename)).verdict in {Verdict.ALTERED, Verdict.UNREADABLE}


@pytest.mark.parametrize("name", ["Åsa Lindqvist", "Аsa Lindström", "Åsa Lindstrom"])
def test_a_certificate_that_shows_another_name(name: str) -> None:
    """A page with another name around the untouched record, resealed by nobody: never VALID."""
    award = world().award(Algorithm.ED25519)
    report = world().report(certificate(award, shown={"name": name}, is_sealed=False))
    assert report.verdict is Verdict.ALTERED
    assert report.deciding.check is Check.APPEARANCE


def test_the_record_of_another_certificate() -> None:
    """Two certificates of one issuer: the record and the page of each, together with the other's, are not VALID."""
    one, two = (world().award(Algorithm.ED25519, name) for name in ("Åsa Lindström", "Åsa Lindqvist"))
    for page, record in ((one, two), (two, one)):
        mixed = world().report(certificate(page, attached=record.text))
        assert mixed.verdict is Verdict.ALTERED
        assert mixed.deciding.check is Check.APPEARANCE
    with pikepdf.open(io.BytesIO(certificate(one))) as first, pikepdf.open(io.BytesIO(certificate(two))) as second:
        first.Root.PieceInfo = first.copy_foreign(second.make_indirect(second.Root.PieceInfo))
        out = io.BytesIO()
        first.save(out, fix_metadata_version=False)
    assert world().report(out.getvalue()).verdict is Verdict.ALTERED


# the same, deeper


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@DEEP
@given(st.integers(0, 1_000_000), st.integers(1, 255))
def test_any_byte_flipped_deeper(form: str, place: int, value: int) -> None:
    """As above, with more examples and other ones each time."""
    flip_any_byte(form, place, value)


@pytest.mark.slow
@DEEP
@given(STRUCTURED, NUMBERS, KINDS, EXTRAS | st.text(max_size=5))
def test_any_member_changed_deeper(form: str, number: int, kind: str, extra: Any) -> None:
    """As above, with more examples and other ones each time."""
    change_members(form, number, kind, extra)


@pytest.mark.slow
@DEEP
@given(STRUCTURED, NUMBERS, NAMES | st.text(max_size=8), EXTRAS)
def test_any_member_added_deeper(form: str, number: int, name: str, value: Any) -> None:
    """As above, with more examples and other ones each time."""
    add_member(form, number, name, value)
