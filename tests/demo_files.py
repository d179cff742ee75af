"""The shipped demonstration data, for tests that load or change it."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from issuer.catalogue.load import CatalogueFiles, LoadTerms

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:8000"
TERMS = LoadTerms(base_url=BASE_URL, authorised_from=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)
CLEAN_FILES = {
    "awards_hv1_goteborg.csv": "vbk-goteborg",
    "awards_cell_braga.csv": "cfb-norte",
    "awards_pass_ostrava.csv": "mak-ostrava",
    "awards_test_goteborg.csv": "vbk-goteborg",
}


def demo_bytes(name: str) -> bytes:
    """A file of the demonstration."""
    return files("issuer.demo").joinpath(name).read_bytes()


def demo_json(name: str) -> dict[str, Any]:
    """A JSON file of the demonstration, fresh each time."""
    loaded: dict[str, Any] = json.loads(demo_bytes(name))
    return loaded


def demo_catalogue() -> CatalogueFiles:
    """The catalogue, the providers and the programmes of the demonstration."""
    return CatalogueFiles(
        providers=demo_json("providers.json"),
        programmes=demo_json("programmes.json"),
        achievements=demo_json("catalogue.json"),
    )


def changed(obj: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with another value at a dotted path (``achievements.0.title``); the value ``...`` removes the member."""
    copied = copy.deepcopy(obj)
    *way, last = path.split(".")
    place: Any = copied
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ...:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return copied
