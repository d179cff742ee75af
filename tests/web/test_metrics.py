"""/metrics: figures for the operator, and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from issuer.app import create_office_app
from issuer.database import transaction
from issuer.demo.seed import seed_demo
from issuer.settings import Settings, SettingsIncomplete
from issuer.work.outbox import WorkKind, put_work
from tests.office import demo_office

TOKEN = "a test token for figures"


@pytest.mark.slow
def test_figures_are_counts(tmp_path: Path) -> None:
    """Credentials by state and work that waits, in the text format; no name and no address in it."""
    office = demo_office(tmp_path)
    seed_demo(office)
    with transaction(office.sessions) as session:
        put_work(session, WorkKind.SEND_MAIL, {"delivery": 999_999}, now=office.clock())
    office = replace(office, settings=replace(office.settings, metrics_token=TOKEN))
    answer = create_office_app(office).test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert 'voltpass_credentials{state="issued"} 3' in text
    assert 'voltpass_credentials{state="revoked"} 1' in text
    assert "voltpass_work_overdue_seconds 0" in text
    assert "@" not in text
    for line in text.splitlines():
        assert line.startswith(("# HELP voltpass_", "# TYPE voltpass_", "voltpass_")), line


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}"])
def test_without_the_token_there_is_nothing(tmp_path: Path, given: str) -> None:
    """A wrong bearer sees what a missing page looks like, also where a proxy on the same machine passes it on."""
    office = demo_office(tmp_path)
    for token in (TOKEN, None):
        settings = replace(office.settings, metrics_token=token, development=False)
        app = create_office_app(replace(office, settings=settings))
        assert app.test_client().get("/metrics", headers={"Authorization": given}).status_code == 404


def test_a_short_token_is_refused_at_the_start(tmp_path: Path) -> None:
    """A token that can be guessed is none."""
    with pytest.raises(SettingsIncomplete, match="VOLTPASS_METRICS_TOKEN"):
        Settings.from_env({"VOLTPASS_DATA": str(tmp_path / "v"), "VOLTPASS_METRICS_TOKEN": "short"})
