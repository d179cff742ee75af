"""The demonstration: figures of its four files, one badge for each verdict, nothing twice, quick the second time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.alliance.kpi import count_certifications
from issuer.awards.records import IssuedCredentialRecord, StatusChangeRecord
from issuer.catalogue.records import ProviderRecord
from issuer.database import reading, transaction
from issuer.demo.links import DemoIncomplete, find_tokens, is_seeded
from issuer.demo.records import SeedingRecord
from issuer.demo.seed import seed_demo
from issuer.learners.records import LearnerRecord
from issuer.office import Office, open_office
from tests.demo_files import BASE_URL, demo_json
from tests.office import KEY_SECRET, Clock, settings_for
from tests.other_database import address_env
from verifier.examine import examine_text
from verifier.report import Verdict


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demonstration is loaded, once for all tests."""
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture(scope="module")
def office(folder: Path) -> Iterator[Office]:
    """An office that began empty and loaded the demonstration."""
    opened = open_office(settings_for(folder), clock=Clock())
    with pytest.raises(DemoIncomplete), reading(opened.sessions) as session:
        find_tokens(session)
    seed_demo(opened)
    yield opened
    opened.sessions.engine.dispose()


def count(office: Office, record: type) -> int:
    with reading(office.sessions) as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def test_the_figures_are_those_of_the_four_files(office: Office) -> None:
    """33 certifications of 27 learners, also after one badge was revoked, one suspended and one has run out."""
    with reading(office.sessions) as session:
        assert count_certifications(session).to_json() == demo_json("expected.json")["kpi"]
    assert count(office, IssuedCredentialRecord) == 33 + 3


@pytest.mark.parametrize(
    ("which", "verdict"),
    [
        ("valid", Verdict.VALID),
        ("expired", Verdict.EXPIRED),
        ("revoked", Verdict.REVOKED),
        ("suspended", Verdict.SUSPENDED),
    ],
)
def test_there_is_a_badge_for_each_verdict(office: Office, which: str, verdict: Verdict) -> None:
    """Each by the link that is printed, in both forms."""
    with reading(office.sessions) as session:
        token = getattr(find_tokens(session), which)
    for suffix in ("", ".json", ".jwt"):
        examination = examine_text(f"{BASE_URL}/v/{token}{suffix}", office.policy(), now=office.clock())
        assert examination.report.verdict is verdict


def test_only_specimens_do_not_hold(office: Office) -> None:
    """All 33 badges of the files are VALID, and a specimen says in its own claims what it is."""
    with reading(office.sessions) as session:
        records = session.scalars(select(IssuedCredentialRecord)).all()
    for record in records:
        examination = examine_text(record.sealed_json, office.policy(), now=office.clock())
        assert (examination.report.verdict is Verdict.VALID) is not record.is_specimen
        assert ('"name":"Specimen"' in record.sealed_json.replace('": "', '":"')) is record.is_specimen


def test_loading_again_adds_nothing(office: Office) -> None:
    """Not even when the mark that it was loaded is lost, as after a kill just before the end."""
    records = (IssuedCredentialRecord, LearnerRecord, ProviderRecord, StatusChangeRecord)
    before = [count(office, record) for record in records]
    with transaction(office.sessions) as session:
        session.delete(session.get_one(SeedingRecord, "demo"))
    with reading(office.sessions) as session:
        assert not is_seeded(session)
    seed_demo(office)
    assert [count(office, record) for record in records] == before
    with reading(office.sessions) as session:
        assert is_seeded(session)


def test_other_files_are_loaded_again(office: Office) -> None:
    """A new version of the program with other data is not mistaken for the one that was loaded."""
    with transaction(office.sessions) as session:
        session.get_one(SeedingRecord, "demo").digest = "of other files"
    with reading(office.sessions) as session:
        assert not is_seeded(session)
    seed_demo(office)


def test_a_second_start_loads_neither_gate_nor_press(folder: Path, office: Office) -> None:
    """It reads the links from the database and nothing more, so that `make run` answers within seconds."""
    assert office.clock()
    program = (
        "import sys; from issuer.cli import main; main(['seed', 'demo'], standalone_mode=False); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'verifier', 'weasyprint', 'pyld', 'PIL'}))"
    )
    env = {
        **os.environ,
        "VOLTPASS_DATA": str(folder / "var"),
        **address_env(folder),
        "VOLTPASS_KEY_SECRET": KEY_SECRET,
        "VOLTPASS_BASE_URL": BASE_URL,
    }
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert "33 badges for 27 learners" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
