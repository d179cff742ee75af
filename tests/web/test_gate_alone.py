"""The gate as a service of its own: it needs no office, says what is missing, and answers."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.simulator import Simulator
from tests.windows import HTML, gate_app, gate_client, verdict_shown
from verifier.errors import Unreachable
from verifier.trust import TrustList
from verifier.web.app import GateSettings, GateSettingsRefused

ROOT = Path(__file__).parent.parent.parent


def environment(world: Simulator, folder: Path) -> dict[str, str]:
    claims = TrustList(entries=tuple(world.entries), signed_at=world.now, keeper="https://voltpass.example")
    (folder / "list.jws").write_text(world.sign_as_keeper(claims.to_json()), encoding="ascii")
    return {
        "VOLTPASS_BASE_URL": "https://check.example/",
        "VOLTPASS_TRUST": str(folder / "list.jws"),
        "VOLTPASS_TRUST_KEY": world.keeper.public_key.multikey,
    }


def test_settings_are_read_once(tmp_path: Path) -> None:
    """Address and trust list; the list is opened with the operator's key for its keeper."""
    settings = GateSettings.from_env(environment(Simulator(), tmp_path))
    assert settings.base_url == "https://check.example"
    assert [entry.achievements for entry in settings.trust.entries] == [frozenset({"VLT-HV1"})]


def test_all_missing_settings_are_named_at_once() -> None:
    """Nobody has to start it three times to learn three names; whom to trust has no default."""
    with pytest.raises(GateSettingsRefused) as refused:
        GateSettings.from_env({})
    assert all(name in str(refused.value) for name in ("VOLTPASS_BASE_URL", "VOLTPASS_TRUST ", "VOLTPASS_TRUST_KEY"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"VOLTPASS_TRUST": "/nowhere/list.jws"}, id="no such file"),
        pytest.param({"VOLTPASS_TRUST_KEY": "zNotAKey"}, id="no key"),
        pytest.param({"VOLTPASS_TRUST_KEY": Simulator().keeper.public_key.multikey}, id="another keeper's key"),
    ],
)
def test_a_trust_list_that_cannot_be_used_stops_the_start(change: dict[str, str], tmp_path: Path) -> None:
    """A gate without a list that its operator vouches for does not open."""
    with pytest.raises(GateSettingsRefused):
        GateSettings.from_env({**environment(Simulator(), tmp_path), **change})


def test_the_front_door_leads_to_the_window() -> None:
    """Whoever types only the address finds the form; health is answered."""
    client = gate_client(Simulator())
    assert client.get("/", headers=HTML).headers["Location"] == "/verify"
    assert client.get("/healthz").data == b"ok\n"


def test_the_clock_of_the_gate_decides() -> None:
    """A badge that was valid yesterday is judged by today's clock."""
    world = Simulator()
    award = world.award()
    later = replace(award).credential.valid_until
    assert later is not None
    client = gate_client(world, clock=lambda: later + timedelta(days=2))
    answer = client.post("/verify", data={"text": award.text}, headers=HTML)
    assert verdict_shown(answer)[0] in {"EXPIRED", "COULD_NOT_CHECK"}
    assert verdict_shown(answer)[1] != "valid"


def test_the_gate_runs_without_the_office() -> None:
    """Importing and building the gate's application touches neither the office nor a database library."""
    program = (
        "import sys, warnings; warnings.simplefilter('error');"
        "import verifier.web.app;"
        "office = {'issuer', 'sqlalchemy', 'alembic', 'weasyprint'};"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in office))"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_mistake_of_ours_is_logged_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    """Where it happened and of what kind it was, never the message: it may repeat a name, and logs are kept."""
    said = "Åsa Öberg"

    def stumble() -> str:
        try:
            raise KeyError(said)
        except KeyError as exc:
            raise ValueError(f"no such person: {said}") from exc

    def refuse() -> str:
        raise Unreachable(f"https://check.example/v/{said}", "it is away")

    app = gate_app(Simulator())
    app.add_url_rule("/stumble", "stumble", stumble)
    app.add_url_rule("/refuse", "refuse", refuse)
    assert [app.test_client().get(path).status_code for path in ("/stumble", "/refuse")] == [500, 500]
    assert said not in caplog.text
    for kept in ("stumble", "builtins.KeyError", "builtins.ValueError", f"{Path(__file__).name}:", "Unreachable"):
        assert kept in caplog.text
