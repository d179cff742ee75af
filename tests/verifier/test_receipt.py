"""Receipts: what they attest, what they keep to themselves, and how the gate knows its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from credentials.compact_jws import write_compact_jws
from credentials.unverified import open_unverified
from keys.algorithm import Algorithm
from keys.multibase import base64url_decode, base64url_encode
from keys.signer import MemorySigner
from tests.papers import certificate, lay_out
from tests.simulator import BASE, Award, Simulator
from verifier.cli import House, verify_command
from verifier.examine import examine, examine_text
from verifier.policy import Policy
from verifier.reasons import Check, Outcome, Reason
from verifier.receipt import RECEIPT_TYPE, ReceiptReading, Standing, claims_to_be_receipt, open_receipt, write_receipt
from verifier.report import Verdict, VerificationReport


class Gatehouse:
    """A gate whose receipts bear the key of one of the world's providers."""

    def __init__(self) -> None:
        self.world = Simulator()
        self.gate = self.world.found_provider("gate", listed=False)

    @property
    def policy(self) -> Policy:
        return replace(self.world.policy, receipts_from=frozenset({self.gate.issuer_id}))

    def seal(self, report: VerificationReport) -> str:
        return write_receipt(report, self.gate.issuer_id, self.gate.signers[Algorithm.P256])

    def receipt(self, paper: Award | None = None) -> str:
        return self.seal(self.world.verify(paper or self.world.award()))

    def read(self, text: str) -> ReceiptReading:
        return open_receipt(text, self.policy, now=self.world.now)

    def signed(self, claims: Mapping[str, Any], typ: str = RECEIPT_TYPE) -> str:
        return write_compact_jws(claims, self.gate.signers[Algorithm.P256], typ=typ)


@pytest.fixture
def house() -> Gatehouse:
    return Gatehouse()


def claims_of(text: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64url_decode(text.split(".")[1]))
    return claims


def test_a_receipt_says_what_was_found_and_on_what_grounds(house: Gatehouse) -> None:
    """Digest, verdict, nine results, key, status lists and trust list with their digests, the moment, the gate."""
    award = house.world.award()
    report = house.world.verify(award)
    claims = claims_of(house.seal(report))
    assert (claims["iss"], claims["checked_at"]) == (house.gate.issuer_id, "2026-11-20T12:00:00Z")
    assert (claims["about"], claims["sha256"]) == ("credential", open_unverified(award.text).digest)
    assert (claims["verdict"], claims["outcome"]) == ("VALID", "passed")
    assert [each["check"] for each in claims["checks"]] == [check.value for check in Check]
    assert claims["key"] == award.provider.signers[Algorithm.ED25519].verification_method
    assert len(claims["status_lists"]) == 3
    seen = {each.looked_at: each.digest for each in report.result_of(Check.STATUS).evidence}
    assert {each["url"]: each["sha256"] for each in claims["status_lists"]} == seen
    assert claims["trust_list"]["sha256"] == report.result_of(Check.TRUST).evidence[0].digest


def test_a_receipt_names_nobody(house: Gatehouse) -> None:
    """No name, no e-mail, no credential id: a page that differs is a reason code, not the two names."""
    award = house.world.award()
    forged = certificate(award, shown={"name": "Erik Lindström"})
    report = examine(forged, "a.pdf", house.policy, now=house.world.now).report
    assert report.result_of(Check.APPEARANCE).reason is Reason.PAGE_DIFFERS
    text = json.dumps(claims_of(house.seal(report)), ensure_ascii=False)
    for secret in ("Lindström", "Erik", award.credential.id, "@"):
        assert secret not in text


@pytest.mark.parametrize(
    ("bend", "verdict"),
    [
        pytest.param(lambda world, award: None, Verdict.VALID, id="valid"),
        pytest.param(lambda world, award: world.revoke(award), Verdict.REVOKED, id="revoked"),
        pytest.param(lambda world, award: world.distrust(), Verdict.UNKNOWN_ISSUER, id="unknown issuer"),
    ],
)
def test_the_gate_knows_its_own_receipt(
    house: Gatehouse, bend: Callable[[Simulator, Award], None], verdict: Verdict
) -> None:
    """Genuine, with everything that was attested; also after the gate took new keys and much later."""
    award = house.world.award()
    bend(house.world, award)
    text = house.receipt(award)
    house.world.now += timedelta(days=400)
    house.gate.take_new_keys()
    reading = house.read(text)
    assert reading.standing is Standing.GENUINE
    assert reading.receipt is not None
    assert reading.receipt.verdict is verdict
    assert reading.receipt.to_json() == claims_of(text)


def test_an_unread_key_and_an_unproven_id_are_not_attested(house: Gatehouse) -> None:
    """What only the paper says stays out: a key that was not found, the id of a paper that is not authentic."""
    award = house.world.award()
    house.world.override(house.world.did_url(), None)
    claims = claims_of(house.receipt(award))
    assert (claims["key"], claims["id_sha256"], claims["status_lists"], claims["trust_list"]) == (None, None, [], None)


def test_a_thing_without_a_credential_has_a_receipt_too(house: Gatehouse) -> None:
    """UNREADABLE is attested for the digest of what was handed in."""
    examined = examine(b"nothing", "a.txt", house.policy, now=house.world.now)
    claims = claims_of(house.seal(examined.report))
    assert (claims["about"], claims["verdict"]) == ("item", "UNREADABLE")
    assert claims["sha256"] == examined.report.checks[0].evidence[0].digest


def change_verdict(house: Gatehouse, text: str) -> str:
    head, _, signature = text.split(".")
    claims = claims_of(text) | {"verdict": "VALID", "outcome": "passed"}
    return f"{head}.{base64url_encode(json.dumps(claims).encode())}.{signature}"


def cut(house: Gatehouse, text: str) -> str:
    head, body, signature = text.split(".")
    return f"{head}.{body[:-7]}.{signature}"


def by_a_stranger(house: Gatehouse, text: str) -> str:
    """The right claims and the gate's key named, signed with another key."""
    named = house.gate.signers[Algorithm.P256].verification_method
    stranger = MemorySigner.generate(Algorithm.P256, named)
    return write_compact_jws(claims_of(text), stranger, typ=RECEIPT_TYPE)


def by_a_foreign_key(house: Gatehouse, text: str) -> str:
    return write_compact_jws(claims_of(text), house.world.provider.signers[Algorithm.P256], typ=RECEIPT_TYPE)


def by_another_gate(house: Gatehouse, text: str) -> str:
    other = house.world.stranger()
    claims = claims_of(text) | {"iss": other.issuer_id}
    return write_compact_jws(claims, other.signers[Algorithm.P256], typ=RECEIPT_TYPE)


def after_retirement(house: Gatehouse, text: str) -> str:
    old = house.gate.signers[Algorithm.P256]
    house.gate.take_new_keys()
    house.world.now += timedelta(days=1)
    late = claims_of(house.receipt())
    return write_compact_jws(late, old, typ=RECEIPT_TYPE)


def with_disowned_key(house: Gatehouse, text: str) -> str:
    house.world.now += timedelta(days=1)
    house.world.distrust_keys(house.world.now, house.gate)
    house.world.now += timedelta(days=1)
    return text


def of_tomorrow(house: Gatehouse, text: str) -> str:
    house.world.now += timedelta(days=1)
    ahead = house.receipt()
    house.world.now -= timedelta(days=1)
    return ahead


def out_of_reach(house: Gatehouse, text: str) -> str:
    house.world.override(house.world.did_url(house.gate), None)
    return text


def with_more(house: Gatehouse, text: str) -> str:
    return house.signed(claims_of(text) | {"note": "and all others"})


def with_less(house: Gatehouse, text: str) -> str:
    return house.signed({name: value for name, value in claims_of(text).items() if name != "checks"})


def with_two_dates(house: Gatehouse, text: str) -> str:
    return house.signed(claims_of(text) | {"iat": claims_of(text)["iat"] - 86400})


@pytest.mark.parametrize(
    ("bend", "standing"),
    [
        pytest.param(change_verdict, Standing.NOT_GENUINE, id="a verdict made green"),
        pytest.param(cut, Standing.NOT_GENUINE, id="a piece cut out"),
        pytest.param(by_a_stranger, Standing.NOT_GENUINE, id="a stranger's key under the gate's name"),
        pytest.param(by_a_foreign_key, Standing.NOT_GENUINE, id="an issuer's key"),
        pytest.param(by_another_gate, Standing.FOREIGN, id="another gate"),
        pytest.param(after_retirement, Standing.NOT_GENUINE, id="a key already retired"),
        pytest.param(with_disowned_key, Standing.UNCHECKED, id="a key disowned since"),
        pytest.param(of_tomorrow, Standing.NOT_GENUINE, id="a moment ahead"),
        pytest.param(out_of_reach, Standing.UNCHECKED, id="the gate's keys out of reach"),
        pytest.param(with_more, Standing.UNCHECKED, id="a claim too many"),
        pytest.param(with_less, Standing.UNCHECKED, id="a claim too few"),
        pytest.param(with_two_dates, Standing.UNCHECKED, id="two dates"),
    ],
)
def test_what_is_not_the_gate_s_own_receipt(
    house: Gatehouse, bend: Callable[[Gatehouse, str], str], standing: Standing
) -> None:
    """Changed, foreign, late, early, disowned or of an unknown kind: nothing of it is shown as attested."""
    award = house.world.award()
    house.world.revoke(award)
    reading = house.read(bend(house, house.receipt(award)))
    assert reading.standing is standing
    assert reading.receipt is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("eyJ.e.e", id="torn header"),
        pytest.param(f"{base64url_encode(b'[]')}.e.e", id="no object"),
        pytest.param(f"{base64url_encode(b'{}')}.e.e", id="no type"),
        pytest.param(f"{'A' * 9000}.e.e", id="endless header"),
    ],
)
def test_what_does_not_call_itself_a_receipt(text: str) -> None:
    """Only the header's type makes a token a receipt."""
    assert not claims_to_be_receipt(text)


@pytest.mark.parametrize("carrier", ["text", "file", "pdf"])
def test_a_receipt_handed_in_is_never_a_verdict(house: Gatehouse, carrier: str) -> None:
    """Pasted, as a file or inside a PDF: its standing is told, and there is no credential and nothing VALID."""
    text = house.receipt()
    if carrier == "text":
        examined = examine_text(text, house.policy, now=house.world.now)
    else:
        data = text.encode() if carrier == "file" else lay_out("<p>VALID</p>", text)
        examined = examine(data, f"r.{carrier}", house.policy, now=house.world.now)
    assert examined.receipt is not None
    assert examined.receipt.standing is Standing.GENUINE
    assert examined.report.verdict is Verdict.UNREADABLE
    assert examined.outcome is Outcome.INDETERMINATE
    attested = examined.to_json()["receipt"]["attested"]
    assert attested["verdict"] == "VALID"


# at the command line


class Shell:
    """The command at a gate that signs receipts."""

    def __init__(self, house: Gatehouse, *, signs: bool = True) -> None:
        seal = house.seal if signs else None
        house_ = House(seal_receipt=seal, clock=lambda: house.world.now)
        self.command = verify_command(lambda demands: house.policy, house=house_)

    def run(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(self.command, [str(each) for each in arguments], catch_exceptions=False)


def test_the_command_writes_a_receipt_for_each_item_and_reads_it_later(house: Gatehouse, tmp_path: Path) -> None:
    """One file per item, none overwritten; read again, a receipt is not valid (3) and a changed one is false (1)."""
    (tmp_path / "b").mkdir()
    for name in ("a.json", "b/a.json"):
        (tmp_path / name).write_text(house.world.award().text, encoding="utf-8")
    (tmp_path / "c å.txt").write_text("nothing", encoding="utf-8")
    shell, out = Shell(house), tmp_path / "receipts"
    result = shell.run(tmp_path / "a.json", tmp_path / "b" / "a.json", tmp_path / "c å.txt", "--receipt", out)
    assert result.exit_code == 3
    assert sorted(path.name for path in out.iterdir()) == [
        "a.json-2.receipt.jwt",
        "a.json.receipt.jwt",
        "c-a.txt.receipt.jwt",
    ]
    again = shell.run(out / "a.json.receipt.jwt", "--receipt", out)
    assert again.exit_code == 3
    assert "? RECEIPT" in again.stdout
    assert "VALID, for the credential" in again.stdout
    assert "✓" not in again.stdout
    assert len(list(out.iterdir())) == 3, "a receipt gets no receipt"
    false = tmp_path / "false.jwt"
    false.write_text(change_verdict(house, (out / "c-a.txt.receipt.jwt").read_text()), encoding="utf-8")
    told = shell.run(false)
    assert told.exit_code == 1
    assert "✗ RECEIPT" in told.stdout
    assert "VALID, for" not in told.stdout


@pytest.mark.parametrize(
    ("signs", "more", "says"),
    [
        pytest.param(False, [], "no key to sign receipts", id="no key"),
        pytest.param(True, ["--at", "2026-11-20"], "not as of then", id="another day"),
    ],
)
def test_no_receipt_where_none_could_be_true(
    house: Gatehouse, tmp_path: Path, signs: bool, more: list[str], says: str
) -> None:
    """Without a key, or for a moment that is not now: wrong usage, and nothing is written."""
    (tmp_path / "a.json").write_text(house.world.award().text, encoding="utf-8")
    result = Shell(house, signs=signs).run(tmp_path / "a.json", "--receipt", tmp_path / "out", *more)
    assert result.exit_code == 2
    assert says in result.output
    assert not (tmp_path / "out").exists()
    assert BASE not in result.output
