"""Evidence: what shows that the achievement was earned (OB 3.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from credentials.json_object import OpenObject
from credentials.json_values import Text, Uri, types

ASSESSED_BY = "Assessed by "
"""How a narrative that names the assessor begins; the standard has no field for that person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(OpenObject):
    """A page, a file or a description of what the learner did."""

    id: Uri | None = None
    type: Annotated[tuple[str, ...], types(("Evidence",))] = ("Evidence",)
    name: Text | None = None
    narrative: Text | None = None
    description: Text | None = None
    genre: Text | None = None
    audience: Text | None = None
