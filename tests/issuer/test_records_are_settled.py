"""Whatever opens the database knows every record before its threads start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.office import demo_office
from tests.shell import shell_env

_LOOK = """
import os
from issuer.database import Record
{opening}
mappers = list(Record.registry.mappers)
assert len(mappers) > 30 and all(mapper.configured for mapper in mappers), [m for m in mappers if not m.configured]
"""


@pytest.mark.parametrize(
    "opening",
    [
        pytest.param("from issuer.commands.door import Door; Door(os.environ).sessions", id="worker and commands"),
        pytest.param(
            "from issuer.office import open_office; from issuer.settings import Settings; "
            "open_office(Settings.from_env(os.environ))",
            id="pages",
        ),
    ],
)
def test_no_thread_meets_a_record_half_loaded(tmp_path: Path, opening: str) -> None:
    """Otherwise two threads that start together leave a worker that can never use its database again."""
    demo_office(tmp_path)
    subprocess.run([sys.executable, "-c", _LOOK.format(opening=opening)], env=shell_env(tmp_path), check=True)
