"""Alignment: what an achievement, a result or a level corresponds to in somebody else's framework (OB 3.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from credentials.json_object import OpenObject
from credentials.json_values import NonEmptyText, Text, Uri, extensible, types

TargetType = Annotated[
    str,
    extensible(
        "ceasn:Competency", "ceterms:Credential", "CFItem", "CFRubric", "CFRubricCriterion", "CFRubricCriterionLevel",
        "CTDL",
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment(OpenObject):
    """A node of a framework: a skill of ESCO, a level of the EQF, an item of a curriculum."""

    type: Annotated[tuple[str, ...], types(("Alignment",))] = ("Alignment",)
    target_name: NonEmptyText
    target_url: Uri
    target_type: TargetType | None = None
    target_framework: Text | None = None
    target_code: Text | None = None
    target_description: Text | None = None
