"""What `make fuzz` throws at each parser: a world with fixed keys, real items of every kind, and what must hold."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final

import openpyxl
import pikepdf
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from PIL import Image

from credentials.baking import bake_png
from credentials.baking_svg import bake_svg
from credentials.canonical import canonicalize
from credentials.errors import CredentialError
from credentials.seal import seal
from credentials.status_list import StatusPurpose
from credentials.unverified import open_unverified
from issuer.awards.files import AwardFileError, FileLimits, assess, problem_file, read_award_file
from keys.algorithm import Algorithm
from keys.history import KeyPeriod
from keys.multibase import base64url_encode
from keys.signer import MemorySigner
from tests.award_office import HEADING, PROVIDER, TODAY, Office, demo
from tests.hostile import png_of
from tests.mutations import bent, bent_token, damaged, damaged_archive, damaged_png, spelled
from tests.papers import altered, certificate, saved
from tests.simulator import BASE, Award, RawDocument, Simulator
from verifier.errors import TrustListRejected
from verifier.examine import examine
from verifier.report import Verdict
from verifier.trust import TRUST_LIST_TYPE, open_trust_list

SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'
_ORDER_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Target:
    """One parser: real items for it, one way or several to damage them, and the look at the outcome."""

    corpus: Callable[[], Sequence[bytes]]
    damage: Callable[[bytes, Random], bytes]
    look: Callable[[bytes], str]


class FalseValid(AssertionError):
    """A damaged paper was accepted with another content than was sealed."""


@cache
def world() -> Simulator:
    """The simulator with keys that are the same in every run, so that a seed means the same everywhere."""
    made = Simulator()
    made.keeper = fixed_signer(Algorithm.P256, "keeper")
    signers = {algorithm: fixed_signer(algorithm, "provider") for algorithm in Algorithm}
    owner = made.provider
    begun = owner.periods[0].used_from
    owner.periods = []
    for algorithm, signer in signers.items():
        key = signer.public_key
        method_id = f"{owner.issuer_id}#{key.multikey}"
        key_url = f"{BASE}/issuers/{owner.slug}/keys/{key.thumbprint}"
        signer.verification_method = method_id if algorithm is Algorithm.ED25519 else key_url
        owner.periods.append(KeyPeriod(key, method_id, key_url, owner.issuer_id, used_from=begun))
    owner.signers = signers
    return made


def fixed_signer(algorithm: Algorithm, name: str) -> MemorySigner:
    """A key made of a name."""
    seed = hashlib.sha256(f"{algorithm} {name}".encode()).digest()
    if algorithm is Algorithm.ED25519:
        return MemorySigner(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    return MemorySigner(ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER_P256 - 1) + 1, ec.SECP256R1()))


@cache
def award(algorithm: Algorithm) -> Award:
    """One award in one form; its link is signed, so that a certificate of it has a QR code."""
    identifier = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, algorithm)}"
    return world().award(algorithm, id=identifier, image={"id": f"{BASE}/v/abc.png", "type": "Image"})


# what must hold


def look_at_paper(data: bytes) -> str:
    """The whole gate: a report comes out, it can be written, and VALID shows exactly what was sealed."""
    sim = world()
    report = examine(data, "item", sim.policy, now=sim.now).report
    json.dumps(report.to_json(), ensure_ascii=False).encode()
    if report.verdict is Verdict.VALID:
        sealed = [without_lone_arrays(award(algorithm).credential.to_json()) for algorithm in Algorithm]
        if without_lone_arrays(report.accept().to_json()) not in sealed:
            raise FalseValid("accepted, with another content than was sealed")
    return report.verdict.value


def without_lone_arrays(value: Any) -> Any:
    """JSON with one value in place of an array of one: the only second spelling that no embedded proof tells apart."""
    if isinstance(value, list):
        return without_lone_arrays(value[0]) if len(value) == 1 else [without_lone_arrays(each) for each in value]
    return {name: without_lone_arrays(each) for name, each in value.items()} if isinstance(value, dict) else value


def look_at_sealed(data: bytes) -> str:
    """A document that an issuer really sealed, whatever stands in it: any verdict will do."""
    sim = world()
    try:
        document = json.loads(data)
        signer = sim.provider.signers[Algorithm.ED25519 if len(data) % 2 else Algorithm.P256]
        text = _seal_anything(document, signer)
    except (CredentialError, ValueError, RecursionError) as exc:
        return type(exc).__name__
    report = examine(text.encode("utf-8", "surrogatepass"), "item", sim.policy, now=sim.now).report
    json.dumps(report.to_json(), ensure_ascii=False).encode()
    return report.verdict.value


def _seal_anything(document: Any, signer: MemorySigner) -> str:
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return seal(RawDocument(document), signer, created=world().now).text


def look_at_answer(url: str, algorithm: Algorithm) -> Callable[[bytes], str]:
    """The gate when one address answers with this."""

    def look(data: bytes) -> str:
        sim = world()
        sim.override(url, data)
        try:
            report = sim.verify(award(algorithm))
        finally:
            sim.overrides.clear()
        json.dumps(report.to_json(), ensure_ascii=False).encode()
        return report.verdict.value

    return look


def look_at_status_list(data: bytes) -> str:
    """A list as it arrives; one that the issuer never sealed in this form must not be good news."""
    sim = world()
    verdict = look_at_answer(sim.provider.list_url(StatusPurpose.REVOCATION), Algorithm.ED25519)(data)
    if verdict == Verdict.VALID and said_by(data) != said_by(status_lists()[0]):
        raise FalseValid("a list was believed that nobody sealed")
    return verdict


def said_by(data: bytes) -> str:
    """What a sealed list says, however it is written down: its statements in canonical form."""
    return canonicalize(open_unverified(data).signed_document)


def look_at_sealed_list(data: bytes) -> str:
    """A list that the issuer sealed, whatever its bits are spelled like."""
    sim = world()
    text = data.decode("utf-8", "replace")
    try:
        listed = sim.sealed_list(StatusPurpose.REVOCATION, encoded_list=text)
    except CredentialError as exc:
        return type(exc).__name__
    return look_at_answer(sim.provider.list_url(StatusPurpose.REVOCATION), Algorithm.ED25519)(listed.encode())


def look_at_trust_list(data: bytes) -> str:
    """Claims that the keeper signed, whatever they are."""
    sim = world()
    head = base64url_encode(json.dumps({"alg": "ES256", "typ": TRUST_LIST_TYPE}).encode())
    signed = f"{head}.{base64url_encode(data)}"
    try:
        open_trust_list(f"{signed}.{base64url_encode(sim.keeper.sign(signed.encode()))}", sim.keeper.public_key)
    except TrustListRejected:
        return "rejected"
    return "opened"


def look_at_award_file(data: bytes) -> str:
    """An award file: one outcome a row, and a problem file, or one error of its own.

    Time grows with the rows, which have a limit; a small one here, so that only a slow row is found.
    """
    try:
        table = read_award_file(data, "item", limits=FileLimits(rows=2_000))
    except AwardFileError as exc:
        return exc.code
    outcomes = assess(table, PROVIDER, Office(), today=TODAY)
    if [outcome.line for outcome in outcomes] != [row.line for row in table.rows]:
        raise AssertionError("a row has no outcome, or several")
    problem_file(table, outcomes)
    return "table"


# real items


def papers() -> list[bytes]:
    return [award(Algorithm.ED25519).text.encode()]


def tokens() -> list[bytes]:
    return [award(Algorithm.P256).text.encode()]


@cache
def pictures() -> list[bytes]:
    picture = saved(Image.linear_gradient("L").resize((16, 16)))
    return [bake_png(picture, award(algorithm).text) for algorithm in Algorithm] + [picture, png_of(3, 3)]


@cache
def drawings() -> list[bytes]:
    return [bake_svg(SVG, award(algorithm).text) for algorithm in Algorithm]


@cache
def certificates() -> list[bytes]:
    """As made, and with its streams unpacked, so that damage reaches what is in them."""
    made = certificate(award(Algorithm.ED25519))
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as opened:
        opened.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.all, compress_streams=False, qdf=True)
    return [made, out.getvalue(), altered(certificate(award(Algorithm.ED25519), is_sealed=False), lambda _: None)]


def documents() -> list[bytes]:
    return [spelled(award(Algorithm.ED25519).credential.to_json())]


@cache
def status_lists() -> list[bytes]:
    return [world().sealed_list(StatusPurpose.REVOCATION).encode()]


def encoded_lists() -> list[bytes]:
    return [json.loads(status_lists()[0])["credentialSubject"]["encodedList"].encode()]


def controllers() -> list[bytes]:
    return [spelled(world().provider.controller().to_json())]


def trust_lists() -> list[bytes]:
    return [spelled(world().trust.to_json())]


def tables() -> list[bytes]:
    names = ("awards_messy.csv", "awards_test_goteborg.csv", "dialect_excel_unicode_text_utf16_tab.txt",
             "dialect_cs_cp1250_semicolon.csv")  # fmt: skip
    return [demo(name) for name in names]


@cache
def workbooks() -> list[bytes]:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(HEADING.split(","))
    for _ in range(3):
        sheet.append(["Åsa", "Öberg", "asa@mail.example", "VLT-HV1", TODAY, True, None, None, "sv", 17.5])
    out = io.BytesIO()
    workbook.save(out)
    return [out.getvalue()]


# how they are damaged


def either(special: Callable[[bytes, Random], bytes], corpus: Callable[[], Sequence[bytes]]) -> Callable[..., bytes]:
    """Damage that knows the format two times in three, bytes otherwise."""
    return lambda data, chance: special(data, chance) if chance.random() < 2 / 3 else damaged(data, chance, corpus())


def bent_json(data: bytes, chance: Random) -> bytes:
    return spelled(bent(json.loads(data), chance))


def bent_svg(data: bytes, chance: Random) -> bytes:
    """Damage inside the credential that an SVG carries, or around it."""
    start = data.index(b"credential")
    end = data.rindex(b"credential")
    return data[:start] + damaged(data[start:end], chance) + data[end:]


def targets() -> Mapping[str, Target]:
    """Every parser that reads what strangers send, by name."""
    sim = world()
    key_url = sim.provider.signers[Algorithm.P256].verification_method
    return {
        "json": Target(papers, either(bent_json, papers), look_at_paper),
        "sealed": Target(documents, bent_json, look_at_sealed),
        "jwt": Target(tokens, either(bent_token, tokens), look_at_paper),
        "png": Target(pictures, either(damaged_png, pictures), look_at_paper),
        "svg": Target(drawings, either(bent_svg, drawings), look_at_paper),
        "pdf": Target(certificates, lambda data, chance: damaged(data, chance, certificates()), look_at_paper),
        "csv": Target(tables, lambda data, chance: damaged(data, chance, tables()), look_at_award_file),
        "xlsx": Target(workbooks, either(damaged_archive, workbooks), look_at_award_file),
        "status-list": Target(status_lists, either(bent_json, status_lists), look_at_status_list),
        "status-bits": Target(encoded_lists, lambda data, chance: damaged(data, chance), look_at_sealed_list),
        "controller": Target(
            controllers, either(bent_json, controllers), look_at_answer(sim.did_url(), Algorithm.ED25519)
        ),
        "key": Target(
            lambda: [spelled(sim.provider.signers[Algorithm.P256].public_key.to_jwk())],
            either(bent_json, controllers),
            look_at_answer(key_url, Algorithm.P256),
        ),
        "trust-list": Target(trust_lists, either(bent_json, trust_lists), look_at_trust_list),
    }
