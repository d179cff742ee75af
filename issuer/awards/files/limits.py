"""How much an award file may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileLimits:
    """The bounds of an award file.

    size and unpacked are in bytes (unpacked: all parts of a workbook together), cell_length in characters; rows counts
    every line below the heading.
    """

    size: int = 20 * 1024 * 1024
    unpacked: int = 48 * 1024 * 1024
    rows: int = 20_000
    columns: int = 100
    cell_length: int = 2_000
