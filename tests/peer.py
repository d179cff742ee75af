"""An independent stack from another registry, in another language, asked over standard input and output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from credentials.contexts import SHIPPED

ROOT = Path(__file__).parent.parent


def ask_peer(task: dict[str, Any], *, certificate: Path | None = None) -> dict[str, Any]:
    """What the peer answers; `certificate` is one more root it trusts. Fails, never skips, when it is not there."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "@digitalbazaar").exists():
        pytest.fail("the peer is not installed: make test does it (npm ci)")
    environment = dict(os.environ)
    if certificate is not None:
        environment["NODE_EXTRA_CA_CERTS"] = str(certificate)
    done = subprocess.run(
        [node, str(ROOT / "tests" / "interop" / "peer.mjs")],
        input=json.dumps({**task, "contexts": dict(SHIPPED.documents)}),
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
