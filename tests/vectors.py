"""The published vectors, which are not part of this project: VOLTPASS_VECTORS names their folder."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(os.environ.get("VOLTPASS_VECTORS", Path(__file__).parents[2] / "shared" / "spec" / "data"))

needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the published vectors are not here; VOLTPASS_VECTORS names their folder"
)


def read_vector(name: str) -> Any:
    """The JSON document at this path inside the folder."""
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))
