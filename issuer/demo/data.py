"""The files of the demonstration, as they are shipped."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final

DEMO: Final = "demo"
SHAPE: Final = b"with staff"
"""Changes when more than before is made of the same files, so that an older demonstration is brought up to date."""
CATALOGUE: Final = ("providers.json", "programmes.json", "catalogue.json")
TRAINEES: Final = "trainees.csv"
AWARD_FILES: Final = (
    ("vbk-goteborg", "awards_hv1_goteborg.csv"),
    ("cfb-norte", "awards_cell_braga.csv"),
    ("mak-ostrava", "awards_pass_ostrava.csv"),
    ("vbk-goteborg", "awards_test_goteborg.csv"),
)


def read_demo_file(name: str) -> bytes:
    """One file."""
    return files("issuer.demo").joinpath(name).read_bytes()


def demo_digest() -> str:
    """What tells whether the files are still those that were loaded."""
    total = hashlib.sha256(SHAPE)
    for name in (*CATALOGUE, TRAINEES, *(name for _, name in AWARD_FILES)):
        total.update(hashlib.sha256(read_demo_file(name)).digest())
    return total.hexdigest()
