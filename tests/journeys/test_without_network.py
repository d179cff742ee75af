"""A check far from any network, and one that has to be shown later: bundle and receipt, from the office and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from issuer.alliance.bundle import BundleIncomplete, make_bundle
from issuer.alliance.keeper import keeper_keys
from issuer.alliance.trust_list import get_keeper
from issuer.cli import main
from issuer.commands.door import Door
from issuer.database import reading, transaction
from issuer.office import Office
from issuer.signing.provider_keys import keys_of, rotate_keys
from tests.demo_files import BASE_URL, NOW
from tests.office import KEY_SECRET, Clock, demo_office
from tests.other_database import address_env
from verifier.cli import House, gate_policy, verify_command

AWARDS = (
    "given_name,family_name,email,achievement_code,completed_on,result,trainee_ref\n"
    "Åsa,Öberg,asa@mail.example,VLT-HV1,2026-10-16,Pass,T1\n"
)
ROOT = Path(__file__).parents[2]


class Journey:
    """An office in one folder, a laptop without office and network in another, and one clock for both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.office: Office = demo_office(folder, clock=self.clock)
        (folder / "awards.csv").write_text(AWARDS, encoding="utf-8")
        issued = self.voltpass("issue", "vbk-goteborg", folder / "awards.csv", "--out", folder / "out")
        self.link = next(word for word in issued.output.split() if word.startswith(f"{BASE_URL}/v/"))
        self.paper = next((folder / "out").glob("*.pdf"))
        self.bundle = folder / "bundle.json"
        self.keeper_key = ""

    def voltpass(self, *arguments: str | Path) -> Result:
        env = {
            "VOLTPASS_DATA": str(self.folder / "var"),
            **address_env(self.folder),
            "VOLTPASS_KEY_SECRET": KEY_SECRET,
            "VOLTPASS_BASE_URL": BASE_URL,
        }
        door = Door(env, self.clock)
        return CliRunner().invoke(main, [str(each) for each in arguments], obj=door, catch_exceptions=False)

    def make_bundle(self) -> None:
        result = self.voltpass("bundle", "--out", self.bundle)
        assert result.exit_code == 0, result.output
        self.keeper_key = result.output.split()[-1]

    def on_the_laptop(self, *more: str | Path) -> Result:
        """No office, no network: the bundle, the keeper's key, and the paper."""
        command = verify_command(gate_policy, house=House(clock=self.clock))
        given = ["--offline", "--trust", self.bundle, "--keeper-key", self.keeper_key]
        arguments = [str(each) for each in (self.paper, *given, *more)]
        return CliRunner().invoke(command, arguments, catch_exceptions=False)


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    started = Journey(tmp_path)
    yield started
    started.office.sessions.engine.dispose()


def test_a_bundle_carries_the_gate_away_from_the_network(journey: Journey) -> None:
    """Valid from the bundle; withdrawn meanwhile, the old bundle says as of when, the new one REVOKED."""
    journey.make_bundle()
    journey.clock.advance(days=2)
    valid = journey.on_the_laptop()
    assert valid.exit_code == 0, valid.output
    assert "✓ VALID" in valid.output
    assert journey.voltpass("revoke", journey.link, "--reason", "fraud").exit_code == 0
    old = journey.on_the_laptop()
    assert f"As of {NOW.day} {NOW:%B %Y}" in old.output
    assert "the bundle is 2 days old" in old.output
    journey.clock.advance(days=6)
    older = journey.on_the_laptop()
    assert older.exit_code == 3
    assert f"? VALID AS OF {NOW.day} {NOW:%B %Y}" in older.output
    journey.make_bundle()
    new = journey.on_the_laptop()
    assert new.exit_code == 1
    assert "✗ REVOKED" in new.output


def test_the_gate_alone_needs_nothing_but_bundle_and_key(journey: Journey, tmp_path: Path) -> None:
    """`python -m verifier` in a process of its own, without office and environment."""
    journey.make_bundle()
    arguments = ["--offline", "--trust", journey.bundle, "--keeper-key", journey.keeper_key]
    when = ["--at", f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"]
    done = subprocess.run(
        [sys.executable, "-m", "verifier", *map(str, (journey.paper, *arguments, *when)), "--json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert (report["verdict"], report["bundle"]["age_seconds"]) == ("VALID", 3600)


def test_the_office_knows_its_own_bundles(journey: Journey) -> None:
    """No key has to be named at the office; with new keys since, the old bundle is still its own."""
    journey.make_bundle()
    given = (journey.paper, "--offline", "--trust", journey.bundle)
    assert "✓ VALID" in journey.voltpass("verify", *given).output
    journey.clock.advance(days=1)
    with transaction(journey.office.sessions) as session:
        rotate_keys(session, get_keeper(session), journey.office.desk.keys, now=journey.clock())
    again = journey.voltpass("verify", *given)
    assert "✓ VALID" in again.output
    assert "the bundle is 1 day old" in again.output
    journey.bundle.write_bytes(journey.bundle.read_bytes().replace(b"Ed25519", b"Ed25518", 1))
    changed = journey.voltpass("verify", *given)
    assert changed.exit_code == 2
    assert "changed" in changed.output


def test_a_bundle_brings_the_register_of_a_disowned_key(journey: Journey) -> None:
    """What the key had sealed before it was stolen is valid in the field as well."""
    journey.clock.advance(days=1)
    listed = journey.voltpass("keys", "list", "vbk-goteborg").output
    key = next(line.split()[1] for line in listed.splitlines() if line.startswith("Ed25519"))
    since = f"{journey.clock():%Y-%m-%dT%H:%M:%SZ}"
    journey.clock.advance(days=1)
    assert journey.voltpass("keys", "distrust", "vbk-goteborg", key, "--since", since).exit_code in {0, 1}
    journey.make_bundle()
    assert "/seals/" in journey.bundle.read_text(encoding="utf-8")
    result = journey.on_the_laptop()
    assert "✓ VALID" in result.output, result.output


def test_a_retired_key_signs_no_bundle_of_today(journey: Journey) -> None:
    """The keeper's keys are those of the moment; nobody can date a bundle out of a key's time."""
    sessions = journey.office.sessions
    before = keeper_keys(sessions, NOW)
    journey.clock.advance(days=1)
    with transaction(sessions) as session:
        made = rotate_keys(session, get_keeper(session), journey.office.desk.keys, now=journey.clock())
        new = {record.public_key for record in made}
    journey.clock.advance(days=1)
    after = keeper_keys(sessions, journey.clock())
    assert len(before) == len(after) == 1
    assert {key.multikey for key in after} <= new
    assert keeper_keys(sessions, NOW) == before
    assert keeper_keys(sessions, NOW - timedelta(days=99)) == []
    with transaction(sessions) as session:
        for record in keys_of(session, get_keeper(session)):
            record.distrusted_since = journey.clock()
    assert keeper_keys(sessions, NOW) == []


@pytest.mark.parametrize("missing", ["/did.json", "/keys/", "/status/", "/trust-list"])
def test_no_bundle_is_made_that_lacks_something(journey: Journey, missing: str) -> None:
    """A list that cannot be had is an error at the office, not a surprise in the field."""
    office = journey.office

    def published(address: str) -> object:
        return None if missing in address else office.documents.find(address)

    with reading(office.sessions) as session, pytest.raises(BundleIncomplete, match=missing):
        make_bundle(session, published, office.desk.signers, base_url=BASE_URL, now=NOW)  # type: ignore[arg-type]


def test_a_receipt_is_known_again_at_the_same_gate(journey: Journey) -> None:
    """Written for a valid badge; after the badge was withdrawn the receipt is genuine and still no verdict."""
    out = journey.folder / "receipts"
    assert journey.voltpass("verify", journey.paper, "--receipt", out).exit_code == 0
    (receipt,) = out.iterdir()
    journey.clock.advance(days=3)
    journey.voltpass("revoke", journey.link, "--reason", "fraud")
    told = journey.voltpass("verify", receipt)
    assert told.exit_code == 3
    assert "? RECEIPT" in told.output
    assert "Attested then: VALID" in told.output
    assert "✓" not in told.output
    journey.make_bundle()
    far = CliRunner().invoke(
        verify_command(gate_policy, house=House(clock=journey.clock)),
        [str(receipt), "--offline", "--trust", str(journey.bundle), "--keeper-key", journey.keeper_key],
        catch_exceptions=False,
    )
    assert "Attested then: VALID" in far.output


def test_where_there_is_no_office_nobody_signs(journey: Journey, tmp_path: Path) -> None:
    """A mere look makes no office, no receipt and no key out of nothing; a bundle needs its keeper's key named."""
    journey.make_bundle()
    for given, says in (
        (("--receipt", str(tmp_path / "receipts")), "no office here whose key could sign"),
        (("--offline", "--trust", str(journey.bundle)), "name its keeper's key with --keeper-key"),
    ):
        door = Door({"VOLTPASS_DATA": str(tmp_path / "none")}, journey.clock)
        result = CliRunner().invoke(main, ["verify", str(journey.paper), "--offline", *given], obj=door)
        assert result.exit_code == 2
        assert says in result.output
    assert not (tmp_path / "none").exists()
